//! Which application protocol a flow speaks: asked of its content until one says yes.

use crate::application::{Parser, Piece, Protocol, Recognition, Side};
use crate::pen::Speaker;

/// First bytes of a stream's side that are kept while nobody is sure. The greetings of all protocols fit.
const START_BYTES: usize = 1024;

/// A flow's application protocol.
#[derive(Default)]
pub enum Application {
    /// Not known yet; holds the first bytes of a stream's sides.
    #[default]
    Silent,
    Asking(Box<[Vec<u8>; 2]>),
    /// A stream nobody recognised.
    Unknown,
    Speaking(&'static Protocol, Box<dyn Parser>),
}

impl Application {
    /// Value of `network.protocol`.
    pub fn name(&self) -> Option<&'static str> {
        match self {
            Application::Speaking(protocol, _) => Some(protocol.name),
            _ => None,
        }
    }

    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        match self {
            Application::Silent | Application::Unknown => 0,
            Application::Asking(starts) => {
                std::mem::size_of_val(&**starts) + starts.iter().map(Vec::capacity).sum::<usize>()
            }
            Application::Speaking(_, parser) => std::mem::size_of_val(&**parser) + parser.held(),
        }
    }

    /// A datagram is shown to the protocols until one knows it; that one parses the flow from then on.
    /// Answers whether it shows client and server the other way round.
    pub fn recognise_datagram(
        &mut self,
        protocols: &'static [Protocol],
        piece: &Piece<'_>,
    ) -> bool {
        if !matches!(self, Application::Silent) {
            return false;
        }
        match recognise(protocols, |protocol| protocol.datagram, piece) {
            Ok((protocol, verdict)) => {
                *self = Application::Speaking(protocol, (protocol.datagram_parser)());
                verdict == Recognition::Reversed
            }
            Err(_) => false,
        }
    }

    /// Whether a stream's first bytes show client and server the other way round.
    pub fn reversed(&self, protocols: &'static [Protocol], piece: &Piece<'_>) -> bool {
        matches!(self, Application::Silent)
            && matches!(
                recognise(protocols, |protocol| protocol.stream, piece),
                Ok((_, Recognition::Reversed))
            )
    }

    pub fn datagram(&mut self, piece: &Piece<'_>, sink: &mut Speaker<'_, '_>) {
        if let Application::Speaking(_, parser) = self {
            parser.data(piece, sink);
        }
    }

    /// Next bytes of a stream. What came before the recognition is handed over with it.
    pub fn stream(
        &mut self,
        protocols: &'static [Protocol],
        piece: &Piece<'_>,
        sink: &mut Speaker<'_, '_>,
    ) {
        match self {
            Application::Speaking(_, parser) => parser.data(piece, sink),
            Application::Unknown => {}
            Application::Silent => {
                *self = Application::Asking(Box::default());
                self.ask_stream(protocols, piece, sink);
            }
            Application::Asking(_) => self.ask_stream(protocols, piece, sink),
        }
    }

    fn ask_stream(
        &mut self,
        protocols: &'static [Protocol],
        piece: &Piece<'_>,
        sink: &mut Speaker<'_, '_>,
    ) {
        let Application::Asking(starts) = self else {
            return;
        };
        let start = &mut starts[piece.side as usize];
        let earlier = start.len();
        let room = START_BYTES.saturating_sub(earlier);
        start.extend_from_slice(&piece.bytes[..piece.bytes.len().min(room)]);
        // The first piece is shown as it came, however long.
        let shown = if earlier == 0 {
            piece.bytes
        } else {
            &start[..]
        };
        let shown = Piece {
            bytes: shown,
            ..*piece
        };
        match recognise(protocols, |protocol| protocol.stream, &shown) {
            Ok((protocol, _)) => self.speak(protocol, earlier, piece, sink),
            Err(_) if piece.bytes.len() > room => *self = Application::Unknown,
            Err(Recognition::No) if self.both_refused(protocols, piece) => {
                *self = Application::Unknown
            }
            Err(_) => {}
        }
    }

    /// Whether the other side has spoken too and was not recognised either.
    fn both_refused(&self, protocols: &'static [Protocol], piece: &Piece<'_>) -> bool {
        let Application::Asking(starts) = self else {
            return false;
        };
        let other = piece.side.other();
        let bytes = &starts[other as usize][..];
        let shown = turned(piece, bytes);
        !bytes.is_empty()
            && matches!(
                recognise(protocols, |protocol| protocol.stream, &shown),
                Err(Recognition::No)
            )
    }

    /// `earlier`: how much of this side's kept start came before the piece.
    fn speak(
        &mut self,
        protocol: &'static Protocol,
        earlier: usize,
        piece: &Piece<'_>,
        sink: &mut Speaker<'_, '_>,
    ) {
        let mut parser = (protocol.stream_parser)();
        sink.protocol = Some(protocol.name);
        if let Application::Asking(starts) = self {
            let others = turned(piece, &starts[piece.side.other() as usize]);
            let own = Piece {
                bytes: &starts[piece.side as usize][..earlier],
                ..*piece
            };
            for start in [others, own] {
                if !start.bytes.is_empty() {
                    parser.data(&start, sink);
                }
            }
        }
        parser.data(piece, sink);
        *self = Application::Speaking(protocol, parser);
    }

    /// Bytes of a stream were never seen: what is asked must begin after them.
    pub fn gap(&mut self, side: Side, missing: u64) {
        match self {
            Application::Speaking(_, parser) => parser.gap(side, missing),
            Application::Asking(starts) => starts[side as usize].clear(),
            Application::Silent | Application::Unknown => {}
        }
    }
}

/// Bytes of the other side, at the same moment.
fn turned<'a>(piece: &Piece<'_>, bytes: &'a [u8]) -> Piece<'a> {
    let [source, destination] = piece.ports;
    let Piece {
        time_ns,
        packet,
        side,
        ..
    } = *piece;
    Piece {
        time_ns,
        packet,
        side: side.other(),
        ports: [destination, source],
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
