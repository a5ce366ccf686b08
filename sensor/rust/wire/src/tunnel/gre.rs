//! Generic routing encapsulation (RFC 2784, 2890, routing of RFC 1701), its version 1 for PPTP (RFC 2637), NVGRE
//! (RFC 7637), and ERSPAN (draft-foschiano-erspan-03).

use super::{truncated, Opening};
use crate::anomaly::{Fault, Kind};
use crate::bytes::{array, u16_at, u32_at};
use crate::checksum;
use crate::layer::Tunnel;
use crate::link::{Next, ETHERTYPE_IPV4, WIRELESS};

const BASE: usize = 4;
const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const ACKNOWLEDGEMENT: u16 = 0x0080;
const VERSION: u16 = 7;

const BRIDGED_ETHERNET: u16 = 0x6558;
const ERSPAN_I_II: u16 = 0x88be;
const ERSPAN_III: u16 = 0x22eb;
const PPP: u16 = 0x880b;
const WCCP: u16 = 0x883e;
/// An access point's 802.11 frames on their way to Aruba's controller.
const ARUBA: [u16; 3] = [0x8200, 0x8210, 0x9000];
/// Cisco's redirection header, left out by version 1.
const WCCP_HEADER: usize = 4;
/// Virtual subnets below are reserved (RFC 7637 3.2): a key that small is no NVGRE's.
const FIRST_SUBNET: u32 = 0x1000;

type Opened<'a> = (Tunnel, Result<Opening<'a>, Fault>);

/// `announced`: bytes there were on the wire.
pub fn open(bytes: &[u8], announced: usize) -> Opened<'_> {
    let header: Option<[u8; BASE]> = array(bytes, 0);
    let Some([a, b, c, d]) = header else {
        return (Tunnel::Gre, Err(truncated(BASE, bytes.len())));
    };
    let (flags, protocol) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    match flags & VERSION {
        0 => version_0(bytes, flags, protocol, announced),
        1 if protocol == PPP => (Tunnel::Pptp, version_1(bytes, flags)),
        other => (Tunnel::Gre, Err(truncated(1, usize::from(other)))),
    }
}

/// An optional field's offset, if the header has it; `end` moves past it.
fn field(present: bool, length: usize, end: &mut usize) -> Option<usize> {
    present.then(|| {
        *end += length;
        *end - length
    })
}

fn version_0(bytes: &[u8], flags: u16, protocol: u16, announced: usize) -> Opened<'_> {
    let has = |flag| flags & flag != 0;
    let mut end = BASE;
    field(has(CHECKSUM | ROUTING), 4, &mut end);
    let key = field(has(KEY), 4, &mut end).and_then(|at| u32_at(bytes, at));
    field(has(SEQUENCE), 4, &mut end);
    let tunnel = kind(protocol, key);
    if has(CHECKSUM) && bytes.len() >= announced {
        let found = checksum::total(bytes);
        if found != checksum::RIGHT {
            return (tunnel, Err(wrong_checksum(found)));
        }
    }
    let opening = routes(bytes, has(ROUTING), end)
        .and_then(|end| bytes.get(end..).ok_or_else(|| truncated(end, bytes.len())))
        .and_then(|rest| inside(tunnel, protocol, key, has(SEQUENCE), rest));
    (tunnel, opening)
}

fn wrong_checksum(found: u16) -> Fault {
    let right = usize::from(checksum::RIGHT);
    Fault::new(Kind::TunnelBadChecksum, right, usize::from(found))
}

fn kind(protocol: u16, key: Option<u32>) -> Tunnel {
    match (protocol, key) {
        (ERSPAN_I_II | ERSPAN_III, _) => Tunnel::Erspan,
        (BRIDGED_ETHERNET, Some(key)) if key >> 8 >= FIRST_SUBNET => Tunnel::Nvgre,
        _ => Tunnel::Gre,
    }
}

/// Source routes of RFC 1701: address family, offset, length, until an empty one.
fn routes(bytes: &[u8], present: bool, mut end: usize) -> Result<usize, Fault> {
    if !present {
        return Ok(end);
    }
    loop {
        let [a, b, _, length]: [u8; 4] =
            array(bytes, end).ok_or_else(|| truncated(end + 4, bytes.len()))?;
        end += 4 + usize::from(length);
        if [a, b, length] == [0; 3] {
            return Ok(end);
        }
    }
}

fn inside(
    tunnel: Tunnel,
    protocol: u16,
    key: Option<u32>,
    sequence: bool,
    rest: &[u8],
) -> Result<Opening<'_>, Fault> {
    let plain = |next, bytes| Opening {
        tunnel,
        id: key,
        next,
        bytes,
    };
    Ok(match protocol {
        // Type I has no header of its own, and no sequence number before it.
        ERSPAN_I_II if !sequence => plain(Next::Ethernet, rest),
        ERSPAN_I_II => return erspan_2(rest),
        ERSPAN_III => return erspan_3(rest),
        BRIDGED_ETHERNET if tunnel == Tunnel::Nvgre => Opening {
            id: key.map(|key| key >> 8),
            ..plain(Next::Ethernet, rest)
        },
        BRIDGED_ETHERNET => plain(Next::Ethernet, rest),
        PPP => plain(Next::Ppp, rest),
        WCCP => plain(Next::Ethertype(ETHERTYPE_IPV4), redirected(rest)),
        wireless if ARUBA.contains(&wireless) => plain(WIRELESS, rest),
        ethertype => plain(Next::Ethertype(ethertype), rest),
    })
}

/// The redirection header's first byte is a type (0) or flags, an IPv4 header's begins with 4.
fn redirected(rest: &[u8]) -> &[u8] {
    match rest.first() {
        Some(first) if first >> 4 == 4 => rest,
        _ => rest.get(WCCP_HEADER..).unwrap_or_default(),
    }
}

/// A mirrored frame with header version 1 ("type II").
fn erspan_2(rest: &[u8]) -> Result<Opening<'_>, Fault> {
    let (header, frame) = rest
        .split_first_chunk::<8>()
        .ok_or_else(|| truncated(8, rest.len()))?;
    mirrored(header, 1, Next::Ethernet, frame)
}

/// Version 2 ("type III"): a time stamp, what kind of frame, and perhaps a platform's own eight bytes.
fn erspan_3(rest: &[u8]) -> Result<Opening<'_>, Fault> {
    let (header, frame) = rest
        .split_first_chunk::<12>()
        .ok_or_else(|| truncated(12, rest.len()))?;
    let platform = usize::from(header[11] & 1) * 8;
    let frame = frame
        .get(platform..)
        .ok_or_else(|| truncated(12 + platform, rest.len()))?;
    let next = match header[10] >> 2 & 0x1f {
        2 => Next::Ip,
        _ => Next::Ethernet,
    };
    mirrored(header, 2, next, frame)
}

/// The session is the mirror port's; the VLAN is said by the frame itself.
fn mirrored<'a>(
    header: &[u8],
    version: u8,
    next: Next,
    bytes: &'a [u8],
) -> Result<Opening<'a>, Fault> {
    if header[0] >> 4 != version {
        let (expected, found) = (usize::from(version), usize::from(header[0] >> 4));
        return Err(Fault::new(Kind::TunnelMalformed, expected, found));
    }
    Ok(Opening {
        tunnel: Tunnel::Erspan,
        id: u16_at(header, 2).map(|word| u32::from(word & 0x3ff)),
        next,
        bytes,
    })
}

/// PPTP: the key's halves are the payload's length and the receiver's call.
fn version_1(bytes: &[u8], flags: u16) -> Result<Opening<'_>, Fault> {
    let mut end = BASE + 4;
    let (length, call) = u16_at(bytes, 4)
        .zip(u16_at(bytes, 6))
        .filter(|_| flags & KEY != 0)
        .ok_or_else(|| truncated(end, bytes.len()))?;
    field(flags & SEQUENCE != 0, 4, &mut end);
    field(flags & ACKNOWLEDGEMENT != 0, 4, &mut end);
    let payload = bytes
        .get(end..end + usize::from(length))
        .ok_or_else(|| truncated(end + usize::from(length), bytes.len()))?;
    Ok(Opening {
        tunnel: Tunnel::Pptp,
        id: Some(u32::from(call)),
        // A bare acknowledgement carries nothing.
        next: if payload.is_empty() {
            Next::Ethertype(0)
        } else {
            Next::Ppp
        },
        bytes: payload,
    })
}
