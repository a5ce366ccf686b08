//! What a shard has written: event bytes without their numbers, and what orders them.

use std::collections::BTreeMap;

/// Where an event ends and what it is ordered by.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// Number of the packet that triggered the event; `u64::MAX` for events of the batch's end.
    pub packet: u64,
    /// Orders the events of the batch's end: the flow's first packet.
    pub order: u64,
    pub end: usize,
}

/// Counts that add up over shards.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    pub flows: u64,
    pub anomalies: u64,
    pub evicted: u64,
    pub fragments: u64,
    pub reassembled: u64,
}

impl Counters {
    pub fn add(&mut self, other: &Self) {
        self.flows += other.flows;
        self.anomalies += other.anomalies;
        self.evicted += other.evicted;
        self.fragments += other.fragments;
        self.reassembled += other.reassembled;
    }
}

/// Event bodies (everything after the id) back to back.
#[derive(Debug, Default)]
pub struct Output {
    pub bytes: Vec<u8>,
    pub marks: Vec<Mark>,
    /// What the next mark says.
    pub packet: u64,
    pub order: u64,
    /// Payload bytes that load shedding left out, by interface.
    pub spared: BTreeMap<u16, u64>,
}

impl Output {
    /// Events from here on are triggered by this packet.
    pub fn at_packet(&mut self, packet: u64) {
        (self.packet, self.order) = (packet, 0);
    }

    /// Events from here on belong to the batch's end, and to the flow that began with this packet.
    pub fn at_end(&mut self, first_packet: u64) {
        (self.packet, self.order) = (u64::MAX, first_packet);
    }

    /// The event just written is complete.
    pub fn close(&mut self) {
        self.marks.push(Mark {
            packet: self.packet,
            order: self.order,
            end: self.bytes.len(),
        });
    }

    pub fn body(&self, index: usize) -> &[u8] {
        let start = if index == 0 {
            0
        } else {
            self.marks[index - 1].end
        };
        &self.bytes[start..self.marks[index].end]
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
        self.marks.clear();
    }
}
