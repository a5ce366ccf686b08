//! Teredo (RFC 4380): IPv6 in UDP, after indications of authentication and origin.

use super::Opening;
use crate::bytes::{array, u16_at};
use crate::layer::Tunnel;
use crate::link::{Next, ETHERTYPE_IPV6};

const AUTHENTICATION: [u8; 2] = [0, 1];
const ORIGIN: [u8; 2] = [0, 0];
/// Type, two lengths, nonce and confirmation (RFC 4380 5.1.1).
const AUTHENTICATION_BYTES: usize = 4 + 8 + 1;
const ORIGIN_BYTES: usize = 8;
const IPV6_HEADER: usize = 40;

pub fn open(payload: &[u8]) -> Option<Opening<'_>> {
    let packet = after_origin(after_authentication(payload)?)?;
    let length = usize::from(u16_at(packet, 4)?);
    let fits = packet[0] >> 4 == 6 && IPV6_HEADER + length == packet.len();
    fits.then_some(Opening {
        tunnel: Tunnel::Teredo,
        id: None,
        next: Next::Ethertype(ETHERTYPE_IPV6),
        bytes: packet,
    })
}

fn after_authentication(payload: &[u8]) -> Option<&[u8]> {
    if array(payload, 0)? != AUTHENTICATION {
        return Some(payload);
    }
    let [client, secret] = array(payload, 2)?.map(|length: u8| usize::from(length));
    payload.get(AUTHENTICATION_BYTES + client + secret..)
}

fn after_origin(payload: &[u8]) -> Option<&[u8]> {
    if array(payload, 0)? != ORIGIN {
        return Some(payload);
    }
    payload.get(ORIGIN_BYTES..)
}
