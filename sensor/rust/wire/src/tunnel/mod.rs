//! What an IP packet carries besides a transport: the packet inside a tunnel.
//!
//! An IP protocol number names its tunnel, a UDP port does not: there the tunnel's header and what follows it must fit,
//! or the datagram is one like any other.

use crate::anomaly::{Fault, Kind};
use crate::bytes::{array, u16_at};
use crate::frames::Frame;
use crate::ip::{Address, Ip, Version};
use crate::layer::{Layer, Layers, Outer, Trail, Tunnel};
use crate::link::{self, shim, Link, Next, ETHERTYPE_IPV4, ETHERTYPE_IPV6};
use crate::packet::{self, Carries, Content, Packet};
use crate::transport::{Ports, UDP};

mod gre;
mod gtp;
mod l2tp;
mod overlay;
mod teredo;

const IPIP: u8 = 4;
const SIX: u8 = 41;
const GRE: u8 = 47;
const ETHERIP: u8 = 97;
const L2TP: u8 = 115;
const MPLS: u8 = 137;

const UDP_HEADER: usize = 8;
/// EtherIP (RFC 3378): version 3, reserved zero.
const ETHERIP_HEADER: [u8; 2] = [0x30, 0];

/// A tunnel's header, read.
#[derive(Clone, Copy, Debug)]
struct Opening<'a> {
    tunnel: Tunnel,
    id: Option<u32>,
    /// What the header says stands in `bytes`.
    next: Next,
    bytes: &'a [u8],
}

/// How a packet's tunnel header is named.
struct Found<'a> {
    opening: Result<Opening<'a>, Fault>,
    tunnel: Tunnel,
    /// Of the UDP datagram around it; the tunnel is a guess that what is inside must confirm.
    ports: Option<Ports>,
}

/// The packet inside a packet, if there is one; `packet.carries` is set.
#[inline]
pub fn open<'a>(packet: &mut Packet<'a>, layers: &mut Layers) -> Option<Packet<'a>> {
    match packet.ip.protocol {
        UDP if carrier(packet.ip.payload) => open_slowly(packet, layers),
        IPIP | SIX | GRE | ETHERIP | L2TP | MPLS => open_slowly(packet, layers),
        _ => None,
    }
}

#[cold]
fn open_slowly<'a>(packet: &mut Packet<'a>, layers: &mut Layers) -> Option<Packet<'a>> {
    if packet.ip.fragment.is_some() {
        return None;
    }
    let whole = packet.ip.payload.len() >= packet.ip.announced as usize;
    let found = find(&packet.ip)?;
    let before = layers.len();
    let content = found
        .opening
        .and_then(|opening| descend(packet, &opening, found.ports, layers, whole));
    let (carries, inner) = judge(content, found.tunnel, found.ports.is_some(), whole);
    packet.carries = carries;
    if inner.is_none() {
        layers.truncate(before);
    }
    inner
}

/// What to make of the content behind a tunnel's header.
fn judge<'a>(
    content: Result<Content<'a>, Fault>,
    tunnel: Tunnel,
    guessed: bool,
    whole: bool,
) -> (Carries, Option<Packet<'a>>) {
    match content {
        Ok(Content::Ip(inner)) if !guessed || fits(&inner, whole) => {
            (Carries::Tunnel(tunnel), Some(inner))
        }
        Ok(Content::Other(kind)) if !guessed || link_local(kind) => (Carries::Tunnel(tunnel), None),
        // A header the snap length cut is nobody's fault.
        Err(fault) | Ok(Content::Malformed(fault)) if whole => {
            (Carries::Broken(tunnel, fault), None)
        }
        _ => (Carries::Nothing, None),
    }
}

/// Whether an IP packet fits into what a guessed tunnel gives it.
fn fits(inner: &Packet<'_>, whole: bool) -> bool {
    !whole || inner.ip.payload.len() >= inner.ip.announced as usize
}

/// Frames of Ethernet networks that carry no IP: address resolution, spanning tree, discovery, bonding, access control.
fn link_local(ethertype: u16) -> bool {
    matches!(
        ethertype,
        0x0806 | 0x8035 | 0x8809 | 0x8863 | 0x888e | 0x88cc | 0x8902
    )
}

fn descend<'a>(
    packet: &Packet<'a>,
    opening: &Opening<'a>,
    ports: Option<Ports>,
    layers: &mut Layers,
    whole: bool,
) -> Result<Content<'a>, Fault> {
    let mut trail = Trail {
        around: packet.around,
        layers,
    };
    trail.layer(Layer {
        tunnel: opening.tunnel,
        id: opening.id,
        outer: Some(Outer {
            version: packet.ip.version,
            source: packet.ip.source,
            destination: packet.ip.destination,
            protocol: packet.ip.protocol,
            ports,
        }),
    })?;
    let link = link::walk(opening.bytes, opening.next, Link::default(), &mut trail)?;
    let frame = Frame {
        time_ns: packet.time_ns,
        link: 0,
        interface: packet.interface,
        length: 0,
        bytes: opening.bytes,
    };
    Ok(packet::network(&frame, packet.number, link, whole, &trail))
}

fn find<'a>(ip: &Ip<'a>) -> Option<Found<'a>> {
    let bytes = ip.payload;
    let (tunnel, opening) = match ip.protocol {
        UDP => return datagram(ip),
        IPIP => (
            Tunnel::Ipip,
            Ok((None, Next::Ethertype(ETHERTYPE_IPV4), bytes)),
        ),
        SIX => (
            six(ip.version),
            Ok((None, Next::Ethertype(ETHERTYPE_IPV6), bytes)),
        ),
        ETHERIP => (Tunnel::Etherip, etherip(bytes)),
        MPLS => (Tunnel::Mpls, labels(bytes)),
        L2TP => return Some(named(Tunnel::L2tp, l2tp::session(bytes)?)),
        _ => {
            let (tunnel, opening) = gre::open(bytes, ip.announced as usize);
            return Some(Found {
                opening,
                tunnel,
                ports: None,
            });
        }
    };
    let opening = opening.map(|(id, next, bytes)| Opening {
        tunnel,
        id,
        next,
        bytes,
    });
    Some(Found {
        opening,
        tunnel,
        ports: None,
    })
}

fn named(tunnel: Tunnel, opening: Opening<'_>) -> Found<'_> {
    Found {
        opening: Ok(opening),
        tunnel,
        ports: None,
    }
}

fn six(outer: Version) -> Tunnel {
    match outer {
        Version::V4 => Tunnel::SixInFour,
        Version::V6 => Tunnel::SixInSix,
    }
}

type Parts<'a> = (Option<u32>, Next, &'a [u8]);

fn etherip(bytes: &[u8]) -> Result<Parts<'_>, Fault> {
    match bytes.split_first_chunk() {
        Some((&ETHERIP_HEADER, frame)) => Ok((None, Next::Ethernet, frame)),
        _ => Err(shim::malformed(ETHERIP_HEADER.len(), bytes)),
    }
}

fn labels(bytes: &[u8]) -> Result<Parts<'_>, Fault> {
    let shim = shim::labels(bytes)?;
    let rest = bytes.get(shim.length..).unwrap_or_default();
    Ok((Some(shim.id), shim.next, rest))
}

/// Whether a datagram goes to or comes from a tunnel's port.
#[inline]
fn carrier(udp: &[u8]) -> bool {
    array::<4>(udp, 0).is_some_and(|[a, b, c, d]| {
        known_port(u16::from_be_bytes([c, d])) || known_port(u16::from_be_bytes([a, b]))
    })
}

#[inline]
fn known_port(port: u16) -> bool {
    matches!(
        port,
        port::L2TP
            | port::GTP
            | port::TEREDO
            | port::VXLAN
            | port::VXLAN_GPE
            | port::CAPWAP
            | port::GENEVE
            | port::MPLS
            | port::VXLAN_LINUX
    )
}

/// Ports of the registry (IANA), and the one Linux used for VXLAN before there was one.
mod port {
    pub const L2TP: u16 = 1701;
    pub const GTP: u16 = 2152;
    pub const TEREDO: u16 = 3544;
    pub const VXLAN: u16 = 4789;
    pub const VXLAN_GPE: u16 = 4790;
    pub const CAPWAP: u16 = 5247;
    pub const GENEVE: u16 = 6081;
    pub const MPLS: u16 = 6635;
    pub const VXLAN_LINUX: u16 = 8472;
}

/// A tunnel in a datagram: by the port it goes to, else by the one it comes from.
fn datagram<'a>(ip: &Ip<'a>) -> Option<Found<'a>> {
    let [a, b, c, d]: [u8; 4] = array(ip.payload, 0)?;
    let ports = Ports {
        source: u16::from_be_bytes([a, b]),
        destination: u16::from_be_bytes([c, d]),
        one_way: false,
    };
    let payload = udp_payload(ip.payload)?;
    let opening = of_port(ports.destination, payload).or_else(|| of_port(ports.source, payload))?;
    Some(Found {
        opening: Ok(opening),
        tunnel: opening.tunnel,
        ports: Some(ports),
    })
}

fn udp_payload(udp: &[u8]) -> Option<&[u8]> {
    let end = match usize::from(u16_at(udp, 4)?) {
        // A jumbogram (RFC 2675), or segmentation offload.
        0 => udp.len(),
        length => length.min(udp.len()),
    };
    udp.get(UDP_HEADER..end)
}

fn of_port(port: u16, payload: &[u8]) -> Option<Opening<'_>> {
    match port {
        // Some write the generic extension's header on the plain port.
        port::VXLAN | port::VXLAN_LINUX => {
            overlay::vxlan(payload).or_else(|| overlay::vxlan_gpe(payload))
        }
        port::VXLAN_GPE => overlay::vxlan_gpe(payload),
        port::GENEVE => overlay::geneve(payload),
        port::GTP => gtp::open(payload),
        port::TEREDO => teredo::open(payload),
        port::L2TP => l2tp::datagram(payload),
        port::CAPWAP => overlay::capwap(payload),
        port::MPLS => mpls(payload),
        _ => None,
    }
}

/// MPLS in UDP (RFC 7510).
fn mpls(payload: &[u8]) -> Option<Opening<'_>> {
    let (id, next, bytes) = labels(payload).ok()?;
    Some(Opening {
        tunnel: Tunnel::Mpls,
        id,
        next,
        bytes,
    })
}

fn truncated(needed: usize, found: usize) -> Fault {
    Fault::new(Kind::TunnelMalformed, needed, found)
}

/// The innermost address pair of a frame: what a capture deals frames to its readers by, so that both directions of a
/// conversation meet in one of them whatever is around it.
pub fn inner_pair(frame: &Frame<'_>) -> Option<(Address, Address)> {
    let mut layers = Layers::default();
    let Content::Ip(mut packet) = packet::parse(frame, 0, &mut layers) else {
        return None;
    };
    while let Some(inner) = open(&mut packet, &mut layers) {
        packet = inner;
    }
    Some((packet.ip.source, packet.ip.destination))
}
