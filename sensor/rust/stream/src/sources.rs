//! Interfaces of all sources by one number each: what is open when a batch of another source comes keeps its interface.

use std::collections::HashMap;
use std::sync::Arc;

use starwatch_wire::frames::Interface;

/// The numbers are 16 bits; interfaces past them share the last one.
const MAX_INTERFACES: usize = u16::MAX as usize;

/// What became of the packets of one interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub analysed: u64,
    pub not_ip: u64,
    pub malformed: u64,
    /// Payload bytes of long flows that load shedding left out.
    pub bulk: u64,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.analysed += other.analysed;
        self.not_ip += other.not_ip;
        self.malformed += other.malformed;
        self.bulk += other.bulk;
    }
}

#[derive(Default)]
pub struct Sources {
    known: Vec<Interface>,
    tallies: Vec<Tally>,
    numbers: HashMap<Interface, u16>,
    /// The table of the last batch and its numbers: nearly every batch has the one before it.
    last: (Arc<[Interface]>, Arc<[u16]>),
}

impl Sources {
    /// Numbers of a batch's interfaces, in their order.
    pub fn number(&mut self, interfaces: &Arc<[Interface]>) -> Arc<[u16]> {
        if !Arc::ptr_eq(interfaces, &self.last.0) {
            let numbers = interfaces.iter().map(|one| self.number_of(one)).collect();
            self.last = (Arc::clone(interfaces), numbers);
        }
        Arc::clone(&self.last.1)
    }

    pub fn number_of(&mut self, interface: &Interface) -> u16 {
        if let Some(&number) = self.numbers.get(interface) {
            return number;
        }
        let number = self.known.len().min(MAX_INTERFACES) as u16;
        if self.known.len() < MAX_INTERFACES {
            self.known.push(interface.clone());
            self.tallies.push(Tally::default());
            self.numbers.insert(interface.clone(), number);
        }
        number
    }

    pub fn known(&self) -> &[Interface] {
        &self.known
    }

    pub fn count(&mut self, number: u16, tally: &Tally) {
        if let Some(all) = self.tallies.get_mut(usize::from(number)) {
            all.add(tally);
        }
    }

    /// What became of the packets of the interfaces of this name.
    pub fn tally(&self, name: &str) -> Tally {
        let mut sum = Tally::default();
        for (interface, tally) in self.known.iter().zip(&self.tallies) {
            if interface.name.as_deref() == Some(name) {
                sum.add(tally);
            }
        }
        sum
    }
}
