//! The whole decoder: batches of frames in, numbered event lines out.

use std::sync::{Mutex, PoisonError};
use std::thread;

use starwatch_wire::anomaly::{Fault, Kind};
use starwatch_wire::frames::{Frames, Interface};

use crate::application::Protocol;
use crate::carve::Part;
pub use crate::event::Note;
use crate::event::{About, Voice};
use crate::fragment::Whole;
use crate::output::{Counters, Output};
use crate::pen::{anomaly_of, worth_writing, Moment, Scene};
use crate::platform::Platforms;
use crate::shard::Shard;
use crate::sort::{in_order, Sorted, SHARDS};
use crate::sources::{Sources, Tally};
use crate::text;

/// More threads than shards would idle.
const MAX_THREADS: usize = SHARDS;
/// Bits of a file's number that count within its shard; the six above name the shard.
const FILE_BITS: u32 = 58;
/// Link type of an interface that is only spoken of: Ethernet.
const NOTED_LINK: u32 = 1;

pub struct Settings {
    pub sensor: String,
    pub epoch: String,
    /// Name of the interface for frames whose capture does not name it.
    pub interface: String,
    pub threads: usize,
    /// Bytes flows, streams and fragments may hold together.
    pub memory: usize,
    pub first_sequence: u64,
    pub platforms: Platforms,
    pub protocols: &'static [Protocol],
    /// Bytes of the longest file whose content is kept; 0: files are hashed only.
    pub file_max: u64,
}

/// Finished events of one batch, one JSON line each.
#[derive(Debug, Default)]
pub struct Events {
    pub ndjson: Vec<u8>,
    pub count: u64,
    pub first_sequence: u64,
    /// Contents of files, each file's parts in order.
    pub parts: Vec<Part>,
}

/// What was seen and what became of it; wire = analysed + not_ip + malformed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    pub packets: u64,
    pub bytes: u64,
    pub analysed: u64,
    pub not_ip: u64,
    pub malformed: u64,
    pub events: u64,
    pub open_flows: u64,
    pub buffered_bytes: u64,
    pub counters: Counters,
}

pub struct Engine {
    settings: Settings,
    shards: Vec<Shard>,
    /// Events that belong to no shard.
    front: Output,
    sources: Sources,
    /// Malformations outside any flow, by kind.
    faults: Vec<u64>,
    clock_ns: i64,
    sequence: u64,
    totals: Totals,
    /// Bytes of a flow's side past which its payload is not analysed: what load shedding does first.
    bulk: u64,
}

impl Engine {
    pub fn new(settings: Settings) -> Self {
        let threads = settings.threads.clamp(1, MAX_THREADS);
        let budget = settings.memory / SHARDS;
        Self {
            shards: (0..SHARDS as u64)
                .map(|at| {
                    let first_file = at << FILE_BITS;
                    Shard::new(budget, settings.protocols, first_file, settings.file_max)
                })
                .collect(),
            front: Output::default(),
            sources: Sources::default(),
            faults: vec![0; Kind::all().count()],
            clock_ns: i64::MIN,
            sequence: settings.first_sequence,
            totals: Totals::default(),
            bulk: u64::MAX,
            settings: Settings {
                threads,
                ..settings
            },
        }
    }

    /// Decodes a batch; flows idle at its end are ended on its packet clock.
    pub fn decode(&mut self, frames: &Frames) -> Events {
        let numbers = self.sources.number(&frames.interfaces);
        let first = self.totals.packets + 1;
        let sorted = sort(frames, first, self.settings.threads, &numbers);
        self.account(frames, &sorted, &numbers);
        for part in &sorted {
            part.faults.iter().for_each(|(moment, interface, fault)| {
                self.outside_fault(fault, *interface, *moment)
            });
        }
        self.assemble(sorted, 0);
        self.collect_spared();
        self.damage(frames, numbers.first().copied().unwrap_or(u16::MAX));
        self.report_evictions();
        self.merge()
    }

    /// Puts the fragments of `parts[from..]` together first, so that what was in them is read in its place among the other
    /// packets. A datagram inside a tunnel may have come in fragments as well: once more for every tunnel around it.
    fn assemble(&mut self, parts: Vec<Sorted<'_>>, from: usize) {
        let wholes = self.join(&parts[from..]);
        if wholes.is_empty() {
            return self.read(&parts, from > 0);
        }
        // From here on the parts borrow from the datagrams, too.
        let mut parts: Vec<Sorted<'_>> = parts;
        let searched = parts.len();
        parts.push(Sorted::of_wholes(&wholes));
        self.assemble(parts, searched);
    }

    /// Datagrams that fragments complete, in the order of the packets that did it.
    fn join(&mut self, parts: &[Sorted<'_>]) -> Vec<Whole> {
        if !parts.iter().any(|part| part.fragmented) {
            return Vec::new();
        }
        self.run(|at, shard, scene| {
            for part in parts.iter().filter(|part| part.fragmented) {
                part.of_shard(at)
                    .for_each(|parcel| shard.fragment(&parcel, scene));
            }
        });
        let mut wholes: Vec<_> = self
            .shards
            .iter_mut()
            .flat_map(Shard::take_wholes)
            .collect();
        wholes.sort_by_key(Whole::place);
        wholes
    }

    /// Shows every shard its packets. `wholes`: the last parts are datagrams put together.
    fn read(&mut self, parts: &[Sorted<'_>], wholes: bool) {
        let moment = self.moment();
        self.run(|at, shard, scene| {
            in_order(parts, at, wholes, |parcel| shard.packet(parcel, scene));
            shard.expire(moment.time_ns, moment, scene);
        });
    }

    /// Ends flows idle at `now_ns` although no packet came.
    pub fn advance(&mut self, now_ns: i64) -> Events {
        self.clock_ns = self.clock_ns.max(now_ns);
        let moment = self.moment();
        self.run(|_, shard, scene| shard.expire(moment.time_ns, moment, scene));
        self.merge()
    }

    /// Ends every flow.
    pub fn finish(&mut self) -> Events {
        let moment = self.moment();
        self.run(|_, shard, scene| shard.finish(moment, scene));
        self.merge()
    }

    /// One event that no packet caused.
    pub fn note(&mut self, note: &Note<'_>) -> Events {
        let interface = note.interface.map_or(u16::MAX, |name| {
            self.sources.number_of(&Interface {
                link: NOTED_LINK,
                name: Some(name.into()),
            })
        });
        self.front.at_end(u64::MAX);
        let scene = scene(&self.settings, self.sources.known(), self.bulk);
        scene.voice.note(&mut self.front.bytes, interface, note);
        self.front.close();
        self.merge()
    }

    /// What became of the packets of an interface.
    pub fn tally(&self, interface: &str) -> Tally {
        self.sources.tally(interface)
    }

    /// Under load: a flow's payload past `bytes` of its side is counted and not analysed. u64::MAX: all is.
    pub fn spare(&mut self, bytes: u64) {
        self.bulk = bytes;
    }

    /// From now on the nets of these platforms; events of flows that are open too.
    pub fn assign(&mut self, platforms: Platforms) {
        self.settings.platforms = platforms;
    }

    pub fn totals(&self) -> Totals {
        let mut totals = self.totals;
        for shard in &self.shards {
            totals.counters.add(&shard.counters);
            totals.open_flows += shard.flows() as u64;
            totals.buffered_bytes += shard.held() as u64;
        }
        totals
    }

    /// The present, on the packet clock.
    fn moment(&self) -> Moment {
        Moment {
            packet: self.totals.packets,
            time_ns: self.clock_ns,
        }
    }

    fn collect_spared(&mut self) {
        for shard in &mut self.shards {
            for (interface, bytes) in std::mem::take(&mut shard.output.spared) {
                let spared = Tally {
                    bulk: bytes,
                    ..Tally::default()
                };
                self.sources.count(interface, &spared);
            }
        }
    }

    fn account(&mut self, frames: &Frames, sorted: &[Sorted<'_>], numbers: &[u16]) {
        self.totals.packets += frames.len() as u64;
        self.totals.bytes += frames.bytes();
        for (&number, tally) in sorted
            .iter()
            .flat_map(|part| numbers.iter().zip(&part.tallies))
        {
            self.sources.count(number, tally);
            self.totals.analysed += tally.analysed;
            self.totals.not_ip += tally.not_ip;
            self.totals.malformed += tally.malformed;
        }
        let latest = frames.entries.iter().map(|entry| entry.time_ns).max();
        self.clock_ns = latest.map_or(self.clock_ns.max(frames.last_ns()), |latest| {
            latest.max(self.clock_ns)
        });
    }

    /// Runs `work` on every shard, on as many threads as there are.
    fn run(&mut self, work: impl Fn(usize, &mut Shard, &Scene<'_>) + Sync) {
        let scene = scene(&self.settings, self.sources.known(), self.bulk);
        let queue = Mutex::new(self.shards.iter_mut().enumerate());
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let worker = || {
            while let Some((at, shard)) = next() {
                work(at, shard, &scene);
            }
        };
        thread::scope(|scope| {
            for _ in 1..self.settings.threads {
                scope.spawn(worker);
            }
            worker();
        });
    }

    /// A malformation below the addresses: written at its 1st, 10th, 100th … time.
    fn outside_fault(&mut self, fault: &Fault, interface: u16, moment: Moment) {
        let count = &mut self.faults[fault.kind as usize];
        *count += 1;
        if worth_writing(*count) {
            let count = *count;
            self.front.at_packet(moment.packet);
            self.write_outside(fault.kind, &fault.detail(), interface, moment, count);
        }
    }

    fn damage(&mut self, frames: &Frames, interface: u16) {
        for damage in &frames.damage {
            let moment = Moment {
                packet: self.totals.packets,
                time_ns: damage.time_ns,
            };
            self.front.at_end(u64::MAX);
            self.write_outside(damage.kind, &damage.detail, interface, moment, 1);
        }
    }

    /// One event for all flows evicted in the batch.
    fn report_evictions(&mut self) {
        let evicted = self
            .shards
            .iter_mut()
            .map(|shard| std::mem::take(&mut shard.evicted))
            .sum();
        if evicted > 0 {
            let detail = format!(
                "the flow table's {} bytes are used up: {evicted} flows written early",
                self.settings.memory
            );
            self.front.at_end(u64::MAX);
            self.write_outside(Kind::FlowEvicted, &detail, 0, self.moment(), evicted);
        }
    }

    fn write_outside(
        &mut self,
        kind: Kind,
        detail: &str,
        interface: u16,
        moment: Moment,
        count: u64,
    ) {
        let scene = scene(&self.settings, self.sources.known(), self.bulk);
        let anomaly = anomaly_of(kind, detail, moment, count);
        scene
            .voice
            .anomaly(&mut self.front.bytes, About::Nobody, interface, &anomaly);
        self.front.close();
        self.totals.counters.anomalies += 1;
    }

    /// Puts the shards' events in order and numbers them.
    fn merge(&mut self) -> Events {
        let parts = self.shards.iter_mut().flat_map(Shard::take_parts).collect();
        let outputs: Vec<&Output> = self
            .shards
            .iter()
            .map(|shard| &shard.output)
            .chain([&self.front])
            .collect();
        let mut order: Vec<(u64, u64, u32, u32)> = Vec::new();
        for (at, output) in outputs.iter().enumerate() {
            let marks = output.marks.iter().enumerate();
            order.extend(
                marks.map(|(index, mark)| (mark.packet, mark.order, at as u32, index as u32)),
            );
        }
        order.sort_unstable();
        let head = format!(
            "{{\"event\":{{\"id\":\"{}-{}-",
            self.settings.sensor, self.settings.epoch
        );
        let size = outputs
            .iter()
            .map(|output| output.bytes.len())
            .sum::<usize>()
            + order.len() * (head.len() + 21);
        let mut events = Events {
            ndjson: Vec::with_capacity(size),
            count: order.len() as u64,
            first_sequence: self.sequence,
            parts,
        };
        for (_, _, output, index) in order {
            events.ndjson.extend_from_slice(head.as_bytes());
            text::unsigned(&mut events.ndjson, self.sequence);
            events.ndjson.push(b'"');
            events
                .ndjson
                .extend_from_slice(outputs[output as usize].body(index as usize));
            self.sequence += 1;
        }
        self.totals.events += events.count;
        self.shards
            .iter_mut()
            .for_each(|shard| shard.output.clear());
        self.front.clear();
        events
    }
}

fn scene<'a>(settings: &'a Settings, interfaces: &'a [Interface], bulk: u64) -> Scene<'a> {
    let voice = Voice {
        sensor: &settings.sensor,
        interface: &settings.interface,
        interfaces,
        platforms: &settings.platforms,
    };
    Scene { voice, bulk }
}

/// Parses the batch in as many runs of frames as there are threads.
fn sort<'a>(
    frames: &'a Frames,
    number: u64,
    threads: usize,
    interfaces: &[u16],
) -> Vec<Sorted<'a>> {
    let part = frames.len().div_ceil(threads).max(1);
    let ranges =
        (0..threads).map(|at| (at * part).min(frames.len())..((at + 1) * part).min(frames.len()));
    thread::scope(|scope| {
        let mut ranges = ranges;
        let mine = ranges.next();
        let others: Vec<_> = ranges
            .map(|range| scope.spawn(move || Sorted::new(frames, range, number, interfaces)))
            .collect();
        let first = mine.map(|range| Sorted::new(frames, range, number, interfaces));
        let joined = others.into_iter().map(|other| {
            other
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        first.into_iter().chain(joined).collect()
    })
}
