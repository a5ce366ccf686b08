//! The bytes of a block: some frames with what is needed to read them alone.
//!
//! ```text
//! header   salt u64 | first ns i64 | last ns i64 | missed u64 | packets u32 | body length u32 | CRC32C of the body u32
//!          | CRC32C of the 44 bytes before u32
//! body     interfaces: count u16, each link u32 | name length u8 | name
//!          frames, each time ns i64 | captured u32 | length u32 | interface u16 | bytes
//! ```
//! All integers little endian. The segment's random salt leads every block, so bytes from the network cannot pass for
//! one: their sender never sees it.

use starwatch_wire::frames::{Entry, Frame, Frames, Interface};

use super::flow::{host_key, tuples};

pub const HEADER_BYTES: usize = 48;
const FRAME_HEADER: usize = 18;
/// A block is closed when it has grown to this: one read fetches it, the processor's cache holds it.
const FULL_BYTES: usize = 1 << 20;
/// A full block, one frame more (libpcap's largest, 256 KiB) and the interfaces; what claims more is damage.
pub const MAX_BODY: usize = FULL_BYTES + (768 << 10);
/// Names longer than this are cut; Linux allows 15 bytes.
const MAX_NAME: usize = 255;
/// Remembers which keys came lately: a packet of the same conversation adds none.
const LATELY: usize = 4096;

/// What a block's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub first_ns: i64,
    pub last_ns: i64,
    /// Packets that could not be kept since the block before.
    pub missed: u64,
    pub packets: u32,
    pub body: u32,
    pub checksum: u32,
}

impl Header {
    pub fn encode(&self, salt: u64) -> [u8; HEADER_BYTES] {
        let mut out = [0; HEADER_BYTES];
        out[..8].copy_from_slice(&salt.to_le_bytes());
        out[8..16].copy_from_slice(&self.first_ns.to_le_bytes());
        out[16..24].copy_from_slice(&self.last_ns.to_le_bytes());
        out[24..32].copy_from_slice(&self.missed.to_le_bytes());
        out[32..36].copy_from_slice(&self.packets.to_le_bytes());
        out[36..40].copy_from_slice(&self.body.to_le_bytes());
        out[40..44].copy_from_slice(&self.checksum.to_le_bytes());
        let checksum = crc32c::crc32c(&out[..44]);
        out[44..].copy_from_slice(&checksum.to_le_bytes());
        out
    }

    /// None: these bytes are no header of a block of this segment.
    pub fn decode(bytes: &[u8], salt: u64) -> Option<Self> {
        let bytes = bytes.get(..HEADER_BYTES)?;
        if number(bytes, 0)? != salt || word(bytes, 44)? != crc32c::crc32c(&bytes[..44]) {
            return None;
        }
        let header = Self {
            first_ns: number(bytes, 8)? as i64,
            last_ns: number(bytes, 16)? as i64,
            missed: number(bytes, 24)?,
            packets: word(bytes, 32)?,
            body: word(bytes, 36)?,
            checksum: word(bytes, 40)?,
        };
        (header.body as usize <= MAX_BODY).then_some(header)
    }

    /// Bytes on disk, header and body.
    pub fn span(&self) -> u64 {
        HEADER_BYTES as u64 + u64::from(self.body)
    }

    pub fn sound(&self, body: &[u8]) -> bool {
        body.len() == self.body as usize && crc32c::crc32c(body) == self.checksum
    }
}

pub fn number(bytes: &[u8], at: usize) -> Option<u64> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|it| u64::from_le_bytes(*it))
}

pub fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|it| u32::from_le_bytes(*it))
}

pub fn half(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|it| u16::from_le_bytes(*it))
}

/// Frames on their way to the disk.
#[derive(Debug, Default)]
pub struct Block {
    /// Room for the header, then the body.
    pub bytes: Vec<u8>,
    pub first_ns: i64,
    pub last_ns: i64,
    pub packets: u32,
    /// Conversations and hosts in it; some may be listed twice.
    pub keys: Vec<u32>,
}

impl Block {
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.keys.clear();
        self.packets = 0;
        (self.first_ns, self.last_ns) = (i64::MAX, i64::MIN);
    }

    pub fn is_full(&self) -> bool {
        self.bytes.len() >= FULL_BYTES
    }

    /// `missed`: packets lost since the block before. Only now is the header complete.
    pub fn seal(&mut self, salt: u64, missed: u64) -> Header {
        let body = self.bytes.get(HEADER_BYTES..).unwrap_or_default();
        let header = Header {
            first_ns: self.first_ns,
            last_ns: self.last_ns,
            missed,
            packets: self.packets,
            // Bounded by FULL_BYTES and one frame.
            body: body.len() as u32,
            checksum: crc32c::crc32c(body),
        };
        self.bytes[..HEADER_BYTES].copy_from_slice(&header.encode(salt));
        header
    }
}

/// Fills blocks from batches of frames.
#[derive(Default)]
pub struct Packer {
    keys: Lister,
}

impl Packer {
    /// Frames from number `at` on, until the block is full; the number of the first one left.
    pub fn fill(&mut self, block: &mut Block, frames: &Frames, at: usize) -> usize {
        self.keys.lately.fill(0);
        block.clear();
        block.bytes.resize(HEADER_BYTES, 0);
        list(&mut block.bytes, &frames.interfaces);
        let mut next = at;
        while next < frames.len() && !block.is_full() {
            if let (Some(frame), Some(entry)) = (frames.get(next), frames.entries.get(next)) {
                self.add(block, &frame, entry);
            }
            next += 1;
        }
        next
    }

    fn add(&mut self, block: &mut Block, frame: &Frame<'_>, entry: &Entry) {
        let mut header = [0; FRAME_HEADER];
        header[..8].copy_from_slice(&frame.time_ns.to_le_bytes());
        header[8..12].copy_from_slice(&entry.captured.to_le_bytes());
        header[12..16].copy_from_slice(&frame.length.to_le_bytes());
        header[16..].copy_from_slice(&frame.interface.to_le_bytes());
        block.bytes.extend_from_slice(&header);
        block.bytes.extend_from_slice(frame.bytes);
        block.first_ns = block.first_ns.min(frame.time_ns);
        block.last_ns = block.last_ns.max(frame.time_ns);
        block.packets += 1;
        self.keys.note(frame, &mut block.keys);
    }
}

/// Lists the conversations and hosts of frames, few of them twice.
struct Lister {
    lately: Box<[u32; LATELY]>,
}

impl Default for Lister {
    fn default() -> Self {
        Self {
            lately: Box::new([0; LATELY]),
        }
    }
}

impl Lister {
    fn note(&mut self, frame: &Frame<'_>, keys: &mut Vec<u32>) {
        tuples(frame, |tuple| {
            for key in [
                tuple.key(),
                host_key(&tuple.source),
                host_key(&tuple.destination),
            ] {
                // 0 is what an empty place holds; such a key is just listed each time.
                let place = &mut self.lately[key as usize % LATELY];
                if *place != key || key == 0 {
                    *place = key;
                    keys.push(key);
                }
            }
        });
    }
}

/// Conversations and hosts of a body whose checksum was right.
pub fn keys_of(body: &[u8]) -> Vec<u32> {
    let (mut lister, mut keys) = (Lister::default(), Vec::new());
    for frame in Body::open(body).into_iter().flatten() {
        lister.note(&frame, &mut keys);
    }
    keys
}

fn list(out: &mut Vec<u8>, interfaces: &[Interface]) {
    // A batch names at most 1,024 interfaces (record.rs).
    out.extend_from_slice(&(interfaces.len() as u16).to_le_bytes());
    for interface in interfaces {
        let name = interface.name.as_deref().unwrap_or("").as_bytes();
        let name = &name[..name.len().min(MAX_NAME)];
        out.extend_from_slice(&interface.link.to_le_bytes());
        out.push(name.len() as u8);
        out.extend_from_slice(name);
    }
}

/// The frames of a body whose checksum was right.
pub struct Body<'a> {
    bytes: &'a [u8],
    at: usize,
    links: Vec<u32>,
}

impl<'a> Body<'a> {
    /// None: not laid out as a body is.
    pub fn open(bytes: &'a [u8]) -> Option<Self> {
        let count = half(bytes, 0)?;
        let mut links = Vec::with_capacity(usize::from(count));
        let mut at = 2;
        for _ in 0..count {
            links.push(word(bytes, at)?);
            at += 5 + usize::from(*bytes.get(at + 4)?);
        }
        Some(Self { bytes, at, links })
    }
}

impl<'a> Iterator for Body<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        let header = self.bytes.get(self.at..self.at + FRAME_HEADER)?;
        let interface = half(header, 16)?;
        let start = self.at + FRAME_HEADER;
        let end = start.checked_add(word(header, 8)? as usize)?;
        self.at = end;
        Some(Frame {
            time_ns: number(header, 0)? as i64,
            link: *self.links.get(usize::from(interface))?,
            interface,
            length: word(header, 12)?,
            bytes: self.bytes.get(start..end)?,
        })
    }
}
