//! Evidence: pictures and documents that back a record, made harmless before they are hashed.
//!
//! Pictures are decoded and encoded anew: what a telephone adds (position, time, its owner's name) is gone, and so is
//! whatever hid behind the picture. Documents are kept as they are: a laboratory's report is signed as bytes.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use tokio::sync::Semaphore;
use trace_core::id::{PartyId, RecordId};
use trace_core::record::{Evidence, MediaType, Refusal};

use super::Ledger;
use crate::store::StoreError;

/// Pictures that are decoded at once; each may take 200 MB.
static DECODERS: Semaphore = Semaphore::const_new(2);
/// Memory for one decoded picture: 50 megapixels of four bytes.
const DECODED_BYTES_MAX: u64 = 200_000_000;
/// Longest side that is kept: a label stays legible, a photograph takes about 1 MB.
const SIDE_PIXELS_MAX: u32 = 2560;
/// Where a photograph stops to gain.
const JPEG_QUALITY: u8 = 85;

/// Why a file is not kept.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The file is none that can back a record.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Ledger {
    /// Keeps a picture (JPEG, PNG) or document (PDF) that a party uploaded, and answers how a record names it. What it is
    /// is read from its bytes, whatever its name or media type said.
    ///
    /// # Errors
    /// [`EvidenceError::Refused`] if it is none of these or cannot be read; [`EvidenceError::Store`].
    pub async fn keep_evidence(&self, bytes: Vec<u8>, uploader: PartyId) -> Result<Evidence, EvidenceError> {
        let permit = DECODERS.acquire().await.map_err(|error| StoreError::Engine(error.to_string()))?;
        let cleaned = tokio::task::spawn_blocking(move || {
            let cleaned = clean(bytes);
            drop(permit);
            cleaned
        });
        let (media_type, bytes) = cleaned.await.map_err(|error| StoreError::Engine(error.to_string()))??;
        let sha256 = RecordId::of(&bytes);
        let size = u32::try_from(bytes.len()).map_err(|_| unreadable("文件太大", "it is too large"))?;
        self.store().put_evidence(sha256, media_type.code(), &bytes, uploader).await?;
        Ok(Evidence { sha256, media_type, size })
    }

    /// A file that the party uploaded before, by the digest that a form carried on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn kept_evidence(&self, sha256: &str, uploader: PartyId) -> Result<Option<Evidence>, StoreError> {
        let Ok(sha256) = sha256.parse::<RecordId>() else { return Ok(None) };
        let Some(upload) = self.store().uploads(uploader, &[sha256]).await?.pop() else { return Ok(None) };
        let known = [MediaType::Jpeg, MediaType::Png, MediaType::Pdf];
        let media_type = known.into_iter().find(|known| known.code() == upload.media_type);
        let size = u32::try_from(upload.bytes_count).ok();
        Ok(media_type.zip(size).map(|(media_type, size)| Evidence { sha256, media_type, size }))
    }
}

fn clean(bytes: Vec<u8>) -> Result<(MediaType, Vec<u8>), Refusal> {
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        let picture = decode(&bytes, ImageFormat::Jpeg)?.to_rgb8();
        let mut out = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut out, JPEG_QUALITY);
        picture.write_with_encoder(encoder).map_err(|error| not_a_picture(&error))?;
        return Ok((MediaType::Jpeg, out));
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let mut out = Cursor::new(Vec::new());
        let picture = decode(&bytes, ImageFormat::Png)?;
        picture.write_to(&mut out, ImageFormat::Png).map_err(|error| not_a_picture(&error))?;
        return Ok((MediaType::Png, out.into_inner()));
    }
    // ISO 32000-1 section 7.5: the header first, the end-of-file marker within the last kilobyte.
    let tail = &bytes[bytes.len().saturating_sub(1024)..];
    if bytes.starts_with(b"%PDF-") && tail.windows(5).any(|window| window == b"%%EOF") {
        return Ok((MediaType::Pdf, bytes));
    }
    let begins = hex::encode(&bytes[..bytes.len().min(8)]);
    Err(Refusal::invalid(
        "evidence_type",
        "",
        format!("文件（{} 字节，开头是 {begins}）不是 JPEG、PNG 图片或 PDF 文档", bytes.len()),
        format!(
            "the file of {} bytes, beginning with {begins}, is neither a JPEG or PNG picture nor a PDF document",
            bytes.len()
        ),
    ))
}

/// Decodes within limits, upright, and no larger than is of use.
fn decode(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, Refusal> {
    let wrong = |error: image::ImageError| not_a_picture(&error);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(wrong)?;
    if decoder.total_bytes() > DECODED_BYTES_MAX {
        return Err(unreadable("超过五千万像素", "it has more than 50 megapixels"));
    }
    // The orientation stands in what is dropped, so it is applied first.
    let orientation = decoder.orientation().map_err(wrong)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(wrong)?;
    picture.apply_orientation(orientation);
    if picture.width().max(picture.height()) > SIDE_PIXELS_MAX {
        // `resize` would take another half gigabyte on its way.
        picture = picture.thumbnail(SIDE_PIXELS_MAX, SIDE_PIXELS_MAX);
    }
    Ok(picture)
}

fn unreadable(zh: &str, en: &str) -> Refusal {
    Refusal::invalid(
        "evidence_unreadable",
        "",
        format!("图片打不开（{zh}）；请重新拍照或另存后再传"),
        format!("the picture cannot be read: {en}; take or save it again"),
    )
}

fn not_a_picture(error: &image::ImageError) -> Refusal {
    let zh = match error {
        image::ImageError::Limits(_) => "图片太大",
        image::ImageError::Unsupported(_) => "这种格式读不了",
        _ => "文件内容残缺或有错",
    };
    unreadable(zh, &error.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    fn jpeg_with_position() -> Vec<u8> {
        let mut jpeg = Vec::new();
        let picture = image::RgbImage::from_fn(40, 20, |x, _| image::Rgb([u8::try_from(x * 6).unwrap(), 0, 0]));
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 90)).unwrap();
        // An Exif segment after SOI: little endian, one entry, orientation 6 (turn right), then a marker text.
        let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
        exif.extend_from_slice(b"GPS 27.6N 104.0E");
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let segment = [&[0xff, 0xe1][..], &length, &exif].concat();
        [&jpeg[..2], &segment, &jpeg[2..]].concat()
    }

    #[test]
    fn a_photograph_loses_its_position_and_keeps_its_orientation() {
        let dirty = jpeg_with_position();
        let (media_type, clean) = clean(dirty.clone()).unwrap();
        assert_eq!(media_type, MediaType::Jpeg);
        let holds = |bytes: &[u8], needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        assert!(holds(&dirty, b"GPS 27.6N") && !holds(&clean, b"GPS 27.6N") && !holds(&clean, b"Exif"));
        let picture = image::load_from_memory(&clean).unwrap();
        assert_eq!((picture.width(), picture.height()), (20, 40), "turned as its Exif data said");
    }

    #[test]
    fn what_only_pretends_is_refused() {
        for bytes in [&b""[..], b"GIF89a", b"<svg/>", b"%PDF-1.7 no end", b"\xff\xd8\xff garbage", b"\x89PNG\r\n\x1a\n"]
        {
            assert!(clean(bytes.to_vec()).is_err(), "{bytes:?}");
        }
        assert_eq!(clean(b"%PDF-1.4\n...\n%%EOF\n".to_vec()).unwrap().0, MediaType::Pdf);
    }

    #[test]
    fn a_picture_that_would_fill_the_memory_is_refused() {
        let mut png = Cursor::new(Vec::new());
        DynamicImage::new_luma8(2600, 4).write_to(&mut png, ImageFormat::Png).unwrap();
        let (_, small) = clean(png.clone().into_inner()).unwrap();
        assert_eq!(image::load_from_memory(&small).unwrap().width(), SIDE_PIXELS_MAX);
        // The header alone claims 60,000 x 60,000 pixels; its checksum is wrong too, which must not matter first.
        let mut bomb = png.into_inner();
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        assert!(clean(bomb).is_err());
    }
}
