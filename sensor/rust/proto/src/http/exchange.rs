//! Which response answers which request: in order, one after the other (RFC 9112 9.3.2).

use std::collections::VecDeque;

use starwatch_stream::application::{Piece, Side, Sink};

use super::event;
use super::fault::{Fault, Kind};
use super::framing::Asked;
use super::head::{Head, Version};

/// Requests kept without response. Browsers that pipelined sent 8 at most.
const MAX_OPEN: usize = 32;

/// One message of a transaction, as far as it was seen.
#[derive(Debug, Default)]
pub struct Half {
    pub head: Option<Head>,
    /// In the stream, head and chunk framing included.
    pub bytes: u64,
    pub body_bytes: u64,
    pub missing: u64,
    pub excerpt: Vec<u8>,
    pub excerpt_cut: bool,
    /// Nothing more will come of it.
    pub done: bool,
    /// All of it was seen.
    pub complete: bool,
}

#[derive(Debug)]
pub struct Transaction {
    pub number: u64,
    pub request: Half,
    pub response: Half,
    asked: Asked,
    /// A final response has begun.
    answered: bool,
    /// It was asked when responses had been lost.
    after_loss: bool,
}

impl Transaction {
    pub fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Client => &mut self.request,
            Side::Server => &mut self.response,
        }
    }

    /// A CONNECT before its answer.
    pub fn waits_for_tunnel(&self) -> bool {
        self.asked == Asked::Connect && !self.answered
    }

    fn is_done(&self) -> bool {
        self.request.done && self.response.done
    }

    fn held(&self) -> usize {
        let halves = [&self.request, &self.response]
            .map(|half| half.excerpt.capacity() + half.head.as_ref().map_or(0, Head::held));
        std::mem::size_of::<Self>() + halves.iter().sum::<usize>()
    }
}

/// The transactions that are not written yet, oldest first; their numbers follow each other.
#[derive(Default)]
pub struct Exchange {
    queue: VecDeque<Transaction>,
    next: u64,
    /// Responses were lost since the last one that was read.
    lost: bool,
}

impl Exchange {
    fn index(&self, number: u64) -> Option<usize> {
        let first = self.queue.front()?.number;
        usize::try_from(number.checked_sub(first)?).ok()
    }

    pub fn transaction(&self, number: u64) -> Option<&Transaction> {
        self.queue.get(self.index(number)?)
    }

    pub fn transaction_mut(&mut self, number: u64) -> Option<&mut Transaction> {
        let index = self.index(number)?;
        self.queue.get_mut(index)
    }

    /// The transaction that the next response belongs to.
    fn unanswered(&self) -> Option<&Transaction> {
        self.queue
            .iter()
            .find(|transaction| !transaction.answered && transaction.request.head.is_some())
    }

    /// What that transaction asked for.
    pub fn asked(&self) -> Asked {
        self.unanswered()
            .map_or(Asked::Other, |transaction| transaction.asked)
    }

    /// The target that transaction asked for.
    pub fn target(&self) -> &[u8] {
        self.unanswered()
            .and_then(|transaction| transaction.request.head.as_ref())
            .map_or(b"", Head::target)
    }

    /// Whether the next response may be one of HTTP/0.9: content without a head.
    pub fn expects_bare_content(&self) -> bool {
        self.unanswered()
            .and_then(|transaction| transaction.request.head.as_ref())
            .is_some_and(|head| head.version() == Version::Absent)
    }

    pub fn is_answered(&self) -> bool {
        self.unanswered().is_none()
    }

    pub fn request(&mut self, head: Head, piece: &Piece<'_>, sink: &mut dyn Sink) -> u64 {
        if self.queue.len() == MAX_OPEN {
            Fault::new(Kind::Pipeline, "more than 32 requests wait for a response")
                .tell(piece, sink);
            self.write_oldest(piece, sink);
        }
        let asked = Asked::of(head.method());
        let after_loss = self.lost;
        self.open(Half {
            head: Some(head),
            ..Half::default()
        });
        let newest = self.queue.back_mut().expect("it was just put there");
        (newest.asked, newest.after_loss) = (asked, after_loss);
        newest.number
    }

    /// After lost responses: which transaction the next one belongs to.
    pub fn find_place(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        if std::mem::take(&mut self.lost) {
            self.leave_lost(piece, sink);
        }
    }

    /// A response begins; without a request the sensor saw it makes a transaction of its own.
    pub fn response(&mut self, head: Head) -> u64 {
        let number = self.unanswered().map(|transaction| transaction.number);
        let number = number.unwrap_or_else(|| {
            self.open(Half {
                done: true,
                ..Half::default()
            })
        });
        if let Some(transaction) = self.transaction_mut(number) {
            transaction.answered = true;
            transaction.response.head = Some(head);
        }
        number
    }

    fn open(&mut self, request: Half) -> u64 {
        let number = self.next;
        self.next += 1;
        self.queue.push_back(Transaction {
            number,
            request,
            response: Half::default(),
            asked: Asked::Other,
            answered: false,
            after_loss: false,
        });
        number
    }

    /// Responses are lost from here on.
    pub fn lose_responses(&mut self) {
        self.lost = true;
    }

    /// Who asks anew has had the answers to what was asked before.
    fn leave_lost(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        if self
            .queue
            .iter()
            .any(|transaction| transaction.after_loss && !transaction.answered)
        {
            while self.queue.front().is_some_and(|front| !front.after_loss) {
                self.write_oldest(piece, sink);
            }
        }
        for transaction in &mut self.queue {
            transaction.after_loss = false;
        }
    }

    /// Write what is complete at the head of the queue.
    pub fn write_done(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        while self.queue.front().is_some_and(Transaction::is_done) {
            self.write_oldest(piece, sink);
        }
    }

    pub fn write_all(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        while !self.queue.is_empty() {
            self.write_oldest(piece, sink);
        }
    }

    fn write_oldest(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        if let Some(transaction) = self.queue.pop_front() {
            event::emit(&transaction, piece, sink);
        }
    }

    pub fn held(&self) -> usize {
        self.queue.iter().map(Transaction::held).sum()
    }
}
