//! The embedded store: one Tantivy index per kind and UTC day, whole documents kept beside typed columns.
//!
//! `index` is the face; `writer` and `reader` are its two halves; `document` turns a line into columns,
//! `query` a tree into a Tantivy query, `hits` and `tally` walk what matched.
#![forbid(unsafe_code)]

mod deadline;
mod document;
mod error;
mod hits;
mod index;
mod instant;
mod partition;
mod pattern;
mod query;
mod reader;
mod request;
mod schema;
mod tally;
mod writer;

pub use error::StoreFault;
pub use index::EventIndex;
pub use reader::PartitionInfo;
