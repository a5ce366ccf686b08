//! What is wrong with a message: evidence, never an error that stops the sensor.

use crate::reader::Short;

/// The anomaly kinds of `sensor/events/anomalies.toml` that DNS can raise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Malformed,
    NameLoop,
    TooManyRecords,
}

/// The kinds' names, in the order of [`Kind`].
pub const NAMES: [&str; 3] = ["dns_malformed", "dns_name_loop", "dns_too_many_records"];

impl Kind {
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
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
