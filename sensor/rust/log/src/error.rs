//! What can stop a log.
use std::{fmt, io};

#[derive(Debug)]
pub enum LogError {
    /// The byte budget or the disk is used up; nothing was written and the log goes on.
    Full,
    /// A write or fsync failed, now or earlier: pages may be lost, so this writer writes no more.
    Failed(String),
    /// Another writer holds the directory.
    Locked,
    /// What the caller gave is no record.
    Refused(&'static str),
    /// The frame would decompress past the limit, or is damaged.
    Payload(String),
    /// Reading or opening failed.
    Io(io::Error),
}

impl fmt::Display for LogError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => out.write_str("the log is full"),
            Self::Failed(why) => write!(out, "the log failed and is closed to writing: {why}"),
            Self::Locked => out.write_str("another process writes this log"),
            Self::Refused(why) => out.write_str(why),
            Self::Payload(why) => write!(out, "the record cannot be unpacked: {why}"),
            Self::Io(fault) => write!(out, "the log cannot be read: {fault}"),
        }
    }
}

impl std::error::Error for LogError {}

impl From<io::Error> for LogError {
    fn from(fault: io::Error) -> Self {
        Self::Io(fault)
    }
}

/// No room: the one refusal of a write that loses nothing.
pub(crate) fn is_full(fault: &io::Error) -> bool {
    matches!(
        fault.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}
