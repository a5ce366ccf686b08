//! The thread of one ring: copies frames out of blocks into batches and gives the blocks back at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use starwatch_wire::frames::{Entry, Frames, Interface, Pool};

use super::blocks::Arrived;
use super::counters::{Counters, State};
use super::duplicate::Mirror;
use super::filter;
use super::frame;
use super::queue::Queue;
use super::socket::Socket;
use super::sys;

/// A batch is handed over when it is so large, or when no block is ready.
const BATCH_BYTES: usize = 4 << 20;
/// What is kept of a packet past the queue's mark: every header of a tunnelled TCP segment with options fits.
const HEADER_BYTES: usize = 256;
/// How often an interface that is up is looked at; one that is not is looked at each time.
const LOOK_NS: i64 = 200_000_000;
/// Longest Ethernet header: 14 bytes and two tags.
const LINK_BYTES: u32 = 22;

pub fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
    })
}

pub struct Reader {
    pub socket: Socket,
    pub queue: Arc<Queue>,
    pub stop: Arc<AtomicBool>,
    pub interfaces: Arc<[Interface]>,
    pub interface: u16,
    pub mirror: Mirror,
    pub pool: Pool,
    pub looked_ns: i64,
    pub state: State,
}

impl Reader {
    pub fn run(mut self) {
        let retire_ms = self.socket.setup.retire_ms;
        while !self.stop.load(Ordering::Relaxed) {
            self.drain(retire_ms);
            // Not the block timer: a quiet link's block that was closed without a wake-up is found all the same.
            let waited = sys::poll(&self.socket.fd, retire_ms as i32);
            if !matches!(waited, Ok(events) if events & libc::POLLERR == 0) {
                thread::sleep(Duration::from_millis(u64::from(retire_ms)));
                self.looked_ns = 0;
            }
        }
        self.drain(retire_ms);
    }

    /// Everything that is ready.
    fn drain(&mut self, retire_ms: u32) {
        let mut begun = now_ns();
        self.look(begun);
        while self.batch() {
            begun = now_ns();
            self.look(begun);
        }
        // What arrived before and is in no block yet is handed over within the retire time; twice for its jitter.
        self.queue
            .quiet_until(begun - 2 * i64::from(retire_ms) * 1_000_000);
    }

    /// One batch; whether there may be more.
    fn batch(&mut self) -> bool {
        let limit = if self.queue.past_cut_mark() {
            HEADER_BYTES
        } else {
            usize::MAX
        };
        let mut frames = frame::batch(&self.pool, &self.interfaces);
        let mut counts = Counters::default();
        let (link, mtu) = (self.socket.link, self.socket.mtu);
        let mut more = true;
        while more && frames.data.len() < BATCH_BYTES {
            more = self.socket.blocks.next(|packet| {
                counts.wire += 1;
                counts.bytes += u64::from(packet.length + frame::tag_bytes(link, &packet));
                if filter::refused(packet.bytes.len(), packet.length) {
                    counts.filtered += 1;
                } else if self.mirror.saw(link, packet.bytes, packet.time_ns) {
                    counts.duplicate += 1;
                } else {
                    counts.merged += u64::from(packet.length > mtu + LINK_BYTES);
                    counts.cut += u64::from(packet.bytes.len() > limit);
                    keep(&mut frames, link, self.interface, &packet, limit);
                }
            });
        }
        let until = frames.entries.last().map_or(0, |entry| entry.time_ns);
        if counts.wire > 0 {
            self.queue.push(frames, counts, until);
        }
        more
    }

    fn look(&mut self, now_ns: i64) {
        if self.state == State::Up && now_ns - self.looked_ns < LOOK_NS {
            return;
        }
        self.looked_ns = now_ns;
        let state = self.socket.look();
        if state != self.state {
            self.state = state;
            self.queue.set_state(state, now_ns);
        }
    }
}

fn keep(frames: &mut Frames, link: u32, interface: u16, packet: &Arrived<'_>, limit: usize) {
    let offset = frames.data.len();
    let captured = frame::append(&mut frames.data, link, packet, limit);
    frames.entries.push(Entry {
        time_ns: packet.time_ns,
        offset: offset as u32,
        captured: captured as u32,
        length: packet.length + frame::tag_bytes(link, packet),
        interface,
    });
}
