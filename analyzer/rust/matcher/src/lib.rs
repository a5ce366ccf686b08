//! Sigma 2.1 rules over NDJSON: parser and matcher for single events.
//!
//! A rule's log source chooses partitions (datasets) once, at load; an event meets only the rules of its own.
//! Within a partition every field has one automaton over all literals asked of it, so an event costs about the
//! length of its asked-for fields, not the number of rules.
#![forbid(unsafe_code)]

mod clock;
mod condition;
mod detection;
mod engine;
mod event;
mod fault;
mod gate;
mod literals;
mod logsource;
mod modifier;
mod partition;
mod pattern;
mod rule;
mod test;
mod text;
mod yaml;

pub use engine::{Condition, Engine, Match, Outcome};
pub use fault::{Fault, Kind, Place};
