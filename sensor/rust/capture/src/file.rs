//! One capture file, read batch by batch.

use std::path::Path;
use std::sync::Arc;

use starwatch_wire::frames::{Damage, Entry, Frames, Interface};

use crate::buffer::Buffer;
use crate::fault::CaptureFault;
use crate::pcap::Pcap;
use crate::pcapng::Pcapng;
use crate::record::{Damaged, Format, Interfaces, Record};

/// A batch ends when its frames span this many bytes of file, so that 262,144-byte frames cannot make it huge.
const BATCH_BYTES: usize = 8 << 20;

/// A capture file being read. Damage ends the reading and travels with the last batch.
pub struct CaptureFile {
    buffer: Buffer,
    format: Option<Box<dyn Format>>,
    interfaces: Interfaces,
    /// The list last handed out; shared while it does not grow.
    listed: Arc<[Interface]>,
    /// Found but not handed out.
    pending: Option<Record>,
    damage: Option<Damaged>,
    last_ns: i64,
}

impl CaptureFile {
    pub fn open(path: &Path) -> Result<Self, CaptureFault> {
        let mut file = Self {
            buffer: Buffer::open(path)?,
            format: None,
            interfaces: Interfaces::default(),
            listed: Arc::default(),
            pending: None,
            damage: None,
            last_ns: 0,
        };
        file.recognise()?;
        file.find();
        Ok(file)
    }

    fn recognise(&mut self) -> Result<(), CaptureFault> {
        match Pcap::recognise(&mut self.buffer, &mut self.interfaces) {
            Ok(Some(pcap)) => self.format = Some(Box::new(pcap)),
            Err(damage) => self.damage = Some(damage),
            Ok(None) => {
                let pcapng = Pcapng::recognise(&mut self.buffer).ok_or_else(|| self.unknown())?;
                self.format = Some(Box::new(pcapng));
            }
        }
        Ok(())
    }

    fn unknown(&mut self) -> CaptureFault {
        let first = self.buffer.peek(4).to_vec();
        match self.buffer.failure() {
            Some(error) => CaptureFault::NotACapture(error.to_string()),
            None if first.is_empty() => CaptureFault::NotACapture("it is empty".into()),
            None => CaptureFault::NotACapture(format!("it starts with bytes {first:02x?}")),
        }
    }

    /// Looks one frame ahead.
    fn find(&mut self) {
        let Some(format) = &mut self.format else {
            return;
        };
        match format.next(&mut self.buffer, &mut self.interfaces) {
            Ok(Some(record)) => {
                self.last_ns = record.time_ns;
                self.pending = Some(record);
            }
            Ok(None) => self.format = None,
            Err(damage) => {
                self.format = None;
                self.damage = Some(damage);
            }
        }
    }

    /// At most `packets` frames, none later than `last_ns`; None at the end, or when nothing is due.
    pub fn read(&mut self, packets: usize, last_ns: i64) -> Option<Frames> {
        let entries = self.entries(packets, last_ns);
        let damage = if self.pending.is_none() {
            self.damage.take()
        } else {
            None
        };
        if entries.is_empty() && damage.is_none() {
            return None;
        }
        let time_ns = self.last_ns;
        Some(self.batch(
            entries,
            damage.map(|Damaged { kind, detail }| Damage {
                kind,
                detail,
                time_ns,
            }),
        ))
    }

    fn entries(&mut self, packets: usize, last_ns: i64) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(packets.min(BATCH_BYTES / 64));
        while let Some(record) = self.pending.filter(|record| record.time_ns <= last_ns) {
            if entries.len() == packets
                || record.offset + record.captured > BATCH_BYTES && !entries.is_empty()
            {
                break;
            }
            entries.push(entry(&record));
            self.pending = None;
            self.find();
        }
        entries
    }

    fn batch(&mut self, entries: Vec<Entry>, damage: Option<Damage>) -> Frames {
        let keep = self.pending.map_or(self.buffer.at(), |record| record.start);
        let (data, pool) = self.buffer.detach(keep);
        if let Some(record) = &mut self.pending {
            record.offset -= keep;
            record.start -= keep;
        }
        if self.listed.len() != self.interfaces.list().len() {
            self.listed = self.interfaces.list().into();
        }
        Frames {
            data,
            entries,
            interfaces: Arc::clone(&self.listed),
            damage: damage.into_iter().collect(),
            pool,
        }
    }

    /// Nothing is left to read.
    pub fn finished(&self) -> bool {
        self.pending.is_none() && self.damage.is_none()
    }

    /// Packet clock of the next frame.
    pub fn next_ns(&self) -> Option<i64> {
        self.pending.map(|record| record.time_ns)
    }
}

fn entry(record: &Record) -> Entry {
    Entry {
        time_ns: record.time_ns,
        // Bounded by BATCH_BYTES and one frame.
        offset: record.offset as u32,
        captured: record.captured as u32,
        length: record.length,
        interface: record.interface,
    }
}
