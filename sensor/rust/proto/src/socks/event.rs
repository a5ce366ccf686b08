//! A connection to its event: `socks.*` of the catalogue.

use std::borrow::Cow;

use starwatch_stream::application::{Header, Piece, Sink};
use starwatch_stream::json::Json;

use super::dialogue::Facts;
use super::message::{Host, Target, VERSION_4};

const COMMANDS: [&str; 4] = ["", "connect", "bind", "udp_associate"];

const METHODS: [&str; 3] = ["none", "gssapi", "username_password"];
const NO_ACCEPTABLE: u8 = 0xff;

/// RFC 1928 6.
const REPLIES: [&str; 9] = [
    "succeeded",
    "general_failure",
    "not_allowed",
    "network_unreachable",
    "host_unreachable",
    "connection_refused",
    "ttl_expired",
    "command_not_supported",
    "address_type_not_supported",
];

/// SOCKS 4 counts from 90.
const FIRST_REPLY_4: u8 = 90;
const REPLIES_4: [&str; 4] = ["succeeded", "rejected", "no_identd", "identd_differs"];

/// The reply that grants a request.
pub fn granted(version: u8) -> u8 {
    match version {
        VERSION_4 => FIRST_REPLY_4,
        _ => 0,
    }
}

pub fn emit(facts: &Facts, piece: &Piece<'_>, sink: &mut dyn Sink) {
    let target = facts.request.as_ref().map(|request| &request.target.host);
    let (mut hosts, mut addresses) = (Vec::new(), Vec::new());
    match target {
        Some(Host::Domain(name)) => hosts.push(&name[..]),
        Some(Host::Address(address)) => addresses.push(&address[..]),
        None => {}
    }
    let header = Header {
        dataset: "socks",
        categories: &["network"],
        types: &["connection", "protocol"],
        outcome: outcome(facts),
        domain: None,
        hosts: &hosts,
        addresses: &addresses,
    };
    sink.event(piece, &header, &mut |json| body(facts, json));
}

fn outcome(facts: &Facts) -> Option<&'static str> {
    match (facts.succeeded(), facts.failed()) {
        (true, _) => Some("success"),
        (_, true) => Some("failure"),
        _ => None,
    }
}

fn body(facts: &Facts, json: &mut Json<'_>) {
    json.key("socks").object(|json| {
        json.key("version").integer(facts.version);
        if let Some(method) = facts.method {
            json.member("authentication", &authentication(method));
        }
        if let Some(request) = &facts.request {
            json.member("command", &named(&COMMANDS, request.command));
            json.key("target")
                .object(|json| place(&request.target, json));
        }
        if let Some(reply) = &facts.reply {
            json.member("reply", &self::reply(facts.version, reply.code));
            json.key("bound").object(|json| place(&reply.bound, json));
        }
    });
    if let Some(user) = &facts.user {
        json.key("user")
            .object(|json| json.key("name").string(user));
    }
}

fn place(target: &Target, json: &mut Json<'_>) {
    match &target.host {
        Host::Address(address) => json.member("ip", address),
        Host::Domain(name) => json.key("domain").string(name),
    }
    json.key("port").integer(target.port);
}

fn authentication(method: u8) -> Cow<'static, str> {
    match method {
        NO_ACCEPTABLE => "no_acceptable".into(),
        method => named(&METHODS, method),
    }
}

fn reply(version: u8, code: u8) -> Cow<'static, str> {
    match (version, code.checked_sub(FIRST_REPLY_4)) {
        (VERSION_4, Some(at)) if usize::from(at) < REPLIES_4.len() => named(&REPLIES_4, at),
        (VERSION_4, _) => code.to_string().into(),
        _ => named(&REPLIES, code),
    }
}

fn named(names: &'static [&'static str], code: u8) -> Cow<'static, str> {
    match names.get(usize::from(code)) {
        Some(name) if !name.is_empty() => (*name).into(),
        _ => code.to_string().into(),
    }
}
