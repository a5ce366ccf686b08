//! What a file's bytes say about it: its hashes and its type. Pure: no flows, no disk.
#![forbid(unsafe_code)]

pub mod digest;
pub mod kind;
mod magic;
mod prose;
mod zip;
