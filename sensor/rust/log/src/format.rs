//! The bytes of a segment.
//!
//! ```text
//! segment  <first index, 20 digits>-<salt, 16 hex digits>.log
//! header   magic "SWSEGLOG" | version u32 | zero u32 | first u64 | salt u64 | CRC32C of the 32 bytes before u32 | zero u32
//! record   salt u64 | index u64 | meta length u32 | frame length u32
//!          | CRC32C of the 24 bytes before and meta u32 | CRC32C of all other bytes u32 | meta | frame
//! ```
//! All integers little endian. Every record begins with its segment's random salt: after damage the next record is
//! found by it, and bytes that came from the network cannot pass for a record because their sender never sees it. Name
//! and header say the same, so a damaged header costs nothing.
use crate::{error::LogError, frame};

const MAGIC: &[u8; 8] = b"SWSEGLOG";
const VERSION: u32 = 1;
/// Bytes before the first record of a segment.
pub const HEADER_BYTES: usize = 40;
/// Bytes of a record before its meta.
pub const RECORD_BYTES: usize = 32;
/// Meta is a few counters as JSON; 64 KiB leaves room for a ledger entry's names.
pub const MAX_META: usize = 64 << 10;
/// A batch is some MiB; what claims more than 64 MiB is damage, and is never allocated.
pub const MAX_FRAME: usize = 64 << 20;

/// Which segment, as its name and its header say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Segment {
    pub first: u64,
    pub salt: u64,
}

impl Segment {
    pub fn name(&self) -> String {
        format!("{:020}-{:016x}.log", self.first, self.salt)
    }

    pub fn parse(name: &str) -> Option<Self> {
        let (first, salt) = name.strip_suffix(".log")?.split_once('-')?;
        if first.len() != 20 || salt.len() != 16 {
            return None;
        }
        Some(Self {
            first: first.parse().ok()?,
            salt: u64::from_str_radix(salt, 16).ok()?,
        })
    }

    pub fn header(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.first.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.salt.to_le_bytes());
        let check = crc32c::crc32c(&bytes[..32]);
        bytes[32..36].copy_from_slice(&check.to_le_bytes());
        bytes
    }
}

/// The fixed part of a record, not yet checked against its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub index: u64,
    pub meta: usize,
    pub frame: usize,
    check_meta: u32,
    check_all: u32,
}

impl Head {
    /// `None`: not the start of a record of this segment.
    pub fn parse(bytes: &[u8], salt: u64) -> Option<Self> {
        let bytes: &[u8; RECORD_BYTES] = bytes.get(..RECORD_BYTES)?.try_into().ok()?;
        if bytes[..8] != salt.to_le_bytes() {
            return None;
        }
        let head = Self {
            index: u64::from_le_bytes(word(bytes, 8)),
            meta: u32::from_le_bytes(word(bytes, 16)) as usize,
            frame: u32::from_le_bytes(word(bytes, 20)) as usize,
            check_meta: u32::from_le_bytes(word(bytes, 24)),
            check_all: u32::from_le_bytes(word(bytes, 28)),
        };
        (head.meta <= MAX_META && head.frame <= MAX_FRAME).then_some(head)
    }

    pub fn length(&self) -> usize {
        RECORD_BYTES + self.meta + self.frame
    }

    /// `bytes` reach at least to the end of the meta.
    pub fn meta_holds(&self, bytes: &[u8]) -> bool {
        meta_check(bytes, self.meta).is_some_and(|check| check == self.check_meta)
    }

    /// `bytes` are the whole record.
    pub fn all_holds(&self, bytes: &[u8]) -> bool {
        self.meta_holds(bytes) && all_check(bytes).is_some_and(|check| check == self.check_all)
    }
}

fn word<const N: usize>(bytes: &[u8; RECORD_BYTES], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}

fn meta_check(bytes: &[u8], meta: usize) -> Option<u32> {
    let check = crc32c::crc32c(bytes.get(..24)?);
    Some(crc32c::crc32c_append(
        check,
        bytes.get(RECORD_BYTES..RECORD_BYTES + meta)?,
    ))
}

fn all_check(bytes: &[u8]) -> Option<u32> {
    let check = crc32c::crc32c(bytes.get(..28)?);
    Some(crc32c::crc32c_append(check, bytes.get(RECORD_BYTES..)?))
}

/// The bytes of one record, ready to be written.
pub(crate) fn encode(
    salt: u64,
    index: u64,
    meta: &[u8],
    frame: &[u8],
) -> Result<Vec<u8>, LogError> {
    if meta.len() > MAX_META {
        return Err(LogError::Refused("the meta is longer than 64 KiB"));
    }
    if frame.len() > MAX_FRAME {
        return Err(LogError::Refused("the frame is longer than 64 MiB"));
    }
    let mut bytes = Vec::with_capacity(RECORD_BYTES + meta.len() + frame.len());
    bytes.extend_from_slice(&salt.to_le_bytes());
    bytes.extend_from_slice(&index.to_le_bytes());
    bytes.extend_from_slice(&(meta.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&(frame.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&[0; 8]);
    bytes.extend_from_slice(meta);
    bytes.extend_from_slice(frame);
    let check = meta_check(&bytes, meta.len()).unwrap_or_default();
    bytes[24..28].copy_from_slice(&check.to_le_bytes());
    let check = all_check(&bytes).unwrap_or_default();
    bytes[28..32].copy_from_slice(&check.to_le_bytes());
    Ok(bytes)
}

/// One whole, checked record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub index: u64,
    bytes: Vec<u8>,
    meta: usize,
}

impl Record {
    pub(crate) fn new(head: &Head, bytes: &[u8]) -> Self {
        Self {
            index: head.index,
            bytes: bytes.get(RECORD_BYTES..).unwrap_or_default().to_vec(),
            meta: head.meta,
        }
    }

    pub fn meta(&self) -> &[u8] {
        self.bytes.get(..self.meta).unwrap_or_default()
    }

    /// The zstd frame as stored.
    pub fn frame(&self) -> &[u8] {
        self.bytes.get(self.meta..).unwrap_or_default()
    }

    /// Decompressed, never more than `limit` bytes.
    pub fn payload(&self, limit: usize) -> Result<Vec<u8>, LogError> {
        frame::decompress(self.frame(), limit)
    }
}
