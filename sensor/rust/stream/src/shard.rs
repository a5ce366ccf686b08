//! One of the 64 parts of the traffic: its flows, its fragments, its share of the memory.

use std::collections::HashMap;

use starwatch_wire::anomaly::{Fault, Kind};
use starwatch_wire::ip::{Address, Version};
use starwatch_wire::packet::Packet;
use starwatch_wire::transport;

use crate::application::{Protocol, Side};
use crate::carve::{BodyId, Carvery, Part};
use crate::dialogue::{self, Arrival};
use crate::event::About;
use crate::expectation::Expectations;
use crate::flow::{Flow, Key, Reason};
use crate::fragment::{Abandoned, Fragments, Whole};
use crate::output::{Counters, Output};
use crate::pen::{anomaly_of, worth_writing, Desk, Moment, Pen, Scene};
use crate::recognise::Application;
use crate::sort::Parcel;
use crate::table::{Id, Table, FLOW_BYTES};
use crate::tunnel::Tunnels;

/// Fragments may hold this part of a shard's memory: they are rare, and floods of them must not push flows out.
const FRAGMENT_SHARE: usize = 8;
/// Contents of files on their way out may hold this part: with more, memory would be short for the flows they are in.
const CARVING_SHARE: usize = 2;
/// Address pairs whose fragment faults are counted; past it counting starts anew.
const MAX_PAIRS: usize = 1024;

pub struct Shard {
    table: Table,
    fragments: Fragments,
    /// Datagrams put together and not read yet.
    wholes: Vec<Whole>,
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

/// Two addresses without a conversation.
struct Pair {
    version: Version,
    source: Address,
    destination: Address,
    interface: u16,
    tunnels: Option<Box<Tunnels>>,
}

impl Pair {
    fn of(parcel: &Parcel<'_, '_>) -> Self {
        let Parcel { packet, layers, .. } = parcel;
        Self {
            version: packet.ip.version,
            source: packet.ip.source,
            destination: packet.ip.destination,
            interface: packet.interface,
            tunnels: Tunnels::of(layers, packet.around),
        }
    }

    fn gone(gone: Abandoned) -> Self {
        Self {
            version: gone.version,
            source: gone.source,
            destination: gone.destination,
            interface: gone.interface,
            tunnels: gone.tunnels,
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
            wholes: Vec::new(),
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

    /// Keeps a fragment; the datagram it completes waits for `take_wholes`.
    pub fn fragment(&mut self, parcel: &Parcel<'_, '_>, scene: &Scene<'_>) {
        let packet = parcel.packet;
        let Some(fragment) = packet.ip.fragment else {
            return;
        };
        self.at(parcel);
        self.counters.fragments += 1;
        let (whole, fault) = self.fragments.add(packet, fragment, parcel.layers);
        if let Some(fault) = fault {
            self.pair_fault(&Pair::of(parcel), &fault, parcel.moment(), scene);
        }
        self.counters.reassembled += u64::from(whole.is_some());
        self.wholes.extend(whole);
        let budget = self.budget / FRAGMENT_SHARE;
        self.abandon(packet.time_ns, budget, scene, parcel.moment());
    }

    pub fn take_wholes(&mut self) -> Vec<Whole> {
        std::mem::take(&mut self.wholes)
    }

    fn at(&mut self, parcel: &Parcel<'_, '_>) {
        let (number, depth) = parcel.place();
        self.output.at_packet(number);
        self.output.order = u64::from(depth);
    }

    /// A packet that is no fragment.
    pub fn packet(&mut self, parcel: &Parcel<'_, '_>, scene: &Scene<'_>) {
        self.at(parcel);
        self.read(parcel, scene);
        self.shrink(parcel.packet, scene);
    }

    fn read(&mut self, parcel: &Parcel<'_, '_>, scene: &Scene<'_>) {
        let Parcel { packet, layers, .. } = *parcel;
        let transport = transport::parse(&packet.ip, packet.ip.payload, packet.ip.announced);
        let (key, source_is_low) = Key::new(packet, transport.ports);
        let known = self.table.find(&key);
        let id = match known {
            Some(id) if self.table.flow(id).superseded(packet, &transport) => {
                let reason = self.table.flow(id).core.idle_reason();
                self.end(id, reason, scene, parcel.moment());
                self.open(Flow::new(packet, &transport, key, source_is_low, layers))
            }
            Some(id) => id,
            None => self.open(Flow::new(packet, &transport, key, source_is_low, layers)),
        };
        let flow = self.table.flow(id);
        let side = flow.core.side(source_is_low);
        let arrival = Arrival {
            packet,
            transport: &transport,
            side,
            packets: parcel.packets,
            bytes: parcel.bytes,
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
        let excess = self.held().saturating_sub(self.budget);
        self.desk.carvery.relieve(excess);
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
            let fault = gone.fault;
            self.pair_fault(&Pair::gone(gone), &fault, moment, scene);
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
            let tunnels = pair.tunnels.as_deref();
            let about = About::Pair(pair.version, &pair.source, &pair.destination, tunnels);
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
        self.desk.expectations.clear();
        self.abandon(i64::MAX, 0, scene, moment);
    }
}
