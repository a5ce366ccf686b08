//! A TPACKET_V3 ring: blocks the kernel fills and hands over, packets inside them.

use std::io;
use std::mem::{offset_of, size_of};
use std::os::fd::OwnedFd;
use std::sync::atomic::Ordering;

use libc::{tpacket3_hdr, tpacket_block_desc, tpacket_hdr_v1, tpacket_req3};

use super::sys::{self, Mapping, Owned};

/// Large enough for the largest frame (64 KiB merged by offloads) many times, small enough that a ring has dozens.
pub const BLOCK_BYTES: usize = 1 << 20;
/// The kernel wants a frame size that divides the block; in version 3 frames take what they need.
const FRAME_BYTES: u32 = 2048;

const HEADER: usize = offset_of!(tpacket_block_desc, hdr);
const STATUS: usize = HEADER + offset_of!(tpacket_hdr_v1, block_status);
const COUNT: usize = HEADER + offset_of!(tpacket_hdr_v1, num_pkts);
const FIRST: usize = HEADER + offset_of!(tpacket_hdr_v1, offset_to_first_pkt);

const NEXT: usize = offset_of!(tpacket3_hdr, tp_next_offset);
const SECONDS: usize = offset_of!(tpacket3_hdr, tp_sec);
const NANOSECONDS: usize = offset_of!(tpacket3_hdr, tp_nsec);
const KEPT: usize = offset_of!(tpacket3_hdr, tp_snaplen);
const LENGTH: usize = offset_of!(tpacket3_hdr, tp_len);
const PACKET_STATUS: usize = offset_of!(tpacket3_hdr, tp_status);
const MAC: usize = offset_of!(tpacket3_hdr, tp_mac);
const VARIANT: usize = offset_of!(tpacket3_hdr, hv1);
const TAG: usize = VARIANT + offset_of!(libc::tpacket_hdr_variant1, tp_vlan_tci);
const TAG_PROTOCOL: usize = VARIANT + offset_of!(libc::tpacket_hdr_variant1, tp_vlan_tpid);

/// A packet where the kernel put it.
#[derive(Clone, Copy, Debug)]
pub struct Arrived<'a> {
    pub time_ns: i64,
    /// Length on the wire.
    pub length: u32,
    /// Bytes of it in the ring.
    pub bytes: &'a [u8],
    /// What the card took out of the frame: protocol and control word of a VLAN tag.
    pub tag: Option<(u16, u16)>,
    /// The sender left the checksum to the hardware, which this copy never met.
    pub checksum_open: bool,
}

pub struct Blocks {
    mapping: Mapping,
    count: usize,
    next: usize,
}

impl Blocks {
    /// Makes and maps the socket's ring of about `bytes`; a block is handed over after `retire_ms` at the latest.
    pub fn new(fd: &OwnedFd, bytes: usize, retire_ms: u32) -> io::Result<Self> {
        let count = (bytes / BLOCK_BYTES).max(2);
        let size = BLOCK_BYTES as u32;
        let request = tpacket_req3 {
            tp_block_size: size,
            tp_block_nr: count as u32,
            tp_frame_size: FRAME_BYTES,
            tp_frame_nr: size / FRAME_BYTES * count as u32,
            tp_retire_blk_tov: retire_ms,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        };
        sys::set_option(fd, libc::SOL_PACKET, libc::PACKET_RX_RING, &request)?;
        Ok(Self {
            mapping: Mapping::new(fd, count * BLOCK_BYTES)?,
            count,
            next: 0,
        })
    }

    /// Gives every packet of the next block to `take`, then the block back; false when none is ready.
    pub fn next(&mut self, mut take: impl FnMut(Arrived<'_>)) -> bool {
        let start = self.next * BLOCK_BYTES;
        if !self.each(start, &mut take) {
            return false;
        }
        self.mapping.release(start + STATUS);
        self.next = (self.next + 1) % self.count;
        true
    }

    fn each(&self, start: usize, take: &mut impl FnMut(Arrived<'_>)) -> bool {
        let status = self.mapping.word(start + STATUS);
        if status.load(Ordering::Acquire) & libc::TP_STATUS_USER == 0 {
            return false;
        }
        let owned = Owned::new(start, start + BLOCK_BYTES);
        // From behind the status word on, which alone is shared while the block is ours.
        let from = STATUS + size_of::<u32>();
        let block = Block {
            bytes: self.mapping.bytes(start + from, BLOCK_BYTES - from, &owned),
            from,
        };
        block.packets().for_each(take);
        true
    }
}

/// A block's bytes; offsets count from the block's start, of which the first `from` bytes are missing here.
struct Block<'a> {
    bytes: &'a [u8],
    from: usize,
}

impl<'a> Block<'a> {
    fn slice(&self, offset: usize, length: usize) -> Option<&'a [u8]> {
        let start = offset.checked_sub(self.from)?;
        self.bytes.get(start..start.checked_add(length)?)
    }

    fn word(&self, offset: usize) -> Option<u32> {
        let bytes = self.slice(offset, 4)?;
        Some(u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn half(&self, offset: usize) -> Option<u16> {
        let bytes = self.slice(offset, 2)?;
        Some(u16::from_ne_bytes([bytes[0], bytes[1]]))
    }

    fn packets(self) -> impl Iterator<Item = Arrived<'a>> {
        let mut left = self.word(COUNT).unwrap_or(0);
        let mut at = self.word(FIRST).unwrap_or(0) as usize;
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let packet = self.packet(at)?;
            at += self.word(at + NEXT)? as usize;
            Some(packet)
        })
    }

    fn packet(&self, at: usize) -> Option<Arrived<'a>> {
        let status = self.word(at + PACKET_STATUS)?;
        let seconds = i64::from(self.word(at + SECONDS)?);
        let mac = usize::from(self.half(at + MAC)?);
        Some(Arrived {
            time_ns: seconds * 1_000_000_000 + i64::from(self.word(at + NANOSECONDS)?),
            length: self.word(at + LENGTH)?,
            bytes: self.slice(at + mac, self.word(at + KEPT)? as usize)?,
            tag: self.tag(at, status)?,
            checksum_open: status & libc::TP_STATUS_CSUMNOTREADY != 0,
        })
    }

    fn tag(&self, at: usize, status: u32) -> Option<Option<(u16, u16)>> {
        if status & libc::TP_STATUS_VLAN_VALID == 0 {
            return Some(None);
        }
        let known = status & libc::TP_STATUS_VLAN_TPID_VALID != 0;
        let protocol = if known {
            self.half(at + TAG_PROTOCOL)?
        } else {
            0x8100
        };
        Some(Some((protocol, self.word(at + TAG)? as u16)))
    }
}
