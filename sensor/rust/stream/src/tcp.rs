//! TCP reassembly (RFC 9293 3.10.7.4): segments in any order in, the stream in order out, every byte once.
//!
//! The first bytes seen for a place are kept; later ones are compared. A hole is given up when the receiver has
//! acknowledged past it (it has the bytes, the sensor never will) or, where acknowledgements are not seen, when too
//! much waits behind it. Urgent data stays in line (RFC 6093 3).

use std::collections::VecDeque;

use starwatch_wire::anomaly::{Fault, Kind};

/// Delivered bytes that are kept to compare retransmissions with, until they are acknowledged.
/// An attacker's race with the real segment fits in it; a whole window would cost memory on every stream.
const HISTORY_BYTES: usize = 16 << 10;
/// Out-of-order bytes one direction may hold: a window of 512 KiB with its first segment lost.
const PENDING_BYTES: usize = 512 << 10;
/// Out-of-order segments one direction may hold; keeps the search for a place short.
const PENDING_SEGMENTS: usize = 1024;
/// The same where no acknowledgement tells that a hole will never be filled.
const ONE_SIDED_SEGMENTS: usize = 64;
/// How far ahead of the stream a segment may lie: the usual largest window (net.ipv4.tcp_rmem of Linux: 6 MiB).
const REACH: u32 = 8 << 20;
/// Largest window a header can announce (RFC 7323 2.3): acknowledgements further ahead are not believed.
const MAX_WINDOW: u32 = 1 << 30;

/// One direction's place in sequence space; small, because half-open connections have it too.
#[derive(Clone, Copy, Debug, Default)]
pub struct Track {
    /// Sequence number of the next byte in order.
    pub next: u32,
    /// Highest acknowledgement by the other end.
    acked: u32,
    /// Sequence number of the FIN.
    fin: u32,
    started: bool,
    acknowledged: bool,
    claimed: bool,
    finished: bool,
}

/// One TCP segment.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    pub time_ns: i64,
    pub packet: u64,
    /// Of the first byte.
    pub sequence: u32,
    pub bytes: &'a [u8],
    /// Bytes on the wire; more than `bytes` when the capture was cut.
    pub announced: u32,
}

/// Where the stream goes.
pub trait Receiver {
    fn bytes(&mut self, time_ns: i64, packet: u64, bytes: &[u8]);
    /// Bytes that were never seen.
    fn gap(&mut self, missing: u32);
    fn fault(&mut self, fault: Fault);
}

/// A segment (or a part of one) that waits for the bytes before it.
#[derive(Debug)]
struct Waiting {
    time_ns: i64,
    packet: u64,
    sequence: u32,
    bytes: Box<[u8]>,
    /// Bytes after these that the capture's snap length cut.
    cut: u32,
}

/// What one direction keeps: what was delivered lately, and what cannot be delivered yet.
#[derive(Debug, Default)]
pub struct Stream {
    history: Vec<u8>,
    /// By sequence, without overlaps, all after `Track::next`.
    pending: VecDeque<Waiting>,
    pending_bytes: usize,
}

/// How far `to` lies after `from`, negative when before (RFC 1982 arithmetic).
fn ahead(from: u32, to: u32) -> i32 {
    to.wrapping_sub(from) as i32
}

impl Track {
    /// The direction's first segment, or its SYN, says where the stream starts.
    pub fn start(&mut self, sequence: u32) {
        if !self.started {
            (self.next, self.started) = (sequence, true);
        }
    }

    /// The sender says its stream ends here; it does once everything before has come.
    pub fn finish(&mut self, sequence: u32) {
        if self.started && !self.finished {
            (self.fin, self.claimed) = (sequence, true);
        }
        self.settle();
    }

    fn settle(&mut self) {
        self.finished |= self.claimed && self.next == self.fin;
    }

    pub fn finished(&self) -> bool {
        self.finished
    }

    /// The other end has acknowledged up to `acknowledgement`.
    pub fn acknowledge(&mut self, acknowledgement: u32) {
        let plausible = !self.started || ahead(self.next, acknowledgement) < MAX_WINDOW as i32;
        if plausible && (!self.acknowledged || ahead(self.acked, acknowledgement) > 0) {
            (self.acked, self.acknowledged) = (acknowledgement, true);
        }
    }

    fn acked_past(&self, sequence: u32) -> bool {
        self.acknowledged && ahead(sequence, self.acked) >= 0
    }

    /// A reset is believed within the window (RFC 5961 3.2); before anything was seen there is no window.
    pub fn believes_reset(&self, sequence: u32) -> bool {
        !self.started || ahead(self.next, sequence).unsigned_abs() <= REACH
    }

    /// Bytes at the end of the stream that the receiver has and the sensor has not.
    pub fn missing_at_end(&self) -> u32 {
        if !self.started || !self.acknowledged {
            return 0;
        }
        let fin = i32::from(self.finished);
        u32::try_from(ahead(self.next, self.acked).saturating_sub(fin)).unwrap_or(0)
    }
}

impl Stream {
    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        self.history.capacity()
            + self.pending_bytes
            + self.pending.capacity() * std::mem::size_of::<Waiting>()
    }

    /// Takes one segment and delivers what is in order now.
    pub fn receive(&mut self, track: &mut Track, segment: Segment<'_>, out: &mut dyn Receiver) {
        if segment.announced == 0 || track.finished && ahead(track.fin, segment.sequence) >= 0 {
            return;
        }
        if ahead(track.next, segment.sequence) > 0 && !self.reach(track, &segment, out) {
            return;
        }
        let Some(segment) = self.trim(track, segment, out) else {
            return;
        };
        if self.pending.is_empty() && segment.sequence == track.next {
            self.deliver(track, &segment, out);
        } else {
            self.insert(track, &segment, out);
            self.drain(track, out);
        }
        track.settle();
    }

    /// The other end's acknowledgement frees the history and ends the wait for what it covers.
    pub fn acknowledged(&mut self, track: &mut Track, out: &mut dyn Receiver) {
        if track.acked_past(track.next) {
            self.history = Vec::new();
        }
        while self
            .pending
            .front()
            .is_some_and(|first| track.acked_past(first.sequence))
        {
            self.give_up(track, out);
        }
        track.settle();
    }

    /// Delivers what still waits, with its gaps: nothing more will come.
    pub fn end(&mut self, track: &mut Track, out: &mut dyn Receiver) {
        while !self.pending.is_empty() {
            self.give_up(track, out);
        }
    }

    /// A segment ahead of the stream: may it wait, or must the stream jump to it? False: it is let go.
    fn reach(&mut self, track: &mut Track, segment: &Segment<'_>, out: &mut dyn Receiver) -> bool {
        if track.acked_past(segment.sequence) {
            while self
                .pending
                .front()
                .is_some_and(|first| ahead(first.sequence, segment.sequence) > 0)
            {
                self.give_up(track, out);
            }
            self.jump(track, segment.sequence, out);
            return true;
        }
        let limit = if track.acknowledged {
            PENDING_SEGMENTS
        } else {
            ONE_SIDED_SEGMENTS
        };
        let Some(fault) = self.too_much(track, segment, limit) else {
            return true;
        };
        if track.acknowledged {
            out.fault(fault);
            return false;
        }
        self.end(track, out);
        self.jump(track, segment.sequence, out);
        true
    }

    /// Why a segment ahead of the stream cannot wait.
    fn too_much(&self, track: &Track, segment: &Segment<'_>, segments: usize) -> Option<Fault> {
        let distance = ahead(track.next, segment.sequence) as u32;
        let bytes = self.pending_bytes + segment.bytes.len();
        let full = |limit, found| Some(Fault::new(Kind::TcpBufferFull, limit, found));
        if distance > REACH {
            full(REACH as usize, distance as usize)
        } else if bytes > PENDING_BYTES {
            full(PENDING_BYTES, bytes)
        } else if self.pending.len() >= segments {
            full(segments, self.pending.len() + 1)
        } else {
            None
        }
    }

    /// Compares and cuts away what the stream has passed already.
    fn trim<'a>(
        &self,
        track: &Track,
        mut segment: Segment<'a>,
        out: &mut dyn Receiver,
    ) -> Option<Segment<'a>> {
        let behind = ahead(segment.sequence, track.next);
        if behind <= 0 {
            return Some(segment);
        }
        let old = (behind as usize).min(segment.bytes.len());
        self.compare_history(&segment, behind as usize, old, out);
        if segment.announced <= behind as u32 {
            return None;
        }
        segment.bytes = &segment.bytes[old..];
        segment.announced -= behind as u32;
        segment.sequence = track.next;
        Some(segment)
    }

    /// `old` bytes of the segment repeat what was delivered `behind` bytes ago.
    fn compare_history(
        &self,
        segment: &Segment<'_>,
        behind: usize,
        old: usize,
        out: &mut dyn Receiver,
    ) {
        // A keep-alive probe carries one byte of garbage before the next one (RFC 9293 3.8.4).
        if segment.announced == 1 && behind == 1 {
            return;
        }
        let forgotten = behind.saturating_sub(self.history.len());
        let Some(new) = segment.bytes.get(forgotten..old) else {
            return;
        };
        let from = self.history.len() + forgotten - behind;
        differ(&self.history[from..from + new.len()], new, out);
    }

    fn deliver(&mut self, track: &mut Track, segment: &Segment<'_>, out: &mut dyn Receiver) {
        if !segment.bytes.is_empty() {
            out.bytes(segment.time_ns, segment.packet, segment.bytes);
        }
        track.next = segment.sequence.wrapping_add(segment.bytes.len() as u32);
        self.remember(track, segment.bytes);
        if segment.announced as usize > segment.bytes.len() {
            let end = segment.sequence.wrapping_add(segment.announced);
            self.jump(track, end, out);
        }
    }

    fn remember(&mut self, track: &Track, bytes: &[u8]) {
        if track.acked_past(track.next) {
            return;
        }
        let keep = &bytes[bytes.len().saturating_sub(HISTORY_BYTES)..];
        let surplus = (self.history.len() + keep.len()).saturating_sub(HISTORY_BYTES);
        if surplus > 0 {
            self.history.drain(..surplus);
        }
        self.history.extend_from_slice(keep);
    }

    /// Bytes up to `sequence` will never be seen.
    fn jump(&mut self, track: &mut Track, sequence: u32, out: &mut dyn Receiver) {
        let missing = ahead(track.next, sequence);
        if missing > 0 {
            track.next = sequence;
            self.history.clear();
            out.gap(missing as u32);
        }
    }

    /// Gives up the hole before the first waiting segment.
    fn give_up(&mut self, track: &mut Track, out: &mut dyn Receiver) {
        if let Some(first) = self.pending.front() {
            let sequence = first.sequence;
            self.jump(track, sequence, out);
            self.drain(track, out);
        }
    }

    /// Delivers the waiting segments that are in order now.
    fn drain(&mut self, track: &mut Track, out: &mut dyn Receiver) {
        let ready = |first: &Waiting, next| ahead(next, first.sequence) <= 0;
        while self
            .pending
            .front()
            .is_some_and(|first| ready(first, track.next))
        {
            let Some(first) = self.pending.pop_front() else {
                break;
            };
            self.pending_bytes -= first.bytes.len();
            let announced = first.bytes.len() as u32 + first.cut;
            let segment = Segment {
                time_ns: first.time_ns,
                packet: first.packet,
                sequence: first.sequence,
                bytes: &first.bytes,
                announced,
            };
            self.deliver(track, &segment, out);
        }
    }

    /// Adds the parts of a segment that nothing waiting covers; compares the rest.
    fn insert(&mut self, track: &Track, segment: &Segment<'_>, out: &mut dyn Receiver) {
        let base = track.next;
        let offset = |sequence: u32| sequence.wrapping_sub(base) as usize;
        let (start, length) = (offset(segment.sequence), segment.bytes.len());
        let mut from = 0;
        let mut at = self
            .pending
            .partition_point(|other| offset(other.sequence) + other.bytes.len() <= start);
        while from < length {
            let Some(other) = self.pending.get(at) else {
                break;
            };
            let other_start = offset(other.sequence);
            if other_start >= start + length {
                break;
            }
            let hole_end = other_start.saturating_sub(start).max(from);
            let covered_end = (other_start + other.bytes.len() - start).min(length);
            let skip = start + hole_end - other_start;
            differ(
                &other.bytes[skip..skip + covered_end - hole_end],
                &segment.bytes[hole_end..covered_end],
                out,
            );
            at += self.wait(at, segment, from, hole_end) + 1;
            from = covered_end;
        }
        self.wait(at, segment, from, length);
    }

    /// Puts `from..to` of a segment at place `at`; answers how many entries that made.
    fn wait(&mut self, at: usize, segment: &Segment<'_>, from: usize, to: usize) -> usize {
        if from >= to {
            return 0;
        }
        let last = to == segment.bytes.len();
        self.pending_bytes += to - from;
        self.pending.insert(
            at,
            Waiting {
                time_ns: segment.time_ns,
                packet: segment.packet,
                sequence: segment.sequence.wrapping_add(from as u32),
                bytes: segment.bytes[from..to].into(),
                cut: if last {
                    segment.announced - to as u32
                } else {
                    0
                },
            },
        );
        1
    }
}

/// Reports the first byte where a second version differs from the first.
fn differ(first: &[u8], second: &[u8], out: &mut dyn Receiver) {
    if first == second {
        return;
    }
    if let Some((&kept, &other)) = first.iter().zip(second).find(|(kept, other)| kept != other) {
        out.fault(Fault::new(
            Kind::TcpOverlapDiffers,
            usize::from(kept),
            usize::from(other),
        ));
    }
}
