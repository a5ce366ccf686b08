//! Packets cut out of the ring, also while it is written.

use std::fs::File;
use std::io;
use std::path::Path;

use super::block::{Body, Header, HEADER_BYTES, MAX_BODY};
use super::disk::names;
use super::dump::{Dump, Lack, Slice};
use super::flow::{Judge, Wanted};
use super::index::{Entry, Index};
use super::scan::Walk;
use super::segment::{read_at, Head, Name};

/// What the ring at `folder` still holds of `wanted`. A ring that is not there holds nothing.
pub fn cut_ring(folder: &Path, wanted: &Wanted) -> io::Result<Slice> {
    let mut cutter = Cutter {
        wanted,
        judge: Judge::new(wanted),
        dump: Dump::new(wanted.max_bytes),
        held: false,
        last_ns: i64::MIN,
    };
    for name in names(folder)? {
        if !cutter.segment(folder, name)? {
            break;
        }
    }
    if !cutter.held {
        cutter.dump.lack(Lack::Absent);
    }
    Ok(cutter.dump.finish())
}

/// Epochs the ring holds packets of, oldest first.
pub fn epochs(folder: &Path) -> io::Result<Vec<String>> {
    let mut found: Vec<String> = Vec::new();
    for name in names(folder)? {
        let head = match File::open(name.packets(folder)) {
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => None,
            other => Head::read(&other?, name)?,
        };
        found.extend(head.map(|head| head.epoch));
    }
    found.dedup();
    Ok(found)
}

struct Cutter<'a> {
    wanted: &'a Wanted,
    judge: Judge<'a>,
    dump: Dump,
    /// Something of the epoch is there.
    held: bool,
    /// Packet clock of the last block met.
    last_ns: i64,
}

impl Cutter<'_> {
    /// False: no more is wanted.
    fn segment(&mut self, folder: &Path, name: Name) -> io::Result<bool> {
        let file = match File::open(name.packets(folder)) {
            // Deleted since the folder was listed: the oldest goes first, so its gap shows in the next one.
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(true),
            other => other?,
        };
        let Some(head) = Head::read(&file, name)? else {
            // A writer makes the file before its head: only what has been filled is damaged.
            if file.metadata()?.len() > 0 {
                self.dump.lack(Lack::Damaged);
            }
            return Ok(true);
        };
        if head.epoch != self.wanted.epoch {
            return Ok(true);
        }
        let (entries, chosen) = self.blocks(folder, name, &file)?;
        self.compare(&entries, name.number > head.epoch_first);
        for at in chosen {
            if !self.block(&file, name.salt, &entries[at])? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// All blocks of the segment, and which of them have to be read.
    fn blocks(
        &mut self,
        folder: &Path,
        name: Name,
        file: &File,
    ) -> io::Result<(Vec<Entry>, Vec<usize>)> {
        let index = match Index::read(folder, name) {
            Some(index) => index,
            None => self.walked(file, name.salt)?,
        };
        let mut chosen = index.blocks(self.wanted.rows().as_ref());
        chosen.retain(|&at| {
            index
                .entries
                .get(at)
                .is_some_and(|it| self.wanted.overlaps(it.first_ns, it.last_ns))
        });
        Ok((index.entries, chosen))
    }

    fn walked(&mut self, file: &File, salt: u64) -> io::Result<Index> {
        let mut walk = Walk::new(file, salt)?;
        let mut entries = Vec::new();
        while let Some((entry, _)) = walk.next()? {
            entries.push(entry);
        }
        if walk.damaged > 0 {
            self.dump.lack(Lack::Damaged);
        }
        Ok(Index::unsearchable(entries))
    }

    /// Whether packets of the span are known to be missing. `later`: the epoch began in an earlier segment.
    fn compare(&mut self, entries: &[Entry], later: bool) {
        for entry in entries {
            let beginning = !self.held && later;
            if beginning && entry.first_ns > self.wanted.first_ns {
                self.dump.lack(Lack::RolledOver);
            }
            if !beginning && entry.missed > 0 && self.wanted.overlaps(self.last_ns, entry.first_ns)
            {
                self.dump.lack(Lack::Gap);
            }
            self.held = true;
            self.last_ns = entry.last_ns;
        }
    }

    /// False: no more is wanted.
    fn block(&mut self, file: &File, salt: u64, entry: &Entry) -> io::Result<bool> {
        if self.wanted.late() {
            self.dump.lack(Lack::Time);
            return Ok(false);
        }
        let head = read_at(file, entry.place, HEADER_BYTES)?;
        let header = Header::decode(&head, salt);
        let length = header.map_or(0, |header| header.body as usize);
        let body = read_at(file, entry.body(), length.min(MAX_BODY))?;
        let sound = header.is_some_and(|header| header.sound(&body));
        let Some(frames) = Body::open(&body).filter(|_| sound) else {
            self.dump.lack(Lack::Damaged);
            return Ok(true);
        };
        for frame in frames {
            if self.judge.takes(&frame) && !self.dump.add(&frame) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
