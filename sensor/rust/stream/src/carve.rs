//! A file on its way out of a stream: counted, hashed and kept piece by piece, whatever its size.

use crate::application::{FileHead, Side};

/// One file being carved. Owned by the parser that found it; given back to the sink when the file is over.
#[derive(Debug)]
pub struct Carving {
    pub name: Vec<u8>,
    pub declared: Vec<u8>,
    pub announced: Option<u64>,
    pub offset: u64,
    pub sender: Side,
    /// Bytes seen and hashed.
    pub seen: u64,
    /// Bytes that never came by.
    pub missing: u64,
}

impl Carving {
    pub fn new(head: &FileHead<'_>) -> Self {
        Self {
            name: head.name.to_vec(),
            declared: head.declared.to_vec(),
            announced: head.announced,
            offset: head.offset,
            sender: head.sender,
            seen: 0,
            missing: 0,
        }
    }

    /// `bytes` of the file were never seen; the next ones come after them.
    pub fn gap(&mut self, bytes: u64) {
        self.missing = self.missing.saturating_add(bytes);
    }

    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        std::mem::size_of::<Self>() + self.name.capacity() + self.declared.capacity()
    }
}
