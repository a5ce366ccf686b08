//! The writing side: frames are packed where they arrive and written by a thread of its own, so that a disk that stalls
//! or is full costs the ring packets, never the capture.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use starwatch_wire::frames::Frames;

use super::block::{Block, Packer};
use super::disk::Disk;

/// Blocks on their way to the disk: 64 MiB, half a second of a 1 Gbit/s link.
const QUEUE: usize = 64;
/// A disk that refused is asked again so often.
const AGAIN: Duration = Duration::from_secs(1);

/// reserve_percent: of the disk, kept free of packets. epoch: of the frames that are written now.
#[derive(Clone, Debug)]
pub struct Options {
    pub epoch: String,
    pub max_bytes: u64,
    pub segment_bytes: u64,
    pub reserve_percent: u64,
}

impl Options {
    pub const SEGMENT_BYTES: u64 = 64 << 20;
    pub const RESERVE_PERCENT: u64 = 5;
}

/// What the ring has done since it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub packets: u64,
    pub bytes: u64,
    /// Packets it could not keep.
    pub missed: u64,
    pub segments: u64,
    pub held_bytes: u64,
    /// Why it keeps nothing at present; empty when it does.
    pub obstacle: String,
}

enum Message {
    Block(Block),
    Flush(SyncSender<()>),
}

/// What both sides know.
#[derive(Default)]
struct Shared {
    packets: AtomicU64,
    bytes: AtomicU64,
    missed: AtomicU64,
    /// Missed and not yet told in a block.
    untold: AtomicU64,
    segments: AtomicU64,
    held_bytes: AtomicU64,
    obstacle: Mutex<String>,
    spare: Mutex<Vec<Block>>,
}

impl Shared {
    fn miss(&self, block: Block) {
        let packets = u64::from(block.packets);
        self.missed.fetch_add(packets, Ordering::Relaxed);
        self.untold.fetch_add(packets, Ordering::Relaxed);
        self.give(block);
    }

    fn give(&self, block: Block) {
        let mut spare = held(&self.spare);
        if spare.len() < QUEUE {
            spare.push(block);
        }
    }

    fn say(&self, obstacle: String) {
        *held(&self.obstacle) = obstacle;
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A packet ring open for writing.
pub struct Ring {
    packer: Packer,
    shared: Arc<Shared>,
    /// None once closed.
    sender: Option<SyncSender<Message>>,
    thread: Option<JoinHandle<()>>,
}

impl Ring {
    pub fn open(folder: &Path, options: Options) -> io::Result<Self> {
        let disk = Disk::open(folder, options)?;
        let shared = Arc::new(Shared::default());
        let (sender, receiver) = mpsc::sync_channel(QUEUE);
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("ring".into())
            .spawn(move || Keeper::new(disk, theirs).run(&receiver))?;
        Ok(Self {
            packer: Packer::default(),
            shared,
            sender: Some(sender),
            thread: Some(thread),
        })
    }

    /// Never waits for the disk: what it cannot take is counted as missed.
    pub fn write(&mut self, frames: &Frames) {
        let mut at = 0;
        while at < frames.len() {
            let mut block = held(&self.shared.spare).pop().unwrap_or_default();
            at = self.packer.fill(&mut block, frames, at);
            self.send(block);
        }
    }

    fn send(&self, block: Block) {
        let Some(sender) = &self.sender else {
            return self.shared.miss(block);
        };
        match sender.try_send(Message::Block(block)) {
            Err(TrySendError::Full(Message::Block(block))) => self.shared.miss(block),
            Err(TrySendError::Disconnected(Message::Block(block))) => {
                self.shared.say("the ring's writer has ended".into());
                self.shared.miss(block);
            }
            _ => {}
        }
    }

    /// Readers see everything written before when this returns.
    pub fn flush(&self) {
        let (done, finished) = mpsc::sync_channel(1);
        let sent = self.sender.as_ref().map(|it| it.send(Message::Flush(done)));
        if matches!(sent, Some(Ok(()))) {
            // An error is the writer's end, which `send` reports.
            finished.recv().unwrap_or_default();
        }
    }

    /// Finishes the segment; nothing is kept afterwards.
    pub fn close(&mut self) {
        self.sender = None;
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
            self.shared.say("the ring's writer has failed".into());
        }
    }

    pub fn tally(&self) -> Tally {
        let read = |it: &AtomicU64| it.load(Ordering::Relaxed);
        Tally {
            packets: read(&self.shared.packets),
            bytes: read(&self.shared.bytes),
            missed: read(&self.shared.missed),
            segments: read(&self.shared.segments),
            held_bytes: read(&self.shared.held_bytes),
            obstacle: held(&self.shared.obstacle).clone(),
        }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        self.close();
    }
}

/// The thread's side.
struct Keeper {
    disk: Disk,
    shared: Arc<Shared>,
    again: Option<Instant>,
}

impl Keeper {
    fn new(disk: Disk, shared: Arc<Shared>) -> Self {
        Self {
            disk,
            shared,
            again: None,
        }
    }

    fn run(mut self, receiver: &Receiver<Message>) {
        self.count();
        for message in receiver {
            match message {
                Message::Block(block) => self.keep(block),
                // Nobody waits any more: fine.
                Message::Flush(done) => done.send(()).unwrap_or_default(),
            }
        }
        self.disk.finish();
    }

    fn keep(&mut self, mut block: Block) {
        if self.again.is_some_and(|again| Instant::now() < again) {
            return self.shared.miss(block);
        }
        let untold = self.shared.untold.load(Ordering::Relaxed);
        match self.disk.write(&mut block, untold) {
            Ok(()) => self.kept(block, untold),
            Err(fault) => {
                self.again = Some(Instant::now() + AGAIN);
                self.shared.say(fault.to_string());
                self.shared.miss(block);
            }
        }
        self.count();
    }

    fn kept(&mut self, block: Block, told: u64) {
        let shared = &self.shared;
        shared.untold.fetch_sub(told, Ordering::Relaxed);
        shared
            .packets
            .fetch_add(u64::from(block.packets), Ordering::Relaxed);
        shared
            .bytes
            .fetch_add(block.bytes.len() as u64, Ordering::Relaxed);
        if self.again.take().is_some() {
            shared.say(String::new());
        }
        shared.give(block);
    }

    fn count(&self) {
        let shared = &self.shared;
        shared
            .segments
            .store(self.disk.segments(), Ordering::Relaxed);
        shared
            .held_bytes
            .store(self.disk.bytes(), Ordering::Relaxed);
    }
}
