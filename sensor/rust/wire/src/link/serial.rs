//! Serial lines: PPP (RFC 1661, 1662), Cisco HDLC, frame relay (RFC 2427).

use super::{short, Link, Next, ETHERTYPE_IPV4, ETHERTYPE_IPV6};
use crate::anomaly::{Fault, Kind};
use crate::bytes::{array, u16_at};

/// Address and control of PPP in HDLC-like framing (RFC 1662 3.1).
const ALL_STATIONS: [u8; 2] = [0xff, 0x03];
const HDLC_HEADER: usize = 4;
/// Addresses of Cisco HDLC: unicast, multicast.
const HDLC_ADDRESSES: [u8; 2] = [0x0f, 0x8f];
/// Q.922 addresses have two to four bytes.
const MAX_ADDRESS: usize = 4;

/// A serial line carries PPP, or Cisco's framing where its address says so.
pub fn ppp_or_hdlc(bytes: &[u8]) -> Result<(Next, Link), Fault> {
    match bytes.first() {
        Some(first) if HDLC_ADDRESSES.contains(first) => hdlc(bytes),
        _ => Ok((Next::Ppp, Link::default())),
    }
}

/// Address, control, ethertype; keep-alives (SLARP) have the type of reverse ARP.
pub fn hdlc(bytes: &[u8]) -> Result<(Next, Link), Fault> {
    let kind = u16_at(bytes, 2).ok_or_else(|| short(HDLC_HEADER, bytes))?;
    let link = Link {
        end: HDLC_HEADER,
        ..Link::default()
    };
    Ok((Next::Ethertype(kind), link))
}

/// A PPP frame: address and control may be left out, and the protocol's first byte when it is zero (RFC 1661 6.5, 6.6).
pub fn ppp(bytes: &[u8], link: &mut Link) -> Result<Next, Fault> {
    if array(bytes, link.end) == Some(ALL_STATIONS) {
        link.end += ALL_STATIONS.len();
    }
    let first = *bytes
        .get(link.end)
        .ok_or_else(|| short(link.end + 1, bytes))?;
    let protocol = if first & 1 == 1 {
        link.end += 1;
        u16::from(first)
    } else {
        link.end += 2;
        u16_at(bytes, link.end - 2).ok_or_else(|| short(link.end, bytes))?
    };
    Ok(match protocol {
        0x0021 => Next::Ethertype(ETHERTYPE_IPV4),
        0x0057 => Next::Ethertype(ETHERTYPE_IPV6),
        0x0281 => Next::Ethertype(super::shim::ETHERTYPE_MPLS[0]),
        0x0283 => Next::Ethertype(super::shim::ETHERTYPE_MPLS[1]),
        // Bridged Ethernet (RFC 3518) has flags and a type of its own; control protocols are no packets.
        _ => Next::Ethertype(0),
    })
}

/// Q.922 address, then RFC 2427's control and protocol id, or Cisco's ethertype.
pub fn frame_relay(bytes: &[u8]) -> Result<(Next, Link), Fault> {
    let last = bytes
        .iter()
        .take(MAX_ADDRESS)
        .position(|byte| byte & 1 == 1);
    let Some(address) = last.map(|last| last + 1) else {
        return Err(Fault::new(Kind::LinkTruncated, 2, bytes.len()));
    };
    let control: [u8; 2] = array(bytes, address).ok_or_else(|| short(address + 2, bytes))?;
    // A zero byte may pad the header to even length (RFC 2427 3).
    let padding = usize::from(control == [0x03, 0]);
    let at = address + 2 + padding;
    let protocol = bytes.get(at - 1).copied().unwrap_or(0);
    let (kind, end) = match (control[0], protocol) {
        (0x03, 0xcc) => (ETHERTYPE_IPV4, at),
        (0x03, 0x8e) => (ETHERTYPE_IPV6, at),
        // Sub-network protocol header: three bytes of organisation, then the ethertype.
        (0x03, 0x80) => (u16_at(bytes, at + 3).unwrap_or(0), at + 5),
        (0x03, _) => (0, at),
        _ => (u16::from_be_bytes(control), address + 2),
    };
    let link = Link {
        end,
        ..Link::default()
    };
    Ok((Next::Ethertype(kind), link))
}
