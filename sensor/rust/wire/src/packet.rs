//! A frame's way down to its network payload.

use crate::anomaly::Fault;
use crate::frames::Frame;
use crate::ip::{self, Ip};
use crate::link::{self, Link};

/// An IP packet and the frame it came in.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    pub time_ns: i64,
    /// Number in the capture, from 1.
    pub number: u64,
    pub interface: u16,
    pub link: Link,
    pub ip: Ip<'a>,
}

/// What a frame holds.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    Ip(Packet<'a>),
    /// ARP, LLDP, …: the ethertype, or 0 where the link has none.
    Other(u16),
    Malformed(Fault),
}

pub fn parse<'a>(frame: &Frame<'a>, number: u64) -> Content<'a> {
    let link = match link::parse(frame.link, frame.bytes) {
        Ok(link) => link,
        Err(fault) => return Content::Malformed(fault),
    };
    let whole = frame.bytes.len() >= frame.length as usize;
    let bytes = frame.bytes.get(link.end..).unwrap_or_default();
    let ip = match link.ethertype {
        link::ETHERTYPE_IPV4 => ip::parse_v4(bytes, whole),
        link::ETHERTYPE_IPV6 => ip::parse_v6(bytes, whole),
        other => return Content::Other(other),
    };
    match ip {
        Ok(ip) => Content::Ip(Packet {
            time_ns: frame.time_ns,
            number,
            interface: frame.interface,
            link,
            ip,
        }),
        Err(fault) => Content::Malformed(fault),
    }
}
