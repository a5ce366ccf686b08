//! From a packet in the ring to a frame as it was on the wire.

use std::sync::Arc;

use starwatch_wire::checksum;
use starwatch_wire::frames::{Frames, Interface, Pool};

use super::blocks::Arrived;

/// Link types of the tcpdump registry.
pub const ETHERNET: u32 = 1;
pub const RAW: u32 = 101;

const ADDRESSES: usize = 12;
const TAG: usize = 4;
const TCP: u8 = 6;
const UDP: u8 = 17;

/// An empty batch in a used buffer.
pub fn batch(pool: &Pool, interfaces: &Arc<[Interface]>) -> Frames {
    let mut data = pool.take();
    data.clear();
    Frames {
        data,
        entries: Vec::new(),
        interfaces: Arc::clone(interfaces),
        damage: Vec::new(),
        pool: pool.clone(),
    }
}

/// Appends the frame: the VLAN tag back in its place, an open checksum closed. Its length in `out`.
pub fn append(out: &mut Vec<u8>, link: u32, packet: &Arrived<'_>, limit: usize) -> usize {
    let start = out.len();
    let kept = packet.bytes.len().min(limit);
    let bytes = &packet.bytes[..kept];
    match packet.tag {
        Some((protocol, control)) if link == ETHERNET && kept >= ADDRESSES => {
            out.extend_from_slice(&bytes[..ADDRESSES]);
            out.extend_from_slice(&protocol.to_be_bytes());
            out.extend_from_slice(&control.to_be_bytes());
            out.extend_from_slice(&bytes[ADDRESSES..]);
        }
        _ => out.extend_from_slice(bytes),
    }
    if packet.checksum_open && kept == packet.length as usize {
        close_checksum(&mut out[start..], link);
    }
    out.len() - start
}

/// Bytes the tag adds on the wire.
pub fn tag_bytes(link: u32, packet: &Arrived<'_>) -> u32 {
    if packet.tag.is_some() && link == ETHERNET {
        TAG as u32
    } else {
        0
    }
}

/// The IP packet of a frame, without padding; None when it is something else or not whole.
pub fn packet(link: u32, bytes: &[u8]) -> Option<&[u8]> {
    let packet = bytes.get(network(link, bytes)?..)?;
    let length = match packet.first()? >> 4 {
        4 => usize::from(half(packet, 2)?),
        6 => 40 + usize::from(half(packet, 4)?),
        _ => return None,
    };
    // Offloads write no length into packets past 64 KiB.
    packet.get(..if length < 20 { packet.len() } else { length })
}

/// Where the network header starts.
fn network(link: u32, bytes: &[u8]) -> Option<usize> {
    if link == RAW {
        return Some(0);
    }
    let mut at = ADDRESSES;
    while matches!(half(bytes, at)?, 0x8100 | 0x88a8 | 0x9100) {
        at += TAG;
    }
    matches!(half(bytes, at)?, 0x0800 | 0x86dd).then_some(at + 2)
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes([pair[0], pair[1]]))
}

/// Writes the checksum the hardware would have written. What is not plainly TCP or UDP over IP stays as it is.
fn close_checksum(bytes: &mut [u8], link: u32) {
    let Some(start) = network(link, bytes) else {
        return;
    };
    let Some(packet) = packet(link, bytes) else {
        return;
    };
    let end = start + packet.len();
    let Some((header, protocol, addresses)) = transport(packet) else {
        return;
    };
    let addresses: [Vec<u8>; 2] = addresses.map(|range| packet[range].to_vec());
    let place = match protocol {
        TCP => 16,
        UDP => 6,
        _ => return,
    };
    let Some(segment) = bytes
        .get_mut(start + header..end)
        .filter(|it| it.len() >= place + 2)
    else {
        return;
    };
    segment[place..place + 2].fill(0);
    let sum = checksum::total_with_pseudo_header([&addresses[0], &addresses[1]], protocol, segment);
    // UDP says "none" with 0, so a sum of 0 is sent as all ones (RFC 768).
    let value = if sum == u16::MAX && protocol == UDP {
        u16::MAX
    } else {
        !sum
    };
    segment[place..place + 2].copy_from_slice(&value.to_be_bytes());
}

/// (length of the IP header, protocol, where the addresses are).
fn transport(packet: &[u8]) -> Option<(usize, u8, [std::ops::Range<usize>; 2])> {
    match packet.first()? >> 4 {
        4 if packet.len() >= 20 => {
            let header = usize::from(packet[0] & 15) * 4;
            Some((header, packet[9], [12..16, 16..20]))
        }
        6 if packet.len() >= 40 => Some((40, packet[6], [8..24, 24..40])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrived(bytes: &[u8]) -> Arrived<'_> {
        Arrived {
            time_ns: 0,
            length: bytes.len() as u32,
            bytes,
            tag: None,
            checksum_open: false,
        }
    }

    #[test]
    fn a_tag_the_card_took_out_is_put_back() {
        let bytes: Vec<u8> = (0..20).collect();
        let mut out = Vec::new();
        let packet = Arrived {
            tag: Some((0x88a8, 0xa007)),
            ..arrived(&bytes)
        };
        assert_eq!(append(&mut out, ETHERNET, &packet, usize::MAX), 24);
        assert_eq!(out[12..16], [0x88, 0xa8, 0xa0, 7]);
        assert_eq!(out[16..], bytes[12..]);
    }

    #[test]
    fn an_open_checksum_is_closed() {
        let mut bytes = vec![0; 12];
        bytes.extend([8, 0]);
        bytes.extend([
            0x45, 0, 0, 29, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
        ]);
        bytes.extend([0, 53, 0, 54, 0, 9, 0xab, 0xcd, 0x77]);
        let mut out = Vec::new();
        let packet = Arrived {
            checksum_open: true,
            ..arrived(&bytes)
        };
        append(&mut out, ETHERNET, &packet, usize::MAX);
        let addresses: [&[u8]; 2] = [&[10, 0, 0, 1], &[10, 0, 0, 2]];
        let sum = checksum::total_with_pseudo_header(addresses, UDP, &out[34..]);
        assert_eq!(sum, checksum::RIGHT);
        assert_ne!(out[40..42], [0xab, 0xcd]);
    }

    #[test]
    fn no_bytes_are_too_few() {
        for length in 0..60 {
            let bytes = vec![0x45; length];
            for link in [ETHERNET, RAW] {
                let packet = Arrived {
                    checksum_open: true,
                    tag: Some((1, 2)),
                    ..arrived(&bytes)
                };
                append(&mut Vec::new(), link, &packet, 30);
            }
        }
    }
}
