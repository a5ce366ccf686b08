//! The one writer of a log.
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    io,
};

use crate::{
    disk::{self, Disk, DiskFile},
    error::{is_full, LogError},
    format::{self, Segment, HEADER_BYTES},
    frame,
    scan::{Depth, Walker},
    segments,
};

/// Suffix of a segment being made; it gets its name when it is durable.
const UNFINISHED: &str = ".new";
const COPY_CHUNK: usize = 1 << 20;

#[derive(Clone)]
pub struct Options {
    /// A segment gets no more records once it is this long. Trimming deletes whole segments.
    pub segment_bytes: u64,
    /// All segments together.
    pub max_bytes: u64,
    /// The next record's index is this at least: indexes a consumer has seen must not come again after a power cut
    /// took records that were never synced.
    pub at_least: u64,
    /// Where a segment's salt comes from; it must not be guessable by who sends us frames.
    pub salts: fn() -> u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 16 << 20,
            max_bytes: 4 << 30,
            at_least: 0,
            salts: random_salt,
        }
    }
}

/// The hash keys of the standard library come from the system's random source.
fn random_salt() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// The segment records go to.
struct Tail<F> {
    segment: Segment,
    file: F,
    end: u64,
    next: u64,
    damaged: u64,
}

pub struct Writer<D: Disk> {
    disk: D,
    options: Options,
    tail: Tail<D::File>,
    /// Bytes of all segments, as far as we know: a reader may have trimmed some.
    bytes: u64,
    synced: u64,
    failed: Option<String>,
    _lock: D::Lock,
}

impl<D: Disk> Writer<D> {
    /// Recovers what is there: a torn end is cut, damage before it is counted.
    pub fn open(disk: D, options: Options) -> Result<Self, LogError> {
        let lock = disk.lock()?.ok_or(LogError::Locked)?;
        let tail = recover(&disk, &options).map_err(refine)?;
        let bytes = segments::bytes(&disk, &segments::list(&disk)?)?;
        Ok(Self {
            synced: tail.next,
            disk,
            options,
            tail,
            bytes,
            failed: None,
            _lock: lock,
        })
    }

    /// Compresses and writes one record; its index.
    pub fn append(&mut self, meta: &[u8], payload: &[u8]) -> Result<u64, LogError> {
        self.alive()?;
        self.write_record(meta, &frame::compress(payload)?)
    }

    /// Writes a zstd frame as it came; its index.
    pub fn append_frame(&mut self, meta: &[u8], frame: &[u8]) -> Result<u64, LogError> {
        self.alive()?;
        if !frame::is_one(frame) {
            return Err(LogError::Refused("this is not one zstd frame"));
        }
        self.write_record(meta, frame)
    }

    /// Everything appended before is durable when this returns.
    pub fn sync(&mut self) -> Result<(), LogError> {
        self.alive()?;
        if let Err(fault) = disk::sync_file(&self.tail.file) {
            return Err(self.fail(&fault));
        }
        self.synced = self.tail.next;
        Ok(())
    }

    /// Deletes whole segments below `index`.
    pub fn trim(&mut self, index: u64) -> Result<(), LogError> {
        segments::trim(&self.disk, index)?;
        self.recount()
    }

    pub fn first(&self) -> Result<u64, LogError> {
        let segments = segments::list(&self.disk)?;
        Ok(segments
            .first()
            .map_or(self.tail.next, |segment| segment.first))
    }

    pub fn next(&self) -> u64 {
        self.tail.next
    }

    /// Bytes of the last segment.
    pub fn end(&self) -> u64 {
        self.tail.end
    }

    /// Records below this index are durable.
    pub fn synced(&self) -> u64 {
        self.synced
    }

    pub fn bytes(&mut self) -> Result<u64, LogError> {
        self.recount()?;
        Ok(self.bytes)
    }

    /// Damaged stretches the recovery of the last segment met.
    pub fn damaged(&self) -> u64 {
        self.tail.damaged
    }

    fn alive(&self) -> Result<(), LogError> {
        self.failed
            .as_ref()
            .map_or(Ok(()), |why| Err(LogError::Failed(why.clone())))
    }

    /// From here on nothing is written: the kernel may have dropped the pages, so a later success would be a lie.
    fn fail(&mut self, fault: &io::Error) -> LogError {
        self.failed = Some(fault.to_string());
        LogError::Failed(fault.to_string())
    }

    fn recount(&mut self) -> Result<(), LogError> {
        self.bytes = segments::bytes(&self.disk, &segments::list(&self.disk)?)?;
        Ok(())
    }

    fn write_record(&mut self, meta: &[u8], frame: &[u8]) -> Result<u64, LogError> {
        let index = self.tail.next;
        let length = (format::RECORD_BYTES + meta.len() + frame.len()) as u64;
        self.reserve(length)?;
        if self.holds_records() && self.tail.end + length > self.options.segment_bytes {
            self.rotate()?;
        }
        let bytes = format::encode(self.tail.segment.salt, index, meta, frame)?;
        self.write(&bytes)?;
        self.tail.next = index + 1;
        Ok(index)
    }

    fn holds_records(&self) -> bool {
        self.tail.end > HEADER_BYTES as u64
    }

    /// Refuses before anything is written when the budget would be passed.
    fn reserve(&mut self, length: u64) -> Result<(), LogError> {
        if length + HEADER_BYTES as u64 > self.options.max_bytes {
            return Err(LogError::Refused(
                "the record is larger than the log may be",
            ));
        }
        if self.bytes + length <= self.options.max_bytes {
            return Ok(());
        }
        self.recount()?;
        if self.bytes + length <= self.options.max_bytes {
            return Ok(());
        }
        // Only whole segments can be trimmed: close this one, else a reader that has it all could free nothing.
        if self.holds_records() {
            self.rotate()?;
        }
        Err(LogError::Full)
    }

    fn rotate(&mut self) -> Result<(), LogError> {
        self.sync()?;
        match create(&self.disk, self.options.salts, self.tail.next) {
            Ok(tail) => {
                self.bytes += HEADER_BYTES as u64;
                self.tail = Tail {
                    damaged: self.tail.damaged,
                    ..tail
                };
                Ok(())
            }
            Err(fault) if is_full(&fault) => Err(LogError::Full),
            Err(fault) => Err(self.fail(&fault)),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), LogError> {
        match disk::write_all(&self.tail.file, bytes, self.tail.end) {
            Ok(()) => {
                self.tail.end += bytes.len() as u64;
                self.bytes += bytes.len() as u64;
                Ok(())
            }
            Err(fault) => Err(self.take_back(&fault)),
        }
    }

    /// A disk without room refuses the bytes and loses no page: cut what it took and go on. Anything else is the end.
    fn take_back(&mut self, fault: &io::Error) -> LogError {
        if is_full(fault) && self.tail.file.truncate(self.tail.end).is_ok() {
            return LogError::Full;
        }
        self.fail(fault)
    }
}

fn refine(error: LogError) -> LogError {
    match error {
        LogError::Io(fault) if is_full(&fault) => LogError::Full,
        other => other,
    }
}

/// Clears what a crash left half-made and opens the last segment, or the first one ever.
fn recover<D: Disk>(disk: &D, options: &Options) -> Result<Tail<D::File>, LogError> {
    for name in disk.list()? {
        if name.ends_with(UNFINISHED) {
            segments::remove(disk, &name)?;
        }
    }
    let Some(&last) = segments::list(disk)?.last() else {
        return Ok(create(disk, options.salts, options.at_least)?);
    };
    let tail = rewrite(disk, last)?;
    if tail.next >= options.at_least {
        return Ok(tail);
    }
    let fresh = create(disk, options.salts, options.at_least)?;
    Ok(Tail {
        damaged: tail.damaged,
        ..fresh
    })
}

/// A new segment, durable with its name before any record goes into it.
fn create<D: Disk>(disk: &D, salts: fn() -> u64, first: u64) -> io::Result<Tail<D::File>> {
    let segment = Segment {
        first,
        salt: salts(),
    };
    let file = place(disk, &segment, |file| {
        disk::write_all(file, &segment.header(), 0)
    })?;
    Ok(Tail {
        segment,
        file,
        end: HEADER_BYTES as u64,
        next: first,
        damaged: 0,
    })
}

/// Copies the last segment up to its last whole record.
///
/// After a failed fsync the kernel keeps the lost pages as if they were clean: what looks whole here may not be on the
/// disk, and syncing the old file again would not write it. In a new file every page is dirty, so the sync is true.
fn rewrite<D: Disk>(disk: &D, segment: Segment) -> Result<Tail<D::File>, LogError> {
    let old = disk.open(&segment.name(), false)?;
    let start = HEADER_BYTES as u64;
    let mut walker = Walker::new(&old, segment.salt, Depth::All, start, segment.first);
    while walker.step()?.is_some() {}
    let end = walker.at;
    let file = place(disk, &segment, |file| {
        disk::write_all(file, &segment.header(), 0)?;
        copy(&old, file, start, end)
    })?;
    Ok(Tail {
        segment,
        file,
        end,
        next: walker.next,
        damaged: walker.damage.len() as u64,
    })
}

fn copy<F: DiskFile>(from: &F, to: &F, start: u64, end: u64) -> io::Result<()> {
    let mut chunk = vec![0; COPY_CHUNK];
    let mut at = start;
    while at < end {
        let wanted = chunk.len().min((end - at) as usize);
        let got = disk::read_full(from, &mut chunk[..wanted], at)?;
        if got == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        disk::write_all(to, &chunk[..got], at)?;
        at += got as u64;
    }
    Ok(())
}

/// Makes a segment under another name and gives it its own when it is durable: it is there whole or not at all.
fn place<D: Disk>(
    disk: &D,
    segment: &Segment,
    fill: impl FnOnce(&D::File) -> io::Result<()>,
) -> io::Result<D::File> {
    let name = segment.name();
    let unfinished = format!("{name}{UNFINISHED}");
    let file = disk.create(&unfinished)?;
    let made = fill(&file)
        .and_then(|()| disk::sync_file(&file))
        .and_then(|()| disk.rename(&unfinished, &name))
        // The name is there, perhaps not for good: never to be taken for "no room, nothing happened".
        .and_then(|()| disk::sync_names(disk).map_err(io::Error::other));
    match made {
        Ok(()) => Ok(file),
        Err(fault) => {
            // Best effort, it is removed at the next opening otherwise; the first fault is the one that tells.
            let _ = disk.remove(&unfinished);
            Err(fault)
        }
    }
}
