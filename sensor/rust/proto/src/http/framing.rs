//! How long a message's body is (RFC 9112 6.3), and the signs of request smuggling (6.1, 6.3, 11.2).

use super::bytes::{find_ignoring_case, number, trim};
use super::chunked::Chunked;
use super::fault::Kind;
use super::head::{Head, Version};
use super::url;

/// Where a body ends.
#[derive(Debug)]
pub enum Framing {
    /// After so many bytes more.
    Length(u64),
    Chunked(Chunked),
    /// With the connection.
    Close,
}

impl Framing {
    pub const NONE: Framing = Framing::Length(0);
}

/// What a request asked, as far as its response's framing depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Head,
    Connect,
    Other,
}

impl Asked {
    pub fn of(method: &[u8]) -> Self {
        match method {
            b"HEAD" => Asked::Head,
            b"CONNECT" => Asked::Connect,
            _ => Asked::Other,
        }
    }
}

/// A request without framing has no body.
pub fn of_request(head: &mut Head) -> Framing {
    check_host(head);
    match announced(head) {
        Announced::Chunked => Framing::Chunked(Chunked::default()),
        Announced::Length(length) => Framing::Length(length),
        Announced::Nothing | Announced::Unknown => Framing::NONE,
    }
}

/// A response without framing ends with the connection.
pub fn of_response(head: &mut Head, asked: Asked) -> Framing {
    let announced = announced(head);
    let status = head.status_code().unwrap_or_default();
    let without_body = asked == Asked::Head || matches!(status, 100..=199 | 204 | 304);
    match announced {
        _ if without_body || is_tunnel(status, asked) => Framing::NONE,
        Announced::Chunked => Framing::Chunked(Chunked::default()),
        Announced::Length(length) => Framing::Length(length),
        Announced::Nothing | Announced::Unknown => Framing::Close,
    }
}

/// Whether another protocol follows: a granted CONNECT (RFC 9110 9.3.6), an upgrade (7.8).
pub fn is_tunnel(status: u16, asked: Asked) -> bool {
    status == 101 || (asked == Asked::Connect && (200..300).contains(&status))
}

enum Announced {
    Nothing,
    Length(u64),
    Chunked,
    /// A transfer coding that does not say where it ends.
    Unknown,
}

/// Transfer-Encoding outweighs Content-Length; both together are a sign of an attack.
fn announced(head: &mut Head) -> Announced {
    let length = content_length(head);
    let Some(coding) = transfer_coding(head) else {
        return length.map_or(Announced::Nothing, Announced::Length);
    };
    if head.value(b"content-length").is_some() {
        head.fault(
            Kind::Length,
            "Content-Length stands beside Transfer-Encoding",
        );
    }
    if head.version() != (Version::Known { minor: 1 }) {
        head.fault(Kind::Transfer, "Transfer-Encoding before HTTP/1.1");
    }
    match (coding, length) {
        (Coding::Chunked, _) => Announced::Chunked,
        (Coding::Other, Some(length)) => Announced::Length(length),
        (Coding::Other, None) => Announced::Unknown,
    }
}

/// The first readable Content-Length; lists of the same number are one number (RFC 9112 6.3).
fn content_length(head: &mut Head) -> Option<u64> {
    let mut length = None;
    let mut fault = None;
    for text in head
        .values(b"content-length")
        .flat_map(|value| value.split(|byte| *byte == b','))
    {
        match (number(trim(text)), length) {
            (None, _) => fault = Some("a Content-Length that is no number"),
            (Some(other), Some(first)) if other != first => {
                fault = Some("Content-Lengths that differ");
            }
            (Some(number), _) => length = length.or(Some(number)),
        }
    }
    if let Some(what) = fault {
        head.fault(Kind::Length, what);
    }
    length
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Chunked,
    Other,
}

/// What Transfer-Encoding says; None without one, and for `identity` (RFC 2616 3.6).
fn transfer_coding(head: &mut Head) -> Option<Coding> {
    let mut last = None;
    let mut chunked = 0;
    let mut fault = None;
    for text in head
        .values(b"transfer-encoding")
        .flat_map(|value| value.split(|byte| *byte == b','))
    {
        last = match trim(text) {
            text if text.eq_ignore_ascii_case(b"chunked") => {
                chunked += 1;
                Some(Coding::Chunked)
            }
            text if text.eq_ignore_ascii_case(b"identity") => last,
            text if find_ignoring_case(text, b"chunked").is_some() => {
                fault = Some("chunked in disguise");
                Some(Coding::Chunked)
            }
            _ => Some(Coding::Other),
        };
    }
    if chunked > 1 {
        fault = Some("chunked is named more than once");
    }
    if last == Some(Coding::Other) {
        fault = Some("Transfer-Encoding does not end in chunked");
    }
    if let Some(what) = fault {
        head.fault(Kind::Transfer, what);
    }
    last
}

/// One Host in every request of HTTP/1.1 (RFC 9112 3.2).
fn check_host(head: &mut Head) {
    let hosts = head.values(b"host").count();
    if hosts > 1 {
        head.fault(Kind::Host, "more than one Host header");
    }
    if hosts == 0 && head.version() == (Version::Known { minor: 1 }) {
        head.fault(Kind::Host, "no Host header in HTTP/1.1");
    }
    if url::names_two_hosts(head) {
        head.fault(
            Kind::Host,
            "the request target names another host than Host",
        );
    }
}
