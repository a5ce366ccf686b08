//! Transport headers: TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792), ICMPv6 (RFC 4443), SCTP (RFC 9260).

use crate::anomaly::{Fault, Kind};
use crate::bytes::{array, u16_at};
use crate::checksum;
use crate::community;
use crate::ip::{Ip, Version};
use crate::sctp::{self, Sctp};

pub const ICMP: u8 = 1;
pub const TCP: u8 = 6;
pub const UDP: u8 = 17;
pub const ICMPV6: u8 = 58;
pub const SCTP: u8 = 132;

/// IP bytes of a full Ethernet frame. Longer TCP packets were joined by the capturing host's receive offload, which
/// checks the sums of the parts and makes none for the whole.
const LARGEST_FRAME: u32 = 1500;
const TCP_HEADER: usize = 20;
const UDP_HEADER: usize = 8;
const ICMP_HEADER: usize = 4;

pub mod flag {
    pub const FIN: u8 = 1;
    pub const SYN: u8 = 2;
    pub const RST: u8 = 4;
    pub const PSH: u8 = 8;
    pub const ACK: u8 = 16;
    pub const URG: u8 = 32;
    /// In the order of the bits, from the lowest.
    pub const NAMES: [&str; 8] = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"];
}

/// What one TCP segment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tcp {
    pub sequence: u32,
    pub acknowledgement: u32,
    pub flags: u8,
    pub window: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    Right,
    /// What the sum came to.
    Wrong(u16),
    /// Not all bytes were captured, or the sender left it out.
    Unknown,
}

/// The two numbers that tell conversations of one address pair apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    pub source: u16,
    pub destination: u16,
    /// An ICMP type that is never answered: the two directions are two flows.
    pub one_way: bool,
}

/// A packet's transport header and payload.
#[derive(Clone, Copy, Debug)]
pub struct Transport<'a> {
    pub ports: Option<Ports>,
    pub tcp: Option<Tcp>,
    pub sctp: Option<Sctp>,
    /// Type and code.
    pub icmp: Option<(u8, u8)>,
    pub checksum: Checksum,
    pub payload: &'a [u8],
    /// Bytes of payload there were on the wire.
    pub announced: u32,
    pub fault: Option<Fault>,
}

impl<'a> Transport<'a> {
    fn bare(payload: &'a [u8], announced: u32) -> Self {
        Self {
            ports: None,
            tcp: None,
            sctp: None,
            icmp: None,
            checksum: Checksum::Unknown,
            payload,
            announced,
            fault: None,
        }
    }
}

/// `payload` is the network payload (of the packet, or put together from fragments), `announced` its length on the wire.
pub fn parse<'a>(ip: &Ip<'_>, payload: &'a [u8], announced: u32) -> Transport<'a> {
    let mut transport = Transport::bare(payload, announced);
    let header = match (ip.protocol, ip.version) {
        (TCP, _) => tcp(&mut transport),
        (UDP, _) => udp(&mut transport),
        (SCTP, _) => sctp(&mut transport),
        (ICMP, Version::V4) | (ICMPV6, Version::V6) => icmp(&mut transport, ip.version),
        _ => return transport,
    };
    match header {
        Ok(length) => {
            transport.checksum = verify(ip, payload, &transport, announced);
            transport.payload = payload.get(length..).unwrap_or_default();
            transport.announced = transport.announced.saturating_sub(length as u32);
            if ip.protocol == SCTP {
                let (chunks, fault) = sctp::chunks(transport.payload, transport.announced as usize);
                (transport.sctp, transport.fault) = (Some(chunks), fault);
            }
        }
        // A header the snap length cut is nobody's fault.
        Err(needed) if needed > announced as usize || payload.len() >= announced as usize => {
            transport.fault = Some(Fault::new(Kind::TransportTruncated, needed, payload.len()));
            transport.payload = &[];
        }
        Err(_) => transport.payload = &[],
    }
    transport
}

fn ports(bytes: &[u8]) -> Option<Ports> {
    let [a, b, c, d] = array(bytes, 0)?;
    Some(Ports {
        source: u16::from_be_bytes([a, b]),
        destination: u16::from_be_bytes([c, d]),
        one_way: false,
    })
}

/// Each of these answers the header's length, or the length that was needed.
fn tcp(transport: &mut Transport<'_>) -> Result<usize, usize> {
    let bytes = transport.payload;
    transport.ports = ports(bytes);
    let header: [u8; TCP_HEADER] = array(bytes, 0).ok_or(TCP_HEADER)?;
    transport.tcp = Some(Tcp {
        sequence: u32::from_be_bytes([header[4], header[5], header[6], header[7]]),
        acknowledgement: u32::from_be_bytes([header[8], header[9], header[10], header[11]]),
        flags: header[13],
        window: u16::from_be_bytes([header[14], header[15]]),
    });
    let length = usize::from(header[12] >> 4) * 4;
    if length < TCP_HEADER {
        return Err(TCP_HEADER);
    }
    if length > transport.announced as usize {
        return Err(length);
    }
    Ok(length)
}

fn udp(transport: &mut Transport<'_>) -> Result<usize, usize> {
    let bytes = transport.payload;
    transport.ports = ports(bytes);
    let length = u16_at(bytes, 4)
        .filter(|_| bytes.len() >= UDP_HEADER)
        .ok_or(UDP_HEADER)?;
    match usize::from(length) {
        // RFC 2675: a jumbogram's length is that of the packet.
        0 => {}
        length if length < UDP_HEADER || length > transport.announced as usize => {
            return Err(length.max(UDP_HEADER))
        }
        length => {
            transport.payload = &bytes[..length.min(bytes.len())];
            transport.announced = length as u32;
        }
    }
    Ok(UDP_HEADER)
}

fn sctp(transport: &mut Transport<'_>) -> Result<usize, usize> {
    transport.ports = ports(transport.payload);
    if transport.payload.len() < sctp::HEADER {
        return Err(sctp::HEADER);
    }
    Ok(sctp::HEADER)
}

fn icmp(transport: &mut Transport<'_>, version: Version) -> Result<usize, usize> {
    let [kind, code, ..]: [u8; ICMP_HEADER] = array(transport.payload, 0).ok_or(ICMP_HEADER)?;
    transport.icmp = Some((kind, code));
    transport.ports = Some(community::icmp_ports(version, kind, code));
    Ok(ICMP_HEADER)
}

/// `whole` is the network payload; UDP may announce less of it than the network header does.
fn verify(ip: &Ip<'_>, whole: &[u8], transport: &Transport<'_>, announced: u32) -> Checksum {
    if whole.len() < announced as usize {
        return Checksum::Unknown;
    }
    if ip.protocol == SCTP {
        return sctp::verify(whole);
    }
    let bytes = if ip.protocol == UDP {
        transport.payload
    } else {
        whole
    };
    if ip.protocol == UDP && u16_at(bytes, 6) == Some(0) {
        return Checksum::Unknown;
    }
    let total = match ip.protocol {
        ICMP => checksum::total(bytes),
        _ => checksum::total_with_pseudo_header(ip.wire_addresses(), ip.protocol, bytes),
    };
    match total {
        checksum::RIGHT => Checksum::Right,
        _ if ip.protocol == TCP && ip.length > LARGEST_FRAME => Checksum::Unknown,
        _ => Checksum::Wrong(total),
    }
}
