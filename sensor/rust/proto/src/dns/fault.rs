//! What is wrong with a message: evidence, never an error that stops the sensor.

use crate::reader::Short;

/// The anomaly kinds of `sensor/events/anomalies.toml` that DNS can raise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Malformed,
    NameLoop,
    TooManyRecords,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Malformed => "dns_malformed",
            Kind::NameLoop => "dns_name_loop",
            Kind::TooManyRecords => "dns_too_many_records",
        }
    }
}

/// One contradiction and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: Kind,
    pub what: &'static str,
    /// Offset in the message.
    pub at: usize,
}

impl Fault {
    pub fn malformed(what: &'static str, at: usize) -> Self {
        Self {
            kind: Kind::Malformed,
            what,
            at,
        }
    }
}

impl From<Short> for Fault {
    fn from(short: Short) -> Self {
        Fault::malformed("the bytes end too early", short.at)
    }
}
