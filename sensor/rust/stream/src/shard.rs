//! One of the 64 parts of the traffic: its flows, its fragments, its share of the memory.

use std::collections::HashMap;

use starwatch_wire::anomaly::{Fault, Kind};
use starwatch_wire::ip::{Address, Fragment, Version};
use starwatch_wire::packet::Packet;
use starwatch_wire::transport;

use crate::application::{Protocol, Side};
use crate::carve::{BodyId, Carvery, Part};
use crate::dialogue::{self, Arrival};
use crate::event::About;
use crate::expectation::Expectations;
use crate::flow::{Flow, Key, Reason};
use crate::fragment::{Abandoned, Fragments};
use crate::output::{Counters, Output};
use crate::pen::{anomaly_of, worth_writing, Desk, Moment, Pen, Scene};
use crate::recognise::Application;
use crate::table::{Id, Table, FLOW_BYTES};

/// Fragments may hold this part of a shard's memory: they are rare, and floods of them must not push flows out.
const FRAGMENT_SHARE: usize = 8;
/// Contents of files on their way out may hold this part: with more, memory would be short for the flows they are in.
const CARVING_SHARE: usize = 2;
/// Address pairs whose fragment faults are counted; past it counting starts anew.
const MAX_PAIRS: usize = 1024;

pub struct Shard {
    table: Table,
    fragments: Fragments,
    desk: Desk,
    pub output: Output,
    pub counters: Counters,
    /// Flows evicted since the last batch's end.
    pub evicted: u64,
    /// Bytes flows hold besides their records.
    held: usize,
    budget: usize,
    protocols: &'static [Protocol],
    pairs: HashMap<(Kind, Address, Address), u64>,
}

/// A payload with what it took to carry it.
struct Load<'a> {
    bytes: &'a [u8],
    announced: u32,
    packets: u64,
    wire_bytes: u64,
}

/// Two addresses without a conversation.
struct Pair {
    version: Version,
    source: Address,
    destination: Address,
    interface: u16,
}

impl Pair {
    fn of(packet: &Packet<'_>) -> Self {
        let ip = &packet.ip;
        Self {
            version: ip.version,
            source: ip.source,
            destination: ip.destination,
            interface: packet.interface,
        }
    }

    fn gone(gone: &Abandoned) -> Self {
        let Abandoned {
            version,
            source,
            destination,
            interface,
            ..
        } = *gone;
        Self {
            version,
            source,
            destination,
            interface,
        }
    }
}

impl Shard {
    /// `first_file`: number of the first file carved; `longest_file`: bytes of the longest that is kept.
    pub fn new(
        budget: usize,
        protocols: &'static [Protocol],
        first_file: BodyId,
        longest_file: u64,
    ) -> Self {
        Self {
            table: Table::default(),
            fragments: Fragments::default(),
            desk: Desk {
                carvery: Carvery::new(first_file, budget / CARVING_SHARE, longest_file),
                expectations: Expectations::default(),
            },
            output: Output::default(),
            counters: Counters::default(),
            evicted: 0,
            held: 0,
            budget,
            protocols,
            pairs: HashMap::new(),
        }
    }

    /// Bytes of files since the last call.
    pub fn take_parts(&mut self) -> Vec<Part> {
        self.desk.carvery.take_parts()
    }

    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        self.table.len() * FLOW_BYTES + self.held + self.fragments.held() + self.desk.held()
    }

    pub fn flows(&self) -> usize {
        self.table.len()
    }

    pub fn packet(&mut self, packet: &Packet<'_>, scene: &Scene<'_>) {
        self.output.at_packet(packet.number);
        match packet.ip.fragment {
            Some(fragment) => self.fragment(packet, fragment, scene),
            None => {
                let load = Load {
                    bytes: packet.ip.payload,
                    announced: packet.ip.announced,
                    packets: 1,
                    wire_bytes: u64::from(packet.ip.length),
                };
                self.load(packet, &load, scene);
            }
        }
        self.shrink(packet, scene);
    }

    fn fragment(&mut self, packet: &Packet<'_>, fragment: Fragment, scene: &Scene<'_>) {
        self.counters.fragments += 1;
        let (whole, fault) = self.fragments.add(packet, fragment);
        let moment = Moment {
            packet: packet.number,
            time_ns: packet.time_ns,
        };
        if let Some(fault) = fault {
            self.pair_fault(&Pair::of(packet), &fault, moment, scene);
        }
        if let Some(whole) = whole {
            self.counters.reassembled += 1;
            let load = Load {
                bytes: &whole.payload,
                announced: whole.payload.len() as u32,
                packets: whole.packets,
                wire_bytes: whole.wire_bytes,
            };
            self.load(packet, &load, scene);
        }
    }

    /// A whole transport packet.
    fn load(&mut self, packet: &Packet<'_>, load: &Load<'_>, scene: &Scene<'_>) {
        let transport = transport::parse(&packet.ip, load.bytes, load.announced);
        let (key, source_is_low) = Key::new(packet, transport.ports);
        let known = self.table.find(&key);
        let id = match known {
            Some(id)
                if self
                    .table
                    .flow(id)
                    .superseded(packet, transport.tcp.as_ref()) =>
            {
                let reason = self.table.flow(id).core.idle_reason();
                self.end(
                    id,
                    reason,
                    scene,
                    Moment {
                        packet: packet.number,
                        time_ns: packet.time_ns,
                    },
                );
                self.open(Flow::new(packet, &transport, key, source_is_low))
            }
            Some(id) => id,
            None => self.open(Flow::new(packet, &transport, key, source_is_low)),
        };
        let flow = self.table.flow(id);
        let side = flow.core.side(source_is_low);
        let arrival = Arrival {
            packet,
            transport: &transport,
            side,
            packets: load.packets,
            bytes: load.wire_bytes,
        };
        let mut pen = Pen {
            scene,
            output: &mut self.output,
            counters: &mut self.counters,
            desk: &mut self.desk,
        };
        dialogue::receive(flow, arrival, self.protocols, &mut pen);
        self.weigh(id);
        self.table.touch(id);
    }

    fn open(&mut self, mut flow: Flow) -> Id {
        self.counters.flows += 1;
        let met = self.desk.expectations.meet(&flow.core, flow.core.first_ns);
        if let Some((protocol, parser, listener)) = met {
            if listener == Side::Client {
                flow.turn();
            }
            flow.application = Application::expected(protocol, parser);
        }
        self.table.insert(flow)
    }

    fn weigh(&mut self, id: Id) {
        let flow = self.table.flow(id);
        let now = flow.weigh();
        self.held = self.held - flow.held as usize + now;
        flow.held = u32::try_from(now).unwrap_or(u32::MAX);
    }

    /// Writes a flow's record and forgets it.
    fn end(&mut self, id: Id, reason: Reason, scene: &Scene<'_>, moment: Moment) {
        let mut flow = self.table.remove(id);
        self.held -= flow.held as usize;
        let mut pen = Pen {
            scene,
            output: &mut self.output,
            counters: &mut self.counters,
            desk: &mut self.desk,
        };
        dialogue::end(&mut flow, self.protocols, &mut pen, moment);
        pen.flow(&flow.core, flow.application.name(), reason);
    }

    /// Lets the longest silent go until the budget holds again.
    fn shrink(&mut self, packet: &Packet<'_>, scene: &Scene<'_>) {
        let moment = Moment {
            packet: packet.number,
            time_ns: packet.time_ns,
        };
        self.abandon(packet.time_ns, self.budget / FRAGMENT_SHARE, scene, moment);
        while self.held() > self.budget {
            let Some(id) = self.table.quietest() else {
                break;
            };
            self.counters.evicted += 1;
            self.evicted += 1;
            self.end(id, Reason::Evicted, scene, moment);
        }
    }

    fn abandon(&mut self, now_ns: i64, budget: usize, scene: &Scene<'_>, moment: Moment) {
        while let Some(gone) = self.fragments.abandon(now_ns, budget) {
            self.pair_fault(&Pair::gone(&gone), &gone.fault, moment, scene);
        }
    }

    /// A malformation between two addresses that belongs to no flow.
    fn pair_fault(&mut self, pair: &Pair, fault: &Fault, moment: Moment, scene: &Scene<'_>) {
        if self.pairs.len() == MAX_PAIRS {
            self.pairs.clear();
        }
        let count = self
            .pairs
            .entry((fault.kind, pair.source, pair.destination))
            .or_default();
        *count += 1;
        if worth_writing(*count) {
            let detail = fault.detail();
            let anomaly = anomaly_of(fault.kind, &detail, moment, *count);
            let mut pen = Pen {
                scene,
                output: &mut self.output,
                counters: &mut self.counters,
                desk: &mut self.desk,
            };
            let about = About::Pair(pair.version, &pair.source, &pair.destination);
            pen.anomaly(about, pair.interface, &anomaly);
        }
    }

    /// Ends what has been silent too long at `now_ns`.
    pub fn expire(&mut self, now_ns: i64, moment: Moment, scene: &Scene<'_>) {
        while let Some(id) = self.table.idle(now_ns) {
            let core = &self.table.flow(id).core;
            let (first_packet, reason) = (core.first_packet, core.idle_reason());
            self.output.at_end(first_packet);
            self.end(id, reason, scene, moment);
        }
        self.output.at_end(u64::MAX);
        self.abandon(now_ns, self.budget / FRAGMENT_SHARE, scene, moment);
    }

    /// Ends everything.
    pub fn finish(&mut self, moment: Moment, scene: &Scene<'_>) {
        while let Some(id) = self.table.any() {
            let core = &self.table.flow(id).core;
            let (first_packet, reason) = (core.first_packet, core.end_reason());
            self.output.at_end(first_packet);
            self.end(id, reason, scene, moment);
        }
        self.output.at_end(u64::MAX);
        self.abandon(i64::MAX, 0, scene, moment);
    }
}
