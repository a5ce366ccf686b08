//! YAML 1.2 core schema with the place of every node; bounded, because operators import rules from anywhere.

use crate::fault::{Faults, Place};
use crate::text::canonical_number;
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::collections::HashMap;

/// The largest rule of SigmaHQ (4,432 driver hashes) has 0.4 MiB.
const MAX_BYTES: usize = 4 << 20;
/// Detections nest four deep in practice; recursion over a document must not exhaust a stack.
const MAX_DEPTH: usize = 48;
/// Nodes of one text, counting what aliases repeat: ends "billion laughs".
const MAX_NODES: usize = 500_000;

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    /// Canonical text (see `canonical_number`).
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub place: Place,
    pub value: Value,
}

impl Node {
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|(name, _)| name.text() == Some(key))
            .map(|(_, value)| value)
    }

    /// Empty unless it is a map.
    pub fn entries(&self) -> &[(Node, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list, or the node itself.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    fn size(&self) -> usize {
        1 + match &self.value {
            Value::List(items) => items.iter().map(Node::size).sum(),
            Value::Map(entries) => entries.iter().map(|(k, v)| k.size() + v.size()).sum(),
            _ => 0,
        }
    }
}

/// Every document of a text; what cannot be read is a fault and ends the reading.
pub fn documents(text: &str, faults: &mut Faults) -> Vec<Node> {
    if text.len() > MAX_BYTES {
        faults.broken(
            Place { line: 1, column: 1 },
            format!(
                "the text has {} bytes; at most {MAX_BYTES} are read",
                text.len()
            ),
            "split the file",
        );
        return Vec::new();
    }
    let mut reader = Reader::default();
    for item in Parser::new_from_str(text) {
        let step = match item {
            Ok((event, span)) => reader.take(event, span, faults),
            Err(error) => {
                let place = Place {
                    line: error.marker().line(),
                    column: error.marker().col() + 1,
                };
                faults.broken(
                    place,
                    format!("not YAML: {}", error.info()),
                    "correct the indentation or quoting",
                );
                None
            }
        };
        if step.is_none() {
            break;
        }
    }
    reader.documents
}

/// A collection that is still open.
struct Open {
    node: Node,
    anchor: usize,
    key: Option<Node>,
}

#[derive(Default)]
struct Reader {
    documents: Vec<Node>,
    stack: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

impl Reader {
    /// None: reading cannot go on (the fault is recorded).
    fn take(&mut self, event: Event<'_>, span: Span, faults: &mut Faults) -> Option<()> {
        let place = Place {
            line: span.start.line(),
            column: span.start.col() + 1,
        };
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let quoted = style != ScalarStyle::Plain || tag.is_some();
                let node = Node {
                    place,
                    value: scalar(&text, quoted),
                };
                self.close(node, anchor, faults)
            }
            Event::SequenceStart(anchor, _) => {
                self.open(Value::List(Vec::new()), place, anchor, faults)
            }
            Event::MappingStart(anchor, _) => {
                self.open(Value::Map(Vec::new()), place, anchor, faults)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Open { node, anchor, .. } = self.stack.pop()?;
                self.close(node, anchor, faults)
            }
            Event::Alias(anchor) => self.alias(anchor, place, faults),
            Event::DocumentEnd => {
                self.anchors.clear();
                Some(())
            }
            _ => Some(()),
        }
    }

    fn open(
        &mut self,
        value: Value,
        place: Place,
        anchor: usize,
        faults: &mut Faults,
    ) -> Option<()> {
        if self.stack.len() >= MAX_DEPTH {
            faults.broken(
                place,
                format!("nested deeper than {MAX_DEPTH}"),
                "flatten the document",
            );
            return None;
        }
        let node = Node { place, value };
        self.stack.push(Open {
            node,
            anchor,
            key: None,
        });
        Some(())
    }

    fn alias(&mut self, anchor: usize, place: Place, faults: &mut Faults) -> Option<()> {
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            faults.broken(
                place,
                "an alias inside its own anchor",
                "write the value out",
            );
            return None;
        };
        self.nodes += node.size();
        self.close(Node { place, ..node }, 0, faults)
    }

    fn close(&mut self, node: Node, anchor: usize, faults: &mut Faults) -> Option<()> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            faults.broken(
                node.place,
                format!("more than {MAX_NODES} values"),
                "split the file",
            );
            return None;
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(parent) = self.stack.last_mut() else {
            self.documents.push(node);
            return Some(());
        };
        match &mut parent.node.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match parent.key.take() {
                None => parent.key = Some(node),
                Some(key) => insert(entries, key, node, faults),
            },
            _ => {}
        }
        Some(())
    }
}

/// YAML 1.2, 3.2.1.3: keys are unique. Taking the last silently would drop a condition.
fn insert(entries: &mut Vec<(Node, Node)>, key: Node, value: Node, faults: &mut Faults) {
    if entries.iter().any(|(known, _)| known.value == key.value) {
        let name = key.text().unwrap_or("?");
        faults.broken(
            key.place,
            format!("the key '{name}' is there twice"),
            "join the two, or rename one",
        );
    }
    entries.push((key, value));
}

/// YAML 1.2 core schema (10.3.2) for plain scalars.
fn scalar(text: &str, quoted: bool) -> Value {
    if quoted {
        return Value::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::Text(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<String> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return i128::from_str_radix(digits, radix)
                .ok()
                .map(|n| n.to_string());
        }
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let starts_like_number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let made_of_number = digits
        .bytes()
        .all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    (starts_like_number && made_of_number && text.parse::<f64>().is_ok())
        .then(|| canonical_number(text))
}
