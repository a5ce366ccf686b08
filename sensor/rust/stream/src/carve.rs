//! Files on their way out of streams: counted, hashed and kept piece by piece, whatever their size.
//!
//! A parser holds a [`Carving`] and feeds it; the bytes lie in its shard's [`Carvery`], where their memory is counted and
//! bounded. Small files stay in memory until their end; of larger ones finished [`Part`]s leave with the batch's events.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use starwatch_extract::digest::{Digests, Hasher};
use starwatch_extract::kind::{self, Kind, HEAD_BYTES};

use crate::application::{FileHead, Side};

/// Files up to this stay in memory until their end: one that the vault has already is never written again.
pub const SMALL_BYTES: usize = 1 << 20;
/// A carving with less in memory is not worth a write of its own when memory is short.
const WORTH_WRITING: usize = 64 << 10;
/// Longest name or declared type kept: twice the longest path component (NAME_MAX) in four-byte characters.
const TEXT_BYTES: usize = 2048;

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
    body: Option<BodyId>,
}

impl Carving {
    pub fn new(head: &FileHead<'_>) -> Self {
        let short = |text: &[u8]| text[..text.len().min(TEXT_BYTES)].to_vec();
        Self {
            name: short(head.name),
            declared: short(head.declared),
            announced: head.announced,
            offset: head.offset,
            sender: head.sender,
            seen: 0,
            missing: 0,
            body: None,
        }
    }

    /// `bytes` of the file were never seen; the next ones come after them.
    pub fn gap(&mut self, bytes: u64) {
        self.missing = self.missing.saturating_add(bytes);
    }

    /// Bytes of memory held; the content is counted where it lies.
    pub fn held(&self) -> usize {
        std::mem::size_of::<Self>() + self.name.capacity() + self.declared.capacity()
    }

    pub(crate) fn body(&self) -> Option<BodyId> {
        self.body
    }
}

/// Number of a carving in its shard; also names its parts.
pub type BodyId = u64;

/// What becomes of a file's parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// More will come.
    More,
    /// These were the last bytes: the whole file has this SHA-256.
    Keep([u8; 32]),
    /// The file is not to be kept after all.
    Drop,
}

/// Bytes of a file for the vault, in order.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// The same for all parts of one file, another for every file of a decoder.
    pub file: u64,
    pub bytes: Vec<u8>,
    pub fate: Fate,
}

/// What was learnt of a file when it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// None when bytes are missing within: hashes of a content with holes name nothing.
    pub digests: Option<Digests>,
    pub kind: Option<Kind>,
    /// Its content goes to the vault.
    pub stored: bool,
    /// Longer than what is kept.
    pub oversize: bool,
}

/// One file's content as far as it is in memory, and what is known of the rest.
#[derive(Default)]
struct Body {
    content: Vec<u8>,
    /// Still on its way to the vault.
    kept: bool,
    spilled: bool,
    oversize: bool,
    /// Bytes are missing within.
    holed: bool,
    /// Begun when content leaves memory before the file's end; a small file is hashed once, at its end.
    hasher: Option<Box<Hasher>>,
    kind: Option<Kind>,
    typed: bool,
}

/// A shard's carvings.
pub struct Carvery {
    bodies: BTreeMap<BodyId, Body>,
    held: usize,
    next: BodyId,
    /// Bytes that contents may hold together.
    budget: usize,
    /// Longest file that is kept; 0: none is.
    longest: u64,
    parts: Vec<Part>,
}

/// Cost of a carving besides its content: a map entry, and the hasher it may need.
const BODY_BYTES: usize =
    std::mem::size_of::<BodyId>() + std::mem::size_of::<Body>() + std::mem::size_of::<Hasher>();

impl Carvery {
    /// `first`: number of the first file.
    pub fn new(first: BodyId, budget: usize, longest: u64) -> Self {
        Self {
            bodies: BTreeMap::new(),
            held: 0,
            next: first,
            budget,
            longest,
            parts: Vec::new(),
        }
    }

    /// Bytes of memory held; parts on their way out are output, as events are.
    pub fn held(&self) -> usize {
        self.held + self.bodies.len() * BODY_BYTES
    }

    fn too_long(&self, size: u64) -> bool {
        self.longest > 0 && size > self.longest
    }

    pub fn take_parts(&mut self) -> Vec<Part> {
        std::mem::take(&mut self.parts)
    }

    pub fn begin(&mut self, head: &FileHead<'_>) -> Carving {
        let too_long = head.announced.is_some_and(|size| self.too_long(size));
        let body = Body {
            kept: self.longest > 0 && !too_long,
            oversize: too_long,
            // The type shows at a file's beginning only.
            typed: head.offset > 0,
            ..Body::default()
        };
        let id = self.next;
        self.next += 1;
        self.bodies.insert(id, body);
        Carving {
            body: Some(id),
            ..Carving::new(head)
        }
    }

    pub fn feed(&mut self, carving: &mut Carving, bytes: &[u8]) {
        carving.seen = carving.seen.saturating_add(bytes.len() as u64);
        let too_long = self.too_long(carving.seen);
        let Some(id) = carving.body else { return };
        let Some(body) = self.bodies.get_mut(&id) else {
            return;
        };
        let before = body.content.capacity();
        if carving.missing > 0 && !bytes.is_empty() {
            body.hole(id, carving.seen > bytes.len() as u64, &mut self.parts);
        } else if too_long {
            body.oversize = true;
            body.let_go(id, &mut self.parts);
        }
        body.append(id, bytes, &mut self.parts);
        self.held = self.held - before + body.content.capacity();
        self.shrink(self.budget);
    }

    /// Frees memory where flows would have to go otherwise: a content less is better than a conversation less.
    pub fn relieve(&mut self, bytes: usize) {
        self.shrink(self.held.saturating_sub(bytes));
    }

    /// While contents hold too much, the largest leaves memory: to the vault, or for good when that is not worth a write.
    fn shrink(&mut self, budget: usize) {
        while self.held > budget {
            let largest = self
                .bodies
                .iter_mut()
                .max_by_key(|(id, body)| (body.content.capacity(), Reverse(**id)));
            let Some((&id, body)) = largest else { return };
            self.held -= body.content.capacity();
            if body.content.len() < WORTH_WRITING {
                body.let_go(id, &mut self.parts);
            }
            body.flush(id, &mut self.parts);
        }
    }

    pub fn finish(&mut self, carving: &Carving) -> Finding {
        let body = carving.body.and_then(|id| self.bodies.remove_entry(&id));
        let Some((id, body)) = body else {
            return Finding::default();
        };
        self.held -= body.content.capacity();
        body.finish(id, carving.seen, &mut self.parts)
    }

    /// Carvings that nobody will end: their parser is gone.
    pub fn discard(&mut self, ids: &[BodyId]) {
        for id in ids {
            if let Some(mut body) = self.bodies.remove(id) {
                self.held -= body.content.capacity();
                body.let_go(*id, &mut self.parts);
            }
        }
    }
}

impl Body {
    /// Most bytes that wait in memory: all of a small file that is kept, else what tells the type.
    fn room(&self) -> usize {
        if self.kept {
            SMALL_BYTES
        } else {
            HEAD_BYTES
        }
    }

    fn append(&mut self, id: BodyId, mut bytes: &[u8], parts: &mut Vec<Part>) {
        while !bytes.is_empty() && !self.holed {
            if self.content.len() >= self.room() {
                self.flush(id, parts);
            }
            let (now, later) = bytes.split_at(bytes.len().min(self.room() - self.content.len()));
            self.content.extend_from_slice(now);
            bytes = later;
        }
    }

    /// Takes the content out of memory: typed, hashed, and on its way to the vault if it is kept.
    fn flush(&mut self, id: BodyId, parts: &mut Vec<Part>) {
        self.look();
        let bytes = std::mem::take(&mut self.content);
        if !self.holed {
            self.hasher.get_or_insert_default().update(&bytes);
        }
        if self.kept {
            self.spilled = true;
            let fate = Fate::More;
            parts.push(Part {
                file: id,
                bytes,
                fate,
            });
        }
    }

    fn look(&mut self) {
        if !self.typed {
            self.kind = kind::of(&self.content);
            self.typed = true;
        }
    }

    /// Bytes before the next ones are missing; `begun`: not from the very beginning.
    fn hole(&mut self, id: BodyId, begun: bool, parts: &mut Vec<Part>) {
        if self.holed {
            return;
        }
        if begun {
            self.look();
        }
        self.let_go(id, parts);
        (self.holed, self.typed) = (true, true);
        (self.hasher, self.content) = (None, Vec::new());
    }

    /// Not for the vault any more.
    fn let_go(&mut self, id: BodyId, parts: &mut Vec<Part>) {
        if self.spilled {
            parts.push(Part {
                file: id,
                bytes: Vec::new(),
                fate: Fate::Drop,
            });
        }
        (self.kept, self.spilled) = (false, false);
    }

    fn finish(mut self, id: BodyId, seen: u64, parts: &mut Vec<Part>) -> Finding {
        self.look();
        let digests = (!self.holed).then(|| self.digest());
        let stored = self.kept && seen > 0;
        if let (true, Some(digests)) = (stored, digests) {
            let fate = Fate::Keep(digests.sha256);
            parts.push(Part {
                file: id,
                bytes: std::mem::take(&mut self.content),
                fate,
            });
        }
        Finding {
            digests,
            kind: self.kind,
            stored,
            oversize: self.oversize,
        }
    }

    fn digest(&mut self) -> Digests {
        match self.hasher.take() {
            None => Digests::of(&self.content),
            Some(mut hasher) => {
                hasher.update(&self.content);
                hasher.finish()
            }
        }
    }
}
