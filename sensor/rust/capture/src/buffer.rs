//! Bytes of a capture file in one run: read in large pieces, parsed in place, handed out as the batch's buffer.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use starwatch_wire::frames::Pool;

/// One read: large enough that system calls do not count, small enough that the tail carried to the next batch is cheap.
const CHUNK: usize = 256 << 10;
/// 128 MiB, what zstd's own command line accepts without being asked: a larger window is a memory bomb.
const ZSTD_WINDOW_LOG: u32 = 27;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Opens a file and undoes its compression, told by its first bytes.
fn open(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    let mut file = BufReader::with_capacity(CHUNK, File::open(path)?);
    let magic = file.fill_buf()?;
    if magic.starts_with(&GZIP) {
        return Ok(Box::new(MultiGzDecoder::new(file)));
    }
    if magic.starts_with(&ZSTD) {
        let mut decoder = zstd::stream::read::Decoder::with_buffer(file)?;
        decoder.window_log_max(ZSTD_WINDOW_LOG)?;
        return Ok(Box::new(decoder));
    }
    Ok(Box::new(file))
}

/// The part of a file that is in memory. `data[..filled]` is read; parsing stands at `at`.
pub struct Buffer {
    source: Box<dyn Read + Send>,
    data: Vec<u8>,
    filled: usize,
    at: usize,
    /// Why no more can be read: None at a clean end.
    failure: Option<io::Error>,
    ended: bool,
    pool: Pool,
}

impl Buffer {
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            source: open(path)?,
            data: Vec::new(),
            filled: 0,
            at: 0,
            failure: None,
            ended: false,
            pool: Pool::default(),
        })
    }

    /// Offset of the parser in the buffer.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Reads on until `count` bytes are there to be parsed; answers how many of them there are.
    pub fn load(&mut self, count: usize) -> usize {
        while self.filled - self.at < count && !self.ended {
            self.fill(count);
        }
        count.min(self.filled - self.at)
    }

    /// Up to `count` of the bytes `load` has read.
    pub fn loaded(&self, count: usize) -> &[u8] {
        let end = self.filled.min(self.at.saturating_add(count));
        &self.data[self.at..end]
    }

    /// The next `count` bytes without passing them, or what is left of them at the end of the file.
    pub fn peek(&mut self, count: usize) -> &[u8] {
        self.load(count);
        self.loaded(count)
    }

    /// Passes `count` bytes that have been loaded.
    pub fn pass(&mut self, count: usize) {
        self.at = self.filled.min(self.at.saturating_add(count));
    }

    /// Passes `count` bytes without keeping them; answers how many there were.
    pub fn skip(&mut self, count: usize) -> usize {
        let (from, mut left) = (self.at, count);
        while left > 0 {
            let step = self.load(left.min(CHUNK));
            if step == 0 {
                break;
            }
            self.pass(step);
            self.forget(from);
            left -= step;
        }
        count - left
    }

    /// Nobody needs the bytes between `from` and the parser: closes up over them once that is worth the copy.
    pub fn forget(&mut self, from: usize) {
        let unused = self.at - from;
        if unused >= CHUNK {
            self.data.copy_within(self.at..self.filled, from);
            self.at = from;
            self.filled -= unused;
        }
    }

    /// What made reading stop, if not the end of the file.
    pub fn failure(&self) -> Option<&io::Error> {
        self.failure.as_ref()
    }

    fn fill(&mut self, count: usize) {
        let wanted = self.filled + CHUNK.max(count);
        if self.data.len() < wanted {
            self.data.resize(wanted, 0);
        }
        match self.source.read(&mut self.data[self.filled..]) {
            Ok(0) => self.ended = true,
            Ok(read) => self.filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                self.ended = true;
                self.failure = Some(error);
            }
        }
    }

    /// Gives the buffer away and goes on in a fresh one that starts with the bytes from `keep` on.
    pub fn detach(&mut self, keep: usize) -> (Vec<u8>, Pool) {
        let mut fresh = self.pool.take();
        let rest = &self.data[keep..self.filled];
        if fresh.len() < rest.len() {
            fresh.resize(rest.len() + CHUNK, 0);
        }
        fresh[..rest.len()].copy_from_slice(rest);
        let data = std::mem::replace(&mut self.data, fresh);
        self.filled -= keep;
        self.at -= keep;
        (data, self.pool.clone())
    }
}
