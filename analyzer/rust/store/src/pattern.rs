//! Wildcards and regular expressions over a keyword column: its dictionary is walked, then the column.

use std::fmt;
use std::sync::Arc;

use regex::bytes::{Regex, RegexBuilder};
use tantivy::columnar::StrColumn;
use tantivy::index::SegmentReader;
use tantivy::query::{
    BitSetDocSet, ConstScorer, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight,
};
use tantivy::{BitSet, DocId, Score};

use crate::deadline::Deadline;
use crate::error::{Result, StoreFault};

/// Longest pattern: a query line, not a program.
const MAX_PATTERN_BYTES: usize = 2_048;
/// Compiled size: refuses `(a{1000}){1000}` before it costs memory.
const MAX_COMPILED_BYTES: usize = 1 << 20;
/// Dictionary terms, or documents, between two looks at the clock.
const STRIDE: u32 = 1_024;

/// A whole-value match, linear in the value's length whatever the pattern.
#[derive(Clone, Debug)]
pub struct Matcher {
    regex: Arc<Regex>,
    /// Every match begins with these bytes: only that part of the dictionary is walked.
    prefix: Vec<u8>,
}

impl Matcher {
    pub fn regex(pattern: &str) -> Result<Self> {
        Ok(Self {
            regex: compile(pattern)?,
            prefix: Vec::new(),
        })
    }

    /// `*` any run, `?` one character, `\` takes the next literally.
    pub fn wildcard(pattern: &str) -> Result<Self> {
        let mut regex = String::with_capacity(pattern.len() * 2);
        let mut prefix = None;
        let mut literal = String::new();
        let mut characters = pattern.chars();
        while let Some(character) = characters.next() {
            match character {
                '*' | '?' => {
                    regex.push_str(&regex::escape(&literal));
                    regex.push_str(if character == '*' { ".*" } else { "." });
                    let before = std::mem::take(&mut literal);
                    prefix.get_or_insert(before);
                }
                '\\' => literal.push(characters.next().unwrap_or('\\')),
                other => literal.push(other),
            }
        }
        regex.push_str(&regex::escape(&literal));
        let prefix = prefix.unwrap_or(literal).into_bytes();
        Ok(Self {
            regex: compile(&regex)?,
            prefix,
        })
    }
}

fn compile(pattern: &str) -> Result<Arc<Regex>> {
    if pattern.len() > 2 * MAX_PATTERN_BYTES {
        return Err(StoreFault::request("the pattern is too long"));
    }
    RegexBuilder::new(&format!(r"\A(?:{pattern})\z"))
        .dot_matches_new_line(true)
        .size_limit(MAX_COMPILED_BYTES)
        .build()
        .map(Arc::new)
        .map_err(|fault| StoreFault::request(format!("pattern: {fault}")))
}

#[derive(Clone)]
pub struct PatternQuery {
    pub column: String,
    pub matcher: Matcher,
    pub deadline: Deadline,
}

impl fmt::Debug for PatternQuery {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:/{}/", self.column, self.matcher.regex)
    }
}

impl Query for PatternQuery {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for PatternQuery {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let Some(column) = segment.fast_fields().str(&self.column)? else {
            return Ok(Box::new(EmptyScorer));
        };
        let Some(terms) = self.terms(&column)? else {
            return Ok(Box::new(EmptyScorer));
        };
        let docs = self.documents(&column, &terms, segment.max_doc());
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(docs), boost)))
    }

    fn explain(&self, _: &SegmentReader, _: DocId) -> tantivy::Result<Explanation> {
        Ok(Explanation::new_with_string(format!("{self:?}"), 1.0))
    }
}

impl PatternQuery {
    /// Ordinals of the matching terms; None when there are none. Stops early, and says so, at the deadline.
    fn terms(&self, column: &StrColumn) -> tantivy::Result<Option<BitSet>> {
        let dictionary = column.dictionary();
        let count = u32::try_from(dictionary.num_terms()).unwrap_or(u32::MAX);
        let mut matching = BitSet::with_max_value(count);
        let mut stream = dictionary
            .prefix_range(&self.matcher.prefix)
            .into_stream()?;
        while stream.advance() {
            let ordinal = u32::try_from(stream.term_ord()).unwrap_or(u32::MAX);
            if self.matcher.regex.is_match(stream.key()) {
                matching.insert(ordinal);
            }
            if ordinal.is_multiple_of(STRIDE) && self.deadline.passed() {
                break;
            }
        }
        Ok((matching.len() > 0).then_some(matching))
    }

    fn documents(&self, column: &StrColumn, terms: &BitSet, max_doc: DocId) -> BitSet {
        let mut docs = BitSet::with_max_value(max_doc);
        for doc in 0..max_doc {
            if column
                .term_ords(doc)
                .any(|term| terms.contains(term as u32))
            {
                docs.insert(doc);
            }
            if doc.is_multiple_of(STRIDE) && self.deadline.passed() {
                break;
            }
        }
        docs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_whole_values_and_escapes_are_literal() {
        let holds = |pattern: &str, value: &str| {
            Matcher::wildcard(pattern)
                .unwrap()
                .regex
                .is_match(value.as_bytes())
        };
        assert!(holds("a*c", "abbc") && holds("a*c", "ac") && !holds("a*c", "acd"));
        assert!(holds("?", "满") && !holds("?", "满天"));
        assert!(holds(r"a\*c", "a*c") && !holds(r"a\*c", "abc"));
        assert!(holds("*", "line\nline") && holds(r"a\", r"a\"));
        assert_eq!(Matcher::wildcard(r"a\*b*c").unwrap().prefix, b"a*b");
    }

    #[test]
    fn a_pattern_that_would_explode_is_refused() {
        assert!(Matcher::regex("((a{1000}){1000}){1000}").is_err());
        assert!(Matcher::regex("(").is_err());
        assert!(Matcher::regex(&"a".repeat(5_000)).is_err());
    }
}
