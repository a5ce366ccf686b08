//! Both sides of a connection: what the client commands, what the server answers, in whose order.
//!
//! A command has its effect when its reply comes, so that what the server refused never happened. Where replies are not
//! seen (one direction captured, a gap) it has it when the client goes on to the message, or at the end.

use std::collections::VecDeque;

use starwatch_stream::application::{Parser, Piece, Side, Sink};

use crate::line::{Line, Lines};
use crate::reply::{Replies, Reply, Said};

use super::auth::Auth;
use super::command::Command;
use super::content::{self, Content};
use super::event::{self, Scene};
use super::fault::Kind;
use super::letter::{Desk, Envelope, Letter};
use super::transaction::Transaction;

/// Commands ahead of their replies. Past it no replies are coming: only one direction was captured.
const MAX_AWAITED: usize = 1000;
/// First byte of a TLS handshake record (RFC 8446 5.1).
const TLS_HANDSHAKE: u8 = 22;

/// What the client's next bytes are.
#[derive(Debug, Default)]
enum Mode {
    #[default]
    Commands,
    /// Responses of AUTH.
    Auth,
    /// Behind DATA: the message, unless the server refuses.
    Announced {
        lenient: bool,
    },
    Content(Content),
    Chunk {
        left: u64,
        last: bool,
    },
}

/// What a reply is due to.
#[derive(Debug)]
enum Awaited {
    Command(Command),
    /// A command whose effect was not waited for.
    Done(Command),
    Chunk,
    Message(Box<Transaction>),
}

impl Awaited {
    fn command(&self) -> Option<&Command> {
        match self {
            Awaited::Command(command) | Awaited::Done(command) => Some(command),
            _ => None,
        }
    }
}

#[derive(Default)]
pub struct Session {
    client: Lines,
    server: Lines,
    replies: Replies,
    mode: Mode,
    awaited: VecDeque<Awaited>,
    /// The server has spoken; the first line of its greeting.
    heard: bool,
    greeting: Option<Vec<u8>>,
    helo: Option<Vec<u8>>,
    /// Whether PIPELINING was offered, once a greeting was answered.
    pipelining: Option<bool>,
    tls: bool,
    auth: Option<Auth>,
    current: Transaction,
    letter: Option<Letter>,
    told: u64,
    /// Bytes lost since each side's last ones.
    missing: [u64; 2],
    handed_over: bool,
}

/// The moment and the way out.
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
        self.recover(Side::Client, &mut now);
        self.recover(Side::Server, &mut now);
        match piece.side {
            Side::Client => self.client(piece.bytes, &mut now),
            Side::Server => self.server(piece.bytes, &mut now),
        }
    }

    fn gap(&mut self, side: Side, missing: u64) {
        let lost = &mut self.missing[side as usize];
        *lost = lost.saturating_add(missing);
    }

    fn end(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        if !self.handed_over {
            let mut now = Now { piece, sink };
            self.recover(Side::Client, &mut now);
            if self.client.endless() || self.server.endless() {
                now.fault(Kind::LineTooLong, "without an end");
            }
            self.close(&mut now);
        }
    }

    fn held(&self) -> usize {
        let awaited: usize = self.awaited.iter().map(held).sum();
        let lines = self.client.held() + self.server.held() + self.replies.held();
        lines + awaited + self.current.held() + self.letter.as_ref().map_or(0, Letter::held)
    }
}

fn held(awaited: &Awaited) -> usize {
    let inner = match awaited {
        Awaited::Message(transaction) => std::mem::size_of::<Transaction>() + transaction.held(),
        Awaited::Command(Command::Mail(path) | Command::Recipient(path) | Command::Hello(path)) => {
            path.capacity()
        }
        _ => 0,
    };
    inner + std::mem::size_of::<Awaited>()
}

// The client's side.
impl Session {
    fn client(&mut self, mut bytes: &[u8], now: &mut Now<'_>) {
        let starting = self.awaits(|command| *command == Command::StartTls);
        if starting && bytes.first() == Some(&TLS_HANDSHAKE) {
            return self.hand_over(bytes, now);
        }
        while !bytes.is_empty() && !self.handed_over {
            match &mut self.mode {
                Mode::Commands | Mode::Auth => self.line(&mut bytes, now),
                Mode::Announced { lenient } => {
                    let lenient = *lenient;
                    self.ahead(now);
                    self.begin_content(lenient);
                }
                Mode::Content(_) => self.content(&mut bytes, now),
                Mode::Chunk { .. } => self.chunk(&mut bytes, now),
            }
        }
    }

    /// Bytes behind DATA before its reply: a message all the same if the server does not refuse.
    fn ahead(&mut self, now: &mut Now<'_>) {
        if self.heard && self.awaits(|command| *command == Command::Data) {
            now.fault(Kind::Pipelining, "content ahead of the reply to DATA");
        }
    }

    fn awaits(&self, wanted: impl Fn(&Command) -> bool) -> bool {
        self.awaited
            .back()
            .and_then(Awaited::command)
            .is_some_and(wanted)
    }

    fn line(&mut self, bytes: &mut &[u8], now: &mut Now<'_>) {
        let Some(line) = self.client.next(bytes) else {
            return;
        };
        if line.cut {
            now.fault(Kind::LineTooLong, "a command");
        }
        if matches!(self.mode, Mode::Auth) {
            if let Some(auth) = &mut self.auth {
                auth.response(line.text);
            }
            return;
        }
        let (command, bare) = (Command::read(line.text), line.bare);
        self.judge_order(&command, now);
        if command == Command::StartTls && !bytes.is_empty() {
            now.fault(Kind::StartTlsInjection, "bytes behind STARTTLS");
        }
        self.command(command, bare, now);
    }

    /// Whether the command may be sent before the replies that are due.
    fn judge_order(&self, command: &Command, now: &mut Now<'_>) {
        let Some(last) = self.awaited.back().filter(|_| self.heard) else {
            return;
        };
        if last.command() == Some(&Command::StartTls) {
            now.fault(Kind::StartTlsInjection, "a command behind STARTTLS");
        } else if last.command().is_some_and(Command::must_be_last) {
            now.fault(
                Kind::Pipelining,
                "behind a command that must be the last of its group",
            );
        } else if self.pipelining == Some(false) && *command != Command::Quit {
            now.fault(Kind::Pipelining, "PIPELINING was not offered");
        }
    }

    fn command(&mut self, command: Command, lenient: bool, now: &mut Now<'_>) {
        if self.awaited.len() >= MAX_AWAITED {
            self.give_up_replies(now);
        }
        match &command {
            Command::Data => self.mode = Mode::Announced { lenient },
            Command::Chunk(size, last) => {
                self.mode = Mode::Chunk {
                    left: *size,
                    last: *last,
                };
                self.begin_letter(now);
                self.chunk(&mut &[][..], now);
                return;
            }
            Command::BadChunk => now.fault(Kind::BadBdat, "no usable chunk size"),
            Command::Auth(mechanism, initial) => self.authenticate(mechanism, initial.as_deref()),
            _ => {}
        }
        self.awaited.push_back(Awaited::Command(command));
    }

    fn authenticate(&mut self, mechanism: &[u8], initial: Option<&[u8]>) {
        let mut auth = Auth::new(mechanism);
        if let Some(initial) = initial {
            auth.response(initial);
        }
        self.auth = Some(auth);
        self.mode = Mode::Auth;
    }

    fn begin_content(&mut self, lenient: bool) {
        self.mode = Mode::Content(Content::new(lenient));
    }

    /// A message begins: commands before it have their effect now, whatever their replies will be.
    fn begin_letter(&mut self, now: &mut Now<'_>) {
        if self.letter.is_none() {
            self.apply_all(now);
            self.letter = Some(Letter::new());
        }
    }

    fn content(&mut self, bytes: &mut &[u8], now: &mut Now<'_>) {
        self.begin_letter(now);
        let Mode::Content(content) = &mut self.mode else {
            return;
        };
        let Some(letter) = &mut self.letter else {
            return;
        };
        let mut scribe = Scribe {
            letter,
            desk: desk(&self.helo, &self.current, now),
        };
        if content.feed(bytes, &mut scribe) {
            self.finish_letter(true, now);
        }
    }

    fn chunk(&mut self, bytes: &mut &[u8], now: &mut Now<'_>) {
        let Mode::Chunk { left, last } = &mut self.mode else {
            return;
        };
        let length = usize::try_from(*left)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        let (chunk, rest) = bytes.split_at(length);
        *bytes = rest;
        *left -= length as u64;
        let (over, last) = (*left == 0, *last);
        if let Some(letter) = &mut self.letter {
            letter.feed(chunk, &mut desk(&self.helo, &self.current, now));
        }
        match (over, last) {
            (true, true) => self.finish_letter(true, now),
            (true, false) => {
                self.mode = Mode::Commands;
                self.awaited.push_back(Awaited::Chunk);
            }
            (false, _) => {}
        }
    }

    /// The message is over; its transaction waits for the reply.
    fn finish_letter(&mut self, complete: bool, now: &mut Now<'_>) {
        let dotted = !matches!(self.mode, Mode::Chunk { .. });
        self.mode = Mode::Commands;
        let Some(letter) = self.letter.take() else {
            return;
        };
        let page = letter.end(complete, dotted, &mut desk(&self.helo, &self.current, now));
        self.current.page = Some(page);
        let transaction = std::mem::take(&mut self.current);
        self.awaited
            .push_back(Awaited::Message(Box::new(transaction)));
    }
}

/// Feeds what a message's content is to its letter.
struct Scribe<'a, 'd> {
    letter: &'a mut Letter,
    desk: Desk<'d>,
}

impl content::Receiver for Scribe<'_, '_> {
    fn bytes(&mut self, bytes: &[u8]) {
        self.letter.feed(bytes, &mut self.desk);
    }

    fn smuggling(&mut self) {
        let detail = "a dot alone between line ends that are not both CRLF";
        self.desk
            .sink
            .anomaly(self.desk.piece, Kind::Smuggling.name(), detail);
    }
}

fn desk<'a>(helo: &'a Option<Vec<u8>>, current: &'a Transaction, now: &'a mut Now<'_>) -> Desk<'a> {
    Desk {
        piece: now.piece,
        sink: &mut *now.sink,
        envelope: Envelope {
            helo: helo.as_deref(),
            mail_from: current.mail_from.as_deref(),
            rcpt_to: &current.rcpt_to,
        },
    }
}

// The server's side.
impl Session {
    fn server(&mut self, mut bytes: &[u8], now: &mut Now<'_>) {
        while let Some(line) = self.server.next(&mut bytes) {
            let said = said(&mut self.replies, &line, now);
            self.heard = true;
            if let Said::Whole(reply) = said {
                self.reply(&reply, bytes, now);
            }
            if self.handed_over {
                return;
            }
        }
    }

    /// `rest`: the server's bytes behind the reply.
    fn reply(&mut self, reply: &Reply, rest: &[u8], now: &mut Now<'_>) {
        if self.greets(reply) {
            self.greeting = reply.lines.first().cloned();
            return;
        }
        match self.awaited.pop_front() {
            Some(Awaited::Command(command)) => self.replied(command, reply, rest, now),
            Some(Awaited::Done(command)) => self.replied_late(&command, reply),
            Some(Awaited::Chunk) => self.note(reply, false),
            Some(Awaited::Message(mut transaction)) => {
                transaction.replied(reply.code, text(reply), true);
                self.tell(&transaction, now);
            }
            None => self.unasked(reply, now),
        }
    }

    /// Whether the reply is the greeting: nothing was asked yet, or it came late to the sensor.
    fn greets(&self, reply: &Reply) -> bool {
        let fresh = self.greeting.is_none() && self.helo.is_none() && self.told == 0;
        let greeting = matches!(reply.code, 220 | 421 | 554);
        fresh && greeting && !self.awaits(|command| *command == Command::StartTls)
    }

    fn note(&mut self, reply: &Reply, last: bool) {
        self.current.replied(reply.code, text(reply), last);
    }

    fn replied(&mut self, command: Command, reply: &Reply, rest: &[u8], now: &mut Now<'_>) {
        self.note(reply, false);
        match &command {
            Command::Data => self.data_answered(reply),
            Command::StartTls if reply.code == 220 => return self.start_tls(rest, now),
            Command::Auth(..) => return self.auth_answered(command, reply),
            _ => {}
        }
        let refused = reply.is_refusal();
        if let Command::Hello(_) = command {
            self.offered(reply);
        }
        self.apply(command, Some(refused), now);
    }

    fn data_answered(&mut self, reply: &Reply) {
        match (reply.is_refusal(), &self.mode) {
            (false, Mode::Announced { lenient }) => {
                let lenient = *lenient;
                self.begin_content(lenient);
            }
            (true, Mode::Announced { .. }) => {
                self.mode = Mode::Commands;
                self.current.over = true;
            }
            _ => {}
        }
    }

    fn auth_answered(&mut self, command: Command, reply: &Reply) {
        if (300..400).contains(&reply.code) {
            self.awaited.push_front(Awaited::Command(command));
            return;
        }
        if let Some(auth) = &mut self.auth {
            auth.reply_code = Some(reply.code);
        }
        if matches!(self.mode, Mode::Auth) {
            self.mode = Mode::Commands;
        }
    }

    fn offered(&mut self, reply: &Reply) {
        let offers = |line: &Vec<u8>| line.trim_ascii().eq_ignore_ascii_case(b"PIPELINING");
        if !reply.is_refusal() {
            self.pipelining = Some(reply.lines.iter().skip(1).any(offers));
        }
    }

    /// The effect came first: the reply only says how it went.
    fn replied_late(&mut self, command: &Command, reply: &Reply) {
        self.note(reply, false);
        match command {
            Command::Recipient(_) if reply.is_refusal() => self.current.refused += 1,
            Command::Hello(_) => self.offered(reply),
            // What was taken for the message were commands.
            Command::Data if reply.is_refusal() => self.current.over = true,
            _ => {}
        }
    }

    /// A reply to nothing: the end of a message that was lost in a gap, or that only the server saw.
    fn unasked(&mut self, reply: &Reply, now: &mut Now<'_>) {
        self.note(reply, false);
        if let Mode::Auth = self.mode {
            self.mode = Mode::Commands;
        }
        let gapped = self.letter.as_ref().is_some_and(Letter::gapped);
        if self.letter.is_some() && (gapped || reply.is_positive()) {
            self.finish_letter(!gapped, now);
            self.reply(reply, &[], now);
        }
    }

    fn start_tls(&mut self, rest: &[u8], now: &mut Now<'_>) {
        if !rest.is_empty() {
            now.fault(
                Kind::StartTlsInjection,
                "bytes behind the reply to STARTTLS",
            );
        }
        self.hand_over(rest, now);
    }

    fn hand_over(&mut self, rest: &[u8], now: &mut Now<'_>) {
        self.tls = true;
        self.close(now);
        self.handed_over = true;
        now.sink.handover(rest);
    }
}

fn said(replies: &mut Replies, line: &Line<'_>, now: &mut Now<'_>) -> Said {
    if line.cut {
        now.fault(Kind::LineTooLong, "a reply");
    }
    let said = replies.line(line, false);
    if said == Said::Malformed {
        now.fault(
            Kind::MalformedReply,
            "no reply code, or another than before",
        );
    }
    said
}

fn text(reply: &Reply) -> &[u8] {
    reply.lines.last().map_or(&[], |line| &line[..])
}

// What commands do.
impl Session {
    /// `refused`: None when the reply is not known.
    fn apply(&mut self, command: Command, refused: Option<bool>, now: &mut Now<'_>) {
        let refused_known = refused == Some(true);
        match command {
            Command::Hello(name) => {
                if !refused_known || self.helo.is_none() {
                    self.helo = Some(name);
                }
                if !refused_known {
                    self.abandon(now);
                }
            }
            Command::Mail(path) => self.mail(path, refused, now),
            Command::Recipient(path) => {
                self.current.recipient(path);
                self.current.refused += u64::from(refused_known);
            }
            Command::Reset if !refused_known => self.abandon(now),
            _ => {}
        }
    }

    /// A second MAIL in a transaction is refused by servers (503) and then changes nothing.
    fn mail(&mut self, path: Vec<u8>, refused: Option<bool>, now: &mut Now<'_>) {
        let nested = self.current.mail_from.is_some() && !self.current.over;
        if nested && refused == Some(true) {
            return;
        }
        if self.current.begun() {
            let reply = self.current.reply.take().filter(|_| refused.is_some());
            self.abandon(now);
            self.current.reply = reply;
        }
        self.current.mail_from = Some(path);
        self.current.over = refused == Some(true);
    }

    /// The transaction ends without a message.
    fn abandon(&mut self, now: &mut Now<'_>) {
        let transaction = std::mem::take(&mut self.current);
        if transaction.begun() {
            self.tell(&transaction, now);
        } else {
            self.current.reply = transaction.reply;
        }
    }

    fn apply_all(&mut self, now: &mut Now<'_>) {
        for at in 0..self.awaited.len() {
            let Some(Awaited::Command(command)) = self.awaited.get(at) else {
                continue;
            };
            let command = command.clone();
            self.awaited[at] = Awaited::Done(command.clone());
            self.apply(command, None, now);
        }
    }

    /// No replies to what waits will come.
    fn give_up_replies(&mut self, now: &mut Now<'_>) {
        for awaited in std::mem::take(&mut self.awaited) {
            match awaited {
                Awaited::Command(command) => self.apply(command, None, now),
                Awaited::Message(transaction) => self.tell(&transaction, now),
                Awaited::Done(_) | Awaited::Chunk => {}
            }
        }
    }

    fn tell(&mut self, transaction: &Transaction, now: &mut Now<'_>) {
        let scene = Scene {
            number: self.told,
            greeting: self.greeting.as_deref(),
            helo: self.helo.as_deref(),
            tls: self.tls,
            auth: self.auth.as_ref(),
        };
        event::emit(&scene, transaction, now.piece, now.sink);
        self.told += 1;
    }

    /// Say what is still half said; a session without mail is an event too.
    fn close(&mut self, now: &mut Now<'_>) {
        if self.letter.is_some() {
            self.finish_letter(false, now);
        }
        self.give_up_replies(now);
        let last = std::mem::take(&mut self.current);
        if last.begun() || self.told == 0 {
            self.tell(&last, now);
        }
    }

    /// Bytes of a side were lost before those that come now.
    fn recover(&mut self, side: Side, now: &mut Now<'_>) {
        let missing = std::mem::take(&mut self.missing[side as usize]);
        match (missing, side) {
            (0, _) => {}
            (_, Side::Server) => {
                self.server.gap();
                self.replies.gap();
                self.give_up_replies(now);
            }
            (_, Side::Client) => self.recover_client(missing, now),
        }
    }

    fn recover_client(&mut self, missing: u64, now: &mut Now<'_>) {
        if let Mode::Announced { lenient } = self.mode {
            self.begin_content(lenient);
            self.begin_letter(now);
        }
        let (inside, beyond) = match &mut self.mode {
            Mode::Commands | Mode::Auth => (0, true),
            Mode::Announced { .. } => (0, false),
            Mode::Content(content) => {
                content.gap();
                (missing, false)
            }
            Mode::Chunk { left, .. } => {
                let inside = missing.min(*left);
                *left -= inside;
                (inside, missing > inside)
            }
        };
        if let Some(letter) = self.letter.as_mut().filter(|_| inside > 0) {
            letter.gap(inside, &mut desk(&self.helo, &self.current, now));
        }
        self.chunk(&mut &[][..], now);
        if beyond {
            self.client.gap();
        }
    }
}
