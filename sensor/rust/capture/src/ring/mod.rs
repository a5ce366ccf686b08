//! The packet ring: what was on the wire lately, kept on disk until newer packets need the room.
//!
//! A folder of segments, each a run of checked blocks of frames; a finished segment has an index by time, conversation
//! and host beside it. One writer, any number of readers in other processes. Nothing is fsynced: a power cut takes the
//! last seconds, which the damage checks notice; a crash of the process takes nothing that was written.
//!
//! ```text
//! segment  <number, 20 digits>-<salt, 16 hex digits>.ring     header | block | block …
//! index    the same with .index                               see index.rs
//! ```

mod block;
mod disk;
mod dump;
mod file;
mod flow;
mod index;
mod reader;
mod scan;
mod segment;
mod writer;

pub use dump::Slice;
pub use file::cut_file;
pub use flow::{FlowWanted, Side, Wanted};
pub use reader::{cut_ring, epochs};
pub use writer::{Options, Ring, Tally};
