//! Is this flow HTTP/1.x? A request line or a status line at the beginning of a side.

use starwatch_stream::application::{Piece, Recognition, Side};

use super::bytes::{is_blank, is_token_byte};
use super::head::{start_line, Start};

/// Methods of RFC 9110 9, PATCH (5789), WebDAV (4918, 3253, 3744, 5323), CalDAV and what servers know besides.
const METHODS: [&[u8]; 34] = [
    b"GET",
    b"POST",
    b"HEAD",
    b"PUT",
    b"DELETE",
    b"CONNECT",
    b"OPTIONS",
    b"TRACE",
    b"PATCH",
    b"PROPFIND",
    b"PROPPATCH",
    b"MKCOL",
    b"COPY",
    b"MOVE",
    b"LOCK",
    b"UNLOCK",
    b"VERSION-CONTROL",
    b"REPORT",
    b"CHECKOUT",
    b"CHECKIN",
    b"UNCHECKOUT",
    b"MKWORKSPACE",
    b"UPDATE",
    b"LABEL",
    b"MERGE",
    b"BASELINE-CONTROL",
    b"MKACTIVITY",
    b"ORDERPATCH",
    b"ACL",
    b"SEARCH",
    b"MKCALENDAR",
    b"PURGE",
    b"RPC_IN_DATA",
    b"RPC_OUT_DATA",
];

/// Longest method that is waited for: RFC 9110 registers none over 16 bytes.
const MAX_METHOD: usize = 32;

/// A known method with a path this long needs no end of line to be HTTP.
const LONG_ENOUGH: usize = 512;

/// Bytes that tell whether a line starts a message, when the place was lost.
pub const PROBE: usize = MAX_METHOD + 8;

pub fn stream(piece: &Piece<'_>) -> Recognition {
    let bytes = without_empty_lines(piece.bytes);
    let (verdict, speaker) = if is_prefix(b"HTTP/", bytes) {
        (response(bytes), Side::Server)
    } else {
        (request(bytes), Side::Client)
    };
    match verdict {
        Recognition::Yes if speaker != piece.side => Recognition::Reversed,
        verdict => verdict,
    }
}

/// Empty lines in front of a request are passed over (RFC 9112 2.2).
fn without_empty_lines(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'));
    &bytes[start.unwrap_or(bytes.len())..]
}

/// Whether one begins as the other.
fn is_prefix(one: &[u8], other: &[u8]) -> bool {
    let shared = one.len().min(other.len());
    one[..shared] == other[..shared]
}

/// `HTTP/1.` and a word behind it, status code or not: malware's servers are sloppy.
fn response(bytes: &[u8]) -> Recognition {
    let rest = bytes.get(b"HTTP/".len()..).unwrap_or_default();
    match rest {
        [] | [b'0'..=b'9'] | [b'0'..=b'9', b'.'] | [b'0'..=b'9', b'.', b'0'..=b'9'] => {
            Recognition::More
        }
        [major, b'.', minor, b' ', ..] if major.is_ascii_digit() && minor.is_ascii_digit() => {
            Recognition::Yes
        }
        _ => Recognition::No,
    }
}

fn request(bytes: &[u8]) -> Recognition {
    match memchr::memchr(b'\n', bytes) {
        Some(end) => whole_line(bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end])),
        None => beginning(bytes),
    }
}

/// A whole request line names HTTP; HTTP/0.9 (RFC 1945 5.1) is a GET of a path and nothing else.
fn whole_line(line: &[u8]) -> Recognition {
    let Some((Start::Request { method, target }, version)) = start_line(line) else {
        return Recognition::No;
    };
    let (method, target) = (method.text(line), target.text(line));
    let named = matches!(version.text(line), [b'0'..=b'9', b'.', b'0'..=b'9', ..])
        && method.len() <= MAX_METHOD
        && method.iter().copied().all(is_token_byte)
        && method != b"PRI";
    let oldest = method == b"GET"
        && version.text(line).is_empty()
        && target.starts_with(b"/")
        && !target.iter().copied().any(is_blank);
    if named || oldest {
        Recognition::Yes
    } else {
        Recognition::No
    }
}

/// The line's end has not come. A GET of a path is HTTP whatever follows; other methods are shared with RTSP and SIP,
/// whose targets are other URIs.
fn beginning(bytes: &[u8]) -> Recognition {
    let Some(space) = bytes.iter().position(|&byte| !is_token_byte(byte)) else {
        return match bytes.len() {
            0..=MAX_METHOD => Recognition::More,
            _ => Recognition::No,
        };
    };
    let (method, target) = (&bytes[..space], &bytes[space + 1..]);
    let oldest = method == b"GET" && target.starts_with(b"/");
    let long = METHODS.contains(&method) && bytes.len() > LONG_ENOUGH && is_target(target);
    if bytes[space] != b' ' || space == 0 || space > MAX_METHOD {
        Recognition::No
    } else if oldest || long {
        Recognition::Yes
    } else {
        Recognition::More
    }
}

fn is_target(target: &[u8]) -> bool {
    target.starts_with(b"/") || target.starts_with(b"http:") || target.starts_with(b"https:")
}

/// Whether a line begins a message of this side: asked where the place in the stream was lost. `bytes` holds what is
/// there of the line; [`PROBE`] bytes always suffice.
pub fn resumes(side: Side, bytes: &[u8]) -> Recognition {
    match side {
        Side::Server if is_prefix(b"HTTP/", bytes) => response(bytes),
        Side::Server => Recognition::No,
        Side::Client => resumed_request(bytes),
    }
}

fn resumed_request(bytes: &[u8]) -> Recognition {
    let Some(space) = bytes.iter().position(|byte| *byte == b' ') else {
        let possible = METHODS.iter().any(|method| method.starts_with(bytes));
        return if possible {
            Recognition::More
        } else {
            Recognition::No
        };
    };
    let (method, target) = (&bytes[..space], &bytes[space + 1..]);
    let known = METHODS.contains(&method);
    let possible = |start: &[u8]| known && is_prefix(start, target);
    if known && (is_target(target) || target.starts_with(b"* ") || method == b"CONNECT") {
        Recognition::Yes
    } else if possible(b"/") || possible(b"http:") || possible(b"https:") || possible(b"* ") {
        Recognition::More
    } else {
        Recognition::No
    }
}

/// Whether a whole first line can be read as one of this side's messages.
pub fn begins(side: Side, line: &[u8]) -> bool {
    match (side, start_line(line)) {
        (Side::Server, Some((Start::Response { .. }, _))) => true,
        (Side::Client, Some((Start::Request { method, .. }, version))) => {
            !version.text(line).is_empty() || METHODS.contains(&method.text(line))
        }
        _ => false,
    }
}
