//! A rule document, from YAML to what a partition compiles.

use crate::condition::{self, Expr};
use crate::detection::{Builder, Leaf};
use crate::fault::{Faults, Kind, Place};
use crate::logsource::LogSource;
use crate::pattern::Placeholders;
use crate::yaml::{Node, Value};

const MAX_TITLE: usize = 256;
const LEVELS: [&str; 5] = ["informational", "low", "medium", "high", "critical"];
const STATUSES: [&str; 5] = [
    "stable",
    "test",
    "experimental",
    "deprecated",
    "unsupported",
];
/// `ecs`: field names are ours already.
const TAXONOMIES: [&str; 2] = ["sigma", "ecs"];

#[derive(Clone, Debug)]
pub struct Rule {
    pub path: String,
    pub id: String,
    /// Where the document's log source stands, for faults found later.
    pub place: Place,
    pub source: LogSource,
    pub names: Vec<String>,
    pub selections: Vec<Expr>,
    pub leaves: Vec<Leaf>,
    pub condition: Expr,
}

/// One document; None when it has faults (all of them recorded).
pub fn read(
    path: &str,
    document: &Node,
    placeholders: &Placeholders,
    faults: &mut Faults,
) -> Option<Rule> {
    let before = faults.count();
    if !matches!(document.value, Value::Map(_)) {
        faults.broken(
            document.place,
            format!("a rule is a map, not {}", document.kind()),
            "start with title:",
        );
        return None;
    }
    if let Some(kind) = ["correlation", "filter", "action"]
        .into_iter()
        .find(|kind| document.get(kind).is_some())
    {
        let message = format!("not supported yet: {kind} documents");
        faults.add(
            Kind::Unsupported,
            document.place,
            message,
            "its base rules load without it",
        );
        return None;
    }
    let id = identity(document, faults);
    let source = LogSource::read(document, faults);
    let body = detection(document, placeholders, faults);
    if faults.count() > before {
        return None;
    }
    let (names, selections, leaves, condition) = body?;
    let place = document
        .get("logsource")
        .map_or(document.place, |node| node.place);
    Some(Rule {
        path: path.to_owned(),
        id: id?,
        place,
        source: source?,
        names,
        selections,
        leaves,
        condition,
    })
}

fn identity(document: &Node, faults: &mut Faults) -> Option<String> {
    match document.get("title") {
        None => faults.broken(
            document.place,
            "title is missing",
            "say in a few words what the rule detects",
        ),
        Some(node) => match node.text() {
            Some(title) if (1..=MAX_TITLE).contains(&title.chars().count()) => {}
            _ => faults.broken(
                node.place,
                format!("title is not a text of 1 to {MAX_TITLE} characters"),
                "shorten it",
            ),
        },
    }
    choice(document, "level", &LEVELS, faults);
    choice(document, "status", &STATUSES, faults);
    choice(document, "taxonomy", &TAXONOMIES, faults);
    let Some(node) = document.get("id") else {
        faults.broken(
            document.place,
            "id is missing",
            "alerts are named by it: add a random UUID (version 4)",
        );
        return None;
    };
    let id = node
        .text()
        .filter(|id| is_uuid(id))
        .map(str::to_ascii_lowercase);
    if id.is_none() {
        faults.broken(
            node.place,
            "id is not a UUID",
            "write it as xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
        );
    }
    id
}

fn choice(document: &Node, key: &str, allowed: &[&str], faults: &mut Faults) {
    let Some(node) = document.get(key) else {
        return;
    };
    if !node.text().is_some_and(|text| allowed.contains(&text)) {
        faults.broken(
            node.place,
            format!("{key} is not one of {}", allowed.join(", ")),
            "choose one of them",
        );
    }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.concat().bytes().all(|b| b.is_ascii_hexdigit())
}

type Body = (Vec<String>, Vec<Expr>, Vec<Leaf>, Expr);

fn detection(document: &Node, placeholders: &Placeholders, faults: &mut Faults) -> Option<Body> {
    let Some(section) = document.get("detection") else {
        faults.broken(
            document.place,
            "detection is missing",
            "add search identifiers and a condition",
        );
        return None;
    };
    if section.get("timeframe").is_some() {
        let hint = "write a correlation rule";
        faults.add(
            Kind::Unsupported,
            section.place,
            "not supported yet: timeframe (it left the specification with 2.0)",
            hint,
        );
    }
    let entries: Vec<(&str, &Node)> = section
        .entries()
        .iter()
        .filter_map(|(key, node)| key.text().map(|name| (name, node)))
        .filter(|(name, _)| !["condition", "timeframe"].contains(name))
        .collect();
    let names: Vec<&str> = entries.iter().map(|(name, _)| *name).collect();
    let condition = conditions(section, &names, faults);
    let mut builder = Builder::new(placeholders, faults);
    let selections: Vec<_> = entries
        .iter()
        .enumerate()
        .map(|(index, (_, node))| builder.selection(index, node))
        .collect();
    let leaves = builder.leaves;
    let selections = selections.into_iter().collect::<Option<Vec<_>>>()?;
    Some((
        names.into_iter().map(str::to_owned).collect(),
        selections,
        leaves,
        condition?,
    ))
}

/// A list of conditions is joined by "or".
fn conditions(section: &Node, names: &[&str], faults: &mut Faults) -> Option<Expr> {
    let Some(node) = section.get("condition") else {
        faults.broken(
            section.place,
            "condition is missing",
            "add condition: selection",
        );
        return None;
    };
    let parsed: Vec<_> = node
        .items()
        .iter()
        .map(|item| one_condition(item, names, faults))
        .collect();
    let mut parts: Vec<Expr> = parsed.into_iter().collect::<Option<_>>()?;
    match parts.len() {
        0 => {
            faults.broken(node.place, "condition is empty", "add condition: selection");
            None
        }
        1 => parts.pop(),
        _ => Some(Expr::Any(parts)),
    }
}

fn one_condition(node: &Node, names: &[&str], faults: &mut Faults) -> Option<Expr> {
    match node.text() {
        Some(text) => condition::parse(text, names, node.place, faults),
        None => {
            faults.broken(
                node.place,
                format!("a condition is text, not {}", node.kind()),
                "quote it",
            );
            None
        }
    }
}
