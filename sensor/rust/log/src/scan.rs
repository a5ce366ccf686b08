//! Walks the records of one segment file, and finds the next one after damage.
use std::io;

use crate::{
    disk::{self, DiskFile},
    format::{Head, RECORD_BYTES},
};

/// Read ahead: large enough that small records cost no call each.
const WINDOW: usize = 1 << 20;

/// The same where frames are skipped.
const META_WINDOW: usize = 4 << 10;

/// A file seen through a buffer that moves forward.
pub(crate) struct Scanner<'f, F> {
    file: &'f F,
    salt: u64,
    ahead: usize,
    base: u64,
    buffer: Vec<u8>,
}

impl<'f, F: DiskFile> Scanner<'f, F> {
    pub fn new(file: &'f F, salt: u64, ahead: usize) -> Self {
        Self {
            file,
            salt,
            ahead,
            base: 0,
            buffer: Vec::new(),
        }
    }

    /// Up to `length` bytes from `at`; fewer at the end of the file.
    pub fn bytes(&mut self, at: u64, length: usize) -> io::Result<&[u8]> {
        let inside = at >= self.base && at + length as u64 <= self.base + self.buffer.len() as u64;
        if !inside {
            self.load(at, length)?;
        }
        let from = (at - self.base) as usize;
        let to = self.buffer.len().min(from + length);
        Ok(self.buffer.get(from..to).unwrap_or_default())
    }

    fn load(&mut self, at: u64, length: usize) -> io::Result<()> {
        // Never more than the file holds: a damaged length must not make us allocate.
        let left = self.file.length()?.saturating_sub(at);
        let wanted = left.min(length.max(self.ahead) as u64) as usize;
        self.buffer.resize(wanted, 0);
        let got = disk::read_full(self.file, &mut self.buffer, at)?;
        self.buffer.truncate(got);
        self.base = at;
        Ok(())
    }

    pub fn meta_bytes(&mut self, at: u64, head: &Head) -> io::Result<Vec<u8>> {
        let bytes = self.bytes(at, RECORD_BYTES + head.meta)?;
        Ok(bytes.get(RECORD_BYTES..).unwrap_or_default().to_vec())
    }

    /// Forgets what was read: the file may have changed under it.
    pub fn forget(&mut self) {
        self.buffer.clear();
    }

    /// The record at `at` when it is whole, its frame too.
    pub fn record(&mut self, at: u64) -> io::Result<Option<Head>> {
        self.check(at, Head::length, Head::all_holds)
    }

    /// The record at `at` when it is whole as far as its meta and long enough; its frame is not read.
    pub fn meta(&mut self, at: u64) -> io::Result<Option<Head>> {
        let head = self.check(at, |head| RECORD_BYTES + head.meta, Head::meta_holds)?;
        let length = self.file.length()?;
        Ok(head.filter(|head| at + head.length() as u64 <= length))
    }

    fn check(
        &mut self,
        at: u64,
        reach: impl Fn(&Head) -> usize,
        holds: impl Fn(&Head, &[u8]) -> bool,
    ) -> io::Result<Option<Head>> {
        let salt = self.salt;
        let Some(head) = Head::parse(self.bytes(at, RECORD_BYTES)?, salt) else {
            return Ok(None);
        };
        let reach = reach(&head);
        let bytes = self.bytes(at, reach)?;
        Ok((bytes.len() == reach && holds(&head, bytes)).then_some(head))
    }

    /// The next place after `at` where a whole record of index `next` or later begins.
    pub fn resynchronise(&mut self, at: u64, next: u64) -> io::Result<Option<(u64, Head)>> {
        let mut from = at + 1;
        while let Some(place) = self.find_salt(from)? {
            match self.record(place)? {
                Some(head) if head.index >= next => return Ok(Some((place, head))),
                _ => from = place + 1,
            }
        }
        Ok(None)
    }

    fn find_salt(&mut self, mut from: u64) -> io::Result<Option<u64>> {
        let salt = self.salt.to_le_bytes();
        loop {
            let bytes = self.bytes(from, WINDOW)?;
            if bytes.len() < salt.len() {
                return Ok(None);
            }
            if let Some(at) = bytes.windows(salt.len()).position(|window| window == salt) {
                return Ok(Some(from + at as u64));
            }
            from += (bytes.len() - salt.len() + 1) as u64;
        }
    }
}

/// How much of each record a walk checks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Header and meta; frames are skipped unread.
    Meta,
    All,
}

/// Steps from record to record, over damage.
pub(crate) struct Walker<'f, F> {
    pub scanner: Scanner<'f, F>,
    depth: Depth,
    /// Where the next record should begin.
    pub at: u64,
    /// The lowest index it may have.
    pub next: u64,
    /// Places where damage began.
    pub damage: Vec<u64>,
}

impl<'f, F: DiskFile> Walker<'f, F> {
    pub fn new(file: &'f F, salt: u64, depth: Depth, at: u64, next: u64) -> Self {
        Self {
            scanner: Scanner::new(
                file,
                salt,
                if depth == Depth::All {
                    WINDOW
                } else {
                    META_WINDOW
                },
            ),
            depth,
            at,
            next,
            damage: Vec::new(),
        }
    }

    /// The next whole record and its place; `None` when no more is to be found. `at` then is the end of the last one.
    pub fn step(&mut self) -> io::Result<Option<(u64, Head)>> {
        let found = match self.here()? {
            Some(head) => Some((self.at, head)),
            None => self.beyond()?,
        };
        let Some((place, head)) = found else {
            return Ok(None);
        };
        self.at = place + head.length() as u64;
        self.next = head.index + 1;
        Ok(Some((place, head)))
    }

    fn here(&mut self) -> io::Result<Option<Head>> {
        let found = match self.depth {
            Depth::All => self.scanner.record(self.at)?,
            Depth::Meta => self.scanner.meta(self.at)?,
        };
        Ok(found.filter(|head| head.index >= self.next))
    }

    /// Nothing whole lies here; is there anything after it?
    fn beyond(&mut self) -> io::Result<Option<(u64, Head)>> {
        let Some((place, head)) = self.scanner.resynchronise(self.at, self.next)? else {
            return Ok(None);
        };
        // A writer may have been half-way through this record when we read it and done with the later one when we
        // came there. What precedes a whole record is complete by now: only a second look can call it damaged.
        self.scanner.forget();
        if let Some(head) = self.here()? {
            return Ok(Some((self.at, head)));
        }
        self.damage.push(self.at);
        Ok(Some((place, head)))
    }
}
