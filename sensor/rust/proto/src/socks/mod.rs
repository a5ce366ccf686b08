//! SOCKS 4, 4a and 5 (RFC 1928, RFC 1929): what a client asks a proxy for.
//!
//! One event per connection, at the proxy's answer; what is carried from then on is another protocol's. The road of its
//! bytes: [`recognise`] (is the flow SOCKS?) → [`message`] (one message of either side) → [`dialogue`] (whose turn it
//! is) → [`event`].

mod dialogue;
mod event;
mod message;
mod recognise;

use starwatch_stream::application::Protocol;

/// SOCKS's entry in the list of protocols.
pub const PROTOCOL: Protocol = Protocol {
    name: "socks",
    datagram: None,
    stream: Some(recognise::stream),
    datagram_parser: || Box::new(dialogue::Dialogue::default()),
    stream_parser: || Box::new(dialogue::Dialogue::default()),
    anomalies: &dialogue::ANOMALIES,
};
