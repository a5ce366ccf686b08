//! Counting what matched: by value, by interval, and from when to when.

use std::net::Ipv6Addr;

use hashbrown::HashMap;
use tantivy::columnar::{Column, StrColumn};
use tantivy::index::SegmentReader;
use tantivy::query::{EnableScoring, Query};
use tantivy::{DateTime, DocId};

use crate::deadline::Deadline;
use crate::error::{Result, StoreFault};
use crate::hits::each_block;
use crate::reader::View;
use crate::schema::{Kind, TIME};

/// Different values of one field in one answer: about 200 MB at the worst usual length.
const MAX_DISTINCT: usize = 2_000_000;
/// Points of a histogram: more than a screen is wide.
const MAX_BUCKETS: usize = 10_000;

/// Hands every match to the function it is given.
type Visit<'a> = dyn FnMut(&mut dyn FnMut(DocId)) -> Result<()> + 'a;

fn each_segment(
    view: &View,
    query: &dyn Query,
    deadline: &Deadline,
    mut work: impl FnMut(&SegmentReader, &dyn tantivy::query::Weight) -> Result<()>,
) -> Result<()> {
    let weight = query.weight(EnableScoring::disabled_from_searcher(&view.searcher))?;
    for segment in view.searcher.segment_readers() {
        if deadline.passed() {
            break;
        }
        work(segment, weight.as_ref())?;
    }
    Ok(())
}

/// Documents per value. A document counts once for a value, however often it holds it.
#[derive(Default)]
pub struct Terms {
    counts: HashMap<String, u64>,
}

impl Terms {
    pub fn add(
        &mut self,
        view: &View,
        query: &dyn Query,
        field: &str,
        deadline: &Deadline,
    ) -> Result<()> {
        let Some(column) = view.columns.get(field) else {
            return Ok(());
        };
        each_segment(view, query, deadline, |segment, weight| {
            let columns = segment.fast_fields();
            let mut visit = |tally: &mut dyn FnMut(DocId)| {
                each_block(weight, segment, deadline, |docs| {
                    docs.iter().for_each(|doc| tally(*doc))
                })
            };
            match column.kind {
                Kind::Keyword => match columns.str(field)? {
                    Some(column) => self.keywords(&column, &mut visit),
                    None => Ok(()),
                },
                Kind::Ip => self.values(&columns.ip_addr(field)?, &mut visit, address),
                Kind::Long => {
                    self.values(&columns.i64(field)?, &mut visit, |value| value.to_string())
                }
                Kind::Boolean => {
                    self.values(&columns.bool(field)?, &mut visit, |value| value.to_string())
                }
                _ => Err(StoreFault::request(format!("{field} cannot be grouped"))),
            }
        })
    }

    fn keywords(&mut self, column: &StrColumn, visit: &mut Visit<'_>) -> Result<()> {
        let mut counts = vec![0_u64; column.dictionary().num_terms()];
        let mut own: Vec<u64> = Vec::new();
        visit(&mut |doc| {
            own.clear();
            own.extend(column.term_ords(doc));
            own.sort_unstable();
            own.dedup();
            own.iter()
                .for_each(|ordinal| counts[*ordinal as usize] += 1);
        })?;
        let mut text = String::new();
        for (ordinal, count) in (0..).zip(counts) {
            if count > 0 {
                text.clear();
                column.ord_to_str(ordinal, &mut text)?;
                self.put(&text, count)?;
            }
        }
        Ok(())
    }

    fn values<T>(
        &mut self,
        column: &Column<T>,
        visit: &mut Visit<'_>,
        render: impl Fn(T) -> String,
    ) -> Result<()>
    where
        T: PartialOrd + Copy + Ord + std::hash::Hash + std::fmt::Debug + Send + Sync + 'static,
    {
        let mut counts: HashMap<T, u64> = HashMap::new();
        let mut own: Vec<T> = Vec::new();
        visit(&mut |doc| {
            own.clear();
            own.extend(column.values_for_doc(doc));
            own.sort_unstable();
            own.dedup();
            own.iter()
                .for_each(|value| *counts.entry(*value).or_default() += 1);
        })?;
        for (value, count) in counts {
            self.put(&render(value), count)?;
        }
        Ok(())
    }

    fn put(&mut self, value: &str, count: u64) -> Result<()> {
        if let Some(held) = self.counts.get_mut(value) {
            *held += count;
            return Ok(());
        }
        if self.counts.len() >= MAX_DISTINCT {
            return Err(StoreFault::request(
                "too many different values: narrow the query or the time span",
            ));
        }
        self.counts.insert(value.to_owned(), count);
        Ok(())
    }

    /// By count, then by value.
    pub fn ranked(self, size: usize, fewest: bool) -> Vec<(String, u64)> {
        let mut items: Vec<_> = self.counts.into_iter().collect();
        items.sort_unstable_by(|(one, fewer), (other, more)| {
            let order = if fewest {
                fewer.cmp(more)
            } else {
                more.cmp(fewer)
            };
            order.then_with(|| one.cmp(other))
        });
        items.truncate(size);
        items
    }
}

fn address(ip: Ipv6Addr) -> String {
    ip.to_ipv4_mapped()
        .map_or_else(|| ip.to_string(), |v4| v4.to_string())
}

/// Calls `take` with the event time of every match.
pub fn times(
    view: &View,
    query: &dyn Query,
    deadline: &Deadline,
    mut take: impl FnMut(i64),
) -> Result<()> {
    each_segment(view, query, deadline, |segment, weight| {
        let column = segment.fast_fields().date(TIME)?;
        each_block(weight, segment, deadline, |docs| {
            for doc in docs {
                take(column.first(*doc).map_or(0, DateTime::into_timestamp_nanos));
            }
        })
    })
}

/// Counts per interval of event time, counted from 1970.
pub struct Buckets {
    interval_ns: i64,
    counts: HashMap<i64, u64>,
}

impl Buckets {
    pub fn new(interval_ns: i64) -> Result<Self> {
        if interval_ns <= 0 {
            return Err(StoreFault::request("a histogram's interval is positive"));
        }
        Ok(Self {
            interval_ns,
            counts: HashMap::new(),
        })
    }

    pub fn add(&mut self, view: &View, query: &dyn Query, deadline: &Deadline) -> Result<()> {
        times(view, query, deadline, |ns| {
            *self
                .counts
                .entry(ns.div_euclid(self.interval_ns))
                .or_default() += 1;
        })?;
        if self.counts.len() > MAX_BUCKETS {
            return Err(StoreFault::request(
                "the histogram's interval is too small for the span",
            ));
        }
        Ok(())
    }

    /// (start in ns, count), oldest first; only intervals that hold something.
    pub fn sorted(self) -> Vec<(i64, u64)> {
        let start = |bucket: i64| bucket.saturating_mul(self.interval_ns);
        let mut buckets: Vec<_> = self
            .counts
            .into_iter()
            .map(|(bucket, count)| (start(bucket), count))
            .collect();
        buckets.sort_unstable();
        buckets
    }
}
