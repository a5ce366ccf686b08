//! Link headers: what carries the packet, and where the packet starts.

use crate::anomaly::{Fault, Kind};
use crate::bytes::{array, u16_at};
use crate::layer::Trail;

mod serial;
pub(crate) mod shim;
mod wireless;

pub const ETHERTYPE_IPV4: u16 = 0x0800;
pub const ETHERTYPE_IPV6: u16 = 0x86dd;
/// 802.1Q, 802.1ad and the QinQ value before it.
const ETHERTYPE_TAGS: [u16; 3] = [0x8100, 0x88a8, 0x9100];
/// Cisco's tag of a virtual interface (802.1Qbh).
const ETHERTYPE_VNTAG: u16 = 0x8926;
pub(crate) const ETHERTYPE_PPPOE: u16 = 0x8864;
/// Largest value of an Ethernet type field that is a length.
const MAX_LENGTH: u16 = 1500;
/// Two tags are what 802.1ad knows; four leaves room for stacked providers and ends hostile towers.
const MAX_TAGS: usize = 4;
/// PCP (3 bits) and DEI (1 bit) share the word with the VLAN id.
const VLAN_ID: u16 = 0x0fff;

const ETHERNET_HEADER: usize = 14;
const COOKED_HEADER: usize = 16;
const COOKED2_HEADER: usize = 20;
const FAMILY_HEADER: usize = 4;
const SNAP_HEADER: usize = 8;

/// Service access points and the control field of 802.2.
const SAP_SNAP: u8 = 0xaa;
const SAP_IP: u8 = 0x06;
const UNNUMBERED: u8 = 0x03;

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

/// What stands at some place of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Ethernet,
    /// As an Ethernet header names it.
    Ethertype(u16),
    /// Of the version its first four bits say.
    Ip,
    Ppp,
    Llc,
    /// 802.11; some controllers exchange the two bytes of its frame control.
    Wireless {
        swapped: bool,
    },
}

/// 802.11 as its standard has it.
pub(crate) const WIRELESS: Next = Next::Wireless { swapped: false };

/// Link types of the tcpdump registry that are decoded (<https://www.tcpdump.org/linktypes.html>).
pub(crate) fn parse(link_type: u32, bytes: &[u8], trail: &mut Trail<'_>) -> Result<Link, Fault> {
    let (next, link) = match link_type {
        1 => {
            let link = ethernet(bytes, 0)?;
            // The plain road, and nearly all traffic.
            if matches!(link.ethertype, ETHERTYPE_IPV4 | ETHERTYPE_IPV6) {
                return Ok(link);
            }
            (of_ethertype(link.ethertype), link)
        }
        0 | 108 => return family(bytes),
        12 | 14 | 101 => (Next::Ip, Link::default()),
        228 => return Ok(bare(ETHERTYPE_IPV4)),
        229 => return Ok(bare(ETHERTYPE_IPV6)),
        113 => cooked(bytes)?,
        276 => cooked2(bytes)?,
        9 | 50 => serial::ppp_or_hdlc(bytes)?,
        51 => (Next::Ethertype(ETHERTYPE_PPPOE), Link::default()),
        104 => serial::hdlc(bytes)?,
        107 => serial::frame_relay(bytes)?,
        105 => (WIRELESS, Link::default()),
        127 => (WIRELESS, wireless::radiotap(bytes)?),
        192 => wireless::ppi(bytes)?,
        other => return Err(Fault::new(Kind::LinkUnknown, 1, other as usize)),
    };
    walk(bytes, next, link, trail)
}

/// Steps from header to header until the network's is reached, or one that leads nowhere.
#[cold]
pub(crate) fn walk(
    bytes: &[u8],
    mut next: Next,
    mut link: Link,
    trail: &mut Trail<'_>,
) -> Result<Link, Fault> {
    let mut tags = 0;
    loop {
        next = match next {
            Next::Ethernet => {
                link = ethernet(bytes, link.end)?;
                of_ethertype(link.ethertype)
            }
            Next::Ip => Next::Ethertype(version(bytes, link.end)?),
            Next::Ppp => serial::ppp(bytes, &mut link)?,
            Next::Llc => llc(bytes, &mut link)?,
            Next::Wireless { swapped } => wireless::data(bytes, &mut link, swapped)?,
            Next::Ethertype(kind) if tag_length(kind).is_some() && tags < MAX_TAGS => {
                tags += 1;
                tag(bytes, &mut link, kind)?
            }
            Next::Ethertype(kind) => match shim::step(kind, bytes, &mut link, trail)? {
                Some(next) => next,
                None => {
                    link.ethertype = kind;
                    return Ok(link);
                }
            },
        };
    }
}

/// The type field of an Ethernet header is a length up to 1500 (IEEE 802.3 3.2.6).
fn of_ethertype(value: u16) -> Next {
    if value <= MAX_LENGTH {
        Next::Llc
    } else {
        Next::Ethertype(value)
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

/// An Ethernet header at `at`, and its VLAN tags.
fn ethernet(bytes: &[u8], at: usize) -> Result<Link, Fault> {
    let header: [u8; ETHERNET_HEADER] =
        array(bytes, at).ok_or_else(|| short(at + ETHERNET_HEADER, bytes))?;
    let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1] = header;
    let link = Link {
        source: Some([s0, s1, s2, s3, s4, s5]),
        destination: Some([d0, d1, d2, d3, d4, d5]),
        ethertype: u16::from_be_bytes([t0, t1]),
        end: at + ETHERNET_HEADER,
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
        let kind = link.ethertype;
        tag(bytes, &mut link, kind)?;
    }
    Ok(link)
}

/// Bytes of a tag after its type: VLAN, or a virtual interface's (VN-Tag) that is only stepped over.
fn tag_length(ethertype: u16) -> Option<usize> {
    match ethertype {
        ETHERTYPE_VNTAG => Some(6),
        vlan if ETHERTYPE_TAGS.contains(&vlan) => Some(4),
        _ => None,
    }
}

fn tag(bytes: &[u8], link: &mut Link, kind: u16) -> Result<Next, Fault> {
    let length = tag_length(kind).unwrap_or(4);
    let end = link.end + length;
    let ethertype = u16_at(bytes, end - 2).ok_or_else(|| short(end, bytes))?;
    if kind != ETHERTYPE_VNTAG {
        if link.outer_vlan.is_none() {
            link.outer_vlan = link.vlan;
        }
        link.vlan = u16_at(bytes, link.end).map(|word| word & VLAN_ID);
    }
    (link.ethertype, link.end) = (ethertype, end);
    Ok(of_ethertype(ethertype))
}

/// Logical link control (IEEE 802.2) and the sub-network protocol header that names an ethertype (RFC 1042).
fn llc(bytes: &[u8], link: &mut Link) -> Result<Next, Fault> {
    let header: [u8; 3] = array(bytes, link.end).ok_or_else(|| short(link.end + 3, bytes))?;
    match header {
        [SAP_SNAP, SAP_SNAP, UNNUMBERED] => {
            link.end += SNAP_HEADER;
            let kind = u16_at(bytes, link.end - 2).ok_or_else(|| short(link.end, bytes))?;
            Ok(Next::Ethertype(kind))
        }
        [SAP_IP, SAP_IP, UNNUMBERED] => {
            link.end += header.len();
            Ok(Next::Ethertype(ETHERTYPE_IPV4))
        }
        // Spanning tree, IS-IS, NetBIOS, …
        _ => Ok(Next::Ethertype(0)),
    }
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

/// The ethertype of an IP packet at `at`.
fn version(bytes: &[u8], at: usize) -> Result<u16, Fault> {
    let first = bytes.get(at).ok_or_else(|| short(at + 1, bytes))?;
    match first >> 4 {
        4 => Ok(ETHERTYPE_IPV4),
        6 => Ok(ETHERTYPE_IPV6),
        version => Err(Fault::new(Kind::IpBadHeader, 4, usize::from(version))),
    }
}

/// Linux "cooked" captures; protocol 4 means 802.2 (if_ether.h ETH_P_802_2).
fn of_cooked(protocol: u16) -> Next {
    match protocol {
        4 => Next::Llc,
        protocol => Next::Ethertype(protocol),
    }
}

fn cooked(bytes: &[u8]) -> Result<(Next, Link), Fault> {
    let protocol = u16_at(bytes, 14).ok_or_else(|| short(COOKED_HEADER, bytes))?;
    let source = (u16_at(bytes, 4) == Some(6))
        .then(|| array(bytes, 6))
        .flatten();
    let link = Link {
        source,
        end: COOKED_HEADER,
        ..Link::default()
    };
    Ok((of_cooked(protocol), link))
}

fn cooked2(bytes: &[u8]) -> Result<(Next, Link), Fault> {
    let header: [u8; COOKED2_HEADER] =
        array(bytes, 0).ok_or_else(|| short(COOKED2_HEADER, bytes))?;
    let source = (header[11] == 6).then(|| array(bytes, 12)).flatten();
    let link = Link {
        source,
        end: COOKED2_HEADER,
        ..Link::default()
    };
    Ok((of_cooked(u16::from_be_bytes([header[0], header[1]])), link))
}
