//! Tiles, entry bundles and proofs, read from the store.
//!
//! Everything here is of a tree whose size the caller names; that it was signed is the caller's to know.

use trace_core::log::{
    Frontier, Hash, Node, TilePath, Tiles, consistency_nodes, encode_bundle, inclusion_nodes, prove_consistency,
    prove_inclusion, tiles_for,
};

use crate::store::{Store, StoreError};

/// The bytes of a tile or bundle of the tree of `size`, full or partial; `None` where that tree has no such tile.
///
/// # Errors
/// [`StoreError`].
pub async fn tile(store: &dyn Store, path: TilePath, size: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(places) = path.places().filter(|_| path.lies_within(size)) else { return Ok(None) };
    let count = usize::from(path.width());
    let missing = |found: usize| damaged(format!("{path} has {found} of {count}"));
    if let Some(level) = path.level() {
        let hashes = store.tile_hashes(level, places).await?;
        if hashes.len() != count {
            return Err(missing(hashes.len()));
        }
        return Ok(Some(hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()));
    }
    let entries = store.entries(places).await?;
    if entries.len() != count {
        return Err(missing(entries.len()));
    }
    let bundle = encode_bundle(entries.iter().map(|entry| &entry.bytes));
    Ok(Some(bundle.map_err(|error| damaged(error.to_string()))?))
}

/// The audit path of an entry in the tree of `size`.
///
/// # Errors
/// [`StoreError`]; an index outside the tree is the caller's mistake and told as [`StoreError::Engine`].
pub async fn inclusion(store: &dyn Store, index: u64, size: u64) -> Result<Vec<Hash>, StoreError> {
    let nodes = inclusion_nodes(index, size).map_err(|error| StoreError::Engine(error.to_string()))?;
    let tiles = read(store, &nodes, size).await?;
    prove_inclusion(index, size, |node| tiles.read(node)).map_err(|error| damaged(error.to_string()))
}

/// The audit paths of several entries in the tree of `size`, in the order of `indices`; each tile is read once.
///
/// # Errors
/// As [`inclusion`].
pub async fn inclusions(store: &dyn Store, indices: &[u64], size: u64) -> Result<Vec<Vec<Hash>>, StoreError> {
    let mut nodes = Vec::new();
    for index in indices {
        nodes.extend(inclusion_nodes(*index, size).map_err(|error| StoreError::Engine(error.to_string()))?);
    }
    let tiles = read(store, &nodes, size).await?;
    let prove = |index: &u64| prove_inclusion(*index, size, |node| tiles.read(node));
    indices.iter().map(|index| prove(index).map_err(|error| damaged(error.to_string()))).collect()
}

/// The proof that the tree of `old_size` is the beginning of that of `size`.
///
/// # Errors
/// As [`inclusion`].
pub async fn consistency(store: &dyn Store, old_size: u64, size: u64) -> Result<Vec<Hash>, StoreError> {
    let nodes = consistency_nodes(old_size, size).map_err(|error| StoreError::Engine(error.to_string()))?;
    let tiles = read(store, &nodes, size).await?;
    prove_consistency(old_size, size, |node| tiles.read(node)).map_err(|error| damaged(error.to_string()))
}

/// The right edge of the tree of `size`, as the stored hashes give it.
///
/// # Errors
/// [`StoreError`].
pub async fn frontier(store: &dyn Store, size: u64) -> Result<Frontier, StoreError> {
    let mut nodes = Vec::new();
    let mut start = 0;
    for level in (0..63_u8).rev().filter(|level| size >> level & 1 == 1) {
        nodes.push(Node::new(level, start >> level).map_err(|error| StoreError::Engine(error.to_string()))?);
        start += 1 << level;
    }
    let tiles = read(store, &nodes, size).await?;
    let mut bytes = size.to_be_bytes().to_vec();
    for node in nodes {
        bytes.extend(tiles.read(node).map_err(|error| damaged(error.to_string()))?.as_bytes());
    }
    Frontier::from_bytes(&bytes).map_err(|error| damaged(error.to_string()))
}

async fn read(store: &dyn Store, nodes: &[Node], size: u64) -> Result<Tiles, StoreError> {
    let mut tiles = Tiles::of(size);
    for path in tiles_for(nodes, size).map_err(|error| StoreError::Engine(error.to_string()))? {
        let bytes = tile(store, path, size).await?.ok_or_else(|| damaged(format!("{path} is missing")))?;
        tiles.insert(path, &bytes).map_err(|error| damaged(error.to_string()))?;
    }
    Ok(tiles)
}

fn damaged(problem: String) -> StoreError {
    StoreError::Corrupt { table: "log_hashes", key: "tile".to_owned(), problem }
}
