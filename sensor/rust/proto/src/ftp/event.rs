//! Commands and data connections to events: `ftp.*` of the catalogue.

use std::net::IpAddr;

use starwatch_stream::application::{Header, Piece, Sink};
use starwatch_stream::json::Json;
use starwatch_wire::ip::Address;

use crate::reply::Reply;

use super::command::Command;
use super::endpoint::Endpoint;
use super::transfer::About;

/// A command with what came of it.
#[derive(Debug, Default)]
pub struct Exchange {
    pub command: Option<Command>,
    /// Preliminary replies and the final one; the code is the last's.
    pub reply: Option<Reply>,
    /// What it arranged, and whether passively.
    pub arranged: Option<(Endpoint, bool)>,
    pub tls: bool,
}

impl Exchange {
    pub fn held(&self) -> usize {
        std::mem::size_of::<Self>()
            + self.command.as_ref().map_or(0, Command::held)
            + self.reply.as_ref().map_or(0, Reply::held)
    }

    fn outcome(&self) -> Option<&'static str> {
        match self.reply.as_ref()?.code {
            400.. => Some("failure"),
            200.. => Some("success"),
            _ => None,
        }
    }
}

pub fn exchange(exchange: &Exchange, user: Option<&[u8]>, piece: &Piece<'_>, sink: &mut dyn Sink) {
    let address = exchange
        .arranged
        .and_then(|(endpoint, _)| endpoint.address)
        .map(text);
    let addresses: Vec<&str> = address.iter().map(String::as_str).collect();
    let header = Header {
        dataset: "ftp",
        categories: &["network"],
        types: &["connection", "protocol"],
        outcome: exchange.outcome(),
        addresses: &addresses,
        ..Header::default()
    };
    sink.event(piece, &header, &mut |json| {
        json.key("ftp").object(|json| {
            command(exchange.command.as_ref(), json);
            reply(exchange.reply.as_ref(), json);
            bytes("user", user, json);
            arranged(exchange.arranged, address.as_deref(), json);
            if exchange.tls {
                json.key("tls").boolean(true);
            }
        });
        named(user, json);
    });
}

/// IPv4 addresses come mapped into IPv6.
fn text(address: Address) -> String {
    IpAddr::from(address).to_canonical().to_string()
}

fn command(command: Option<&Command>, json: &mut Json<'_>) {
    let Some(command) = command else { return };
    json.key("command").string(&command.verb);
    bytes("argument", command.argument.as_deref(), json);
    if command.cut {
        json.key("argument_truncated").boolean(true);
    }
}

fn reply(reply: Option<&Reply>, json: &mut Json<'_>) {
    let Some(reply) = reply else { return };
    if reply.code >= 200 {
        json.key("reply_code").integer(reply.code);
    }
    json.key("reply")
        .array(|json| reply.lines.iter().for_each(|line| json.string(line)));
    if reply.truncated {
        json.key("reply_truncated").boolean(true);
    }
}

fn arranged(arranged: Option<(Endpoint, bool)>, address: Option<&str>, json: &mut Json<'_>) {
    let Some((endpoint, passive)) = arranged else {
        return;
    };
    json.member("mode", mode(passive));
    json.key("data").object(|json| {
        bytes("ip", address.map(str::as_bytes), json);
        json.key("port").integer(endpoint.port);
    });
}

fn mode(passive: bool) -> &'static str {
    if passive {
        "passive"
    } else {
        "active"
    }
}

/// The event of a data connection, at its end.
pub fn data(about: &About, seen: u64, missing: u64, piece: &Piece<'_>, sink: &mut dyn Sink) {
    let header = Header {
        dataset: "ftp",
        categories: &["network", "file"],
        types: &["connection", "protocol"],
        outcome: about.finished.then_some("success"),
        ..Header::default()
    };
    let file = about.command.as_ref().is_some_and(Command::moves_file);
    sink.event(piece, &header, &mut |json| {
        json.key("ftp").object(|json| {
            json.key("data_channel").boolean(true);
            command(about.command.as_ref(), json);
            bytes("user", about.user.as_deref(), json);
            json.member("mode", mode(about.passive));
            json.key("data").object(|json| {
                json.key("bytes").integer(seen);
                if missing > 0 {
                    json.key("missing_bytes").integer(missing);
                }
            });
        });
        if file {
            json.key("file")
                .object(|json| json.key("name").string(about.name()));
        }
        named(about.user.as_deref(), json);
    });
}

/// What the event of a file says about its transfer.
pub fn file_context(about: &About, json: &mut Json<'_>) {
    json.key("ftp").object(|json| {
        bytes(
            "command",
            about.command.as_ref().map(|command| &command.verb[..]),
            json,
        );
        bytes("user", about.user.as_deref(), json);
    });
}

fn named(user: Option<&[u8]>, json: &mut Json<'_>) {
    if let Some(user) = user {
        json.key("user")
            .object(|json| json.key("name").string(user));
    }
}

fn bytes(name: &str, value: Option<&[u8]>, json: &mut Json<'_>) {
    if let Some(value) = value {
        json.key(name).string(value);
    }
}
