//! All interfaces listened on.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use starwatch_wire::frames::{Frames, Interface, Pool};

use super::counters::{Counters, State};
use super::duplicate::Mirror;
use super::filter::Filter;
use super::merge::Merge;
use super::queue::Queue;
use super::reader::{now_ns, Reader};
use super::socket::{Control, Setup, Socket, TapFault};
use super::sys;

#[derive(Clone, Debug)]
pub struct Options {
    /// Rings and threads of each interface.
    pub readers: usize,
    pub ring_bytes: usize,
    /// All rings together.
    pub queue_bytes: usize,
    pub retire_ms: u32,
    pub duplicate_ns: i64,
    pub filter: Filter,
}

/// One ring with its queue.
struct Ring {
    interface: usize,
    /// Until its reader takes it.
    socket: Option<Socket>,
    control: Control,
    queue: Arc<Queue>,
}

pub struct Taps {
    names: Vec<String>,
    interfaces: Arc<[Interface]>,
    rings: Vec<Ring>,
    merge: Merge,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    duplicate_ns: i64,
    seed: u64,
}

impl Taps {
    /// Opens every socket; nothing is read before `start`.
    pub fn open(names: &[String], options: &Options) -> Result<Self, TapFault> {
        let readers = options.readers.max(1);
        let queue_bytes = options.queue_bytes / (names.len() * readers).max(1);
        let mut rings = Vec::new();
        let mut interfaces = Vec::new();
        for (interface, name) in names.iter().enumerate() {
            let sockets = open_all(name, readers, options)?;
            interfaces.push(Interface {
                link: sockets[0].link,
                name: Some(name.as_str().into()),
            });
            rings.extend(sockets.into_iter().map(|socket| Ring {
                interface,
                control: socket.control(),
                socket: Some(socket),
                queue: Arc::new(Queue::new(queue_bytes)),
            }));
        }
        let refused = |error| TapFault::Refused("random".into(), "random bytes", error);
        Ok(Self {
            names: names.to_vec(),
            interfaces: interfaces.into(),
            merge: Merge::new(rings.len()),
            rings,
            stop: Arc::default(),
            threads: Vec::new(),
            duplicate_ns: options.duplicate_ns,
            seed: sys::random().map_err(refused)?,
        })
    }

    /// Begins to read. After the sandbox, so that the threads are in it.
    pub fn start(&mut self) -> io::Result<()> {
        for (at, ring) in self.rings.iter_mut().enumerate() {
            let Some(socket) = ring.socket.take() else {
                continue;
            };
            let reader = Reader {
                socket,
                queue: Arc::clone(&ring.queue),
                stop: Arc::clone(&self.stop),
                interfaces: Arc::clone(&self.interfaces),
                interface: ring.interface as u16,
                mirror: Mirror::new(self.duplicate_ns, self.seed),
                pool: Pool::default(),
                looked_ns: 0,
                state: State::Up,
            };
            let name = format!("ring {at}");
            self.threads.push(
                thread::Builder::new()
                    .name(name)
                    .spawn(move || reader.run())?,
            );
        }
        Ok(())
    }

    /// The next frames; None when there are none at present. Of several rings they come in the order of time.
    pub fn read(&mut self) -> Option<Frames> {
        if let [ring] = self.rings.as_slice() {
            return ring.queue.pop();
        }
        let ended = self.stop.load(Ordering::Relaxed);
        // First how far each ring is, then what it has: whatever is older is among that.
        let until = self.rings.iter().map(|ring| ring.queue.until_ns()).min()?;
        for (at, ring) in self.rings.iter().enumerate() {
            // One batch at a time, so that what waits here stays bounded too.
            if self.merge.is_empty(at) {
                if let Some(batch) = ring.queue.pop() {
                    self.merge.add(at, batch);
                }
            }
        }
        let until = self.complete_until(until);
        self.merge
            .next(&self.interfaces, if ended { i64::MAX } else { until })
    }

    /// A lane that ran empty while its queue has more must not let others pass.
    fn complete_until(&self, until: i64) -> i64 {
        let lanes = self.rings.iter().enumerate();
        lanes.fold(until, |until, (at, ring)| match self.merge.last_ns(at) {
            Some(last) if ring.queue.has_more() => until.min(last),
            _ => until,
        })
    }

    /// How full the fullest queue is: 0 to 1.
    pub fn load(&self) -> f64 {
        let loads = self.rings.iter().map(|ring| ring.queue.load());
        loads.fold(0.0, f64::max)
    }

    pub fn set_filter(&self, filter: &Filter) -> Result<(), TapFault> {
        let mut rings = self.rings.iter();
        rings.try_for_each(|ring| ring.control.set_filter(filter))
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// By interface, in the order they were named.
    pub fn counters(&self) -> io::Result<Vec<Counters>> {
        let now = now_ns();
        let mut all = vec![Counters::default(); self.names.len()];
        for (at, ring) in self.rings.iter().enumerate() {
            let (dropped, freezes) = ring.control.losses()?;
            ring.queue.dropped(dropped, freezes);
            all[ring.interface].add(&ring.queue.counters(now, self.merge.waiting(at)));
        }
        Ok(all)
    }

    /// Ends the threads; what they had read can still be fetched.
    pub fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A reader that panicked has said so on stderr; its ring's counts are as far as it came.
            let _ended = thread.join();
        }
    }
}

impl Drop for Taps {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The interface's sockets, sharing its packets when there is more than one.
fn open_all(name: &str, readers: usize, options: &Options) -> Result<Vec<Socket>, TapFault> {
    let setup = Setup {
        name: name.to_owned(),
        filter: options.filter.clone(),
        ring_bytes: options.ring_bytes,
        retire_ms: options.retire_ms,
    };
    let mut sockets = Vec::new();
    let mut group = None;
    for _ in 0..readers {
        let mut socket = setup.open()?;
        socket
            .listen()
            .map_err(|error| TapFault::Refused(name.to_owned(), "to listen", error))?;
        if readers > 1 {
            group = Some(socket.share(group)?);
        }
        sockets.push(socket);
    }
    Ok(sockets)
}
