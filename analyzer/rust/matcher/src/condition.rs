//! The condition language (specification, "Condition"): from text to a tree over search identifiers.

use crate::fault::{Faults, Kind, Place};
use crate::text::{glob, Piece};

/// Longest condition read. SigmaHQ's longest has 600 bytes.
const MAX_BYTES: usize = 16_384;
/// Nesting of brackets and `not`; the tree is walked recursively.
const MAX_DEPTH: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// One leaf of the rule, by index.
    Leaf(usize),
    /// One search identifier of the rule, by index.
    Selection(usize),
    All(Vec<Expr>),
    Any(Vec<Expr>),
    AtLeast(usize, Vec<Expr>),
    Not(Box<Expr>),
}

/// Parses one condition over the identifiers `names`; None when a fault was recorded.
pub fn parse(text: &str, names: &[&str], place: Place, faults: &mut Faults) -> Option<Expr> {
    let mut parser = Parser {
        tokens: Vec::new(),
        at: 0,
        depth: 0,
        end: text.chars().count(),
        names,
    };
    let outcome = parser.tokenize(text).and_then(|()| parser.whole());
    match outcome {
        Ok(expr) => Some(expr),
        Err(error) => {
            let place = Place {
                column: place.column + error.at,
                ..place
            };
            faults.add(
                error.kind,
                place,
                format!("condition: {}", error.message),
                error.hint,
            );
            None
        }
    }
}

struct Trouble {
    at: usize,
    kind: Kind,
    message: String,
    hint: &'static str,
}

struct Parser<'a> {
    /// Character offset and text.
    tokens: Vec<(usize, String)>,
    at: usize,
    depth: usize,
    end: usize,
    names: &'a [&'a str],
}

impl Parser<'_> {
    fn tokenize(&mut self, text: &str) -> Result<(), Trouble> {
        if text.len() > MAX_BYTES {
            return Err(self.trouble(format!("longer than {MAX_BYTES} bytes"), "split the rule"));
        }
        let mut word = String::new();
        for (at, c) in text.chars().chain([' ']).enumerate() {
            if c.is_alphanumeric() || "_-*".contains(c) {
                word.push(c);
                continue;
            }
            if !word.is_empty() {
                let start = at - word.chars().count();
                self.tokens.push((start, std::mem::take(&mut word)));
            }
            match c {
                '(' | ')' => self.tokens.push((at, c.to_string())),
                '|' => return Err(aggregation(at)),
                _ if c.is_whitespace() => {}
                _ => {
                    return Err(Trouble {
                        at,
                        kind: Kind::Broken,
                        message: format!("unexpected '{c}'"),
                        hint: "only identifiers, and, or, not, of and brackets stand here",
                    })
                }
            }
        }
        Ok(())
    }

    fn whole(&mut self) -> Result<Expr, Trouble> {
        let expr = self.or()?;
        match self.peek() {
            None => Ok(expr),
            Some(word) => {
                let message = format!("unexpected '{word}'");
                let upper = ["AND", "OR", "NOT", "OF"].contains(&word);
                let hint = if upper {
                    "operators are written in lower case"
                } else {
                    "join parts with and / or"
                };
                Err(self.trouble(message, hint))
            }
        }
    }

    fn or(&mut self) -> Result<Expr, Trouble> {
        self.chain("or", Self::and, Expr::Any)
    }

    fn and(&mut self) -> Result<Expr, Trouble> {
        self.chain("and", Self::not, Expr::All)
    }

    fn chain(
        &mut self,
        operator: &str,
        operand: fn(&mut Self) -> Result<Expr, Trouble>,
        join: fn(Vec<Expr>) -> Expr,
    ) -> Result<Expr, Trouble> {
        let mut parts = vec![operand(self)?];
        while self.accept(operator) {
            parts.push(operand(self)?);
        }
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            join(parts)
        })
    }

    fn not(&mut self) -> Result<Expr, Trouble> {
        if !self.accept("not") {
            return self.operand();
        }
        self.deeper(|parser| Ok(Expr::Not(Box::new(parser.not()?))))
    }

    fn operand(&mut self) -> Result<Expr, Trouble> {
        if self.accept("(") {
            let inner = self.deeper(Self::or)?;
            if !self.accept(")") {
                return Err(self.trouble("a bracket is not closed".into(), "add )"));
            }
            return Ok(inner);
        }
        let quantified = self
            .tokens
            .get(self.at + 1)
            .is_some_and(|(_, word)| word == "of");
        if quantified {
            self.quantified()
        } else {
            self.identifier()
        }
    }

    fn deeper<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.trouble(format!("nested deeper than {MAX_DEPTH}"), "simplify it"));
        }
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn identifier(&mut self) -> Result<Expr, Trouble> {
        let Some(name) = self.peek().map(str::to_owned) else {
            return Err(self.trouble(
                "ends where an identifier should stand".into(),
                "name a search identifier",
            ));
        };
        let Some(index) = self.names.iter().position(|known| *known == name) else {
            return Err(self.trouble(
                format!("no search identifier '{name}'"),
                "define it under detection, or correct its name",
            ));
        };
        self.at += 1;
        Ok(Expr::Selection(index))
    }

    /// `1 of them`, `all of selection_*`, `any of …`, `2 of …`.
    fn quantified(&mut self) -> Result<Expr, Trouble> {
        let count = match self.peek() {
            Some("all") => None,
            Some("any") => Some(1),
            Some(word) => match word.parse::<usize>() {
                Ok(count) if count > 0 => Some(count),
                _ => {
                    return Err(self.trouble(
                        format!("'{word} of' counts nothing"),
                        "write 1 of, any of, all of, or a number",
                    ))
                }
            },
            None => Some(1),
        };
        self.at += 2;
        let parts = self.named()?;
        match count {
            None => Ok(Expr::All(parts)),
            Some(1) => Ok(Expr::Any(parts)),
            Some(count) if count <= parts.len() => Ok(Expr::AtLeast(count, parts)),
            Some(count) => Err(self.trouble(
                format!("asks for {count} of {} identifiers", parts.len()),
                "it could never hold",
            )),
        }
    }

    fn named(&mut self) -> Result<Vec<Expr>, Trouble> {
        let Some(pattern) = self.peek().map(str::to_owned) else {
            return Err(self.trouble(
                "'of' without a pattern".into(),
                "write them, or a pattern such as selection_*",
            ));
        };
        let parts: Vec<Expr> = (0..self.names.len())
            .filter(|index| selects(&pattern, self.names[*index]))
            .map(Expr::Selection)
            .collect();
        if parts.is_empty() {
            return Err(self.trouble(
                format!("no search identifier fits '{pattern}'"),
                "correct the pattern",
            ));
        }
        self.at += 1;
        Ok(parts)
    }

    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.at).map(|(_, word)| word.as_str())
    }

    fn accept(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(word);
        self.at += usize::from(found);
        found
    }

    fn trouble(&self, message: String, hint: &'static str) -> Trouble {
        let at = self.tokens.get(self.at).map_or(self.end, |(at, _)| *at);
        Trouble {
            at,
            kind: Kind::Broken,
            message,
            hint,
        }
    }
}

fn aggregation(at: usize) -> Trouble {
    Trouble {
        at,
        kind: Kind::Unsupported,
        message: "not supported yet: aggregation after '|' (it left the specification with 2.0)"
            .into(),
        hint: "write a correlation rule",
    }
}

/// Identifiers starting with an underscore are meant only by patterns that start so themselves.
fn selects(pattern: &str, name: &str) -> bool {
    let hidden = name.starts_with('_') && !pattern.starts_with('_');
    !hidden && (pattern == "them" || glob(&pieces(pattern), name))
}

fn pieces(pattern: &str) -> Vec<Piece> {
    let part = |(index, literal): (usize, &str)| {
        let star = (index > 0).then_some(Piece::Any);
        let literal = (!literal.is_empty()).then(|| Piece::Literal(literal.to_owned()));
        [star, literal]
    };
    pattern
        .split('*')
        .enumerate()
        .flat_map(part)
        .flatten()
        .collect()
}
