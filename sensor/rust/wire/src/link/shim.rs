//! Encapsulations between link and network: MPLS (RFC 3032, 4448), PPPoE (RFC 2516), NSH (RFC 8300), 802.1ah.

use super::{Link, Next, ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_PPPOE};
use crate::anomaly::{Fault, Kind};
use crate::bytes::{array, u16_at, u32_at};
use crate::layer::{Trail, Tunnel};

/// Unicast and multicast.
pub const ETHERTYPE_MPLS: [u16; 2] = [0x8847, 0x8848];
pub const ETHERTYPE_NSH: u16 = 0x894f;
const ETHERTYPE_PBB: u16 = 0x88e7;

/// Labels of one stack. Providers stack four or five; entropy and service labels double that.
const MAX_LABELS: usize = 16;
const LABEL: usize = 4;
const CONTROL_WORD: usize = 4;
const PPPOE_HEADER: usize = 6;
const NSH_HEADER: usize = 8;
const SERVICE_TAG: usize = 4;

/// One shim's step, None where `ethertype` is none.
pub(crate) fn step(
    ethertype: u16,
    bytes: &[u8],
    link: &mut Link,
    trail: &mut Trail<'_>,
) -> Result<Option<Next>, Fault> {
    let rest = bytes.get(link.end..).unwrap_or_default();
    let (tunnel, shim) = match ethertype {
        mpls if ETHERTYPE_MPLS.contains(&mpls) => (Tunnel::Mpls, labels(rest)?),
        ETHERTYPE_PPPOE => (Tunnel::Pppoe, pppoe(rest)?),
        ETHERTYPE_NSH => (Tunnel::Nsh, nsh(rest)?),
        ETHERTYPE_PBB => (Tunnel::Pbb, service(rest)?),
        _ => return Ok(None),
    };
    trail.push(tunnel, Some(shim.id))?;
    link.end += shim.length;
    Ok(Some(shim.next))
}

/// What a shim says, and what it stands before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shim {
    pub id: u32,
    pub length: usize,
    pub next: Next,
}

pub(crate) fn malformed(needed: usize, bytes: &[u8]) -> Fault {
    Fault::new(Kind::TunnelMalformed, needed, bytes.len())
}

/// A label stack. Nothing says what follows the bottom but its first four bits (RFC 4385 3, RFC 4928).
pub(crate) fn labels(rest: &[u8]) -> Result<Shim, Fault> {
    for at in 0..MAX_LABELS {
        let length = (at + 1) * LABEL;
        let word = u32_at(rest, at * LABEL).ok_or_else(|| malformed(length, rest))?;
        if word & 0x100 != 0 {
            let inside = rest.get(length..).unwrap_or_default();
            let first = *inside.first().ok_or_else(|| malformed(length + 1, rest))?;
            let (skip, next) = below_labels(first, inside);
            return Ok(Shim {
                id: word >> 12,
                length: length + skip,
                next,
            });
        }
    }
    Err(malformed(MAX_LABELS * LABEL, rest))
}

fn below_labels(first: u8, inside: &[u8]) -> (usize, Next) {
    match first >> 4 {
        4 | 6 => (0, Next::Ip),
        // An associated channel's message (RFC 5586) is no packet.
        1 => (0, Next::Ethertype(0)),
        // A control word, unless the bytes are an Ethernet header as they stand: addresses begin with zero, too.
        0 if known(u16_at(inside, CONTROL_WORD + 12)) || !known(u16_at(inside, 12)) => {
            (CONTROL_WORD, Next::Ethernet)
        }
        _ => (0, Next::Ethernet),
    }
}

/// Ethertypes that tell an Ethernet header from other bytes.
fn known(ethertype: Option<u16>) -> bool {
    matches!(
        ethertype,
        Some(ETHERTYPE_IPV4 | ETHERTYPE_IPV6 | 0x0806 | 0x8100 | 0x88a8 | 0x8847 | 0x8863 | 0x8864)
    )
}

/// Session data of PPP over Ethernet.
fn pppoe(rest: &[u8]) -> Result<Shim, Fault> {
    let [version, code, s0, s1, ..]: [u8; PPPOE_HEADER] =
        array(rest, 0).ok_or_else(|| malformed(PPPOE_HEADER, rest))?;
    if version != 0x11 || code != 0 {
        let found = u16::from_be_bytes([version, code]);
        return Err(Fault::new(
            Kind::TunnelMalformed,
            0x1100,
            usize::from(found),
        ));
    }
    Ok(Shim {
        id: u32::from(u16::from_be_bytes([s0, s1])),
        length: PPPOE_HEADER,
        next: Next::Ppp,
    })
}

/// The network service header: its length counts words, its path is the id.
fn nsh(rest: &[u8]) -> Result<Shim, Fault> {
    let header: [u8; NSH_HEADER] = array(rest, 0).ok_or_else(|| malformed(NSH_HEADER, rest))?;
    let length = usize::from(header[1] & 0x3f) * 4;
    if length < NSH_HEADER || length > rest.len() || header[0] >> 6 != 0 {
        return Err(malformed(length.max(NSH_HEADER), rest));
    }
    Ok(Shim {
        id: u32::from_be_bytes([0, header[4], header[5], header[6]]),
        length,
        next: nsh_next(header[3]),
    })
}

/// Next protocols of NSH, and of VXLAN-GPE, which has the same numbers and NSH besides.
pub(crate) fn nsh_next(protocol: u8) -> Next {
    match protocol {
        1 => Next::Ethertype(ETHERTYPE_IPV4),
        2 => Next::Ethertype(ETHERTYPE_IPV6),
        3 => Next::Ethernet,
        4 => Next::Ethertype(ETHERTYPE_NSH),
        5 => Next::Ethertype(ETHERTYPE_MPLS[0]),
        _ => Next::Ethertype(0),
    }
}

/// The service tag of a provider backbone bridge, before the customer's whole frame.
fn service(rest: &[u8]) -> Result<Shim, Fault> {
    let word = u32_at(rest, 0).ok_or_else(|| malformed(SERVICE_TAG, rest))?;
    Ok(Shim {
        id: word & 0x00ff_ffff,
        length: SERVICE_TAG,
        next: Next::Ethernet,
    })
}
