//! What is wrong with a session: SMTP's own kinds, and those of the messages it carries.

/// The anomaly kinds of `sensor/events/anomalies.toml` that SMTP can raise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    LineTooLong,
    MalformedReply,
    Smuggling,
    Pipelining,
    BadBdat,
    StartTlsInjection,
}

const OWN: [&str; 6] = [
    "smtp_line_too_long",
    "smtp_malformed_reply",
    "smtp_smuggling",
    "smtp_pipelining",
    "smtp_bad_bdat",
    "smtp_starttls_injection",
];

/// All kinds' names: SMTP's in the order of [`Kind`], then MIME's.
pub const NAMES: [&str; OWN.len() + crate::mime::fault::NAMES.len()] = {
    let mut names = [""; OWN.len() + crate::mime::fault::NAMES.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = if at < OWN.len() {
            OWN[at]
        } else {
            crate::mime::fault::NAMES[at - OWN.len()]
        };
        at += 1;
    }
    names
};

impl Kind {
    pub fn name(self) -> &'static str {
        OWN[self as usize]
    }
}
