//! A durable log of numbered records in segment files: the sensor's outbox, the analyzer's inbox, the audit ledger.
//!
//! What `Writer::sync` has returned for survives a power cut; a reader sees only whole, checked records; damage costs
//! the record it hit and no other. All input and output passes `disk::Disk`, so that tests can lose power anywhere.
#![forbid(unsafe_code)]

pub mod disk;
mod error;
mod folder;
mod format;
pub mod frame;
mod reader;
mod scan;
mod segments;
mod writer;

pub use error::LogError;
pub use folder::Folder;
pub use format::{Record, HEADER_BYTES, MAX_FRAME, MAX_META, RECORD_BYTES};
pub use reader::Reader;
pub use writer::{Options, Writer};
