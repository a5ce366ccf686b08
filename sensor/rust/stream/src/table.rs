//! A shard's flows: found by key, silent longest first, in pages that never move.

use ahash::RandomState;
use hashbrown::HashTable;

use crate::flow::{Class, Flow, Key};

/// Flows of a page: growing by pages wastes at most one, where a growing vector wastes half and copies.
const PAGE: usize = 256;
const NOBODY: u32 = u32::MAX;

/// What a flow costs besides what it holds: its slot, and its place in a hash table at most 7/8 full and at least half that.
pub const FLOW_BYTES: usize = std::mem::size_of::<Slot>() + 2 * (std::mem::size_of::<u32>() + 1);

/// 10^6 half-open connections fit into 256 MiB.
const _: () = assert!(FLOW_BYTES <= 268);

struct Slot {
    flow: Option<Flow>,
    older: u32,
    newer: u32,
    class: Class,
}

/// Flows of one class from the longest silent to the latest heard.
#[derive(Clone, Copy)]
struct List {
    oldest: u32,
    newest: u32,
}

/// Handle of a flow in the table.
pub type Id = u32;

pub struct Table {
    index: HashTable<Id>,
    hasher: RandomState,
    pages: Vec<Vec<Slot>>,
    free: Vec<Id>,
    lists: [List; Class::ALL.len()],
}

impl Default for Table {
    fn default() -> Self {
        Self {
            index: HashTable::new(),
            // Random keys: nobody outside can choose addresses that collide. No output depends on the order.
            hasher: RandomState::new(),
            pages: Vec::new(),
            free: Vec::new(),
            lists: [List {
                oldest: NOBODY,
                newest: NOBODY,
            }; Class::ALL.len()],
        }
    }
}

impl Table {
    pub fn len(&self) -> usize {
        self.index.len()
    }

    fn slot(&self, id: Id) -> &Slot {
        &self.pages[id as usize / PAGE][id as usize % PAGE]
    }

    fn slot_mut(&mut self, id: Id) -> &mut Slot {
        &mut self.pages[id as usize / PAGE][id as usize % PAGE]
    }

    pub fn flow(&mut self, id: Id) -> &mut Flow {
        self.slot_mut(id)
            .flow
            .as_mut()
            .expect("an id in the index or a list names a flow")
    }

    pub fn find(&self, key: &Key) -> Option<Id> {
        let hash = self.hasher.hash_one(key);
        self.index
            .find(hash, |&id| key_of(&self.pages, id) == key)
            .copied()
    }

    /// Adds a flow whose key is not there yet.
    pub fn insert(&mut self, flow: Flow) -> Id {
        let class = flow.core.class();
        let hash = self.hasher.hash_one(flow.core.key);
        let id = self.place(Slot {
            flow: Some(flow),
            older: NOBODY,
            newer: NOBODY,
            class,
        });
        let (pages, hasher) = (&self.pages, &self.hasher);
        self.index
            .insert_unique(hash, id, |&id| hasher.hash_one(key_of(pages, id)));
        self.append(id);
        id
    }

    fn place(&mut self, slot: Slot) -> Id {
        if let Some(id) = self.free.pop() {
            *self.slot_mut(id) = slot;
            return id;
        }
        if self.pages.last().is_none_or(|page| page.len() == PAGE) {
            self.pages.push(Vec::with_capacity(PAGE));
        }
        let at = self.pages.len() - 1;
        self.pages[at].push(slot);
        (at * PAGE + self.pages[at].len() - 1) as Id
    }

    pub fn remove(&mut self, id: Id) -> Flow {
        self.unlink(id);
        let flow = self
            .slot_mut(id)
            .flow
            .take()
            .expect("an id in the index or a list names a flow");
        let hash = self.hasher.hash_one(flow.core.key);
        // find_entry, not entry: that one would make room first, with a hash of its own.
        if let Ok(entry) = self.index.find_entry(hash, |&other| other == id) {
            entry.remove();
        }
        self.free.push(id);
        flow
    }

    /// The flow was just heard: it is the youngest of its class.
    pub fn touch(&mut self, id: Id) {
        let class = self.flow(id).core.class();
        if self.slot(id).class == class && self.lists[class as usize].newest == id {
            return;
        }
        self.unlink(id);
        self.slot_mut(id).class = class;
        self.append(id);
    }

    fn append(&mut self, id: Id) {
        let class = self.slot(id).class as usize;
        let newest = self.lists[class].newest;
        if newest == NOBODY {
            self.lists[class].oldest = id;
        } else {
            self.slot_mut(newest).newer = id;
        }
        let slot = self.slot_mut(id);
        (slot.older, slot.newer) = (newest, NOBODY);
        self.lists[class].newest = id;
    }

    fn unlink(&mut self, id: Id) {
        let Slot {
            older,
            newer,
            class,
            ..
        } = *self.slot(id);
        match older {
            NOBODY => self.lists[class as usize].oldest = newer,
            older => self.slot_mut(older).newer = newer,
        }
        match newer {
            NOBODY => self.lists[class as usize].newest = older,
            newer => self.slot_mut(newer).older = older,
        }
    }

    /// A flow that has been silent for longer than its class may at `now_ns`.
    pub fn idle(&mut self, now_ns: i64) -> Option<Id> {
        Class::ALL.into_iter().find_map(|class| {
            let id = self.oldest(class)?;
            let silent = now_ns.saturating_sub(self.flow(id).core.last_ns);
            (silent > class.timeout_ns()).then_some(id)
        })
    }

    /// The flow that has been silent longest, of whatever class.
    pub fn quietest(&mut self) -> Option<Id> {
        let oldest = Class::ALL.map(|class| self.oldest(class));
        oldest
            .into_iter()
            .flatten()
            .min_by_key(|&id| self.flow(id).core.last_ns)
    }

    /// Any flow, the longest silent of a class first.
    pub fn any(&self) -> Option<Id> {
        Class::ALL.into_iter().find_map(|class| self.oldest(class))
    }

    fn oldest(&self, class: Class) -> Option<Id> {
        let id = self.lists[class as usize].oldest;
        (id != NOBODY).then_some(id)
    }
}

fn key_of(pages: &[Vec<Slot>], id: Id) -> &Key {
    let slot = &pages[id as usize / PAGE][id as usize % PAGE];
    &slot
        .flow
        .as_ref()
        .expect("the index names live flows only")
        .core
        .key
}
