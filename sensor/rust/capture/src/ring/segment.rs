//! One segment: its name, its head, and the file being written.
//!
//! ```text
//! head     magic "SWRING1\n" | salt u64 | number u64 | number of the epoch's first segment u64 | epoch length u8 | epoch
//!          | zeros | CRC32C of the 164 bytes before u32
//! ```

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::block::{number, word, Block, Header};
use super::index::Index;

const MAGIC: &[u8; 8] = b"SWRING1\n";
pub const HEAD_BYTES: usize = 168;
/// As sensor/outbox/batch.py bounds an epoch.
pub const MAX_EPOCH: usize = 128;
/// Packets hold what people wrote: for the sensor's own user alone.
const PRIVATE: u32 = 0o600;

/// Which segment, as its file's name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    pub number: u64,
    pub salt: u64,
}

impl Name {
    /// None: another file.
    pub fn parse(file: &str) -> Option<Self> {
        let (number, salt) = file.strip_suffix(".ring")?.split_once('-')?;
        let name = Self {
            number: number.parse().ok()?,
            salt: u64::from_str_radix(salt, 16).ok()?,
        };
        (name.stem() + ".ring" == file).then_some(name)
    }

    fn stem(&self) -> String {
        format!("{:020}-{:016x}", self.number, self.salt)
    }

    pub fn packets(&self, folder: &Path) -> PathBuf {
        folder.join(self.stem() + ".ring")
    }

    pub fn index(&self, folder: &Path) -> PathBuf {
        folder.join(self.stem() + ".index")
    }
}

/// What the head of a segment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub epoch: String,
    /// Number of the first segment of the epoch.
    pub epoch_first: u64,
}

impl Head {
    fn encode(&self, name: Name) -> [u8; HEAD_BYTES] {
        let mut out = [0; HEAD_BYTES];
        out[..8].copy_from_slice(MAGIC);
        out[8..16].copy_from_slice(&name.salt.to_le_bytes());
        out[16..24].copy_from_slice(&name.number.to_le_bytes());
        out[24..32].copy_from_slice(&self.epoch_first.to_le_bytes());
        let epoch = &self.epoch.as_bytes()[..self.epoch.len().min(MAX_EPOCH)];
        out[32] = epoch.len() as u8;
        out[33..33 + epoch.len()].copy_from_slice(epoch);
        let checksum = crc32c::crc32c(&out[..HEAD_BYTES - 4]);
        out[HEAD_BYTES - 4..].copy_from_slice(&checksum.to_le_bytes());
        out
    }

    fn decode(bytes: &[u8], name: Name) -> Option<Self> {
        let right = bytes.starts_with(MAGIC)
            && number(bytes, 8)? == name.salt
            && number(bytes, 16)? == name.number
            && word(bytes, HEAD_BYTES - 4)? == crc32c::crc32c(bytes.get(..HEAD_BYTES - 4)?);
        let length = usize::from(*bytes.get(32)?).min(MAX_EPOCH);
        let epoch = std::str::from_utf8(bytes.get(33..33 + length)?).ok()?;
        right.then(|| Self {
            epoch: epoch.to_owned(),
            epoch_first: number(bytes, 24).unwrap_or(0),
        })
    }

    /// None: the head is damaged.
    pub fn read(file: &File, name: Name) -> io::Result<Option<Self>> {
        let bytes = read_at(file, 0, HEAD_BYTES)?;
        Ok(Self::decode(&bytes, name))
    }
}

/// Up to `count` bytes at `at`; fewer only at the end of the file.
pub fn read_at(file: &File, at: u64, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    let mut done = 0;
    while done < count {
        match file.read_at(&mut bytes[done..], at + done as u64) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
            Err(fault) => return Err(fault),
        }
    }
    bytes.truncate(done);
    Ok(bytes)
}

/// The segment being written.
pub struct Active {
    pub name: Name,
    file: File,
    pub bytes: u64,
    pub index: Index,
}

impl Active {
    pub fn create(folder: &Path, name: Name, head: &Head) -> io::Result<Self> {
        let path = name.packets(folder);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(PRIVATE)
            .open(&path)?;
        if let Err(fault) = file.write_all_at(&head.encode(name), 0) {
            // Without its head the file is worth nothing; what cannot be removed now is emptied at the next start.
            std::fs::remove_file(&path)?;
            return Err(fault);
        }
        Ok(Self {
            name,
            file,
            bytes: HEAD_BYTES as u64,
            index: Index::default(),
        })
    }

    /// After a fault the file is as before: the next block goes to the same place.
    pub fn append(&mut self, block: &mut Block, missed: u64) -> io::Result<Header> {
        let header = block.seal(self.name.salt, missed);
        if let Err(fault) = self.file.write_all_at(&block.bytes, self.bytes) {
            self.file.set_len(self.bytes)?;
            return Err(fault);
        }
        self.index.add(self.bytes, &header, &block.keys);
        self.bytes += header.span();
        Ok(header)
    }
}
