//! Overlays of data centres: VXLAN (RFC 7348, its generic and group policy extensions), GENEVE (RFC 8926); and what access
//! points send their controller, CAPWAP (RFC 5415).

use super::Opening;
use crate::bytes::array;
use crate::layer::Tunnel;
use crate::link::{shim, Next, ETHERTYPE_IPV4, ETHERTYPE_IPV6};

const HEADER: usize = 8;
/// VXLAN: the network identifier is there; next protocol; group policy (draft-smith-vxlan-group-policy).
const IDENTIFIER: u8 = 0x08;
const NEXT_PROTOCOL: u8 = 0x04;
const GROUP_POLICY: u8 = 0x80;
const BRIDGED_ETHERNET: u16 = 0x6558;

/// Three bytes of a header's second word.
fn identifier(header: &[u8; HEADER]) -> Option<u32> {
    Some(u32::from_be_bytes([0, header[4], header[5], header[6]]))
}

/// Flags as RFC 7348 5 asks for, what is reserved zero.
pub fn vxlan(payload: &[u8]) -> Option<Opening<'_>> {
    let (header, bytes) = payload.split_first_chunk::<HEADER>()?;
    let policy = header[0] & GROUP_POLICY != 0;
    let reserved = !policy && header[1..4] != [0; 3];
    if header[0] & !GROUP_POLICY != IDENTIFIER || reserved || header[7] != 0 {
        return None;
    }
    Some(Opening {
        tunnel: Tunnel::Vxlan,
        id: identifier(header),
        next: Next::Ethernet,
        bytes,
    })
}

/// draft-ietf-nvo3-vxlan-gpe 3: a header that says what it carries.
pub fn vxlan_gpe(payload: &[u8]) -> Option<Opening<'_>> {
    let (header, bytes) = payload.split_first_chunk::<HEADER>()?;
    let flags = header[0] & !NEXT_PROTOCOL;
    if flags != IDENTIFIER || header[1..3] != [0; 2] || header[7] != 0 {
        return None;
    }
    let next = if header[0] & NEXT_PROTOCOL != 0 {
        shim::nsh_next(header[3])
    } else {
        Next::Ethernet
    };
    Some(Opening {
        tunnel: Tunnel::VxlanGpe,
        id: identifier(header),
        next,
        bytes,
    })
}

/// Version 0 with options that fill their length.
pub fn geneve(payload: &[u8]) -> Option<Opening<'_>> {
    let (header, rest) = payload.split_first_chunk::<HEADER>()?;
    let options = rest.get(..usize::from(header[0] & 0x3f) * 4)?;
    if header[0] >> 6 != 0 || header[1] & 0x3f != 0 || header[7] != 0 || !options_fit(options) {
        return None;
    }
    Some(Opening {
        tunnel: Tunnel::Geneve,
        id: identifier(header),
        next: match u16::from_be_bytes([header[2], header[3]]) {
            BRIDGED_ETHERNET => Next::Ethernet,
            known @ (ETHERTYPE_IPV4 | ETHERTYPE_IPV6) => Next::Ethertype(known),
            mpls if shim::ETHERTYPE_MPLS.contains(&mpls) => Next::Ethertype(mpls),
            shim::ETHERTYPE_NSH => Next::Ethertype(shim::ETHERTYPE_NSH),
            _ => return None,
        },
        bytes: &rest[options.len()..],
    })
}

/// Class, type, and a length in words (RFC 8926 3.5).
fn options_fit(mut options: &[u8]) -> bool {
    while let Some([_, _, _, length]) = array(options, 0) {
        match options.get(4 + usize::from(length & 0x1f) * 4..) {
            Some(rest) => options = rest,
            None => return false,
        }
    }
    options.is_empty()
}

/// The data channel's header: its length in words, whether the frame is 802.11 or 802.3, whether it is a fragment.
pub fn capwap(payload: &[u8]) -> Option<Opening<'_>> {
    let header: [u8; HEADER] = array(payload, 0)?;
    let word = u32::from_be_bytes([header[0], header[1], header[2], header[3]]);
    let length = (word >> 19 & 0x1f) as usize * 4;
    let (native, fragment) = (word & 0x100 != 0, word & 0x80 != 0);
    if word >> 24 != 0 || length < HEADER || fragment {
        return None;
    }
    let bytes = payload.get(length..)?;
    Some(Opening {
        tunnel: Tunnel::Capwap,
        id: None,
        next: if native {
            wireless(bytes)
        } else {
            Next::Ethernet
        },
        bytes,
    })
}

/// A data frame's control has type and subtype in its first byte; in the second they stand where bytes were exchanged.
fn wireless(frame: &[u8]) -> Next {
    let data = |at: usize| frame.get(at).is_some_and(|byte| byte & 0x0f == 0x08);
    Next::Wireless {
        swapped: !data(0) && data(1),
    }
}
