//! What is wrong with a connection: evidence, never an error that stops the sensor.

use crate::reader::Short;

/// The anomaly kinds of `sensor/events/anomalies.toml` that TLS can raise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    MalformedRecord,
    MalformedHandshake,
    HandshakeTooLarge,
    BadCertificate,
    Heartbleed,
    UnexpectedMessage,
    Downgrade,
}

/// The kinds' names, in the order of [`Kind`].
pub const NAMES: [&str; 7] = [
    "tls_malformed_record",
    "tls_malformed_handshake",
    "tls_handshake_too_large",
    "tls_bad_certificate",
    "tls_heartbleed",
    "tls_unexpected_message",
    "tls_downgrade",
];

impl Kind {
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

/// Where in a message its own lengths stop making sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub what: &'static str,
    pub at: usize,
}

impl Fault {
    pub fn new(what: &'static str, at: usize) -> Self {
        Self { what, at }
    }
}

impl From<Short> for Fault {
    fn from(short: Short) -> Self {
        Fault::new("the bytes end too early", short.at)
    }
}
