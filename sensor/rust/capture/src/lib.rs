//! Frame sources. Capture files become batches of frames; damage in them becomes part of the batch, never an error.
#![deny(unsafe_code)]

mod buffer;
mod digest;
mod fault;
mod file;
#[cfg(target_os = "linux")]
pub mod live;
mod pcap;
mod pcapng;
mod record;
pub mod ring;

pub use digest::capture_digest;
pub use fault::CaptureFault;
pub use file::CaptureFile;
