//! Frames of several rings as one sequence in the order of time.

use std::collections::VecDeque;
use std::sync::Arc;

use starwatch_wire::frames::{Entry, Frames, Interface, Pool};

use super::frame;

/// Frames of one merged batch.
const MERGED_PACKETS: usize = 16_384;

/// One ring's batches, the first of them used up to `at`.
#[derive(Default)]
struct Lane {
    batches: VecDeque<Frames>,
    at: usize,
}

impl Lane {
    fn head(&self) -> Option<&Entry> {
        self.batches.front()?.entries.get(self.at)
    }

    /// Appends the head to `out` and steps on.
    fn take(&mut self, out: &mut Frames) {
        let Some(batch) = self.batches.front() else {
            return;
        };
        if let (Some(entry), Some(frame)) = (batch.entries.get(self.at), batch.get(self.at)) {
            out.entries.push(Entry {
                offset: out.data.len() as u32,
                ..*entry
            });
            out.data.extend_from_slice(frame.bytes);
        }
        self.at += 1;
        if self.at >= batch.entries.len() {
            self.batches.pop_front();
            self.at = 0;
        }
    }

    fn waiting(&self) -> u64 {
        self.batches.iter().map(Frames::len).sum::<usize>() as u64 - self.at as u64
    }
}

pub struct Merge {
    lanes: Vec<Lane>,
    pool: Pool,
}

impl Merge {
    pub fn new(lanes: usize) -> Self {
        Self {
            lanes: (0..lanes).map(|_| Lane::default()).collect(),
            pool: Pool::default(),
        }
    }

    pub fn add(&mut self, lane: usize, batch: Frames) {
        self.lanes[lane].batches.push_back(batch);
    }

    pub fn is_empty(&self, lane: usize) -> bool {
        self.lanes[lane].batches.is_empty()
    }

    /// Time of the last frame a lane has here.
    pub fn last_ns(&self, lane: usize) -> Option<i64> {
        let batch = self.lanes[lane].batches.back()?;
        Some(batch.entries.last()?.time_ns)
    }

    pub fn waiting(&self, lane: usize) -> u64 {
        self.lanes[lane].waiting()
    }

    /// The earliest frames, none later than `until_ns`: what is later may have something before it on another ring.
    pub fn next(&mut self, interfaces: &Arc<[Interface]>, until_ns: i64) -> Option<Frames> {
        let mut out = frame::batch(&self.pool, interfaces);
        while out.len() < MERGED_PACKETS {
            let heads = self.lanes.iter_mut().filter_map(|lane| {
                let time_ns = lane.head()?.time_ns;
                (time_ns <= until_ns).then_some((time_ns, lane))
            });
            let Some((_, lane)) = heads.min_by_key(|(time_ns, _)| *time_ns) else {
                break;
            };
            lane.take(&mut out);
        }
        (!out.is_empty()).then_some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(times: &[i64]) -> Frames {
        let entry = |(at, &time_ns): (usize, &i64)| Entry {
            time_ns,
            offset: at as u32,
            captured: 1,
            length: 1,
            interface: 0,
        };
        let mut frames = frame::batch(&Pool::default(), &interfaces());
        frames.data.extend(times.iter().map(|time| *time as u8));
        frames.entries.extend(times.iter().enumerate().map(entry));
        frames
    }

    fn interfaces() -> Arc<[Interface]> {
        [Interface {
            link: 1,
            name: None,
        }]
        .into()
    }

    #[test]
    fn frames_come_in_order_and_wait_for_the_slower_ring() {
        let mut merge = Merge::new(2);
        merge.add(0, batch(&[1, 4]));
        merge.add(0, batch(&[6]));
        merge.add(1, batch(&[2, 3, 9]));
        let first = merge.next(&interfaces(), 4).unwrap();
        assert_eq!(first.data, [1, 2, 3, 4]);
        assert_eq!((merge.waiting(0), merge.waiting(1)), (1, 1));
        assert!(merge.next(&interfaces(), 5).is_none());
        assert_eq!(merge.next(&interfaces(), 100).unwrap().data, [6, 9]);
        assert!(merge.is_empty(0) && merge.is_empty(1));
    }
}
