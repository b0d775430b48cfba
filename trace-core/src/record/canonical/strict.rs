//! Strict reading of JSON that came from outside: `serde_json` does the syntax, the visitor refuses the rest.

use std::cell::RefCell;
use std::fmt::{self, Formatter};

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::CanonicalError;
use super::content::Path;

/// Reads JSON under the rules of records: integers below 2^53, NFC strings without invisible characters, ASCII keys
/// that stand once, nothing null or empty, at most 16 levels.
///
/// Plain `serde_json` would keep the last of two equal keys, and lose digits of long integers.
///
/// ```
/// use trace_core::record::canonical::{CanonicalError, strict_parse};
///
/// assert_eq!(strict_parse(br#"{"value": 160000000}"#, 100)?["value"], 160_000_000);
/// assert_eq!(
///     strict_parse(br#"{"a": {"b": 1, "b": 2}}"#, 100),
///     Err(CanonicalError::DuplicateKey { pointer: "/a/b".into() })
/// );
/// # Ok::<(), CanonicalError>(())
/// ```
///
/// # Errors
/// The first fault, with its place; see [`CanonicalError`].
pub fn strict_parse(bytes: &[u8], limit: usize) -> Result<Value, CanonicalError> {
    if bytes.len() > limit {
        return Err(CanonicalError::TooLong { limit, received: bytes.len() });
    }
    let text = std::str::from_utf8(bytes).map_err(|e| CanonicalError::Utf8 { offset: e.valid_up_to() })?;
    let reading = Reading { path: RefCell::default(), fault: RefCell::default() };
    let mut json = serde_json::Deserializer::from_str(text);
    let value = Strict(&reading).deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    value.map_err(|error| reading.into_error(text, &error))
}

/// What the visitors of one text share. serde's error type cannot carry ours, so the fault is left here.
struct Reading {
    path: RefCell<Path>,
    fault: RefCell<Option<CanonicalError>>,
}

impl Reading {
    fn check<E: Error>(&self, check: impl FnOnce(&Path) -> Result<(), CanonicalError>) -> Result<(), E> {
        let result = check(&self.path.borrow());
        result.map_err(|fault| {
            let message = E::custom(&fault);
            *self.fault.borrow_mut() = Some(fault);
            message
        })
    }

    fn into_error(self, text: &str, error: &serde_json::Error) -> CanonicalError {
        if let Some(fault) = self.fault.into_inner() {
            return fault;
        }
        let (line, column) = (error.line(), error.column());
        let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let whole = error.to_string();
        // The place is told apart, in fields of its own.
        let reason = whole.split(" at line ").next().unwrap_or(&whole).to_owned();
        let offset = (before + column.saturating_sub(1)).min(text.len());
        CanonicalError::Syntax { line, column, offset, pointer: self.path.into_inner().pointer(), reason }
    }
}

#[derive(Clone, Copy)]
struct Strict<'a>(&'a Reading);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.0.check(|path| path.check_integer(value, false))?;
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.0.check(|path| path.check_integer(value.unsigned_abs(), value < 0))?;
        Ok(value.into())
    }

    /// `serde_json` comes here for fractions, exponents, `-0` and integers beyond 64 bits.
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.0.check(|path| Err(path.float()))?;
        Ok(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.0.check(|path| Err(path.null()))?;
        Ok(Value::Null)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.0.check(|path| path.check_string(text))?;
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.0.check(Path::check_depth)?;
        let mut items = Vec::new();
        loop {
            self.0.path.borrow_mut().push_index(items.len());
            let item = access.next_element_seed(self)?;
            self.0.path.borrow_mut().pop();
            match item {
                Some(item) => items.push(item),
                None if items.is_empty() => {
                    self.0.check(|path| Err(path.empty()))?;
                }
                None => return Ok(items.into()),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.0.check(Path::check_depth)?;
        let mut fields = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            self.0.path.borrow_mut().push_key(&key);
            self.0.check(|path| path.check_key(&key))?;
            if fields.contains_key(&key) {
                self.0.check(|path| Err(CanonicalError::DuplicateKey { pointer: path.pointer() }))?;
            }
            let field = access.next_value_seed(self)?;
            self.0.path.borrow_mut().pop();
            fields.insert(key, field);
        }
        if fields.is_empty() {
            self.0.check(|path| Err(path.empty()))?;
        }
        Ok(fields.into())
    }
}
