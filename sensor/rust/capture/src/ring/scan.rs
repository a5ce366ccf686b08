//! Blocks of a segment found by walking it: the one being written, and any whose index is missing.

use std::fs::File;
use std::io;

use super::block::{Header, HEADER_BYTES};
use super::index::Entry;
use super::segment::{read_at, HEAD_BYTES};

/// After damage the next block is looked for in pieces of this size.
const CHUNK: usize = 256 << 10;

/// Walks from block to block by their headers; bodies are not read.
pub struct Walk<'a> {
    file: &'a File,
    salt: u64,
    at: u64,
    length: u64,
    /// Stretches that were no block and had a block behind them.
    pub damaged: u64,
}

impl<'a> Walk<'a> {
    pub fn new(file: &'a File, salt: u64) -> io::Result<Self> {
        Ok(Self {
            file,
            salt,
            at: HEAD_BYTES as u64,
            length: file.metadata()?.len(),
            damaged: 0,
        })
    }

    /// End of the last whole block.
    pub fn end(&self) -> u64 {
        self.at
    }

    /// The next block; None where the whole ones end.
    pub fn next(&mut self) -> io::Result<Option<(Entry, Header)>> {
        if let Some(found) = self.here(self.at)? {
            return Ok(Some(found));
        }
        // A torn tail looks like damage at first; it is damage only if a block follows.
        let Some(place) = self.search(self.at)? else {
            return Ok(None);
        };
        self.damaged += 1;
        self.here(place)
    }

    fn here(&mut self, place: u64) -> io::Result<Option<(Entry, Header)>> {
        let bytes = read_at(self.file, place, HEADER_BYTES)?;
        let Some(header) = Header::decode(&bytes, self.salt) else {
            return Ok(None);
        };
        if place + header.span() > self.length {
            return Ok(None);
        }
        self.at = place + header.span();
        let entry = Entry {
            place,
            first_ns: header.first_ns,
            last_ns: header.last_ns,
            missed: header.missed,
        };
        Ok(Some((entry, header)))
    }

    /// The next whole block behind `from`.
    fn search(&mut self, from: u64) -> io::Result<Option<u64>> {
        let salt = self.salt.to_le_bytes();
        let mut start = from;
        while start < self.length {
            let bytes = read_at(self.file, start, CHUNK)?;
            for at in 0..bytes.len() {
                let place = start + at as u64;
                if place > from && bytes[at..].starts_with(&salt) && self.whole(place)? {
                    return Ok(Some(place));
                }
            }
            if bytes.len() < CHUNK {
                break;
            }
            // A salt may lie across the border.
            start += (CHUNK - salt.len()) as u64;
        }
        Ok(None)
    }

    fn whole(&self, place: u64) -> io::Result<bool> {
        let bytes = read_at(self.file, place, HEADER_BYTES)?;
        let header = Header::decode(&bytes, self.salt);
        Ok(header.is_some_and(|header| place + header.span() <= self.length))
    }
}
