//! The host that a package's address names, printed on paper for years.
//!
//! Does not resolve, and does not know whether anything answers there.

use std::fmt;
use std::str::FromStr;

/// The longest host with which the long address stays in a version 4-M symbol, in characters.
///
/// Version 4-M holds 90 alphanumeric characters (ISO/IEC 18004 table 7); `HTTPS://`, `/01/`, a GTIN-14, `/10/`,
/// a batch code of 15, `/21/` and a package code of 20 take 69.
const HOST_LENGTH_MAX: usize = 21;

/// The scheme of an address. Plain HTTP is for demonstrations on one's own machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scheme {
    /// `HTTPS`, for everything that is printed.
    #[default]
    Https,
    /// `HTTP`.
    Http,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Https => "HTTPS",
            Self::Http => "HTTP",
        })
    }
}

/// A host name or IPv4 address with an optional port, in upper case.
///
/// ```
/// use trace_core::code::Host;
///
/// let host = Host::parse("t.example.cn")?;
/// assert_eq!(host.as_str(), "T.EXAMPLE.CN");
/// assert!(host.long_form_warning().is_none());
/// assert!(Host::parse("https://t.example.cn/").is_err());
/// # Ok::<(), trace_core::code::HostError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Host(String);

/// Why a text is no [`Host`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// A scheme, path or user stands with it.
    #[error(
        "a host is a name with an optional port, such as t.example.cn or 127.0.0.1:8080; {character:?} does not belong in it"
    )]
    NotAlone {
        /// The character that shows it.
        character: char,
    },
    /// Nothing, or more than 253 characters.
    #[error("a host name has 1 to 253 characters, received {received}")]
    Length {
        /// How many characters came.
        received: usize,
    },
    /// A part between dots is malformed.
    #[error(
        "{label:?} cannot be a part of a host name: 1 to 63 of a-z, 0-9 and inner hyphens; other scripts in their xn-- form"
    )]
    Label {
        /// The part as it came.
        label: String,
    },
    /// Four numbers of which one is not 0 to 255, or another name that ends in a number.
    #[error("{host:?} ends in a number and is not an IPv4 address, which is four numbers from 0 to 255")]
    Ipv4 {
        /// The host as it came.
        host: String,
    },
    /// The port is no port.
    #[error("a port is 1 to 65535 without leading zeros, received {received:?}")]
    Port {
        /// The port as it came.
        received: String,
    },
}

/// A host so long that the long address no longer fits the symbol that labels are designed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the host has {length} characters; with more than 21, an address with GTIN and batch needs a larger QR symbol than version 4-M"
)]
pub struct LongHost {
    length: usize,
}

impl Host {
    /// Reads a host of letters, digits, hyphens and dots (RFC 1123 section 2.1) with an optional port.
    ///
    /// IPv6 addresses are refused: their brackets would take the QR symbol out of alphanumeric mode.
    ///
    /// # Errors
    /// [`HostError`] with what does not belong.
    pub fn parse(text: &str) -> Result<Self, HostError> {
        if let Some(character) = text.chars().find(|c| "/@?#[]%\\".contains(*c) || c.is_whitespace()) {
            return Err(HostError::NotAlone { character });
        }
        let (name, port) = match text.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text, None),
        };
        if !(1..=253).contains(&name.len()) {
            return Err(HostError::Length { received: name.len() });
        }
        if let Some(label) = name.split('.').find(|label| !is_label(label)) {
            return Err(HostError::Label { label: label.to_owned() });
        }
        // Browsers read every name that ends in a number as an IPv4 address (WHATWG URL, host parsing).
        let last = name.rsplit('.').next().unwrap_or(name);
        let is_numeric = last.bytes().all(|byte| byte.is_ascii_digit());
        if is_numeric && name.parse::<core::net::Ipv4Addr>().is_err() {
            return Err(HostError::Ipv4 { host: name.to_owned() });
        }
        if let Some(port) = port.filter(|port| !is_port(port)) {
            return Err(HostError::Port { received: port.to_owned() });
        }
        Ok(Self(text.to_ascii_uppercase()))
    }

    /// The host with its port, upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A warning where the long form of an address would leave QR version 4-M (more than 21 characters).
    ///
    /// ```
    /// # use trace_core::code::Host;
    /// let warning = Host::parse("traceability.example.cn")?.long_form_warning();
    /// assert!(warning.is_some_and(|warning| warning.to_string().starts_with("the host has 23")));
    /// # Ok::<(), trace_core::code::HostError>(())
    /// ```
    pub fn long_form_warning(&self) -> Option<LongHost> {
        let length = self.0.len();
        (length > HOST_LENGTH_MAX).then_some(LongHost { length })
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit()) && !port.starts_with('0') && port.parse::<u16>().is_ok()
}

impl FromStr for Host {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        Self::parse(text)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
