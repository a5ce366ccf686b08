//! One conversation: its key, its counters, how far it got.

use starwatch_wire::ip::{Address, Version};
use starwatch_wire::layer::{Layers, Tunnel};
use starwatch_wire::link::Mac;
use starwatch_wire::packet::Packet;
use starwatch_wire::sctp::Sctp;
use starwatch_wire::transport::{flag, Checksum, Ports, Tcp, Transport, SCTP, TCP, UDP};

use crate::application::Side;
use crate::direction;
use crate::recognise::Application;
use crate::tcp::{Stream, Track};
use crate::tunnel::Tunnels;

const SECOND: i64 = 1_000_000_000;
/// A connection that is not answered: three SYN retransmissions of Linux (1 + 2 + 4 + 8 s) and as much again.
const TCP_OPENING: i64 = 30 * SECOND;
/// Silent connections of polling and interactive services stay one flow; past this the record is worth more than the state.
const TCP_ESTABLISHED: i64 = 600 * SECOND;
/// Retransmissions of the last segments (the first comes after 1 s, RFC 6298 2.1) still belong to the flow.
const TCP_CLOSED: i64 = 2 * SECOND;
/// A request nobody has answered yet.
const DATAGRAM_ONE_WAY: i64 = 30 * SECOND;
/// RFC 4787 REQ-5: a UDP mapping lives at least two minutes.
const DATAGRAM: i64 = 120 * SECOND;
/// RFC 5508 REQ-2: an ICMP query session lives at least 60 seconds; portless protocols likewise.
const OTHER: i64 = 60 * SECOND;

/// What the idle timeout depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Class {
    TcpOpening,
    TcpEstablished,
    TcpClosed,
    DatagramOneWay,
    Datagram,
    Other,
}

impl Class {
    pub const ALL: [Class; 6] = [
        Class::TcpOpening,
        Class::TcpEstablished,
        Class::TcpClosed,
        Class::DatagramOneWay,
        Class::Datagram,
        Class::Other,
    ];

    pub fn timeout_ns(self) -> i64 {
        match self {
            Class::TcpOpening => TCP_OPENING,
            Class::TcpEstablished => TCP_ESTABLISHED,
            Class::TcpClosed => TCP_CLOSED,
            Class::DatagramOneWay => DATAGRAM_ONE_WAY,
            Class::Datagram => DATAGRAM,
            Class::Other => OTHER,
        }
    }
}

/// No VLAN tag; real ids have twelve bits.
const UNTAGGED: u16 = u16::MAX;

/// What packets of one conversation have in common, in either direction: the lower (address, port) end first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    low: Address,
    high: Address,
    low_port: u16,
    high_port: u16,
    vlan: u16,
    outer_vlan: u16,
    /// Of the tunnels around, what tells conversations apart (`Layers::scope`), in halves: the key has no gaps.
    scope: [u16; 2],
    protocol: u8,
    /// Version, whether there are ports, whether they have a direction.
    shape: u8,
}

const SHAPE_V6: u8 = 1;
const SHAPE_PORTS: u8 = 2;
const SHAPE_ONE_WAY: u8 = 4;

impl Key {
    /// The key, and whether the packet's source is its low end.
    pub fn new(packet: &Packet<'_>, ports: Option<Ports>) -> (Self, bool) {
        let ip = &packet.ip;
        let (source_port, destination_port) =
            ports.map_or((0, 0), |ports| (ports.source, ports.destination));
        let one_way = ports.is_some_and(|ports| ports.one_way);
        let source_is_low =
            one_way || (ip.source, source_port) <= (ip.destination, destination_port);
        let mut key = Self {
            low: ip.source,
            high: ip.destination,
            low_port: source_port,
            high_port: destination_port,
            vlan: packet.link.vlan.unwrap_or(UNTAGGED),
            outer_vlan: packet.link.outer_vlan.unwrap_or(UNTAGGED),
            scope: [(packet.scope >> 16) as u16, packet.scope as u16],
            protocol: ip.protocol,
            shape: shape(ip.version, ports),
        };
        if !source_is_low {
            std::mem::swap(&mut key.low, &mut key.high);
            std::mem::swap(&mut key.low_port, &mut key.high_port);
        }
        (key, source_is_low)
    }
}

fn shape(version: Version, ports: Option<Ports>) -> u8 {
    let family = if version == Version::V6 { SHAPE_V6 } else { 0 };
    let numbered = if ports.is_some() { SHAPE_PORTS } else { 0 };
    let direction = if ports.is_some_and(|ports| ports.one_way) {
        SHAPE_ONE_WAY
    } else {
        0
    };
    family | numbered | direction
}

/// How far a TCP connection got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    None,
    SynSent,
    SynAck,
    Established,
    Midstream,
    Closing,
    Closed,
    Reset,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::None => "none",
            State::SynSent => "syn_sent",
            State::SynAck => "syn_ack",
            State::Established => "established",
            State::Midstream => "midstream",
            State::Closing => "closing",
            State::Closed => "closed",
            State::Reset => "reset",
        }
    }

    fn over(self) -> bool {
        matches!(self, State::Closed | State::Reset)
    }
}

/// Why a flow's record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Closed,
    Reset,
    Timeout,
    Evicted,
    End,
}

impl Reason {
    pub fn name(self) -> &'static str {
        match self {
            Reason::Closed => "closed",
            Reason::Reset => "reset",
            Reason::Timeout => "timeout",
            Reason::Evicted => "evicted",
            Reason::End => "end",
        }
    }
}

/// No address, or the loopback interface's, which says as much.
const NO_MAC: Mac = [0; 6];
/// Bits of `End::checksums`.
const RIGHT: u8 = 1;
const WRONG: u8 = 2;

/// One end of a flow. 24 bytes: there may be millions.
#[derive(Clone, Copy, Debug, Default)]
pub struct End {
    pub packets: u64,
    pub bytes: u64,
    /// Every TCP flag this end has set.
    pub flags: u8,
    /// Whether right and wrong transport checksums were seen.
    checksums: u8,
    mac: Mac,
}

impl End {
    pub fn mac(&self) -> Option<&Mac> {
        (self.mac != NO_MAC).then_some(&self.mac)
    }

    /// The first address seen stays.
    fn learn_mac(&mut self, mac: Option<Mac>) {
        if let (NO_MAC, Some(mac)) = (self.mac, mac) {
            self.mac = mac;
        }
    }
}

/// Kinds of the layers below the application already reported for a flow, and how many malformations there were.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    pub kinds: u64,
    pub count: u32,
}

impl Seen {
    pub fn count(&mut self) {
        self.count = self.count.saturating_add(1);
    }

    /// Counts one; answers whether it is the first of its kind.
    pub fn first(&mut self, bit: u32) -> bool {
        self.count();
        let first = self.kinds & 1 << bit == 0;
        self.kinds |= 1 << bit;
        first
    }
}

/// What events say about a flow.
#[derive(Clone, Debug)]
pub struct Core {
    pub key: Key,
    client_is_low: bool,
    pub state: State,
    pub interface: u16,
    pub icmp: Option<(u8, u8)>,
    /// Client, server.
    pub ends: [End; 2],
    pub first_ns: i64,
    pub last_ns: i64,
    pub first_packet: u64,
    /// Stream bytes never seen.
    pub missing: u64,
    pub seen: Seen,
    /// What is inside its packets.
    pub carries: Option<Tunnel>,
    /// What is around them.
    pub tunnels: Option<Box<Tunnels>>,
}

impl Core {
    pub fn version(&self) -> Version {
        if self.key.shape & SHAPE_V6 == 0 {
            Version::V4
        } else {
            Version::V6
        }
    }

    pub fn protocol(&self) -> u8 {
        self.key.protocol
    }

    pub fn address(&self, side: Side) -> &Address {
        if (side == Side::Client) == self.client_is_low {
            &self.key.low
        } else {
            &self.key.high
        }
    }

    /// Client's and server's, where the protocol has ports (ICMP's stand-ins included).
    pub fn ports(&self) -> Option<Ports> {
        if self.key.shape & SHAPE_PORTS == 0 {
            return None;
        }
        let (low, high) = (self.key.low_port, self.key.high_port);
        let (source, destination) = if self.client_is_low {
            (low, high)
        } else {
            (high, low)
        };
        Some(Ports {
            source,
            destination,
            one_way: self.key.shape & SHAPE_ONE_WAY != 0,
        })
    }

    pub fn vlans(&self) -> [Option<u16>; 2] {
        [self.key.vlan, self.key.outer_vlan].map(|id| (id != UNTAGGED).then_some(id))
    }

    pub fn side(&self, source_is_low: bool) -> Side {
        if source_is_low == self.client_is_low {
            Side::Client
        } else {
            Side::Server
        }
    }

    /// Ports of a packet that this side sends.
    pub fn ports_from(&self, side: Side) -> [u16; 2] {
        match (self.ports(), side) {
            (None, _) => [0; 2],
            (Some(ports), Side::Client) => [ports.source, ports.destination],
            (Some(ports), Side::Server) => [ports.destination, ports.source],
        }
    }

    /// Whether the handshake told who the client is.
    pub fn start_seen(&self, tcp: &Tcp) -> bool {
        tcp.flags & flag::SYN != 0 || !matches!(self.state, State::None | State::Midstream)
    }

    fn turn(&mut self) {
        self.client_is_low = !self.client_is_low;
        self.ends.swap(0, 1);
    }

    /// Counts a packet; `packets` and `bytes` are those of all its fragments.
    pub fn count(&mut self, packet: &Packet<'_>, side: Side, packets: u64, bytes: u64) {
        self.first_ns = self.first_ns.min(packet.time_ns);
        self.last_ns = self.last_ns.max(packet.time_ns);
        let end = &mut self.ends[side as usize];
        end.packets += packets;
        end.bytes += bytes;
        end.learn_mac(packet.link.source);
        self.ends[1 - side as usize].learn_mac(packet.link.destination);
    }

    /// Whether this packet shows that wrong checksums are an attempt and not offloading: the end also sends right ones.
    pub fn judge_checksum(&mut self, side: Side, checksum: Checksum) -> bool {
        let end = &mut self.ends[side as usize];
        let before = end.checksums;
        end.checksums |= match checksum {
            Checksum::Right => RIGHT,
            Checksum::Wrong(_) => WRONG,
            Checksum::Unknown => 0,
        };
        let both = RIGHT | WRONG;
        end.checksums == both && (before != both || matches!(checksum, Checksum::Wrong(_)))
    }

    /// A receiver throws a segment with a wrong checksum away; with offloading every segment looks wrong.
    pub fn believes(&self, side: Side, checksum: Checksum) -> bool {
        !matches!(checksum, Checksum::Wrong(_)) || self.ends[side as usize].checksums & RIGHT == 0
    }

    /// Follows the handshake and the end of a connection.
    pub fn advance(&mut self, side: Side, tcp: &Tcp, both_finished: bool, reset_counts: bool) {
        let has = |flags| tcp.flags & flags != 0;
        let next = match self.state {
            state if has(flag::RST) && reset_counts && state != State::Closed => State::Reset,
            State::None if has(flag::SYN) => {
                if has(flag::ACK) {
                    State::SynAck
                } else {
                    State::SynSent
                }
            }
            State::None if has(flag::ACK) => State::Midstream,
            State::SynSent if side == Side::Server && has(flag::SYN) && has(flag::ACK) => {
                State::SynAck
            }
            State::SynSent if side == Side::Server && has(flag::ACK) => State::Midstream,
            State::SynAck | State::SynSent if side == Side::Client && has(flag::ACK) => {
                State::Established
            }
            state => state,
        };
        self.state = match next {
            State::Reset => State::Reset,
            _ if both_finished => State::Closed,
            State::Established | State::Midstream if has(flag::FIN) => State::Closing,
            state => state,
        };
    }

    /// Follows an SCTP association in the same states: INIT opens, SHUTDOWN COMPLETE closes, ABORT resets.
    pub fn associate(&mut self, chunks: &Sctp) {
        self.state = match self.state {
            state if state.over() => state,
            _ if chunks.abort => State::Reset,
            _ if chunks.complete => State::Closed,
            _ if chunks.shutdown => State::Closing,
            State::Closing => State::Closing,
            _ if chunks.cookie => State::Established,
            State::Established => State::Established,
            _ if chunks.init_ack => State::SynAck,
            _ if chunks.init => State::SynSent,
            State::None => State::Midstream,
            state => state,
        };
    }

    pub fn class(&self) -> Class {
        let answered = self.ends.iter().all(|end| end.packets > 0);
        match (self.key.protocol, self.state) {
            (TCP | SCTP, State::Closed | State::Reset) => Class::TcpClosed,
            // Neither SYN nor ACK, or a SYN that also ends: no stack opens a connection so. A probe is told at once.
            (TCP, State::None) => Class::TcpClosed,
            (TCP, State::SynSent) if self.ends[0].flags & flag::FIN != 0 => Class::TcpClosed,
            (TCP, State::Established | State::Midstream | State::Closing) => Class::TcpEstablished,
            (TCP, _) => Class::TcpOpening,
            (UDP | SCTP, _) if answered => Class::Datagram,
            (UDP | SCTP, _) => Class::DatagramOneWay,
            _ => Class::Other,
        }
    }

    /// Why the record is written when the flow has been silent for its time.
    pub fn idle_reason(&self) -> Reason {
        match self.state {
            State::Closed => Reason::Closed,
            State::Reset => Reason::Reset,
            _ => Reason::Timeout,
        }
    }

    /// Why the record is written when everything ends.
    pub fn end_reason(&self) -> Reason {
        match self.idle_reason() {
            Reason::Timeout => Reason::End,
            reason => reason,
        }
    }
}

/// A flow with everything it holds.
pub struct Flow {
    pub core: Core,
    /// Client's and server's place in sequence space.
    pub tracks: [Track; 2],
    pub streams: Option<Box<[Stream; 2]>>,
    pub application: Application,
    /// Bytes held besides the record itself, as last counted.
    pub held: u32,
}

impl Flow {
    pub fn new(
        packet: &Packet<'_>,
        transport: &Transport<'_>,
        key: Key,
        source_is_low: bool,
        layers: &Layers,
    ) -> Self {
        let sender_is_client = match (transport.tcp, transport.ports) {
            (Some(tcp), Some(ports)) => {
                direction::tcp_sender_is_client(tcp.flags, ports.source, ports.destination)
            }
            _ => !transport.sctp.is_some_and(|chunks| chunks.init_ack),
        };
        let core = Core {
            key,
            client_is_low: source_is_low == sender_is_client,
            state: State::None,
            interface: packet.interface,
            icmp: transport.icmp,
            ends: [End::default(); 2],
            first_ns: packet.time_ns,
            last_ns: packet.time_ns,
            first_packet: packet.number,
            missing: 0,
            seen: Seen::default(),
            carries: None,
            tunnels: Tunnels::of(layers, packet.around),
        };
        Self {
            core,
            tracks: [Track::default(); 2],
            streams: None,
            application: Application::default(),
            held: 0,
        }
    }

    /// The guess about who is the client was wrong.
    pub fn turn(&mut self) {
        self.core.turn();
        self.tracks.swap(0, 1);
        if let Some(streams) = &mut self.streams {
            streams.swap(0, 1);
        }
    }

    /// Whether a packet begins another conversation on the same ports: the old one was silent too long, or is over
    /// and a new SYN comes.
    pub fn superseded(&self, packet: &Packet<'_>, transport: &Transport<'_>) -> bool {
        let idle = packet.time_ns.saturating_sub(self.core.last_ns);
        let syn = |tcp: Tcp| tcp.flags & (flag::SYN | flag::ACK | flag::RST) == flag::SYN;
        let opening = transport.tcp.is_some_and(syn)
            || transport.sctp.is_some_and(|chunks: Sctp| chunks.init);
        idle > self.core.class().timeout_ns() || opening && self.core.state.over()
    }

    /// Bytes held besides the record.
    pub fn weigh(&self) -> usize {
        let streams = self.streams.as_ref().map_or(0, |streams| {
            std::mem::size_of::<[Stream; 2]>() + streams.iter().map(Stream::held).sum::<usize>()
        });
        let tunnels = self.core.tunnels.as_ref();
        streams + self.application.held() + tunnels.map_or(0, |tunnels| tunnels.held())
    }
}
