//! What is wrong with a session.

/// The anomaly kinds of `sensor/events/anomalies.toml` that FTP can raise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    LineTooLong,
    MalformedReply,
    BadAddress,
    Bounce,
    ForeignPassive,
    TlsInjection,
}

/// The kinds' names, in the order of [`Kind`].
pub const NAMES: [&str; 6] = [
    "ftp_line_too_long",
    "ftp_malformed_reply",
    "ftp_bad_address",
    "ftp_bounce",
    "ftp_foreign_passive",
    "ftp_tls_injection",
];

impl Kind {
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}
