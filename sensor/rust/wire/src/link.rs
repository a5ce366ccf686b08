//! Link headers: what carries the packet, and where the packet starts.

use crate::anomaly::{Fault, Kind};
use crate::bytes::{array, u16_at};

pub const ETHERTYPE_IPV4: u16 = 0x0800;
pub const ETHERTYPE_IPV6: u16 = 0x86dd;
/// 802.1Q, 802.1ad and the QinQ value before it.
const ETHERTYPE_TAGS: [u16; 3] = [0x8100, 0x88a8, 0x9100];
/// Two tags are what 802.1ad knows; four leaves room for stacked providers and ends hostile towers.
const MAX_TAGS: usize = 4;
/// PCP (3 bits) and DEI (1 bit) share the word with the VLAN id.
const VLAN_ID: u16 = 0x0fff;

const ETHERNET_HEADER: usize = 14;
const COOKED_HEADER: usize = 16;
const COOKED2_HEADER: usize = 20;
const FAMILY_HEADER: usize = 4;

pub type Mac = [u8; 6];

/// What the link header says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    pub source: Option<Mac>,
    pub destination: Option<Mac>,
    /// VLAN nearest the payload.
    pub vlan: Option<u16>,
    /// Outermost VLAN of a frame with more than one tag.
    pub outer_vlan: Option<u16>,
    pub ethertype: u16,
    /// Where the network header starts.
    pub end: usize,
}

/// Link types of the tcpdump registry that are decoded (<https://www.tcpdump.org/linktypes.html>).
pub fn parse(link_type: u32, bytes: &[u8]) -> Result<Link, Fault> {
    match link_type {
        1 => ethernet(bytes),
        0 | 108 => family(bytes),
        12 | 14 | 101 => raw(bytes),
        228 => Ok(bare(ETHERTYPE_IPV4)),
        229 => Ok(bare(ETHERTYPE_IPV6)),
        113 => cooked(bytes),
        276 => cooked2(bytes),
        other => Err(Fault::new(Kind::LinkUnknown, 1, other as usize)),
    }
}

fn bare(ethertype: u16) -> Link {
    Link {
        ethertype,
        ..Link::default()
    }
}

fn short(needed: usize, bytes: &[u8]) -> Fault {
    Fault::new(Kind::LinkTruncated, needed, bytes.len())
}

fn ethernet(bytes: &[u8]) -> Result<Link, Fault> {
    let header: [u8; ETHERNET_HEADER] =
        array(bytes, 0).ok_or_else(|| short(ETHERNET_HEADER, bytes))?;
    let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1] = header;
    let link = Link {
        source: Some([s0, s1, s2, s3, s4, s5]),
        destination: Some([d0, d1, d2, d3, d4, d5]),
        ethertype: u16::from_be_bytes([t0, t1]),
        end: ETHERNET_HEADER,
        ..Link::default()
    };
    tags(bytes, link)
}

/// Walks VLAN tags; `link.ethertype` is that of the first one.
fn tags(bytes: &[u8], mut link: Link) -> Result<Link, Fault> {
    for _ in 0..MAX_TAGS {
        if !ETHERTYPE_TAGS.contains(&link.ethertype) {
            break;
        }
        let tag: [u8; 4] = array(bytes, link.end).ok_or_else(|| short(link.end + 4, bytes))?;
        if link.outer_vlan.is_none() {
            link.outer_vlan = link.vlan;
        }
        link.vlan = Some(u16::from_be_bytes([tag[0], tag[1]]) & VLAN_ID);
        link.ethertype = u16::from_be_bytes([tag[2], tag[3]]);
        link.end += 4;
    }
    Ok(link)
}

/// BSD loopback: the address family in the byte order of the machine that captured (NULL) or in network order (LOOP).
fn family(bytes: &[u8]) -> Result<Link, Fault> {
    let word: [u8; FAMILY_HEADER] = array(bytes, 0).ok_or_else(|| short(FAMILY_HEADER, bytes))?;
    let family = u32::from_be_bytes(word).min(u32::from_le_bytes(word));
    let ethertype = match family {
        2 => ETHERTYPE_IPV4,
        // AF_INET6 of Linux, BSD/OS and NetBSD, FreeBSD, macOS.
        10 | 24 | 28 | 30 => ETHERTYPE_IPV6,
        _ => 0,
    };
    Ok(Link {
        end: FAMILY_HEADER,
        ..bare(ethertype)
    })
}

fn raw(bytes: &[u8]) -> Result<Link, Fault> {
    let first = bytes.first().ok_or_else(|| short(1, bytes))?;
    match first >> 4 {
        4 => Ok(bare(ETHERTYPE_IPV4)),
        6 => Ok(bare(ETHERTYPE_IPV6)),
        version => Err(Fault::new(Kind::IpBadHeader, 4, usize::from(version))),
    }
}

fn cooked(bytes: &[u8]) -> Result<Link, Fault> {
    let ethertype = u16_at(bytes, 14).ok_or_else(|| short(COOKED_HEADER, bytes))?;
    let source = (u16_at(bytes, 4) == Some(6))
        .then(|| array(bytes, 6))
        .flatten();
    tags(
        bytes,
        Link {
            source,
            ethertype,
            end: COOKED_HEADER,
            ..Link::default()
        },
    )
}

fn cooked2(bytes: &[u8]) -> Result<Link, Fault> {
    let header: [u8; COOKED2_HEADER] =
        array(bytes, 0).ok_or_else(|| short(COOKED2_HEADER, bytes))?;
    let source = (header[11] == 6).then(|| array(bytes, 12)).flatten();
    let ethertype = u16::from_be_bytes([header[0], header[1]]);
    tags(
        bytes,
        Link {
            source,
            ethertype,
            end: COOKED2_HEADER,
            ..Link::default()
        },
    )
}
