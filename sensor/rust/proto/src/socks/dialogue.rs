//! Whose turn it is. Both sides take turns, so each holds at most one unfinished message.

use starwatch_stream::application::{Parser, Piece, Side, Sink};

use super::event;
use super::message::{self, Reply, Request, VERSION_4};
use crate::reader::{Reader, Short};

pub const ANOMALIES: [&str; 1] = ["socks_malformed"];

/// The longest message: credentials of RFC 1929, two texts of 255 bytes with their lengths and the version. A request
/// of SOCKS 4a comes near with two texts that end in NUL. What a client sends ahead of its turn is not kept beyond it.
const MAX_HELD: usize = 1024;

/// Methods of authentication (RFC 1928 3).
const NO_AUTHENTICATION: u8 = 0;
const USERNAME_PASSWORD: u8 = 2;
const NO_ACCEPTABLE: u8 = 0xff;

const CONNECT: u8 = 1;
const BIND: u8 = 2;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Turn {
    #[default]
    Greeting,
    Choice,
    Credentials,
    Verdict,
    Request,
    Reply,
    /// The proxy says who came (RFC 1928 4, BIND).
    SecondReply,
    /// Nothing more to read.
    Over,
}

impl Turn {
    fn speaker(self) -> Side {
        match self {
            Turn::Greeting | Turn::Credentials | Turn::Request => Side::Client,
            Turn::Choice | Turn::Verdict | Turn::Reply | Turn::SecondReply | Turn::Over => {
                Side::Server
            }
        }
    }
}

/// What the event is made of.
#[derive(Debug, Default)]
pub struct Facts {
    pub version: u8,
    pub method: Option<u8>,
    pub user: Option<Vec<u8>>,
    pub request: Option<Request>,
    pub reply: Option<Reply>,
    /// The proxy did not take the password.
    pub refused: bool,
}

#[derive(Debug, Default)]
pub struct Dialogue {
    turn: Turn,
    held: [Vec<u8>; 2],
    facts: Facts,
    told: bool,
}

impl Parser for Dialogue {
    fn data(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        let held = &mut self.held[piece.side as usize];
        let room = MAX_HELD.saturating_sub(held.len());
        let kept = piece.bytes.len().min(room);
        held.extend_from_slice(&piece.bytes[..kept]);
        while self.turn != Turn::Over && self.advance(piece, sink) {}
        if self.turn == Turn::Over && self.carries() {
            let mut rest = std::mem::take(&mut self.held[piece.side as usize]);
            rest.extend_from_slice(&piece.bytes[kept..]);
            sink.handover(&rest);
        }
    }

    fn gap(&mut self, _side: Side, _missing: u64) {
        self.turn = Turn::Over;
    }

    fn end(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        self.tell(piece, sink);
    }

    fn held(&self) -> usize {
        self.held.iter().map(Vec::capacity).sum()
    }
}

impl Dialogue {
    /// Reads the message whose turn it is; false while it is not whole.
    fn advance(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) -> bool {
        let speaker = self.turn.speaker();
        let held = std::mem::take(&mut self.held[speaker as usize]);
        let mut reader = Reader::new(&held);
        let read = self.message(&mut reader);
        let used = reader.position();
        match read {
            Ok(Some(turn)) => {
                self.held[speaker as usize] = held[used..].to_vec();
                self.turn = turn;
                if matches!(turn, Turn::Over | Turn::SecondReply) {
                    self.tell(piece, sink);
                }
                true
            }
            Ok(None) => {
                self.malformed(piece, sink);
                false
            }
            Err(_) if held.len() >= MAX_HELD => {
                self.malformed(piece, sink);
                false
            }
            Err(_) => {
                self.held[speaker as usize] = held;
                false
            }
        }
    }

    /// One message; answers whose turn is next.
    fn message(&mut self, reader: &mut Reader<'_>) -> Result<Option<Turn>, Short> {
        Ok(match self.turn {
            Turn::Greeting => self.greeting(reader)?,
            Turn::Choice => message::choice(reader)?.map(|method| self.choice(method)),
            Turn::Credentials => message::credentials(reader)?.map(|user| {
                self.facts.user = Some(user);
                Turn::Verdict
            }),
            Turn::Verdict => message::verdict(reader)?.map(|taken| self.verdict(taken)),
            Turn::Request => message::request_5(reader)?.map(|request| self.request(request)),
            Turn::Reply if self.facts.version == VERSION_4 => {
                message::reply_4(reader)?.map(|reply| self.reply(reply))
            }
            Turn::Reply => message::reply_5(reader)?.map(|reply| self.reply(reply)),
            Turn::SecondReply if self.facts.version == VERSION_4 => {
                message::reply_4(reader)?.map(|_| Turn::Over)
            }
            Turn::SecondReply => message::reply_5(reader)?.map(|_| Turn::Over),
            Turn::Over => None,
        })
    }

    fn greeting(&mut self, reader: &mut Reader<'_>) -> Result<Option<Turn>, Short> {
        let version = { *reader }.u8()?;
        self.facts.version = version;
        if version == VERSION_4 {
            return Ok(message::request_4(reader)?.map(|request| self.request(request)));
        }
        Ok(message::greeting(reader)?.map(|_| Turn::Choice))
    }

    /// What GSSAPI (RFC 1961) and private methods say is theirs alone.
    fn choice(&mut self, method: u8) -> Turn {
        self.facts.method = Some(method);
        match method {
            NO_AUTHENTICATION => Turn::Request,
            USERNAME_PASSWORD => Turn::Credentials,
            _ => Turn::Over,
        }
    }

    fn verdict(&mut self, taken: bool) -> Turn {
        self.facts.refused = !taken;
        match taken {
            true => Turn::Request,
            false => Turn::Over,
        }
    }

    fn request(&mut self, mut request: Request) -> Turn {
        self.facts.user = request.user.take().or(self.facts.user.take());
        self.facts.request = Some(request);
        Turn::Reply
    }

    fn reply(&mut self, reply: Reply) -> Turn {
        self.facts.reply = Some(reply);
        match self.facts.succeeded() && self.facts.command() == Some(BIND) {
            true => Turn::SecondReply,
            false => Turn::Over,
        }
    }

    /// Whether the connection now carries another protocol.
    fn carries(&self) -> bool {
        let command = self.facts.command();
        self.facts.succeeded() && matches!(command, Some(CONNECT | BIND))
    }

    fn malformed(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        let detail = format!("a message of SOCKS {} that is none", self.facts.version);
        sink.anomaly(piece, ANOMALIES[0], &detail);
        self.tell(piece, sink);
        self.turn = Turn::Over;
        self.facts.reply = None;
    }

    fn tell(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        if self.facts.version > 0 && !std::mem::replace(&mut self.told, true) {
            event::emit(&self.facts, piece, sink);
        }
    }
}

impl Facts {
    pub fn command(&self) -> Option<u8> {
        self.request.as_ref().map(|request| request.command)
    }

    pub fn succeeded(&self) -> bool {
        let reply = self.reply.as_ref().map(|reply| reply.code);
        reply == Some(event::granted(self.version))
    }

    pub fn failed(&self) -> bool {
        let unanswered = self.reply.is_none();
        self.refused || self.method == Some(NO_ACCEPTABLE) || !unanswered && !self.succeeded()
    }
}
