//! One day of one kind on disk, open for writing.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tantivy::directory::MmapDirectory;
use tantivy::index::Index;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::schema::Schema;
use tantivy::{IndexWriter, TantivyDocument};

use crate::document::{self, Noticed};
use crate::error::{Result, StoreFault};
use crate::schema::Columns;

/// Tantivy asks for at least 15 MB a thread; below twice that, segments are too small to be worth a thread.
const THREAD_HEAP_BYTES: usize = 32_000_000;
const MIN_HEAP_BYTES: usize = 16_000_000;
/// More would only compete with detection for the same cores.
const MAX_THREADS: usize = 4;
const MERGE_THREADS: usize = 1;
/// Commits come every second or so: eight small segments are joined before they slow searches down.
const SEGMENTS_BEFORE_MERGE: usize = 8;
/// Past this a merge costs minutes and gains nothing.
const MAX_DOCS_BEFORE_MERGE: usize = 5_000_000;

pub const META: &str = "meta.json";

/// A line of a batch, already made a document for today's schema.
pub struct Entry<'a> {
    pub line: &'a [u8],
    pub sequence: u64,
    pub document: TantivyDocument,
}

pub struct Partition {
    writer: IndexWriter,
    /// Columns of a partition that an earlier version made: its documents are made anew for them.
    older: Option<Columns>,
    /// Last batch that is durable here.
    pub committed: i64,
    /// Last batch given, durable or not.
    pending: Option<i64>,
}

impl Partition {
    /// Opens the day below `directory`, making it if needed.
    pub fn open(directory: &Path, schema: &Schema, heap_bytes: usize) -> Result<Self> {
        let index = open_or_create(directory, schema)?;
        let committed = match index.load_metas()?.payload {
            None => -1,
            Some(payload) => position(&payload, directory)?,
        };
        let writer = index.writer_with_options(options(heap_bytes))?;
        writer.set_merge_policy(Box::new(merge_policy()));
        let own = index.schema();
        let older = (own != *schema).then(|| Columns::of(&own)).transpose()?;
        Ok(Self {
            writer,
            older,
            committed,
            pending: None,
        })
    }

    pub fn add(&mut self, entries: Vec<Entry<'_>>, position: i64) -> Result<()> {
        self.pending = Some(position);
        for entry in entries {
            self.writer.add_document(self.document(entry))?;
        }
        Ok(())
    }

    fn document(&self, entry: Entry<'_>) -> TantivyDocument {
        match &self.older {
            None => entry.document,
            // What was noticed about the line is counted already.
            Some(columns) => {
                document::parse(entry.line, entry.sequence, columns, &mut Noticed::default())
                    .document
            }
        }
    }

    /// Durable, with the position in the same atomic write as the documents.
    pub fn commit(&mut self) -> Result<()> {
        let Some(position) = self.pending else {
            return Ok(());
        };
        let mut prepared = self.writer.prepare_commit()?;
        prepared.set_payload(&position.to_string());
        prepared.commit()?;
        self.committed = position;
        self.pending = None;
        Ok(())
    }

    /// Lets running merges end first: nothing works in the folder any more. What was not committed is gone.
    pub fn close(self) -> Result<()> {
        Ok(self.writer.wait_merging_threads()?)
    }
}

fn position(payload: &str, directory: &Path) -> Result<i64> {
    payload.parse().map_err(|_| {
        StoreFault::Failed(format!(
            "{}: the commit's position is damaged",
            directory.display()
        ))
    })
}

/// A crash between the folder and its first meta.json leaves a folder that is no index yet: it becomes one.
fn open_or_create(directory: &Path, schema: &Schema) -> Result<Index> {
    if directory.join(META).exists() {
        return Ok(Index::open_in_dir(directory)?);
    }
    let parent = directory.parent().unwrap_or(directory);
    fs::create_dir_all(directory)?;
    sync_directory(parent)?;
    let folder = MmapDirectory::open(directory).map_err(tantivy::TantivyError::from)?;
    Ok(Index::open_or_create(folder, schema.clone())?)
}

fn options(heap_bytes: usize) -> IndexWriterOptions {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = (heap_bytes / THREAD_HEAP_BYTES).clamp(1, cores.min(MAX_THREADS));
    IndexWriterOptions::builder()
        .num_worker_threads(threads)
        .memory_budget_per_thread((heap_bytes / threads).max(MIN_HEAP_BYTES))
        .num_merge_threads(MERGE_THREADS)
        .build()
}

fn merge_policy() -> LogMergePolicy {
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(SEGMENTS_BEFORE_MERGE);
    policy.set_max_docs_before_merge(MAX_DOCS_BEFORE_MERGE);
    policy
}

/// Makes a new or renamed entry survive a power cut.
pub fn sync_directory(directory: &Path) -> Result<()> {
    File::open(directory)?.sync_all()?;
    Ok(())
}

pub fn path(root: &Path, kind: &str, day: &str) -> PathBuf {
    root.join(kind).join(day)
}
