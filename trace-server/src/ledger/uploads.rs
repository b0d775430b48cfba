//! Whose file it is: who may name it in a new record, and who may have it.
//!
//! A file's digest stands in the public record that names it. So knowing a digest gives nothing: only who uploaded the
//! file may name it anew, or who corrects a record that names it and that it may see. Judging knows no files, since
//! they are not in the log; this looks before the request is judged.

use trace_core::id::{PartyId, RecordId};
use trace_core::record::{Entry, Evidence, Refusal};

use super::{AppendError, Ledger, Request, Viewer};
use crate::store::{StoreError, UploadRow};

impl Ledger {
    /// A kept file with its media type, if the viewer uploaded it, or names a record that it may see the amounts of and
    /// that names the file.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn file_for(
        &self,
        sha256: RecordId,
        record: Option<RecordId>,
        viewer: &Viewer,
    ) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        let may = match record {
            Some(record) => self.names_for(record, viewer).await?.iter().any(|evidence| evidence.sha256 == sha256),
            None => !self.store().uploads(viewer.party, &[sha256]).await?.is_empty(),
        };
        if may { self.store().evidence(sha256).await } else { Ok(None) }
    }

    /// The files that a record names, for those who may see its amounts.
    async fn names_for(&self, record: RecordId, viewer: &Viewer) -> Result<Vec<Evidence>, StoreError> {
        let Some(row) = self.record_row(record).await?.filter(|row| viewer.sees_amounts(row)) else {
            return Ok(Vec::new());
        };
        let stored = self.store().entries_of(&[row.id]).await?.pop();
        let corrupt = |problem: String| StoreError::Corrupt { table: "entries", key: record.to_string(), problem };
        let stored = stored.ok_or_else(|| corrupt("missing".to_owned()))?;
        let entry = Entry::from_bytes(&stored.bytes).map_err(|refusal| corrupt(refusal.to_string()))?;
        Ok(entry.record.evidence.clone())
    }

    /// Refuses a request that names a file which its submitter neither uploaded nor may see.
    pub(super) async fn check_files(&self, request: &Request) -> Result<(), AppendError> {
        let files: Vec<RecordId> = request.items.iter().flat_map(super::Item::evidence).map(|one| one.sha256).collect();
        if files.is_empty() {
            return Ok(());
        }
        let uploads = self.store().uploads(request.submitter, &files).await?;
        for (i, item) in request.items.iter().enumerate() {
            let prefix = if request.items.len() > 1 { format!("/{i}") } else { String::new() };
            for (at, evidence) in item.evidence().iter().enumerate() {
                let place = format!("{prefix}/evidence/{at}");
                match uploads.iter().find(|upload| upload.sha256 == evidence.sha256) {
                    Some(upload) if is_that(upload, evidence) => {}
                    // Sent again, it gets its first answer, whatever was noted of uploads then.
                    _ if self.was_answered(request).await? => return Ok(()),
                    _ if self.corrects(item.supersedes(), evidence, request.submitter).await? => {}
                    Some(upload) => return Err(differs(upload, evidence, &place).into()),
                    None => return Err(not_uploaded(evidence.sha256, &place).into()),
                }
            }
        }
        Ok(())
    }

    async fn was_answered(&self, request: &Request) -> Result<bool, StoreError> {
        let uids: Vec<_> = request.items.iter().map(|item| (request.submitter, item.uid())).collect();
        Ok(!self.store().requests(&uids).await?.is_empty())
    }

    /// Whether the record that is replaced names the file, and the submitter may see that.
    async fn corrects(
        &self,
        old: Option<RecordId>,
        evidence: &Evidence,
        submitter: PartyId,
    ) -> Result<bool, StoreError> {
        let (Some(old), Some(party)) = (old, self.party(submitter).await?) else { return Ok(false) };
        let viewer = Viewer { party: submitter, role: party.role };
        Ok(self.names_for(old, &viewer).await?.contains(evidence))
    }
}

fn is_that(upload: &UploadRow, evidence: &Evidence) -> bool {
    upload.media_type == evidence.media_type.code() && upload.bytes_count == i64::from(evidence.size)
}

/// The same words whether nobody has such a file or another party has.
fn not_uploaded(sha256: RecordId, place: &str) -> Refusal {
    Refusal::not_found(
        "unknown_evidence",
        format!("{place}/sha256"),
        format!("您没有上传过文件 {sha256}；请先把照片或文件上传到 /api/v1/evidence，再在记录里引用"),
        format!("your party uploaded no file {sha256}; send it to /api/v1/evidence first, then name it in a record"),
    )
}

fn differs(upload: &UploadRow, evidence: &Evidence, place: &str) -> Refusal {
    let (found, size) = (evidence.media_type.code(), evidence.size);
    let UploadRow { sha256, media_type, bytes_count } = upload;
    Refusal::invalid(
        "evidence_differs",
        place,
        format!("文件 {sha256} 是 {media_type}，{bytes_count} 字节；记录里写的是 {found}，{size} 字节"),
        format!("the file {sha256} is {media_type} of {bytes_count} bytes; the record says {found} of {size} bytes"),
    )
}
