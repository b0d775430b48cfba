//! Tiles that were asked for, kept in memory: the tile of a path never changes, so nothing on the shelf grows old.
//!
//! It is bounded by bytes and lacks any look ahead: auditors ask for one tile after another, verifiers for the same few.
//! A tile that was read from a damaged database stays, too, until the service is started again on a mended one.

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use trace_core::log::TilePath;

use super::tiles;
use crate::store::{Store, StoreError};

/// Bytes of tiles and bundles that are kept: some thousand full tiles.
const SHELF_BYTES: u64 = 16 << 20;

/// Bytes of a common tile, by which room is prepared.
const TILE_BYTES: usize = 8 << 10;

/// What a tile takes beside its bytes, about.
const ENTRY_BYTES: u64 = 128;

#[derive(Clone)]
struct Weight;

impl Weighter<TilePath, Bytes> for Weight {
    fn weight(&self, _: &TilePath, bytes: &Bytes) -> u64 {
        bytes.len() as u64 + ENTRY_BYTES
    }
}

/// The shelf.
pub(super) struct TileShelf(Cache<TilePath, Bytes, Weight>);

impl TileShelf {
    pub(super) fn new() -> Self {
        let tiles = usize::try_from(SHELF_BYTES).unwrap_or(usize::MAX) / TILE_BYTES;
        Self(Cache::with_weighter(tiles, SHELF_BYTES, Weight))
    }

    /// As [`tiles::tile`], from memory where it was read before.
    pub(super) async fn tile(&self, store: &dyn Store, path: TilePath, size: u64) -> Result<Option<Bytes>, StoreError> {
        if !path.lies_within(size) {
            return Ok(None);
        }
        if let Some(bytes) = self.0.get(&path) {
            return Ok(Some(bytes));
        }
        let bytes = tiles::tile(store, path, size).await?.map(Bytes::from);
        if let Some(bytes) = &bytes {
            self.0.insert(path, bytes.clone());
        }
        Ok(bytes)
    }
}
