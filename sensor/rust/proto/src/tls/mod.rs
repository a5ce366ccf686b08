//! TLS 1.0 to 1.3 (RFC 2246, 4346, 5246, 8446), what came before (SSL 2 and 3) and beside it (TLCP, GB/T 38636-2020).
//!
//! One event per connection. The road of its bytes:
//! [`recognise`] (is the flow TLS?) → [`record`] (where records begin and end) → [`handshake`] (messages over records)
//! → [`hello`], [`key_exchange`], [`certificate`] (what a message says) → [`connection`] (what the connection has come
//! to, and when that is told) → [`event`], with the fingerprints [`ja3`] and [`ja4`].
//!
//! Who is client and who is server of TLS is said by its messages, not by who opened the connection: in FTP's active
//! mode they are the other way round.

mod certificate;
mod codes;
mod connection;
mod der;
mod event;
mod fault;
mod handshake;
mod hello;
mod ja3;
mod ja4;
mod key_exchange;
mod name;
mod oid;
mod recognise;
mod record;
mod sslv2;
mod time;

use starwatch_stream::application::Protocol;

/// TLS's entry in the list of protocols. Over datagrams it is DTLS or QUIC, other protocols.
pub const PROTOCOL: Protocol = Protocol {
    name: "tls",
    datagram: None,
    stream: Some(recognise::stream),
    datagram_parser: || Box::new(connection::Connection::default()),
    stream_parser: || Box::new(connection::Connection::default()),
    anomalies: &fault::NAMES,
};
