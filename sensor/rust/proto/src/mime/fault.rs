//! What is wrong with a message.

/// The anomaly kinds of `sensor/events/anomalies.toml` that a message can raise, whatever protocol carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    HeaderTooLong,
    MalformedHeader,
    DuplicateHeader,
    BadBoundary,
    Unterminated,
    TooDeep,
    TooManyParts,
    BadEncoding,
    BadEncodedWord,
}

/// The kinds' names, in the order of [`Kind`].
pub const NAMES: [&str; 9] = [
    "mime_header_too_long",
    "mime_malformed_header",
    "mime_duplicate_header",
    "mime_bad_boundary",
    "mime_unterminated",
    "mime_too_deep",
    "mime_too_many_parts",
    "mime_bad_encoding",
    "mime_bad_encoded_word",
];

impl Kind {
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}
