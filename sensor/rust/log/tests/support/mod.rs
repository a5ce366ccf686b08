//! A disk in memory that fails on command and loses power.
#![allow(dead_code)] // each test program uses its own part

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    io,
    rc::Rc,
};

use starwatch_log::disk::{Disk, DiskFile};

/// How many cases a test runs: quick by default, a slice in `make ci`, all in `make soak`.
pub fn cases(quick: usize, slice: usize, soak: usize) -> usize {
    let set = |name| std::env::var(name).is_ok_and(|value| value == "1");
    if set("STARWATCH_SOAK") {
        soak
    } else if set("STARWATCH_SLICE") {
        slice
    } else {
        quick
    }
}

/// A small generator with a seed, so that every failing case can be run again.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.below(256) as u8).collect()
    }
}

/// What the chosen call answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Eio,
    Enospc,
    Eintr,
    /// A read or write of half the bytes; other calls are not affected.
    Short,
}

enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

#[derive(Default)]
struct Inode {
    /// What a process sees.
    cached: Vec<u8>,
    /// What a power cut leaves for sure.
    durable: Vec<u8>,
    /// On its way from one to the other.
    pending: Vec<Change>,
}

#[derive(Clone)]
enum Rename {
    Set(String, usize),
    Remove(String),
    Move(String, String),
}

#[derive(Default)]
struct World {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    pending_names: Vec<Rename>,
    calls: u64,
    fault: Option<(u64, Fault)>,
    /// Calls after the chosen one that fail like it (a broken disk stays broken).
    lasting: bool,
    room: Option<usize>,
}

/// Clones share one disk, as processes do.
#[derive(Clone, Default)]
pub struct Simulated {
    world: Rc<RefCell<World>>,
    locked: Rc<Cell<bool>>,
}

pub struct Lock(Rc<Cell<bool>>);

impl Drop for Lock {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

pub struct File {
    world: Rc<RefCell<World>>,
    inode: usize,
}

impl Simulated {
    pub fn calls(&self) -> u64 {
        self.world.borrow().calls
    }

    /// Let call number `call` from now on (0: the next) fail; `lasting`: and all after it.
    pub fn fail(&self, call: u64, fault: Fault, lasting: bool) {
        let mut world = self.world.borrow_mut();
        world.fault = Some((world.calls + call, fault));
        world.lasting = lasting;
    }

    pub fn heal(&self) {
        self.world.borrow_mut().fault = None;
    }

    /// Bytes all files together may have; None: no limit.
    pub fn room(&self, bytes: Option<usize>) {
        self.world.borrow_mut().room = bytes;
    }

    /// Every change not synced is dropped, kept, or torn at `sector` bytes, each piece on its own: any order.
    pub fn lose_power(&self, dice: &mut Dice, sector: usize) {
        let mut world = self.world.borrow_mut();
        let world = &mut *world;
        for inode in &mut world.inodes {
            for change in std::mem::take(&mut inode.pending) {
                keep_some(&mut inode.durable, change, dice, sector);
            }
            inode.cached = inode.durable.clone();
        }
        for change in std::mem::take(&mut world.pending_names) {
            if dice.one_in(2) {
                apply_name(&mut world.durable_names, change);
            }
        }
        world.names = world.durable_names.clone();
        world.fault = None;
    }

    pub fn names(&self) -> Vec<String> {
        self.world.borrow().names.keys().cloned().collect()
    }

    pub fn content(&self, name: &str) -> Vec<u8> {
        let world = self.world.borrow();
        world.inodes[world.names[name]].cached.clone()
    }

    /// Changes a file behind everybody's back, on the platter too.
    pub fn damage(&self, name: &str, change: impl Fn(&mut Vec<u8>)) {
        let mut world = self.world.borrow_mut();
        let inode = world.names[name];
        change(&mut world.inodes[inode].cached);
        change(&mut world.inodes[inode].durable);
    }
}

impl World {
    /// Counts a call; what it is to answer.
    fn call(&mut self) -> Option<Fault> {
        let number = self.calls;
        self.calls += 1;
        let (chosen, fault) = self.fault?;
        let lasting = self.lasting && fault != Fault::Eintr && fault != Fault::Short;
        (number == chosen || (lasting && number > chosen)).then_some(fault)
    }

    fn refused(&mut self) -> io::Result<()> {
        match self.call() {
            // The standard library repeats an interrupted open, rename, truncate … by itself.
            None | Some(Fault::Short | Fault::Eintr) => Ok(()),
            Some(fault) => Err(error(fault)),
        }
    }

    fn used(&self) -> usize {
        self.names
            .values()
            .map(|&inode| self.inodes[inode].cached.len())
            .sum()
    }
}

fn error(fault: Fault) -> io::Error {
    match fault {
        Fault::Enospc => io::ErrorKind::StorageFull.into(),
        Fault::Eintr => io::ErrorKind::Interrupted.into(),
        Fault::Eio | Fault::Short => io::Error::other("input/output error"),
    }
}

fn put(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if content.len() < at + bytes.len() {
        content.resize(at + bytes.len(), 0);
    }
    content[at..at + bytes.len()].copy_from_slice(bytes);
}

fn apply(content: &mut Vec<u8>, change: Change) {
    match change {
        Change::Write { at, bytes } => put(content, at, &bytes),
        Change::Truncate(length) => content.resize(length, 0),
    }
}

fn keep_some(content: &mut Vec<u8>, change: Change, dice: &mut Dice, sector: usize) {
    match change {
        Change::Truncate(_) if dice.one_in(2) => apply(content, change),
        Change::Truncate(_) => {}
        Change::Write { at, bytes } => {
            let mut from = 0;
            while from < bytes.len() {
                let to = bytes.len().min(from + sector - (at + from) % sector);
                match dice.below(3) {
                    0 => put(content, at + from, &bytes[from..to]),
                    // The length reached the disk, the bytes did not.
                    1 if content.len() < at + to => content.resize(at + to, 0),
                    _ => {}
                }
                from = to;
            }
        }
    }
}

fn apply_name(names: &mut BTreeMap<String, usize>, change: Rename) {
    match change {
        Rename::Set(name, inode) => {
            names.insert(name, inode);
        }
        Rename::Remove(name) => {
            names.remove(&name);
        }
        Rename::Move(from, to) => {
            if let Some(inode) = names.remove(&from) {
                names.insert(to, inode);
            }
        }
    }
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl DiskFile for File {
    fn length(&self) -> io::Result<u64> {
        let mut world = self.world.borrow_mut();
        world.refused()?;
        Ok(world.inodes[self.inode].cached.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let mut world = self.world.borrow_mut();
        let halved = match world.call() {
            None => false,
            Some(Fault::Short) => true,
            Some(fault) => return Err(error(fault)),
        };
        let content = &world.inodes[self.inode].cached;
        let left = content.get(at as usize..).unwrap_or_default();
        let wanted = if halved {
            buffer.len().div_ceil(2)
        } else {
            buffer.len()
        };
        let count = left.len().min(wanted);
        buffer[..count].copy_from_slice(&left[..count]);
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize> {
        let mut world = self.world.borrow_mut();
        let mut fault = world.call();
        let grows =
            (at as usize + bytes.len()).saturating_sub(world.inodes[self.inode].cached.len());
        if world.room.is_some_and(|room| world.used() + grows > room) {
            fault = Some(Fault::Enospc);
        }
        if fault == Some(Fault::Eintr) {
            return Err(error(Fault::Eintr));
        }
        // The worst a failing disk does: it takes half and then complains.
        let taken = if fault.is_some() {
            bytes.len().div_ceil(2)
        } else {
            bytes.len()
        };
        let inode = &mut world.inodes[self.inode];
        put(&mut inode.cached, at as usize, &bytes[..taken]);
        inode.pending.push(Change::Write {
            at: at as usize,
            bytes: bytes[..taken].to_vec(),
        });
        match fault {
            None | Some(Fault::Short) => Ok(taken),
            Some(fault) => Err(error(fault)),
        }
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        let mut world = self.world.borrow_mut();
        world.refused()?;
        let inode = &mut world.inodes[self.inode];
        inode.cached.resize(length as usize, 0);
        inode.pending.push(Change::Truncate(length as usize));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut world = self.world.borrow_mut();
        let answer = world.call();
        if answer == Some(Fault::Eintr) {
            return Err(error(Fault::Eintr));
        }
        let inode = &mut world.inodes[self.inode];
        let pending = std::mem::take(&mut inode.pending);
        match answer {
            None | Some(Fault::Short) => {
                for change in pending {
                    apply(&mut inode.durable, change);
                }
                Ok(())
            }
            // Linux: the pages are clean from now on, on the platter or not; the next sync knows nothing of them.
            Some(fault) => Err(error(fault)),
        }
    }
}

impl Disk for Simulated {
    type File = File;
    type Lock = Lock;

    fn lock(&self) -> io::Result<Option<Lock>> {
        self.world.borrow_mut().refused()?;
        Ok((!self.locked.replace(true)).then(|| Lock(self.locked.clone())))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut world = self.world.borrow_mut();
        world.refused()?;
        Ok(world.names.keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<File> {
        let mut world = self.world.borrow_mut();
        world.refused()?;
        let inode = world.inodes.len();
        world.inodes.push(Inode::default());
        world.names.insert(name.to_owned(), inode);
        world
            .pending_names
            .push(Rename::Set(name.to_owned(), inode));
        Ok(File {
            world: self.world.clone(),
            inode,
        })
    }

    fn open(&self, name: &str, _writable: bool) -> io::Result<File> {
        let mut world = self.world.borrow_mut();
        world.refused()?;
        let inode = *world.names.get(name).ok_or_else(missing)?;
        Ok(File {
            world: self.world.clone(),
            inode,
        })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut world = self.world.borrow_mut();
        world.refused()?;
        let inode = world.names.remove(from).ok_or_else(missing)?;
        world.names.insert(to.to_owned(), inode);
        world
            .pending_names
            .push(Rename::Move(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut world = self.world.borrow_mut();
        world.refused()?;
        world.names.remove(name).ok_or_else(missing)?;
        world.pending_names.push(Rename::Remove(name.to_owned()));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut world = self.world.borrow_mut();
        let world = &mut *world;
        world.refused()?;
        for change in std::mem::take(&mut world.pending_names) {
            apply_name(&mut world.durable_names, change);
        }
        Ok(())
    }
}
