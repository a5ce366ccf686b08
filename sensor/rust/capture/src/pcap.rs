//! The classic format (draft-ietf-opsawg-pcap): one header, then records.

use starwatch_wire::frames::Interface;

use crate::buffer::Buffer;
use crate::record::{Damaged, Format, Interfaces, Record, MAX_FRAME};

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
/// Kuznetzov's patched libpcap wrote an interface index, protocol and packet type into each record.
const PATCHED_RECORD_HEADER: usize = 24;
/// The upper bits of the link word are the FCS length and reserved.
const LINK_TYPE: u32 = 0x03ff_ffff;
/// Up to 2.3 the two lengths of a record stood the other way round in some writers.
const LENGTHS_IN_ORDER: (u16, u16) = (2, 4);

const MICROSECONDS: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;
const PATCHED: u32 = 0xa1b2_cd34;

pub struct Pcap {
    swapped: bool,
    nanoseconds_per_unit: i64,
    record_header: usize,
    swapped_lengths: bool,
    interface: u16,
}

impl Pcap {
    /// None: these are not the first bytes of a pcap file.
    pub fn recognise(
        buffer: &mut Buffer,
        interfaces: &mut Interfaces,
    ) -> Result<Option<Self>, Damaged> {
        let header = buffer.peek(FILE_HEADER);
        let Some((magic, swapped)) = magic(header) else {
            return Ok(None);
        };
        if header.len() < FILE_HEADER {
            let found = header.len();
            return Err(Damaged::short(buffer, "file header", FILE_HEADER, found));
        }
        let version = (half(header, 4, swapped), half(header, 6, swapped));
        let link = word(header, 20, swapped) & LINK_TYPE;
        buffer.pass(FILE_HEADER);
        Ok(Some(Self {
            swapped,
            nanoseconds_per_unit: if magic == NANOSECONDS { 1 } else { 1_000 },
            record_header: if magic == PATCHED {
                PATCHED_RECORD_HEADER
            } else {
                RECORD_HEADER
            },
            swapped_lengths: version < LENGTHS_IN_ORDER,
            interface: interfaces.add(Interface { link, name: None })?,
        }))
    }

    fn lengths(&self, header: &[u8]) -> (usize, u32) {
        let (captured, length) = (
            word(header, 8, self.swapped),
            word(header, 12, self.swapped),
        );
        if self.swapped_lengths && captured > length {
            (length as usize, captured)
        } else {
            (captured as usize, length.max(captured))
        }
    }

    fn time(&self, header: &[u8]) -> i64 {
        let seconds = i64::from(word(header, 0, self.swapped));
        // A fraction past one second is a known sloppiness of writers: it just adds up.
        let fraction = i64::from(word(header, 4, self.swapped));
        seconds * 1_000_000_000 + fraction * self.nanoseconds_per_unit
    }
}

impl Format for Pcap {
    fn next(&mut self, buffer: &mut Buffer, _: &mut Interfaces) -> Result<Option<Record>, Damaged> {
        let found = buffer.load(self.record_header);
        if found == 0 && buffer.failure().is_none() {
            return Ok(None);
        }
        if found < self.record_header {
            return Err(Damaged::short(
                buffer,
                "record header",
                self.record_header,
                found,
            ));
        }
        let header: [u8; RECORD_HEADER] = *buffer
            .loaded(RECORD_HEADER)
            .first_chunk()
            .expect("a whole header was loaded");
        let (captured, length) = self.lengths(&header);
        if captured > MAX_FRAME {
            return Err(Damaged::corrupt(format!(
                "frame length {captured}, at most {MAX_FRAME}"
            )));
        }
        let start = buffer.at();
        let total = self.record_header + captured;
        let found = buffer.load(total);
        if found < total {
            return Err(Damaged::short(buffer, "record", total, found));
        }
        buffer.pass(total);
        let offset = start + self.record_header;
        Ok(Some(Record {
            time_ns: self.time(&header),
            interface: self.interface,
            offset,
            captured,
            length,
            start,
        }))
    }
}

fn magic(header: &[u8]) -> Option<(u32, bool)> {
    let word: [u8; 4] = *header.first_chunk()?;
    let known = |magic| matches!(magic, MICROSECONDS | NANOSECONDS | PATCHED);
    let (little, big) = (u32::from_le_bytes(word), u32::from_be_bytes(word));
    match (known(little), known(big)) {
        (true, _) => Some((little, false)),
        (_, true) => Some((big, true)),
        _ => None,
    }
}

/// `swapped`: the writer's byte order is big-endian. The caller has checked the length.
fn word(bytes: &[u8], at: usize, swapped: bool) -> u32 {
    let word = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
    if swapped {
        u32::from_be_bytes(word)
    } else {
        u32::from_le_bytes(word)
    }
}

fn half(bytes: &[u8], at: usize, swapped: bool) -> u16 {
    let half = [bytes[at], bytes[at + 1]];
    if swapped {
        u16::from_be_bytes(half)
    } else {
        u16::from_le_bytes(half)
    }
}
