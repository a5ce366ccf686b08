//! One question to one value: the leaf of every rule.

use crate::clock;
use crate::modifier::{Order, RegexFlags, TimePart};
use crate::text::{folded, glob, Piece};
use regex::{Regex, RegexBuilder};
use std::net::IpAddr;

/// Bytes of a compiled regular expression (SigmaHQ's largest needs 2 MiB): the crate runs in linear time, this bounds memory.
const REGEX_BYTES: usize = 8 << 20;
/// Nesting of a regular expression's groups.
const REGEX_DEPTH: u32 = 64;

/// How text is compared; `cased` tells whether the event's value is folded first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    Is(String),
    Prefix(String),
    Suffix(String),
    Part(String),
    Glob(Vec<Piece>),
    /// `*`: any value that is not null.
    Anything,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    address: u128,
    mask: u128,
    v6: bool,
}

#[derive(Clone, Debug)]
pub enum Test {
    Text {
        shape: Shape,
        cased: bool,
    },
    Regex(Regex),
    Network(Network),
    Compare(Order, String),
    Time(TimePart, Option<Order>, i64),
    /// The event has no value there: absent, null, or an empty array.
    Null,
    Exists,
    /// The same value as another field's, or a prefix, suffix, part of it.
    Reference {
        field: String,
        open_start: bool,
        open_end: bool,
        cased: bool,
    },
}

impl Shape {
    /// From pieces that are folded already where they should be.
    pub fn from_pieces(pieces: Vec<Piece>) -> Self {
        match pieces.as_slice() {
            [] => Self::Is(String::new()),
            [Piece::Any] => Self::Anything,
            [Piece::Literal(text)] => Self::Is(text.clone()),
            [Piece::Literal(text), Piece::Any] => Self::Prefix(text.clone()),
            [Piece::Any, Piece::Literal(text)] => Self::Suffix(text.clone()),
            [Piece::Any, Piece::Literal(text), Piece::Any] => Self::Part(text.clone()),
            _ => Self::Glob(pieces),
        }
    }

    /// `text` is folded where the test is not cased.
    pub fn holds(&self, text: &str) -> bool {
        match self {
            Self::Is(wanted) => text == wanted,
            Self::Prefix(wanted) => text.starts_with(wanted.as_str()),
            Self::Suffix(wanted) => text.ends_with(wanted.as_str()),
            Self::Part(wanted) => {
                memchr::memmem::find(text.as_bytes(), wanted.as_bytes()).is_some()
            }
            Self::Glob(pieces) => glob(pieces, text),
            Self::Anything => true,
        }
    }
}

impl Test {
    /// One value's text against the test; the tests of a field as a whole (Null, Exists, Reference) are not asked here.
    pub fn holds(&self, text: &str) -> bool {
        match self {
            Self::Text { shape, cased: true } => shape.holds(text),
            Self::Text {
                shape,
                cased: false,
            } => shape.holds(&folded(text)),
            Self::Regex(regex) => regex.is_match(text),
            Self::Network(network) => text.parse().is_ok_and(|address| network.contains(address)),
            Self::Compare(order, bound) => compare(text, bound).is_some_and(|is| order.accepts(is)),
            Self::Time(part, order, bound) => {
                clock::part(text, *part).is_some_and(|value| match order {
                    None => value == *bound,
                    Some(order) => order.accepts(value.cmp(bound)),
                })
            }
            Self::Null | Self::Exists | Self::Reference { .. } => false,
        }
    }

    /// The comparison with another field's value (fieldref).
    pub fn refers(&self, text: &str, other: &str) -> bool {
        let Self::Reference {
            open_start,
            open_end,
            cased,
            ..
        } = self
        else {
            return false;
        };
        let (text, other) = if *cased {
            (text.to_owned(), other.to_owned())
        } else {
            (folded(text), folded(other))
        };
        match (open_start, open_end) {
            (false, false) => text == other,
            (true, false) => text.ends_with(&other),
            (false, true) => text.starts_with(&other),
            (true, true) => text.contains(&other),
        }
    }

    /// Equal keys are equal tests: rules share them.
    pub fn key(&self) -> String {
        match self {
            Self::Regex(regex) => format!("Regex({})", regex.as_str()),
            other => format!("{other:?}"),
        }
    }
}

impl Order {
    pub fn accepts(self, is: std::cmp::Ordering) -> bool {
        match self {
            Self::Less => is.is_lt(),
            Self::LessOrEqual => is.is_le(),
            Self::Greater => is.is_gt(),
            Self::GreaterOrEqual => is.is_ge(),
        }
    }
}

/// Integers exactly, everything else as f64; None where either is no number.
fn compare(left: &str, right: &str) -> Option<std::cmp::Ordering> {
    if let (Ok(left), Ok(right)) = (left.parse::<i128>(), right.parse::<i128>()) {
        return Some(left.cmp(&right));
    }
    left.parse::<f64>()
        .ok()?
        .partial_cmp(&right.parse::<f64>().ok()?)
}

/// The flags become part of the expression, so that its text is its whole identity.
pub fn regex(text: &str, flags: RegexFlags) -> Result<Regex, String> {
    let letters: String = [
        (flags.ignore_case, 'i'),
        (flags.multi_line, 'm'),
        (flags.dot_all, 's'),
    ]
    .iter()
    .filter_map(|(on, letter)| on.then_some(*letter))
    .collect();
    let source = if letters.is_empty() {
        text.to_owned()
    } else {
        format!("(?{letters}){text}")
    };
    RegexBuilder::new(&source)
        .size_limit(REGEX_BYTES)
        .nest_limit(REGEX_DEPTH)
        .build()
        .map_err(|error| {
            error
                .to_string()
                .lines()
                .last()
                .unwrap_or_default()
                .to_owned()
        })
}

impl Network {
    /// `10.0.0.0/8`, `2001:db8::/32`, or one address. Err: message.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (address, length) = text
            .split_once('/')
            .map_or((text, None), |(a, l)| (a, Some(l)));
        let address: IpAddr = address
            .parse()
            .map_err(|_| format!("'{text}' is no network"))?;
        let (bits, v6) = number(address);
        let width: u32 = if v6 { 128 } else { 32 };
        let length = length
            .map_or(Ok(width), str::parse)
            .ok()
            .filter(|length| *length <= width);
        let length = length.ok_or_else(|| format!("'{text}' has no valid prefix length"))?;
        let host = u128::MAX.checked_shr(128 - width + length).unwrap_or(0);
        let mask = !host & (u128::MAX >> (128 - width));
        if bits & mask != bits {
            return Err(format!("'{text}' has bits set behind its prefix"));
        }
        Ok(Self {
            address: bits,
            mask,
            v6,
        })
    }

    pub fn contains(self, address: IpAddr) -> bool {
        let (bits, v6) = number(address);
        v6 == self.v6 && bits & self.mask == self.address
    }
}

fn number(address: IpAddr) -> (u128, bool) {
    match address {
        IpAddr::V4(v4) => (u128::from(u32::from(v4)), false),
        IpAddr::V6(v6) => (u128::from(v6), true),
    }
}
