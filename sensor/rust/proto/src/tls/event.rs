//! A connection to its event: `tls.*` of the catalogue.

use std::borrow::Cow;

use starwatch_stream::application::{Header, Piece, Side, Sink};
use starwatch_stream::json::Json;

use super::certificate::{Certificate, Chain, Leaf};
use super::connection::Facts;
use super::hello::{extension, ClientHello, ServerHello};
use super::name::Name;
use super::{codes, ja3, ja4};

/// Values of each list one event shows; browsers offer 17 ciphers, the longest honest lists about 200.
const MAX_CIPHERS: usize = 256;
const MAX_LISTED: usize = 64;

/// A fingerprint in full may be as long as the hello; beyond this its hash must do.
const MAX_FULL: usize = 8 * 1024;

const SECOND_NS: i64 = 1_000_000_000;

pub fn emit(facts: &Facts, piece: &Piece<'_>, sink: &mut dyn Sink) {
    let name = facts
        .client
        .as_ref()
        .and_then(|hello| hello.server_name.as_deref());
    let name = name.filter(|name| !name.is_empty());
    let hosts: Vec<&[u8]> = name.into_iter().collect();
    let header = Header {
        dataset: "tls",
        categories: &["network"],
        types: &["connection", "protocol"],
        outcome: outcome(facts),
        domain: name.filter(|_| facts.client_side == Some(Side::Client)),
        hosts: &hosts,
        addresses: &[],
    };
    let now = piece.time_ns.div_euclid(SECOND_NS);
    sink.event(piece, &header, &mut |json| {
        json.key("tls").object(|json| body(facts, now, json));
    });
}

/// Unknown while it is only not seen to be established.
fn outcome(facts: &Facts) -> Option<&'static str> {
    match (facts.established, facts.alerts.is_empty()) {
        (true, _) => Some("success"),
        (false, false) => Some("failure"),
        (false, true) => None,
    }
}

fn body(facts: &Facts, now: i64, json: &mut Json<'_>) {
    if let Some(hello) = &facts.server {
        chosen(hello, json);
    }
    if let Some(curve) = facts.curve {
        json.member("curve", &codes::group(curve));
    }
    json.key("established").boolean(facts.established);
    json.key("resumed").boolean(facts.resumed);
    flags(facts, json);
    strings(
        "alert",
        facts.alerts.iter().map(|&alert| codes::alert(alert)),
        json,
    );
    json.key("client").object(|json| client(facts, now, json));
    json.key("server").object(|json| server(facts, now, json));
}

fn chosen(hello: &ServerHello, json: &mut Json<'_>) {
    let (family, version) = codes::version(hello.version);
    json.member("version_protocol", family);
    json.member("version", &version);
    if let Some(draft) = codes::draft(hello.version) {
        json.key("draft").integer(draft);
    }
    if hello.version != codes::SSL_2 {
        json.member("cipher", &codes::cipher(hello.cipher));
    }
    if let Some(protocol) = &hello.alpn {
        json.key("next_protocol").string(protocol);
    }
}

fn flags(facts: &Facts, json: &mut Json<'_>) {
    let flags = [
        ("hello_retry", facts.retry),
        ("session_ticket", facts.ticket),
        ("client_certificate_requested", facts.certificate_requested),
        ("incomplete", facts.incomplete),
    ];
    for (name, _) in flags.iter().filter(|(_, set)| *set) {
        json.key(name).boolean(true);
    }
}

fn client(facts: &Facts, now: i64, json: &mut Json<'_>) {
    if let Some(hello) = &facts.client {
        client_hello(hello, json);
    }
    if let Some(hello) = facts.retried.as_ref().filter(|hello| hello.whole) {
        json.member("ja4_retry", &ja4::fingerprint(hello));
    }
    if let Some(chain) = &facts.chains[0] {
        self::chain(chain, now, json);
    }
}

fn client_hello(hello: &ClientHello, json: &mut Json<'_>) {
    if let Some(name) = &hello.server_name {
        json.key("server_name").string(name);
    }
    if hello.whole {
        fingerprint(["ja3", "ja3_full"], &ja3::client(hello), json);
        json.member("ja4", &ja4::fingerprint(hello));
        full("ja4_raw", &ja4::raw(hello), json);
    }
    let plain = |list: &[u16]| -> Vec<u16> {
        list.iter()
            .copied()
            .filter(|&code| !codes::is_grease(code))
            .collect()
    };
    let ciphers = plain(&hello.ciphers).into_iter().take(MAX_CIPHERS);
    strings("supported_ciphers", ciphers.map(codes::cipher), json);
    let versions = hello.offered().into_iter().take(MAX_LISTED);
    strings("supported_versions", versions.map(codes::offered), json);
    let groups = plain(&hello.groups).into_iter().take(MAX_LISTED);
    strings("supported_groups", groups.map(codes::group), json);
    let protocols = hello.alpn.iter().take(MAX_LISTED);
    strings(
        "alpn",
        protocols.map(|name| String::from_utf8_lossy(name)),
        json,
    );
    if hello.has(extension::ENCRYPTED_CLIENT_HELLO) {
        json.key("encrypted_hello").boolean(true);
    }
}

fn server(facts: &Facts, now: i64, json: &mut Json<'_>) {
    let hello = facts.server.as_ref();
    if let Some(hello) = hello.filter(|hello| hello.whole) {
        fingerprint(["ja3s", "ja3s_full"], &ja3::server(hello), json);
    }
    if let Some(chain) = &facts.chains[1] {
        self::chain(chain, now, json);
    }
}

fn fingerprint([hash, text]: [&str; 2], source: &str, json: &mut Json<'_>) {
    let digest = ja3::digest(source);
    json.member(hash, &hexadecimal(&digest).to_ascii_lowercase());
    full(text, source, json);
}

fn full(name: &str, text: &str, json: &mut Json<'_>) {
    if text.len() <= MAX_FULL {
        json.member(name, text);
    }
}

fn chain(chain: &Chain, now: i64, json: &mut Json<'_>) {
    let Leaf {
        md5,
        sha1,
        sha256,
        certificate,
        ..
    } = &chain.leaf;
    json.key("certificate_count").integer(chain.count as u64);
    json.key("hash").object(|json| {
        json.member("md5", &hexadecimal(md5));
        json.member("sha1", &hexadecimal(sha1));
        json.member("sha256", &hexadecimal(sha256));
    });
    for (name, dn) in [
        ("subject", &certificate.subject),
        ("issuer", &certificate.issuer),
    ] {
        if let Some(dn) = dn {
            json.member(name, &dn.text);
        }
    }
    dates(certificate, json);
    if certificate.subject.is_some() {
        json.key("self_signed").boolean(certificate.self_issued);
    }
    if let Some(last) = certificate.not_after {
        json.key("expired_at_use").boolean(last.seconds() < now);
    }
    json.key("x509").object(|json| x509(certificate, json));
}

fn dates(certificate: &Certificate, json: &mut Json<'_>) {
    let dates = [
        ("not_before", certificate.not_before),
        ("not_after", certificate.not_after),
    ];
    for (name, date) in dates {
        if let Some(date) = date {
            json.member(name, &date.text());
        }
    }
}

fn x509(certificate: &Certificate, json: &mut Json<'_>) {
    if certificate.version > 0 {
        json.member("version_number", &certificate.version.to_string());
    }
    if !certificate.serial.is_empty() {
        json.member("serial_number", &certificate.serial);
    }
    dates(certificate, json);
    for (key, name) in [
        ("subject", &certificate.subject),
        ("issuer", &certificate.issuer),
    ] {
        if let Some(name) = name {
            json.key(key).object(|json| parts(name, json));
        }
    }
    strings(
        "alternative_names",
        certificate.names.iter().map(Cow::from),
        json,
    );
    if let Some(key) = &certificate.key {
        json.member("public_key_algorithm", &key.algorithm);
        if let Some(bits) = key.bits {
            json.key("public_key_size").integer(bits);
        }
        if let Some(curve) = key.curve {
            json.member("public_key_curve", curve);
        }
    }
    if let Some(signature) = &certificate.signature {
        json.member("signature_algorithm", signature);
    }
}

fn parts(name: &Name, json: &mut Json<'_>) {
    strings("common_name", name.common_names.iter().map(Cow::from), json);
    strings(
        "organization",
        name.organizations.iter().map(Cow::from),
        json,
    );
    strings("country", name.countries.iter().map(Cow::from), json);
}

/// An array, unless it were empty.
fn strings<'a>(name: &str, values: impl Iterator<Item = Cow<'a, str>>, json: &mut Json<'_>) {
    let mut values = values.peekable();
    if values.peek().is_some() {
        json.key(name).array(|json| {
            for value in values {
                json.string(value.as_bytes());
            }
        });
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
