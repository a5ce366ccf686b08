//! Connections that another one has agreed on: they speak a known protocol before their first byte.

use std::collections::VecDeque;

use starwatch_wire::ip::Address;
use starwatch_wire::transport::TCP;

use crate::application::{Expected, Parser, Protocol, Side};
use crate::flow::Core;

/// How long a listener waits for the connection it announced: servers give up after a minute (vsftpd's accept_timeout).
const PATIENCE_NS: i64 = 60_000_000_000;
/// Connections a shard expects at once; past it the oldest is forgotten.
const MAX_EXPECTED: usize = 256;

struct Expectation {
    /// The address that was named, and the listener's own: behind address translation they differ.
    addresses: [Address; 2],
    port: u16,
    until_ns: i64,
    protocol: &'static Protocol,
    parser: Box<dyn Parser>,
}

impl Expectation {
    fn meets(&self, address: &Address, port: u16) -> bool {
        self.port == port && self.addresses.contains(address)
    }
}

/// What a shard expects, oldest first.
#[derive(Default)]
pub struct Expectations {
    waiting: VecDeque<Expectation>,
    held: usize,
}

impl Expectations {
    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        self.held + self.waiting.len() * std::mem::size_of::<Expectation>()
    }

    /// A newer agreement on the same place takes the older one's.
    pub fn add(&mut self, expected: Expected, listener: Address, now_ns: i64) {
        let Expected {
            address,
            port,
            protocol,
            parser,
            ..
        } = expected;
        let addresses = [address.unwrap_or(listener), listener];
        self.expire(now_ns);
        self.retain(|other| other.port != port || other.addresses != addresses);
        if self.waiting.len() == MAX_EXPECTED {
            self.pop();
        }
        self.held += parser.held();
        self.waiting.push_back(Expectation {
            addresses,
            port,
            until_ns: now_ns.saturating_add(PATIENCE_NS),
            protocol,
            parser,
        });
    }

    /// Whether this new flow was expected: its protocol, its parser, and which side listens. Each is used once.
    pub fn meet(
        &mut self,
        core: &Core,
        now_ns: i64,
    ) -> Option<(&'static Protocol, Box<dyn Parser>, Side)> {
        if self.waiting.is_empty() || core.protocol() != TCP {
            return None;
        }
        self.expire(now_ns);
        let ports = core.ports()?;
        let ends = [
            (Side::Server, ports.destination),
            (Side::Client, ports.source),
        ];
        ends.into_iter()
            .find_map(|(side, port)| self.take(core.address(side), port, side))
    }

    fn take(
        &mut self,
        address: &Address,
        port: u16,
        side: Side,
    ) -> Option<(&'static Protocol, Box<dyn Parser>, Side)> {
        let at = self
            .waiting
            .iter()
            .position(|each| each.meets(address, port))?;
        let Expectation {
            protocol, parser, ..
        } = self.waiting.remove(at)?;
        self.held -= parser.held();
        Some((protocol, parser, side))
    }

    /// Nothing more will come: what was announced and never opened is given up.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The packet clock may run backwards, so each is looked at.
    fn expire(&mut self, now_ns: i64) {
        self.retain(|each| each.until_ns >= now_ns);
    }

    fn retain(&mut self, keep: impl Fn(&Expectation) -> bool) {
        let held = &mut self.held;
        self.waiting.retain(|each| {
            let keep = keep(each);
            *held -= if keep { 0 } else { each.parser.held() };
            keep
        });
    }

    fn pop(&mut self) {
        if let Some(gone) = self.waiting.pop_front() {
            self.held -= gone.parser.held();
        }
    }
}
