//! L2TP version 2 (RFC 2661) and 3 (RFC 3931): data messages over UDP, and version 3 over IP.

use super::Opening;
use crate::bytes::{u16_at, u32_at};
use crate::layer::Tunnel;
use crate::link::{Next, ETHERTYPE_IPV4, ETHERTYPE_IPV6};

const CONTROL: u16 = 0x8000;
const LENGTH: u16 = 0x4000;
const SEQUENCE: u16 = 0x0800;
const OFFSET: u16 = 0x0200;
/// Bits RFC 2661 3.1 reserves.
const RESERVED: u16 = 0x34f0;
const VERSION: u16 = 0x000f;
/// Cookie of 0, 4 or 8 bytes, with or without the default sublayer of 4 (RFC 3931 4.1, 4.6): the session's set-up
/// says which, the data does not.
const PREFIXES: [usize; 4] = [0, 4, 8, 12];

/// A message in a datagram.
pub fn datagram(payload: &[u8]) -> Option<Opening<'_>> {
    let flags = u16_at(payload, 0)?;
    match flags & VERSION {
        2 => version_2(payload, flags),
        3 if flags & !VERSION == 0 && u16_at(payload, 2) == Some(0) => session(payload.get(4..)?),
        _ => None,
    }
}

/// Length, tunnel, session, sequence numbers, offset: a data message has what its flags say.
fn version_2(payload: &[u8], flags: u16) -> Option<Opening<'_>> {
    let has = |flag| flags & flag != 0;
    if has(CONTROL | RESERVED) {
        return None;
    }
    let mut end = 2;
    if has(LENGTH) {
        if usize::from(u16_at(payload, end)?) != payload.len() {
            return None;
        }
        end += 2;
    }
    let session = u16_at(payload, end + 2)?;
    end += 4;
    if has(SEQUENCE) {
        end += 4;
    }
    if has(OFFSET) {
        end += 2 + usize::from(u16_at(payload, end)?);
    }
    Some(Opening {
        tunnel: Tunnel::L2tp,
        id: Some(u32::from(session)),
        next: Next::Ppp,
        bytes: payload.get(end..)?,
    })
}

/// Version 3: session 0 is a control message; what a cookie hides is found by an Ethernet header that fits.
pub fn session(bytes: &[u8]) -> Option<Opening<'_>> {
    let session = u32_at(bytes, 0).filter(|&session| session != 0)?;
    let rest = &bytes[4..];
    let frame = PREFIXES
        .iter()
        .find_map(|&prefix| rest.get(prefix..).filter(|frame| ethernet_fits(frame)))?;
    Some(Opening {
        tunnel: Tunnel::L2tp,
        id: Some(session),
        next: Next::Ethernet,
        bytes: frame,
    })
}

fn ethernet_fits(frame: &[u8]) -> bool {
    let version = frame.get(14).map_or(0, |byte| byte >> 4);
    match u16_at(frame, 12) {
        Some(ETHERTYPE_IPV4) => version == 4,
        Some(ETHERTYPE_IPV6) => version == 6,
        // Address resolution, VLAN.
        Some(0x0806 | 0x8100) => true,
        _ => false,
    }
}
