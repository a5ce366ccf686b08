//! Which application protocol a flow speaks: asked of its content until one says yes, and again after a handover.

use std::collections::VecDeque;

use crate::application::{Parser, Piece, Protocol, Recognition, Side};
use crate::flow::Core;
use crate::pen::{Moment, Notes, Pen, Speaker};

/// First bytes of a stream's side that are kept while nobody is sure. The greetings of all protocols fit.
const START_BYTES: usize = 1024;
/// Handovers of one flow. SOCKS, HTTP CONNECT, SMTP, STARTTLS are three; a flow with more plays with the sensor.
const MAX_HANDOVERS: u8 = 8;

/// A flow's application protocol; nothing while nothing was said.
#[derive(Default)]
pub struct Application {
    talk: Option<Box<Talk>>,
}

#[derive(Default)]
struct Talk {
    phase: Phase,
    /// The innermost protocol recognised so far.
    protocol: Option<&'static Protocol>,
    handovers: u8,
    notes: Notes,
}

enum Phase {
    /// Not known yet; the first bytes of a stream's sides.
    Asking([Vec<u8>; 2]),
    /// Nobody recognised it, or it is over.
    Closed,
    Speaking(Box<dyn Parser>),
}

impl Default for Phase {
    fn default() -> Self {
        Phase::Asking(Default::default())
    }
}

impl Application {
    /// A connection whose protocol was agreed on elsewhere.
    pub fn expected(protocol: &'static Protocol, parser: Box<dyn Parser>) -> Self {
        let talk = Talk {
            phase: Phase::Speaking(parser),
            protocol: Some(protocol),
            ..Talk::default()
        };
        Self {
            talk: Some(Box::new(talk)),
        }
    }

    /// Value of `network.protocol`.
    pub fn name(&self) -> Option<&'static str> {
        let protocol = self.talk.as_ref().and_then(|talk| talk.protocol);
        protocol.map(|protocol| protocol.name)
    }

    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        self.talk
            .as_ref()
            .map_or(0, |talk| std::mem::size_of::<Talk>() + talk.held())
    }

    /// A datagram is shown to the protocols until one knows it; that one parses the flow from then on.
    /// Answers whether it shows client and server the other way round.
    pub fn recognise_datagram(
        &mut self,
        protocols: &'static [Protocol],
        piece: &Piece<'_>,
    ) -> bool {
        let asking = |talk: &Talk| matches!(talk.phase, Phase::Asking(_));
        if !self.talk.as_deref().is_none_or(asking) {
            return false;
        }
        match recognise(protocols, |protocol| protocol.datagram, piece) {
            Ok((protocol, verdict)) => {
                let talk = self.talk.get_or_insert_default();
                talk.protocol = Some(protocol);
                talk.phase = Phase::Speaking((protocol.datagram_parser)());
                verdict == Recognition::Reversed
            }
            Err(_) => false,
        }
    }

    /// Whether a stream's first bytes show client and server the other way round.
    pub fn reversed(&self, protocols: &'static [Protocol], piece: &Piece<'_>) -> bool {
        self.talk.is_none()
            && matches!(
                recognise(protocols, |protocol| protocol.stream, piece),
                Ok((_, Recognition::Reversed))
            )
    }

    pub fn datagram(
        &mut self,
        protocols: &'static [Protocol],
        piece: &Piece<'_>,
        core: &mut Core,
        pen: &mut Pen<'_>,
    ) {
        let mut rest = self.tell(piece, core, pen);
        while let Some(bytes) = rest.filter(|bytes| !bytes.is_empty()) {
            let piece = Piece {
                bytes: &bytes,
                ..*piece
            };
            self.recognise_datagram(protocols, &piece);
            rest = self.tell(&piece, core, pen);
        }
    }

    fn tell(&mut self, piece: &Piece<'_>, core: &mut Core, pen: &mut Pen<'_>) -> Option<Vec<u8>> {
        self.talk.as_mut()?.tell(piece, core, pen)
    }

    /// Next bytes of a stream. What came before the recognition is handed over with it.
    pub fn stream(
        &mut self,
        protocols: &'static [Protocol],
        piece: &Piece<'_>,
        core: &mut Core,
        pen: &mut Pen<'_>,
    ) {
        let talk = self.talk.get_or_insert_default();
        let mut later = VecDeque::new();
        talk.show(protocols, piece, &mut later, core, pen);
        while let Some((side, bytes)) = later.pop_front() {
            let piece = beside(piece, side, &bytes);
            talk.show(protocols, &piece, &mut later, core, pen);
        }
    }

    /// Bytes of a stream were never seen: what is asked must begin after them.
    pub fn gap(&mut self, side: Side, missing: u64) {
        match self.talk.as_mut().map(|talk| &mut talk.phase) {
            Some(Phase::Speaking(parser)) => parser.gap(side, missing),
            Some(Phase::Asking(starts)) => starts[side as usize].clear(),
            Some(Phase::Closed) | None => {}
        }
    }

    /// Nothing more will come; the protocol's name stays.
    pub fn end(&mut self, core: &mut Core, pen: &mut Pen<'_>, moment: Moment) {
        if let Some(talk) = &mut self.talk {
            talk.end(core, pen, moment);
        }
    }
}

/// Bytes of a side that wait for their turn.
type Later = VecDeque<(Side, Vec<u8>)>;

impl Talk {
    fn held(&self) -> usize {
        let phase = match &self.phase {
            Phase::Asking(starts) => starts.iter().map(Vec::capacity).sum(),
            Phase::Closed => 0,
            Phase::Speaking(parser) => std::mem::size_of_val(&**parser) + parser.held(),
        };
        phase + self.notes.held()
    }

    /// Shows the parser a piece, and lets go of it when it hands over; answers what it leaves to the next.
    fn tell(&mut self, piece: &Piece<'_>, core: &mut Core, pen: &mut Pen<'_>) -> Option<Vec<u8>> {
        let Phase::Speaking(parser) = &mut self.phase else {
            return None;
        };
        let mut speaker = Speaker::new(core, pen, self.protocol, &mut self.notes);
        parser.data(piece, &mut speaker);
        let rest = speaker.handed?;
        self.handovers += 1;
        self.phase = if self.handovers > MAX_HANDOVERS {
            Phase::Closed
        } else {
            Phase::default()
        };
        self.notes.forget(pen);
        Some(rest)
    }

    /// `later` gets what must be shown next, in order.
    fn show(
        &mut self,
        protocols: &'static [Protocol],
        piece: &Piece<'_>,
        later: &mut Later,
        core: &mut Core,
        pen: &mut Pen<'_>,
    ) {
        match &self.phase {
            Phase::Closed => {}
            Phase::Asking(_) => self.ask(protocols, piece, later),
            Phase::Speaking(_) => {
                let rest = self.tell(piece, core, pen);
                if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
                    later.push_front((piece.side, rest));
                }
            }
        }
    }

    fn ask(&mut self, protocols: &'static [Protocol], piece: &Piece<'_>, later: &mut Later) {
        let Phase::Asking(starts) = &mut self.phase else {
            return;
        };
        let start = &mut starts[piece.side as usize];
        let earlier = start.len();
        let room = START_BYTES.saturating_sub(earlier);
        start.extend_from_slice(&piece.bytes[..piece.bytes.len().min(room)]);
        // The first piece is shown as it came, however long.
        let shown = Piece {
            bytes: if earlier == 0 { piece.bytes } else { start },
            ..*piece
        };
        match recognise(protocols, |protocol| protocol.stream, &shown) {
            Ok((protocol, _)) => self.speak(protocol, earlier, piece, later),
            Err(_) if piece.bytes.len() > room => self.phase = Phase::Closed,
            Err(Recognition::No) if self.both_refused(protocols, piece) => {
                self.phase = Phase::Closed;
            }
            Err(_) => {}
        }
    }

    /// Whether the other side has spoken too and was not recognised either.
    fn both_refused(&self, protocols: &'static [Protocol], piece: &Piece<'_>) -> bool {
        let Phase::Asking(starts) = &self.phase else {
            return false;
        };
        let other = piece.side.other();
        let shown = beside(piece, other, &starts[other as usize]);
        !shown.bytes.is_empty()
            && matches!(
                recognise(protocols, |protocol| protocol.stream, &shown),
                Err(Recognition::No)
            )
    }

    /// The parser gets what was kept of the other side, then of this one, then the piece.
    /// `earlier`: how much of this side's kept start came before the piece.
    fn speak(
        &mut self,
        protocol: &'static Protocol,
        earlier: usize,
        piece: &Piece<'_>,
        later: &mut Later,
    ) {
        let phase = Phase::Speaking((protocol.stream_parser)());
        self.protocol = Some(protocol);
        let Phase::Asking(mut starts) = std::mem::replace(&mut self.phase, phase) else {
            return;
        };
        let mut own = std::mem::take(&mut starts[piece.side as usize]);
        own.truncate(earlier);
        let other = piece.side.other();
        let others = std::mem::take(&mut starts[other as usize]);
        let pieces = [
            (piece.side, piece.bytes.to_vec()),
            (piece.side, own),
            (other, others),
        ];
        for (side, bytes) in pieces {
            if !bytes.is_empty() {
                later.push_front((side, bytes));
            }
        }
    }

    fn end(&mut self, core: &mut Core, pen: &mut Pen<'_>, moment: Moment) {
        let phase = std::mem::replace(&mut self.phase, Phase::Closed);
        if let Phase::Speaking(mut parser) = phase {
            let piece = Piece {
                time_ns: moment.time_ns,
                packet: moment.packet,
                side: Side::Client,
                ports: core.ports_from(Side::Client),
                bytes: &[],
            };
            let mut speaker = Speaker::new(core, pen, self.protocol, &mut self.notes);
            parser.end(&piece, &mut speaker);
        }
        self.notes.forget(pen);
    }
}

/// Bytes of a side, at the moment of a piece of either.
fn beside<'a>(piece: &Piece<'_>, side: Side, bytes: &'a [u8]) -> Piece<'a> {
    let [source, destination] = piece.ports;
    Piece {
        time_ns: piece.time_ns,
        packet: piece.packet,
        side,
        ports: if side == piece.side {
            [source, destination]
        } else {
            [destination, source]
        },
        bytes,
    }
}

type Question = fn(&Piece<'_>) -> Recognition;

/// The first protocol that says yes, and how; else No when all refuse, More when one is not sure.
fn recognise(
    protocols: &'static [Protocol],
    question: impl Fn(&Protocol) -> Option<Question>,
    piece: &Piece<'_>,
) -> Result<(&'static Protocol, Recognition), Recognition> {
    let mut verdict = Recognition::No;
    for protocol in protocols {
        match question(protocol).map_or(Recognition::No, |question| question(piece)) {
            Recognition::No => {}
            Recognition::More => verdict = Recognition::More,
            yes => return Ok((protocol, yes)),
        }
    }
    Err(verdict)
}
