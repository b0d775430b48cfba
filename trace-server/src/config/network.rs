//! Networks in CIDR notation (RFC 4632 section 3.1, RFC 4291 section 2.3), for the list of trusted proxies
//! and the table of regions.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// An address with a prefix length; a bare address is a network of its own.
///
/// ```
/// use trace_server::config::Network;
/// let network: Network = "10.0.0.0/8".parse()?;
/// assert!(network.holds("10.1.2.3".parse()?));
/// assert!(network.holds("::ffff:10.1.2.3".parse()?), "an IPv4 client on an IPv6 socket");
/// assert!(!network.holds("11.0.0.1".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

/// A text that is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{received}' is no network; write 192.0.2.7, 10.0.0.0/8 or fd00::/8")]
pub struct NetworkError {
    received: String,
}

impl Network {
    /// Whether the address lies in it.
    pub fn holds(&self, address: IpAddr) -> bool {
        let bits = u32::from(self.prefix_bits);
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl Network {
    /// How many bits of the address are those of the network.
    pub const fn prefix_bits(&self) -> u8 {
        self.prefix_bits
    }

    /// The first and the last address.
    pub fn ends(&self) -> (IpAddr, IpAddr) {
        let bits = u32::from(self.prefix_bits);
        match self.address {
            IpAddr::V4(address) => {
                let (address, behind) = (address.to_bits(), u32::MAX.checked_shr(bits).unwrap_or(0));
                (Ipv4Addr::from_bits(address & !behind).into(), Ipv4Addr::from_bits(address | behind).into())
            }
            IpAddr::V6(address) => {
                let (address, behind) = (address.to_bits(), u128::MAX.checked_shr(bits).unwrap_or(0));
                (Ipv6Addr::from_bits(address & !behind).into(), Ipv6Addr::from_bits(address | behind).into())
            }
        }
    }

    /// The same network by its first address.
    pub fn whole(&self) -> Self {
        Self { address: self.ends().0, prefix_bits: self.prefix_bits }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let wrong = || NetworkError { received: text.to_owned() };
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let max = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = bits.map_or(Ok(max), |bits| bits.parse().map_err(|_| wrong()))?;
        if prefix_bits > max {
            return Err(wrong());
        }
        Ok(Self { address, prefix_bits })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix_bits)
    }
}

impl<'de> serde::Deserialize<'de> for Network {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    #[test]
    fn edges_of_networks() {
        for (network, inside, outside) in [
            ("0.0.0.0/0", "255.255.255.255", "::1"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("fd00::/8", "fdff::1", "fe00::"),
            ("::/0", "2001:db8::1", "1.2.3.4"),
        ] {
            let network: Network = network.parse().unwrap();
            assert!(network.holds(inside.parse().unwrap()), "{network} {inside}");
            assert!(!network.holds(outside.parse().unwrap()), "{network} {outside}");
        }
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "a/8", "10.0.0.0/-1"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
