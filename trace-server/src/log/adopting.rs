//! Adopting a database's checkpoints on a new machine: the place where they were kept is lost, and the database is bound
//! to it by name.
//!
//! It first looks: the tree from the entries' bytes, against every checkpoint that anybody still has. What the database
//! lacks is never adopted. Whether a checkpoint that nobody showed is newer, it cannot know, and says so.

use std::fmt::{self, Display, Formatter};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trace_core::log::{Checkpoint, Frontier, Hash, Note, Policy, PolicyError, leaf_hash};
use trace_core::state::{Key, Row};
use trace_core::time::ReceivedAt;

use super::doubt::Doubt;
use super::kept::{HEAD, Kept, KeptError};
use super::key_file::{LogKeyError, LogKeys};
use super::signer::SignerSettings;
use crate::store::{SignerLock, Store, StoreError};

/// Entries that are read and hashed at a time.
const CHUNK: u64 = 1000;

/// Where a checkpoint is from that the database itself holds, which proves nothing of what it lost.
const THE_DATABASE: &str = "the database";

/// Why nothing is adopted.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// There is no ledger in the database.
    #[error("the database holds no founded ledger: restore the backup first")]
    NotFounded,
    /// Without the keys no checkpoint can be told from a forged one.
    #[error("there is no log key file {}: put it back from its backup first", .0.display())]
    NoKeys(PathBuf),
    /// A server is at work.
    #[error("a server signs on this database now: stop it first, or leave the checkpoints in its place")]
    Signed,
    /// Something that was given is no checkpoint.
    #[error("{from} is no checkpoint of {origin} under the keys in the log key file: {problem}")]
    Strange {
        /// Where it came from.
        from: String,
        /// The log.
        origin: String,
        /// What is wrong.
        problem: String,
    },
    /// The database contradicts a checkpoint.
    #[error("{from}: {doubt}; nothing is adopted")]
    Contradicted {
        /// Where the checkpoint came from.
        from: String,
        /// How.
        doubt: Doubt,
    },
    /// The database contradicts itself.
    #[error("{0}; nothing is adopted")]
    Damaged(Doubt),
    /// Nothing from outside the database tells whether entries are missing.
    #[error(
        "no checkpoint from outside the database was given, so nobody checked whether records are missing from it; give \
         one with --known or --from, or say --nobody-knows"
    )]
    NobodyKnows,
    /// The note of what was done cannot be written.
    #[error("the note {} cannot be written: {source}; nothing is adopted", path.display())]
    Note {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The place cannot be used.
    #[error(transparent)]
    Kept(#[from] KeptError),
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] LogKeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A checkpoint that somebody has.
#[derive(Debug, Clone)]
pub struct Known {
    /// Where it came from, in words.
    pub from: String,
    /// Size and root.
    pub checkpoint: Checkpoint,
    /// The signed note; a text without signatures can be compared, but not kept.
    note: Option<Note>,
    /// Whether it comes from outside the database.
    outside: bool,
}

/// What a look has found: everything agrees, and nothing is changed yet.
pub struct Adoption {
    store: Arc<dyn Store>,
    checkpoint_file: PathBuf,
    /// The log.
    pub origin: String,
    /// Entries in the database.
    pub size: u64,
    /// Their root, from their bytes.
    pub root: Hash,
    /// When the newest was taken.
    pub last_received_at: Option<ReceivedAt>,
    /// Every checkpoint that was compared, the newest first.
    pub known: Vec<Known>,
    /// The place that the database names.
    pub theirs: Option<String>,
    /// This machine's place, if it has one already.
    kept: Option<Kept>,
    /// So that no server begins to sign meanwhile.
    _lock: Box<dyn SignerLock>,
}

impl Adoption {
    /// Looks at the database and holds it against its own checkpoints, the place on this machine if there is one, and
    /// what is `given`: where each comes from, and its text.
    ///
    /// # Errors
    /// [`AdoptError`].
    pub async fn look(
        store: Arc<dyn Store>,
        settings: &SignerSettings,
        given: Vec<(String, String)>,
    ) -> Result<Self, AdoptError> {
        let (rows, _) = store.load(&[Key::Ledger].into()).await?;
        let ledger = rows.into_iter().find_map(|row| if let Row::Ledger(ledger) = row { Some(ledger) } else { None });
        let origin = ledger.ok_or(AdoptError::NotFounded)?.origin.to_string();
        let keys = LogKeys::read(&settings.key_file)?.ok_or_else(|| AdoptError::NoKeys(settings.key_file.clone()))?;
        let lock = store.lock_signer().await?.ok_or(AdoptError::Signed)?;
        let kept = if settings.checkpoint_file.exists() {
            match Kept::open(&settings.checkpoint_file) {
                Err(KeptError::InUse { .. }) => return Err(AdoptError::Signed),
                other => Some(other?),
            }
        } else {
            None
        };
        let strange = |from: &str, problem: &dyn Display| AdoptError::Strange {
            from: from.to_owned(),
            origin: origin.clone(),
            problem: problem.to_string(),
        };
        let policy = Policy::new(&origin, keys.verifiers().cloned().collect(), Vec::new(), 0);
        let policy = policy.map_err(|error: PolicyError| strange("the log key file", &error))?;
        let mut known = Vec::new();
        let mut texts: Vec<(String, String, bool)> = given.into_iter().map(|(from, text)| (from, text, true)).collect();
        if let Some(note) = kept.as_ref().and_then(Kept::note) {
            texts.push((settings.checkpoint_file.display().to_string(), note.to_string(), true));
        }
        texts.extend(store.checkpoints().await?.into_iter().map(|row| (THE_DATABASE.to_owned(), row.note, false)));
        for (from, text, outside) in texts {
            let read = read(&text, &policy).map_err(|problem| strange(&from, &problem))?;
            if read.0.origin() != origin {
                return Err(strange(&from, &format!("it is of {}", read.0.origin())));
            }
            known.push(Known { from, checkpoint: read.0, note: read.1, outside });
        }
        known.sort_by_key(|one| std::cmp::Reverse(one.checkpoint.size()));
        let theirs = store.signing_place().await?;
        let head = store.head().await?;
        let (size, last_received_at) = (head.frontier.size(), head.last_received_at);
        let checkpoint_file = settings.checkpoint_file.clone();
        let root = head.frontier.root();
        let found =
            Self { store, checkpoint_file, origin, size, root, last_received_at, known, theirs, kept, _lock: lock };
        found.compare(&head.frontier).await?;
        Ok(found)
    }

    /// The tree from the entries' bytes, against the stored right edge and every known checkpoint.
    async fn compare(&self, edge: &Frontier) -> Result<(), AdoptError> {
        let behind = self.known.iter().find(|known| known.checkpoint.size() > self.size);
        if let Some(Known { from, checkpoint, .. }) = behind {
            let doubt = Doubt::Behind { size: self.size, signed: checkpoint.size() };
            return Err(AdoptError::Contradicted { from: from.clone(), doubt });
        }
        let mut tree = Frontier::new();
        self.agrees(&tree)?;
        while tree.size() < self.size {
            let first = tree.size();
            let rows = self.store.entries(first..self.size.min(first + CHUNK)).await?;
            if rows.is_empty() {
                return Err(AdoptError::Damaged(Doubt::Edge { size: first }));
            }
            for row in rows {
                let hash = leaf_hash(&row.bytes);
                if row.index != tree.size() || row.leaf_hash != hash {
                    return Err(AdoptError::Damaged(Doubt::Leaf { index: row.index }));
                }
                tree.push(hash);
                self.agrees(&tree)?;
            }
        }
        if tree == *edge { Ok(()) } else { Err(AdoptError::Damaged(Doubt::Edge { size: self.size })) }
    }

    fn agrees(&self, tree: &Frontier) -> Result<(), AdoptError> {
        let size = tree.size();
        for Known { from, checkpoint, .. } in self.known.iter().filter(|known| known.checkpoint.size() == size) {
            let (root, signed) = (tree.root(), checkpoint.root());
            if root != signed {
                let doubt = Doubt::Forked { size, root, signed };
                return Err(AdoptError::Contradicted { from: from.clone(), doubt });
            }
        }
        Ok(())
    }

    /// The newest signed checkpoint, which is to be kept here.
    fn newest(&self) -> Option<(&Known, &Note)> {
        self.known.iter().find_map(|known| Some((known, known.note.as_ref()?)))
    }

    /// Whether there is nothing to do: the place is this machine's, and holds the newest.
    pub fn is_done(&self) -> bool {
        let kept = self.kept.as_ref().and_then(|kept| Some((kept.name(), kept.note()?.text())));
        let newest = self.newest().map(|(_, note)| note.text());
        kept.is_some_and(|(name, text)| self.theirs.as_deref() == Some(name) && newest == Some(text))
    }

    /// Keeps the newest known checkpoint on this machine and binds the database to it. What was done is noted beside it,
    /// in a file that only grows. Gives the place's new name.
    ///
    /// # Errors
    /// [`AdoptError::NobodyKnows`] where nothing from outside was compared and the operator did not accept that. After any
    /// other error the same again goes on where it ended: the database is bound last.
    pub async fn carry_out(mut self, nobody_knows: bool, now: ReceivedAt) -> Result<String, AdoptError> {
        if !nobody_knows && !self.known.iter().any(|known| known.outside) {
            return Err(AdoptError::NobodyKnows);
        }
        let mut kept = match self.kept.take() {
            Some(kept) => kept,
            None => Kept::open(&self.checkpoint_file)?,
        };
        let name = kept.name().to_owned();
        self.write_note(&name, now)?;
        if let Some((_, note)) = self.newest()
            && kept.note().is_none_or(|had| had.text() != note.text())
        {
            kept.swap(note.clone())?;
        }
        self.store.put_signing_place(&name).await?;
        let (size, root) = (self.size, self.root);
        tracing::warn!(origin = %self.origin, size, %root, before = ?self.theirs, place = name, "ADOPTED the log's checkpoints");
        Ok(name)
    }

    fn write_note(&self, name: &str, now: ReceivedAt) -> Result<(), AdoptError> {
        let path = note_of(&self.checkpoint_file);
        let line = format!(
            "{now} adopted {}: {} entries, root {}; place {} -> {name}; compared with {}\n",
            self.origin,
            self.size,
            self.root,
            self.theirs.as_deref().unwrap_or("none"),
            self.compared(),
        );
        let write = || {
            let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
            file.write_all(line.as_bytes())?;
            file.sync_all()
        };
        write().map_err(|source| AdoptError::Note { path: path.clone(), source })
    }

    fn compared(&self) -> String {
        let of = |known: &Known| format!("{} ({} entries)", known.from, known.checkpoint.size());
        let all: Vec<String> = self.known.iter().map(of).collect();
        if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
    }
}

/// What people read before they confirm.
impl Display for Adoption {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "log        {}", self.origin)?;
        let last = self.last_received_at.map_or_else(String::new, |last| format!(", the newest taken {last}"));
        writeln!(f, "database   {} entries{last}, root {}", self.size, self.root)?;
        writeln!(f, "bound to   {}", self.theirs.as_deref().unwrap_or("no place yet"))?;
        let ours = self.kept.as_ref().map_or("a new place", Kept::name);
        writeln!(f, "here       {ours}, {}", self.checkpoint_file.display())?;
        for Known { from, checkpoint, note, .. } in &self.known {
            let signed = if note.is_some() { "signed" } else { "without a signature" };
            writeln!(
                f,
                "known      {} entries, {signed}, from {from}: the database begins with them",
                checkpoint.size()
            )?;
        }
        if !self.known.iter().any(|known| known.outside) {
            writeln!(f, "known      NOTHING from outside the database")?;
        }
        Ok(())
    }
}

/// What was noted of the newest adoption at the place of this checkpoint file, if there was one: a service says it at every
/// start, so that its own log tells of it and not only the file.
pub fn newest_adoption(checkpoint_file: &Path) -> Option<String> {
    let notes = std::fs::read_to_string(note_of(checkpoint_file)).ok()?;
    notes.lines().last().map(str::to_owned)
}

/// What everybody may know of an adoption: names of files and places are the operator's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// When, as the note has it.
    pub at: String,
    /// The entries that the database had.
    pub size: u64,
    /// The entries of the largest checkpoint from outside the database that was compared.
    pub compared: Option<u64>,
}

impl Adopted {
    /// Reads a line of the note.
    pub fn read(line: &str) -> Option<Self> {
        let entries = |text: &str| text.rsplit([' ', '(']).next()?.parse::<u64>().ok();
        let (at, rest) = line.split_once(" adopted ")?;
        let (before, compared) = rest.split_once("; compared with ")?;
        let size = entries(before.split_once(" entries, root ")?.0)?;
        let outside = compared.split(", ").filter(|known| !known.starts_with(&format!("{THE_DATABASE} (")));
        let compared = outside.filter_map(|known| entries(known.strip_suffix(" entries)")?)).max();
        Some(Self { at: at.to_owned(), size, compared })
    }
}

/// The file that notes adoptions, beside the kept checkpoint.
fn note_of(checkpoint_file: &Path) -> PathBuf {
    let mut path = checkpoint_file.as_os_str().to_owned();
    path.push(".adopted");
    PathBuf::from(path)
}

/// A checkpoint as it was served, as it was kept, or its text alone as an audit keeps it.
fn read(text: &str, policy: &Policy) -> Result<(Checkpoint, Option<Note>), String> {
    let text = match text.strip_prefix(HEAD) {
        Some(rest) => rest.split_once('\n').map_or("", |(_, note)| note),
        None => text,
    };
    if let Ok(checkpoint) = text.parse::<Checkpoint>() {
        return Ok((checkpoint, None));
    }
    let note: Note = text.parse().map_err(|error: trace_core::log::NoteError| error.to_string())?;
    let checkpoint = policy.verify(&note).map_err(|error| error.to_string())?.checkpoint;
    Ok((checkpoint, Some(note)))
}
