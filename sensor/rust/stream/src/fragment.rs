//! IP fragments back to datagrams (RFC 791 3.2, RFC 8200 4.5, RFC 5722). The first bytes seen for a place are kept.

use std::collections::{HashMap, VecDeque};

use starwatch_wire::anomaly::{Fault, Kind};
use starwatch_wire::ip::{Address, Fragment, Ip, Version};
use starwatch_wire::layer::Layers;
use starwatch_wire::packet::Packet;

use crate::tunnel::Tunnels;

/// RFC 8200 4.5: reassembly is abandoned after 60 seconds (RFC 1122 3.3.2 allows 60 to 120 for IPv4).
const TIMEOUT_NS: i64 = 60_000_000_000;
/// Largest offset plus length an IPv4 total length or IPv6 payload length can describe.
const MAX_DATAGRAM: usize = 65_535;
/// What one datagram costs besides its bytes.
const DATAGRAM_BYTES: usize = 160;
/// What one part costs besides its bytes.
const PART_BYTES: usize = 48;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    version: Version,
    source: Address,
    destination: Address,
    id: u32,
    protocol: u8,
    vlans: [Option<u16>; 2],
    scope: u32,
}

/// Bytes of a datagram seen so far, from `offset`.
struct Part {
    offset: usize,
    bytes: Vec<u8>,
}

impl Part {
    fn end(&self) -> usize {
        self.offset + self.bytes.len()
    }
}

struct Datagram {
    /// By offset, without overlaps.
    parts: Vec<Part>,
    /// Known when the last fragment was seen.
    length: Option<usize>,
    bytes: usize,
    first_ns: i64,
    interface: u16,
    tunnels: Option<Box<Tunnels>>,
    packets: u64,
    wire_bytes: u64,
}

/// A datagram put together.
pub struct Whole {
    /// Headers of the fragment that completed it.
    pub packet: Packet<'static>,
    pub tunnels: Option<Box<Tunnels>>,
    pub payload: Vec<u8>,
    /// Fragments it came in, and their bytes from the IP headers' lengths.
    pub packets: u64,
    pub wire_bytes: u64,
}

impl Whole {
    /// Number of the packet that completed it, and how many tunnels are around.
    pub fn place(&self) -> (u64, usize) {
        let depth = self
            .tunnels
            .as_ref()
            .map_or(0, |tunnels| tunnels.layers().len());
        (self.packet.number, depth)
    }
}

/// A datagram that will not become whole.
pub struct Abandoned {
    pub version: Version,
    pub source: Address,
    pub destination: Address,
    pub interface: u16,
    pub tunnels: Option<Box<Tunnels>>,
    pub fault: Fault,
}

/// Fragments that wait for the rest.
#[derive(Default)]
pub struct Fragments {
    waiting: HashMap<Key, Datagram>,
    /// In order of their first fragment; may name datagrams that are gone.
    order: VecDeque<(i64, Key)>,
    held: usize,
}

impl Fragments {
    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        self.held + self.order.len() * std::mem::size_of::<(i64, Key)>()
    }

    /// Takes one fragment; answers the datagram it completes, and what was wrong with it.
    pub fn add(
        &mut self,
        packet: &Packet<'_>,
        fragment: Fragment,
        layers: &Layers,
    ) -> (Option<Whole>, Option<Fault>) {
        let start = fragment.offset as usize;
        let end = start + packet.ip.payload.len();
        if end > MAX_DATAGRAM {
            return (
                None,
                Some(Fault::new(Kind::FragmentOversize, MAX_DATAGRAM, end)),
            );
        }
        let key = key(packet, fragment);
        let datagram = self.waiting.entry(key).or_insert_with(|| {
            self.order.push_back((packet.time_ns, key));
            let datagram = Datagram::new(packet, layers);
            self.held += datagram.fixed_cost();
            datagram
        });
        let before = datagram.cost();
        let fault = datagram.add(&packet.ip, start, fragment.more);
        self.held += datagram.cost() - before;
        let whole = if datagram.complete() {
            self.forget(&key).map(|datagram| datagram.join(packet))
        } else {
            None
        };
        (whole, fault)
    }

    fn forget(&mut self, key: &Key) -> Option<Datagram> {
        let datagram = self.waiting.remove(key)?;
        self.held -= datagram.fixed_cost() + datagram.cost();
        Some(datagram)
    }

    /// The oldest datagram, if it waits too long at `now_ns` or more than `budget` bytes are held.
    pub fn abandon(&mut self, now_ns: i64, budget: usize) -> Option<Abandoned> {
        while let Some(&(first_ns, key)) = self.order.front() {
            let current = self
                .waiting
                .get(&key)
                .is_some_and(|datagram| datagram.first_ns == first_ns);
            if current && now_ns.saturating_sub(first_ns) <= TIMEOUT_NS && self.held() <= budget {
                return None;
            }
            self.order.pop_front();
            if current {
                return self.forget(&key).map(|datagram| datagram.abandoned(&key));
            }
        }
        None
    }
}

fn key(packet: &Packet<'_>, fragment: Fragment) -> Key {
    Key {
        version: packet.ip.version,
        source: packet.ip.source,
        destination: packet.ip.destination,
        id: fragment.id,
        // IPv6 tells datagrams apart without the protocol (RFC 8200 4.5: the first fragment's next header counts).
        protocol: if packet.ip.version == Version::V4 {
            packet.ip.protocol
        } else {
            0
        },
        vlans: [packet.link.vlan, packet.link.outer_vlan],
        scope: packet.scope,
    }
}

impl Datagram {
    fn new(packet: &Packet<'_>, layers: &Layers) -> Self {
        Self {
            parts: Vec::new(),
            length: None,
            bytes: 0,
            first_ns: packet.time_ns,
            interface: packet.interface,
            tunnels: Tunnels::of(layers, packet.around),
            packets: 0,
            wire_bytes: 0,
        }
    }

    fn fixed_cost(&self) -> usize {
        DATAGRAM_BYTES + self.tunnels.as_ref().map_or(0, |tunnels| tunnels.held())
    }

    fn cost(&self) -> usize {
        self.bytes + self.parts.len() * PART_BYTES
    }

    fn add(&mut self, ip: &Ip<'_>, start: usize, more: bool) -> Option<Fault> {
        self.packets += 1;
        self.wire_bytes += u64::from(ip.length);
        let end = start + ip.payload.len();
        if !more && self.length.is_none() {
            self.length = Some(end);
        }
        let fault = self.overlap(start, ip.payload);
        self.insert(start, ip.payload);
        fault
    }

    /// A fragment sent twice is no overlap; any other meeting of two is.
    fn overlap(&self, start: usize, bytes: &[u8]) -> Option<Fault> {
        let end = start + bytes.len();
        let other = self
            .parts
            .iter()
            .find(|part| part.offset < end && start < part.end())?;
        let repeated = self.covers(start, bytes);
        (!repeated).then(|| Fault::new(Kind::FragmentOverlap, other.end(), start))
    }

    /// Whether exactly these bytes are there already.
    fn covers(&self, start: usize, bytes: &[u8]) -> bool {
        let at = self.parts.partition_point(|part| part.end() <= start);
        self.parts.get(at).is_some_and(|part| {
            start
                .checked_sub(part.offset)
                .and_then(|from| part.bytes.get(from..from + bytes.len()))
                == Some(bytes)
        })
    }

    /// Keeps what no earlier part covers.
    fn insert(&mut self, start: usize, bytes: &[u8]) {
        let end = start + bytes.len();
        let mut from = start;
        let mut at = self.parts.partition_point(|part| part.end() <= start);
        while from < end {
            let (hole_end, next) = match self.parts.get(at) {
                Some(part) if part.offset < end => (part.offset, part.end()),
                _ => (end, end),
            };
            if hole_end > from {
                let part = Part {
                    offset: from,
                    bytes: bytes[from - start..hole_end - start].to_vec(),
                };
                self.bytes += part.bytes.len();
                self.parts.insert(at, part);
                at += 1;
            }
            from = from.max(next);
            at += 1;
        }
    }

    fn complete(&self) -> bool {
        self.length.is_some_and(|length| {
            let in_order = self
                .parts
                .iter()
                .try_fold(0, |at, part| (part.offset == at).then(|| part.end()));
            in_order.is_some_and(|end| end >= length)
        })
    }

    fn join(self, last: &Packet<'_>) -> Whole {
        let mut payload = Vec::with_capacity(self.bytes);
        for part in &self.parts {
            payload.extend_from_slice(&part.bytes);
        }
        // Bytes past the end a last fragment named are an overlap already reported.
        payload.truncate(self.length.unwrap_or(payload.len()));
        Whole {
            packet: last.bare(),
            tunnels: self.tunnels,
            payload,
            packets: self.packets,
            wire_bytes: self.wire_bytes,
        }
    }

    fn abandoned(self, key: &Key) -> Abandoned {
        let expected = self.length.unwrap_or(MAX_DATAGRAM);
        Abandoned {
            version: key.version,
            source: key.source,
            destination: key.destination,
            interface: self.interface,
            tunnels: self.tunnels,
            fault: Fault::new(Kind::FragmentTimeout, expected, self.bytes),
        }
    }
}
