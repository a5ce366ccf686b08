//! What a packet does to its flow.

use starwatch_wire::anomaly::{Fault, Kind};
use starwatch_wire::checksum;
use starwatch_wire::packet::{Carries, Packet};
use starwatch_wire::transport::{flag, Checksum, Tcp, Transport, UDP};

use crate::application::{Piece, Protocol, Side};
use crate::flow::{Core, Flow, State};
use crate::pen::{Moment, Pen};
use crate::recognise::Application;
use crate::tcp::{Receiver, Segment, Track};

/// A packet as its flow sees it.
pub struct Arrival<'a> {
    pub packet: &'a Packet<'a>,
    pub transport: &'a Transport<'a>,
    pub side: Side,
    /// Fragments the packet came in, and their bytes from the IP headers' lengths.
    pub packets: u64,
    pub bytes: u64,
}

impl Arrival<'_> {
    fn moment(&self) -> Moment {
        Moment {
            packet: self.packet.number,
            time_ns: self.packet.time_ns,
        }
    }
}

/// Counts the packet, says what is wrong with it, and hands its payload on.
pub fn receive(
    flow: &mut Flow,
    mut arrival: Arrival<'_>,
    protocols: &'static [Protocol],
    pen: &mut Pen<'_>,
) {
    // What is in a tunnel is read as a packet of its own, not as an application's bytes.
    let tunnel = carry(&mut flow.core, &arrival);
    if !tunnel {
        orient(flow, &mut arrival, protocols);
    }
    flow.core
        .count(arrival.packet, arrival.side, arrival.packets, arrival.bytes);
    faults(flow, &arrival, pen);
    match arrival.transport.tcp {
        Some(tcp) => segment(flow, &arrival, &tcp, protocols, pen),
        None if tunnel => {}
        None if arrival.packet.ip.protocol == UDP => datagram(flow, &arrival, protocols, pen),
        None => association(flow, &arrival),
    }
}

/// Notes the tunnel a packet carries; answers whether it does.
fn carry(core: &mut Core, arrival: &Arrival<'_>) -> bool {
    match arrival.packet.carries {
        Carries::Tunnel(tunnel) => {
            core.carries = Some(tunnel);
            true
        }
        Carries::Broken(..) | Carries::Nothing => false,
    }
}

/// A port is no proof of a tunnel: over UDP its faults count where the flow has carried it before.
fn tunnel_fault(core: &Core, packet: &Packet<'_>) -> Option<Fault> {
    let Carries::Broken(tunnel, fault) = packet.carries else {
        return None;
    };
    let sure = packet.ip.protocol != UDP
        || core.carries == Some(tunnel)
        || fault.kind == Kind::TunnelTooDeep;
    sure.then_some(fault)
}

fn association(flow: &mut Flow, arrival: &Arrival<'_>) {
    if let Some(chunks) = &arrival.transport.sctp {
        if flow.core.believes(arrival.side, arrival.transport.checksum) {
            flow.core.associate(chunks);
        }
    }
}

fn faults(flow: &mut Flow, arrival: &Arrival<'_>, pen: &mut Pen<'_>) {
    let Arrival {
        packet,
        transport,
        side,
        ..
    } = *arrival;
    let protocol = flow.application.name();
    let telling = flow.core.judge_checksum(side, transport.checksum);
    let checksum = telling.then(|| wrong_checksum(transport.checksum));
    let flags = transport.tcp.and_then(|tcp| bad_flags(tcp.flags));
    for fault in packet
        .ip
        .faults
        .into_iter()
        .chain([
            tunnel_fault(&flow.core, packet),
            transport.fault,
            checksum,
            flags,
        ])
        .flatten()
    {
        pen.fault(&mut flow.core, protocol, &fault, arrival.moment());
    }
}

fn wrong_checksum(seen: Checksum) -> Fault {
    let found = if let Checksum::Wrong(found) = seen {
        found
    } else {
        0
    };
    Fault::new(
        Kind::TransportBadChecksum,
        usize::from(checksum::RIGHT),
        usize::from(found),
    )
}

/// Combinations no stack sends: SYN with FIN or RST, FIN without ACK, none at all.
fn bad_flags(flags: u8) -> Option<Fault> {
    use flag::{ACK, FIN, PSH, RST, SYN, URG};
    let has = |wanted| flags & wanted != 0;
    let bad = has(SYN) && has(FIN | RST)
        || has(FIN) && !has(ACK)
        || !has(FIN | SYN | RST | PSH | ACK | URG);
    bad.then(|| Fault::new(Kind::TcpBadFlags, usize::from(ACK), usize::from(flags)))
}

/// Content may show that client and server are the other way round. A TCP handshake that was seen outweighs it.
fn orient(flow: &mut Flow, arrival: &mut Arrival<'_>, protocols: &'static [Protocol]) {
    let piece = piece(arrival);
    let reversed = match arrival.transport.tcp {
        _ if piece.bytes.is_empty() => false,
        None => {
            arrival.packet.ip.protocol == UDP
                && flow.application.recognise_datagram(protocols, &piece)
        }
        Some(tcp) => !flow.core.start_seen(&tcp) && flow.application.reversed(protocols, &piece),
    };
    if reversed {
        flow.turn();
        arrival.side = arrival.side.other();
    }
}

fn piece<'a>(arrival: &Arrival<'a>) -> Piece<'a> {
    Piece {
        time_ns: arrival.packet.time_ns,
        packet: arrival.packet.number,
        side: arrival.side,
        ports: arrival
            .transport
            .ports
            .map_or([0; 2], |ports| [ports.source, ports.destination]),
        bytes: arrival.transport.payload,
    }
}

fn datagram(
    flow: &mut Flow,
    arrival: &Arrival<'_>,
    protocols: &'static [Protocol],
    pen: &mut Pen<'_>,
) {
    let Flow {
        core, application, ..
    } = flow;
    if arrival.transport.payload.is_empty()
        || !core.believes(arrival.side, arrival.transport.checksum)
    {
        return;
    }
    application.datagram(protocols, &piece(arrival), core, pen);
}

fn segment(
    flow: &mut Flow,
    arrival: &Arrival<'_>,
    tcp: &Tcp,
    protocols: &'static [Protocol],
    pen: &mut Pen<'_>,
) {
    let side = arrival.side;
    flow.core.ends[side as usize].flags |= tcp.flags;
    if !flow.core.believes(side, arrival.transport.checksum) {
        return;
    }
    let reset_counts = flow.tracks[side as usize].believes_reset(tcp.sequence);
    let syn = u32::from(tcp.flags & flag::SYN != 0);
    let sequence = tcp.sequence.wrapping_add(syn);
    if tcp.flags & flag::RST == 0 {
        flow.tracks[side as usize].start(sequence);
        acknowledge(flow, arrival, tcp, protocols, pen);
        payload(flow, arrival, sequence, protocols, pen);
        if tcp.flags & flag::FIN != 0 {
            flow.tracks[side as usize].finish(sequence.wrapping_add(arrival.transport.announced));
        }
    }
    let both_finished = flow.tracks.iter().all(Track::finished);
    flow.core.advance(side, tcp, both_finished, reset_counts);
    if flow.core.state == State::Closed {
        // Nothing can follow both FINs; the record waits for retransmissions, what was said does not.
        flow.application.end(&mut flow.core, pen, arrival.moment());
    }
}

fn acknowledge(
    flow: &mut Flow,
    arrival: &Arrival<'_>,
    tcp: &Tcp,
    protocols: &'static [Protocol],
    pen: &mut Pen<'_>,
) {
    if tcp.flags & flag::ACK == 0 {
        return;
    }
    let other = arrival.side.other();
    let Flow {
        core,
        tracks,
        streams,
        application,
        ..
    } = flow;
    let track = &mut tracks[other as usize];
    track.acknowledge(tcp.acknowledgement);
    if let Some(streams) = streams {
        let mut ear = Ear {
            core,
            application,
            protocols,
            pen,
            side: other,
            moment: arrival.moment(),
        };
        streams[other as usize].acknowledged(track, &mut ear);
    }
}

fn payload(
    flow: &mut Flow,
    arrival: &Arrival<'_>,
    sequence: u32,
    protocols: &'static [Protocol],
    pen: &mut Pen<'_>,
) {
    let Arrival {
        packet,
        transport,
        side,
        ..
    } = *arrival;
    if transport.announced == 0 {
        return;
    }
    let Flow {
        core,
        tracks,
        streams,
        application,
        ..
    } = flow;
    let segment = Segment {
        time_ns: packet.time_ns,
        packet: packet.number,
        sequence,
        bytes: spare(core, side, transport.payload, pen),
        announced: transport.announced,
    };
    let mut ear = Ear {
        core,
        application,
        protocols,
        pen,
        side,
        moment: arrival.moment(),
    };
    streams.get_or_insert_default()[side as usize].receive(
        &mut tracks[side as usize],
        segment,
        &mut ear,
    );
}

/// Under load the payload of a long flow is left out: missing bytes of the stream, while the flow's record stays exact.
fn spare<'a>(core: &Core, side: Side, payload: &'a [u8], pen: &mut Pen<'_>) -> &'a [u8] {
    if core.ends[side as usize].bytes <= pen.scene.bulk {
        return payload;
    }
    *pen.output.spared.entry(core.interface).or_default() += payload.len() as u64;
    &[]
}

/// Nothing more will come: what waits is delivered, what the receiver has and the sensor has not is missing.
pub fn end(flow: &mut Flow, protocols: &'static [Protocol], pen: &mut Pen<'_>, moment: Moment) {
    let Flow {
        core,
        tracks,
        streams,
        application,
        ..
    } = flow;
    for side in [Side::Client, Side::Server] {
        let track = &mut tracks[side as usize];
        let mut ear = Ear {
            core,
            application,
            protocols,
            pen,
            side,
            moment,
        };
        if let Some(streams) = streams {
            streams[side as usize].end(track, &mut ear);
        }
        let missing = track.missing_at_end();
        if missing > 0 {
            ear.gap(missing);
        }
    }
    let last = Moment {
        time_ns: core.last_ns,
        ..moment
    };
    application.end(core, pen, last);
}

/// One direction's stream on its way to the application.
struct Ear<'a, 'p> {
    core: &'a mut Core,
    application: &'a mut Application,
    protocols: &'static [Protocol],
    pen: &'a mut Pen<'p>,
    side: Side,
    moment: Moment,
}

impl Receiver for Ear<'_, '_> {
    fn bytes(&mut self, time_ns: i64, packet: u64, bytes: &[u8]) {
        let piece = Piece {
            time_ns,
            packet,
            side: self.side,
            ports: self.core.ports_from(self.side),
            bytes,
        };
        self.application
            .stream(self.protocols, &piece, self.core, self.pen);
    }

    fn gap(&mut self, missing: u32) {
        self.core.missing = self.core.missing.saturating_add(u64::from(missing));
        self.application.gap(self.side, u64::from(missing));
        self.fault(Fault {
            kind: Kind::TcpGap,
            expected: 0,
            found: missing,
        });
    }

    fn fault(&mut self, fault: Fault) {
        let protocol = self.application.name();
        self.pen.fault(self.core, protocol, &fault, self.moment);
    }
}
