//! Why a capture cannot be read at all.

use std::fmt;
use std::io;

#[derive(Debug)]
pub enum CaptureFault {
    /// The file cannot be opened or read.
    Unreadable(io::Error),
    /// Its first bytes are those of no capture format.
    NotACapture(String),
}

impl CaptureFault {
    /// What the operator should do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "check that the file exists and that this account may read it",
            Self::NotACapture(_) => "give a pcap or pcapng file, plain, gzip (.gz) or zstd (.zst)",
        }
    }
}

impl fmt::Display for CaptureFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(out, "cannot be read: {error}"),
            Self::NotACapture(what) => write!(out, "is no capture file: {what}"),
        }
    }
}

impl From<io::Error> for CaptureFault {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}
