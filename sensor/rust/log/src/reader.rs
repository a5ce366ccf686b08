//! Reads a log, also while another process writes and trims it.
use std::io;

use crate::{
    disk::{Disk, DiskFile},
    error::LogError,
    format::{Head, Record, Segment, HEADER_BYTES},
    scan::{Depth, Scanner, Walker},
    segments,
};

/// A place between two records, to go on from without walking the segment again.
#[derive(Clone, Copy)]
struct Cursor {
    segment: Segment,
    at: u64,
    /// Index the next record has at least.
    next: u64,
}

impl Cursor {
    fn start(segment: Segment) -> Self {
        Self {
            segment,
            at: HEADER_BYTES as u64,
            next: segment.first,
        }
    }
}

pub struct Reader<D: Disk> {
    disk: D,
    cursor: Option<Cursor>,
    tail: Option<Cursor>,
    damaged: u64,
    /// Damage up to this place is counted.
    seen: (u64, u64),
}

impl<D: Disk> Reader<D> {
    pub fn new(disk: D) -> Self {
        Self {
            disk,
            cursor: None,
            tail: None,
            damaged: 0,
            seen: (0, 0),
        }
    }

    /// Whole records from `index` on, or from the first one kept: at least one when there is one, and no more once
    /// their frames pass `max_bytes`.
    pub fn read(&mut self, index: u64, max_bytes: usize) -> Result<Vec<Record>, LogError> {
        let mut records = Vec::new();
        let mut bytes = 0;
        self.cursor = self.walk(self.cursor, index, Depth::All, |scanner, place, head| {
            let record = Record::new(head, scanner.bytes(place, head.length())?);
            bytes += record.frame().len();
            records.push(record);
            Ok(bytes < max_bytes)
        })?;
        Ok(records)
    }

    /// (index, meta) of the records from `index` on, without reading their frames.
    pub fn metas(&mut self, index: u64) -> Result<Vec<(u64, Vec<u8>)>, LogError> {
        let mut metas = Vec::new();
        self.walk(None, index, Depth::Meta, |scanner, place, head| {
            metas.push((head.index, scanner.meta_bytes(place, head)?));
            Ok(true)
        })?;
        Ok(metas)
    }

    /// Index after the last whole record.
    pub fn end(&mut self) -> Result<u64, LogError> {
        self.tail = self.walk(self.tail, u64::MAX, Depth::All, |_, _, _| Ok(true))?;
        Ok(self.tail.map_or(0, |tail| tail.next))
    }

    /// First index that may still be there.
    pub fn first(&self) -> Result<u64, LogError> {
        Ok(segments::list(&self.disk)?
            .first()
            .map_or(0, |segment| segment.first))
    }

    pub fn bytes(&self) -> Result<u64, LogError> {
        segments::bytes(&self.disk, &segments::list(&self.disk)?)
    }

    /// Damaged stretches passed so far.
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    pub fn trim(&self, index: u64) -> Result<(), LogError> {
        segments::trim(&self.disk, index)
    }

    /// Hands every record from `index` on to `take` until it says stop; the place after the last one.
    fn walk(
        &mut self,
        cursor: Option<Cursor>,
        index: u64,
        depth: Depth,
        mut take: impl FnMut(&mut Scanner<'_, D::File>, u64, &Head) -> io::Result<bool>,
    ) -> Result<Option<Cursor>, LogError> {
        let segments = segments::list(&self.disk)?;
        let mut place = begin(&segments, cursor, index);
        while let Some(cursor) = place {
            // Gone between listing and opening: the other side has trimmed it.
            let Some(file) = open(&self.disk, &cursor.segment)? else {
                place = after(&segments, &cursor.segment);
                continue;
            };
            let mut walker = Walker::new(&file, cursor.segment.salt, depth, cursor.at, cursor.next);
            let stopped = self.pass(&mut walker, index, &mut take)?;
            let following = after(&segments, &cursor.segment);
            if !stopped && following.is_some() && walker.at < file.length()? {
                walker.damage.push(walker.at);
            }
            self.count(cursor.segment, &walker.damage);
            place = following.filter(|_| !stopped);
            if place.is_none() {
                return Ok(Some(Cursor {
                    at: walker.at,
                    next: walker.next,
                    ..cursor
                }));
            }
        }
        Ok(None)
    }

    fn pass(
        &self,
        walker: &mut Walker<'_, D::File>,
        index: u64,
        take: &mut impl FnMut(&mut Scanner<'_, D::File>, u64, &Head) -> io::Result<bool>,
    ) -> io::Result<bool> {
        while let Some((place, head)) = walker.step()? {
            if head.index >= index && !take(&mut walker.scanner, place, &head)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn count(&mut self, segment: Segment, damage: &[u64]) {
        for &at in damage {
            if (segment.first, at) > self.seen {
                self.seen = (segment.first, at);
                self.damaged += 1;
            }
        }
    }
}

/// From the cursor when it lies before `index` in a segment still there, else from the segment that holds `index`.
fn begin(segments: &[Segment], cursor: Option<Cursor>, index: u64) -> Option<Cursor> {
    let last = segments.iter().rev().find(|segment| segment.first <= index);
    let segment = *last.or(segments.first())?;
    let usable = cursor.filter(|cursor| cursor.segment == segment && cursor.next <= index);
    Some(usable.unwrap_or(Cursor::start(segment)))
}

fn after(segments: &[Segment], segment: &Segment) -> Option<Cursor> {
    let following = segments.iter().find(|other| *other > segment)?;
    Some(Cursor::start(*following))
}

fn open<D: Disk>(disk: &D, segment: &Segment) -> Result<Option<D::File>, LogError> {
    match disk.open(&segment.name(), false) {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(None),
        other => Ok(Some(other?)),
    }
}
