//! The only writer: which partitions are open, what is durable, what must be given again after a fault.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::document::{self, Noticed};
use crate::error::{Result, StoreFault};
use crate::instant;
use crate::partition::{self, Entry, Partition};
use crate::schema::Columns;
use tantivy::schema::Schema;

/// Kinds of documents: each has its own partitions.
pub const KINDS: [&str; 2] = ["events", "alerts"];
/// Documents whose day cannot have a partition of its own: no readable time, before 1970, after 2200, or one day
/// too many. It is searched whatever the span.
pub const UNDATED: &str = "1970-01-01";
const LAST_DAY: &str = "2200-12-31";
/// A capture with a forged clock must not make 84,000 folders. Each open day costs a reader some dozens of memory maps
/// of the kernel's 65,530 a process; past this many days `UNDATED` takes the documents.
const MAX_DAYS: usize = 1_000;
/// Partitions open at once: today, yesterday around midnight, alerts of both.
const MAX_OPEN: usize = 4;
/// Lines of one batch: the low bits of the sequence.
const LINE_BITS: u32 = 24;
const MAX_POSITION: i64 = 1 << (63 - LINE_BITS);

/// What a segment being written out may need: less room than this is a full disk.
const PROBE_BYTES: usize = 4 << 20;

const COMMITTED: &str = "committed";
const LOCK: &str = "writer.lock";
/// Prefix of a folder that is being removed: no reader looks at it.
pub const DROPPED: &str = ".dropped-";

type Days<'a> = BTreeMap<String, Vec<Entry<'a>>>;

struct Slot {
    kind: &'static str,
    day: String,
    partition: Partition,
}

pub struct Writer {
    root: PathBuf,
    schema: Schema,
    columns: Columns,
    heap_bytes: usize,
    /// Least recently used first.
    open: Vec<Slot>,
    /// Every batch up to here is durable.
    committed: i64,
    newest: i64,
    /// First batch given since the last commit.
    pending: Option<i64>,
    /// After a fault: the caller must begin again here.
    replay: Option<i64>,
    pub noticed: Noticed,
    _lock: File,
}

pub fn known_kind(kind: &str) -> Result<&'static str> {
    KINDS
        .into_iter()
        .find(|known| *known == kind)
        .ok_or_else(|| StoreFault::request(format!("unknown kind {kind:?}")))
}

impl Writer {
    pub fn open(root: &Path, schema: Schema, heap_bytes: usize) -> Result<Self> {
        for kind in KINDS {
            fs::create_dir_all(root.join(kind))?;
        }
        let lock = lock(root)?;
        for kind in KINDS {
            sweep(&root.join(kind))?;
        }
        let committed = read_committed(&root.join(COMMITTED));
        Ok(Self {
            root: root.to_owned(),
            columns: Columns::of(&schema)?,
            schema,
            heap_bytes,
            open: Vec::new(),
            committed,
            newest: committed,
            pending: None,
            replay: None,
            noticed: Noticed::default(),
            _lock: lock,
        })
    }

    pub fn committed(&self) -> i64 {
        self.committed
    }

    pub fn append(&mut self, kind: &str, ndjson: &[u8], position: i64) -> Result<u64> {
        let kind = known_kind(kind)?;
        self.admit(position)?;
        if position <= self.committed {
            return Ok(0);
        }
        self.pending = Some(self.pending.map_or(position, |first| first.min(position)));
        self.newest = self.newest.max(position);
        let added = self.take(kind, ndjson, position);
        added.map_err(|fault| self.forget(fault))
    }

    fn admit(&mut self, position: i64) -> Result<()> {
        if !(0..MAX_POSITION).contains(&position) {
            return Err(StoreFault::request(format!(
                "position {position} is out of range"
            )));
        }
        match self.replay {
            Some(from) if position > from => Err(StoreFault::Replay(from)),
            _ => {
                self.replay = None;
                Ok(())
            }
        }
    }

    /// Whole days at a time: a partition made durable in between has all of the batch that is its own.
    fn take(&mut self, kind: &'static str, ndjson: &[u8], position: i64) -> Result<u64> {
        let mut added = 0;
        for (day, entries) in self.sort(kind, ndjson, position)? {
            let partition = self.partition(kind, &day)?;
            if position > partition.committed {
                added += entries.len() as u64;
                partition.add(entries, position)?;
            }
        }
        Ok(added)
    }

    fn sort<'a>(&mut self, kind: &str, ndjson: &'a [u8], position: i64) -> Result<Days<'a>> {
        let mut days = Days::new();
        let mut room = MAX_DAYS.saturating_sub(days_of(&self.root.join(kind))?.len());
        for (number, line) in lines(ndjson).enumerate() {
            let sequence = sequence(position, number)?;
            let parsed = document::parse(line, sequence, &self.columns, &mut self.noticed);
            let mut day = day_of(parsed.time_ns);
            if !days.contains_key(&day) && !partition::path(&self.root, kind, &day).exists() {
                if room == 0 {
                    day = UNDATED.to_owned();
                }
                room = room.saturating_sub(1);
            }
            let entry = Entry {
                line,
                sequence,
                document: parsed.document,
            };
            days.entry(day).or_default().push(entry);
        }
        Ok(days)
    }

    /// The day's partition, opened if need be; the least recently used makes room, durably.
    fn partition(&mut self, kind: &'static str, day: &str) -> Result<&mut Partition> {
        let slot = match self.find(kind, day) {
            Some(at) => self.open.remove(at),
            None => self.open_slot(kind, day)?,
        };
        self.open.push(slot);
        let last = self.open.len() - 1;
        Ok(&mut self.open[last].partition)
    }

    fn find(&self, kind: &str, day: &str) -> Option<usize> {
        self.open
            .iter()
            .position(|slot| slot.kind == kind && slot.day == day)
    }

    fn open_slot(&mut self, kind: &'static str, day: &str) -> Result<Slot> {
        if self.open.len() >= MAX_OPEN {
            self.open[0].partition.commit()?;
            self.open.remove(0).partition.close()?;
        }
        let directory = partition::path(&self.root, kind, day);
        let partition = Partition::open(&directory, &self.schema, self.heap_bytes / MAX_OPEN)?;
        Ok(Slot {
            kind,
            day: day.to_owned(),
            partition,
        })
    }

    pub fn commit(&mut self) -> Result<()> {
        if let Some(from) = self.replay {
            return Err(StoreFault::Replay(from));
        }
        if self.newest == self.committed {
            return Ok(());
        }
        let done = self.commit_all();
        done.map_err(|fault| self.forget(fault))
    }

    fn commit_all(&mut self) -> Result<()> {
        for slot in &mut self.open {
            slot.partition.commit()?;
        }
        write_committed(&self.root, self.newest)?;
        self.committed = self.newest;
        self.pending = None;
        Ok(())
    }

    /// Back to the last commit: a Tantivy writer that failed once keeps nothing it was given.
    fn forget(&mut self, fault: StoreFault) -> StoreFault {
        self.open.clear();
        self.newest = self.committed;
        self.replay = self.pending.take().or(self.replay);
        self.judge(fault)
    }

    /// Tantivy's threads do not say why they died: whether the disk is full is asked of the disk.
    fn judge(&self, fault: StoreFault) -> StoreFault {
        match (fault, probe(&self.root)) {
            (StoreFault::Failed(why), Err(StoreFault::Full(_))) => StoreFault::Full(why),
            (fault, _) => fault,
        }
    }

    /// Lets go of the lock once nothing works in the folders any more; what was not committed is gone.
    pub fn close(self) -> Result<()> {
        self.open
            .into_iter()
            .try_for_each(|slot| slot.partition.close())
    }

    /// Removes a whole day: first out of sight in one step, then off the disk.
    pub fn drop_day(&mut self, kind: &str, day: &str) -> Result<()> {
        let kind = known_kind(kind)?;
        if instant::day_bounds(day).is_none() {
            return Err(StoreFault::request(format!("{day:?} is not a day")));
        }
        if let Some(at) = self.find(kind, day) {
            self.open.remove(at).partition.close()?;
        }
        let parent = self.root.join(kind);
        let hidden = parent.join(format!("{DROPPED}{day}"));
        match fs::rename(parent.join(day), &hidden) {
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            done => done?,
        }
        partition::sync_directory(&parent)?;
        remove(&hidden)
    }
}

/// A merge that a fault cut off may still be writing a file; what is left goes when the store is opened next.
fn remove(hidden: &Path) -> Result<()> {
    match fs::remove_dir_all(hidden) {
        Err(fault) if fault.kind() == std::io::ErrorKind::DirectoryNotEmpty => Ok(()),
        done => Ok(done?),
    }
}

fn probe(root: &Path) -> Result<()> {
    let path = root.join("probe.new");
    let written = File::create(&path).and_then(|mut file| {
        file.write_all(&vec![0; PROBE_BYTES])?;
        file.sync_all()
    });
    fs::remove_file(&path)?;
    Ok(written?)
}

fn lock(root: &Path) -> Result<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(root.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreFault::Failed(format!(
            "{}: another process writes this store",
            root.display()
        ))),
        Err(TryLockError::Error(fault)) => Err(fault.into()),
    }
}

/// Finishes removals that a crash interrupted.
fn sweep(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(DROPPED) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// The days a kind has folders for, oldest first.
pub fn days_of(folder: &Path) -> Result<Vec<String>> {
    let mut days = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if let Some(day) = name
            .to_str()
            .filter(|day| instant::day_bounds(day).is_some())
        {
            days.push(day.to_owned());
        }
    }
    days.sort_unstable();
    Ok(days)
}

fn lines(ndjson: &[u8]) -> impl Iterator<Item = &[u8]> {
    ndjson
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
}

fn sequence(position: i64, line: usize) -> Result<u64> {
    let line = u64::try_from(line).unwrap_or(u64::MAX);
    if line >> LINE_BITS != 0 {
        return Err(StoreFault::request("a batch has at most 16,777,216 lines"));
    }
    Ok((position.unsigned_abs() << LINE_BITS) | line)
}

fn day_of(time_ns: Option<i64>) -> String {
    let day = instant::day_name(time_ns.unwrap_or(0));
    let dated = (UNDATED..=LAST_DAY).contains(&day.as_str());
    if dated {
        day
    } else {
        UNDATED.to_owned()
    }
}

/// -1 when absent or unreadable: then every batch is offered again, and the partitions refuse what they have.
fn read_committed(path: &Path) -> i64 {
    fs::read_to_string(path)
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(-1)
}

fn write_committed(root: &Path, position: i64) -> Result<()> {
    let fresh = root.join(format!("{COMMITTED}.new"));
    let mut file = File::create(&fresh)?;
    file.write_all(format!("{position}\n").as_bytes())?;
    file.sync_all()?;
    fs::rename(fresh, root.join(COMMITTED))?;
    partition::sync_directory(root)
}
