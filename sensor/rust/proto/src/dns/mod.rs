//! DNS over UDP and TCP: RFC 1035 and what came after it (EDNS RFC 6891, DNSSEC RFC 4034, UPDATE RFC 2136, SVCB RFC 9460).
//!
//! One event per message. The road of a message:
//! [`recognise`] (is the flow DNS?) → [`framing`] (one datagram, or the next length-prefixed message of a stream) →
//! [`message`] (header, first question, records; with [`name`], [`rdata`], [`edns`]) → [`event`].
//!
//! mDNS (RFC 6762), LLMNR (RFC 4795) and NetBIOS names (RFC 1002) share the format but are other protocols with other
//! meanings (anyone may answer); [`recognise`] leaves them alone.

mod codes;
mod edns;
mod encode;
mod event;
mod fault;
mod framing;
mod loc;
pub mod message;
mod name;
mod rdata;
mod recognise;
mod svcb;
mod types;

use starwatch_stream::application::Protocol;

/// DNS's entry in the list of protocols.
pub const PROTOCOL: Protocol = Protocol {
    name: "dns",
    datagram: Some(recognise::datagram),
    stream: Some(recognise::stream),
    datagram_parser: || Box::new(framing::Datagrams),
    stream_parser: || Box::new(framing::Stream::default()),
    anomalies: &fault::NAMES,
};
