//! IEEE 802.11 data frames, and the headers capture cards put before them (radiotap, PPI).

use super::{short, Link, Next, WIRELESS};
use crate::anomaly::{Fault, Kind};
use crate::bytes::array;

const HEADER: usize = 24;
const ADDRESS: usize = 6;
/// Frame control, first byte: type 2 is data; of its subtypes bit 2 has no data, bit 3 has quality of service.
const TYPE: u8 = 0x0c;
const TYPE_DATA: u8 = 0x08;
const WITHOUT_DATA: u8 = 0x40;
const QOS: u8 = 0x80;
/// Second byte.
const TO_STATION_SYSTEM: u8 = 1;
const FROM_STATION_SYSTEM: u8 = 2;
const PROTECTED: u8 = 0x40;
const HT_CONTROL: u8 = 0x80;
/// Of the quality-of-service field: several frames in one.
const AGGREGATE: u8 = 0x80;

/// Radiotap's flags field: the 802.11 header is padded to four bytes.
const RADIOTAP_PADDED: u8 = 0x20;
const PPI_HEADER: usize = 8;

/// A data frame down to its 802.2 header; anything else leads nowhere.
pub fn data(bytes: &[u8], link: &mut Link, swapped: bool) -> Result<Next, Fault> {
    let at = link.end;
    let header: [u8; HEADER] = array(bytes, at).ok_or_else(|| short(at + HEADER, bytes))?;
    let (first, second) = match swapped {
        false => (header[0], header[1]),
        true => (header[1], header[0]),
    };
    if first & TYPE != TYPE_DATA || first & WITHOUT_DATA != 0 || second & PROTECTED != 0 {
        return Ok(Next::Ethertype(0));
    }
    let four = second & 3 == TO_STATION_SYSTEM | FROM_STATION_SYSTEM;
    let mut length = HEADER + if four { ADDRESS } else { 0 };
    if first & QOS != 0 {
        let aggregate = bytes
            .get(at + length)
            .is_some_and(|qos| qos & AGGREGATE != 0);
        if aggregate {
            return Ok(Next::Ethertype(0));
        }
        length += 2 + if second & HT_CONTROL != 0 { 4 } else { 0 };
    }
    addresses(bytes, at, second, link);
    link.end = at + padded(length, link);
    Ok(Next::Llc)
}

/// Receiver, transmitter and the third and fourth address change places with the direction (802.11 9.3.2.1).
fn addresses(bytes: &[u8], at: usize, control: u8, link: &mut Link) {
    let address = |number: usize| array(bytes, at + [4, 10, 16, 24][number]);
    let (destination, source) = match control & 3 {
        0 => (0, 1),
        TO_STATION_SYSTEM => (2, 1),
        FROM_STATION_SYSTEM => (0, 2),
        _ => (2, 3),
    };
    (link.destination, link.source) = (address(destination), address(source));
}

/// `ethertype` holds 1 while the capture header says that headers are padded.
fn padded(length: usize, link: &Link) -> usize {
    if link.ethertype == 1 {
        length.next_multiple_of(4)
    } else {
        length
    }
}

/// The radiotap header (<https://www.radiotap.org>): little endian, its length at 2.
pub fn radiotap(bytes: &[u8]) -> Result<Link, Fault> {
    let header: [u8; 8] = array(bytes, 0).ok_or_else(|| short(8, bytes))?;
    let end = usize::from(u16::from_le_bytes([header[2], header[3]]));
    if header[0] != 0 || end < header.len() {
        return Err(Fault::new(Kind::LinkTruncated, header.len(), end));
    }
    Ok(Link {
        end,
        ethertype: u16::from(radiotap_pads(bytes, &header)),
        ..Link::default()
    })
}

/// The flags field is the second of the presence word; the first, a time stamp, is aligned to eight.
fn radiotap_pads(bytes: &[u8], header: &[u8; 8]) -> bool {
    let present = header[4];
    let words = 1 + bytes
        .get(4..)
        .unwrap_or_default()
        .chunks_exact(4)
        .take_while(|word| word[3] & 0x80 != 0)
        .count();
    let mut at = 4 + words * 4;
    if present & 1 != 0 {
        at = at.next_multiple_of(8) + 8;
    }
    present & 2 != 0
        && bytes
            .get(at)
            .is_some_and(|flags| flags & RADIOTAP_PADDED != 0)
}

/// Per-packet information: little endian, its length at 2, the link type of what follows at 4.
pub fn ppi(bytes: &[u8]) -> Result<(Next, Link), Fault> {
    let header: [u8; PPI_HEADER] = array(bytes, 0).ok_or_else(|| short(PPI_HEADER, bytes))?;
    let end = usize::from(u16::from_le_bytes([header[2], header[3]]));
    if end < PPI_HEADER {
        return Err(Fault::new(Kind::LinkTruncated, PPI_HEADER, end));
    }
    let link = Link {
        end,
        ..Link::default()
    };
    match u32::from_le_bytes([header[4], header[5], header[6], header[7]]) {
        105 => Ok((WIRELESS, link)),
        1 => Ok((Next::Ethernet, link)),
        101 => Ok((Next::Ip, link)),
        other => Err(Fault::new(Kind::LinkUnknown, 105, other as usize)),
    }
}
