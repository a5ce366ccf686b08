//! The control connection: commands wait in order for their replies, replies arrange and finish transfers.

use std::collections::VecDeque;

use starwatch_stream::application::{Expected, Parser, Piece, Side, Sink};

use crate::line::Lines;
use crate::reply::{Replies, Reply, Said};

use super::command::Command;
use super::endpoint::{self, Endpoint};
use super::event::{self, Exchange};
use super::fault::Kind;
use super::transfer::{Data, Transfer};
use super::DATA;

/// Commands ahead of their replies; clients of FTP wait. Past it the oldest goes without its reply.
const MAX_AWAITED: usize = 256;
/// Longest user name kept.
const MAX_USER: usize = 256;
/// Ports below are the system's: nobody receives files there (RFC 2577 3).
const SYSTEM_PORTS: u16 = 1024;
/// First byte of a TLS handshake record (RFC 8446 5.1).
const TLS_HANDSHAKE: u8 = 22;

#[derive(Default)]
pub struct Session {
    client: Lines,
    server: Lines,
    replies: Replies,
    awaited: VecDeque<Exchange>,
    user: Option<Vec<u8>>,
    /// What the next transfer command will be about: arranged and not used yet.
    arranged: Option<Transfer>,
    /// The transfer that is going on.
    current: Option<Transfer>,
    offset: u64,
    missing: [u64; 2],
    /// Commands that waited when replies were lost.
    uncertain: usize,
    handed_over: bool,
}

struct Now<'a> {
    piece: &'a Piece<'a>,
    sink: &'a mut dyn Sink,
}

impl Now<'_> {
    fn fault(&mut self, kind: Kind, detail: &str) {
        self.sink.anomaly(self.piece, kind.name(), detail);
    }
}

impl Parser for Session {
    fn data(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        let mut now = Now { piece, sink };
        self.recover(piece.side, &mut now);
        match piece.side {
            Side::Client => self.client(piece.bytes, &mut now),
            Side::Server => self.server(piece.bytes, &mut now),
        }
    }

    fn gap(&mut self, side: Side, missing: u64) {
        let lost = &mut self.missing[side as usize];
        *lost = lost.saturating_add(missing);
        if side == Side::Server {
            self.uncertain = self.awaited.len();
        }
    }

    fn end(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        let mut now = Now { piece, sink };
        if self.client.endless() || self.server.endless() {
            now.fault(Kind::LineTooLong, "without an end");
        }
        self.flush(&mut now);
    }

    fn held(&self) -> usize {
        let awaited: usize = self.awaited.iter().map(Exchange::held).sum();
        self.client.held() + self.server.held() + self.replies.held() + awaited
    }
}

impl Session {
    /// Replies of a side were lost: which command a later one answers is not known any more.
    fn recover(&mut self, side: Side, now: &mut Now<'_>) {
        if std::mem::take(&mut self.missing[side as usize]) == 0 {
            return;
        }
        match side {
            Side::Client => self.client.gap(),
            Side::Server => {
                self.server.gap();
                self.replies.gap();
                let uncertain = std::mem::take(&mut self.uncertain).min(self.awaited.len());
                let lost: Vec<_> = self.awaited.drain(..uncertain).collect();
                lost.iter().for_each(|exchange| self.tell(exchange, now));
            }
        }
    }

    fn flush(&mut self, now: &mut Now<'_>) {
        for exchange in std::mem::take(&mut self.awaited) {
            self.tell(&exchange, now);
        }
    }

    fn tell(&self, exchange: &Exchange, now: &mut Now<'_>) {
        event::exchange(exchange, self.user.as_deref(), now.piece, now.sink);
    }

    fn client(&mut self, mut bytes: &[u8], now: &mut Now<'_>) {
        let waiting = self
            .awaited
            .back()
            .and_then(|exchange| exchange.command.as_ref());
        let securing = waiting.is_some_and(|command| command.is("AUTH"));
        if securing && bytes.first() == Some(&TLS_HANDSHAKE) {
            return self.hand_over(bytes, now);
        }
        while let Some(line) = self.client.next(&mut bytes) {
            if line.cut {
                now.fault(Kind::LineTooLong, "a command");
            }
            let command = Command::read(line.text, line.cut);
            if command.is("AUTH") && !bytes.is_empty() {
                now.fault(Kind::TlsInjection, "bytes behind AUTH");
            }
            self.command(command, now);
        }
    }

    fn command(&mut self, command: Command, now: &mut Now<'_>) {
        let argument = command.argument.as_deref().unwrap_or_default();
        let mut arranged = None;
        match &command.verb[..] {
            b"USER" => self.user = Some(argument[..argument.len().min(MAX_USER)].to_vec()),
            b"REST" => self.offset = number(argument).unwrap_or(0),
            b"PORT" => arranged = self.active(endpoint::six_numbers(argument), now),
            b"EPRT" => arranged = self.active(endpoint::extended_port(argument), now),
            _ if command.transfers() => self.begin(&command),
            _ => {}
        }
        if self.awaited.len() >= MAX_AWAITED {
            if let Some(oldest) = self.awaited.pop_front() {
                self.tell(&oldest, now);
            }
        }
        self.awaited.push_back(Exchange {
            command: Some(command),
            arranged,
            ..Exchange::default()
        });
    }

    /// The client will listen.
    fn active(
        &mut self,
        endpoint: Option<Endpoint>,
        now: &mut Now<'_>,
    ) -> Option<(Endpoint, bool)> {
        let Some(endpoint) = endpoint else {
            now.fault(Kind::BadAddress, "PORT or EPRT");
            return None;
        };
        let own = endpoint
            .address
            .is_none_or(|address| address == now.sink.address(Side::Client));
        if !own {
            now.fault(Kind::Bounce, "the address is not the client's");
        } else if endpoint.port < SYSTEM_PORTS {
            now.fault(Kind::Bounce, "a port below 1024");
        }
        self.expect(endpoint, Side::Client, now);
        Some((endpoint, false))
    }

    /// The server will listen.
    fn passive(
        &mut self,
        endpoint: Option<Endpoint>,
        now: &mut Now<'_>,
    ) -> Option<(Endpoint, bool)> {
        let Some(endpoint) = endpoint else {
            now.fault(Kind::BadAddress, "the reply to PASV or EPSV");
            return None;
        };
        let own = endpoint
            .address
            .is_none_or(|address| address == now.sink.address(Side::Server));
        if !own {
            now.fault(Kind::ForeignPassive, "the address is not the server's");
        }
        self.expect(endpoint, Side::Server, now);
        Some((endpoint, true))
    }

    fn expect(&mut self, endpoint: Endpoint, listener: Side, now: &mut Now<'_>) {
        let transfer = Transfer::default();
        {
            let mut about = transfer.about();
            about.passive = listener == Side::Server;
            about.user = self.user.clone();
        }
        self.arranged = Some(transfer.clone());
        now.sink.expect(Expected {
            listener,
            address: endpoint.address,
            port: endpoint.port,
            protocol: &DATA,
            parser: Box::new(Data::new(transfer)),
        });
    }

    /// A command that uses what was arranged. REST counts for it alone (RFC 3659 5).
    fn begin(&mut self, command: &Command) {
        let offset = std::mem::take(&mut self.offset);
        self.current = self.arranged.take();
        if let Some(transfer) = &self.current {
            let mut about = transfer.about();
            about.command = Some(command.clone());
            about.user = self.user.clone();
            about.offset = offset;
        }
    }

    fn server(&mut self, mut bytes: &[u8], now: &mut Now<'_>) {
        while let Some(line) = self.server.next(&mut bytes) {
            if line.cut {
                now.fault(Kind::LineTooLong, "a reply");
            }
            match self.replies.line(&line, true) {
                Said::More => {}
                Said::Malformed => now.fault(Kind::MalformedReply, "no reply code"),
                Said::Whole(reply) => self.reply(reply, bytes, now),
            }
            if self.handed_over {
                return;
            }
        }
    }

    fn reply(&mut self, reply: Reply, rest: &[u8], now: &mut Now<'_>) {
        // The greeting, when the sensor saw a command first: nothing is answered with 220 but REIN.
        let answers = |exchange: &Exchange| {
            exchange
                .command
                .as_ref()
                .is_some_and(|command| command.is("REIN"))
        };
        let greeting = reply.code == 220 && !self.awaited.front().is_some_and(answers);
        let mut exchange = match greeting {
            true => Exchange::default(),
            false => self.awaited.pop_front().unwrap_or_default(),
        };
        self.learn(&mut exchange, &reply, now);
        let secured = reply.code == 234;
        let preliminary = reply.is_preliminary();
        exchange.reply = Some(joined(exchange.reply.take(), reply));
        if preliminary && exchange.command.is_some() {
            self.awaited.push_front(exchange);
            return;
        }
        exchange.tls = secured;
        self.tell(&exchange, now);
        if secured {
            if !rest.is_empty() {
                now.fault(Kind::TlsInjection, "bytes behind the reply to AUTH");
            }
            self.hand_over(rest, now);
        }
    }

    /// What the reply says about data connections.
    fn learn(&mut self, exchange: &mut Exchange, reply: &Reply, now: &mut Now<'_>) {
        let Some(command) = &exchange.command else {
            return;
        };
        let last = reply.lines.last().map_or(&[][..], |line| &line[..]);
        match (&command.verb[..], reply.code) {
            (b"PASV", 227) => exchange.arranged = self.passive(endpoint::six_numbers(last), now),
            (b"EPSV", 229) => {
                exchange.arranged = self.passive(endpoint::extended_passive(last), now)
            }
            _ if command.transfers() => self.progress(reply, last),
            _ => {}
        }
    }

    fn progress(&mut self, reply: &Reply, last: &[u8]) {
        let Some(transfer) = &self.current else {
            return;
        };
        let mut about = transfer.about();
        let stores_unique = about
            .command
            .as_ref()
            .is_some_and(|command| command.is("STOU"));
        match reply.code {
            100..200 => {
                about.announced = size(last);
                about.named = stores_unique.then(|| unique_name(last)).flatten();
            }
            200..300 => about.finished = true,
            _ => {}
        }
    }

    fn hand_over(&mut self, rest: &[u8], now: &mut Now<'_>) {
        self.flush(now);
        self.handed_over = true;
        now.sink.handover(rest);
    }
}

/// Preliminary and final reply together.
fn joined(earlier: Option<Reply>, reply: Reply) -> Reply {
    let Some(mut whole) = earlier else {
        return reply;
    };
    whole.code = reply.code;
    whole.truncated |= reply.truncated;
    reply.lines.iter().for_each(|line| whole.push(line, false));
    whole
}

fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text.trim_ascii()).ok()?.parse().ok()
}

/// `… (39424 bytes)`: servers announce the size of what they send.
fn size(text: &[u8]) -> Option<u64> {
    let end = memchr::memmem::rfind(text, b" bytes")?;
    let start = memchr::memrchr(b'(', &text[..end])?;
    number(&text[start + 1..end])
}

/// `150 FILE: name` (RFC 1123 4.1.2.9).
fn unique_name(text: &[u8]) -> Option<Vec<u8>> {
    let at = memchr::memmem::find(text, b"FILE: ")?;
    Some(text[at + b"FILE: ".len()..].trim_ascii().to_vec())
}
