//! A batch of captured frames: one buffer, one small entry per frame. Capture makes it, the stream layer reads it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::anomaly::Kind;

/// Buffers kept for reuse: one being filled, one being decoded, one in between.
const POOLED: usize = 3;

/// Where frames came from: a link type of the tcpdump registry and, where known, the interface's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Interface {
    pub link: u32,
    pub name: Option<Arc<str>>,
}

/// One frame's place in the batch's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub time_ns: i64,
    pub offset: u32,
    pub captured: u32,
    /// Bytes the frame had on the wire.
    pub length: u32,
    pub interface: u16,
}

/// One frame as the decoders see it.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    pub time_ns: i64,
    pub link: u32,
    pub interface: u16,
    /// Bytes the frame had on the wire.
    pub length: u32,
    pub bytes: &'a [u8],
}

/// Damage of the capture itself, found after `after` frames of the batch.
#[derive(Clone, Debug)]
pub struct Damage {
    pub kind: Kind,
    pub detail: String,
    pub time_ns: i64,
}

/// Buffers on their way back to the reader, so that a batch costs no fresh memory.
#[derive(Clone, Debug, Default)]
pub struct Pool(Arc<Mutex<Vec<Vec<u8>>>>);

impl Pool {
    pub fn take(&self) -> Vec<u8> {
        let mut buffers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        buffers.pop().unwrap_or_default()
    }

    fn give(&self, buffer: Vec<u8>) {
        let mut buffers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buffers.len() < POOLED {
            buffers.push(buffer);
        }
    }
}

/// A batch of frames.
#[derive(Debug, Default)]
pub struct Frames {
    pub data: Vec<u8>,
    pub entries: Vec<Entry>,
    pub interfaces: Arc<[Interface]>,
    /// Damage found after the last frame.
    pub damage: Vec<Damage>,
    pub pool: Pool,
}

impl Frames {
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn get(&self, at: usize) -> Option<Frame<'_>> {
        let entry = self.entries.get(at)?;
        let start = entry.offset as usize;
        Some(Frame {
            time_ns: entry.time_ns,
            link: self.interfaces.get(usize::from(entry.interface))?.link,
            interface: entry.interface,
            length: entry.length,
            bytes: self.data.get(start..start + entry.captured as usize)?,
        })
    }

    /// Bytes captured.
    pub fn bytes(&self) -> u64 {
        self.entries
            .iter()
            .map(|entry| u64::from(entry.captured))
            .sum()
    }

    pub fn first_ns(&self) -> i64 {
        self.entries
            .first()
            .map_or_else(|| self.damage_ns(), |entry| entry.time_ns)
    }

    pub fn last_ns(&self) -> i64 {
        self.entries
            .last()
            .map_or_else(|| self.damage_ns(), |entry| entry.time_ns)
    }

    fn damage_ns(&self) -> i64 {
        self.damage.first().map_or(0, |damage| damage.time_ns)
    }

    /// Move every time stamp; a replay makes old packets happen now.
    pub fn shift(&mut self, delta_ns: i64) {
        for entry in &mut self.entries {
            entry.time_ns = entry.time_ns.saturating_add(delta_ns);
        }
        for damage in &mut self.damage {
            damage.time_ns = damage.time_ns.saturating_add(delta_ns);
        }
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.pool.give(std::mem::take(&mut self.data));
    }
}
