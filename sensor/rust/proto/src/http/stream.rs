//! Both directions of a connection and what they say of each other.

use starwatch_stream::application::{Parser, Piece, Side, Sink};

use super::direction::{Desk, Direction, Turn};
use super::exchange::Exchange;

pub struct Stream {
    client: Direction,
    server: Direction,
    exchange: Exchange,
    /// Another protocol has taken over.
    over: bool,
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            client: Direction::new(Side::Client),
            server: Direction::new(Side::Server),
            exchange: Exchange::default(),
            over: false,
        }
    }
}

impl Parser for Stream {
    fn data(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        if self.over {
            return;
        }
        let mut bytes = piece.bytes;
        loop {
            let (turn, rest) = self.read(bytes, piece, sink);
            bytes = rest;
            match turn {
                None => return,
                Some(Turn::Refused) => self.go_on(piece, sink),
                Some(Turn::Handover) => {
                    self.over = true;
                    self.exchange.write_all(piece, sink);
                    return sink.handover(bytes);
                }
            }
        }
    }

    fn gap(&mut self, side: Side, missing: u64) {
        match side {
            Side::Client => self.client.gap(missing, &mut self.exchange),
            Side::Server => self.server.gap(missing, &mut self.exchange),
        }
    }

    fn end(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        if self.over {
            return;
        }
        let mut desk = Desk {
            piece,
            sink,
            exchange: &mut self.exchange,
        };
        self.client.end(&mut desk);
        self.server.end(&mut desk);
        self.exchange.write_all(piece, sink);
    }

    fn held(&self) -> usize {
        self.client.held() + self.server.held() + self.exchange.held()
    }
}

impl Stream {
    fn read<'a>(
        &mut self,
        bytes: &'a [u8],
        piece: &Piece<'_>,
        sink: &mut dyn Sink,
    ) -> (Option<Turn>, &'a [u8]) {
        let mut desk = Desk {
            piece,
            sink,
            exchange: &mut self.exchange,
        };
        match piece.side {
            Side::Client => self.client.data(bytes, &mut desk),
            Side::Server => {
                if desk.exchange.is_answered() && self.server.is_between() {
                    self.client.conclude_oldest(&mut desk);
                }
                self.server.data(bytes, &mut desk)
            }
        }
    }

    /// The client goes on with HTTP; it cannot be turned again by its own words.
    fn go_on(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        self.client.go_on(&mut Desk {
            piece,
            sink,
            exchange: &mut self.exchange,
        });
    }
}
