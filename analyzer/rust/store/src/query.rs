//! The query tree as Tantivy queries over the columns one partition has.

use std::net::{IpAddr, Ipv6Addr};
use std::ops::Bound;

use tantivy::query::{
    AllQuery, BooleanQuery, EmptyQuery, ExistsQuery, FastFieldRangeQuery, InvertedIndexRangeQuery,
    Occur, Query, TermQuery, TermSetQuery,
};
use tantivy::schema::IndexRecordOption;
use tantivy::{DateTime, Term};

use crate::deadline::Deadline;
use crate::document::{open_token, to_v6};
use crate::error::{Result, StoreFault};
use crate::instant;
use crate::pattern::{Matcher, PatternQuery};
use crate::reader::Span;
use crate::request::{Node, Range, Request, Scope};
use crate::schema::{Column, Columns, Kind, PLATFORM, TIME};

/// Nodes of one tree. People write dozens; an exception list or an indicator sweep some hundreds.
const MAX_NODES: usize = 4_096;

type Compiled = Box<dyn Query>;

/// What `request` asks of one partition: its tree, inside the scope and the span.
pub fn compile(request: &Request, columns: &Columns, deadline: &Deadline) -> Result<Compiled> {
    let mut compiler = Compiler {
        columns,
        deadline,
        nodes: 0,
    };
    let mut parts = vec![compiler.node(&request.query)?];
    parts.extend(compiler.scope(&request.scope));
    parts.extend(compiler.span(Span {
        start_ns: request.start_ns,
        end_ns: request.end_ns,
    }));
    Ok(all_of(parts))
}

struct Compiler<'a> {
    columns: &'a Columns,
    deadline: &'a Deadline,
    nodes: usize,
}

impl Compiler<'_> {
    fn scope(&self, scope: &Scope) -> Option<Compiled> {
        let Scope::Platforms(allowed) = scope else {
            return None;
        };
        let Some(column) = self.columns.get(PLATFORM) else {
            return Some(Box::new(EmptyQuery));
        };
        let terms = allowed
            .iter()
            .map(|platform| Term::from_field_text(column.field, platform));
        Some(Box::new(TermSetQuery::new(terms)))
    }

    fn span(&self, span: Span) -> Option<Compiled> {
        if span.start_ns.is_none() && span.end_ns.is_none() {
            return None;
        }
        let term =
            |ns: i64| Term::from_field_date(self.columns.time, DateTime::from_timestamp_nanos(ns));
        Some(Box::new(FastFieldRangeQuery::new(
            span.start_ns
                .map_or(Bound::Unbounded, |ns| Bound::Included(term(ns))),
            span.end_ns
                .map_or(Bound::Unbounded, |ns| Bound::Excluded(term(ns))),
        )))
    }

    fn node(&mut self, node: &Node) -> Result<Compiled> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(StoreFault::request(format!(
                "a query has at most {MAX_NODES} parts"
            )));
        }
        match node {
            Node::All {} => Ok(Box::new(AllQuery)),
            Node::Nothing {} => Ok(Box::new(EmptyQuery)),
            Node::Equals { field, value } => self.equals(field, value),
            Node::Prefix { field, value } => self.prefix(field, value),
            Node::Wildcard { field, pattern } => self.pattern(field, Matcher::wildcard(pattern)?),
            Node::Regex { field, pattern } => self.pattern(field, Matcher::regex(pattern)?),
            Node::Range(range) => self.range(range),
            Node::Cidr { field, network } => self.cidr(field, network),
            Node::Exists { field } => Ok(self.exists(field)),
            Node::Anywhere { value } => Ok(self.anywhere(value)),
            Node::And { parts } => Ok(all_of(self.each(parts)?)),
            Node::Or { parts } => Ok(any_of(self.each(parts)?)),
            Node::Not { part } => Ok(none_of(self.node(part)?)),
        }
    }

    fn each(&mut self, parts: &[Node]) -> Result<Vec<Compiled>> {
        parts.iter().map(|part| self.node(part)).collect()
    }

    fn equals(&self, field: &str, value: &str) -> Result<Compiled> {
        let Some(column) = self.columns.get(field) else {
            return Ok(self.open_equals(field, value));
        };
        let term = typed_term(column, field, value)?;
        Ok(match column.kind {
            Kind::Long | Kind::Double | Kind::Date => Box::new(FastFieldRangeQuery::new(
                Bound::Included(term.clone()),
                Bound::Included(term),
            )),
            _ => exact(term),
        })
    }

    fn open_equals(&self, field: &str, value: &str) -> Compiled {
        let mut token = String::new();
        open_token(&mut token, field, value);
        exact(Term::from_field_text(self.columns.open, &token))
    }

    fn prefix(&self, field: &str, value: &str) -> Result<Compiled> {
        match self.columns.get(field) {
            None => {
                let mut token = String::new();
                open_token(&mut token, field, value);
                Ok(self.open_prefix(&token))
            }
            Some(column) if column.kind == Kind::Keyword => {
                if value.is_empty() {
                    return Ok(self.exists(field));
                }
                let (low, high) = prefix_bounds(column, value);
                Ok(Box::new(FastFieldRangeQuery::new(low, high)))
            }
            Some(column) => Err(unfit(field, column, "has no prefixes")),
        }
    }

    fn open_prefix(&self, token: &str) -> Compiled {
        let column = Column {
            field: self.columns.open,
            kind: Kind::Keyword,
        };
        let (low, high) = prefix_bounds(column, token);
        Box::new(InvertedIndexRangeQuery::new(low, high))
    }

    fn pattern(&self, field: &str, matcher: Matcher) -> Result<Compiled> {
        match self.columns.get(field) {
            Some(column) if column.kind == Kind::Keyword => Ok(Box::new(PatternQuery {
                column: field.to_owned(),
                matcher,
                deadline: self.deadline.clone(),
            })),
            Some(column) => Err(unfit(field, column, "takes no patterns")),
            // Open-ended fields answer equality, prefix and exists only; on both stores.
            None => Ok(Box::new(EmptyQuery)),
        }
    }

    fn range(&self, range: &Range) -> Result<Compiled> {
        let Some(column) = self.columns.get(&range.field) else {
            return Ok(Box::new(EmptyQuery));
        };
        if column.kind == Kind::Boolean {
            return Err(unfit(&range.field, column, "has no ranges"));
        }
        let bound = |end: &Option<String>, include: bool| -> Result<Bound<Term>> {
            let Some(value) = end else {
                return Ok(Bound::Unbounded);
            };
            let term = typed_term(column, &range.field, value)?;
            Ok(if include {
                Bound::Included(term)
            } else {
                Bound::Excluded(term)
            })
        };
        let low = bound(&range.low, range.include_low)?;
        let high = bound(&range.high, range.include_high)?;
        if matches!((&low, &high), (Bound::Unbounded, Bound::Unbounded)) {
            return Ok(self.exists(&range.field));
        }
        if crossed(&low, &high) {
            return Ok(Box::new(EmptyQuery));
        }
        Ok(Box::new(FastFieldRangeQuery::new(low, high)))
    }

    fn cidr(&self, field: &str, network: &str) -> Result<Compiled> {
        let Some(column) = self.columns.get(field) else {
            return Ok(Box::new(EmptyQuery));
        };
        if column.kind != Kind::Ip {
            return Err(unfit(field, column, "holds no addresses"));
        }
        let (first, last) = network_bounds(network)
            .ok_or_else(|| StoreFault::request(format!("{network:?} is not a network")))?;
        Ok(addresses(column, first, last))
    }

    fn exists(&self, field: &str) -> Compiled {
        if field == TIME {
            return Box::new(AllQuery);
        }
        if self.columns.get(field).is_some() {
            return Box::new(ExistsQuery::new(field.to_owned(), false));
        }
        // The field itself, or the fields below it.
        let own = self.open_prefix(&format!("{field}\0"));
        let below = self.open_prefix(&format!("{field}."));
        any_of(vec![own, below])
    }

    fn anywhere(&self, value: &str) -> Compiled {
        let network = network_bounds(value);
        let found = self
            .columns
            .iter()
            .filter_map(|(_, column)| match column.kind {
                Kind::Keyword => Some(exact(Term::from_field_text(column.field, value))),
                Kind::Ip => network.map(|(first, last)| addresses(column, first, last)),
                _ => None,
            });
        any_of(found.collect())
    }
}

fn unfit(field: &str, column: Column, why: &str) -> StoreFault {
    StoreFault::request(format!("{field} ({:?}) {why}", column.kind))
}

fn exact(term: Term) -> Compiled {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

fn addresses(column: Column, first: Ipv6Addr, last: Ipv6Addr) -> Compiled {
    let term = |address| Term::from_field_ip_addr(column.field, address);
    if first == last {
        return exact(term(first));
    }
    Box::new(FastFieldRangeQuery::new(
        Bound::Included(term(first)),
        Bound::Included(term(last)),
    ))
}

fn typed_term(column: Column, field: &str, value: &str) -> Result<Term> {
    let wrong = || {
        StoreFault::request(format!(
            "{value:?} is no value of {field} ({:?})",
            column.kind
        ))
    };
    let term = match column.kind {
        Kind::Long => Term::from_field_i64(column.field, value.parse().map_err(|_| wrong())?),
        Kind::Double => Term::from_field_f64(column.field, value.parse().map_err(|_| wrong())?),
        Kind::Boolean => Term::from_field_bool(column.field, value.parse().map_err(|_| wrong())?),
        Kind::Ip => {
            Term::from_field_ip_addr(column.field, to_v6(value.parse().map_err(|_| wrong())?))
        }
        Kind::Date => {
            let ns = instant::parse(value).ok_or_else(wrong)?;
            Term::from_field_date(column.field, DateTime::from_timestamp_nanos(ns))
        }
        Kind::Keyword | Kind::Text | Kind::Flattened => Term::from_field_text(column.field, value),
    };
    Ok(term)
}

/// Values that begin with `prefix`: from it to the next text of its length (UTF-8 never holds 0xFF).
fn prefix_bounds(column: Column, prefix: &str) -> (Bound<Term>, Bound<Term>) {
    let low = Term::from_field_text(column.field, prefix);
    let mut above = low.clone();
    above.append_bytes(&[0xff]);
    (Bound::Included(low), Bound::Excluded(above))
}

/// An address, or address/bits, as its first and last member.
fn network_bounds(text: &str) -> Option<(Ipv6Addr, Ipv6Addr)> {
    let (address, bits) = match text.split_once('/') {
        None => (text, None),
        Some((address, bits)) if bits.bytes().all(|byte| byte.is_ascii_digit()) => {
            (address, Some(bits.parse::<u32>().ok()?))
        }
        Some(_) => return None,
    };
    let address: IpAddr = address.parse().ok()?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.unwrap_or(width);
    let host = u128::MAX
        .checked_shr(128 - width.checked_sub(bits)?)
        .unwrap_or(0);
    let value = u128::from(to_v6(address));
    Some((Ipv6Addr::from(value & !host), Ipv6Addr::from(value | host)))
}

fn crossed(low: &Bound<Term>, high: &Bound<Term>) -> bool {
    let (Some((low, low_in)), Some((high, high_in))) = (end(low), end(high)) else {
        return false;
    };
    // Terms compare as their values do: the encoding is order-preserving.
    low > high || (low == high && !(low_in && high_in))
}

fn end(bound: &Bound<Term>) -> Option<(&[u8], bool)> {
    match bound {
        Bound::Included(term) => Some((term.serialized_value_bytes(), true)),
        Bound::Excluded(term) => Some((term.serialized_value_bytes(), false)),
        Bound::Unbounded => None,
    }
}

fn all_of(parts: Vec<Compiled>) -> Compiled {
    joined(parts, Occur::Must, || Box::new(AllQuery))
}

fn any_of(parts: Vec<Compiled>) -> Compiled {
    joined(parts, Occur::Should, || Box::new(EmptyQuery))
}

fn none_of(part: Compiled) -> Compiled {
    let everything: Compiled = Box::new(AllQuery);
    Box::new(BooleanQuery::new(vec![
        (Occur::Must, everything),
        (Occur::MustNot, part),
    ]))
}

fn joined(mut parts: Vec<Compiled>, occur: Occur, none: impl FnOnce() -> Compiled) -> Compiled {
    match parts.len() {
        0 => none(),
        1 => parts.remove(0),
        _ => Box::new(BooleanQuery::new(
            parts.into_iter().map(|part| (occur, part)).collect(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(text: &str) -> Option<(String, String)> {
        network_bounds(text).map(|(first, last)| (first.to_string(), last.to_string()))
    }

    #[test]
    fn networks_of_both_families() {
        let own = |first: &str, last: &str| Some((first.to_owned(), last.to_owned()));
        assert_eq!(
            bounds("10.1.2.3/8"),
            own("::ffff:10.0.0.0", "::ffff:10.255.255.255")
        );
        assert_eq!(
            bounds("10.1.2.3"),
            own("::ffff:10.1.2.3", "::ffff:10.1.2.3")
        );
        assert_eq!(
            bounds("0.0.0.0/0"),
            own("::ffff:0.0.0.0", "::ffff:255.255.255.255")
        );
        assert_eq!(
            bounds("2001:db8::/32"),
            own("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")
        );
        assert_eq!(
            bounds("::/0").map(|(first, _)| first),
            Some("::".to_owned())
        );
    }

    #[test]
    fn what_is_no_network() {
        for text in [
            "",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "a/8",
            "10.0.0.0/8/8",
        ] {
            assert_eq!(bounds(text), None, "{text}");
        }
    }
}
