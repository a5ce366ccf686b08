//! The detection section (specification, "Detection"): search identifiers to trees of leaves.

use crate::condition::Expr;
use crate::fault::{Faults, Kind, Place};
use crate::modifier::{Modifiers, Type};
use crate::pattern::{Pattern, Placeholders, Trouble};
use crate::test::{regex, Network, Shape, Test};
use crate::yaml::{Node, Value};

/// Leaves of one rule, after expansion. SigmaHQ's largest rule has 4,432 (driver hashes).
const MAX_LEAVES: usize = 100_000;
/// Bytes of one value. SigmaHQ's longest has 1,700.
const MAX_VALUE_BYTES: usize = 65_536;

/// A test put to a field, or to all values of the event.
#[derive(Clone, Debug)]
pub struct Leaf {
    pub selection: usize,
    /// None: a keyword.
    pub field: Option<String>,
    /// The modifiers as written, `is` without any.
    pub operator: String,
    /// The value as written.
    pub expected: String,
    pub test: Test,
}

impl Leaf {
    /// Fields of the event it asks.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        let other = match &self.test {
            Test::Reference { field, .. } => Some(field.as_str()),
            _ => None,
        };
        self.field.as_deref().into_iter().chain(other)
    }
}

/// Builds the leaves of one rule.
pub struct Builder<'a> {
    pub leaves: Vec<Leaf>,
    pub placeholders: &'a Placeholders,
    pub faults: &'a mut Faults,
    selection: usize,
}

/// One key of a map with its modifiers, as far as every value of it needs them.
struct Item {
    field: Option<String>,
    operator: String,
    modifiers: Modifiers,
}

impl<'a> Builder<'a> {
    pub fn new(placeholders: &'a Placeholders, faults: &'a mut Faults) -> Self {
        Self {
            leaves: Vec::new(),
            placeholders,
            faults,
            selection: 0,
        }
    }

    pub fn selection(&mut self, index: usize, node: &Node) -> Option<Expr> {
        self.selection = index;
        self.definition(node)
    }

    /// A map: all of its keys. A list: any of its maps and keywords. A plain value: a keyword.
    fn definition(&mut self, node: &Node) -> Option<Expr> {
        match &node.value {
            Value::Map(entries) if entries.is_empty() => self.empty(node.place),
            Value::Map(entries) => {
                let parts: Vec<_> = entries
                    .iter()
                    .map(|(key, value)| self.entry(key, value))
                    .collect();
                parts.into_iter().collect::<Option<_>>().map(Expr::All)
            }
            Value::List(items) if items.is_empty() => self.empty(node.place),
            Value::List(items) => {
                let parts: Vec<_> = items.iter().map(|item| self.definition(item)).collect();
                parts.into_iter().collect::<Option<_>>().map(Expr::Any)
            }
            _ => self.value(&Item::keyword(), node),
        }
    }

    fn empty(&mut self, place: Place) -> Option<Expr> {
        self.faults.broken(
            place,
            "nothing is asked for here",
            "give at least one value",
        );
        None
    }

    fn entry(&mut self, key: &Node, value: &Node) -> Option<Expr> {
        let Some(key_text) = key.text().map(str::to_owned).or_else(|| scalar_text(key)) else {
            self.faults.broken(
                key.place,
                format!("a field name cannot be {}", key.kind()),
                "write a name",
            );
            return None;
        };
        let item = self.item(&key_text, key.place)?;
        if value.items().is_empty() {
            return self.empty(value.place);
        }
        let parts: Vec<_> = value
            .items()
            .iter()
            .map(|node| self.value(&item, node))
            .collect();
        let parts: Vec<Expr> = parts.into_iter().collect::<Option<_>>()?;
        let joined = if item.modifiers.all {
            Expr::All(parts)
        } else {
            Expr::Any(parts)
        };
        Some(if item.modifiers.negated {
            Expr::Not(Box::new(joined))
        } else {
            joined
        })
    }

    fn item(&mut self, key: &str, place: Place) -> Option<Item> {
        let mut names = key.split('|');
        let field = names
            .next()
            .filter(|name| !name.is_empty())
            .map(str::to_owned);
        let names: Vec<&str> = names.collect();
        match Modifiers::parse(&names) {
            Ok(modifiers) => {
                let operator = if names.is_empty() {
                    "is".to_owned()
                } else {
                    names.join("|")
                };
                Some(Item {
                    field,
                    operator,
                    modifiers,
                })
            }
            Err((message, hint)) => {
                self.faults.broken(place, message, hint);
                None
            }
        }
    }

    /// One value becomes one leaf, or several joined by "or" where a modifier multiplies it.
    fn value(&mut self, item: &Item, node: &Node) -> Option<Expr> {
        let tests = match self.tests(item, node) {
            Ok(tests) => tests,
            Err(fault) => {
                self.faults
                    .add(fault.kind, node.place, fault.message, fault.hint);
                return None;
            }
        };
        if self.leaves.len() + tests.len() > MAX_LEAVES {
            self.faults.broken(
                node.place,
                format!("more than {MAX_LEAVES} values"),
                "split the rule",
            );
            return None;
        }
        let expected = scalar_text(node).unwrap_or_default();
        let start = self.leaves.len();
        self.leaves.extend(tests.into_iter().map(|test| Leaf {
            selection: self.selection,
            field: item.field.clone(),
            operator: item.operator.clone(),
            expected: expected.clone(),
            test,
        }));
        let mut parts: Vec<Expr> = (start..self.leaves.len()).map(Expr::Leaf).collect();
        let expr = if parts.len() == 1 {
            parts.remove(0)
        } else {
            Expr::Any(parts)
        };
        let absent = item.modifiers.kind == Type::Exists && node.value == Value::Bool(false);
        Some(if absent {
            Expr::Not(Box::new(expr))
        } else {
            expr
        })
    }

    fn tests(&self, item: &Item, node: &Node) -> Result<Vec<Test>, Wrong> {
        let modifiers = &item.modifiers;
        match (&modifiers.kind, &node.value) {
            (_, Value::List(_) | Value::Map(_)) => Err(wrong(
                format!("a value cannot be {}", node.kind()),
                "write text, a number, a boolean or null",
            )),
            (Type::Exists, Value::Bool(_)) if item.field.is_some() => Ok(vec![Test::Exists]),
            (Type::Exists, _) => Err(wrong(
                "exists asks a field with true or false",
                "write field|exists: true",
            )),
            (Type::Plain, Value::Null) => null(item),
            (_, Value::Null) => Err(wrong(
                "null cannot be modified",
                "put null into a selection of its own",
            )),
            (Type::Plain, _) if modifiers.time.is_some() => time(modifiers, node),
            (Type::Plain, Value::Number(bound)) if modifiers.order.is_some() => Ok(modifiers
                .order
                .iter()
                .map(|order| Test::Compare(*order, bound.clone()))
                .collect()),
            (Type::Plain, _) if modifiers.order.is_some() => Err(wrong(
                format!(
                    "{} compares with a number, not with {}",
                    item.operator,
                    node.kind()
                ),
                "remove the quotes",
            )),
            _ => self.text_tests(item, &scalar_text(node).unwrap_or_default()),
        }
    }

    fn text_tests(&self, item: &Item, text: &str) -> Result<Vec<Test>, Wrong> {
        if text.len() > MAX_VALUE_BYTES {
            return Err(wrong(
                format!("a value of {} bytes; at most {MAX_VALUE_BYTES}", text.len()),
                "shorten it",
            ));
        }
        let modifiers = &item.modifiers;
        match modifiers.kind {
            Type::Regex(flags) => {
                let texts = self.plain_variants(modifiers, Pattern::literal(text))?;
                texts
                    .iter()
                    .map(|text| regex(text, flags).map(Test::Regex).map_err(bad_regex))
                    .collect()
            }
            Type::Cidr => {
                let texts = self.plain_variants(modifiers, Pattern::parse(text))?;
                texts
                    .iter()
                    .map(|text| Network::parse(text).map(Test::Network).map_err(bad_network))
                    .collect()
            }
            Type::FieldReference => reference(item, text),
            _ => self.shapes(item, text),
        }
    }

    fn variants(&self, modifiers: &Modifiers, pattern: Pattern) -> Result<Vec<Pattern>, Wrong> {
        let mut patterns = vec![pattern];
        for rewrite in &modifiers.rewrites {
            let mut next = Vec::new();
            for pattern in patterns {
                next.extend(
                    pattern
                        .rewrite(*rewrite, self.placeholders)
                        .map_err(cannot_rewrite)?,
                );
            }
            patterns = next;
        }
        Ok(patterns)
    }

    fn plain_variants(
        &self,
        modifiers: &Modifiers,
        pattern: Pattern,
    ) -> Result<Vec<String>, Wrong> {
        let variants = self.variants(modifiers, pattern)?;
        variants
            .into_iter()
            .map(|variant| variant.plain().map_err(cannot_rewrite))
            .collect()
    }

    fn shapes(&self, item: &Item, text: &str) -> Result<Vec<Test>, Wrong> {
        let modifiers = &item.modifiers;
        // A keyword stands anywhere in the event's values (specification, "Keywords search").
        let keyword = item.field.is_none();
        let (open_start, open_end) = (
            modifiers.open_start || keyword,
            modifiers.open_end || keyword,
        );
        let variants = self.variants(modifiers, Pattern::parse(text))?;
        let test = |variant: Pattern| {
            let pieces = variant
                .open(open_start, open_end)
                .pieces(modifiers.cased)
                .map_err(cannot_rewrite)?;
            Ok(Test::Text {
                shape: Shape::from_pieces(pieces),
                cased: modifiers.cased,
            })
        };
        variants.into_iter().map(test).collect()
    }
}

impl Item {
    fn keyword() -> Self {
        Self {
            field: None,
            operator: "keyword".into(),
            modifiers: Modifiers::default(),
        }
    }
}

struct Wrong {
    kind: Kind,
    message: String,
    hint: &'static str,
}

fn wrong(message: impl Into<String>, hint: &'static str) -> Wrong {
    Wrong {
        kind: Kind::Broken,
        message: message.into(),
        hint,
    }
}

fn bad_regex(message: String) -> Wrong {
    wrong(
        format!("regular expression: {message}"),
        "look-around and back references are not in Sigma's flavour",
    )
}

fn bad_network(message: String) -> Wrong {
    wrong(message, "write it as 10.0.0.0/8 or 2001:db8::/32")
}

fn cannot_rewrite(trouble: Trouble) -> Wrong {
    match trouble {
        Trouble::Wildcard => wrong(
            "a wildcard stands where plain text is needed",
            "escape it as \\* or \\?",
        ),
        Trouble::TooMany => wrong(
            "the value becomes too many variants",
            "use fewer dashes or placeholders",
        ),
        Trouble::NotText => wrong(
            "the encoded bytes are no text that an event could hold",
            "add base64offset|contains after it",
        ),
        Trouble::NoPlaceholder(name) => Wrong {
            kind: Kind::Unsupported,
            message: format!("the placeholder %{name}% has no values here"),
            hint: "give it under placeholders: in logsources.yml",
        },
    }
}

fn null(item: &Item) -> Result<Vec<Test>, Wrong> {
    let plain = Modifiers {
        negated: item.modifiers.negated,
        ..Modifiers::default()
    };
    match (&item.field, item.modifiers == plain) {
        (Some(_), true) => Ok(vec![Test::Null]),
        (None, _) => Err(wrong("null must belong to a field", "write field: null")),
        _ => Err(wrong(
            "null cannot be modified",
            "put null into a selection of its own",
        )),
    }
}

fn time(modifiers: &Modifiers, node: &Node) -> Result<Vec<Test>, Wrong> {
    let bound = scalar_text(node).and_then(|text| text.parse().ok());
    match (modifiers.time, bound) {
        (Some(part), Some(bound)) => Ok(vec![Test::Time(part, modifiers.order, bound)]),
        _ => Err(wrong(
            "a part of a date is compared with a whole number",
            "write for example field|hour: 23",
        )),
    }
}

fn reference(item: &Item, text: &str) -> Result<Vec<Test>, Wrong> {
    if item.field.is_none() {
        return Err(wrong(
            "fieldref compares two fields",
            "write field|fieldref: other",
        ));
    }
    let field = Pattern::parse(text).plain().map_err(cannot_rewrite)?;
    let Modifiers {
        open_start,
        open_end,
        cased,
        ..
    } = item.modifiers;
    Ok(vec![Test::Reference {
        field,
        open_start,
        open_end,
        cased,
    }])
}

/// A scalar as the author wrote it; None for lists and maps.
fn scalar_text(node: &Node) -> Option<String> {
    match &node.value {
        Value::Null => Some("null".into()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(text) | Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}
