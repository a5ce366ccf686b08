//! Writes events into a shard's output, and keeps a malformation that repeats from filling it.

use starwatch_wire::anomaly::{Fault, Kind};
use starwatch_wire::ip::Address;

use crate::application::{Expected, FileHead, Header, Piece, Side, Sink};
use crate::carve::Carving;
use crate::event::{About, Anomaly, Voice};
use crate::flow::{Core, Reason};
use crate::json::Json;
use crate::output::{Counters, Output};

/// What writing needs besides the place to write to.
pub struct Scene<'a> {
    pub voice: Voice<'a>,
    /// Kinds the application parsers can name; their bits in `Seen` follow the core's own.
    pub application_kinds: &'a [&'static str],
    /// Bytes of a flow's side past which its payload is not analysed.
    pub bulk: u64,
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

    /// Bit of an application's kind; kinds its protocol does not list share the last one.
    fn application_bit(&self, kind: &str) -> u32 {
        let known = self
            .scene
            .application_kinds
            .iter()
            .position(|known| *known == kind);
        let first = Kind::all().count();
        known.map_or(u64::BITS - 1, |at| ((first + at) as u32).min(u64::BITS - 1))
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

/// A parser's way to speak about its flow.
pub struct Speaker<'a, 'p> {
    pub core: &'a mut Core,
    pub pen: &'a mut Pen<'p>,
    pub protocol: Option<&'static str>,
}

impl Sink for Speaker<'_, '_> {
    fn event(
        &mut self,
        piece: &Piece<'_>,
        header: &Header<'_>,
        body: &mut dyn FnMut(&mut Json<'_>),
    ) {
        let Pen { scene, output, .. } = self.pen;
        scene.voice.application(
            &mut output.bytes,
            self.core,
            self.protocol,
            piece,
            header,
            body,
        );
        output.close();
    }

    fn anomaly(&mut self, piece: &Piece<'_>, kind: &'static str, detail: &str) {
        if self.core.seen.first(self.pen.application_bit(kind)) {
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

    fn carve(&mut self, head: &FileHead<'_>) -> Carving {
        Carving::new(head)
    }

    fn feed(&mut self, carving: &mut Carving, bytes: &[u8]) {
        carving.seen += bytes.len() as u64;
    }

    fn carved(
        &mut self,
        _piece: &Piece<'_>,
        _carving: Carving,
        _complete: bool,
        _body: &mut dyn FnMut(&mut Json<'_>),
    ) {
    }

    fn handover(&mut self, _rest: &[u8]) {}

    fn expect(&mut self, _expected: Expected) {}
}
