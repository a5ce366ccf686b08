//! The ring's folder as its writer sees it: segments come at one end and go at the other.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::block::Block;
use super::index::Index;
use super::scan::Walk;
use super::segment::{read_at, Active, Head, Name};
use super::writer::Options;

/// How often it is looked whether the disk still has room; others fill it too.
const LOOK: Duration = Duration::from_secs(1);

pub struct Disk {
    folder: PathBuf,
    options: Options,
    active: Option<Active>,
    /// Finished segments, oldest first, with the bytes of file and index.
    finished: VecDeque<(Name, u64)>,
    next: u64,
    /// Number of this epoch's first segment.
    epoch_first: u64,
    looked: Option<Instant>,
}

impl Disk {
    /// Finishes what a crash left unfinished.
    pub fn open(folder: &Path, options: Options) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut finished = VecDeque::new();
        for name in names(folder)? {
            finished.push_back((name, recover(folder, name)?));
        }
        clean(folder)?;
        let next = finished.back().map_or(0, |(name, _)| name.number + 1);
        let last = match finished.back() {
            Some(&(name, _)) => Head::read(&File::open(name.packets(folder))?, name)?,
            None => None,
        };
        let epoch_first = last
            .filter(|head| head.epoch == options.epoch)
            .map_or(next, |head| head.epoch_first);
        Ok(Self {
            folder: folder.to_path_buf(),
            options,
            active: None,
            finished,
            next,
            epoch_first,
            looked: None,
        })
    }

    pub fn bytes(&self) -> u64 {
        let active = self.active.as_ref().map_or(0, |active| active.bytes);
        self.finished.iter().map(|it| it.1).sum::<u64>() + active
    }

    pub fn segments(&self) -> u64 {
        self.finished.len() as u64 + u64::from(self.active.is_some())
    }

    pub fn write(&mut self, block: &mut Block, missed: u64) -> io::Result<()> {
        let size = block.bytes.len() as u64;
        let full = |active: &Active| active.bytes + size > self.options.segment_bytes;
        if self.active.as_ref().is_some_and(full) {
            self.finish();
        }
        self.make_room()?;
        let active = match self.active.take() {
            Some(active) => active,
            None => self.begin()?,
        };
        self.active.insert(active).append(block, missed)?;
        Ok(())
    }

    fn begin(&mut self) -> io::Result<Active> {
        let name = Name {
            number: self.next,
            salt: RandomState::new().hash_one(self.next),
        };
        let head = Head {
            epoch: self.options.epoch.clone(),
            epoch_first: self.epoch_first,
        };
        let active = Active::create(&self.folder, name, &head)?;
        self.next += 1;
        Ok(active)
    }

    /// A segment whose index could not be written is searched by walking it.
    pub fn finish(&mut self) {
        if let Some(mut active) = self.active.take() {
            let index = active.index.write(&self.folder, active.name).unwrap_or(0);
            self.finished.push_back((active.name, active.bytes + index));
            self.looked = None;
        }
    }

    /// Deletes the oldest until quota and disk have room for what the active segment may still grow by.
    fn make_room(&mut self) -> io::Result<()> {
        if self.looked.is_some_and(|at| at.elapsed() < LOOK) {
            return Ok(());
        }
        let growing = self.active.as_ref().map_or(0, |active| active.bytes);
        let growth = self.options.segment_bytes.saturating_sub(growing);
        while self.bytes() + growth > self.options.max_bytes && self.drop_oldest()? {}
        while self.short()? {
            if !self.drop_oldest()? {
                let share = self.options.reserve_percent;
                let reason = format!("less than {share} % of the disk is free");
                return Err(io::Error::new(io::ErrorKind::StorageFull, reason));
            }
        }
        self.looked = Some(Instant::now());
        Ok(())
    }

    fn short(&self) -> io::Result<bool> {
        let found = rustix::fs::statvfs(&self.folder)?;
        Ok(found.f_bavail.saturating_mul(100)
            < found.f_blocks.saturating_mul(self.options.reserve_percent))
    }

    /// False: there is none.
    fn drop_oldest(&mut self) -> io::Result<bool> {
        let Some(&(name, _)) = self.finished.front() else {
            return Ok(false);
        };
        remove(&name.packets(&self.folder))?;
        remove(&name.index(&self.folder))?;
        self.finished.pop_front();
        Ok(true)
    }
}

/// Segments of a folder, oldest first.
pub fn names(folder: &Path) -> io::Result<Vec<Name>> {
    let entries = match fs::read_dir(folder) {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().to_str().and_then(Name::parse));
    }
    names.sort_unstable();
    Ok(names)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Indexes of segments that are gone, and halves of indexes.
fn clean(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let kind = path.extension().and_then(|it| it.to_str());
        let left = match kind {
            Some("index") => !path.with_extension("ring").exists(),
            Some("new") => true,
            _ => false,
        };
        if left {
            remove(&path)?;
        }
    }
    Ok(())
}

/// The torn end of an unfinished segment is cut off and its index written; its bytes with the index.
fn recover(folder: &Path, name: Name) -> io::Result<u64> {
    let path = name.packets(folder);
    if Index::read(folder, name).is_none() {
        let file = OpenOptions::new().read(true).write(true).open(&path)?;
        let (mut index, end) = rebuild(&file, name.salt)?;
        file.set_len(end)?;
        index.write(folder, name)?;
    }
    Ok(fs::metadata(&path)?.len() + fs::metadata(name.index(folder))?.len())
}

/// Index of the blocks there are, and where the last sound one ends.
fn rebuild(file: &File, salt: u64) -> io::Result<(Index, u64)> {
    let mut walk = Walk::new(file, salt)?;
    let mut index = Index::default();
    let mut end = walk.end();
    while let Some((entry, header)) = walk.next()? {
        let body = read_at(file, entry.body(), header.body as usize)?;
        if header.sound(&body) {
            index.add(entry.place, &header, &super::block::keys_of(&body));
            end = walk.end();
        }
    }
    Ok((index, end))
}
