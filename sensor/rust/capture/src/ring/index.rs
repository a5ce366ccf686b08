//! What a finished segment holds: its blocks by time, and where each conversation and host occurs.
//!
//! ```text
//! magic "SWRINDX1" | salt u64 | blocks u32 | places u32 | 1 if every key is listed u32
//! | blocks: place u64, first ns i64, last ns i64, missed u64 | places by key: key u32, block u32 | CRC32C of all before u32
//! ```

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::block::{number, word, Header, HEADER_BYTES};
use super::flow::Rows;
use super::segment::Name;

const MAGIC: &[u8; 8] = b"SWRINDX1";
const HEAD_BYTES: usize = 28;
const ENTRY_BYTES: usize = 32;
const PLACE_BYTES: usize = 8;
/// 8 MiB: a flood of packets that share neither host nor conversation is searched block by block instead.
const MAX_PLACES: usize = 1 << 20;
/// Sorting and merging what is listed twice, each time so much more has come.
const COMPACT_PLACES: usize = 1 << 17;

/// One block of the segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub place: u64,
    pub first_ns: i64,
    pub last_ns: i64,
    pub missed: u64,
}

impl Entry {
    /// Where the block's body begins.
    pub fn body(&self) -> u64 {
        self.place + HEADER_BYTES as u64
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    pub entries: Vec<Entry>,
    /// (key, block), in this order once sorted.
    places: Vec<(u32, u32)>,
    sorted: usize,
    /// False: there were too many keys, any block may hold any of them.
    complete: bool,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            places: Vec::new(),
            sorted: 0,
            complete: true,
        }
    }
}

impl Index {
    /// Of blocks whose content is not known: each may hold anything.
    pub fn unsearchable(entries: Vec<Entry>) -> Self {
        Self {
            entries,
            complete: false,
            ..Self::default()
        }
    }

    pub fn add(&mut self, place: u64, header: &Header, keys: &[u32]) {
        let block = self.entries.len() as u32;
        self.entries.push(Entry {
            place,
            first_ns: header.first_ns,
            last_ns: header.last_ns,
            missed: header.missed,
        });
        if self.complete {
            self.places.extend(keys.iter().map(|&key| (key, block)));
            self.compact(self.sorted + COMPACT_PLACES);
        }
    }

    fn compact(&mut self, limit: usize) {
        if self.places.len() < limit {
            return;
        }
        self.places.sort_unstable();
        self.places.dedup();
        self.sorted = self.places.len();
        if self.sorted > MAX_PLACES {
            self.places = Vec::new();
            self.complete = false;
        }
    }

    /// Numbers of the blocks that may hold a row of keys, rising.
    pub fn blocks(&self, rows: Option<&Rows>) -> Vec<usize> {
        let Some(rows) = rows.filter(|_| self.complete) else {
            return (0..self.entries.len()).collect();
        };
        let mut found: Vec<usize> = rows.iter().flat_map(|row| self.row(row)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Blocks that hold every key of the row.
    fn row(&self, row: &[u32]) -> Vec<usize> {
        let mut found: Option<Vec<usize>> = None;
        for &key in row {
            let here = self.of_key(key);
            found = Some(match found {
                None => here,
                Some(before) => before
                    .into_iter()
                    .filter(|block| here.binary_search(block).is_ok())
                    .collect(),
            });
        }
        found.unwrap_or_default()
    }

    fn of_key(&self, key: u32) -> Vec<usize> {
        let start = self.places.partition_point(|&(it, _)| it < key);
        let run = self.places[start..].iter().take_while(|(it, _)| *it == key);
        run.map(|&(_, block)| block as usize).collect()
    }

    fn encode(&mut self, salt: u64) -> Vec<u8> {
        self.compact(0);
        let mut out = Vec::with_capacity(
            HEAD_BYTES + self.entries.len() * ENTRY_BYTES + self.places.len() * PLACE_BYTES + 4,
        );
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&salt.to_le_bytes());
        out.extend_from_slice(&(self.entries.len() as u32).to_le_bytes());
        out.extend_from_slice(&(self.places.len() as u32).to_le_bytes());
        out.extend_from_slice(&u32::from(self.complete).to_le_bytes());
        for entry in &self.entries {
            out.extend_from_slice(&entry.place.to_le_bytes());
            out.extend_from_slice(&entry.first_ns.to_le_bytes());
            out.extend_from_slice(&entry.last_ns.to_le_bytes());
            out.extend_from_slice(&entry.missed.to_le_bytes());
        }
        for (key, block) in &self.places {
            out.extend_from_slice(&key.to_le_bytes());
            out.extend_from_slice(&block.to_le_bytes());
        }
        let checksum = crc32c::crc32c(&out);
        out.extend_from_slice(&checksum.to_le_bytes());
        out
    }

    fn decode(bytes: &[u8], salt: u64) -> Option<Self> {
        let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
        let right = content.starts_with(MAGIC)
            && number(content, 8)? == salt
            && word(checksum, 0)? == crc32c::crc32c(content);
        let (blocks, places) = (word(content, 16)? as usize, word(content, 20)? as usize);
        let middle = HEAD_BYTES + blocks.checked_mul(ENTRY_BYTES)?;
        if !right || content.len() != middle + places.checked_mul(PLACE_BYTES)? {
            return None;
        }
        let entries = content[HEAD_BYTES..middle].chunks_exact(ENTRY_BYTES);
        let places = content[middle..].chunks_exact(PLACE_BYTES);
        let places: Vec<(u32, u32)> = places
            .map(|it| Some((word(it, 0)?, word(it, 4)?)))
            .collect::<Option<_>>()?;
        Some(Self {
            entries: entries.map(entry).collect::<Option<_>>()?,
            sorted: places.len(),
            places,
            complete: word(content, 24)? == 1,
        })
    }

    /// Whole under its name, or not there.
    pub fn write(&mut self, folder: &Path, name: Name) -> io::Result<u64> {
        let path = name.index(folder);
        let beside = path.with_extension("new");
        let bytes = self.encode(name.salt);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options.open(&beside)?.write_all(&bytes)?;
        fs::rename(&beside, &path)?;
        Ok(bytes.len() as u64)
    }

    /// None: it is missing or damaged, and the segment has to be read instead.
    pub fn read(folder: &Path, name: Name) -> Option<Self> {
        Self::decode(&fs::read(name.index(folder)).ok()?, name.salt)
    }
}

fn entry(bytes: &[u8]) -> Option<Entry> {
    Some(Entry {
        place: number(bytes, 0)?,
        first_ns: number(bytes, 8)? as i64,
        last_ns: number(bytes, 16)? as i64,
        missed: number(bytes, 24)?,
    })
}
