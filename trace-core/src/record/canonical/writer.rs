//! Canonical bytes in one pass, for values as they usually are.
//!
//! It writes what RFC 8785 asks for straight from serde, without a tree of values between. What is unusual (a null,
//! a fraction, an empty string, a key that needs an escape, a fault of any kind) it deliberately does not judge: it
//! answers [`Unusual`], and the caller takes the slow way, which names the place.

use std::fmt::{self, Display, Write as _};

use serde::ser::{
    self, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, SerializeTupleStruct,
};

use super::content::{DEPTH_MAX, INTEGER_MAX, is_plain};

/// The value is not for this writer.
#[derive(Debug)]
pub(super) struct Unusual;

impl Display for Unusual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an unusual value")
    }
}

impl std::error::Error for Unusual {}

impl ser::Error for Unusual {
    fn custom<T: Display>(_message: T) -> Self {
        Self
    }
}

/// The canonical bytes.
pub(super) fn write<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Unusual> {
    // Most records have below a kilobyte.
    let mut writer = Writer { out: Vec::with_capacity(1024), ..Writer::default() };
    value.serialize(&mut writer)?;
    Ok(writer.out)
}

#[derive(Default)]
struct Writer {
    out: Vec<u8>,
    /// Fields of all objects that are open, the innermost last.
    fields: Vec<Field>,
    /// Where fields are put into order.
    scratch: Vec<u8>,
    /// How many arrays and objects are open.
    depth: usize,
}

/// One field in `out`: `"key":value`, from the opening quote on.
#[derive(Clone, Copy)]
struct Field {
    start: usize,
    key_end: usize,
    end: usize,
}

impl Field {
    fn key<'a>(&self, out: &'a [u8]) -> &'a [u8] {
        &out[self.start + 1..self.key_end]
    }
}

impl Writer {
    fn open(&mut self, bracket: u8) -> Result<(), Unusual> {
        if self.depth >= DEPTH_MAX {
            return Err(Unusual);
        }
        self.depth += 1;
        self.out.push(bracket);
        Ok(())
    }

    fn number(&mut self, magnitude: u64, negative: bool) -> Result<(), Unusual> {
        if magnitude > INTEGER_MAX {
            return Err(Unusual);
        }
        let sign = if negative { "-" } else { "" };
        write!(Text(&mut self.out), "{sign}{magnitude}").map_err(|_| Unusual)
    }

    fn string(&mut self, text: &str) -> Result<(), Unusual> {
        if is_simple(text.as_bytes()) {
            self.simple(text);
            return Ok(());
        }
        if text.is_empty() || !is_plain(text) {
            return Err(Unusual);
        }
        self.out.push(b'"');
        for byte in text.bytes() {
            // RFC 8785, section 3.2.2.2: of what may stand in a record only these two are escaped.
            if matches!(byte, b'"' | b'\\') {
                self.out.push(b'\\');
            }
            self.out.push(byte);
        }
        self.out.push(b'"');
        Ok(())
    }

    fn simple(&mut self, text: &str) {
        self.out.push(b'"');
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(b'"');
    }

    /// Closes an object whose fields begin at `first`: they are put into the order of their keys.
    fn close_object(&mut self, first: usize) -> Result<(), Unusual> {
        let (out, fields) = (&mut self.out, &mut self.fields[first..]);
        let Some(start) = fields.first().map(|field| field.start) else {
            return Err(Unusual);
        };
        // Keys are ASCII, so the order of bytes is that of UTF-16 (RFC 8785, section 3.2.3).
        if !fields.is_sorted_by(|a, b| a.key(out) < b.key(out)) {
            fields.sort_unstable_by(|a, b| a.key(out).cmp(b.key(out)));
            if !fields.is_sorted_by(|a, b| a.key(out) < b.key(out)) {
                return Err(Unusual);
            }
            self.scratch.clear();
            for field in fields.iter() {
                if !self.scratch.is_empty() {
                    self.scratch.push(b',');
                }
                self.scratch.extend_from_slice(&out[field.start..field.end]);
            }
            out.truncate(start);
            out.extend_from_slice(&self.scratch);
        }
        self.fields.truncate(first);
        self.depth -= 1;
        self.out.push(b'}');
        Ok(())
    }

    /// Begins a field; its key must be a string without escapes.
    fn key<T: Serialize + ?Sized>(&mut self, first: usize, key: &T) -> Result<(), Unusual> {
        if self.fields.len() > first {
            self.out.push(b',');
        }
        let start = self.out.len();
        key.serialize(&mut *self)?;
        let key_end = self.out.len() - 1;
        let key = self.out.get(start + 1..key_end).ok_or(Unusual)?;
        if self.out[start] != b'"' || !is_simple(key) {
            return Err(Unusual);
        }
        self.begin_value(start, key_end);
        Ok(())
    }

    fn begin_value(&mut self, start: usize, key_end: usize) {
        self.out.push(b':');
        self.fields.push(Field { start, key_end, end: 0 });
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unusual> {
        value.serialize(&mut *self)?;
        let end = self.out.len();
        self.fields.last_mut().ok_or(Unusual)?.end = end;
        Ok(())
    }
}

/// Whether the text is printable ASCII that needs no escape, and not empty.
fn is_simple(text: &[u8]) -> bool {
    let simple = |byte: u8| (b' '..=b'~').contains(&byte) && !matches!(byte, b'"' | b'\\');
    // Without a way out in the middle, so that many bytes are looked at together.
    !text.is_empty() && text.iter().fold(true, |all, byte| all & simple(*byte))
}

/// Takes formatted text as bytes.
struct Text<'a>(&'a mut Vec<u8>);

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// An open array.
struct Array<'a> {
    writer: &'a mut Writer,
    empty: bool,
}

/// An open object.
struct Object<'a> {
    writer: &'a mut Writer,
    /// Its first field among all open ones.
    first: usize,
}

impl Array<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Unusual> {
        if !std::mem::replace(&mut self.empty, false) {
            self.writer.out.push(b',');
        }
        item.serialize(&mut *self.writer)
    }

    fn close(self) -> Result<(), Unusual> {
        if self.empty {
            return Err(Unusual);
        }
        self.writer.depth -= 1;
        self.writer.out.push(b']');
        Ok(())
    }
}

macro_rules! array {
    ($($kind:ident $item:ident;)*) => {$(
        impl $kind for Array<'_> {
            type Ok = ();
            type Error = Unusual;

            fn $item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Unusual> {
                self.item(item)
            }

            fn end(self) -> Result<(), Unusual> {
                self.close()
            }
        }
    )*};
}

array! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
}

impl SerializeMap for Object<'_> {
    type Ok = ();
    type Error = Unusual;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unusual> {
        self.writer.key(self.first, key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unusual> {
        self.writer.value(value)
    }

    fn end(self) -> Result<(), Unusual> {
        self.writer.close_object(self.first)
    }
}

impl SerializeStruct for Object<'_> {
    type Ok = ();
    type Error = Unusual;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Unusual> {
        if !is_simple(key.as_bytes()) {
            return Err(Unusual);
        }
        if self.writer.fields.len() > self.first {
            self.writer.out.push(b',');
        }
        let start = self.writer.out.len();
        self.writer.simple(key);
        let key_end = self.writer.out.len() - 1;
        self.writer.begin_value(start, key_end);
        self.writer.value(value)
    }

    fn end(self) -> Result<(), Unusual> {
        self.writer.close_object(self.first)
    }
}

macro_rules! integers {
    ($($name:ident($number:ty) $magnitude:expr, $negative:expr;)*) => {$(
        fn $name(self, n: $number) -> Result<(), Unusual> {
            self.number($magnitude(n), $negative(n))
        }
    )*};
}

impl<'a> ser::Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Unusual;
    type SerializeSeq = Array<'a>;
    type SerializeTuple = Array<'a>;
    type SerializeTupleStruct = Array<'a>;
    type SerializeTupleVariant = Impossible<(), Unusual>;
    type SerializeMap = Object<'a>;
    type SerializeStruct = Object<'a>;
    type SerializeStructVariant = Impossible<(), Unusual>;

    integers! {
        serialize_u8(u8) u64::from, |_| false;
        serialize_u16(u16) u64::from, |_| false;
        serialize_u32(u32) u64::from, |_| false;
        serialize_u64(u64) u64::from, |_| false;
        serialize_i8(i8) |n| i64::from(n).unsigned_abs(), |n| n < 0;
        serialize_i16(i16) |n| i64::from(n).unsigned_abs(), |n| n < 0;
        serialize_i32(i32) |n| i64::from(n).unsigned_abs(), |n| n < 0;
        serialize_i64(i64) i64::unsigned_abs, |n| n < 0;
    }

    fn serialize_bool(self, value: bool) -> Result<(), Unusual> {
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_f32(self, _value: f32) -> Result<(), Unusual> {
        Err(Unusual)
    }

    fn serialize_f64(self, _value: f64) -> Result<(), Unusual> {
        Err(Unusual)
    }

    fn serialize_char(self, value: char) -> Result<(), Unusual> {
        self.string(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<(), Unusual> {
        self.string(text)
    }

    fn serialize_bytes(self, _bytes: &[u8]) -> Result<(), Unusual> {
        Err(Unusual)
    }

    fn serialize_none(self) -> Result<(), Unusual> {
        Err(Unusual)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unusual> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unusual> {
        Err(Unusual)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Unusual> {
        Err(Unusual)
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> Result<(), Unusual> {
        self.string(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> Result<(), Unusual> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Unusual> {
        let mut object = self.serialize_map(Some(1))?;
        object.serialize_entry(variant, value)?;
        SerializeMap::end(object)
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Array<'a>, Unusual> {
        self.open(b'[')?;
        Ok(Array { writer: self, empty: true })
    }

    fn serialize_tuple(self, len: usize) -> Result<Array<'a>, Unusual> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _name: &'static str, len: usize) -> Result<Array<'a>, Unusual> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeTupleVariant, Unusual> {
        Err(Unusual)
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Object<'a>, Unusual> {
        self.open(b'{')?;
        let first = self.fields.len();
        Ok(Object { writer: self, first })
    }

    fn serialize_struct(self, _name: &'static str, len: usize) -> Result<Object<'a>, Unusual> {
        self.serialize_map(Some(len))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeStructVariant, Unusual> {
        Err(Unusual)
    }

    /// Ids and times are spelled in plain ASCII, straight into the bytes.
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Unusual> {
        self.out.push(b'"');
        let start = self.out.len();
        write!(Text(&mut self.out), "{value}").map_err(|_| Unusual)?;
        if !is_simple(&self.out[start..]) {
            return Err(Unusual);
        }
        self.out.push(b'"');
        Ok(())
    }
}
