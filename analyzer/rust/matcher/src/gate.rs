//! Can an event hold any keyword at all? Asked of its JSON text, before its values are taken apart.

use crate::text::{fold_into, folded};
use aho_corasick::{AhoCorasick, BuildError, MatchKind};

/// Shorter pieces stand in every event.
const MIN_BYTES: usize = 3;
/// Escapes that may spell an ASCII letter, or one that folds to an ASCII letter (U+017F, U+212A).
const ESCAPES: [&str; 3] = ["\\u00", "\\u01", "\\u21"];

#[derive(Debug)]
pub struct Gate(AhoCorasick);

impl Gate {
    /// None: some pattern has no piece long enough that JSON writes in one way only.
    pub fn new<'a>(patterns: impl Iterator<Item = &'a str>) -> Result<Option<Self>, BuildError> {
        let pieces: Option<Vec<String>> = patterns.map(piece).collect();
        let Some(mut pieces) = pieces else {
            return Ok(None);
        };
        pieces.extend(ESCAPES.map(str::to_owned));
        let machine = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(pieces)?;
        Ok(Some(Self(machine)))
    }

    /// False: no value of the event holds any of the patterns. `buffer` is scratch space.
    pub fn opens(&self, line: &str, buffer: &mut String) -> bool {
        buffer.clear();
        fold_into(line, buffer);
        self.0.is_match(buffer.as_str())
    }
}

/// The longest run of characters that stand for themselves in JSON (RFC 8259 7), unless escaped by number.
fn piece(pattern: &str) -> Option<String> {
    let plain = |c: char| (c == ' ' || c.is_ascii_graphic()) && !"\\\"/".contains(c);
    let longest = pattern.split(|c| !plain(c)).max_by_key(|run| run.len())?;
    (longest.len() >= MIN_BYTES).then(|| folded(longest))
}
