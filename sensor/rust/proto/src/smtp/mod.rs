//! SMTP (RFC 5321) and LMTP (RFC 2033) on any port: pipelining (RFC 2920), CHUNKING (RFC 3030), STARTTLS (RFC 3207),
//! AUTH (RFC 4954). One event per mail transaction, or per session that ended without one; the message is read by
//! [`crate::mime`], its files are carved.
//!
//! [`recognise`] → [`session`] (both sides' lines; commands wait for their replies) with [`command`], [`content`] (dots
//! and smuggling), [`auth`] → [`transaction`] (what one mail is) and [`letter`] (its message) → [`event`].

mod auth;
mod command;
mod content;
mod event;
mod fault;
mod letter;
mod recognise;
mod session;
mod transaction;

use starwatch_stream::application::Protocol;

/// SMTP's entry in the list of protocols.
pub const PROTOCOL: Protocol = Protocol {
    name: "smtp",
    datagram: None,
    stream: Some(recognise::stream),
    datagram_parser: || Box::new(session::Session::default()),
    stream_parser: || Box::new(session::Session::default()),
    anomalies: &fault::NAMES,
};
