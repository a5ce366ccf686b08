//! The face of the store: what `analyzer._native.EventIndex` wraps.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::deadline::Deadline;
use crate::document::Noticed;
use crate::error::{Result, StoreFault};
use crate::hits::{self, Hit, Key, Order};
use crate::query;
use crate::reader::{PartitionInfo, Reader, Span, View};
use crate::request::{self, Answer, Request, Want};
use crate::schema;
use crate::tally::{self, Buckets, Terms};
use crate::writer::{known_kind, Writer, UNDATED};

/// Most hits of one page: what a browser table or an export step takes at once.
const MAX_PAGE: usize = 10_000;
/// Most groups of one terms answer.
const MAX_TERMS: usize = 10_000;
/// Longest a request may work: a wish for more is cut to this.
const MAX_TIMEOUT_MS: u64 = 300_000;

pub struct EventIndex {
    reader: Reader,
    writer: Option<Mutex<Option<Writer>>>,
}

impl EventIndex {
    pub fn open(
        directory: &Path,
        schema_json: &str,
        writer: bool,
        heap_bytes: usize,
    ) -> Result<Self> {
        let built = schema::build(&schema::parse_specs(schema_json)?);
        let writer = if writer {
            Some(Mutex::new(Some(Writer::open(
                directory, built, heap_bytes,
            )?)))
        } else {
            None
        };
        Ok(Self {
            reader: Reader::open(directory),
            writer,
        })
    }

    fn writer(&self) -> Result<MutexGuard<'_, Option<Writer>>> {
        match &self.writer {
            Some(writer) => Ok(writer.lock().unwrap_or_else(PoisonError::into_inner)),
            None => Err(StoreFault::request("this store was opened for reading")),
        }
    }

    fn write<T>(&self, work: impl FnOnce(&mut Writer) -> Result<T>) -> Result<T> {
        let mut guard = self.writer()?;
        let writer = guard
            .as_mut()
            .ok_or_else(|| StoreFault::request("this store is closed"))?;
        work(writer)
    }

    pub fn append(&self, kind: &str, ndjson: &[u8], position: i64) -> Result<u64> {
        self.write(|writer| writer.append(kind, ndjson, position))
    }

    pub fn commit(&self) -> Result<()> {
        self.write(Writer::commit)?;
        self.reader.refresh()
    }

    pub fn committed(&self) -> Result<i64> {
        self.write(|writer| Ok(writer.committed()))
    }

    pub fn noticed(&self) -> Result<Noticed> {
        self.write(|writer| Ok(writer.noticed))
    }

    pub fn drop_day(&self, kind: &str, day: &str) -> Result<()> {
        self.write(|writer| writer.drop_day(kind, day))?;
        self.reader.refresh()
    }

    /// Lets go of the lock; what was not committed is not there.
    pub fn close(&self) -> Result<()> {
        let Some(writer) = &self.writer else {
            return Ok(());
        };
        let taken = writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        taken.map_or(Ok(()), Writer::close)
    }

    pub fn refresh(&self) -> Result<()> {
        self.reader.refresh()
    }

    pub fn partitions(&self) -> Result<Vec<PartitionInfo>> {
        self.reader.partitions()
    }

    pub fn search(&self, json: &str) -> Result<String> {
        let request = request::parse(json)?;
        let budget = Duration::from_millis(request.timeout_ms.min(MAX_TIMEOUT_MS));
        let deadline = Deadline::after(budget);
        let span = Span {
            start_ns: request.start_ns,
            end_ns: request.end_ns,
        };
        let views = self.reader.views(known_kind(&request.kind)?, span)?;
        let mut answer = Asked {
            request: &request,
            views: &views,
            deadline: &deadline,
        }
        .answer()?;
        answer.partial = deadline.cut();
        request::render(&answer)
    }
}

/// One request over the days it meets.
struct Asked<'a> {
    request: &'a Request,
    views: &'a [View],
    deadline: &'a Deadline,
}

impl Asked<'_> {
    fn answer(&self) -> Result<Answer> {
        match &self.request.want {
            Want::Hits {
                size,
                ascending,
                after,
            } => {
                let after = after.as_ref().map(key).transpose()?;
                self.hits(
                    (*size).min(MAX_PAGE),
                    &Order {
                        ascending: *ascending,
                        after,
                    },
                )
            }
            Want::Count {} => self.count(),
            Want::Bounds {} => self.bounds(),
            Want::Terms {
                field,
                size,
                fewest,
            } => self.terms(field, (*size).min(MAX_TERMS), *fewest),
            Want::Histogram { interval_ns } => self.histogram(*interval_ns),
        }
    }

    fn each(
        &self,
        mut work: impl FnMut((usize, &View), &dyn tantivy::query::Query) -> Result<()>,
    ) -> Result<()> {
        for (at, view) in self.views.iter().enumerate() {
            let compiled = query::compile(self.request, &view.columns, self.deadline)?;
            work((at, view), compiled.as_ref())?;
        }
        Ok(())
    }

    /// One hit more than asked for tells whether there is a next page.
    fn hits(&self, size: usize, order: &Order) -> Result<Answer> {
        let mut page = Vec::new();
        let mut total = 0;
        for (at, view) in self.in_order(order.ascending) {
            let compiled = query::compile(self.request, &view.columns, self.deadline)?;
            if page.len() > size && view.day != UNDATED {
                total += hits::count(view, compiled.as_ref(), self.deadline)?;
                continue;
            }
            let (found, matched) = hits::first(
                (at, view),
                compiled.as_ref(),
                order,
                size + 1,
                self.deadline,
            )?;
            total += matched;
            page.extend(found);
            page.sort_by(|one: &Hit, other: &Hit| order.compare(&one.key, &other.key));
            page.truncate(size + 1);
        }
        self.page(page, size, total)
    }

    /// Days in the order of the page. The undated day may hold any time: it comes first, and is never skipped.
    fn in_order(&self, ascending: bool) -> Vec<(usize, &View)> {
        let mut views: Vec<_> = self.views.iter().enumerate().collect();
        if !ascending {
            views.reverse();
        }
        views.sort_by_key(|(_, view)| view.day != UNDATED);
        views
    }

    fn page(&self, mut page: Vec<Hit>, size: usize, total: u64) -> Result<Answer> {
        let more = page.len() > size;
        page.truncate(size);
        let next = page.last().filter(|_| more).map(|hit| {
            let Key {
                time_ns,
                id,
                sequence,
            } = &hit.key;
            (time_ns.to_string(), id.clone(), sequence.to_string())
        });
        let hits = page
            .iter()
            .map(|hit| hits::source(&self.views[hit.view], hit.address))
            .collect::<Result<_>>()?;
        Ok(Answer {
            hits,
            total,
            next,
            ..Answer::default()
        })
    }

    fn count(&self) -> Result<Answer> {
        let mut total = 0;
        self.each(|(_, view), compiled| {
            total += hits::count(view, compiled, self.deadline)?;
            Ok(())
        })?;
        Ok(Answer {
            total,
            ..Answer::default()
        })
    }

    fn bounds(&self) -> Result<Answer> {
        let mut bounds: Option<(i64, i64)> = None;
        self.each(|(_, view), compiled| {
            tally::times(view, compiled, self.deadline, |ns| {
                let (first, last) = bounds.unwrap_or((ns, ns));
                bounds = Some((first.min(ns), last.max(ns)));
            })
        })?;
        Ok(Answer {
            bounds,
            ..Answer::default()
        })
    }

    fn terms(&self, field: &str, size: usize, fewest: bool) -> Result<Answer> {
        let mut terms = Terms::default();
        self.each(|(_, view), compiled| terms.add(view, compiled, field, self.deadline))?;
        Ok(Answer {
            terms: terms.ranked(size, fewest),
            ..Answer::default()
        })
    }

    fn histogram(&self, interval_ns: i64) -> Result<Answer> {
        let mut buckets = Buckets::new(interval_ns)?;
        self.each(|(_, view), compiled| buckets.add(view, compiled, self.deadline))?;
        Ok(Answer {
            buckets: buckets.sorted(),
            ..Answer::default()
        })
    }
}

fn key((time, id, sequence): &(String, String, String)) -> Result<Key> {
    let wrong = |_| StoreFault::request("`after` is not the `next` of a page");
    Ok(Key {
        time_ns: time.parse().map_err(wrong)?,
        id: id.clone(),
        sequence: sequence.parse().map_err(wrong)?,
    })
}
