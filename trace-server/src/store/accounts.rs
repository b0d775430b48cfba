//! Rows that are not in the log: people, uploads, sessions, API tokens, scans.

use trace_core::code::IssueNumber;
use trace_core::id::{PartyId, RecordId};
use trace_core::region::Region;
use trace_core::tianma::PartyRole;
use trace_core::time::ReceivedAt;

/// A person who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// Log-in name, unique, as the person types it after normalisation.
    pub login: String,
    /// HMAC of the telephone number, by which it is looked up; the number itself is not kept.
    pub telephone_mac: Option<RecordId>,
    /// The name to greet with, sealed under the party's key as a text: `Ledger::admit` seals it, `Ledger::greeting`
    /// opens it.
    pub display_name: String,
    /// For which party the person acts.
    pub party: PartyId,
    /// That party's role when the account was made.
    pub role: PartyRole,
    /// argon2id hash of the PIN, PHC string format.
    pub pin_hash: String,
    /// Whether the person may sign in.
    pub active: bool,
}

/// How a person shows that a PIN is their own to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnChange {
    /// The session in which it is changed, which stays.
    pub session: RecordId,
    /// The hash of the PIN that was typed again.
    pub proved: String,
}

/// One thing of a user that is changed, and the sessions that end with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserChange {
    /// Another PIN. All sessions end but the one of this digest.
    Pin {
        /// Its argon2id hash, PHC string format.
        hash: String,
        /// What makes it the person's own change, if it is one.
        own: Option<OwnChange>,
    },
    /// Whether the person may sign in. All sessions end either way: one that was opened while the log-in was being
    /// closed must not live again when it is opened.
    Active(bool),
    /// The HMAC of another telephone number, or that there is none; sessions stay.
    Telephone(Option<RecordId>),
}

impl UserChange {
    /// Whether sessions end with it.
    pub(super) fn ends_sessions(&self) -> bool {
        !matches!(self, Self::Telephone(_))
    }

    /// The session that does not.
    pub(super) fn kept_session(&self) -> Option<String> {
        self.own().map(|own| own.session.to_string())
    }

    /// The hash that the PIN must still have: one that was proved is not changed after somebody else changed it.
    pub(super) fn proved_hash(&self) -> Option<&str> {
        self.own().map(|own| own.proved.as_str())
    }

    fn own(&self) -> Option<&OwnChange> {
        if let Self::Pin { own, .. } = self { own.as_ref() } else { None }
    }
}

/// A file that backs records, as one of the parties uploaded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRow {
    /// SHA-256 of its bytes.
    pub sha256: RecordId,
    /// Its media type (RFC 6838).
    pub media_type: String,
    /// How many bytes it has.
    pub bytes_count: i64,
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// SHA-256 of the cookie's value.
    pub digest: RecordId,
    /// Whose it is.
    pub login: String,
    /// Token that every form carries.
    pub csrf: String,
    /// When it ends.
    pub expires_at: ReceivedAt,
}

/// A bearer token of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// SHA-256 of the token.
    pub digest: RecordId,
    /// For which party it acts.
    pub party: PartyId,
    /// With which role.
    pub role: PartyRole,
    /// What it is for, in the words of who made it.
    pub label: String,
    /// When it ends.
    pub expires_at: Option<ReceivedAt>,
}

/// One opening of a package's page, to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewScan {
    /// The code issue.
    pub issue: IssueNumber,
    /// The package's index in it.
    pub index: u32,
    /// When.
    pub at: ReceivedAt,
    /// Daily-salted hash that tells devices apart.
    pub device: [u8; 8],
    /// Whether it counts: not a bot, not before activation.
    pub counts: bool,
    /// The province or country that it came from, if it is known.
    pub region: Option<Region>,
}

/// A stored scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanRow {
    /// When.
    pub at: ReceivedAt,
    /// Daily-salted hash of the device.
    pub device: [u8; 8],
    /// Whether it counts.
    pub counts: bool,
    /// The province or country that it came from, if it is known.
    pub region: Option<Region>,
}

/// What is known of a package's earlier scans that count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageScans {
    /// How many there were.
    pub count: u64,
    /// When the first was.
    pub first_at: Option<ReceivedAt>,
    /// For a scan that counts, of a package with one earlier such scan or a few ([`PackageScans::FEW`]): its newest scans,
    /// newest first, this one and perhaps later ones among them. For every other none, nor where one cannot be read.
    pub newest: Vec<ScanRow>,
}

impl PackageScans {
    /// As many scans that count are read along with their number: most packages are opened once or twice, and then
    /// another look at the database costs more than the scan itself.
    pub const FEW: u64 = 20;

    /// As many of the newest scans are read along; there are more only where robots came.
    pub const NEWEST_MAX: u32 = 200;

    /// Whether the newest scans are read along with a scan that counts.
    pub fn are_few(&self) -> bool {
        (1..=Self::FEW).contains(&self.count)
    }
}
