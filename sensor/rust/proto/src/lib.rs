//! Application protocols: bytes of a flow in, events out.
//!
//! A protocol is a folder. `dns/` is the smallest complete one and the template for the next:
//!
//! | file | holds | knows nothing of |
//! | --- | --- | --- |
//! | `mod.rs` | the [`Protocol`] entry, named in [`PROTOCOLS`] | bytes |
//! | `recognise.rs` | is this flow mine? by content, strict | state |
//! | `framing.rs` | where messages begin and end in datagrams and streams | what they say |
//! | `message.rs` and its parts | bytes of one message → a struct; pure, total | flows, JSON |
//! | `event.rs` | that struct → one event and its anomalies | wire format |
//!
//! Rules that keep hostile input harmless, all through this crate: bytes are read through [`reader::Reader`] only, so
//! nothing indexes past an end; a parser returns what it could read together with what was wrong; every limit is a
//! named constant with its reason; work and memory are linear in the bytes received.
#![forbid(unsafe_code)]

pub mod dns;
mod domain;
pub mod ftp;
pub mod http;
mod line;
pub mod mime;
pub mod reader;
mod reply;
pub mod smtp;
pub mod socks;
pub mod tls;

use starwatch_stream::application::Protocol;

/// Every protocol the sensor knows, in the order a new flow is shown to them.
pub static PROTOCOLS: &[Protocol] = &[
    tls::PROTOCOL,
    dns::PROTOCOL,
    http::PROTOCOL,
    smtp::PROTOCOL,
    ftp::PROTOCOL,
    socks::PROTOCOL,
];
