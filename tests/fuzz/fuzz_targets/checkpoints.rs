//! Texts of checkpoints: read or refused, and written back as they were.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace_core::log::{Checkpoint, Hash, SIZE_MAX};

fuzz_target!(|text: &str| {
    if let Ok(checkpoint) = text.parse::<Checkpoint>() {
        assert_eq!(checkpoint.to_string(), text);
        assert!(checkpoint.size() <= SIZE_MAX && !checkpoint.origin().is_empty());
        assert_eq!(text.lines().count(), 3 + checkpoint.extensions().len());
    }
    if let Ok(hash) = text.parse::<Hash>() {
        assert_eq!(hash.to_base64(), text);
    }
    if let Ok(hash) = Hash::from_hex(text) {
        assert_eq!(hash.to_hex(), text);
    }
});
