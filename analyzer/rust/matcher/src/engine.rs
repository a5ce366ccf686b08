//! All rules over batches of events.

use crate::condition::Expr;
use crate::detection::Leaf;
use crate::event::{Event, Fields};
use crate::fault::{Fault, Faults, Kind, Place};
use crate::gate::Gate;
use crate::logsource::{Dataset, Table};
use crate::partition::{
    Check, Compiled, FieldIndex, Leaf as PartitionLeaf, Mode, Partition, KEYWORDS,
};
use crate::rule::{self, Rule};
use crate::test::Test;
use crate::text::{clip, fold_into};
use crate::yaml;
use std::collections::{HashMap, HashSet};

/// Conditions named in one match: enough to explain it.
const MAX_CONDITIONS: usize = 32;
/// Bytes of a value copied into a match; the whole event is there besides.
const MAX_VALUE: usize = 1_024;
/// Remembered combinations of the fields that choose the dataset; hostile events must not grow it for ever.
const MAX_ROUTES: usize = 4_096;

/// One leaf that held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub selection: String,
    pub field: String,
    pub operator: String,
    pub expected: String,
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    pub rule: u32,
    pub line: usize,
    pub event: Vec<u8>,
    pub conditions: Vec<Condition>,
}

/// skipped: lines that are not one well-formed JSON object.
#[derive(Debug, Default)]
pub struct Outcome {
    pub matches: Vec<Match>,
    pub skipped: u64,
}

#[derive(Debug, Default)]
pub struct Engine {
    rules: Vec<Rule>,
    fields: Fields,
    table: Table,
    /// One per dataset of the table.
    partitions: Vec<Partition>,
    /// Fields that choose the dataset.
    routing: Vec<u32>,
}

impl Engine {
    /// documents: (path, text). Faults are the log sources' and the rules'; what has none is in force.
    pub fn new(documents: &[(String, String)], logsources: &str) -> (Self, Vec<Fault>) {
        let mut table_faults = Faults::new("logsources.yml");
        let table = Table::read(logsources, &mut table_faults);
        let mut faults = table_faults.into_vec();
        let mut engine = Self {
            partitions: table
                .datasets
                .iter()
                .map(|_| Partition::default())
                .collect(),
            table,
            ..Self::default()
        };
        let mut ids = HashSet::new();
        for (path, text) in documents {
            let mut found = Faults::new(path);
            for rule in engine.read(path, text, &mut found) {
                engine.add(rule, &mut ids, &mut found);
            }
            faults.extend(found.into_vec());
        }
        engine.finish(&mut faults);
        (engine, faults)
    }

    fn read(&self, path: &str, text: &str, faults: &mut Faults) -> Vec<Rule> {
        let documents = yaml::documents(text, faults);
        if faults.count() > 0 {
            return Vec::new();
        }
        documents
            .iter()
            .filter_map(|document| rule::read(path, document, &self.table.placeholders, faults))
            .collect()
    }

    fn add(&mut self, rule: Rule, ids: &mut HashSet<String>, faults: &mut Faults) {
        let homes = match self.homes(&rule) {
            Ok(homes) => homes,
            Err((message, hint)) => return faults.add(Kind::Unmapped, rule.place, message, hint),
        };
        if !ids.insert(rule.id.clone()) {
            let message = format!("another rule has the id {} already", rule.id);
            return faults.broken(rule.place, message, "give this one a new UUID");
        }
        let index = self.rules.len() as u32;
        for at in homes {
            if let Some(view) = self.table.datasets[at].view(&rule.source) {
                self.partitions[at].add(index, &rule, view, &mut self.fields);
            }
        }
        self.rules.push(rule);
    }

    /// The datasets a rule is put to; Err: message and hint.
    fn homes(&self, rule: &Rule) -> Result<Vec<usize>, (String, &'static str)> {
        let mut homes = Vec::new();
        let mut lacking = None;
        for (at, dataset) in self.table.datasets.iter().enumerate() {
            let Some(view) = dataset.view(&rule.source) else {
                continue;
            };
            match view.lacks(rule.leaves.iter().flat_map(Leaf::fields)) {
                None => homes.push(at),
                Some(field) => lacking = Some((field, &dataset.name)),
            }
        }
        match lacking {
            _ if !homes.is_empty() => Ok(homes),
            Some((field, name)) => Err((
                format!("events of {name} have nothing like the field {field}"),
                "rewrite the rule for the fields there are, or leave it out",
            )),
            None => Err((
                format!(
                    "no data of this log source ({}) arrives here",
                    rule.source.describe()
                ),
                "map the log source in logsources.yml, or leave the rule out",
            )),
        }
    }

    fn finish(&mut self, faults: &mut Vec<Fault>) {
        for (partition, dataset) in self.partitions.iter_mut().zip(&self.table.datasets) {
            if let Err(error) = partition.finish() {
                faults.push(Fault {
                    path: "logsources.yml".into(),
                    place: Place::default(),
                    kind: Kind::Unsupported,
                    message: format!(
                        "the rules of {} are too many for one index: {error}",
                        dataset.name
                    ),
                    hint: "load fewer rules".into(),
                });
            }
        }
        let routing: Vec<&String> = self
            .table
            .datasets
            .iter()
            .flat_map(|dataset| dataset.when.iter().map(|(field, _)| field))
            .collect();
        for name in routing {
            let field = self.fields.intern(name);
            if !self.routing.contains(&field) {
                self.routing.push(field);
            }
        }
    }

    /// (path, id) of every rule in force; matches count in this order.
    pub fn rules(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rules
            .iter()
            .map(|rule| (rule.path.as_str(), rule.id.as_str()))
    }

    pub fn match_batch(&self, ndjson: &[u8]) -> Outcome {
        let mut run = Run::new(self);
        let mut start = 0;
        let ends = memchr::memchr_iter(b'\n', ndjson).chain([ndjson.len()]);
        for (number, end) in ends.enumerate() {
            let line = &ndjson[start..end];
            start = end + 1;
            if !line.trim_ascii().is_empty() {
                run.line(number, line);
            }
        }
        run.outcome
    }
}

/// What is reused from event to event within one batch.
struct Run<'a> {
    engine: &'a Engine,
    event: Event,
    routes: HashMap<String, Option<usize>>,
    states: Vec<States>,
    folded: String,
    outcome: Outcome,
}

/// One partition's leaves and rules for the current event; a mark of an older event means "not yet".
struct States {
    epoch: u64,
    leaves: Vec<u64>,
    rules: Vec<u64>,
    woken: Vec<u32>,
}

const HELD: u64 = 1;
const FAILED: u64 = 2;
const OPEN: u64 = 3;

impl States {
    fn new(partition: &Partition) -> Self {
        Self {
            epoch: 0,
            leaves: vec![0; partition.leaves.len()],
            rules: vec![0; partition.rules.len()],
            woken: Vec::new(),
        }
    }

    fn next(&mut self) {
        self.epoch += 1;
        self.woken.clear();
    }

    fn leaf(&self, leaf: u32) -> u64 {
        let mark = self.leaves[leaf as usize];
        if mark >> 2 == self.epoch {
            mark & 3
        } else {
            0
        }
    }

    fn set(&mut self, leaf: u32, state: u64) {
        self.leaves[leaf as usize] = self.epoch << 2 | state;
    }

    fn wake(&mut self, rules: &[u32]) {
        for rule in rules {
            let mark = &mut self.rules[*rule as usize];
            if *mark != self.epoch {
                *mark = self.epoch;
                self.woken.push(*rule);
            }
        }
    }

    /// A leaf holds, or (a gate) has become worth asking.
    fn reach(&mut self, partition: &Partition, leaf: u32, state: u64) {
        if self.leaf(leaf) == 0 {
            self.set(leaf, state);
            self.wake(&partition.leaves[leaf as usize].wakes);
        }
    }
}

impl<'a> Run<'a> {
    fn new(engine: &'a Engine) -> Self {
        Self {
            engine,
            event: Event::new(&engine.fields),
            routes: HashMap::new(),
            states: engine.partitions.iter().map(States::new).collect(),
            folded: String::new(),
            outcome: Outcome::default(),
        }
    }

    fn line(&mut self, number: usize, line: &[u8]) {
        let text = std::str::from_utf8(line).ok();
        let Some(text) = text.filter(|text| self.event.read(text, &self.engine.fields)) else {
            self.outcome.skipped += 1;
            return;
        };
        let Some(dataset) = self.route() else { return };
        let partition = &self.engine.partitions[dataset];
        let closed = |gate: &Gate| !gate.opens(text, &mut self.folded);
        if partition.keywords.is_some() && !partition.gate.as_ref().is_some_and(closed) {
            self.event.read_all(text, &self.engine.table.metadata);
        }
        self.scan(partition, dataset);
        let before = self.outcome.matches.len();
        self.judge(partition, dataset, number, line);
        if self.outcome.matches.len() > before && !strict(text) {
            self.outcome.matches.truncate(before);
            self.outcome.skipped += 1;
        }
    }

    /// The event's dataset: the first whose `when` holds.
    fn route(&mut self) -> Option<usize> {
        let first = |field: &u32| self.event.values(*field).next().unwrap_or_default();
        self.folded.clear();
        for field in &self.engine.routing {
            self.folded.push_str(first(field));
            self.folded.push('\u{1f}');
        }
        if let Some(known) = self.routes.get(&self.folded) {
            return *known;
        }
        let mut values = HashMap::new();
        values.extend(
            self.engine
                .routing
                .iter()
                .map(|field| (self.engine.fields.name(*field), first(field))),
        );
        let found = self
            .engine
            .table
            .datasets
            .iter()
            .position(|dataset| chosen(dataset, &values));
        if self.routes.len() >= MAX_ROUTES {
            self.routes.clear();
        }
        self.routes.insert(self.folded.clone(), found);
        found
    }

    /// Puts every value through its field's index.
    fn scan(&mut self, partition: &Partition, dataset: usize) {
        let states = &mut self.states[dataset];
        states.next();
        states.wake(&partition.always);
        for field in self.event.fields() {
            let Some(index) = partition.field(*field) else {
                continue;
            };
            states.wake(&index.rules);
            for text in self.event.values(*field) {
                scan_value(partition, index, text, states, &mut self.folded);
            }
        }
        if let Some(index) = &partition.keywords {
            for text in self.event.every() {
                scan_value(partition, index, text, states, &mut self.folded);
            }
        }
    }

    fn judge(&mut self, partition: &Partition, dataset: usize, number: usize, line: &[u8]) {
        let states = &mut self.states[dataset];
        let mut woken = std::mem::take(&mut states.woken);
        woken.sort_unstable();
        for rule in &woken {
            let compiled = &partition.rules[*rule as usize];
            let rule = &self.engine.rules[compiled.rule as usize];
            let mut judge = Judge {
                partition,
                event: &self.event,
                states,
                rule,
                compiled,
            };
            if judge.holds(&rule.condition) {
                let conditions = judge.evidence(&self.engine.fields);
                self.outcome.matches.push(Match {
                    rule: compiled.rule,
                    line: number,
                    event: line.to_vec(),
                    conditions,
                });
            }
        }
        states.woken = woken;
    }
}

/// The lazy reader looks only at what rules ask for; what is handed on must be JSON to every reader.
fn strict(line: &str) -> bool {
    sonic_rs::from_str::<sonic_rs::Value>(line).is_ok()
}

fn chosen(dataset: &Dataset, values: &HashMap<&str, &str>) -> bool {
    let fits = |(field, allowed): &(String, Vec<String>)| {
        values
            .get(field.as_str())
            .is_some_and(|value| allowed.iter().any(|one| one == value))
    };
    dataset.when.iter().all(fits)
}

fn scan_value(
    partition: &Partition,
    index: &FieldIndex,
    text: &str,
    states: &mut States,
    folded: &mut String,
) {
    for leaf in &index.anything {
        states.reach(partition, *leaf, HELD);
    }
    if !index.folded.is_empty() {
        folded.clear();
        fold_into(text, folded);
        scan_table(partition, &index.folded, folded, states);
    }
    if !index.cased.is_empty() {
        scan_table(partition, &index.cased, text, states);
    }
}

fn scan_table(
    partition: &Partition,
    table: &crate::partition::Table,
    text: &str,
    states: &mut States,
) {
    for leaf in table.exact.get(text).into_iter().flatten() {
        states.reach(partition, *leaf, HELD);
    }
    let Some(machine) = &table.machine else {
        return;
    };
    for found in machine.find_overlapping_iter(text) {
        for (leaf, check) in &table.actions[found.pattern().as_usize()] {
            let state = match check {
                Check::Start if found.start() == 0 => HELD,
                Check::End if found.end() == text.len() => HELD,
                Check::Anywhere => HELD,
                Check::Gate => OPEN,
                _ => continue,
            };
            states.reach(partition, *leaf, state);
        }
    }
}

/// One rule on one event.
struct Judge<'a> {
    partition: &'a Partition,
    event: &'a Event,
    states: &'a mut States,
    rule: &'a Rule,
    compiled: &'a Compiled,
}

impl Judge<'_> {
    fn holds(&mut self, expr: &Expr) -> bool {
        match expr {
            Expr::Leaf(leaf) => self.leaf(self.compiled.leaves[*leaf]),
            Expr::Selection(index) => {
                let rule = self.rule;
                self.holds(&rule.selections[*index])
            }
            Expr::All(parts) => parts.iter().all(|part| self.holds(part)),
            Expr::Any(parts) => parts.iter().any(|part| self.holds(part)),
            Expr::AtLeast(count, parts) => {
                parts
                    .iter()
                    .filter(|part| self.holds(part))
                    .take(*count)
                    .count()
                    == *count
            }
            Expr::Not(part) => !self.holds(part),
        }
    }

    fn leaf(&mut self, number: u32) -> bool {
        let leaf = &self.partition.leaves[number as usize];
        match (self.states.leaf(number), leaf.mode) {
            (HELD, _) => true,
            (FAILED, _) | (0, Mode::Indexed | Mode::Gated) => false,
            _ => {
                let holds = ask(self.event, leaf);
                self.states.set(number, if holds { HELD } else { FAILED });
                holds
            }
        }
    }

    /// The leaves that held, in the order written, without those below a "not" (nothing was there to show).
    fn evidence(&mut self, fields: &Fields) -> Vec<Condition> {
        let mut leaves = Vec::new();
        self.gather(&self.rule.condition, &mut leaves);
        leaves.sort_unstable();
        leaves.dedup();
        leaves.truncate(MAX_CONDITIONS);
        leaves
            .into_iter()
            .map(|leaf| self.condition(leaf, fields))
            .collect()
    }

    fn gather(&mut self, expr: &Expr, leaves: &mut Vec<usize>) {
        match expr {
            Expr::Leaf(leaf) => leaves.push(*leaf),
            Expr::Selection(index) => {
                let rule = self.rule;
                self.gather(&rule.selections[*index], leaves);
            }
            Expr::All(parts) | Expr::Any(parts) | Expr::AtLeast(_, parts) => {
                for part in parts {
                    if self.holds(part) {
                        self.gather(part, leaves);
                    }
                }
            }
            Expr::Not(_) => {}
        }
    }

    fn condition(&self, number: usize, fields: &Fields) -> Condition {
        let written = &self.rule.leaves[number];
        let leaf = &self.partition.leaves[self.compiled.leaves[number] as usize];
        let value = match leaf.field {
            KEYWORDS => self.event.every().find(|text| leaf.test.holds(text)),
            field => {
                let whole = matches!(
                    leaf.test,
                    Test::Exists | Test::Null | Test::Reference { .. }
                );
                self.event
                    .values(field)
                    .find(|text| whole || leaf.test.holds(text))
            }
        };
        Condition {
            selection: self.rule.names[written.selection].clone(),
            field: fields.name(leaf.field).to_owned(),
            operator: written.operator.clone(),
            expected: clip(&written.expected, MAX_VALUE).to_owned(),
            value: clip(value.unwrap_or_default(), MAX_VALUE).to_owned(),
        }
    }
}

fn ask(event: &Event, leaf: &PartitionLeaf) -> bool {
    match &leaf.test {
        Test::Null => event.null(leaf.field),
        Test::Exists => event.present(leaf.field),
        Test::Reference { .. } => event
            .values(leaf.field)
            .any(|text| refers(event, leaf, text)),
        test if leaf.field == KEYWORDS => event.every().any(|text| test.holds(text)),
        test => event.values(leaf.field).any(|text| test.holds(text)),
    }
}

fn refers(event: &Event, leaf: &PartitionLeaf, text: &str) -> bool {
    event
        .values(leaf.other)
        .any(|other| leaf.test.refers(text, other))
}
