//! Writes events into a shard's output, and keeps a malformation that repeats from filling it.

use starwatch_wire::anomaly::{Fault, Kind};
use starwatch_wire::ip::Address;

use crate::application::{Expected, FileHead, Header, Piece, Protocol, Side, Sink};
use crate::carve::{BodyId, Carvery, Carving};
use crate::event::{About, Anomaly, Saying, Voice};
use crate::expectation::Expectations;
use crate::file::File;
use crate::flow::{Core, Reason, State};
use crate::json::Json;
use crate::output::{Counters, Output};

/// What writing needs besides the place to write to.
pub struct Scene<'a> {
    pub voice: Voice<'a>,
    /// Bytes of a flow's side past which its payload is not analysed.
    pub bulk: u64,
}

/// What a shard's flows have in common besides their output.
pub struct Desk {
    pub carvery: Carvery,
    pub expectations: Expectations,
}

impl Desk {
    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        self.carvery.held() + self.expectations.held()
    }
}

/// Where and when something happened.
#[derive(Clone, Copy)]
pub struct Moment {
    pub packet: u64,
    pub time_ns: i64,
}

pub struct Pen<'a> {
    pub scene: &'a Scene<'a>,
    pub output: &'a mut Output,
    pub counters: &'a mut Counters,
    pub desk: &'a mut Desk,
}

impl Pen<'_> {
    pub fn flow(&mut self, core: &Core, protocol: Option<&'static str>, reason: Reason) {
        self.scene
            .voice
            .flow(&mut self.output.bytes, core, protocol, reason);
        self.output.close();
    }

    /// A malformation in a flow: written the first time, counted ever after.
    pub fn fault(
        &mut self,
        core: &mut Core,
        protocol: Option<&'static str>,
        fault: &Fault,
        moment: Moment,
    ) {
        if core.seen.first(fault.kind as u32) {
            let detail = fault.detail();
            let anomaly = anomaly_of(fault.kind, &detail, moment, 1);
            self.anomaly(About::Flow(core, protocol), core.interface, &anomaly);
        }
    }

    pub fn anomaly(&mut self, about: About<'_>, interface: u16, anomaly: &Anomaly<'_>) {
        self.counters.anomalies += 1;
        self.scene
            .voice
            .anomaly(&mut self.output.bytes, about, interface, anomaly);
        self.output.close();
    }
}

pub fn anomaly_of(kind: Kind, detail: &str, moment: Moment, count: u64) -> Anomaly<'_> {
    let Moment { packet, time_ns } = moment;
    Anomaly {
        kind: kind.name(),
        layer: kind.layer(),
        detail,
        packet,
        time_ns,
        count,
    }
}

/// Repetitions outside any flow are written at 1, 10, 100, …
pub fn worth_writing(count: u64) -> bool {
    count > 0 && 10u64.pow(count.ilog10()) == count
}

/// What a flow remembers of its application besides the parser: small, and there only when something was said.
#[derive(Default)]
pub struct Notes {
    /// Malformations already written; each kind of each protocol once a flow.
    kinds: Vec<&'static str>,
    /// Files begun and not ended.
    carvings: Vec<BodyId>,
}

impl Notes {
    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        self.kinds.capacity() * std::mem::size_of::<&str>()
            + self.carvings.capacity() * std::mem::size_of::<BodyId>()
    }

    fn first(&mut self, kind: &'static str) -> bool {
        let first = !self.kinds.contains(&kind);
        if first {
            self.kinds.push(kind);
        }
        first
    }

    fn ended(&mut self, carving: &Carving) {
        self.carvings.retain(|id| Some(*id) != carving.body());
    }

    /// The parser is gone; what it did not end is not kept.
    pub fn forget(&mut self, pen: &mut Pen<'_>) {
        pen.desk.carvery.discard(&self.carvings);
        self.carvings.clear();
    }
}

/// A parser's way to speak about its flow.
pub struct Speaker<'a, 'p> {
    core: &'a mut Core,
    pen: &'a mut Pen<'p>,
    protocol: Option<&'static str>,
    notes: &'a mut Notes,
    /// What the parser leaves to the next one.
    pub handed: Option<Vec<u8>>,
}

impl<'a, 'p> Speaker<'a, 'p> {
    pub fn new(
        core: &'a mut Core,
        pen: &'a mut Pen<'p>,
        protocol: Option<&'static Protocol>,
        notes: &'a mut Notes,
    ) -> Self {
        Self {
            core,
            pen,
            protocol: protocol.map(|protocol| protocol.name),
            notes,
            handed: None,
        }
    }

    fn say(&mut self, saying: &Saying<'_>, body: &mut dyn FnMut(&mut Json<'_>)) {
        let Pen { scene, output, .. } = self.pen;
        scene
            .voice
            .application(&mut output.bytes, self.core, self.protocol, saying, body);
        output.close();
    }
}

impl Sink for Speaker<'_, '_> {
    fn event(
        &mut self,
        piece: &Piece<'_>,
        header: &Header<'_>,
        body: &mut dyn FnMut(&mut Json<'_>),
    ) {
        self.say(
            &Saying {
                piece,
                header,
                hashes: &[],
            },
            body,
        );
    }

    fn anomaly(&mut self, piece: &Piece<'_>, kind: &'static str, detail: &str) {
        self.core.seen.count();
        if self.notes.first(kind) {
            let Piece {
                packet, time_ns, ..
            } = *piece;
            let anomaly = Anomaly {
                kind,
                layer: "application",
                detail,
                packet,
                time_ns,
                count: 1,
            };
            self.pen.anomaly(
                About::Flow(self.core, self.protocol),
                self.core.interface,
                &anomaly,
            );
        }
    }

    fn address(&self, side: Side) -> Address {
        *self.core.address(side)
    }

    fn closed(&self) -> bool {
        self.core.state == State::Closed
    }

    fn carve(&mut self, head: &FileHead<'_>) -> Carving {
        let carving = self.pen.desk.carvery.begin(head);
        self.notes.carvings.extend(carving.body());
        carving
    }

    fn feed(&mut self, carving: &mut Carving, bytes: &[u8]) {
        self.pen.desk.carvery.feed(carving, bytes);
    }

    fn carved(
        &mut self,
        piece: &Piece<'_>,
        carving: Carving,
        complete: bool,
        body: &mut dyn FnMut(&mut Json<'_>),
    ) {
        self.notes.ended(&carving);
        let finding = self.pen.desk.carvery.finish(&carving);
        let file = File::new(&carving, &finding, complete, self.protocol);
        let saying = Saying {
            piece,
            header: &file.header(),
            hashes: file.hashes(),
        };
        self.say(&saying, &mut |json| {
            file.write(json);
            body(json);
        });
    }

    fn handover(&mut self, rest: &[u8]) {
        self.handed = Some(rest.to_vec());
    }

    fn expect(&mut self, expected: Expected) {
        let listener = *self.core.address(expected.listener);
        let now_ns = self.core.last_ns;
        self.pen.desk.expectations.add(expected, listener, now_ns);
    }
}
