//! The log of a static copy: checkpoint, tiles and bundles under the paths of C2SP tlog-tiles, so that an audit over HTTP
//! reads a folder as it reads the service.
//!
//! Tiles of former copies stay: they never change, and partial ones serve whoever kept an older checkpoint.

use trace_core::log::{TilePath, bundles_of, tiles_of};

use super::folder::Folder;
use super::{ExportError, Progress, Told};
use crate::app::AppState;
use crate::log::{Published, tiles};
use crate::store::StoreError;

/// How often it tells, in files.
const TOLD_EACH: u64 = 64;

pub(super) async fn write(
    state: &AppState,
    folder: &Folder,
    published: &Published,
    told: &Told,
) -> Result<(), ExportError> {
    let store = &**state.ledger.store();
    let paths = bundles_of(published.size).chain(tiles_of(published.size));
    for (path, count) in paths.zip(1_u64..) {
        let bytes = tiles::tile(store, path, published.size).await?.ok_or_else(|| missing(path))?;
        folder.write(&format!("log/{path}"), &bytes)?;
        if count.is_multiple_of(TOLD_EACH) {
            told(Progress::Log(count));
        }
    }
    // Last: whoever reads it finds all that it signs.
    folder.write("log/checkpoint", published.text.as_bytes())?;
    Ok(())
}

fn missing(path: TilePath) -> StoreError {
    StoreError::Corrupt {
        table: "log_hashes",
        key: path.to_string(),
        problem: "a tile of the tree is missing".to_owned(),
    }
}
