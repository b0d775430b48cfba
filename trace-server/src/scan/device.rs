//! Telling devices apart for a day without knowing them, and people from robots.
//!
//! Of an address and a browser's description only eight bytes of an HMAC (RFC 2104) under a salt of the day are kept;
//! the next day the same device has another mark. It deliberately keeps no address, no position and no cookie.

use std::net::{IpAddr, Ipv6Addr};

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};
use trace_core::code::KeyRing;

/// What the key file is hashed with, so that the result is of use for nothing else.
const SECRET_PREFIX: &[u8] = b"tianma-trace/scan-device-secret/1\n";

/// Marks devices under a secret that all servers of an installation share.
pub(super) struct Devices {
    secret: [u8; 32],
}

impl Devices {
    /// Derives the secret from the code keys: they are the one secret that every server of an installation has and
    /// that is kept outside the database.
    pub fn of(keys: &KeyRing) -> Self {
        let digest = Sha256::new().chain_update(SECRET_PREFIX).chain_update(keys.to_text()).finalize();
        Self { secret: digest.into() }
    }

    /// The mark of a device on a day. Of IPv6 addresses the first 64 bits: telephones change the rest by the hour.
    pub fn mark(&self, day: Date, address: IpAddr, agent: &str) -> [u8; 8] {
        let salt = keyed(&self.secret, &[day.to_string().as_bytes()]);
        let network = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).octets().to_vec(),
        };
        let mut mark = [0; 8];
        mark.copy_from_slice(&keyed(&salt, &[&network, agent.as_bytes()])[..8]);
        mark
    }
}

fn keyed(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC fills a short key up with zeros to the block of its hash (RFC 2104 section 2).
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    let mut hmac = Hmac::<Sha256>::new((&block).into());
    for part in parts {
        hmac.update(part);
    }
    hmac.finalize().into_bytes().into()
}

/// Words in the description of programs that open addresses without a person looking: search engines, link previews
/// of messengers, monitors.
const ROBOT_WORDS: [&str; 21] = [
    "bot",
    "spider",
    "crawl",
    "slurp",
    "preview",
    "facebookexternalhit",
    "whatsapp",
    // WeChat on iOS makes the card of an address that is shared, before anybody opens it.
    "wechatshareextension",
    "embedly",
    "monitor",
    "headless",
    "python-requests",
    "python-urllib",
    "aiohttp",
    "curl/",
    "wget/",
    "go-http-client",
    "okhttp",
    "java/",
    "scrapy",
    "libwww",
];

/// Whether a browser's description (RFC 9110 section 10.1.5) is that of a program without a person; an empty one is.
///
/// ```
/// use trace_server::scan::is_robot;
/// assert!(is_robot("Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"));
/// assert!(!is_robot("Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 MicroMessenger/8.0.40"));
/// ```
pub fn is_robot(agent: &str) -> bool {
    let agent = agent.to_ascii_lowercase();
    agent.trim().is_empty() || ROBOT_WORDS.iter().any(|word| agent.contains(word))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use trace_core::code::CodeKey;

    use super::*;

    fn devices(key: u8) -> Devices {
        Devices::of(&KeyRing::new(vec![CodeKey::new(1, [key; 32]).unwrap()]).unwrap())
    }

    #[test]
    fn a_mark_holds_for_one_device_on_one_day_under_one_secret() {
        let day = jiff::civil::date(2026, 11, 20);
        let mark = |key, day, address: &str, agent| devices(key).mark(day, address.parse().unwrap(), agent);
        let one = mark(1, day, "192.0.2.7", "phone");
        assert_eq!(one, mark(1, day, "192.0.2.7", "phone"));
        assert_ne!(one, mark(1, day.tomorrow().unwrap(), "192.0.2.7", "phone"));
        assert_ne!(one, mark(1, day, "192.0.2.8", "phone"));
        assert_ne!(one, mark(1, day, "192.0.2.7", "tablet"));
        assert_ne!(one, mark(2, day, "192.0.2.7", "phone"));
    }

    #[test]
    fn an_ipv6_device_is_known_by_its_network() {
        let day = jiff::civil::date(2026, 11, 20);
        let mark = |address: &str| devices(1).mark(day, address.parse().unwrap(), "phone");
        assert_eq!(mark("2001:db8:1:2:aaaa::1"), mark("2001:db8:1:2:bbbb::2"));
        assert_ne!(mark("2001:db8:1:2::1"), mark("2001:db8:1:3::1"));
    }

    #[test]
    fn previews_are_robots_and_browsers_are_not() {
        for agent in [
            "",
            "  ",
            "WeChatShareExtensionNew/8.0.40.35 CFNetwork/1410 Darwin/22.6.0",
            "mpcrawler",
            "facebookexternalhit/1.1",
            "WhatsApp/2.23",
            "TelegramBot (like TwitterBot)",
            "curl/8.5",
        ] {
            assert!(is_robot(agent), "{agent}");
        }
        for agent in [
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
            "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0",
        ] {
            assert!(!is_robot(agent), "{agent}");
        }
    }
}
