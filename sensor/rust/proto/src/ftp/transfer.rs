//! A data connection: what the control connection says it is about, and the bytes themselves.
//!
//! Both connections belong to the same two hosts and so to one shard: the lock is never waited for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use starwatch_stream::application::{FileHead, Parser, Piece, Side, Sink};
use starwatch_stream::carve::Carving;

use super::command::{base_name, Command};
use super::event;

/// What a transfer is about; the control connection writes it, the data connection reads it.
#[derive(Debug, Default)]
pub struct About {
    pub command: Option<Command>,
    pub user: Option<Vec<u8>>,
    pub passive: bool,
    /// Name the server gave (STOU).
    pub named: Option<Vec<u8>>,
    /// Where REST restarts it.
    pub offset: u64,
    /// Size of the whole file, from the reply.
    pub announced: Option<u64>,
    /// The server said that it is over and went well.
    pub finished: bool,
}

impl About {
    /// Name of the file, without its folder.
    pub fn name(&self) -> &[u8] {
        let argument = self
            .command
            .as_ref()
            .and_then(|command| command.argument.as_deref());
        base_name(self.named.as_deref().or(argument).unwrap_or_default())
    }
}

/// Shared by both parsers.
#[derive(Clone, Debug, Default)]
pub struct Transfer(Arc<Mutex<About>>);

impl Transfer {
    pub fn about(&self) -> MutexGuard<'_, About> {
        // A parser that panicked left plain data behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Parser of the data connection.
#[derive(Debug, Default)]
pub struct Data {
    transfer: Transfer,
    sender: Option<Side>,
    carving: Option<Carving>,
    bytes: u64,
    missing: u64,
    /// Lost before the first byte that came.
    pending: u64,
}

impl Data {
    pub fn new(transfer: Transfer) -> Self {
        Self {
            transfer,
            ..Self::default()
        }
    }

    fn begin(&mut self, side: Side, sink: &mut dyn Sink) {
        self.sender = Some(side);
        let about = self.transfer.about();
        if about.command.as_ref().is_some_and(Command::moves_file) {
            let mut carving = sink.carve(&FileHead {
                name: about.name(),
                declared: b"",
                announced: about.announced,
                offset: about.offset,
                sender: side,
            });
            if self.pending > 0 {
                carving.gap(self.pending);
            }
            self.carving = Some(carving);
        }
    }
}

impl Parser for Data {
    fn data(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        if self.sender.is_none() {
            self.begin(piece.side, sink);
        }
        if self.sender != Some(piece.side) {
            return;
        }
        self.bytes = self.bytes.saturating_add(piece.bytes.len() as u64);
        if let Some(carving) = &mut self.carving {
            sink.feed(carving, piece.bytes);
        }
    }

    fn gap(&mut self, side: Side, missing: u64) {
        if self.sender.is_some_and(|sender| sender != side) {
            return;
        }
        self.missing = self.missing.saturating_add(missing);
        match &mut self.carving {
            Some(carving) => carving.gap(missing),
            None => self.pending = self.pending.saturating_add(missing),
        }
    }

    fn end(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        let about = self.transfer.about();
        let size = about
            .announced
            .map(|size| size.saturating_sub(about.offset));
        let fits = size.is_none_or(|size| size == self.bytes);
        if let Some(carving) = self.carving.take() {
            // The 226 comes behind the data connection's end, which is the file's (RFC 959 3.4.1).
            let over = about.finished || sink.closed();
            let complete = over && fits && self.missing == 0;
            sink.carved(piece, carving, complete, &mut |json| {
                event::file_context(&about, json)
            });
        }
        event::data(&about, self.bytes, self.missing, piece, sink);
    }

    fn held(&self) -> usize {
        std::mem::size_of::<About>() + self.carving.as_ref().map_or(0, Carving::held)
    }
}
