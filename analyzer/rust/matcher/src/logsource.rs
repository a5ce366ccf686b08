//! Which events a rule is about: our datasets, the Sigma log sources they stand for, and their field names.

use crate::fault::{Faults, Place};
use crate::pattern::Placeholders;
use crate::yaml::{documents, Node};
use std::collections::HashMap;

const PARTS: [&str; 3] = ["category", "product", "service"];

/// A rule's (or a dataset's) category, product and service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogSource([Option<String>; 3]);

impl LogSource {
    pub fn read(document: &Node, faults: &mut Faults) -> Option<Self> {
        let Some(node) = document.get("logsource") else {
            faults.broken(
                document.place,
                "logsource is missing",
                "name category, product or service",
            );
            return None;
        };
        let source = Self::from_node(node);
        if source.0.iter().all(Option::is_none) {
            faults.broken(
                node.place,
                "logsource names no category, product or service",
                "name at least one",
            );
            return None;
        }
        Some(source)
    }

    fn from_node(node: &Node) -> Self {
        Self(PARTS.map(|part| {
            node.get(part)
                .and_then(Node::text)
                .map(str::to_ascii_lowercase)
        }))
    }

    /// Every part the rule names is the dataset's; parts it leaves open fit all.
    fn within(&self, dataset: &Self) -> bool {
        self.0
            .iter()
            .zip(&dataset.0)
            .all(|(asked, is)| asked.is_none() || asked == is)
    }

    pub fn describe(&self) -> String {
        let part = |(name, value): (&str, &Option<String>)| {
            value.as_ref().map(|value| format!("{name}: {value}"))
        };
        PARTS
            .into_iter()
            .zip(&self.0)
            .filter_map(part)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// One log source a dataset stands for, with its names for the dataset's fields.
#[derive(Clone, Debug)]
pub struct View {
    pub source: LogSource,
    fields: Fields,
}

impl View {
    /// The first of these names that the table says our events have no counterpart for.
    pub fn lacks<'a>(&self, mut names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        names.find(|name| self.fields.get(*name) == Some(&None))
    }

    /// The event's name of a rule's field; names the table does not list are the event's already.
    pub fn field<'a>(&'a self, name: &'a str) -> &'a str {
        self.fields
            .get(name)
            .and_then(Option::as_deref)
            .unwrap_or(name)
    }
}

/// A partition of the events.
#[derive(Clone, Debug)]
pub struct Dataset {
    pub name: String,
    /// All of these fields have one of these values.
    pub when: Vec<(String, Vec<String>)>,
    pub views: Vec<View>,
}

impl Dataset {
    pub fn view(&self, source: &LogSource) -> Option<&View> {
        self.views.iter().find(|view| source.within(&view.source))
    }
}

/// The whole of logsources.yml.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub datasets: Vec<Dataset>,
    /// Fields (with everything below them) that keywords do not search: what we added ourselves.
    pub metadata: Vec<String>,
    pub placeholders: Placeholders,
}

impl Table {
    pub fn read(text: &str, faults: &mut Faults) -> Self {
        let Some(document) = documents(text, faults).into_iter().next() else {
            faults.broken(
                Place { line: 1, column: 1 },
                "no log sources",
                "give datasets:",
            );
            return Self::default();
        };
        let shared = field_tables(&document);
        let datasets = document
            .get("datasets")
            .map(Node::items)
            .unwrap_or_default();
        let placeholders = document
            .get("placeholders")
            .map(Node::entries)
            .unwrap_or_default();
        Self {
            datasets: datasets
                .iter()
                .filter_map(|node| dataset(node, &shared, faults))
                .collect(),
            metadata: document.get("metadata").map(texts).unwrap_or_default(),
            placeholders: placeholders
                .iter()
                .filter_map(|(key, node)| Some((key.text()?.to_owned(), texts(node))))
                .collect(),
        }
    }
}

fn texts(node: &Node) -> Vec<String> {
    node.items()
        .iter()
        .filter_map(Node::text)
        .map(str::to_owned)
        .collect()
}

/// A rule's field name → ours; None: there is none, and a rule that needs it must not run.
type Fields = HashMap<String, Option<String>>;

fn field_tables(document: &Node) -> HashMap<String, Fields> {
    let tables = document
        .get("fields")
        .map(Node::entries)
        .unwrap_or_default();
    tables
        .iter()
        .filter_map(|(name, table)| Some((name.text()?.to_owned(), fields(table))))
        .collect()
}

fn fields(node: &Node) -> Fields {
    let pair =
        |(from, to): &(Node, Node)| Some((from.text()?.to_owned(), to.text().map(str::to_owned)));
    node.entries().iter().filter_map(pair).collect()
}

fn dataset(node: &Node, shared: &HashMap<String, Fields>, faults: &mut Faults) -> Option<Dataset> {
    let Some(name) = node.get("name").and_then(Node::text) else {
        faults.broken(node.place, "a dataset without a name", "add name:");
        return None;
    };
    let when = node.get("when").map(Node::entries).unwrap_or_default();
    let when = when
        .iter()
        .filter_map(|(key, node)| Some((key.text()?.to_owned(), values(node))))
        .collect();
    let sources = node.get("logsources").map(Node::items).unwrap_or_default();
    let views = sources
        .iter()
        .filter_map(|source| view(source, shared, faults))
        .collect();
    Some(Dataset {
        name: name.to_owned(),
        when,
        views,
    })
}

fn values(node: &Node) -> Vec<String> {
    use crate::yaml::Value::{Number, Text};
    let value = |node: &Node| match &node.value {
        Number(text) | Text(text) => Some(text.clone()),
        _ => None,
    };
    node.items().iter().filter_map(value).collect()
}

fn view(node: &Node, shared: &HashMap<String, Fields>, faults: &mut Faults) -> Option<View> {
    let mut all = Fields::new();
    for name in node.get("fields").map(texts).unwrap_or_default() {
        let Some(table) = shared.get(&name) else {
            faults.broken(
                node.place,
                format!("no field table '{name}'"),
                "define it under fields:",
            );
            return None;
        };
        all.extend(table.clone());
    }
    Some(View {
        source: LogSource::from_node(node),
        fields: all,
    })
}
