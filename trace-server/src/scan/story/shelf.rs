//! Stories that were told lately. A story holds as long as the log has not grown, so none is ever out of date; while
//! a live stream sends hundreds of people to one batch it is put together once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use trace_core::id::BatchCode;

use super::Story;
use super::material::Material;
use crate::store::{Store, StoreError};

/// Most stories kept; one takes some tens of kilobytes.
const STORIES_MAX: usize = 256;

/// One story with the size of the log at which it was told.
type Slot = Arc<tokio::sync::Mutex<Option<(u64, Arc<Story>)>>>;

/// The stories by batch.
#[derive(Default)]
pub(in crate::scan) struct Shelf {
    slots: Mutex<HashMap<BatchCode, Slot>>,
}

impl Shelf {
    /// The story of a batch, put together anew if it was told when the log was shorter than `size`, which it had before the
    /// call; `None` if there is no such batch.
    pub async fn story(
        &self,
        store: &dyn Store,
        batch: BatchCode,
        size: u64,
    ) -> Result<Option<Arc<Story>>, StoreError> {
        let slot = self.slot(batch);
        // Held while the story is put together: those who ask for the same batch wait for it instead of doing it too.
        let mut kept = slot.lock().await;
        if let Some((at, story)) = &*kept
            && *at >= size
        {
            return Ok(Some(Arc::clone(story)));
        }
        let Some(material) = Material::load(store, batch).await? else { return Ok(None) };
        let told = Arc::new(Story::tell(&material));
        *kept = Some((size, Arc::clone(&told)));
        Ok(Some(told))
    }

    fn slot(&self, batch: BatchCode) -> Slot {
        // Held for a look-up only.
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= STORIES_MAX && !slots.contains_key(&batch) {
            slots.clear();
        }
        Arc::clone(slots.entry(batch).or_default())
    }
}
