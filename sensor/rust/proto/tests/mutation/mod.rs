//! Ways to tamper with frames.

pub mod chance;
pub mod mend;
pub mod seeds;

use std::ops::Range;
use std::sync::Arc;

use chance::Chance;
use mend::{levels, Level};
use seeds::Captured;
use starwatch_wire::frames::{Entry, Frame, Frames, Interface, Pool};

/// Frames of one conversation that are tampered with, at most.
const MOST_CHANGES: usize = 12;
/// Bytes put in at one place, at most.
const MOST_INSERTED: usize = 64;
/// Numbers at the edges of what length fields, counts and offsets can say.
const EDGES: [u32; 12] = [
    0, 1, 2, 3, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xfffe, 0xffff,
];
/// What parsers look for.
const WORDS: [&[u8]; 18] = [
    b"\r\n",
    b"\n",
    b"\r\n\r\n",
    b"\r\n.\r\n",
    b"0\r\n\r\n",
    b":",
    b" ",
    b"\0",
    b"\"",
    b"--",
    b"=?utf-8?B?",
    b"HTTP/1.1 200 OK\r\n",
    b"Content-Length: 99999999999\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip, br\r\n",
    b"MAIL FROM:<",
    b"\x16\x03\x01",
    b"\xc0\x0c",
];

/// One frame to decode.
#[derive(Clone)]
pub struct Step {
    pub time_ns: i64,
    pub link: u32,
    pub length: u32,
    pub bytes: Vec<u8>,
}

impl From<&Captured> for Step {
    fn from(captured: &Captured) -> Self {
        let Captured {
            time_ns,
            link,
            length,
            ref bytes,
        } = *captured;
        Self {
            time_ns,
            link,
            length,
            bytes: bytes.clone(),
        }
    }
}

impl Step {
    pub fn batch(&self) -> Frames {
        let entry = Entry {
            time_ns: self.time_ns,
            offset: 0,
            captured: self.bytes.len() as u32,
            length: self.length,
            interface: 0,
        };
        Frames {
            data: self.bytes.clone(),
            entries: vec![entry],
            interfaces: Arc::from([Interface {
                link: self.link,
                name: None,
            }]),
            damage: Vec::new(),
            pool: Pool::default(),
        }
    }

    /// The packets in it, outermost first.
    fn levels(&self) -> Vec<Level> {
        levels(&Frame {
            time_ns: self.time_ns,
            link: self.link,
            interface: 0,
            length: self.length,
            bytes: &self.bytes,
        })
    }

    /// Where the innermost packet's payload is, behind its transport header.
    fn payload(&self) -> Option<Range<usize>> {
        let payload = self.levels().pop()?.payload;
        (!payload.is_empty()).then_some(payload)
    }

    /// Makes every checksum right again.
    pub fn mend(&mut self) {
        for level in self.levels().iter().rev() {
            level.mend(&mut self.bytes);
        }
    }

    pub fn overwrite_payload(&mut self, at: usize, with: &[u8]) {
        if let Some(payload) = self.payload() {
            let start = (payload.start + at).min(payload.end);
            let end = (start + with.len()).min(payload.end);
            self.bytes[start..end].copy_from_slice(&with[..end - start]);
        }
    }

    /// Moves what is behind `at` back to make room: the length stays, so that the stream's numbers stay right.
    fn insert_payload(&mut self, at: usize, new: &[u8]) {
        if let Some(payload) = self.payload() {
            let start = payload.start + at % payload.len();
            let count = new.len().min(payload.end - start);
            self.bytes[start..payload.end].rotate_right(count);
            self.bytes[start..start + count].copy_from_slice(&new[..count]);
        }
    }

    fn flip(&mut self, range: Range<usize>, chance: &mut Chance) {
        if !range.is_empty() {
            let at = range.start + chance.below(range.len());
            self.bytes[at] ^= 1 << chance.below(8);
        }
    }

    /// A number of one, two or four bytes at any place, as a length field would be.
    fn number(&mut self, range: Range<usize>, chance: &mut Chance) {
        let width = *chance.pick(&[1usize, 2, 4]);
        if range.len() >= width {
            let at = range.start + chance.below(range.len() - width + 1);
            let value = chance.pick(&EDGES).to_be_bytes();
            self.bytes[at..at + width].copy_from_slice(&value[4 - width..]);
        }
    }

    fn cut(&mut self, chance: &mut Chance) {
        let kept = chance.below(self.bytes.len());
        self.bytes.truncate(kept);
        if chance.one_in(2) {
            self.length = kept as u32;
        }
    }
}

/// The frames, some of them tampered with.
pub fn change(original: &[Captured], others: &[Vec<Captured>], chance: &mut Chance) -> Vec<Step> {
    let mut steps: Vec<Step> = original.iter().map(Step::from).collect();
    for _ in 0..=chance.below(MOST_CHANGES) {
        let at = chance.below(steps.len());
        match chance.below(16) {
            0 => steps.insert(at, steps[at].clone()),
            1 if steps.len() > 1 => drop(steps.remove(at)),
            2 => {
                let other = chance.below(steps.len());
                steps.swap(at, other);
            }
            3 => steps[at].cut(chance),
            4 => {
                let whole = 0..steps[at].bytes.len();
                steps[at].flip(whole, chance);
            }
            5 => headers(&mut steps[at], chance),
            _ => {
                content(&mut steps[at], others, chance);
                steps[at].mend();
            }
        }
    }
    steps
}

/// A header's bytes: addresses, lengths, flags, offsets, tunnels.
fn headers(step: &mut Step, chance: &mut Chance) {
    let end = step
        .payload()
        .map_or(step.bytes.len(), |payload| payload.start);
    step.number(0..end, chance);
    step.flip(0..end, chance);
    if !chance.one_in(4) {
        step.mend();
    }
}

/// What the application reads.
fn content(step: &mut Step, others: &[Vec<Captured>], chance: &mut Chance) {
    let Some(payload) = step.payload() else {
        return headers(step, chance);
    };
    let at = chance.below(payload.len());
    match chance.below(6) {
        0 => step.flip(payload, chance),
        1 => step.number(payload, chance),
        2 => step.insert_payload(at, chance.pick::<&[u8]>(&WORDS)),
        3 => {
            let noise: Vec<u8> = (0..=chance.below(MOST_INSERTED))
                .map(|_| chance.byte())
                .collect();
            step.insert_payload(at, &noise);
        }
        4 => {
            let run = vec![*chance.pick(&[0, b'A', b' ', 0xff]); payload.len()];
            step.overwrite_payload(at, &run);
        }
        _ => {
            let other = chance.pick(others);
            let foreign = Step::from(chance.pick(other));
            if let Some(theirs) = foreign.payload() {
                step.overwrite_payload(at, &foreign.bytes[theirs]);
            }
        }
    }
}
