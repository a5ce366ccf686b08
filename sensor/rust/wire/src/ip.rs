//! IPv4 (RFC 791) and IPv6 (RFC 8200) headers.

use crate::anomaly::{Fault, Kind};
use crate::bytes::{array, u16_at, u32_at};
use crate::checksum;

const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
const FRAGMENT_HEADER: usize = 8;
/// RFC 8200 4.1 lists seven extension headers, each at most once (destination options twice): eight.
const MAX_EXTENSIONS: usize = 8;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const DESTINATION: u8 = 60;
const MOBILITY: u8 = 135;

/// An address; IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2).
pub type Address = [u8; 16];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    V4,
    V6,
}

/// Where a fragment belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    pub id: u32,
    /// In bytes.
    pub offset: u32,
    pub more: bool,
}

/// One network header and what it carries.
#[derive(Clone, Copy, Debug)]
pub struct Ip<'a> {
    pub version: Version,
    pub source: Address,
    pub destination: Address,
    pub protocol: u8,
    /// Bytes of the whole packet as its header says.
    pub length: u32,
    pub fragment: Option<Fragment>,
    /// Payload as captured, without link padding.
    pub payload: &'a [u8],
    /// Bytes of payload the header announces; more than `payload` when the capture was cut.
    pub announced: u32,
    pub faults: [Option<Fault>; 2],
}

/// IPv4 address in the form `Address` has.
pub fn mapped(address: [u8; 4]) -> Address {
    let mut out = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0];
    out[12..].copy_from_slice(&address);
    out
}

impl Ip<'_> {
    /// The header alone.
    pub fn bare(&self) -> Ip<'static> {
        Ip {
            version: self.version,
            source: self.source,
            destination: self.destination,
            protocol: self.protocol,
            length: self.length,
            fragment: None,
            payload: &[],
            announced: 0,
            faults: self.faults,
        }
    }

    /// The header of a datagram put together from fragments. IPv6 may have more headers behind the fragment's: they were
    /// part of what was fragmented (RFC 8200 4.5).
    pub fn over<'b>(&self, payload: &'b [u8]) -> Ip<'b> {
        let mut ip = Ip {
            payload,
            announced: payload.len() as u32,
            ..self.bare()
        };
        inner_headers(&mut ip, true);
        if ip.fragment.take().is_some() {
            // A part inside a part: no stack sends that (RFC 8200 4.5), and nothing in it can be believed.
            ip.protocol = FRAGMENT;
        }
        ip
    }

    /// The addresses as they stood on the wire, for checksums and hashes.
    pub fn wire_addresses(&self) -> [&[u8]; 2] {
        let from = match self.version {
            Version::V4 => 12,
            Version::V6 => 0,
        };
        [&self.source[from..], &self.destination[from..]]
    }
}

/// `bytes`: the packet with whatever padding follows it; `whole`: no snap length cut it.
pub fn parse_v4(bytes: &[u8], whole: bool) -> Result<Ip<'_>, Fault> {
    let header: [u8; IPV4_HEADER] =
        array(bytes, 0).ok_or_else(|| Fault::new(Kind::IpTruncated, IPV4_HEADER, bytes.len()))?;
    let header_length = usize::from(header[0] & 15) * 4;
    if header[0] >> 4 != 4 || header_length < IPV4_HEADER {
        return Err(Fault::new(Kind::IpBadHeader, 0x45, usize::from(header[0])));
    }
    let total = match usize::from(u16::from_be_bytes([header[2], header[3]])) {
        // Segmentation offload: the kernel captured the packet before its length was written.
        0 => bytes.len(),
        total => total,
    };
    if total < header_length {
        return Err(Fault::new(Kind::IpTruncated, header_length, total));
    }
    let end = total.min(bytes.len());
    let options = bytes.get(..header_length.min(end)).unwrap_or_default();
    let word = u16::from_be_bytes([header[6], header[7]]);
    let fragment = Fragment {
        id: u32::from(u16::from_be_bytes([header[4], header[5]])),
        offset: u32::from(word & 0x1fff) * 8,
        more: word & 0x2000 != 0,
    };
    let mut ip = Ip {
        version: Version::V4,
        source: mapped([header[12], header[13], header[14], header[15]]),
        destination: mapped([header[16], header[17], header[18], header[19]]),
        protocol: header[9],
        length: total as u32,
        fragment: (fragment.more || fragment.offset > 0).then_some(fragment),
        payload: bytes.get(header_length..end).unwrap_or_default(),
        announced: (total - header_length) as u32,
        faults: [
            short(total, bytes.len(), whole),
            bad_checksum(options, header_length, [header[10], header[11]]),
        ],
    };
    if ip.protocol == AUTHENTICATION && ip.fragment.is_none() {
        authentication(&mut ip);
    }
    Ok(ip)
}

/// The headers between the network's and the transport's.
fn inner_headers(ip: &mut Ip<'_>, whole: bool) {
    match ip.version {
        Version::V6 => extensions(ip, whole),
        Version::V4 if ip.protocol == AUTHENTICATION => authentication(ip),
        Version::V4 => {}
    }
}

/// What is authenticated (RFC 4302) is as readable as without; a header cut short stays what it is.
fn authentication(ip: &mut Ip<'_>) {
    let step = option_length(ip.payload, 4, 8).filter(|&step| step <= ip.payload.len());
    if let Some(step) = step {
        pass(ip, step);
    }
}

/// Steps over a header that begins with the next one's number.
fn pass(ip: &mut Ip<'_>, step: usize) {
    ip.protocol = ip.payload[0];
    ip.payload = &ip.payload[step..];
    ip.announced = ip.announced.saturating_sub(step as u32);
}

fn short(total: usize, captured: usize, whole: bool) -> Option<Fault> {
    (whole && total > captured).then(|| Fault::new(Kind::IpTruncated, total, captured))
}

fn bad_checksum(header: &[u8], length: usize, field: [u8; 2]) -> Option<Fault> {
    // A zero field is what an offloading host shows to its own capture.
    if header.len() < length || field == [0, 0] {
        return None;
    }
    let found = checksum::total(header);
    (found != checksum::RIGHT).then(|| {
        Fault::new(
            Kind::IpBadChecksum,
            usize::from(checksum::RIGHT),
            usize::from(found),
        )
    })
}

/// `bytes`: the packet with whatever padding follows it; `whole`: no snap length cut it.
pub fn parse_v6(bytes: &[u8], whole: bool) -> Result<Ip<'_>, Fault> {
    let header: [u8; IPV6_HEADER] =
        array(bytes, 0).ok_or_else(|| Fault::new(Kind::IpTruncated, IPV6_HEADER, bytes.len()))?;
    if header[0] >> 4 != 6 {
        return Err(Fault::new(
            Kind::IpBadHeader,
            6,
            usize::from(header[0] >> 4),
        ));
    }
    let total = match usize::from(u16::from_be_bytes([header[4], header[5]])) {
        // A jumbogram (RFC 2675) or segmentation offload: what was captured is what is known.
        0 => bytes.len(),
        payload => IPV6_HEADER + payload,
    };
    let end = total.min(bytes.len());
    let mut ip = Ip {
        version: Version::V6,
        source: array(&header, 8).unwrap_or_default(),
        destination: array(&header, 24).unwrap_or_default(),
        protocol: header[6],
        length: total as u32,
        fragment: None,
        payload: &bytes[IPV6_HEADER..end],
        announced: (total - IPV6_HEADER) as u32,
        faults: [short(total, bytes.len(), whole), None],
    };
    extensions(&mut ip, whole);
    Ok(ip)
}

/// Steps over extension headers; stops at the transport, at a fragment, or where the chain breaks.
fn extensions(ip: &mut Ip<'_>, whole: bool) {
    for _ in 0..MAX_EXTENSIONS {
        let step = match ip.protocol {
            HOP_BY_HOP | ROUTING | DESTINATION | MOBILITY => option_length(ip.payload, 8, 8),
            AUTHENTICATION => option_length(ip.payload, 4, 8),
            FRAGMENT => fragment_step(ip),
            _ => return,
        };
        let Some(step) = step.filter(|&step| step <= ip.payload.len()) else {
            if whole {
                ip.faults[1] = Some(Fault::new(
                    Kind::IpTruncated,
                    step.unwrap_or(8),
                    ip.payload.len(),
                ));
            }
            return;
        };
        pass(ip, step);
        if ip.fragment.is_some() {
            // What follows is a part of something; the headers in it are read when it is whole.
            return;
        }
    }
    if matches!(
        ip.protocol,
        HOP_BY_HOP | ROUTING | DESTINATION | MOBILITY | AUTHENTICATION | FRAGMENT
    ) {
        ip.faults[1] = Some(Fault::new(
            Kind::IpExtensionLoop,
            MAX_EXTENSIONS,
            MAX_EXTENSIONS + 1,
        ));
    }
}

/// Length of an extension header that counts itself in `unit` bytes beyond the first `base`.
fn option_length(payload: &[u8], unit: usize, base: usize) -> Option<usize> {
    payload
        .get(1)
        .map(|&count| base + usize::from(count) * unit)
}

fn fragment_step(ip: &mut Ip<'_>) -> Option<usize> {
    let word = u16_at(ip.payload, 2)?;
    let id = u32_at(ip.payload, 4)?;
    let fragment = Fragment {
        id,
        offset: u32::from(word & 0xfff8),
        more: word & 1 != 0,
    };
    // An atomic fragment (RFC 6946) is a whole packet.
    ip.fragment = (fragment.more || fragment.offset > 0).then_some(fragment);
    Some(FRAGMENT_HEADER)
}
