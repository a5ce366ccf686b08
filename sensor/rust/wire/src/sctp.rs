//! SCTP (RFC 9260): what the chunks of a packet say about the association.

use crate::anomaly::{Fault, Kind};
use crate::bytes::{array, u32_at};
use crate::transport::Checksum;

pub const HEADER: usize = 12;
const CHECKSUM_AT: usize = 8;
const CHUNK_HEADER: usize = 4;
/// Chunks of one packet that are looked at: a packet of 64 KiB holds 16 thousand empty ones, a sender bundles few.
const MAX_CHUNKS: usize = 64;

const INIT: u8 = 1;
const INIT_ACK: u8 = 2;
const ABORT: u8 = 6;
const SHUTDOWN: u8 = 7;
const COOKIE_ECHO: u8 = 10;
const COOKIE_ACK: u8 = 11;
const SHUTDOWN_COMPLETE: u8 = 14;

/// The chunks of a packet that open or end an association.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sctp {
    pub init: bool,
    pub init_ack: bool,
    pub cookie: bool,
    pub shutdown: bool,
    pub complete: bool,
    pub abort: bool,
}

impl Sctp {
    fn note(&mut self, kind: u8) {
        match kind {
            INIT => self.init = true,
            INIT_ACK => self.init_ack = true,
            COOKIE_ECHO | COOKIE_ACK => self.cookie = true,
            SHUTDOWN => self.shutdown = true,
            SHUTDOWN_COMPLETE => self.complete = true,
            ABORT => self.abort = true,
            _ => {}
        }
    }
}

/// Reads the chunks after the common header; `announced` bytes of them were on the wire.
pub fn chunks(bytes: &[u8], announced: usize) -> (Sctp, Option<Fault>) {
    let mut seen = Sctp::default();
    let mut at = 0;
    for _ in 0..MAX_CHUNKS {
        if at >= announced {
            break;
        }
        let Some([kind, _, high, low]) = array(bytes, at) else {
            // Cut by the snap length, or by the sender.
            let fault = (bytes.len() >= announced).then(|| malformed(CHUNK_HEADER, announced - at));
            return (seen, fault);
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length < CHUNK_HEADER || length > announced - at {
            return (
                seen,
                Some(malformed(length.max(CHUNK_HEADER), announced - at)),
            );
        }
        seen.note(kind);
        // Chunks are padded to words, their length does not count it.
        at += length.next_multiple_of(4);
    }
    (seen, None)
}

fn malformed(needed: usize, found: usize) -> Fault {
    Fault::new(Kind::SctpMalformed, needed, found)
}

/// CRC32C over the packet with the field zero (RFC 9260 6.8). A zero field is what offloading shows.
pub fn verify(packet: &[u8]) -> Checksum {
    let (Some(field), Some(rest)) = (u32_at(packet, CHECKSUM_AT), packet.get(HEADER..)) else {
        return Checksum::Unknown;
    };
    if field == 0 {
        return Checksum::Unknown;
    }
    let head = crc32c::crc32c_append(crc32c::crc32c(&packet[..CHECKSUM_AT]), &[0; 4]);
    let found = crc32c::crc32c_append(head, rest).swap_bytes();
    if found == field {
        Checksum::Right
    } else {
        Checksum::Wrong(found as u16)
    }
}
