//! One event's values: JSON bytes in, only the fields some rule asks for kept. Reused from event to event.

use crate::text::{number_text, unescape_into};
use hashbrown::HashMap;
use sonic_rs::{to_object_iter, LazyValue, ObjectJsonIter};

/// Offsets are u32; the sensor's events have at most a few hundred KiB.
const MAX_LINE: usize = 64 << 20;
/// The JSON reader recurses: deeper lines are refused before it sees them.
const MAX_NESTING: usize = 64;
const NONE: u32 = u32::MAX;
/// Member that holds the text of an XML element with attributes (EVTX as JSON: `{"#text": 1116, "#attributes": …}`).
const ELEMENT_TEXT: &str = "#text";

/// Names of event fields, interned: `a.b.c` is found nested, dotted, or mixed.
#[derive(Debug)]
pub struct Fields {
    names: Vec<String>,
    nodes: Vec<Branch>,
}

#[derive(Debug, Default)]
struct Branch {
    children: HashMap<Box<str>, u32>,
    field: Option<u32>,
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            nodes: vec![Branch::default()],
        }
    }
}

impl Fields {
    pub fn intern(&mut self, name: &str) -> u32 {
        let node = name.split('.').fold(0, |node, part| self.child(node, part));
        let next = self.names.len() as u32;
        let field = *self.nodes[node as usize].field.get_or_insert(next);
        if field == next {
            self.names.push(name.to_owned());
        }
        field
    }

    fn child(&mut self, node: u32, part: &str) -> u32 {
        if let Some(child) = self.nodes[node as usize].children.get(part) {
            return *child;
        }
        let child = self.nodes.len() as u32;
        self.nodes.push(Branch::default());
        self.nodes[node as usize]
            .children
            .insert(part.into(), child);
        child
    }

    pub fn name(&self, field: u32) -> &str {
        self.names.get(field as usize).map_or("", String::as_str)
    }

    pub fn count(&self) -> usize {
        self.names.len()
    }

    fn step(&self, node: u32, key: &str) -> Option<u32> {
        if let Some(child) = self.nodes[node as usize].children.get(key) {
            return Some(*child);
        }
        if key.contains('.') {
            return key.split('.').try_fold(node, |node, part| {
                self.nodes[node as usize].children.get(part).copied()
            });
        }
        // Specification, "Field Usage" 2: rules write field names without their blanks.
        key.contains(' ').then(|| {
            self.nodes[node as usize]
                .children
                .get(key.replace(' ', "").as_str())
                .copied()
        })?
    }
}

/// A value in the event's text buffer.
#[derive(Clone, Copy, Debug)]
struct Slot {
    null: bool,
    start: u32,
    end: u32,
    next: u32,
}

#[derive(Debug, Default)]
pub struct Event {
    text: String,
    slots: Vec<Slot>,
    /// Per field: the event that set it (`serial`), its first slot.
    heads: Vec<(u64, u32)>,
    /// The fields the event has, each once.
    marked: Vec<u32>,
    /// Values for keywords, when asked for.
    every: Vec<(u32, u32)>,
    serial: u64,
}

impl Event {
    pub fn new(fields: &Fields) -> Self {
        Self {
            heads: vec![(0, NONE); fields.count()],
            ..Self::default()
        }
    }

    /// False: the line is not one well-formed JSON object.
    pub fn read(&mut self, line: &str, fields: &Fields) -> bool {
        self.text.clear();
        self.slots.clear();
        self.every.clear();
        self.marked.clear();
        self.serial += 1;
        if line.len() > MAX_LINE || too_deep(line) {
            return false;
        }
        let mut end = 0;
        let mut pairs = to_object_iter(line);
        for pair in &mut pairs {
            let Ok((key, value)) = pair else { return false };
            let raw = value.as_raw_str();
            end = raw.as_ptr() as usize - line.as_ptr() as usize + raw.len();
            if let Some(node) = fields.step(0, &key) {
                self.value(&value, node, fields);
            }
        }
        ends_well(line, end)
    }

    fn value(&mut self, value: &LazyValue<'_>, node: u32, fields: &Fields) {
        let branch = &fields.nodes[node as usize];
        if let Some(field) = branch.field {
            self.mark(field);
        }
        let raw = value.as_raw_str();
        match raw.as_bytes().first() {
            Some(b'{') => self.object(value, node, fields),
            Some(b'[') => {
                for item in value
                    .clone()
                    .into_array_iter()
                    .into_iter()
                    .flatten()
                    .flatten()
                {
                    self.value(&item, node, fields);
                }
            }
            _ => {
                if let Some(field) = branch.field {
                    self.scalar(field, raw);
                }
            }
        }
    }

    fn object(&mut self, value: &LazyValue<'_>, node: u32, fields: &Fields) {
        let Some(pairs) = value.clone().into_object_iter() else {
            return;
        };
        let field = fields.nodes[node as usize].field;
        for (key, value) in pairs.flatten() {
            if let Some(child) = fields.step(node, &key) {
                self.value(&value, child, fields);
            } else if let (ELEMENT_TEXT, Some(field)) = (key.as_ref(), field) {
                self.scalar(field, value.as_raw_str());
            }
        }
    }

    fn mark(&mut self, field: u32) {
        let head = &mut self.heads[field as usize];
        if head.0 != self.serial {
            *head = (self.serial, NONE);
            self.marked.push(field);
        }
    }

    fn scalar(&mut self, field: u32, raw: &str) {
        let (start, end) = self.store(raw);
        let head = &mut self.heads[field as usize];
        let slot = Slot {
            null: raw == "null",
            start,
            end,
            next: head.1,
        };
        head.1 = self.slots.len() as u32;
        self.slots.push(slot);
    }

    fn store(&mut self, raw: &str) -> (u32, u32) {
        let start = self.text.len() as u32;
        match raw.as_bytes().first() {
            Some(b'"') => unescape_into(
                raw.get(1..raw.len() - 1).unwrap_or_default(),
                &mut self.text,
            ),
            Some(b'-' | b'0'..=b'9') => self.text.push_str(&number_text(raw)),
            _ => self.text.push_str(raw),
        }
        (start, self.text.len() as u32)
    }

    /// Gathers every value but null and those below `metadata` (top-level names). `line` was read before.
    pub fn read_all(&mut self, line: &str, metadata: &[String]) {
        for (key, value) in to_object_iter(line).flatten() {
            let own = key.split('.').next().unwrap_or_default();
            if !metadata.iter().any(|name| *name == own || *name == key) {
                self.gather(&value);
            }
        }
    }

    fn gather(&mut self, value: &LazyValue<'_>) {
        let raw = value.as_raw_str();
        match raw.as_bytes().first() {
            Some(b'{') => {
                for (_, item) in value
                    .clone()
                    .into_object_iter()
                    .into_iter()
                    .flat_map(ObjectJsonIter::flatten)
                {
                    self.gather(&item);
                }
            }
            Some(b'[') => {
                for item in value
                    .clone()
                    .into_array_iter()
                    .into_iter()
                    .flatten()
                    .flatten()
                {
                    self.gather(&item);
                }
            }
            Some(b'n') => {}
            _ => {
                let range = self.store(raw);
                self.every.push(range);
            }
        }
    }

    fn text(&self, slot: Slot) -> &str {
        &self.text[slot.start as usize..slot.end as usize]
    }

    pub fn fields(&self) -> &[u32] {
        &self.marked
    }

    pub fn present(&self, field: u32) -> bool {
        self.heads[field as usize].0 == self.serial
    }

    /// The field's values, null ones left out.
    pub fn values(&self, field: u32) -> impl Iterator<Item = &str> {
        self.chain(field)
            .filter(|slot| !slot.null)
            .map(|slot| self.text(slot))
    }

    fn chain(&self, field: u32) -> impl Iterator<Item = Slot> + '_ {
        let head = self.heads[field as usize];
        let mut at = if head.0 == self.serial { head.1 } else { NONE };
        std::iter::from_fn(move || {
            let slot = *self.slots.get(at as usize)?;
            at = slot.next;
            Some(slot)
        })
    }

    /// Absent, or null.
    pub fn null(&self, field: u32) -> bool {
        !self.present(field) || self.chain(field).any(|slot| slot.null)
    }

    pub fn every(&self) -> impl Iterator<Item = &str> {
        self.every
            .iter()
            .map(|(start, end)| &self.text[*start as usize..*end as usize])
    }
}

/// After the last value only the closing brace may stand.
fn ends_well(line: &str, end: usize) -> bool {
    let rest = line.get(end..).unwrap_or_default().trim();
    match end {
        0 => rest
            .strip_prefix('{')
            .is_some_and(|rest| rest.trim() == "}"),
        _ => rest == "}",
    }
}

fn too_deep(line: &str) -> bool {
    let brackets = memchr::memchr2_iter(b'{', b'[', line.as_bytes())
        .take(MAX_NESTING + 1)
        .count();
    brackets > MAX_NESTING && deepest(line.as_bytes()) > MAX_NESTING
}

fn deepest(line: &[u8]) -> usize {
    let (mut depth, mut most, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        most = most.max(depth);
    }
    most
}
