//! What is wrong with a message: evidence, never an error that stops the sensor.

use starwatch_stream::application::{Piece, Sink};

/// The anomaly kinds of `sensor/events/anomalies.toml` that HTTP can raise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    StartLine,
    Version,
    Header,
    Folding,
    BareLf,
    Host,
    HeadTooLong,
    TooManyHeaders,
    Length,
    Transfer,
    Chunk,
    Encoding,
    Bomb,
    Pipeline,
    Multipart,
    Credentials,
}

/// The kinds' names, in the order of [`Kind`].
pub const NAMES: [&str; 16] = [
    "http_bad_start_line",
    "http_bad_version",
    "http_bad_header",
    "http_line_folding",
    "http_bare_lf",
    "http_host_conflict",
    "http_head_too_long",
    "http_too_many_headers",
    "http_length_conflict",
    "http_transfer_encoding",
    "http_bad_chunk",
    "http_bad_encoding",
    "http_decompression_bomb",
    "http_pipeline_too_long",
    "http_bad_multipart",
    "http_bad_credentials",
];

/// One contradiction, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: Kind,
    pub what: &'static str,
}

impl Fault {
    pub fn new(kind: Kind, what: &'static str) -> Self {
        Self { kind, what }
    }

    pub fn tell(self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        sink.anomaly(piece, NAMES[self.kind as usize], self.what);
    }
}
