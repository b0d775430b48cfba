//! Package codes, the addresses that carry them, and the QR symbols of those addresses.
//!
//! A package code is a serial that only the holder of a [`CodeKey`] can make and check: it needs no database
//! to be recognised, and a guess succeeds once in 2^48. Which codes were issued, activated or scanned is not
//! known here; that is the ledger's. Labels, with text around the symbol, are in [`label`].
//!
//! # Example: from an issue to a symbol and back
//!
//! ```
//! use trace_core::code::{
//!     CodeIndex, CodeKey, DigitalLink, Gtin14, Host, IssueNumber, KeyRing, Level, LotNumber, Scheme, Symbol,
//! };
//!
//! let ring = KeyRing::new(vec![CodeKey::new(1, [7; 32])?])?;
//! let code = ring.encode(1, IssueNumber::new(42)?, CodeIndex::new(0)?)?;
//!
//! let link = DigitalLink::new(Gtin14::parse("6901234567892")?, LotNumber::parse("S261120-4F7K2MQ")?, code);
//! let address = link.address(Scheme::Https, &Host::parse("trace.example.cn")?);
//! let symbol = Symbol::new(&address, Level::M)?;
//! assert_eq!(symbol.version(), 4);
//!
//! let path = address.trim_start_matches("HTTPS://TRACE.EXAMPLE.CN");
//! let scanned = DigitalLink::parse_path(path)?;
//! let decoded = ring.decode(scanned.code()).ok_or("not one of our codes")?;
//! assert_eq!((decoded.issue().get(), decoded.index().get()), (42, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod gs1;
mod host;
mod key_file;
mod keyring;
pub mod label;
mod link;
mod permutation;
mod picture;
mod printing;
mod serial;
mod symbol;

#[cfg(test)]
mod tests;

pub use gs1::{Gtin14, GtinError, LotError, LotNumber};
pub use host::{Host, HostError, LongHost, Scheme};
pub use key_file::KeyFileError;
pub use keyring::{CodeKey, Decoded, KeyRing, KeyRingError};
pub use link::{DigitalLink, LinkError, short_address};
pub use picture::PictureError;
pub use printing::{PrintWarning, Printing, PrintingError};
pub use serial::{CodeError, CodeIndex, IssueNumber, NumberError, PackageCode};
pub use symbol::{Level, LevelError, Mark, MarkError, Symbol, SymbolError};
