//! Between a reader and the decoder: batches, bounded in bytes, and the counts that belong to them.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use starwatch_wire::frames::Frames;

use super::counters::{Counters, State};

/// Past this part of the queue only headers are kept …
const CUT_MARK: (usize, usize) = (3, 4);

#[derive(Default)]
struct Held {
    batches: VecDeque<Frames>,
    bytes: usize,
    packets: u64,
    /// Of everything that left the ring; `wire` counts what waits here too.
    counters: Counters,
    /// Nothing older will come.
    until_ns: i64,
    down_since: Option<i64>,
}

pub struct Queue {
    held: Mutex<Held>,
    limit: usize,
}

impl Queue {
    pub fn new(limit: usize) -> Self {
        Self {
            held: Mutex::default(),
            limit,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands over a batch with the counts of the packets it was made from. Without room it is shed, and counted so.
    pub fn push(&self, batch: Frames, mut counts: Counters, until_ns: i64) {
        let mut held = self.lock();
        held.until_ns = held.until_ns.max(until_ns);
        if held.bytes + batch.data.len() > self.limit {
            counts.shed += batch.len() as u64;
        } else if !batch.is_empty() {
            held.bytes += batch.data.len();
            held.packets += batch.len() as u64;
            held.batches.push_back(batch);
        }
        held.counters.add(&counts);
    }

    pub fn pop(&self) -> Option<Frames> {
        let mut held = self.lock();
        let batch = held.batches.pop_front()?;
        held.bytes -= batch.data.len();
        held.packets -= batch.len() as u64;
        Some(batch)
    }

    pub fn has_more(&self) -> bool {
        !self.lock().batches.is_empty()
    }

    /// Nothing older than this will be pushed.
    pub fn until_ns(&self) -> i64 {
        self.lock().until_ns
    }

    pub fn quiet_until(&self, time_ns: i64) {
        let mut held = self.lock();
        held.until_ns = held.until_ns.max(time_ns);
    }

    /// How full it is: 0 to 1.
    pub fn load(&self) -> f64 {
        self.lock().bytes as f64 / self.limit as f64
    }

    pub fn past_cut_mark(&self) -> bool {
        self.lock().bytes * CUT_MARK.1 > self.limit * CUT_MARK.0
    }

    pub fn set_state(&self, state: State, now_ns: i64) {
        let mut held = self.lock();
        if let Some(since) = held.down_since.take() {
            held.counters.gap_ns += now_ns.saturating_sub(since).max(0) as u64;
        }
        held.down_since = (state != State::Up).then_some(now_ns);
        held.counters.state = state;
    }

    pub fn dropped(&self, packets: u64, freezes: u64) {
        let mut held = self.lock();
        held.counters.dropped += packets;
        held.counters.wire += packets;
        held.counters.freezes += freezes;
    }

    /// What left the ring and the queue. `waiting`: packets popped that nobody has decoded yet.
    pub fn counters(&self, now_ns: i64, waiting: u64) -> Counters {
        let held = self.lock();
        let mut counters = held.counters;
        counters.wire -= held.packets + waiting;
        counters.handed = counters.wire
            - counters.filtered
            - counters.dropped
            - counters.duplicate
            - counters.shed;
        if let Some(since) = held.down_since {
            counters.gap_ns += now_ns.saturating_sub(since).max(0) as u64;
        }
        counters
    }
}
