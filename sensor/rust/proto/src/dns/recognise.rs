//! Is this flow DNS? Judged by content: a header whose parts agree with each other and a first question (or record)
//! that reads well. Random bytes pass about once in 2^50.

use starwatch_stream::application::{Piece, Recognition, Side};

use super::codes;
use super::fault::Fault;
use super::message::{flag, Header, HEADER_BYTES};
use super::{name, types};
use crate::reader::Reader;

/// mDNS (RFC 6762 2) and LLMNR (RFC 4795 2) speak the same format on ports of their own.
const LINK_LOCAL_PORTS: [u16; 2] = [5353, 5355];

/// More questions than any real message has (nearly all have one).
const MAX_QUESTIONS: u16 = 16;

/// A query's additional records: OPT, TSIG or SIG(0), a cookie's worth of room beside them.
const MAX_QUERY_ADDITIONALS: u16 = 4;

/// NetBIOS encodes each of 16 bytes as two letters A to P (RFC 1001 14.1).
const NETBIOS_LABEL: usize = 32;

/// Smallest question: the root, type, class. Smallest record: the root, type, class, TTL, length.
const MIN_QUESTION: usize = 5;
const MIN_RECORD: usize = 11;

pub fn datagram(piece: &Piece<'_>) -> Recognition {
    judge(piece, piece.bytes, piece.bytes.len())
}

/// Messages of a stream stand behind their length (RFC 1035 4.2.2).
pub fn stream(piece: &Piece<'_>) -> Recognition {
    let mut reader = Reader::new(piece.bytes);
    let Ok(length) = reader.u16() else {
        return Recognition::More;
    };
    let seen = reader.rest();
    let message = &seen[..seen.len().min(length.into())];
    judge(piece, message, length.into())
}

/// `message` is the beginning of a message of `length` bytes.
fn judge(piece: &Piece<'_>, message: &[u8], length: usize) -> Recognition {
    if length < HEADER_BYTES + MIN_QUESTION {
        return Recognition::No;
    }
    let mut reader = Reader::new(message);
    let Ok(header) = Header::read(&mut reader) else {
        return Recognition::More;
    };
    if !plausible(&header, length) || is_link_local(&header, piece.ports) {
        return Recognition::No;
    }
    match first_entry(&header, &mut reader) {
        Ok(true) => side(&header, piece.side),
        Ok(false) => Recognition::No,
        Err(_) if message.len() < length => Recognition::More,
        Err(_) => Recognition::No,
    }
}

fn side(header: &Header, side: Side) -> Recognition {
    match (header.is_answer(), side) {
        (false, Side::Client) | (true, Side::Server) => Recognition::Yes,
        _ => Recognition::Reversed,
    }
}

/// Whether the header's parts agree with each other and with the length.
fn plausible(header: &Header, length: usize) -> bool {
    let records: usize = header.records.iter().copied().map(usize::from).sum();
    let least = usize::from(header.questions) * MIN_QUESTION + records * MIN_RECORD;
    let cut = header.has(flag::TRUNCATED);
    header.questions <= MAX_QUESTIONS
        && usize::from(header.questions) + records > 0
        && (cut || least <= length - HEADER_BYTES)
        && match (header.opcode(), header.is_answer()) {
            (codes::QUERY, false) => plausible_query(header),
            (codes::NOTIFY, false) => header.rcode() == 0 && header.questions == 1,
            (codes::UPDATE, _) => header.questions == 1,
            (codes::QUERY | codes::NOTIFY, true) => true,
            _ => false,
        }
}

/// A query has no answers and no response code; one authority record in an IXFR (RFC 1995 3).
fn plausible_query(header: &Header) -> bool {
    let [answers, authorities, additionals] = header.records;
    header.rcode() == 0 && answers == 0 && authorities <= 1 && additionals <= MAX_QUERY_ADDITIONALS
}

/// Whether the message is from or for a service of mDNS or LLMNR. mDNS sends RD as zero (RFC 6762 18.6), LLMNR has
/// another bit in its place that queries leave clear (RFC 4795 2.1.1): with RD set it is DNS put on such a port.
fn is_link_local(header: &Header, [sender, receiver]: [u16; 2]) -> bool {
    let service = if header.is_answer() { sender } else { receiver };
    LINK_LOCAL_PORTS.contains(&service) && !header.has(flag::RECURSION_DESIRED)
}

/// Whether the first question, or without questions the first record, reads as DNS of the Internet.
fn first_entry(header: &Header, reader: &mut Reader<'_>) -> Result<bool, Fault> {
    let mut netbios = false;
    let mut first = true;
    name::walk(reader, |label| {
        netbios |= first && is_netbios(label);
        first = false;
    })?;
    let kind = reader.u16()?;
    let class = reader.u16()?;
    let opt = header.questions == 0 && kind == types::OPT;
    Ok(!netbios && types::plausible(kind) && (opt || plausible_class(class)))
}

fn is_netbios(label: &[u8]) -> bool {
    label.len() == NETBIOS_LABEL && label.iter().all(|byte| (b'A'..=b'P').contains(byte))
}

/// IN, CH, HS and, in questions, ANY. mDNS's top bit (RFC 6762 5.4, 10.2) is none of them.
fn plausible_class(class: u16) -> bool {
    matches!(class, 1 | 3 | 4 | codes::CLASS_NONE | codes::CLASS_ANY)
}
