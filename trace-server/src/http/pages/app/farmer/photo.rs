//! Photographs: sniffed, decoded within limits, turned upright, made smaller and written anew, so that nothing but
//! the picture is kept: no position, no camera, no hidden file.

use std::io::Cursor;
use std::sync::LazyLock;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use tokio::sync::Semaphore;
use trace_core::id::{PartyId, RecordId};
use trace_core::record::{Evidence, MediaType};

use crate::http::forms::Upload;
use crate::store::{Store, StoreError};

/// Longest side of a kept picture in pixels: a weighing slip stays readable.
const SIDE_MAX: u32 = 1_600;
/// Quality of the JPEG, 1 to 100.
const QUALITY: u8 = 80;
/// Largest side that is decoded, in pixels; a telephone's 50 megapixels are 8,192 wide.
const DECODED_SIDE_MAX: u32 = 12_000;
/// Most memory for decoding one picture, in bytes: 50 megapixels of three bytes.
const DECODED_BYTES_MAX: u64 = 160 * 1024 * 1024;

/// One at a time: the memory above is for the whole process.
static TURN: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(1));

/// Why a photograph was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    /// It is no picture that we read.
    #[error("this is no JPEG, PNG or WebP picture")]
    Format,
    /// It is one, but broken or too large to decode.
    #[error("the picture cannot be read: {0}")]
    Unreadable(String),
    /// It could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PhotoError {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Format => "这不是 JPEG、PNG 或 WebP 图片，请换一张".to_owned(),
            Self::Unreadable(_) => "图片打不开（可能损坏或太大），请换一张".to_owned(),
            Self::Store(_) => "图片没有存上，请再交一次".to_owned(),
        }
    }
}

/// Cleans a photograph and keeps it as this party's.
///
/// # Errors
/// [`PhotoError`].
pub async fn keep(upload: Upload, uploader: PartyId, store: &dyn Store) -> Result<Evidence, PhotoError> {
    let unreadable = |error: &dyn std::fmt::Display| PhotoError::Unreadable(error.to_string());
    let turn = TURN.acquire().await.map_err(|error| unreadable(&error))?;
    // The turn goes along with the work, which goes on when the telephone has hung up.
    let work = tokio::task::spawn_blocking(move || {
        let cleaned = clean(&upload.bytes);
        drop(turn);
        cleaned
    });
    let bytes = work.await.map_err(|error| unreadable(&error))??;
    let sha256 = RecordId::of(&bytes);
    let size = u32::try_from(bytes.len()).map_err(|error| unreadable(&error))?;
    store.put_evidence(sha256, MediaType::Jpeg.code(), &bytes, uploader).await?;
    Ok(Evidence { sha256, media_type: MediaType::Jpeg, size })
}

fn clean(bytes: &[u8]) -> Result<Vec<u8>, PhotoError> {
    let format = image::guess_format(bytes).map_err(|_| PhotoError::Format)?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP) {
        return Err(PhotoError::Format);
    }
    let unreadable = |error: image::ImageError| PhotoError::Unreadable(error.to_string());
    let mut limits = Limits::default();
    limits.max_image_width = Some(DECODED_SIDE_MAX);
    limits.max_image_height = Some(DECODED_SIDE_MAX);
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    if decoder.total_bytes() > DECODED_BYTES_MAX {
        return Err(PhotoError::Unreadable(format!("{} bytes when decoded", decoder.total_bytes())));
    }
    // The way up stands in the data that is thrown away.
    let orientation = decoder.orientation().map_err(unreadable)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    if picture.width().max(picture.height()) > SIDE_MAX {
        picture = picture.thumbnail(SIDE_MAX, SIDE_MAX);
    }
    picture.apply_orientation(orientation);
    let mut clean = Vec::new();
    JpegEncoder::new_with_quality(&mut clean, QUALITY).encode_image(&picture.to_rgb8()).map_err(unreadable)?;
    Ok(clean)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        JpegEncoder::new(&mut bytes).encode_image(&image::RgbImage::new(width, height)).unwrap();
        bytes
    }

    /// The picture with an EXIF segment (JPEG APP1) that says "turned by 90 degrees" and holds a position.
    fn with_exif(jpeg: &[u8]) -> Vec<u8> {
        let tiff: &[u8] = b"Exif\0\0II*\0\x08\0\0\0\x02\0\
            \x12\x01\x03\0\x01\0\0\0\x06\0\0\0\
            \x25\x88\x04\0\x01\0\0\0\x26\0\0\0\
            \0\0\0\0GPSLatitude 27.6260";
        let mut bytes = jpeg[..2].to_vec();
        bytes.extend_from_slice(&[0xff, 0xe1]);
        bytes.extend_from_slice(&u16::try_from(tiff.len() + 2).unwrap().to_be_bytes());
        bytes.extend_from_slice(tiff);
        bytes.extend_from_slice(&jpeg[2..]);
        bytes
    }

    fn holds(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|window| window == part)
    }

    #[test]
    fn position_and_camera_are_gone_and_the_picture_stands_upright() {
        let taken = with_exif(&jpeg(40, 20));
        assert!(holds(&taken, b"Exif") && holds(&taken, b"27.6260"));
        let kept = clean(&taken).unwrap();
        assert!(!holds(&kept, b"Exif") && !holds(&kept, b"27.6260"));
        let picture = image::load_from_memory(&kept).unwrap();
        assert_eq!((picture.width(), picture.height()), (20, 40));
    }

    #[test]
    fn what_hangs_on_behind_is_gone() {
        let mut taken = jpeg(8, 8);
        taken.extend_from_slice(b"<script>PK\x03\x04");
        assert!(!holds(&clean(&taken).unwrap(), b"<script>"));
    }

    #[test]
    fn large_pictures_are_made_smaller_and_other_files_refused() {
        let kept = image::load_from_memory(&clean(&jpeg(3_000, 1_500)).unwrap()).unwrap();
        assert_eq!((kept.width(), kept.height()), (1_600, 800));
        for other in [&b"%PDF-1.7"[..], b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a....", b"MZ"] {
            assert!(matches!(clean(other), Err(PhotoError::Format)), "{other:?}");
        }
        let broken = &jpeg(40, 40)[..100];
        assert!(matches!(clean(broken), Err(PhotoError::Unreadable(_))));
    }

    #[test]
    fn a_picture_that_unfolds_into_too_much_is_refused() {
        // A PNG header that claims 100,000 x 100,000 pixels.
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\x01\x86\xa0\0\x01\x86\xa0\x08\x02\0\0\0".to_vec();
        png.extend_from_slice(&[0; 20]);
        assert!(matches!(clean(&png), Err(PhotoError::Unreadable(_))));
    }
}
