//! What a searcher sees: the partitions that exist, opened when first needed, reloaded when they changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tantivy::index::Index;
use tantivy::{IndexReader, ReloadPolicy, Searcher};

use crate::error::Result;
use crate::instant;
use crate::partition::META;
use crate::schema::Columns;
use crate::writer::{days_of, KINDS, UNDATED};

/// Event time, half open.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub start_ns: Option<i64>,
    pub end_ns: Option<i64>,
}

impl Span {
    /// Whether a day may hold moments of the span; the undated day may hold any.
    fn meets(&self, day: &str) -> bool {
        let Some((first, next)) = instant::day_bounds(day) else {
            return false;
        };
        day == UNDATED
            || (self.start_ns.is_none_or(|start| start < next)
                && self.end_ns.is_none_or(|end| first < end))
    }
}

/// One day as it was when the request began.
#[derive(Clone)]
pub struct View {
    pub day: String,
    pub searcher: Searcher,
    pub columns: Arc<Columns>,
}

struct Opened {
    reader: IndexReader,
    columns: Arc<Columns>,
    changed: Option<SystemTime>,
}

impl Opened {
    fn reload(&mut self, directory: &Path) -> Result<()> {
        let changed = changed(directory);
        if self.changed != changed {
            self.reader.reload()?;
            self.changed = changed;
        }
        Ok(())
    }
}

/// (kind, day, documents, bytes on disk, last written in ns since 1970)
pub type PartitionInfo = (String, String, u64, u64, i64);

pub struct Reader {
    root: PathBuf,
    opened: Mutex<BTreeMap<(&'static str, String), Opened>>,
}

impl Reader {
    pub fn open(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            opened: Mutex::new(BTreeMap::new()),
        }
    }

    /// Forgets partitions that are gone and reloads those whose commit is newer than what is held.
    pub fn refresh(&self) -> Result<()> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let mut fault = None;
        opened.retain(|(kind, day), held| {
            let directory = self.root.join(kind).join(day);
            let reloaded = held.reload(&directory);
            let there = directory.join(META).exists();
            fault = reloaded.err().filter(|_| there).or(fault.take());
            there
        });
        fault.map_or(Ok(()), Err)
    }

    /// The days of `kind` that meet the span, oldest first.
    pub fn views(&self, kind: &'static str, span: Span) -> Result<Vec<View>> {
        let folder = self.root.join(kind);
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let mut views = Vec::new();
        for day in days_of(&folder)? {
            if span.meets(&day) {
                views.extend(self.view(kind, day)?);
            }
        }
        Ok(views)
    }

    /// None when the day is not yet committed, or was dropped under our feet.
    fn view(&self, kind: &'static str, day: String) -> Result<Option<View>> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (kind, day);
        if !opened.contains_key(&key) {
            let directory = self.root.join(kind).join(&key.1);
            match open(&directory) {
                Ok(fresh) => opened.insert(key.clone(), fresh),
                Err(_) if !directory.join(META).exists() => return Ok(None),
                Err(fault) => return Err(fault),
            };
        }
        Ok(opened.get(&key).map(|held| View {
            day: key.1,
            searcher: held.reader.searcher(),
            columns: Arc::clone(&held.columns),
        }))
    }

    /// Days that hold something; one that was begun and not yet committed does not.
    pub fn partitions(&self) -> Result<Vec<PartitionInfo>> {
        let everything = Span {
            start_ns: None,
            end_ns: None,
        };
        let mut all = Vec::new();
        for kind in KINDS {
            for view in self.views(kind, everything)? {
                let documents = view.searcher.num_docs();
                if documents > 0 {
                    let directory = self.root.join(kind).join(&view.day);
                    let written = changed(&directory).map_or(0, ns);
                    all.push((
                        kind.to_owned(),
                        view.day,
                        documents,
                        size(&directory),
                        written,
                    ));
                }
            }
        }
        Ok(all)
    }
}

fn open(directory: &Path) -> Result<Opened> {
    let changed = changed(directory);
    let index = Index::open_in_dir(directory)?;
    let columns = Arc::new(Columns::of(&index.schema())?);
    let reader = index
        .reader_builder()
        .reload_policy(ReloadPolicy::Manual)
        .try_into()?;
    Ok(Opened {
        reader,
        columns,
        changed,
    })
}

fn changed(directory: &Path) -> Option<SystemTime> {
    fs::metadata(directory.join(META))
        .and_then(|meta| meta.modified())
        .ok()
}

fn ns(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// Files that vanish while being counted (a merge ends) count nothing.
fn size(directory: &Path) -> u64 {
    fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.metadata().ok())
        .map(|meta| meta.len())
        .sum()
}
