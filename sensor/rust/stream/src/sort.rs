//! A batch's frames, parsed and dealt to shards by address pair.

use starwatch_wire::anomaly::Fault;
use starwatch_wire::frames::Frames;
use starwatch_wire::ip::Address;
use starwatch_wire::packet::{self, Content, Packet};

use crate::pen::Moment;
use crate::sources::Tally;

/// Parts the traffic is dealt to. Fixed, so that budgets and order do not depend on the number of threads.
pub const SHARDS: usize = 64;

/// Frames `first..` of a batch after parsing.
pub struct Sorted<'a> {
    packets: Vec<Packet<'a>>,
    /// Indices into `packets`, shard by shard, in packet order within a shard.
    order: Vec<u32>,
    starts: [u32; SHARDS + 1],
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
            order: Vec::new(),
            starts: [0; SHARDS + 1],
            faults: Vec::new(),
            tallies: vec![Tally::default(); frames.interfaces.len()],
        };
        let mut shards = Vec::with_capacity(range.len());
        for at in range {
            let Some(mut frame) = frames.get(at) else {
                continue;
            };
            let tally = &mut sorted.tallies[usize::from(frame.interface)];
            frame.interface = interfaces[usize::from(frame.interface)];
            let number = number + at as u64;
            match packet::parse(&frame, number) {
                Content::Ip(packet) => {
                    tally.analysed += 1;
                    shards.push(shard_of(&packet.ip.source, &packet.ip.destination));
                    sorted.packets.push(packet);
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

    /// A counting sort by shard.
    fn deal(&mut self, shards: &[u8]) {
        for &shard in shards {
            self.starts[usize::from(shard) + 1] += 1;
        }
        for shard in 0..SHARDS {
            self.starts[shard + 1] += self.starts[shard];
        }
        let mut next = self.starts;
        self.order = vec![0; shards.len()];
        for (at, &shard) in shards.iter().enumerate() {
            let place = &mut next[usize::from(shard)];
            self.order[*place as usize] = at as u32;
            *place += 1;
        }
    }

    pub fn of_shard(&self, shard: usize) -> impl Iterator<Item = &Packet<'a>> {
        let range = self.starts[shard] as usize..self.starts[shard + 1] as usize;
        self.order[range]
            .iter()
            .map(|&at| &self.packets[at as usize])
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
