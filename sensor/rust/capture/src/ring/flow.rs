//! Whose packet a frame is, and whether it is wanted.

use std::collections::HashMap;
use std::time::Instant;

use starwatch_wire::bytes::{array, u16_at};
use starwatch_wire::community;
use starwatch_wire::frames::Frame;
use starwatch_wire::ip::{Address, Ip, Version};
use starwatch_wire::layer::Layers;
use starwatch_wire::packet::{self, Content};
use starwatch_wire::transport::{Ports, ICMP, ICMPV6, SCTP, TCP, UDP};

/// Conversations whose Community ID is remembered during one search; past it remembering starts anew.
const MAX_REMEMBERED: usize = 1 << 16;

/// One packet's conversation as seen from its sender. Packets without ports (also later fragments) have 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tuple {
    pub version: Version,
    pub source: Address,
    pub destination: Address,
    pub source_port: u16,
    pub destination_port: u16,
    pub protocol: u8,
    /// Type and code.
    pub icmp: Option<[u8; 2]>,
    /// The ports are in another packet.
    pub later_fragment: bool,
}

impl Tuple {
    fn of(ip: &Ip<'_>) -> Self {
        let later_fragment = ip.fragment.is_some_and(|fragment| fragment.offset > 0);
        let port = |at| match ip.protocol {
            TCP | UDP | SCTP if !later_fragment => u16_at(ip.payload, at).unwrap_or(0),
            _ => 0,
        };
        Self {
            version: ip.version,
            source: ip.source,
            destination: ip.destination,
            source_port: port(0),
            destination_port: port(2),
            protocol: ip.protocol,
            icmp: matches!(ip.protocol, ICMP | ICMPV6)
                .then(|| array(ip.payload, 0))
                .flatten(),
            later_fragment,
        }
    }

    /// Name of the conversation: alike for both directions.
    pub fn key(&self) -> u32 {
        key(
            (&self.source, self.source_port),
            (&self.destination, self.destination_port),
            self.protocol,
        )
    }
}

/// Every conversation a frame belongs to, outermost first.
pub fn tuples(frame: &Frame<'_>, mut visit: impl FnMut(&Tuple)) {
    let mut layers = Layers::default();
    let Content::Ip(mut packet) = packet::parse(frame, 0, &mut layers) else {
        return;
    };
    visit(&Tuple::of(&packet.ip));
    while let Some(inner) = packet::open(&mut packet, &mut layers) {
        visit(&Tuple::of(&inner.ip));
        packet = inner;
    }
}

/// Sums of both ends, so that the order does not matter. Two conversations of one key cost a reader time, nothing else.
fn key(one: (&Address, u16), other: (&Address, u16), protocol: u8) -> u32 {
    let end = |(address, port): (&Address, u16)| mix(address).wrapping_add(spread(u64::from(port)));
    let both = spread(end(one)).wrapping_add(spread(end(other)));
    (spread(both ^ u64::from(protocol)) >> 32) as u32
}

/// Name of a host; never meant to equal a conversation's.
pub fn host_key(address: &Address) -> u32 {
    (spread(mix(address) ^ 0x5157) >> 32) as u32
}

fn mix(address: &Address) -> u64 {
    let value = u128::from_be_bytes(*address);
    spread((value >> 64) as u64).wrapping_add(value as u64)
}

fn spread(value: u64) -> u64 {
    let folded = (value ^ value >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (folded ^ folded >> 29).wrapping_mul(0xc4ce_b9fe_1a85_ec53)
}

/// Which packets of a conversation are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    #[default]
    Both,
    /// Sent by the wanted flow's source.
    Source,
    Destination,
}

/// One conversation, or everything of a host. Ports 0 and 0: whatever the ports; protocol 0: whatever the protocol.
#[derive(Clone, Debug)]
pub struct FlowWanted {
    pub source: Address,
    /// None: whoever the host spoke with.
    pub destination: Option<Address>,
    pub source_port: u16,
    pub destination_port: u16,
    pub protocol: u8,
}

/// Keys under which an index lists the blocks that may hold a flow: all keys of any one row have to be there.
pub type Rows = Vec<Vec<u32>>;

impl FlowWanted {
    fn any_port(&self) -> bool {
        self.protocol == 0 || (self.source_port == 0 && self.destination_port == 0)
    }

    fn rows(&self) -> Rows {
        let Some(destination) = &self.destination else {
            return vec![vec![host_key(&self.source)]];
        };
        if self.any_port() {
            return vec![vec![host_key(&self.source), host_key(destination)]];
        }
        let with = |one, other| key((&self.source, one), (destination, other), self.protocol);
        // Fragments after the first do not show ports.
        vec![
            vec![with(self.source_port, self.destination_port)],
            vec![with(0, 0)],
        ]
    }

    /// Whether `tuple` runs from this flow's source to its destination.
    fn forward(&self, tuple: &Tuple) -> bool {
        self.source == tuple.source
            && self
                .destination
                .is_none_or(|wanted| wanted == tuple.destination)
            && self.same_ports(tuple, tuple.source_port, tuple.destination_port)
    }

    fn backward(&self, tuple: &Tuple) -> bool {
        self.source == tuple.destination
            && self.destination.is_none_or(|wanted| wanted == tuple.source)
            && self.same_ports(tuple, tuple.destination_port, tuple.source_port)
    }

    fn same_ports(&self, tuple: &Tuple, source: u16, destination: u16) -> bool {
        let protocol = self.protocol == 0 || self.protocol == tuple.protocol;
        let ports = self.any_port()
            || tuple.later_fragment
            || (source, destination) == (self.source_port, self.destination_port);
        protocol && ports
    }

    fn takes(&self, tuple: &Tuple, side: Side) -> bool {
        (side != Side::Destination && self.forward(tuple))
            || (side != Side::Source && self.backward(tuple))
    }
}

/// Which packets to cut out. No flows and no Community ID: every packet of the span.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub epoch: String,
    pub first_ns: i64,
    pub last_ns: i64,
    pub flows: Vec<FlowWanted>,
    pub community_id: Option<String>,
    pub side: Side,
    /// Of the finished pcap.
    pub max_bytes: usize,
    pub deadline: Option<Instant>,
}

impl Wanted {
    /// None: every block may hold wanted packets.
    pub fn rows(&self) -> Option<Rows> {
        if self.community_id.is_some() || self.flows.is_empty() {
            return None;
        }
        Some(self.flows.iter().flat_map(FlowWanted::rows).collect())
    }

    pub fn overlaps(&self, first_ns: i64, last_ns: i64) -> bool {
        first_ns <= self.last_ns && last_ns >= self.first_ns
    }

    pub fn late(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// Answers for one frame after the other.
pub struct Judge<'a> {
    wanted: &'a Wanted,
    known: HashMap<Tuple, bool>,
}

impl<'a> Judge<'a> {
    pub fn new(wanted: &'a Wanted) -> Self {
        Self {
            wanted,
            known: HashMap::new(),
        }
    }

    pub fn takes(&mut self, frame: &Frame<'_>) -> bool {
        let wanted = self.wanted;
        if frame.time_ns < wanted.first_ns || frame.time_ns > wanted.last_ns {
            return false;
        }
        if wanted.flows.is_empty() && wanted.community_id.is_none() {
            return true;
        }
        let mut taken = false;
        tuples(frame, |tuple| taken = taken || self.takes_tuple(tuple));
        taken
    }

    fn takes_tuple(&mut self, tuple: &Tuple) -> bool {
        let wanted = self.wanted;
        let by_flow = wanted
            .flows
            .iter()
            .any(|flow| flow.takes(tuple, wanted.side));
        by_flow
            || wanted
                .community_id
                .as_deref()
                .is_some_and(|id| self.named(tuple, id))
    }

    fn named(&mut self, tuple: &Tuple, id: &str) -> bool {
        if self.known.len() == MAX_REMEMBERED {
            self.known.clear();
        }
        *self
            .known
            .entry(*tuple)
            .or_insert_with(|| community_id(tuple) == id.as_bytes())
    }
}

fn community_id(tuple: &Tuple) -> [u8; community::LENGTH] {
    let ports = match (tuple.protocol, tuple.icmp) {
        (TCP | UDP | SCTP, _) => Some(Ports {
            source: tuple.source_port,
            destination: tuple.destination_port,
            one_way: false,
        }),
        (_, Some([kind, code])) => Some(community::icmp_ports(tuple.version, kind, code)),
        _ => None,
    };
    let (source, destination) = (&tuple.source, &tuple.destination);
    community::id(0, tuple.version, source, destination, tuple.protocol, ports)
}
