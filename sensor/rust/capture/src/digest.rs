//! A capture's name: the hash of its bytes.

use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::fault::CaptureFault;

/// Large enough that system calls do not count, small enough for the cache.
const CHUNK: usize = 256 << 10;

/// SHA-256 (hex) of the file's bytes as they lie on disk.
pub fn capture_digest(path: &Path) -> Result<String, CaptureFault> {
    let mut file = File::open(path)?;
    let mut chunk = vec![0; CHUNK];
    let mut hash = Sha256::new();
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            read => hash.update(&chunk[..read]),
        }
    }
    Ok(hash
        .finalize()
        .iter()
        .fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a String takes everything");
            text
        }))
}
