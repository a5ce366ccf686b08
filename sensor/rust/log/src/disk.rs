//! What the log asks of a disk: one directory of files. The real one is `Folder`; tests bring one that loses power.
use std::io;

/// An open file, read and written by position. Reading, writing and syncing may be interrupted (EINTR); the rest not.
pub trait DiskFile {
    fn length(&self) -> io::Result<u64>;
    /// Fewer bytes than asked, down to none, only at the end of the file.
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize>;
    /// May take fewer bytes than given.
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize>;
    fn truncate(&self, length: u64) -> io::Result<()>;
    /// Content and length are durable when this returns.
    fn sync(&self) -> io::Result<()>;
}

/// One directory. Names created, renamed or removed are durable only after `sync`.
pub trait Disk {
    type File: DiskFile;
    /// Held as long as it lives; the system gives it back when the process dies.
    type Lock;
    /// The one lock of the directory; `None` when somebody holds it.
    fn lock(&self) -> io::Result<Option<Self::Lock>>;
    fn list(&self) -> io::Result<Vec<String>>;
    /// A new empty file; one of that name is emptied.
    fn create(&self, name: &str) -> io::Result<Self::File>;
    fn open(&self, name: &str, writable: bool) -> io::Result<Self::File>;
    /// Replaces `to` when it exists.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    fn remove(&self, name: &str) -> io::Result<()>;
    fn sync(&self) -> io::Result<()>;
}

/// Repeats a call that a signal interrupted (EINTR: nothing happened yet).
fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Writes all of `bytes`, however small the pieces the disk takes.
pub(crate) fn write_all<F: DiskFile>(file: &F, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let taken = uninterrupted(|| file.write_at(bytes, at))?;
        if taken == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = bytes.get(taken..).unwrap_or_default();
        at += taken as u64;
    }
    Ok(())
}

/// Fills `buffer` as far as the file reaches; the count of bytes read.
pub(crate) fn read_full<F: DiskFile>(
    file: &F,
    buffer: &mut [u8],
    mut at: u64,
) -> io::Result<usize> {
    let mut done = 0;
    while done < buffer.len() {
        let got = uninterrupted(|| file.read_at(&mut buffer[done..], at))?;
        if got == 0 {
            break;
        }
        done += got;
        at += got as u64;
    }
    Ok(done)
}

pub(crate) fn sync_file<F: DiskFile>(file: &F) -> io::Result<()> {
    uninterrupted(|| file.sync())
}

pub(crate) fn sync_names<D: Disk>(disk: &D) -> io::Result<()> {
    uninterrupted(|| disk.sync())
}
