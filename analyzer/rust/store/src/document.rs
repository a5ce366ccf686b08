//! One NDJSON line to one Tantivy document: read once, no tree, nothing refused.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use tantivy::{DateTime, TantivyDocument};

use crate::instant;
use crate::schema::{Columns, Kind, TIME};

/// Longest value that is indexed; longer ones are kept in the document and named in `_ignored`.
/// A DNS character-string list of 4,096 bytes in its escaped form still fits; Tantivy's own end is 65,530.
pub const MAX_VALUE_BYTES: usize = 16_384;
/// Longest dotted path that is indexed: a hostile document must not make terms out of its keys.
const MAX_PATH_BYTES: usize = 1_024;
/// Most values of one document that are indexed: the sensor's largest event (256 DNS records) has under 3,000.
const MAX_LEAVES: usize = 10_000;

/// What was noticed about the documents taken in, for the status page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noticed {
    /// Values that did not fit their column.
    pub misfits: u64,
    /// Lines that are no JSON object: kept as `event.original`.
    pub malformed: u64,
    /// Values or paths too long or too many to index.
    pub oversize: u64,
}

pub struct Parsed {
    pub document: TantivyDocument,
    /// Event time; None when the line carries none that can be read.
    pub time_ns: Option<i64>,
}

/// A line as a document; one that is no JSON object is wrapped so that it can still be found.
pub fn parse(line: &[u8], sequence: u64, columns: &Columns, noticed: &mut Noticed) -> Parsed {
    if let Ok(text) = std::str::from_utf8(line) {
        if let Some(parsed) = walk(text, columns, noticed) {
            return finish(parsed, text, sequence, columns);
        }
    }
    noticed.malformed += 1;
    let wrapped = wrap(line);
    let parsed = walk(&wrapped, columns, noticed).unwrap_or_default();
    finish(parsed, &wrapped, sequence, columns)
}

fn wrap(line: &[u8]) -> String {
    serde_json::json!({
        "error": {"message": "not a JSON object"},
        "event": {"original": String::from_utf8_lossy(line)},
    })
    .to_string()
}

type Walked = (TantivyDocument, Option<i64>);

fn finish((mut document, time_ns): Walked, text: &str, sequence: u64, columns: &Columns) -> Parsed {
    document.add_text(columns.source, text);
    document.add_u64(columns.sequence, sequence);
    document.add_date(
        columns.time,
        DateTime::from_timestamp_nanos(time_ns.unwrap_or(0)),
    );
    Parsed { document, time_ns }
}

fn walk(text: &str, columns: &Columns, noticed: &mut Noticed) -> Option<Walked> {
    let mut found = Noticed::default();
    let mut walk = Walk {
        columns,
        document: TantivyDocument::new(),
        path: String::with_capacity(64),
        token: String::new(),
        time_ns: None,
        leaves: 0,
        noticed: &mut found,
    };
    let mut json = serde_json::Deserializer::from_str(text);
    Root(&mut walk).deserialize(&mut json).ok()?;
    json.end().ok()?;
    let walked = (walk.document, walk.time_ns);
    noticed.misfits += found.misfits;
    noticed.oversize += found.oversize;
    Some(walked)
}

enum Leaf<'a> {
    Text(&'a str),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Boolean(bool),
}

impl Leaf<'_> {
    /// The value as people write it in a query.
    fn text(&self) -> Cow<'_, str> {
        match *self {
            Leaf::Text(text) => Cow::Borrowed(text),
            Leaf::Signed(value) => Cow::Owned(value.to_string()),
            Leaf::Unsigned(value) => Cow::Owned(value.to_string()),
            Leaf::Float(value) => Cow::Owned(format!("{value:?}")),
            Leaf::Boolean(value) => Cow::Borrowed(if value { "true" } else { "false" }),
        }
    }

    fn long(&self) -> Option<i64> {
        match *self {
            Leaf::Text(text) => text.parse().ok(),
            Leaf::Signed(value) => Some(value),
            Leaf::Unsigned(value) => i64::try_from(value).ok(),
            // 2^63 is the first float past the range; a fraction would be lost in silence.
            Leaf::Float(value) => {
                (value.fract() == 0.0 && value.abs() < 9.2e18).then_some(value as i64)
            }
            Leaf::Boolean(_) => None,
        }
    }

    fn double(&self) -> Option<f64> {
        match *self {
            Leaf::Text(text) => text.parse().ok().filter(|value: &f64| value.is_finite()),
            Leaf::Signed(value) => Some(value as f64),
            Leaf::Unsigned(value) => Some(value as f64),
            Leaf::Float(value) => Some(value),
            Leaf::Boolean(_) => None,
        }
    }

    fn boolean(&self) -> Option<bool> {
        match *self {
            Leaf::Boolean(value) => Some(value),
            Leaf::Text("true") => Some(true),
            Leaf::Text("false") => Some(false),
            _ => None,
        }
    }

    /// A date text, or milliseconds since 1970.
    fn date(&self) -> Option<i64> {
        let ns = match *self {
            Leaf::Text(text) => instant::parse(text)?,
            Leaf::Signed(value) => value.saturating_mul(1_000_000),
            Leaf::Unsigned(value) => i64::try_from(value).ok()?.saturating_mul(1_000_000),
            Leaf::Float(_) | Leaf::Boolean(_) => return None,
        };
        Some(instant::to_micros(ns))
    }

    fn ip(&self) -> Option<Ipv6Addr> {
        match *self {
            Leaf::Text(text) => text.parse().ok().map(to_v6),
            _ => None,
        }
    }
}

/// IPv4 lives in the same column as its mapped form (RFC 4291 2.5.5.2).
pub fn to_v6(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    }
}

struct Walk<'w> {
    columns: &'w Columns,
    document: TantivyDocument,
    path: String,
    token: String,
    time_ns: Option<i64>,
    leaves: usize,
    noticed: &'w mut Noticed,
}

impl Walk<'_> {
    fn leaf(&mut self, leaf: &Leaf<'_>) {
        self.leaves += 1;
        if self.leaves > MAX_LEAVES || self.path.len() > MAX_PATH_BYTES {
            self.noticed.oversize += 1;
            return;
        }
        match self.columns.get(&self.path) {
            None => self.open(leaf),
            Some(column) => {
                if !self.typed(leaf, column.field, column.kind) {
                    self.misfit(leaf);
                }
            }
        }
    }

    /// Puts the value into its column; false when it does not fit.
    fn typed(&mut self, leaf: &Leaf<'_>, field: tantivy::schema::Field, kind: Kind) -> bool {
        if self.path == TIME {
            return self.time(leaf);
        }
        let document = &mut self.document;
        match kind {
            Kind::Keyword | Kind::Text => return self.keyword(leaf, field),
            Kind::Ip => leaf.ip().map(|value| document.add_ip_addr(field, value)),
            Kind::Date => leaf
                .date()
                .map(|ns| document.add_date(field, DateTime::from_timestamp_nanos(ns))),
            Kind::Long => leaf.long().map(|value| document.add_i64(field, value)),
            Kind::Double => leaf.double().map(|value| document.add_f64(field, value)),
            Kind::Boolean => leaf.boolean().map(|value| document.add_bool(field, value)),
            Kind::Flattened => None,
        }
        .is_some()
    }

    /// Event time is written once, at the end: every document has exactly one.
    fn time(&mut self, leaf: &Leaf<'_>) -> bool {
        let first = self.time_ns.is_none();
        if first {
            self.time_ns = leaf.date();
        }
        first && self.time_ns.is_some()
    }

    fn keyword(&mut self, leaf: &Leaf<'_>, field: tantivy::schema::Field) -> bool {
        let text = leaf.text();
        if text.len() > MAX_VALUE_BYTES {
            self.oversize();
        } else {
            self.document.add_text(field, text);
        }
        true
    }

    fn oversize(&mut self) {
        self.noticed.oversize += 1;
        self.document.add_text(self.columns.ignored, &self.path);
    }

    fn misfit(&mut self, leaf: &Leaf<'_>) {
        self.noticed.misfits += 1;
        self.document.add_text(self.columns.ignored, &self.path);
        self.open(leaf);
    }

    fn open(&mut self, leaf: &Leaf<'_>) {
        let text = leaf.text();
        if text.len() > MAX_VALUE_BYTES {
            return self.oversize();
        }
        open_token(&mut self.token, &self.path, &text);
        self.document.add_text(self.columns.open, &self.token);
    }
}

/// `path NUL value`: paths never hold a NUL, so tokens of two fields never meet.
pub fn open_token(token: &mut String, path: &str, value: &str) {
    token.clear();
    token.push_str(path);
    token.push('\0');
    token.push_str(value);
}

/// The line itself: an object, nothing else.
struct Root<'a, 'w>(&'a mut Walk<'w>);

impl<'de> DeserializeSeed<'de> for Root<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Root<'_, '_> {
    type Value = ();
    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON object")
    }
    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        object(self.0, members)
    }
}

fn object<'de, A: MapAccess<'de>>(walk: &mut Walk<'_>, mut members: A) -> Result<(), A::Error> {
    let length = walk.path.len();
    while members.next_key_seed(Key(&mut walk.path))?.is_some() {
        members.next_value_seed(Value(walk))?;
        walk.path.truncate(length);
    }
    Ok(())
}

/// A member's name, appended to the path.
struct Key<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();
    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a member's name")
    }
    fn visit_str<E: Error>(self, name: &str) -> Result<(), E> {
        if !self.0.is_empty() {
            self.0.push('.');
        }
        if name.contains('\0') {
            self.0.push_str(&name.replace('\0', "\u{fffd}"));
        } else {
            self.0.push_str(name);
        }
        Ok(())
    }
}

struct Value<'a, 'w>(&'a mut Walk<'w>);

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = ();
    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.0.leaf(&Leaf::Text(value));
        Ok(())
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.0.leaf(&Leaf::Signed(value));
        Ok(())
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.0.leaf(&Leaf::Unsigned(value));
        Ok(())
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.0.leaf(&Leaf::Float(value));
        Ok(())
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.0.leaf(&Leaf::Boolean(value));
        Ok(())
    }
    /// null says nothing: the field does not exist.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        while values.next_element_seed(Value(self.0))?.is_some() {}
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        object(self.0, members)
    }
}
