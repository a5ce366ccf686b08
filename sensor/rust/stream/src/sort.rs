//! A batch's frames, parsed and dealt to shards by address pair: a packet inside a tunnel goes to the shard of its own
//! addresses, whatever carries it.

use starwatch_wire::anomaly::Fault;
use starwatch_wire::frames::Frames;
use starwatch_wire::ip::Address;
use starwatch_wire::layer::Layers;
use starwatch_wire::packet::{self, Content, Packet};

use crate::fragment::Whole;
use crate::pen::Moment;
use crate::sources::Tally;

/// Parts the traffic is dealt to. Fixed, so that budgets and order do not depend on the number of threads.
pub const SHARDS: usize = 64;

/// A packet on its way to its shard.
#[derive(Clone, Copy)]
pub struct Parcel<'s, 'a> {
    pub packet: &'s Packet<'a>,
    /// Where its encapsulations are.
    pub layers: &'s Layers,
    /// Fragments it came in, and their bytes from the IP headers' lengths.
    pub packets: u64,
    pub bytes: u64,
}

impl Parcel<'_, '_> {
    /// Packets inside follow those outside.
    pub fn place(&self) -> (u64, u8) {
        (self.packet.number, self.layers.depth(self.packet.around))
    }

    pub fn moment(&self) -> Moment {
        Moment {
            packet: self.packet.number,
            time_ns: self.packet.time_ns,
        }
    }
}

/// Frames `first..` of a batch after parsing, or datagrams put together from fragments.
#[derive(Default)]
pub struct Sorted<'a> {
    packets: Vec<Packet<'a>>,
    layers: Layers,
    /// Of packets that came in fragments: how many, and their bytes. Empty for frames.
    carriers: Vec<(u64, u64)>,
    /// Whether any packet is a fragment.
    pub fragmented: bool,
    /// Indices into `packets`, shard by shard, in packet order within a shard.
    order: Vec<u32>,
    starts: Starts,
    /// Malformed below the addresses.
    pub faults: Vec<(Moment, u16, Fault)>,
    /// What became of the frames, by the batch's interfaces.
    pub tallies: Vec<Tally>,
}

impl<'a> Sorted<'a> {
    /// `number`: of the batch's first packet in the capture. `interfaces`: the numbers the batch's interfaces have.
    pub fn new(
        frames: &'a Frames,
        range: std::ops::Range<usize>,
        number: u64,
        interfaces: &[u16],
    ) -> Self {
        let mut sorted = Self {
            packets: Vec::with_capacity(range.len()),
            tallies: vec![Tally::default(); frames.interfaces.len()],
            ..Self::default()
        };
        let mut shards = Vec::with_capacity(range.len());
        for at in range {
            let Some(mut frame) = frames.get(at) else {
                continue;
            };
            let tally = &mut sorted.tallies[usize::from(frame.interface)];
            frame.interface = interfaces[usize::from(frame.interface)];
            let number = number + at as u64;
            match packet::parse(&frame, number, &mut sorted.layers) {
                Content::Ip(packet) => {
                    tally.analysed += 1;
                    sorted.unpack(packet, &mut shards);
                }
                Content::Other(_) => tally.not_ip += 1,
                Content::Malformed(fault) => {
                    tally.malformed += 1;
                    let moment = Moment {
                        packet: number,
                        time_ns: frame.time_ns,
                    };
                    sorted.faults.push((moment, frame.interface, fault));
                }
            }
        }
        sorted.deal(&shards);
        sorted
    }

    /// What was in datagrams that came in fragments.
    pub fn of_wholes(wholes: &'a [Whole]) -> Self {
        let mut sorted = Self::default();
        let mut shards = Vec::new();
        for whole in wholes {
            let mut packet = whole.packet.over(&whole.payload);
            let around = whole.tunnels.as_ref().map(|tunnels| tunnels.layers());
            packet.around = sorted.layers.graft(around.unwrap_or_default());
            sorted.unpack(packet, &mut shards);
            sorted.weigh(whole);
        }
        sorted.deal(&shards);
        sorted
    }

    /// The carriers of the packets unpacked last: the fragments carry the outermost, that carries what is inside.
    fn weigh(&mut self, whole: &Whole) {
        let inside = self.packets[self.carriers.len()..].iter().skip(1);
        let inside: Vec<_> = inside
            .map(|packet| (1, u64::from(packet.ip.length)))
            .collect();
        self.carriers.push((whole.packets, whole.wire_bytes));
        self.carriers.extend(inside);
    }

    /// A packet, and the packets inside it.
    #[inline]
    fn unpack(&mut self, mut packet: Packet<'a>, shards: &mut Vec<u8>) {
        loop {
            let inner = packet::open(&mut packet, &mut self.layers);
            self.fragmented |= packet.ip.fragment.is_some();
            shards.push(shard_of(&packet.ip.source, &packet.ip.destination));
            self.packets.push(packet);
            match inner {
                Some(inner) => packet = inner,
                None => return,
            }
        }
    }

    /// A counting sort by shard.
    fn deal(&mut self, shards: &[u8]) {
        for &shard in shards {
            self.starts.0[usize::from(shard) + 1] += 1;
        }
        for shard in 0..SHARDS {
            self.starts.0[shard + 1] += self.starts.0[shard];
        }
        let mut next = self.starts.0;
        self.order = vec![0; shards.len()];
        for (at, &shard) in shards.iter().enumerate() {
            let place = &mut next[usize::from(shard)];
            self.order[*place as usize] = at as u32;
            *place += 1;
        }
    }

    pub fn of_shard(&self, shard: usize) -> impl Iterator<Item = Parcel<'_, 'a>> {
        let range = self.starts.0[shard] as usize..self.starts.0[shard + 1] as usize;
        self.order[range].iter().map(|&at| self.parcel(at as usize))
    }

    fn parcel(&self, at: usize) -> Parcel<'_, 'a> {
        let packet = &self.packets[at];
        let (packets, bytes) = match self.carriers.get(at) {
            Some(carriers) => *carriers,
            None => (1, u64::from(packet.ip.length)),
        };
        Parcel {
            packet,
            layers: &self.layers,
            packets,
            bytes,
        }
    }
}

/// Where each shard's packets begin in the order.
struct Starts([u32; SHARDS + 1]);

impl Default for Starts {
    fn default() -> Self {
        Self([0; SHARDS + 1])
    }
}

/// A shard's packets that are no fragments, in their order. `wholes`: what came in fragments, last, among the others.
pub fn in_order<'s, 'a>(
    parts: &'s [Sorted<'a>],
    shard: usize,
    wholes: bool,
    mut take: impl FnMut(&Parcel<'s, 'a>),
) {
    let all = parts.iter().flat_map(|part| part.of_shard(shard));
    let mut all = all.filter(|parcel| parcel.packet.ip.fragment.is_none());
    if wholes {
        let mut sorted: Vec<_> = all.collect();
        sorted.sort_by_key(Parcel::place);
        sorted.iter().for_each(take);
    } else {
        all.by_ref().for_each(|parcel| take(&parcel));
    }
}

/// The same for both directions, and for every fragment of a datagram.
fn shard_of(source: &Address, destination: &Address) -> u8 {
    let mixed = mix(source).wrapping_add(mix(destination));
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as u8
}

fn mix(address: &Address) -> u64 {
    let value = u128::from_be_bytes(*address);
    let folded = (value >> 64) as u64 ^ (value as u64).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (folded ^ folded >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53)
}
