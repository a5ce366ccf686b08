//! A transaction to its event: `http.*`, `url.*` and what else the catalogue has for it.

use starwatch_stream::application::{Header as EventHeader, Piece, Sink};
use starwatch_stream::json::Json;

use super::bytes::{cut, first, is_token};
use super::credentials::{self, Credentials};
use super::exchange::{Half, Transaction};
use super::fault::{Fault, Kind};
use super::head::{Head, MAX_FIELDS};
use super::mask;
use super::url::Url;
use crate::domain;

/// Bytes of one header value an event carries.
const MAX_VALUE: usize = 4_096;

/// First status code that says failure (RFC 9110 15.5).
const FAILURE: u16 = 400;

/// Header fields that are secrets as a whole; the scheme in front is shown.
const CREDENTIALS: [&[u8]; 2] = [b"authorization", b"proxy-authorization"];

/// Speak of a transaction, whole or not.
pub fn emit(transaction: &Transaction, piece: &Piece<'_>, sink: &mut dyn Sink) {
    let request = transaction.request.head.as_ref();
    let url = request.map(Url::of).unwrap_or_default();
    let user = user(request, piece, sink);
    let domain = Some(&url.domain[..]).filter(|domain| !domain.is_empty());
    let address = url.address().map(|address| address.to_string());
    let header = EventHeader {
        dataset: "http",
        categories: &["network", "web"],
        types: &["access", "protocol"],
        outcome: outcome(transaction),
        domain,
        hosts: domain.as_slice(),
        addresses: &address.as_deref().into_iter().collect::<Vec<_>>(),
    };
    sink.event(piece, &header, &mut |json| {
        json.key("http").object(|json| http(transaction, json));
        if request.is_some() {
            json.key("url").object(|json| self::url(&url, json));
        }
        agent(request, json);
        if let Some(user) = &user {
            json.key("user")
                .object(|json| json.key("name").string(user));
        }
    });
}

/// What the event of a carved file says of its transaction.
pub fn context(transaction: Option<&Transaction>, json: &mut Json<'_>) {
    let Some(transaction) = transaction else {
        return;
    };
    let Some(request) = &transaction.request.head else {
        return;
    };
    json.key("url").object(|json| url(&Url::of(request), json));
    agent(Some(request), json);
    json.key("http")
        .object(|json| told(transaction, request, json));
}

fn told(transaction: &Transaction, request: &Head, json: &mut Json<'_>) {
    version(&transaction.request, &transaction.response, json);
    json.key("request").object(|json| {
        json.key("method").string(request.method());
        referrer(request, json);
    });
    if let Some(response) = &transaction.response.head {
        json.key("response").object(|json| status(response, json));
    }
}

fn referrer(request: &Head, json: &mut Json<'_>) {
    if let Some(referrer) = request.value(b"referer") {
        json.key("referrer").string(first(referrer, MAX_VALUE));
    }
}

fn outcome(transaction: &Transaction) -> Option<&'static str> {
    let status = transaction.response.head.as_ref()?.status_code()?;
    Some(if status < FAILURE {
        "success"
    } else {
        "failure"
    })
}

fn user(request: Option<&Head>, piece: &Piece<'_>, sink: &mut dyn Sink) -> Option<Vec<u8>> {
    let request = request?;
    let value = CREDENTIALS.iter().find_map(|name| request.value(name))?;
    match credentials::read(value) {
        Credentials::User(user) => Some(user),
        Credentials::Unknown => None,
        Credentials::Malformed => {
            Fault::new(Kind::Credentials, "Basic is not Base64 of user:password").tell(piece, sink);
            None
        }
    }
}

fn agent(request: Option<&Head>, json: &mut Json<'_>) {
    if let Some(agent) = request.and_then(|head| head.value(b"user-agent")) {
        json.key("user_agent")
            .object(|json| json.key("original").string(first(agent, MAX_VALUE)));
    }
}

fn http(transaction: &Transaction, json: &mut Json<'_>) {
    let Transaction {
        request, response, ..
    } = transaction;
    json.key("transaction").integer(transaction.number);
    version(request, response, json);
    if let Some(head) = &request.head {
        json.key("request").object(|json| {
            json.key("method").string(head.method());
            half(head, request, json);
            referrer(head, json);
        });
    }
    if let Some(head) = &response.head {
        json.key("response").object(|json| {
            status(head, json);
            half(head, response, json);
        });
    }
}

/// Of the request, else of the response; a head without version is one of HTTP/0.9.
fn version(request: &Half, response: &Half, json: &mut Json<'_>) {
    let Some(head) = request.head.as_ref().or(response.head.as_ref()) else {
        return;
    };
    let text = match head.version_text() {
        b"" => b"0.9",
        text => text,
    };
    json.key("version").string(first(text, MAX_VALUE));
}

fn status(head: &Head, json: &mut Json<'_>) {
    let (status, phrase) = head.status();
    match head.status_code() {
        Some(code) => json.key("status_code").integer(code),
        None if status.is_empty() => {}
        None => json.key("status").string(first(status, MAX_VALUE)),
    }
    if !phrase.is_empty() {
        json.key("status_phrase").string(first(phrase, MAX_VALUE));
    }
}

/// What request and response have in common.
fn half(head: &Head, half: &Half, json: &mut Json<'_>) {
    json.key("bytes").integer(half.bytes);
    json.key("complete").boolean(half.complete);
    json.key("body").object(|json| body(half, json));
    let kind = head.media_type();
    if !kind.is_empty() {
        json.key("mime_type")
            .string(&first(kind, MAX_VALUE).to_ascii_lowercase());
    }
    if head.fields().len() > 0 {
        json.key("headers").object(|json| headers(head, json));
        json.key("header_names").array(|json| {
            for (name, _) in head.fields().take(MAX_FIELDS) {
                json.string(first(name, MAX_VALUE));
            }
        });
    }
}

fn body(half: &Half, json: &mut Json<'_>) {
    json.key("bytes").integer(half.body_bytes);
    if half.missing > 0 {
        json.key("missing_bytes").integer(half.missing);
    }
    if !half.excerpt.is_empty() && mask::is_text(&half.excerpt) {
        json.key("content")
            .string(&mask::masked(&half.excerpt, half.excerpt_cut));
    }
}

/// Lower-case name → values. Names that are no tokens stand in `header_names` alone.
fn headers(head: &Head, json: &mut Json<'_>) {
    let mut shown = [false; MAX_FIELDS];
    let fields = || head.fields().take(MAX_FIELDS).enumerate();
    for (at, (name, _)) in fields() {
        if shown[at] || !is_token(name) {
            continue;
        }
        let key = first(name, MAX_VALUE).to_ascii_lowercase();
        json.key(&String::from_utf8_lossy(&key)).array(|json| {
            for (at, (other, value)) in fields().skip(at) {
                if other.eq_ignore_ascii_case(name) {
                    shown[at] = true;
                    value_of(&key, first(value, MAX_VALUE), json);
                }
            }
        });
    }
}

/// A header's value without what could be used in its owner's name.
fn value_of(name: &[u8], value: &[u8], json: &mut Json<'_>) {
    match name {
        b"cookie" => json.string(&cookies(value)),
        b"set-cookie" => json.string(&set_cookie(value)),
        _ if CREDENTIALS.contains(&name) => json.string(&scheme(value)),
        _ if mask::is_secret(name) => json.string(b"***"),
        _ => json.string(value),
    }
}

/// `Bearer ***`
fn scheme(value: &[u8]) -> Vec<u8> {
    let scheme = cut(value, b' ').map_or(&b""[..], |(scheme, _)| scheme);
    [scheme, if scheme.is_empty() { b"" } else { b" " }, b"***"].concat()
}

/// `a=***; b=***`
fn cookies(value: &[u8]) -> Vec<u8> {
    let pairs: Vec<_> = value.split(|byte| *byte == b';').map(pair).collect();
    pairs.join(&b';')
}

/// The first pair is the cookie, what follows are its attributes (RFC 6265 4.1).
fn set_cookie(value: &[u8]) -> Vec<u8> {
    match cut(value, b';') {
        Some((cookie, attributes)) => [&pair(cookie)[..], b";", attributes].concat(),
        None => pair(value),
    }
}

fn pair(cookie: &[u8]) -> Vec<u8> {
    match cut(cookie, b'=') {
        Some((name, _)) => [name, b"=***"].concat(),
        None => b"***".to_vec(),
    }
}

fn url(url: &Url<'_>, json: &mut Json<'_>) {
    let mut text = |name: &str, value: &[u8]| {
        if !value.is_empty() {
            json.key(name).string(value);
        }
    };
    text("original", &url.original);
    text("full", &url.full());
    text("scheme", &url.scheme);
    text("domain", &url.domain);
    text("path", url.path);
    text("query", url.query.unwrap_or_default());
    text("extension", url.extension().unwrap_or_default());
    let registered = domain::split(&url.domain)
        .filter(|_| url.address().is_none())
        .and_then(|parts| parts.registered);
    text("registered_domain", registered.unwrap_or_default());
    if let Some(port) = url.port {
        json.key("port").integer(port);
    }
}
