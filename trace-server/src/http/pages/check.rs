//! What a page needs for the button "verify" and for checking by hand: addresses, and the log's keys.

use trace_core::code::PackageCode;
use trace_core::id::BatchCode;

use super::assets;
use crate::app::AppState;
use crate::http::evidence;
use crate::log::Published;

/// The part of a page that checks its batch.
pub(super) struct Check {
    /// Address of the evidence file.
    pub file: String,
    /// The batch that it must be about.
    pub batch: String,
    /// The log's verifier keys, of which one must have signed.
    pub keys: String,
    /// The newest of them.
    pub key: String,
    /// Address of the script that shows the button.
    pub script: String,
    /// Address of the one that checks, which it loads when it is pressed.
    pub verify: String,
    /// Whether each record has an address of its own.
    pub by_record: bool,
}

impl Check {
    /// Of a batch, or of a package of it; `None` while nothing is signed.
    pub fn of(state: &AppState, batch: &BatchCode, code: Option<&PackageCode>) -> Option<Self> {
        Self::with(&*state.log.published()?, batch, evidence::address(batch, code))
    }

    /// Of a batch in a static copy, with the evidence file beside its page.
    pub fn still(published: &Published, batch: &BatchCode, file: String) -> Option<Self> {
        Some(Self { by_record: false, ..Self::with(published, batch, file)? })
    }

    fn with(published: &Published, batch: &BatchCode, file: String) -> Option<Self> {
        let keys: Vec<String> = published.keys.iter().map(ToString::to_string).collect();
        Some(Self {
            file,
            batch: batch.to_string(),
            key: keys.first()?.clone(),
            keys: keys.join(" "),
            script: assets::address("check.js"),
            verify: assets::address("verify.js"),
            by_record: true,
        })
    }
}
