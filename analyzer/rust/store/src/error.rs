//! What can go wrong, sorted by what the caller does about it.

use std::error::Error;
use std::fmt;
use std::io;

use tantivy::directory::error::{OpenDirectoryError, OpenReadError, OpenWriteError};
use tantivy::TantivyError;

#[derive(Debug)]
pub enum StoreFault {
    /// No room: wait, then append again from `committed() + 1`.
    Full(String),
    /// The disk or the index failed.
    Failed(String),
    /// What was asked cannot be answered; the caller's mistake.
    Request(String),
    /// After a fault: what was not committed must be appended again, beginning at this position.
    Replay(i64),
}

pub type Result<T> = std::result::Result<T, StoreFault>;

impl StoreFault {
    pub fn request(message: impl Into<String>) -> Self {
        Self::Request(message.into())
    }

    /// What the operator should do; nothing where it is the caller's business.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Full(_) => "Free space on the disk of the data folder, or lower the retention; intake waits meanwhile.",
            Self::Failed(_) => "Look at the disk's health and the folder's owner; the inbox keeps what is not stored yet.",
            Self::Request(_) | Self::Replay(_) => "",
        }
    }
}

impl fmt::Display for StoreFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(why) => write!(out, "the store's disk is full: {why}"),
            Self::Failed(why) | Self::Request(why) => out.write_str(why),
            Self::Replay(from) => write!(
                out,
                "uncommitted batches were lost in a fault: append again from position {from}"
            ),
        }
    }
}

impl Error for StoreFault {}

/// EFBIG counts as full: a file-size limit is a quota by another name.
fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

impl From<io::Error> for StoreFault {
    fn from(error: io::Error) -> Self {
        if is_full(&error) {
            Self::Full(error.to_string())
        } else {
            Self::Failed(error.to_string())
        }
    }
}

/// The `io::Error` below a Tantivy error, where there is one.
fn cause(error: &TantivyError) -> Option<&io::Error> {
    match error {
        TantivyError::IoError(io)
        | TantivyError::OpenDirectoryError(OpenDirectoryError::IoError { io_error: io, .. })
        | TantivyError::OpenReadError(OpenReadError::IoError { io_error: io, .. })
        | TantivyError::OpenWriteError(OpenWriteError::IoError { io_error: io, .. }) => Some(io),
        _ => None,
    }
}

impl From<TantivyError> for StoreFault {
    fn from(error: TantivyError) -> Self {
        match cause(&error) {
            Some(io) if is_full(io) => Self::Full(io.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}
