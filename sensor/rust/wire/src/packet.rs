//! A frame's way down to its network payload.

use crate::anomaly::Fault;
use crate::frames::Frame;
use crate::ip::{self, Ip};
use crate::layer::{Around, Layers, Trail, Tunnel};
use crate::link::{self, Link};

pub use crate::tunnel::{inner_pair, open};

/// Whether a packet's payload is a tunnel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carries {
    #[default]
    Nothing,
    Tunnel(Tunnel),
    /// A tunnel's header, or the first one behind it, is wrong. Over UDP the tunnel is only a guess.
    Broken(Tunnel, Fault),
}

/// An IP packet and the frame it came in: the captured one, or one inside a tunnel.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    pub time_ns: i64,
    /// Number in the capture, from 1.
    pub number: u64,
    pub interface: u16,
    /// What `layers` and flows tell conversations behind tunnels apart by (`Layers::scope`).
    pub scope: u32,
    /// The innermost encapsulation around it.
    pub around: Around,
    pub link: Link,
    pub ip: Ip<'a>,
    pub carries: Carries,
}

impl Packet<'_> {
    /// The headers alone.
    pub fn bare(&self) -> Packet<'static> {
        self.with(self.ip.bare())
    }

    /// The same headers over another payload: a datagram put together from fragments.
    pub fn over<'b>(&self, payload: &'b [u8]) -> Packet<'b> {
        self.with(self.ip.over(payload))
    }

    fn with<'b>(&self, ip: Ip<'b>) -> Packet<'b> {
        Packet {
            time_ns: self.time_ns,
            number: self.number,
            interface: self.interface,
            scope: self.scope,
            around: self.around,
            link: self.link,
            ip,
            carries: self.carries,
        }
    }
}

/// What a frame holds.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    Ip(Packet<'a>),
    /// ARP, LLDP, …: the ethertype, or 0 where the link has none.
    Other(u16),
    Malformed(Fault),
}

/// The outermost packet of a frame; `open` finds those inside.
pub fn parse<'a>(frame: &Frame<'a>, number: u64, layers: &mut Layers) -> Content<'a> {
    let mut trail = Trail {
        layers,
        around: None,
    };
    let whole = frame.bytes.len() >= frame.length as usize;
    match link::parse(frame.link, frame.bytes, &mut trail) {
        Ok(link) => network(frame, number, link, whole, &trail),
        Err(fault) => Content::Malformed(fault),
    }
}

/// The network header after `link`. `whole`: no snap length cut the frame.
pub(crate) fn network<'a>(
    frame: &Frame<'a>,
    number: u64,
    link: Link,
    whole: bool,
    trail: &Trail<'_>,
) -> Content<'a> {
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
            scope: trail.layers.scope(trail.around),
            around: trail.around,
            link,
            ip,
            carries: Carries::Nothing,
        }),
        Err(fault) => Content::Malformed(fault),
    }
}
