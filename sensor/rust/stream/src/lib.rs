//! Flows and streams: packets of one shard in, events out.
#![forbid(unsafe_code)]
pub mod application;
pub mod json;
