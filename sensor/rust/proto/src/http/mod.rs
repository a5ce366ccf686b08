//! HTTP/1.x and 0.9: RFC 9110, 9112, 1945. HTTP/2 has a parser of its own.
//!
//! One event per transaction. The road of a byte: [`recognise`] (is the flow HTTP?) → [`stream`] (both directions and the
//! [`exchange`] of requests with responses) → [`direction`] (where messages begin and end; [`head`], [`framing`],
//! [`chunked`]) → [`body`] (content codings off: [`coding`]; excerpt, files, [`multipart`]) → [`event`] ([`url`],
//! [`credentials`], [`mask`]).
//!
//! Receivers of HTTP disagree about malformed messages, and attackers live off it (RFC 9112 11.2). What is read here is the
//! likelier reading; that there is another is an anomaly ([`fault`]).

mod body;
mod bytes;
mod chunked;
mod coding;
mod credentials;
mod direction;
mod disposition;
mod event;
mod exchange;
mod fault;
mod framing;
mod head;
mod inflate;
mod mask;
mod multipart;
mod recognise;
mod stream;
mod url;

use starwatch_stream::application::Protocol;

/// HTTP's entry in the list of protocols.
pub const PROTOCOL: Protocol = Protocol {
    name: "http",
    datagram: None,
    stream: Some(recognise::stream),
    datagram_parser: || Box::new(stream::Stream::default()),
    stream_parser: || Box::new(stream::Stream::default()),
    anomalies: &fault::NAMES,
};
