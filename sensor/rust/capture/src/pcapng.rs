//! The next generation (draft-ietf-opsawg-pcapng): blocks, in sections, from several interfaces.

use std::sync::Arc;

use starwatch_wire::frames::Interface;

use crate::buffer::Buffer;
use crate::record::{Damaged, Format, Interfaces, Record, MAX_FRAME};

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;

const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
/// Type, length, and the length again at the end.
const BLOCK_FRAME: usize = 12;
const BLOCK_HEADER: usize = 8;
/// A frame, its options and comments; what libpcap takes (MAX_BLOCKSIZE is 16 MiB).
const MAX_BLOCK: usize = 16 << 20;
/// Interfaces of one section that are remembered.
const MAX_SECTION_INTERFACES: usize = 65_536;

const OPTION_END: u16 = 0;
const OPTION_NAME: u16 = 2;
const OPTION_RESOLUTION: u16 = 9;
const OPTION_OFFSET: u16 = 14;
/// Longest interface name kept; Linux has 15.
const MAX_NAME: usize = 64;

/// How an interface counts time.
#[derive(Clone, Copy, Debug)]
struct Clock {
    units_per_second: u128,
    offset_seconds: i64,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            units_per_second: 1_000_000,
            offset_seconds: 0,
        }
    }
}

impl Clock {
    /// if_tsresol: a power of ten, or of two when the top bit is set.
    fn resolution(code: u8) -> Option<u128> {
        let exponent = u32::from(code & 0x7f);
        let base: u128 = if code & 0x80 == 0 { 10 } else { 2 };
        base.checked_pow(exponent)
    }

    fn nanoseconds(&self, units: u64) -> Option<i64> {
        let since_offset = u128::from(units) * 1_000_000_000 / self.units_per_second;
        let offset = i128::from(self.offset_seconds) * 1_000_000_000;
        i64::try_from(i128::try_from(since_offset).ok()?.checked_add(offset)?).ok()
    }
}

/// One interface of the current section.
#[derive(Clone, Copy, Debug)]
struct Port {
    number: u16,
    snap_length: usize,
    clock: Clock,
}

#[derive(Default)]
pub struct Pcapng {
    big_endian: bool,
    ports: Vec<Port>,
    last_ns: i64,
}

impl Pcapng {
    pub fn recognise(buffer: &mut Buffer) -> Option<Self> {
        buffer
            .peek(4)
            .starts_with(&SECTION_HEADER.to_be_bytes())
            .then(Self::default)
    }

    fn word(&self, bytes: &[u8], at: usize) -> Option<u32> {
        let word: [u8; 4] = *bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian {
            u32::from_be_bytes(word)
        } else {
            u32::from_le_bytes(word)
        })
    }

    fn half(&self, bytes: &[u8], at: usize) -> Option<u16> {
        let half: [u8; 2] = *bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian {
            u16::from_be_bytes(half)
        } else {
            u16::from_le_bytes(half)
        })
    }

    /// Type and total length of the block that starts here; None at the end.
    fn block(&mut self, buffer: &mut Buffer) -> Result<Option<(u32, usize)>, Damaged> {
        let found = buffer.load(BLOCK_FRAME);
        if found == 0 && buffer.failure().is_none() {
            return Ok(None);
        }
        if found < BLOCK_FRAME {
            return Err(Damaged::short(buffer, "block header", BLOCK_FRAME, found));
        }
        let header = buffer.loaded(BLOCK_FRAME);
        if header.starts_with(&SECTION_HEADER.to_be_bytes()) {
            self.big_endian = byte_order(header)?;
        }
        let kind = self.word(header, 0).unwrap_or_default();
        let length = self.word(header, 4).unwrap_or_default() as usize;
        if length < BLOCK_FRAME {
            return Err(Damaged::corrupt(format!(
                "block length {length}, at least {BLOCK_FRAME}"
            )));
        }
        // Writers that forget the padding exist; the block still ends on a boundary of four.
        Ok(Some((kind, length.next_multiple_of(4))))
    }

    /// The block's body, checked against its second length.
    fn body<'b>(&self, buffer: &'b mut Buffer, length: usize) -> Result<&'b [u8], Damaged> {
        if length > MAX_BLOCK {
            return Err(Damaged::corrupt(format!(
                "block length {length}, at most {MAX_BLOCK}"
            )));
        }
        let found = buffer.load(length);
        if found < length {
            return Err(Damaged::short(buffer, "block", length, found));
        }
        let block = buffer.loaded(length);
        match self.word(block, length - 4) {
            Some(again) if (again as usize).next_multiple_of(4) == length => {
                Ok(&block[BLOCK_HEADER..length - 4])
            }
            again => Err(Damaged::corrupt(format!(
                "block length {length}, at its end {}",
                again.unwrap_or_default()
            ))),
        }
    }

    fn section(&mut self, body: &[u8]) -> Result<(), Damaged> {
        let major = self.half(body, 4).unwrap_or_default();
        if major != 1 {
            return Err(Damaged::corrupt(format!(
                "section version {major}, known is 1"
            )));
        }
        self.ports.clear();
        Ok(())
    }

    fn interface(&mut self, body: &[u8], interfaces: &mut Interfaces) -> Result<(), Damaged> {
        let (Some(link), Some(snap)) = (self.half(body, 0), self.word(body, 4)) else {
            return Err(Damaged::corrupt(
                "interface description shorter than 8 bytes",
            ));
        };
        if self.ports.len() == MAX_SECTION_INTERFACES {
            return Err(Damaged::corrupt(format!(
                "more than {MAX_SECTION_INTERFACES} interfaces in a section"
            )));
        }
        let (name, clock) = self.options(&body[8..])?;
        self.ports.push(Port {
            number: interfaces.add(Interface {
                link: u32::from(link),
                name,
            })?,
            snap_length: if snap == 0 { MAX_FRAME } else { snap as usize },
            clock,
        });
        Ok(())
    }

    fn options(&self, mut bytes: &[u8]) -> Result<(Option<Arc<str>>, Clock), Damaged> {
        let (mut name, mut clock) = (None, Clock::default());
        while let (Some(code), Some(length)) = (self.half(bytes, 0), self.half(bytes, 2)) {
            let length = usize::from(length);
            let value = bytes
                .get(4..4 + length)
                .ok_or_else(|| Damaged::corrupt("an option runs past its block"))?;
            match (code, value) {
                (OPTION_END, _) => break,
                (OPTION_NAME, value) => name = Some(text(value)),
                (OPTION_RESOLUTION, &[code, ..]) => {
                    clock.units_per_second = Clock::resolution(code).ok_or_else(|| {
                        Damaged::corrupt(format!("time resolution {code} is no number"))
                    })?;
                }
                (OPTION_OFFSET, value) if value.len() == 8 => {
                    clock.offset_seconds = self.long(value)
                }
                _ => {}
            }
            bytes = bytes
                .get((4 + length).next_multiple_of(4)..)
                .unwrap_or_default();
        }
        Ok((name, clock))
    }

    fn long(&self, value: &[u8]) -> i64 {
        let long: [u8; 8] = value.try_into().unwrap_or_default();
        if self.big_endian {
            i64::from_be_bytes(long)
        } else {
            i64::from_le_bytes(long)
        }
    }

    /// A packet block's fields: (interface, time, captured length, length, offset in the body). None: shorter than these.
    fn fields(&self, kind: u32, body: &[u8]) -> Option<(usize, Option<u64>, usize, u32, usize)> {
        if kind == SIMPLE_PACKET {
            let length = self.word(body, 0)?;
            let snap = self
                .ports
                .first()
                .map_or(MAX_FRAME, |port| port.snap_length);
            let captured = (length as usize).min(snap).min(body.len() - 4);
            return Some((0, None, captured, length, 4));
        }
        let interface = match kind {
            ENHANCED_PACKET => self.word(body, 0)? as usize,
            _ => usize::from(self.half(body, 0)?),
        };
        let time = u64::from(self.word(body, 4)?) << 32 | u64::from(self.word(body, 8)?);
        Some((
            interface,
            Some(time),
            self.word(body, 12)? as usize,
            self.word(body, 16)?,
            20,
        ))
    }

    fn packet(&mut self, kind: u32, body: &[u8], start: usize) -> Result<Record, Damaged> {
        let (interface, units, captured, length, at) = self
            .fields(kind, body)
            .ok_or_else(|| Damaged::corrupt("packet block shorter than its fields"))?;
        let port = *self.ports.get(interface).ok_or_else(|| {
            Damaged::corrupt(format!("interface {interface} of {}", self.ports.len()))
        })?;
        if captured > MAX_FRAME || captured > body.len() - at {
            return Err(Damaged::corrupt(format!(
                "frame length {captured} in a block of {}",
                body.len()
            )));
        }
        if let Some(units) = units {
            self.last_ns = port
                .clock
                .nanoseconds(units)
                .ok_or_else(|| Damaged::corrupt(format!("time {units} is past the year 2262")))?;
        }
        let offset = start + BLOCK_HEADER + at;
        let length = length.max(captured as u32);
        // A simple packet block has no time: it happened no earlier than the one before it.
        Ok(Record {
            time_ns: self.last_ns,
            interface: port.number,
            offset,
            captured,
            length,
            start,
        })
    }

    /// Reads one block; answers the frame it held, if any.
    fn step(
        &mut self,
        buffer: &mut Buffer,
        interfaces: &mut Interfaces,
        kind: u32,
        length: usize,
    ) -> Result<Option<Record>, Damaged> {
        let start = buffer.at();
        let mut record = None;
        match kind {
            SECTION_HEADER
            | INTERFACE_DESCRIPTION
            | ENHANCED_PACKET
            | SIMPLE_PACKET
            | OBSOLETE_PACKET => {
                let body = self.body(buffer, length)?;
                match kind {
                    SECTION_HEADER => self.section(body)?,
                    INTERFACE_DESCRIPTION => self.interface(body, interfaces)?,
                    _ => record = Some(self.packet(kind, body, start)?),
                }
                buffer.pass(length);
            }
            // Names, statistics, secrets, custom blocks: nothing of theirs is kept.
            _ => {
                let found = buffer.skip(length);
                if found < length {
                    return Err(Damaged::short(buffer, "block", length, found));
                }
            }
        }
        Ok(record)
    }
}

impl Format for Pcapng {
    fn next(
        &mut self,
        buffer: &mut Buffer,
        interfaces: &mut Interfaces,
    ) -> Result<Option<Record>, Damaged> {
        let from = buffer.at();
        while let Some((kind, length)) = self.block(buffer)? {
            if let Some(record) = self.step(buffer, interfaces, kind, length)? {
                return Ok(Some(record));
            }
            buffer.forget(from);
        }
        Ok(None)
    }
}

/// Whether a section (its first twelve bytes) is big-endian.
fn byte_order(header: &[u8]) -> Result<bool, Damaged> {
    let word: [u8; 4] = *header
        .get(8..)
        .and_then(|rest| rest.first_chunk())
        .unwrap_or(&[0; 4]);
    match (u32::from_be_bytes(word), u32::from_le_bytes(word)) {
        (BYTE_ORDER_MAGIC, _) => Ok(true),
        (_, BYTE_ORDER_MAGIC) => Ok(false),
        (other, _) => Err(Damaged::corrupt(format!("byte-order magic {other:#010x}"))),
    }
}

fn text(value: &[u8]) -> Arc<str> {
    let value = &value[..value.len().min(MAX_NAME)];
    let end = value
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(value.len());
    String::from_utf8_lossy(&value[..end]).into()
}
