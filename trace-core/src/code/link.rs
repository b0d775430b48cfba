//! Package addresses: GS1 Digital Link where the product has a GTIN, a short form where it has none.
//!
//! Follows the GS1 Digital Link standard, URI syntax, release 1.2 and later: `/01/{gtin14}/10/{lot}/21/{serial}`.
//! Of its many keys only these three are read, in this order; nothing is looked up.

use std::fmt::Write as _;

use super::gs1::{Gtin14, GtinError, LotError, LotNumber};
use super::host::{Host, Scheme};
use super::serial::{CodeError, PackageCode};

/// What an address with GTIN names: the product, the batch and the package.
///
/// ```
/// use trace_core::code::DigitalLink;
///
/// let link = DigitalLink::parse_path("/01/06901234567892/10/s261120-4f7k2mq/21/cjzckkd64d6ex5cxy40k/")?;
/// assert_eq!(link.path(), "/01/06901234567892/10/S261120-4F7K2MQ/21/CJZCKKD64D6EX5CXY40K");
/// # Ok::<(), trace_core::code::LinkError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigitalLink {
    gtin: Gtin14,
    lot: LotNumber,
    code: PackageCode,
}

/// Why a path is not the address of a package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// A key of the three is missing.
    #[error("the address has no AI {expected}; it is /01/(GTIN)/10/(batch)/21/(serial)")]
    Missing {
        /// The key that should stand next.
        expected: &'static str,
    },
    /// A key that is used, at the wrong place or twice.
    #[error("AI {received} stands where AI {expected} should; the order is 01, 10, 21")]
    Order {
        /// The key that came.
        received: String,
        /// The key that should stand there; "none" after the last.
        expected: &'static str,
    },
    /// A key that is not used here.
    #[error("AI {received:?} is not known here; an address has 01, 10 and 21")]
    Unknown {
        /// The key that came, cut to its first 20 characters.
        received: String,
    },
    /// A key without a value.
    #[error("AI {ai} has no value")]
    NoValue {
        /// The key.
        ai: &'static str,
    },
    /// A percent sign without two hex digits of an ASCII character after it (RFC 3986 section 2.1).
    #[error("the value of AI {ai} is wrongly percent-encoded: % and two hex digits of an ASCII character")]
    Percent {
        /// The key.
        ai: &'static str,
    },
    /// The trade item number is wrong.
    #[error("AI 01: {0}")]
    Gtin(#[from] GtinError),
    /// The lot number is wrong.
    #[error("AI 10: {0}")]
    Lot(#[from] LotError),
    /// The package code is wrong.
    #[error("AI 21: {0}")]
    Code(#[from] CodeError),
}

impl DigitalLink {
    /// Joins the three.
    pub const fn new(gtin: Gtin14, lot: LotNumber, code: PackageCode) -> Self {
        Self { gtin, lot, code }
    }

    /// The product, AI (01).
    pub const fn gtin(&self) -> Gtin14 {
        self.gtin
    }

    /// The batch, AI (10).
    pub const fn lot(&self) -> &LotNumber {
        &self.lot
    }

    /// The package, AI (21).
    pub const fn code(&self) -> &PackageCode {
        &self.code
    }

    /// `/01/{gtin14}/10/{lot}/21/{code}`, the lot percent-encoded where it must be.
    pub fn path(&self) -> String {
        format!("/01/{}/10/{}/21/{}", self.gtin, percent_encoded(self.lot.as_str()), self.code)
    }

    /// The whole address in upper case, which keeps a QR symbol in alphanumeric mode.
    ///
    /// ```
    /// # use trace_core::code::{DigitalLink, Host, Scheme};
    /// let link = DigitalLink::parse_path("/01/06901234567892/10/A1/21/CJZCKKD64D6EX5CXY40K")?;
    /// let address = link.address(Scheme::Https, &Host::parse("t.example.cn")?);
    /// assert_eq!(address, "HTTPS://T.EXAMPLE.CN/01/06901234567892/10/A1/21/CJZCKKD64D6EX5CXY40K");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn address(&self, scheme: Scheme, host: &Host) -> String {
        format!("{scheme}://{host}{}", self.path())
    }

    /// Reads the path of an address as a browser sends it: either case, percent-encoded or not, with or without a
    /// slash at the end. What follows `?` or `#` is not part of the path and is left aside.
    ///
    /// # Errors
    /// [`LinkError`] with the key and the reason.
    pub fn parse_path(path: &str) -> Result<Self, LinkError> {
        let path = path.split(['?', '#']).next().unwrap_or(path);
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut segments = path.split('/');
        let gtin = value_of("01", &mut segments)?;
        let lot = value_of("10", &mut segments)?;
        let code = value_of("21", &mut segments)?;
        if let Some(rest) = segments.next() {
            return Err(misplaced(rest, "none"));
        }
        Ok(Self { gtin: Gtin14::parse(&gtin)?, lot: LotNumber::parse(&lot)?, code: PackageCode::parse_typed(&code)? })
    }
}

/// The short address of a package whose product has no GTIN: `HTTPS://HOST/T/{code}`, upper case.
///
/// ```
/// use trace_core::code::{Host, Scheme, short_address};
///
/// let code = "CJZCKKD64D6EX5CXY40K".parse()?;
/// let address = short_address(Scheme::Http, &Host::parse("127.0.0.1:8080")?, &code);
/// assert_eq!(address, "HTTP://127.0.0.1:8080/T/CJZCKKD64D6EX5CXY40K");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn short_address(scheme: Scheme, host: &Host, code: &PackageCode) -> String {
    format!("{scheme}://{host}/T/{code}")
}

/// Takes the next key, which must be `ai`, and its decoded value.
fn value_of<'a>(ai: &'static str, segments: &mut impl Iterator<Item = &'a str>) -> Result<String, LinkError> {
    match segments.next() {
        None | Some("") => return Err(LinkError::Missing { expected: ai }),
        Some(key) if key == ai => {}
        Some(key) => return Err(misplaced(key, ai)),
    }
    let value = segments.next().filter(|value| !value.is_empty());
    percent_decoded(value.ok_or(LinkError::NoValue { ai })?).ok_or(LinkError::Percent { ai })
}

fn misplaced(received: &str, expected: &'static str) -> LinkError {
    let received = received.chars().take(20).collect();
    if matches!(received, ref key if ["01", "10", "21"].contains(&String::as_str(key))) {
        LinkError::Order { received, expected }
    } else {
        LinkError::Unknown { received }
    }
}

/// Percent-encodes (RFC 3986 section 2.1) all but letters, digits, hyphen and dot.
///
/// Of the unreserved characters the underscore is encoded too: it is not in QR's alphanumeric set, `%5F` is.
fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.' {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// Undoes percent-encoding; nothing where an escape is malformed or no ASCII character.
fn percent_decoded(text: &str) -> Option<String> {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character == '%' {
            let high = rest.next()?.to_digit(16)?;
            let low = rest.next()?.to_digit(16)?;
            decoded.push(char::from_u32(16 * high + low).filter(char::is_ascii)?);
        } else {
            decoded.push(character);
        }
    }
    Some(decoded)
}
