//! Flows and streams: packets in, events out, the same whatever the number of threads.
//!
//! `engine` deals packets to 64 shards by address pair; a `shard` owns its flows (`table`, `flow`), puts fragments
//! (`fragment`) and TCP streams (`tcp`) together, shows the bytes to the protocols (`recognise`) and writes events
//! (`event`); `engine` merges the shards' events in packet order and numbers them.
#![forbid(unsafe_code)]

pub mod application;
pub mod carve;
mod dialogue;
mod direction;
pub mod engine;
mod event;
mod expectation;
mod file;
mod flow;
mod fragment;
pub mod json;
mod output;
mod pen;
pub mod platform;
mod recognise;
mod shard;
mod sort;
pub mod sources;
mod table;
mod tcp;
mod text;
mod tunnel;
