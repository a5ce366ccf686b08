//! GTP-U (3GPP TS 29.281): a mobile's packets between base station and gateway.

use super::Opening;
use crate::bytes::array;
use crate::layer::Tunnel;
use crate::link::Next;

const HEADER: usize = 8;
/// Sequence number, N-PDU number, type of the first extension: all there when one is.
const OPTIONAL: usize = 4;
const VERSION_1: u8 = 0x30;
const VERSION: u8 = 0xf0;
const EXTENSION: u8 = 4;
const ANY_OPTION: u8 = 7;
/// The message that carries a packet ("G-PDU"); echoes and error indications are none.
const G_PDU: u8 = 0xff;

pub fn open(payload: &[u8]) -> Option<Opening<'_>> {
    let [flags, message, l0, l1, t0, t1, t2, t3]: [u8; HEADER] = array(payload, 0)?;
    let length = usize::from(u16::from_be_bytes([l0, l1]));
    if flags & VERSION != VERSION_1 || message != G_PDU || HEADER + length != payload.len() {
        return None;
    }
    let end = if flags & ANY_OPTION == 0 {
        HEADER
    } else {
        options(payload, flags & EXTENSION != 0)?
    };
    Some(Opening {
        tunnel: Tunnel::Gtp,
        id: Some(u32::from_be_bytes([t0, t1, t2, t3])),
        next: Next::Ip,
        bytes: payload.get(end..)?,
    })
}

/// Where the packet begins. Each extension counts itself in words and ends with the next one's type.
fn options(payload: &[u8], extended: bool) -> Option<usize> {
    let mut end = HEADER + OPTIONAL;
    let mut next = *payload.get(end - 1)?;
    while extended && next != 0 {
        let words = usize::from(*payload.get(end)?);
        if words == 0 {
            return None;
        }
        end += words * 4;
        next = *payload.get(end - 1)?;
    }
    Some(end)
}
