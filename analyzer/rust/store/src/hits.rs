//! One page of hits in (time, id, sequence) order, and the exact count of everything that matched.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Bound;

use serde_json::value::RawValue;
use tantivy::columnar::{Column, StrColumn};
use tantivy::index::SegmentReader;
use tantivy::query::{EnableScoring, Query};
use tantivy::schema::Value;
use tantivy::{DateTime, DocAddress, DocId, DocSet, TantivyDocument, COLLECT_BLOCK_BUFFER_LEN};

use crate::deadline::Deadline;
use crate::error::{Result, StoreFault};
use crate::reader::View;
use crate::schema::{ID, SEQUENCE, TIME};

/// Documents between two looks at the clock.
const STRIDE: u64 = 16 * 1_024;

/// Where a hit stands in the order, comparable across segments.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub time_ns: i64,
    pub id: String,
    pub sequence: u64,
}

pub struct Hit {
    pub key: Key,
    pub view: usize,
    pub address: DocAddress,
}

pub struct Order {
    pub ascending: bool,
    pub after: Option<Key>,
}

impl Order {
    pub fn compare(&self, one: &Key, other: &Key) -> Ordering {
        if self.ascending {
            one.cmp(other)
        } else {
            other.cmp(one)
        }
    }
}

/// Calls `visit` with the matching documents of a segment, in blocks, until the deadline.
pub fn each_block(
    weight: &dyn tantivy::query::Weight,
    segment: &SegmentReader,
    deadline: &Deadline,
    mut visit: impl FnMut(&[DocId]),
) -> Result<()> {
    let mut docs = weight.scorer(segment, 1.0)?;
    let mut block = [0; COLLECT_BLOCK_BUFFER_LEN];
    let mut seen = 0;
    while !deadline.cut() {
        let filled = docs.fill_buffer(&mut block);
        visit(&block[..filled]);
        if filled < block.len() {
            break;
        }
        seen += filled as u64;
        if seen.is_multiple_of(STRIDE) {
            deadline.passed();
        }
    }
    Ok(())
}

/// How many documents of the view match.
pub fn count(view: &View, query: &dyn Query, deadline: &Deadline) -> Result<u64> {
    let weight = query.weight(EnableScoring::disabled_from_searcher(&view.searcher))?;
    let mut total = 0;
    for segment in view.searcher.segment_readers() {
        if deadline.passed() {
            break;
        }
        total += u64::from(weight.count(segment)?);
    }
    Ok(total)
}

/// The first `size` hits of the view in `order`, and how many match.
pub fn first(
    (at, view): (usize, &View),
    query: &dyn Query,
    order: &Order,
    size: usize,
    deadline: &Deadline,
) -> Result<(Vec<Hit>, u64)> {
    let weight = query.weight(EnableScoring::disabled_from_searcher(&view.searcher))?;
    let mut hits = Vec::new();
    let mut total = 0;
    for (number, segment) in (0..).zip(view.searcher.segment_readers()) {
        if deadline.passed() {
            break;
        }
        let mut ranking = Ranking::new(segment, order, size)?;
        each_block(weight.as_ref(), segment, deadline, |docs| {
            total += docs.len() as u64;
            docs.iter().for_each(|doc| ranking.offer(*doc));
        })?;
        ranking.harvest(|key, doc| {
            hits.push(Hit {
                key,
                view: at,
                address: DocAddress::new(number, doc),
            });
        })?;
    }
    Ok((hits, total))
}

/// A key inside one segment: the id as its rank in the segment's dictionary. Smaller is earlier on the page.
type Rank = (i64, u64, u64);

struct Ranking {
    time: Column<DateTime>,
    id: Option<StrColumn>,
    sequence: Column<u64>,
    ascending: bool,
    after: Option<Rank>,
    size: usize,
    /// The worst of the kept on top.
    kept: BinaryHeap<(Rank, DocId)>,
}

impl Ranking {
    fn new(segment: &SegmentReader, order: &Order, size: usize) -> Result<Self> {
        let columns = segment.fast_fields();
        let mut ranking = Self {
            time: columns.date(TIME)?,
            id: columns.str(ID)?,
            sequence: columns.u64(SEQUENCE)?,
            ascending: order.ascending,
            after: None,
            size,
            kept: BinaryHeap::with_capacity(size + 1),
        };
        if let Some(after) = &order.after {
            ranking.after = Some(ranking.after(after)?);
        }
        Ok(ranking)
    }

    /// Descending is ascending over complements.
    fn directed(&self, (time, id, sequence): Rank) -> Rank {
        if self.ascending {
            (time, id, sequence)
        } else {
            (!time, !id, !sequence)
        }
    }

    /// Rank 0 is no id, so the dictionary's ranks begin at 1.
    fn after(&self, key: &Key) -> Result<Rank> {
        if key.id.is_empty() {
            return Ok(self.directed((key.time_ns, 0, key.sequence)));
        }
        let Some(ids) = &self.id else {
            return Ok(self.between(key.time_ns, 0));
        };
        let dictionary = ids.dictionary();
        if let Some(rank) = dictionary.term_ord(&key.id)? {
            return Ok(self.directed((key.time_ns, rank + 1, key.sequence)));
        }
        let (from, _) =
            dictionary.term_bounds_to_ord(Bound::Included(&key.id), Bound::Unbounded)?;
        let last = dictionary.num_terms() as u64;
        // Past the last term Tantivy answers u64::MAX.
        let below = match from {
            Bound::Included(rank) => rank.min(last),
            Bound::Excluded(_) | Bound::Unbounded => last,
        };
        Ok(self.between(key.time_ns, below))
    }

    /// A key whose id this segment lacks: past every document of rank `below`, before those above it.
    fn between(&self, time_ns: i64, below: u64) -> Rank {
        if self.ascending {
            self.directed((time_ns, below, u64::MAX))
        } else {
            self.directed((time_ns, below + 1, 0))
        }
    }

    fn offer(&mut self, doc: DocId) {
        let time = self
            .time
            .first(doc)
            .map_or(0, DateTime::into_timestamp_nanos);
        let directed = if self.ascending { time } else { !time };
        // Most documents lose on time alone: only the rest have their other columns read.
        let worst = self.kept.peek().filter(|_| self.kept.len() >= self.size);
        if self.size == 0 || worst.is_some_and(|((kept, ..), _)| directed > *kept) {
            return;
        }
        if self.after.is_some_and(|(after, ..)| directed < after) {
            return;
        }
        let id = self
            .id
            .as_ref()
            .and_then(|ids| ids.term_ords(doc).next())
            .map_or(0, |rank| rank + 1);
        let rank = self.directed((time, id, self.sequence.first(doc).unwrap_or(0)));
        if self.after.is_some_and(|after| rank <= after) {
            return;
        }
        self.kept.push((rank, doc));
        if self.kept.len() > self.size {
            self.kept.pop();
        }
    }

    fn harvest(mut self, mut take: impl FnMut(Key, DocId)) -> Result<()> {
        for (rank, doc) in std::mem::take(&mut self.kept) {
            let (time_ns, id, sequence) = self.directed(rank);
            let mut text = String::new();
            if let (Some(ids), Some(ordinal)) = (&self.id, id.checked_sub(1)) {
                ids.ord_to_str(ordinal, &mut text)?;
            }
            take(
                Key {
                    time_ns,
                    id: text,
                    sequence,
                },
                doc,
            );
        }
        Ok(())
    }
}

/// The document as it was given.
pub fn source(view: &View, address: DocAddress) -> Result<Box<RawValue>> {
    let document: TantivyDocument = view.searcher.doc(address)?;
    let text = document
        .get_first(view.columns.source)
        .and_then(|value| value.as_str())
        .ok_or_else(|| StoreFault::Failed(format!("{}: a document has lost its text", view.day)))?;
    RawValue::from_string(text.to_owned()).map_err(|fault| {
        StoreFault::Failed(format!("{}: a document is damaged: {fault}", view.day))
    })
}
