//! The rules of one dataset, compiled: one automaton and one table of exact values per field,
//! and for every rule the few leaves of which one must hold before its condition is worth a look.

use crate::condition::Expr;
use crate::event::Fields;
use crate::gate::Gate;
use crate::literals;
use crate::logsource::View;
use crate::rule::Rule;
use crate::test::{Shape, Test};
use crate::text::{folded, Piece};
use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError};
use hashbrown::HashMap;

/// The pseudo field of keywords.
pub const KEYWORDS: u32 = u32::MAX;
/// Below this many bytes of patterns the faster DFA is small (about 256 bytes a state).
const DFA_BYTES: usize = 8_192;

/// How a leaf learns that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The field's index says so while its values are scanned.
    Indexed,
    /// Evaluated when a condition asks, after the index saw a literal it needs.
    Gated,
    /// Evaluated when a condition asks.
    Asked,
}

#[derive(Debug)]
pub struct Leaf {
    pub field: u32,
    pub test: Test,
    pub mode: Mode,
    /// Field on the other side of a fieldref.
    pub other: u32,
    /// Rules (of the partition) to look at when this leaf holds.
    pub wakes: Vec<u32>,
}

#[derive(Debug)]
pub struct Compiled {
    /// Index in the engine's list.
    pub rule: u32,
    /// The rule's leaves in this partition.
    pub leaves: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
pub enum Check {
    Start,
    End,
    Anywhere,
    /// A literal the leaf needs.
    Gate,
}

#[derive(Debug, Default)]
pub struct Table {
    pub exact: HashMap<String, Vec<u32>>,
    pub machine: Option<AhoCorasick>,
    /// By pattern of the machine.
    pub actions: Vec<Vec<(u32, Check)>>,
    patterns: HashMap<String, usize>,
}

#[derive(Debug, Default)]
pub struct FieldIndex {
    pub folded: Table,
    pub cased: Table,
    /// Leaves that hold for any value.
    pub anything: Vec<u32>,
    /// Rules to look at when the field has a value, because no literal could wake them.
    pub rules: Vec<u32>,
}

#[derive(Debug, Default)]
pub struct Partition {
    pub rules: Vec<Compiled>,
    pub leaves: Vec<Leaf>,
    known: HashMap<(u32, String), u32>,
    /// By field of the engine.
    fields: Vec<Option<FieldIndex>>,
    pub keywords: Option<FieldIndex>,
    /// Keeps events away from the keywords; None: all of them must be looked at.
    pub gate: Option<Gate>,
    /// Rules that no leaf can wake (they hold for absent fields).
    pub always: Vec<u32>,
}

/// What wakes a rule.
#[derive(Clone, Copy, Debug)]
enum Trigger {
    Leaf(u32),
    Field(u32),
}

impl Partition {
    pub fn add(&mut self, index: u32, rule: &Rule, view: &View, fields: &mut Fields) {
        let leaves: Vec<u32> = rule
            .leaves
            .iter()
            .map(|leaf| self.leaf(leaf, view, fields))
            .collect();
        let compiled = Compiled {
            rule: index,
            leaves,
        };
        let number = self.rules.len() as u32;
        match self.triggers(rule, &compiled, &rule.condition, true) {
            Some((_, triggers)) => triggers
                .into_iter()
                .for_each(|trigger| self.wake(trigger, number)),
            None => self.always.push(number),
        }
        self.rules.push(compiled);
    }

    fn leaf(&mut self, leaf: &crate::detection::Leaf, view: &View, fields: &mut Fields) -> u32 {
        let field = leaf
            .field
            .as_deref()
            .map_or(KEYWORDS, |name| fields.intern(view.field(name)));
        let key = (field, leaf.test.key());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let number = self.leaves.len() as u32;
        let other = match &leaf.test {
            Test::Reference { field, .. } => fields.intern(view.field(field)),
            _ => KEYWORDS,
        };
        let mode = self.index(field, number, &leaf.test);
        self.leaves.push(Leaf {
            field,
            test: leaf.test.clone(),
            mode,
            other,
            wakes: Vec::new(),
        });
        self.known.insert(key, number);
        number
    }

    fn index(&mut self, field: u32, leaf: u32, test: &Test) -> Mode {
        let index = self.field_mut(field);
        match test {
            Test::Text { shape, cased } => index.shape(shape, *cased, leaf),
            Test::Regex(regex) => match literals::required(regex.as_str()) {
                Some(literals) => {
                    literals
                        .iter()
                        .for_each(|literal| index.folded.pattern(literal, leaf, Check::Gate));
                    Mode::Gated
                }
                None => Mode::Asked,
            },
            _ => Mode::Asked,
        }
    }

    fn field_mut(&mut self, field: u32) -> &mut FieldIndex {
        if field == KEYWORDS {
            return self.keywords.get_or_insert_default();
        }
        let at = field as usize;
        if self.fields.len() <= at {
            self.fields.resize_with(at + 1, || None);
        }
        self.fields[at].get_or_insert_default()
    }

    pub fn field(&self, field: u32) -> Option<&FieldIndex> {
        self.fields.get(field as usize)?.as_ref()
    }

    fn wake(&mut self, trigger: Trigger, rule: u32) {
        let list = match trigger {
            Trigger::Leaf(leaf) => &mut self.leaves[leaf as usize].wakes,
            Trigger::Field(field) => &mut self.field_mut(field).rules,
        };
        if list.last() != Some(&rule) {
            list.push(rule);
        }
    }

    /// The cheapest set of which one must happen whenever `expr` is `wanted`; None: it can be so without anything happening.
    fn triggers(
        &self,
        rule: &Rule,
        compiled: &Compiled,
        expr: &Expr,
        wanted: bool,
    ) -> Option<(f64, Vec<Trigger>)> {
        let all = |parts: &[Expr]| {
            let found = parts
                .iter()
                .filter_map(|part| self.triggers(rule, compiled, part, wanted));
            found.min_by(|left, right| left.0.total_cmp(&right.0))
        };
        let any = |parts: &[Expr]| {
            parts
                .iter()
                .try_fold((0.0, Vec::new()), |(weight, mut triggers), part| {
                    let (more, others) = self.triggers(rule, compiled, part, wanted)?;
                    triggers.extend(others);
                    Some((weight + more, triggers))
                })
        };
        match (expr, wanted) {
            (Expr::Leaf(leaf), true) => self.trigger(*compiled.leaves.get(*leaf)?),
            (Expr::Leaf(_), false) | (Expr::AtLeast(..), false) => None,
            (Expr::Selection(index), _) => {
                self.triggers(rule, compiled, rule.selections.get(*index)?, wanted)
            }
            (Expr::All(parts), true) | (Expr::Any(parts), false) => all(parts),
            (Expr::Any(parts), true)
            | (Expr::All(parts), false)
            | (Expr::AtLeast(_, parts), true) => any(parts),
            (Expr::Not(part), _) => self.triggers(rule, compiled, part, !wanted),
        }
    }

    /// Weight: about how often the trigger fires. Longer literals are rarer.
    fn trigger(&self, number: u32) -> Option<(f64, Vec<Trigger>)> {
        let leaf = self.leaves.get(number as usize)?;
        if matches!(leaf.test, Test::Null) {
            return None;
        }
        match leaf.mode {
            Mode::Asked if leaf.field == KEYWORDS => None,
            Mode::Asked => Some((1.0, vec![Trigger::Field(leaf.field)])),
            _ => Some((rarity(&leaf.test), vec![Trigger::Leaf(number)])),
        }
    }

    pub fn finish(&mut self) -> Result<(), BuildError> {
        self.known = HashMap::new();
        self.gate = self.keyword_gate()?;
        for index in self.fields.iter_mut().flatten().chain(&mut self.keywords) {
            index.folded.finish()?;
            index.cased.finish()?;
        }
        Ok(())
    }
}

impl Partition {
    fn keyword_gate(&self) -> Result<Option<Gate>, BuildError> {
        let Some(index) = &self.keywords else {
            return Ok(None);
        };
        let asked = |leaf: &Leaf| leaf.field == KEYWORDS && leaf.mode == Mode::Asked;
        if !index.anything.is_empty() || self.leaves.iter().any(asked) {
            return Ok(None);
        }
        let patterns = index
            .folded
            .patterns
            .keys()
            .chain(index.cased.patterns.keys());
        Gate::new(patterns.map(String::as_str))
    }
}

fn rarity(test: &Test) -> f64 {
    let length = match test {
        Test::Text {
            shape: Shape::Is(text),
            ..
        } => text.len() + 8,
        Test::Text {
            shape: Shape::Prefix(text) | Shape::Suffix(text) | Shape::Part(text),
            ..
        } => text.len(),
        Test::Text {
            shape: Shape::Glob(pieces),
            ..
        } => longest(pieces).map_or(0, str::len),
        Test::Regex(_) => 3,
        _ => 0,
    };
    0.5_f64.powi(length.min(60) as i32)
}

fn longest(pieces: &[Piece]) -> Option<&str> {
    let literals = pieces.iter().filter_map(|piece| match piece {
        Piece::Literal(text) => Some(text.as_str()),
        _ => None,
    });
    literals.max_by_key(|text| text.len())
}

impl FieldIndex {
    fn shape(&mut self, shape: &Shape, cased: bool, leaf: u32) -> Mode {
        let table = if cased {
            &mut self.cased
        } else {
            &mut self.folded
        };
        match shape {
            Shape::Is(text) => table.exact.entry(text.clone()).or_default().push(leaf),
            Shape::Prefix(text) => table.pattern(text, leaf, Check::Start),
            Shape::Suffix(text) => table.pattern(text, leaf, Check::End),
            Shape::Part(text) => table.pattern(text, leaf, Check::Anywhere),
            Shape::Anything => self.anything.push(leaf),
            Shape::Glob(pieces) => match longest(pieces) {
                Some(text) => {
                    self.folded.pattern(&folded(text), leaf, Check::Gate);
                    return Mode::Gated;
                }
                None => return Mode::Asked,
            },
        }
        Mode::Indexed
    }
}

impl Table {
    fn pattern(&mut self, text: &str, leaf: u32, check: Check) {
        let next = self.patterns.len();
        let number = *self.patterns.entry_ref(text).or_insert(next);
        if number == next {
            self.actions.push(Vec::new());
        }
        self.actions[number].push((leaf, check));
    }

    fn finish(&mut self) -> Result<(), BuildError> {
        let mut patterns: Vec<(String, usize)> =
            std::mem::take(&mut self.patterns).into_iter().collect();
        if patterns.is_empty() {
            return Ok(());
        }
        patterns.sort_by_key(|(_, number)| *number);
        let bytes: usize = patterns.iter().map(|(text, _)| text.len()).sum();
        let kind = if bytes <= DFA_BYTES {
            AhoCorasickKind::DFA
        } else {
            AhoCorasickKind::ContiguousNFA
        };
        let texts = patterns.iter().map(|(text, _)| text);
        self.machine = Some(AhoCorasick::builder().kind(Some(kind)).build(texts)?);
        Ok(())
    }

    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.machine.is_none()
    }
}
