//! What an interface's readers have counted since they were opened.

/// How an interface is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    #[default]
    Up,
    /// Switched off, or without a link.
    Down,
    /// There is no such interface at present.
    Gone,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Gone => "gone",
        }
    }
}

/// wire = handed + filtered + dropped + duplicate + shed, where `handed` is what the decoder was given.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    pub wire: u64,
    pub bytes: u64,
    pub handed: u64,
    pub filtered: u64,
    /// By the kernel: the ring was full.
    pub dropped: u64,
    pub duplicate: u64,
    /// By us: the queue was full.
    pub shed: u64,
    /// Handed over without their payload.
    pub cut: u64,
    /// Larger than the interface's MTU: put together by offloads.
    pub merged: u64,
    pub freezes: u64,
    pub gap_ns: u64,
    pub state: State,
}

impl Counters {
    pub fn add(&mut self, other: &Self) {
        self.wire += other.wire;
        self.bytes += other.bytes;
        self.handed += other.handed;
        self.filtered += other.filtered;
        self.dropped += other.dropped;
        self.duplicate += other.duplicate;
        self.shed += other.shed;
        self.cut += other.cut;
        self.merged += other.merged;
        self.freezes += other.freezes;
        self.gap_ns = self.gap_ns.max(other.gap_ns);
        self.state = self.state.max(other.state);
    }
}
