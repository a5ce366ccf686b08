//! Content codings taken off while a body streams by (RFC 9110 8.4), with bounded output whatever is packed inside.

use std::cell::RefCell;

use super::bytes::trim;
use super::fault::{Fault, Kind};
use super::head::Head;
use super::inflate::{Inflate, Progress, STRIDE};

/// Stacked codings that are undone; honest servers stack none.
const MAX_CODINGS: usize = 3;

/// A body may unpack to this much whatever its size: pages of spaces are small and honest.
const FREE_OUTPUT: u64 = 1 << 20;

/// Beyond, so many bytes for each byte received. Text packs 20 times, logs 60, a bomb 1,000 and more.
const MAX_RATIO: u64 = 128;

/// Output of one run of input, beside 1,100 for each of its bytes (deflate cannot more): what a body has saved up
/// before must not come out at once.
const MAX_BURST: u64 = 4 << 20;
const BURST_RATIO: u64 = 1_100;

/// Gzip files in one body: each costs a new decompressor.
const MAX_MEMBERS: usize = 16;

/// Bytes kept until a decompressor gives its first output, so that a coding which was named and never applied can be
/// taken back: the largest Huffman tables take 300, honest gzip headers less.
const MAX_UNDO: usize = 4_096;

/// Bytes that tell whether a coded body begins as its coding demands.
const SNIFF: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
}

/// Codings of one body, outermost (the last one applied) first.
pub struct Decoder {
    layers: Vec<Layer>,
    received: u64,
    /// What went wrong, in its order; every layer writes here.
    faults: RefCell<Vec<Fault>>,
}

impl Decoder {
    /// For what Content-Encoding says. None: nothing to undo, or nothing that can be; a fault may say so.
    pub fn of(head: &mut Head) -> Option<Self> {
        let mut layers = Vec::new();
        for name in head
            .values(b"content-encoding")
            .flat_map(|value| value.split(|byte| *byte == b','))
        {
            match coding(trim(name)) {
                Some(Known::Identity) => {}
                Some(Known::Coding(coding)) => layers.push(Layer::new(coding)),
                None => return None,
            }
        }
        if layers.len() > MAX_CODINGS {
            head.fault(
                Kind::Encoding,
                "more than three content codings are stacked",
            );
            return None;
        }
        layers.reverse();
        (!layers.is_empty()).then_some(Self {
            layers,
            received: 0,
            faults: RefCell::default(),
        })
    }

    /// Decode the next bytes.
    pub fn feed(&mut self, bytes: &[u8], out: &mut dyn FnMut(&[u8])) {
        self.received += bytes.len() as u64;
        let run = Run {
            total: FREE_OUTPUT + MAX_RATIO * self.received,
            burst: MAX_BURST + BURST_RATIO * bytes.len() as u64,
            faults: &self.faults,
        };
        self.layers.iter_mut().for_each(|layer| layer.burst = 0);
        push(&mut self.layers, bytes, run, out);
    }

    /// The body is over: what was held back comes out, a coding in the middle of something is a fault.
    pub fn end(&mut self, out: &mut dyn FnMut(&[u8])) {
        let run = Run {
            total: u64::MAX,
            burst: u64::MAX,
            faults: &self.faults,
        };
        for at in 0..self.layers.len() {
            if let Some((layer, inner)) = self.layers[at..].split_first_mut() {
                push(inner, &layer.finish(run), run, out);
            }
        }
    }

    /// Bytes of the body were never seen: what follows cannot be decoded.
    pub fn lose(&mut self) {
        for layer in &mut self.layers {
            layer.state = State::Failed;
        }
    }

    /// What went wrong since this was last asked.
    pub fn faults(&mut self) -> Vec<Fault> {
        self.faults.take()
    }

    /// Whether content is missing behind what came out.
    pub fn has_failed(&self) -> bool {
        self.layers
            .iter()
            .any(|layer| matches!(layer.state, State::Failed))
    }

    pub fn held(&self) -> usize {
        self.layers.iter().map(Layer::held).sum()
    }
}

enum Known {
    Identity,
    Coding(Coding),
}

fn coding(name: &[u8]) -> Option<Known> {
    let known = |names: &[&[u8]]| names.iter().any(|other| name.eq_ignore_ascii_case(other));
    if known(&[b"gzip", b"x-gzip"]) {
        Some(Known::Coding(Coding::Gzip))
    } else if known(&[b"deflate"]) {
        Some(Known::Coding(Coding::Deflate))
    } else if known(&[b"br"]) {
        Some(Known::Coding(Coding::Brotli))
    } else {
        known(&[b"", b"identity", b"none"]).then_some(Known::Identity)
    }
}

/// One run of input through the layers: what each may give in all, and now; where faults go.
#[derive(Clone, Copy)]
struct Run<'a> {
    total: u64,
    burst: u64,
    faults: &'a RefCell<Vec<Fault>>,
}

impl Run<'_> {
    fn say(&self, what: &'static str) {
        self.tell(Fault::new(Kind::Encoding, what));
    }

    fn tell(&self, fault: Fault) {
        self.faults.borrow_mut().push(fault);
    }
}

/// Through the first layer, and what it gives through the others.
fn push(layers: &mut [Layer], bytes: &[u8], run: Run<'_>, out: &mut dyn FnMut(&[u8])) {
    match layers.split_first_mut() {
        None => out(bytes),
        Some((layer, inner)) => {
            layer.feed(bytes, run, &mut |plain| push(inner, plain, run, out));
        }
    }
}

type Next<'a> = &'a mut dyn FnMut(&[u8]);

enum State {
    /// The first bytes are not all there yet.
    Start(Vec<u8>),
    Running(Inflate),
    /// Not what its name says: passed on as it is.
    Raw,
    /// The stream is over; another gzip file may follow.
    Ended,
    /// Behind bytes that are none of the coding.
    Past,
    /// Nothing more can be decoded.
    Failed,
}

struct Layer {
    coding: Coding,
    state: State,
    members: usize,
    /// What was read before the first output; None: too much to be kept.
    undo: Option<Vec<u8>>,
    produced: u64,
    burst: u64,
}

impl Layer {
    fn new(coding: Coding) -> Self {
        Self {
            coding,
            state: State::Start(Vec::new()),
            members: 1,
            undo: Some(Vec::new()),
            produced: 0,
            burst: 0,
        }
    }

    fn held(&self) -> usize {
        let state = match &self.state {
            State::Running(inflate) => inflate.held(),
            _ => SNIFF,
        };
        state + self.undo.as_ref().map_or(0, Vec::capacity)
    }

    fn feed(&mut self, bytes: &[u8], run: Run<'_>, next: Next<'_>) {
        match &mut self.state {
            State::Raw => next(bytes),
            State::Ended if !bytes.is_empty() => self.foreign(bytes, run, next),
            State::Ended | State::Past | State::Failed => {}
            State::Running(_) => self.run(bytes, run, next),
            State::Start(start) => {
                start.extend_from_slice(bytes);
                let start = std::mem::take(start);
                self.begin(start, run, next);
            }
        }
    }

    fn begin(&mut self, start: Vec<u8>, run: Run<'_>, next: Next<'_>) {
        match self.opened(&start) {
            Opened::Unsure => self.state = State::Start(start),
            Opened::As(inflate) => {
                self.state = State::Running(inflate);
                self.run(&start, run, next);
            }
            Opened::Not => {
                self.state = State::Raw;
                run.say("the body does not begin as its content coding does");
                next(&start);
            }
        }
    }

    fn opened(&self, start: &[u8]) -> Opened {
        match (self.coding, start) {
            (Coding::Brotli, [first, ..]) => Opened::As(Inflate::brotli(*first)),
            (Coding::Gzip, [0x1f, 0x8b, 8, ..]) => Opened::As(Inflate::gzip()),
            (Coding::Gzip, [] | [0x1f] | [0x1f, 0x8b]) => Opened::Unsure,
            (Coding::Gzip, _) => Opened::Not,
            // Servers mean raw deflate where the name says zlib (RFC 9110 8.4.1.2); the header tells.
            (Coding::Deflate, [first, second, ..]) => {
                Opened::As(Inflate::deflate(is_zlib(*first, *second)))
            }
            _ => Opened::Unsure,
        }
    }

    fn run(&mut self, mut bytes: &[u8], run: Run<'_>, next: Next<'_>) {
        let mut buffer = [0; STRIDE];
        while let State::Running(inflate) = &mut self.state {
            let step = inflate.step(bytes, &mut buffer);
            let plain = buffer.get(..step.produced).unwrap_or_default();
            let used;
            (used, bytes) = bytes.split_at(step.consumed.min(bytes.len()));
            if !self.affords(plain.len() as u64, run) {
                return self.fail(BOMB, run);
            }
            if plain.is_empty() {
                self.remember(used);
            } else {
                self.undo = None;
                next(plain);
            }
            match step.progress {
                Progress::End => self.ended(bytes, run),
                Progress::More if bytes.is_empty() && plain.len() < STRIDE => return,
                Progress::More if step.consumed > 0 || !plain.is_empty() => {}
                Progress::More | Progress::Corrupt => return self.take_back(bytes, run, next),
            }
        }
    }

    fn remember(&mut self, used: &[u8]) {
        if let Some(undo) = self.undo.as_mut() {
            undo.extend_from_slice(&used[..used.len().min(MAX_UNDO + 1)]);
        }
        self.undo = self.undo.take().filter(|undo| undo.len() <= MAX_UNDO);
    }

    /// The coding is corrupt. Where it gave nothing yet it was perhaps never applied: browsers show the bytes themselves.
    fn take_back(&mut self, rest: &[u8], run: Run<'_>, next: Next<'_>) {
        self.fail(CORRUPT, run);
        if let Some(undo) = self.undo.take() {
            self.state = State::Raw;
            next(&undo);
            next(rest);
        }
    }

    fn affords(&mut self, produced: u64, run: Run<'_>) -> bool {
        self.produced += produced;
        self.burst += produced;
        self.produced <= run.total && self.burst <= run.burst
    }

    /// Behind a gzip file another one may follow (RFC 1952 2.2); anything else there is foreign.
    fn ended(&mut self, bytes: &[u8], run: Run<'_>) {
        self.state = State::Ended;
        match bytes {
            [] => {}
            [0x1f, ..] if self.coding == Coding::Gzip && self.members < MAX_MEMBERS => {
                self.members += 1;
                self.state = State::Running(Inflate::gzip());
            }
            _ => {
                self.state = State::Past;
                run.say("bytes behind the end of the content coding");
            }
        }
    }

    fn foreign(&mut self, bytes: &[u8], run: Run<'_>, next: Next<'_>) {
        self.ended(bytes, run);
        self.run(bytes, run, next);
    }

    /// Answers what was held back.
    fn finish(&mut self, run: Run<'_>) -> Vec<u8> {
        match &mut self.state {
            State::Start(start) => std::mem::take(start),
            State::Running(_) => {
                self.fail(BROKEN_OFF, run);
                Vec::new()
            }
            State::Raw | State::Ended | State::Past | State::Failed => Vec::new(),
        }
    }

    fn fail(&mut self, fault: Fault, run: Run<'_>) {
        self.state = State::Failed;
        run.tell(fault);
    }
}

const BROKEN_OFF: Fault = Fault {
    kind: Kind::Encoding,
    what: "the content coding breaks off before its end",
};

const CORRUPT: Fault = Fault {
    kind: Kind::Encoding,
    what: "the content coding is corrupt",
};

const BOMB: Fault = Fault {
    kind: Kind::Bomb,
    what: "the body unpacks to more than 1 MiB and 128 times its size",
};

enum Opened {
    As(Inflate),
    Not,
    Unsure,
}

/// CMF and FLG (RFC 1950 2.2): method 8, and a multiple of 31.
fn is_zlib(first: u8, second: u8) -> bool {
    first & 15 == 8 && u16::from_be_bytes([first, second]).is_multiple_of(31)
}
