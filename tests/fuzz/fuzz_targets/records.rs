//! Records and entries as strangers send them: read or refused, and canonical bytes are the same after reading.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace_core::id::RecordId;
use trace_core::record::canonical::{
    MAX_ENTRY_BYTES, MAX_RECORD_BYTES, canonical_bytes, check_canonical, strict_parse,
};
use trace_core::record::{Entry, Record};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = strict_parse(bytes, MAX_RECORD_BYTES) {
        let canonical = canonical_bytes(&value).expect("what was read can be written");
        let again = check_canonical(&canonical, usize::MAX).expect("canonical bytes are canonical");
        assert_eq!(again, value);
        if let Ok(record) = Record::from_value(value) {
            let again = Record::from_canonical(record.bytes()).expect("a record's own bytes");
            assert_eq!((again.id(), again.bytes()), (RecordId::of(record.bytes()), record.bytes()));
        }
    }
    if let Ok(record) = Record::from_canonical(bytes) {
        assert_eq!(record.bytes(), bytes);
    }
    if bytes.len() <= MAX_ENTRY_BYTES
        && let Ok(entry) = Entry::from_bytes(bytes)
    {
        assert_eq!(entry.to_bytes().expect("an entry's own bytes"), bytes);
    }
});
