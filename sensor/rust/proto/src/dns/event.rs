//! A message to its event: `dns.*` of the catalogue, and an anomaly for each kind of fault.

use starwatch_stream::application::{Header as EventHeader, Piece, Sink};
use starwatch_stream::json::Json;

use super::edns::Edns;
use super::message::{flag, Header, Message, Question, Record, Section, HEADER_BYTES};
use super::{codes, rdata, types};
use crate::domain;

/// Host names one event lists as related; answers rarely name more than a dozen.
const MAX_HOSTS: usize = 64;

/// The catalogue's order of `dns.header_flags`.
const FLAGS: [(u16, &str); 7] = [
    (flag::AUTHORITATIVE, "AA"),
    (flag::TRUNCATED, "TC"),
    (flag::RECURSION_DESIRED, "RD"),
    (flag::RECURSION_AVAILABLE, "RA"),
    (flag::AUTHENTIC, "AD"),
    (flag::CHECKING_DISABLED, "CD"),
    (flag::RESERVED, "Z"),
];

/// Speak of a message. Too short for a header: only the anomaly, there is nothing to tell.
pub fn emit(message: &Message, piece: &Piece<'_>, sink: &mut dyn Sink) {
    for fault in &message.faults {
        let detail = format!("{} at byte {} of {}", fault.what, fault.at, message.length);
        sink.anomaly(piece, fault.kind.name(), &detail);
    }
    if message.length >= HEADER_BYTES {
        emit_event(message, piece, sink);
    }
}

fn emit_event(message: &Message, piece: &Piece<'_>, sink: &mut dyn Sink) {
    let hosts = hosts(message);
    let addresses = addresses(message);
    let header = EventHeader {
        dataset: "dns",
        categories: &["network"],
        types: &["connection", "protocol"],
        outcome: outcome(message),
        domain: None,
        hosts: &hosts,
        addresses: &addresses,
    };
    sink.event(piece, &header, &mut |json| {
        json.key("dns")
            .object(|json| body(message, &addresses, json));
    });
}

fn outcome(message: &Message) -> Option<&'static str> {
    match (message.header.is_answer(), message.rcode()) {
        (false, _) => None,
        (true, 0) => Some("success"),
        (true, _) => Some("failure"),
    }
}

/// The name asked for, and every owner and host the records speak of; each once, never the root.
fn hosts(message: &Message) -> Vec<&[u8]> {
    let asked = message.question.iter().map(|question| question.name);
    let owners = message.records.iter().map(|record| record.name);
    let names = asked.chain(owners).map(|span| message.text(span));
    let targets = message
        .records
        .iter()
        .filter_map(|record| target(message, record));
    let mut hosts = Vec::new();
    for host in names.chain(targets) {
        if hosts.len() < MAX_HOSTS && host != b"." && !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}

/// The host a record leads to: the last word of its data, unless that was not readable as its type.
fn target<'a>(message: &'a Message, record: &Record) -> Option<&'a [u8]> {
    let data = message.text(record.data);
    let named = types::ends_in_name(record.kind) && !data.starts_with(rdata::UNKNOWN);
    data.rsplit(|&byte| byte == b' ')
        .next()
        .filter(|host| named && !host.is_empty())
}

/// The addresses of the answers that are well formed.
fn addresses(message: &Message) -> Vec<&str> {
    message
        .section(Section::Answer)
        .filter(|record| matches!(record.kind, types::A | types::AAAA))
        .filter_map(|record| std::str::from_utf8(message.text(record.data)).ok())
        .filter(|address| address.parse::<std::net::IpAddr>().is_ok())
        .collect()
}

fn body(message: &Message, addresses: &[&str], json: &mut Json<'_>) {
    header(message, json);
    if let Some(question) = &message.question {
        json.key("question")
            .object(|json| self::question(message, question, json));
    }
    counts(&message.header, json);
    section(message, Section::Answer, "answers", json);
    section(message, Section::Authority, "authorities", json);
    section(message, Section::Additional, "additionals", json);
    if !addresses.is_empty() {
        json.key("resolved_ip")
            .array(|json| strings(addresses, json));
    }
    if let Some(edns) = &message.edns {
        json.key("edns").object(|json| self::edns(edns, json));
    }
}

fn header(message: &Message, json: &mut Json<'_>) {
    let header = &message.header;
    json.member("id", &header.id.to_string());
    json.member(
        "type",
        if header.is_answer() {
            "answer"
        } else {
            "query"
        },
    );
    json.member("op_code", &codes::opcode(header.opcode()));
    json.key("flags").integer(header.flags);
    json.key("header_flags").array(|json| {
        for (_, name) in FLAGS.iter().filter(|(flag, _)| header.has(*flag)) {
            json.string(name.as_bytes());
        }
    });
    if header.is_answer() {
        json.member("response_code", &codes::rcode(message.rcode()));
    }
}

fn question(message: &Message, question: &Question, json: &mut Json<'_>) {
    let name = message.text(question.name);
    json.key("name").string(name);
    json.member("type", &types::name(question.kind));
    json.member("class", &codes::class(question.class));
    json.key("length").integer(question.shape.length as u64);
    json.key("longest_label")
        .integer(question.shape.longest as u64);
    json.key("labels").integer(question.shape.labels as u64);
    if let Some(parts) = domain::split(name) {
        optional("registered_domain", parts.registered, json);
        optional("subdomain", parts.subdomain, json);
        optional("top_level_domain", Some(parts.top_level), json);
    }
}

fn counts(header: &Header, json: &mut Json<'_>) {
    let [answers, authorities, additionals] = header.records;
    json.key("questions_count").integer(header.questions);
    json.key("answers_count").integer(answers);
    json.key("authorities_count").integer(authorities);
    json.key("additionals_count").integer(additionals);
}

fn section(message: &Message, section: Section, name: &str, json: &mut Json<'_>) {
    let mut records = message.section(section).peekable();
    if records.peek().is_some() {
        json.key(name).array(|json| {
            for record in records {
                json.object(|json| self::record(message, record, json));
            }
        });
    }
}

fn record(message: &Message, record: &Record, json: &mut Json<'_>) {
    json.key("name").string(message.text(record.name));
    json.member("type", &types::name(record.kind));
    json.member("class", &codes::class(record.class));
    json.key("ttl").integer(record.ttl);
    json.key("data").string(message.text(record.data));
}

fn edns(edns: &Edns, json: &mut Json<'_>) {
    json.key("version").integer(edns.version);
    json.key("udp_size").integer(edns.udp_size);
    json.key("dnssec_ok").boolean(edns.dnssec_ok);
    if !edns.options.is_empty() {
        json.key("options")
            .array(|json| strings(&edns.options, json));
    }
    let subnet = edns.client_subnet.as_deref();
    optional("client_subnet", subnet.map(str::as_bytes), json);
}

fn strings(values: &[impl AsRef<str>], json: &mut Json<'_>) {
    for value in values {
        json.string(value.as_ref().as_bytes());
    }
}

fn optional(name: &str, value: Option<&[u8]>, json: &mut Json<'_>) {
    if let Some(value) = value {
        json.key(name).string(value);
    }
}
