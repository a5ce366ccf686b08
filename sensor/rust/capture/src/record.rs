//! What both file formats have in common.

use starwatch_wire::anomaly::Kind;
use starwatch_wire::frames::Interface;

use crate::buffer::Buffer;

/// What libpcap takes at most for a frame (MAXIMUM_SNAPLEN); more is a damaged length.
pub const MAX_FRAME: usize = 262_144;
/// A capture box has dozens; a file that names thousands is trying something.
const MAX_INTERFACES: usize = 1024;

/// A frame found in the buffer.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    pub time_ns: i64,
    pub interface: u16,
    /// Offset in the buffer.
    pub offset: usize,
    pub captured: usize,
    pub length: u32,
    /// Where the record itself starts: what the next batch must keep.
    pub start: usize,
}

/// Why a reader stops before the end.
#[derive(Debug, PartialEq, Eq)]
pub struct Damaged {
    pub kind: Kind,
    pub detail: String,
}

impl Damaged {
    pub fn corrupt(detail: impl Into<String>) -> Self {
        Self {
            kind: Kind::CaptureCorrupt,
            detail: detail.into(),
        }
    }

    /// The file ends (or its compression breaks) `expected - found` bytes early.
    pub fn short(buffer: &Buffer, what: &str, expected: usize, found: usize) -> Self {
        match buffer.failure() {
            Some(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
                Self::corrupt(error.to_string())
            }
            _ => Self {
                kind: Kind::CaptureTruncated,
                detail: format!("{what}: expected {expected} bytes, found {found}"),
            },
        }
    }
}

/// The interfaces a file has named so far, each once.
#[derive(Debug, Default)]
pub struct Interfaces(Vec<Interface>);

impl Interfaces {
    /// Number of an interface, new or known.
    pub fn add(&mut self, interface: Interface) -> Result<u16, Damaged> {
        let at = match self.0.iter().position(|known| *known == interface) {
            Some(at) => at,
            None if self.0.len() == MAX_INTERFACES => {
                return Err(Damaged::corrupt(format!(
                    "more than {MAX_INTERFACES} interfaces"
                )));
            }
            None => {
                self.0.push(interface);
                self.0.len() - 1
            }
        };
        Ok(at as u16)
    }

    pub fn list(&self) -> &[Interface] {
        &self.0
    }
}

/// A file format: finds the next frame in the buffer. Ok(None) is a clean end.
pub trait Format: Send {
    fn next(
        &mut self,
        buffer: &mut Buffer,
        interfaces: &mut Interfaces,
    ) -> Result<Option<Record>, Damaged>;
}
