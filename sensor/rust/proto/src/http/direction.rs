//! One side of a connection: where its messages begin and end.

use starwatch_stream::application::{Piece, Recognition, Side, Sink};

use super::body::{Body, Scene};
use super::bytes::first;
use super::exchange::Exchange;
use super::fault::{Fault, Kind};
use super::framing::{self, Asked, Framing};
use super::head::{Head, MAX_HEAD};
use super::recognise::{self, PROBE};

/// Bytes a client sends behind a CONNECT before it is answered, kept in case the answer is no.
const MAX_EARLY: usize = 16_384;

/// What both directions work on.
pub struct Desk<'a> {
    pub piece: &'a Piece<'a>,
    pub sink: &'a mut dyn Sink,
    pub exchange: &'a mut Exchange,
}

impl Desk<'_> {
    fn fault(&mut self, kind: Kind, what: &'static str) {
        Fault::new(kind, what).tell(self.piece, self.sink);
    }

    fn tell(&mut self, head: &mut Head) {
        for fault in std::mem::take(&mut head.faults) {
            fault.tell(self.piece, self.sink);
        }
    }

    fn scene(&mut self, number: u64) -> Scene<'_> {
        Scene {
            piece: self.piece,
            sink: self.sink,
            transaction: self.exchange.transaction(number),
        }
    }
}

/// What the other direction, or the whole connection, does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Another protocol begins on both sides.
    Handover,
    /// A CONNECT was refused: the client goes on with HTTP.
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Head,
    /// Behind what is followed of an overlong head: bytes of its current line.
    Passing(usize),
    Body,
    /// Behind a CONNECT that is not answered.
    Waiting,
    /// A gap took the rest of what is held or being read.
    Cut,
    /// No telling where the next message begins. `midline`: not before the next line.
    Lost {
        midline: bool,
    },
}

impl State {
    /// Bytes are missing behind what is held. Where the place was lost before there is nothing to say of it.
    fn cut(self) -> Self {
        match self {
            State::Lost { .. } => LOST,
            _ => State::Cut,
        }
    }
}

const LOST: State = State::Lost { midline: false };

/// How far the held head was looked through.
#[derive(Clone, Copy, Default)]
struct Scan {
    line: usize,
    at: usize,
    begun: bool,
}

enum Found {
    /// The head ends here.
    End(usize),
    /// The first line, which ends here, begins no message.
    Foreign(usize),
    Nothing,
}

struct Message {
    number: u64,
    bytes: u64,
    framing: Framing,
    body: Body,
    /// All of the head was followed.
    whole: bool,
    turn: Option<Turn>,
}

pub struct Direction {
    side: Side,
    state: State,
    held: Vec<u8>,
    scan: Scan,
    message: Option<Message>,
    turn: Option<Turn>,
}

impl Direction {
    pub fn new(side: Side) -> Self {
        Self {
            side,
            state: State::Head,
            held: Vec::new(),
            scan: Scan::default(),
            message: None,
            turn: None,
        }
    }

    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        let body = self.message.as_ref().map_or(0, |some| some.body.held());
        self.held.capacity() + body
    }

    /// Whether the next byte begins a message.
    pub fn is_between(&self) -> bool {
        self.state == State::Head && self.held.is_empty()
    }

    /// Read on; a turn ends the reading early and leaves the rest of the bytes.
    pub fn data<'a>(
        &mut self,
        mut bytes: &'a [u8],
        desk: &mut Desk<'_>,
    ) -> (Option<Turn>, &'a [u8]) {
        self.settle(desk);
        while !bytes.is_empty() && self.turn.is_none() {
            bytes = match self.state {
                State::Head => self.head(bytes, desk),
                State::Passing(line) => self.pass(line, bytes, desk),
                State::Body => self.body(bytes, desk),
                State::Waiting => self.wait(bytes),
                State::Cut => b"",
                State::Lost { midline } => self.search(midline, bytes),
            };
        }
        (self.turn.take(), bytes)
    }

    fn head<'a>(&mut self, bytes: &'a [u8], desk: &mut Desk<'_>) -> &'a [u8] {
        if self.side == Side::Server && desk.exchange.expects_bare_content() {
            if let Some(rest) = self.bare_content(bytes, desk) {
                return rest;
            }
        }
        let bytes = self.without_empty_lines(bytes);
        if self.held.is_empty() {
            match self.find(first(bytes, MAX_HEAD)) {
                Found::Nothing => {}
                found => return self.found(found, bytes, desk),
            }
        }
        self.hold(bytes, desk)
    }

    /// Keep the beginning of a head until the rest comes.
    fn hold<'a>(&mut self, bytes: &'a [u8], desk: &mut Desk<'_>) -> &'a [u8] {
        let before = self.held.len();
        let room = bytes.len().min(MAX_HEAD - before);
        let mut held = std::mem::take(&mut self.held);
        held.extend_from_slice(&bytes[..room]);
        match self.find(&held) {
            Found::Nothing if held.len() == MAX_HEAD => {
                self.overlong(&held, desk);
                &bytes[room..]
            }
            Found::Nothing => {
                self.held = held;
                &bytes[room..]
            }
            found => {
                let used = found.place().saturating_sub(before);
                self.found(found, &held, desk);
                &bytes[used..]
            }
        }
    }

    /// Empty lines in front of a message are passed over (RFC 9112 2.2).
    fn without_empty_lines<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let empty = bytes
            .iter()
            .take_while(|byte| self.held.is_empty() && matches!(byte, b'\r' | b'\n'))
            .count();
        &bytes[empty..]
    }

    /// The head's end, looked for behind what was looked through before; every byte once.
    fn find(&mut self, bytes: &[u8]) -> Found {
        while let Some(length) = memchr::memchr(b'\n', &bytes[self.scan.at..]) {
            let newline = self.scan.at + length;
            let line = &bytes[self.scan.line..newline];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !self.scan.begun && !recognise::begins(self.side, line) {
                return Found::Foreign(newline + 1);
            }
            if self.scan.begun && line.is_empty() {
                return Found::End(newline + 1);
            }
            self.scan = Scan {
                line: newline + 1,
                at: newline + 1,
                begun: true,
            };
        }
        self.scan.at = bytes.len();
        Found::Nothing
    }

    fn found<'a>(&mut self, found: Found, bytes: &'a [u8], desk: &mut Desk<'_>) -> &'a [u8] {
        self.scan = Scan::default();
        if let Found::End(end) = found {
            self.begin(&bytes[..end], true, desk);
        } else {
            desk.fault(Kind::StartLine, "a line that begins no message");
            self.lose(desk.exchange);
        }
        &bytes[found.place()..]
    }

    fn overlong(&mut self, held: &[u8], desk: &mut Desk<'_>) {
        let scan = std::mem::take(&mut self.scan);
        desk.fault(Kind::HeadTooLong, "a head of more than 65,536 bytes");
        if scan.begun || recognise::begins(self.side, held) {
            let line = held[scan.line..].iter().filter(|byte| **byte != b'\r');
            let line = line.count();
            self.begin(held, false, desk);
            if self.message.is_some() {
                self.state = State::Passing(line);
            }
        } else {
            self.lose(desk.exchange);
            self.state = State::Lost { midline: true };
        }
    }

    /// The rest of an overlong head.
    fn pass<'a>(&mut self, line: usize, bytes: &'a [u8], desk: &mut Desk<'_>) -> &'a [u8] {
        let newline = memchr::memchr(b'\n', bytes);
        let part = &bytes[..newline.unwrap_or(bytes.len())];
        let line = line + part.iter().filter(|byte| **byte != b'\r').count();
        let rest = &bytes[part.len() + usize::from(newline.is_some())..];
        if let Some(message) = &mut self.message {
            message.bytes += (bytes.len() - rest.len()) as u64;
        }
        self.state = match (newline, line) {
            (None, line) => State::Passing(line),
            (Some(_), 0) => State::Body,
            (Some(_), _) => State::Passing(0),
        };
        if self.state == State::Body {
            self.finish_if_over(desk);
        }
        rest
    }

    /// A message begins with this head.
    fn begin(&mut self, bytes: &[u8], whole: bool, desk: &mut Desk<'_>) {
        let Some(mut head) = Head::read(bytes) else {
            return self.lose(desk.exchange);
        };
        let begun = match self.side {
            Side::Client => Some(self.begin_request(head, desk)),
            Side::Server if is_interim(&head) => {
                desk.tell(&mut head);
                None
            }
            Side::Server => Some(self.begin_response(head, desk)),
        };
        if let Some((number, framing, body, turn)) = begun {
            self.state = State::Body;
            self.message = Some(Message {
                number,
                bytes: bytes.len() as u64,
                framing,
                body,
                whole,
                turn,
            });
            if whole {
                self.finish_if_over(desk);
            }
        }
    }

    fn begin_request(
        &self,
        mut head: Head,
        desk: &mut Desk<'_>,
    ) -> (u64, Framing, Body, Option<Turn>) {
        let framing = framing::of_request(&mut head);
        let target = match framing {
            Framing::Length(0) => Vec::new(),
            _ => head.target().to_vec(),
        };
        let body = Body::of(&mut head, &framing, self.side, &target);
        desk.tell(&mut head);
        let number = desk.exchange.request(head, desk.piece, desk.sink);
        (number, framing, body, None)
    }

    fn begin_response(
        &self,
        mut head: Head,
        desk: &mut Desk<'_>,
    ) -> (u64, Framing, Body, Option<Turn>) {
        desk.exchange.find_place(desk.piece, desk.sink);
        let asked = desk.exchange.asked();
        let framing = framing::of_response(&mut head, asked);
        let body = Body::of(&mut head, &framing, self.side, desk.exchange.target());
        let turn = match head.status_code() {
            Some(status) if framing::is_tunnel(status, asked) => Some(Turn::Handover),
            _ => (asked == Asked::Connect).then_some(Turn::Refused),
        };
        desk.tell(&mut head);
        (desk.exchange.response(head), framing, body, turn)
    }

    /// An answer to HTTP/0.9 (RFC 1945 6.1) that begins as no response of HTTP/1 does. None: it may yet.
    fn bare_content<'a>(&mut self, bytes: &'a [u8], desk: &mut Desk<'_>) -> Option<&'a [u8]> {
        const MARK: &[u8] = b"HTTP/";
        let mut start = self.held.iter().chain(bytes).zip(MARK);
        if start.all(|(byte, mark)| byte == mark) {
            return None;
        }
        let held = std::mem::take(&mut self.held);
        self.scan = Scan::default();
        let mut head = Head::absent();
        let body = Body::of(
            &mut head,
            &Framing::Close,
            self.side,
            desk.exchange.target(),
        );
        self.state = State::Body;
        self.message = Some(Message {
            number: desk.exchange.response(head),
            bytes: 0,
            framing: Framing::Close,
            body,
            whole: true,
            turn: None,
        });
        self.body(&held, desk);
        Some(bytes)
    }

    fn body<'a>(&mut self, mut bytes: &'a [u8], desk: &mut Desk<'_>) -> &'a [u8] {
        let Some(message) = &mut self.message else {
            self.state = State::Head;
            return bytes;
        };
        let before = bytes.len();
        while let Some(data) = message.next_data(&mut bytes, desk) {
            message.body.feed(data, &mut desk.scene(message.number));
        }
        message.bytes += (before - bytes.len()) as u64;
        self.finish_if_over(desk);
        bytes
    }

    fn finish_if_over(&mut self, desk: &mut Desk<'_>) {
        match self.message.as_ref().map(|message| &message.framing) {
            Some(Framing::Length(0)) => self.finish(true, desk),
            Some(Framing::Chunked(chunked)) if chunked.is_done() => self.finish(true, desk),
            Some(Framing::Chunked(chunked)) if chunked.is_broken() => {
                self.finish(false, desk);
                self.lose(desk.exchange);
            }
            _ => {}
        }
    }

    /// The message is over; `complete`: its framing said so.
    fn finish(&mut self, complete: bool, desk: &mut Desk<'_>) {
        let Some(mut message) = self.message.take() else {
            return;
        };
        let complete = complete && message.whole && message.body.missing == 0;
        message.body.end(complete, &mut desk.scene(message.number));
        self.turn = message.turn;
        self.state = State::Head;
        if let Some(transaction) = desk.exchange.transaction_mut(message.number) {
            let half = transaction.half(self.side);
            half.bytes = message.bytes;
            half.body_bytes = message.body.bytes;
            half.missing = message.body.missing;
            half.excerpt = message.body.excerpt;
            half.excerpt_cut = message.body.excerpt_cut;
            (half.done, half.complete) = (true, complete);
            if self.side == Side::Client && transaction.waits_for_tunnel() {
                self.state = State::Waiting;
            }
        }
        desk.exchange.write_done(desk.piece, desk.sink);
    }

    /// What a client sends behind a CONNECT belongs to nobody yet.
    fn wait<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let room = bytes.len().min(MAX_EARLY - self.held.len());
        self.held.extend_from_slice(&bytes[..room]);
        b""
    }

    /// A CONNECT was refused: what came early is HTTP.
    pub fn go_on(&mut self, desk: &mut Desk<'_>) {
        if self.state == State::Waiting {
            self.state = State::Head;
            let early = std::mem::take(&mut self.held);
            self.data(&early, desk);
        }
    }

    /// The place in the stream was lost: a message may begin with any line.
    fn lose(&mut self, exchange: &mut Exchange) {
        self.state = LOST;
        self.lose_responses(exchange);
    }

    /// Look for the next message at the beginning of lines; holds less than a [`PROBE`].
    fn search<'a>(&mut self, midline: bool, bytes: &'a [u8]) -> &'a [u8] {
        if midline {
            return match memchr::memchr(b'\n', bytes) {
                Some(end) => {
                    self.state = LOST;
                    &bytes[end + 1..]
                }
                None => b"",
            };
        }
        let before = self.held.len();
        let more = bytes.len().min(PROBE - before);
        self.held.extend_from_slice(&bytes[..more]);
        match recognise::resumes(self.side, &self.held) {
            Recognition::More if self.held.len() < PROBE => &bytes[more..],
            Recognition::Yes | Recognition::Reversed => {
                self.held.truncate(before);
                self.state = State::Head;
                bytes
            }
            Recognition::No | Recognition::More => {
                self.held.clear();
                self.state = State::Lost { midline: true };
                bytes
            }
        }
    }

    /// `missing` bytes were never seen.
    pub fn gap(&mut self, missing: u64, exchange: &mut Exchange) {
        let inside = match (self.state, &mut self.message) {
            (State::Body, Some(message)) => message.lose(missing),
            (State::Waiting, _) => {
                self.held.clear();
                true
            }
            _ => false,
        };
        if !inside {
            if let State::Lost { .. } = self.state {
                self.held.clear();
            }
            self.state = self.state.cut();
            self.lose_responses(exchange);
        }
    }

    fn lose_responses(&self, exchange: &mut Exchange) {
        if self.side == Side::Server {
            exchange.lose_responses();
        }
    }

    /// After a gap: what it cut is over, as far as it was seen.
    fn settle(&mut self, desk: &mut Desk<'_>) {
        match self.state {
            State::Cut => {
                self.conclude(desk);
                self.state = LOST;
                self.turn = None;
            }
            State::Body => self.finish_if_over(desk),
            _ => {}
        }
    }

    /// Say what is known of a message that will not be completed.
    fn conclude(&mut self, desk: &mut Desk<'_>) {
        let held = std::mem::take(&mut self.held);
        self.scan = Scan::default();
        if self.message.is_none() && recognise::begins(self.side, first_line(&held)) {
            self.begin(&held, false, desk);
        }
        let closed = self
            .message
            .as_ref()
            .is_some_and(|message| matches!(message.framing, Framing::Close));
        self.finish(closed, desk);
    }

    /// The server speaks although the client's head has no end: it is all there is of a request of HTTP/0.9.
    pub fn conclude_oldest(&mut self, desk: &mut Desk<'_>) {
        if self.state == State::Head && is_oldest(first_line(&self.held)) {
            let held = std::mem::take(&mut self.held);
            self.scan = Scan::default();
            self.begin(&held, true, desk);
        }
    }

    /// The flow is over.
    pub fn end(&mut self, desk: &mut Desk<'_>) {
        self.settle(desk);
        if let State::Head | State::Passing(_) | State::Body = self.state {
            self.conclude(desk);
        }
    }
}

impl Found {
    fn place(&self) -> usize {
        match self {
            Found::End(place) | Found::Foreign(place) => *place,
            Found::Nothing => 0,
        }
    }
}

impl Message {
    /// The body's next bytes; `bytes` is moved past them.
    fn next_data<'a>(&mut self, bytes: &mut &'a [u8], desk: &mut Desk<'_>) -> Option<&'a [u8]> {
        let length = match &mut self.framing {
            Framing::Chunked(chunked) => {
                return chunked.next_data(bytes, &mut |fault| fault.tell(desk.piece, desk.sink));
            }
            Framing::Close => bytes.len(),
            Framing::Length(left) => {
                let length = usize::try_from(*left)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                *left -= length as u64;
                length
            }
        };
        let (data, rest) = bytes.split_at(length);
        *bytes = rest;
        (!data.is_empty()).then_some(data)
    }

    /// Bytes of the body were never seen; false when the gap reaches past what is known of it.
    fn lose(&mut self, missing: u64) -> bool {
        let (inside, lost) = match &mut self.framing {
            Framing::Close => (true, missing),
            Framing::Chunked(chunked) => (chunked.lose(missing), missing),
            Framing::Length(left) => {
                let lost = missing.min(*left);
                *left -= lost;
                (lost == missing, lost)
            }
        };
        self.body.lose(lost);
        inside
    }
}

/// 100 Continue and its like come before the response (RFC 9110 15.2); 101 is one.
fn is_interim(head: &Head) -> bool {
    matches!(head.status_code(), Some(100 | 102..=199))
}

fn first_line(bytes: &[u8]) -> &[u8] {
    let end = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
    bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end])
}

/// A request line without version.
fn is_oldest(line: &[u8]) -> bool {
    recognise::begins(Side::Client, line)
        && super::head::start_line(line).is_some_and(|(_, version)| version.text(line).is_empty())
}
