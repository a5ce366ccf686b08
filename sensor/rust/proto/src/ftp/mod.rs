//! FTP (RFC 959) with its extensions: AUTH (RFC 2228, 4217), EPRT and EPSV (RFC 2428), REST, MLSD, SIZE (RFC 3659).
//!
//! The control connection gives one event per command with its reply; what PORT, PASV and their like arrange is
//! expected as a flow of its own, whose parser gives one event and carves what RETR, STOR, APPE and STOU transfer.
//!
//! [`recognise`] → [`session`] (commands and replies in order) with [`command`] and [`endpoint`]; [`transfer`] (the data
//! connection; shares what it is about with the session) → [`event`].

mod command;
mod endpoint;
mod event;
mod fault;
mod recognise;
mod session;
mod transfer;

use starwatch_stream::application::Protocol;

/// FTP's entry in the list of protocols.
pub const PROTOCOL: Protocol = Protocol {
    name: "ftp",
    datagram: None,
    stream: Some(recognise::stream),
    datagram_parser: || Box::new(session::Session::default()),
    stream_parser: || Box::new(session::Session::default()),
    anomalies: &fault::NAMES,
};

/// Data connections: never recognised by content, only expected.
pub static DATA: Protocol = Protocol {
    name: "ftp-data",
    datagram: None,
    stream: None,
    datagram_parser: || Box::new(transfer::Data::default()),
    stream_parser: || Box::new(transfer::Data::default()),
    anomalies: &[],
};
