//! One frame inside another: every tunnel the sensor opens, written by hand.
#![allow(dead_code)]

use starwatch_wire::checksum;

use super::common::{ethernet, ipv4, udp_datagram, End, Ip};

/// The two ends of every tunnel made here.
pub const NEAR: [u8; 4] = [192, 0, 2, 1];
pub const FAR: [u8; 4] = [192, 0, 2, 2];
/// VNI, key, session, label: whatever number the tunnel has.
pub const ID: u32 = 0x1234;

const ETHERNET_HEADER: usize = 14;

/// The packet of an Ethernet frame without tags.
pub fn packet_of(frame: &[u8]) -> &[u8] {
    &frame[ETHERNET_HEADER..]
}

fn ethertype(frame: &[u8]) -> [u8; 2] {
    [frame[12], frame[13]]
}

fn over_ip(protocol: u8, payload: &[u8]) -> Vec<u8> {
    ethernet(0x0800, &ipv4(Ip::new(NEAR, FAR, protocol), payload))
}

pub fn over_udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let from = End {
        address: NEAR,
        port: 50_000,
    };
    let to = End { address: FAR, port };
    over_ip(17, &udp_datagram(from, to, payload))
}

fn network_header(flags: u8, rest: [u8; 3]) -> Vec<u8> {
    let [_, a, b, c] = ID.to_be_bytes();
    vec![flags, rest[0], rest[1], rest[2], a, b, c, 0]
}

pub fn vxlan(frame: &[u8]) -> Vec<u8> {
    over_udp(4789, &[network_header(8, [0; 3]), frame.to_vec()].concat())
}

pub fn vxlan_gpe(frame: &[u8]) -> Vec<u8> {
    let header = network_header(0x0c, [0, 0, 3]);
    over_udp(4790, &[header, frame.to_vec()].concat())
}

/// With one option of four bytes.
pub fn geneve(frame: &[u8]) -> Vec<u8> {
    let header = network_header(2, [0, 0x65, 0x58]);
    let option = vec![1, 2, 3, 1, 9, 9, 9, 9];
    over_udp(6081, &[header, option, frame.to_vec()].concat())
}

/// With a sequence number and an empty extension.
pub fn gtp(frame: &[u8]) -> Vec<u8> {
    let packet = packet_of(frame);
    let length = (packet.len() as u16 + 8).to_be_bytes();
    let mut header = vec![0x36, 0xff, length[0], length[1]];
    header.extend_from_slice(&ID.to_be_bytes());
    header.extend_from_slice(&[0, 1, 0, 0x85, 1, 0, 0, 0]);
    over_udp(2152, &[&header, packet].concat())
}

pub fn l2tp(frame: &[u8]) -> Vec<u8> {
    let packet = packet_of(frame);
    let session = (ID as u16).to_be_bytes();
    let header = [0, 2, 0, 7, session[0], session[1], 0xff, 0x03, 0, 0x21];
    over_udp(1701, &[&header[..], packet].concat())
}

/// Version 3 over IP with a cookie and no sublayer.
pub fn l2tp3(frame: &[u8]) -> Vec<u8> {
    let header = [&ID.to_be_bytes()[..], &[0xc0, 0x0c, 0x1e, 0x55]].concat();
    over_ip(115, &[&header, frame].concat())
}

pub fn gre(frame: &[u8]) -> Vec<u8> {
    let mut payload = vec![0xb0, 0];
    payload.extend_from_slice(&ethertype(frame));
    payload.extend_from_slice(&[0; 4]);
    payload.extend_from_slice(&ID.to_be_bytes());
    payload.extend_from_slice(&[0, 0, 0, 9]);
    payload.extend_from_slice(packet_of(frame));
    let sum = !checksum::total(&payload);
    payload[4..6].copy_from_slice(&sum.to_be_bytes());
    over_ip(47, &payload)
}

pub fn pptp(frame: &[u8]) -> Vec<u8> {
    let packet = packet_of(frame);
    let length = (packet.len() as u16 + 1).to_be_bytes();
    let call = (ID as u16).to_be_bytes();
    let mut payload = vec![0x30, 0x81, 0x88, 0x0b, length[0], length[1]];
    payload.extend_from_slice(&[call[0], call[1], 0, 0, 0, 1, 0, 0, 0, 1, 0x21]);
    payload.extend_from_slice(packet);
    over_ip(47, &payload)
}

pub fn bridged(frame: &[u8]) -> Vec<u8> {
    over_ip(47, &[&[0, 0, 0x65, 0x58], frame].concat())
}

pub fn nvgre(frame: &[u8]) -> Vec<u8> {
    let key = (ID << 8 | 5).to_be_bytes();
    over_ip(47, &[&[0x20, 0, 0x65, 0x58], &key[..], frame].concat())
}

pub fn erspan1(frame: &[u8]) -> Vec<u8> {
    over_ip(47, &[&[0, 0, 0x88, 0xbe], frame].concat())
}

pub fn erspan2(frame: &[u8]) -> Vec<u8> {
    let header = [
        0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 7, 2, 0x34, 0, 0, 0, 0,
    ];
    over_ip(47, &[&header, frame].concat())
}

/// With the platform's own eight bytes.
pub fn erspan3(frame: &[u8]) -> Vec<u8> {
    let header = [
        0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 7, 2, 0x34, 0, 0, 0, 9, 0, 0, 0, 1, 1, 2, 3, 4, 5,
        6, 7, 8,
    ];
    over_ip(47, &[&header, frame].concat())
}

pub fn ipip(frame: &[u8]) -> Vec<u8> {
    let protocol = if ethertype(frame) == [8, 0] { 4 } else { 41 };
    over_ip(protocol, packet_of(frame))
}

pub fn etherip(frame: &[u8]) -> Vec<u8> {
    over_ip(97, &[&[0x30, 0], frame].concat())
}

fn label(id: u32, bottom: bool) -> [u8; 4] {
    (id << 12 | u32::from(bottom) << 8 | 64).to_be_bytes()
}

/// Two labels.
pub fn mpls(frame: &[u8]) -> Vec<u8> {
    let labels = [label(77, false), label(ID, true)].concat();
    ethernet(0x8847, &[&labels, packet_of(frame)].concat())
}

/// A pseudowire with its control word.
pub fn pseudowire(frame: &[u8]) -> Vec<u8> {
    ethernet(0x8847, &[&label(ID, true), &[0; 4], frame].concat())
}

pub fn mpls_in_udp(frame: &[u8]) -> Vec<u8> {
    over_udp(6635, &[&label(ID, true), packet_of(frame)].concat())
}

pub fn pppoe(frame: &[u8]) -> Vec<u8> {
    let packet = packet_of(frame);
    let length = (packet.len() as u16 + 2).to_be_bytes();
    let session = (ID as u16).to_be_bytes();
    let protocol = if ethertype(frame) == [8, 0] {
        0x21
    } else {
        0x57
    };
    let header = [
        0x11, 0, session[0], session[1], length[0], length[1], 0, protocol,
    ];
    ethernet(0x8864, &[&header, packet].concat())
}

/// The type events show, and how it is made.
pub type Wrap = fn(&[u8]) -> Vec<u8>;
pub const ALL: [(&str, Wrap); 19] = [
    ("vxlan", vxlan),
    ("vxlan_gpe", vxlan_gpe),
    ("geneve", geneve),
    ("gtp", gtp),
    ("l2tp", l2tp),
    ("l2tp", l2tp3),
    ("gre", gre),
    ("pptp", pptp),
    ("gre", bridged),
    ("nvgre", nvgre),
    ("erspan", erspan1),
    ("erspan", erspan2),
    ("erspan", erspan3),
    ("ipip", ipip),
    ("etherip", etherip),
    ("mpls", mpls),
    ("mpls", pseudowire),
    ("mpls", mpls_in_udp),
    ("pppoe", pppoe),
];
