//! Packets cut out, as a pcap file (draft-ietf-opsawg-pcap) with nanoseconds.

use starwatch_wire::frames::Frame;

use crate::record::MAX_FRAME;

const MAGIC_NANOSECONDS: u32 = 0xa1b2_3c4d;
const VERSION: (u16, u16) = (2, 4);
pub const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
const SECOND: i64 = 1_000_000_000;
/// What a file without packets says it holds.
const ETHERNET: u32 = 1;

/// Why packets that were wanted may not be in a slice, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// Nothing of the epoch is held.
    Absent,
    /// The slice would be larger than asked for.
    Limit,
    /// Looking for them took too long.
    Time,
    /// Something on disk cannot be read any more.
    Damaged,
    /// Newer packets have taken their room.
    RolledOver,
    /// Disk or ring could not keep up, or the disk was full.
    Gap,
    /// They came over another kind of link; a pcap file has one.
    Links,
}

impl Lack {
    fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Limit => "limit",
            Self::Time => "time",
            Self::Damaged => "damaged",
            Self::RolledOver => "rolled_over",
            Self::Gap => "gap",
            Self::Links => "links",
        }
    }
}

/// What was cut out. reason: why it is not complete, empty when it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    pub pcap: Vec<u8>,
    pub count: u64,
    pub complete: bool,
    pub reason: &'static str,
}

/// A slice being made.
pub struct Dump {
    limit: usize,
    link: Option<u32>,
    records: Vec<u8>,
    /// Time and place of each record.
    places: Vec<(i64, usize)>,
    lacks: Vec<Lack>,
}

impl Dump {
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            link: None,
            records: Vec::new(),
            places: Vec::new(),
            lacks: Vec::new(),
        }
    }

    pub fn lack(&mut self, lack: Lack) {
        if !self.lacks.contains(&lack) {
            self.lacks.push(lack);
        }
    }

    /// False: the limit is reached.
    pub fn add(&mut self, frame: &Frame<'_>) -> bool {
        if *self.link.get_or_insert(frame.link) != frame.link {
            self.lack(Lack::Links);
            return true;
        }
        let size = RECORD_HEADER + frame.bytes.len();
        if FILE_HEADER + self.records.len() + size > self.limit {
            self.lack(Lack::Limit);
            return false;
        }
        self.places.push((frame.time_ns, self.records.len()));
        for word in [
            // Unsigned in the file: packets before 1970 or after 2106 do not occur on a wire.
            frame.time_ns.div_euclid(SECOND) as u32,
            frame.time_ns.rem_euclid(SECOND) as u32,
            frame.bytes.len() as u32,
            frame.length,
        ] {
            self.records.extend_from_slice(&word.to_le_bytes());
        }
        self.records.extend_from_slice(frame.bytes);
        true
    }

    pub fn finish(mut self) -> Slice {
        let mut pcap = Vec::with_capacity(FILE_HEADER + self.records.len());
        pcap.extend_from_slice(&MAGIC_NANOSECONDS.to_le_bytes());
        pcap.extend_from_slice(&VERSION.0.to_le_bytes());
        pcap.extend_from_slice(&VERSION.1.to_le_bytes());
        pcap.extend_from_slice(&[0; 8]);
        pcap.extend_from_slice(&(MAX_FRAME as u32).to_le_bytes());
        pcap.extend_from_slice(&self.link.unwrap_or(ETHERNET).to_le_bytes());
        self.copy_records(&mut pcap);
        self.lacks.sort_unstable();
        Slice {
            pcap,
            count: self.places.len() as u64,
            complete: self.lacks.is_empty(),
            reason: self.lacks.first().map_or("", |lack| lack.name()),
        }
    }

    /// In the order of their times: several sources write into one ring.
    fn copy_records(&mut self, pcap: &mut Vec<u8>) {
        if self.places.is_sorted_by_key(|place| place.0) {
            pcap.append(&mut self.records);
            return;
        }
        let mut ends: Vec<usize> = self.places.iter().skip(1).map(|place| place.1).collect();
        ends.push(self.records.len());
        let mut order: Vec<(i64, usize, usize)> = self
            .places
            .iter()
            .zip(ends)
            .map(|(&(time_ns, start), end)| (time_ns, start, end))
            .collect();
        order.sort_unstable();
        for (_, start, end) in order {
            pcap.extend_from_slice(&self.records[start..end]);
        }
    }
}
