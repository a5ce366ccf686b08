//! A tunnel's header and what is in it, behind sound outer headers: the first byte chooses the tunnel.
#![no_main]

use libfuzzer_sys::fuzz_target;

const RAW_IP: u32 = 101;
const ETHERNET: u32 = 1;
const UDP: u8 = 17;
/// IPIP, 6in4, GRE, EtherIP, L2TPv3, MPLS.
const PROTOCOLS: [u8; 6] = [4, 41, 47, 97, 115, 137];
/// L2TP, GTP-U, Teredo, VXLAN, VXLAN-GPE, CAPWAP, Geneve, MPLS (RFC 7510).
const PORTS: [u16; 8] = [1701, 2152, 3544, 4789, 4790, 5247, 6081, 6635];
/// MPLS, PPPoE, NSH, provider backbone, VLAN in VLAN.
const ETHERTYPES: [u16; 5] = [0x8847, 0x8864, 0x894f, 0x88e7, 0x88a8];

fn over_ip(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = (20 + payload.len()) as u16;
    let mut packet = vec![0x45, 0];
    packet.extend(length.to_be_bytes());
    packet.extend([0, 1, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    packet.extend(payload);
    packet
}

fn over_udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let port = port.to_be_bytes();
    let length = ((8 + payload.len()) as u16).to_be_bytes();
    let head = [port, port, length, [0, 0]].concat();
    over_ip(UDP, &[&head, payload].concat())
}

fn over_ethernet(ethertype: u16, payload: &[u8]) -> Vec<u8> {
    [&[2; 12][..], &ethertype.to_be_bytes(), payload].concat()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, rest)) = bytes.split_first() else {
        return;
    };
    let rest = &rest[..rest.len().min(60_000)];
    let at = usize::from(*choice) % (PROTOCOLS.len() + PORTS.len() + ETHERTYPES.len());
    let (link, frame) = if let Some(protocol) = PROTOCOLS.get(at) {
        (RAW_IP, over_ip(*protocol, rest))
    } else if let Some(port) = PORTS.get(at - PROTOCOLS.len()) {
        (RAW_IP, over_udp(*port, rest))
    } else {
        (
            ETHERNET,
            over_ethernet(ETHERTYPES[at - PROTOCOLS.len() - PORTS.len()], rest),
        )
    };
    starwatch_sensor_fuzz::frame(link, &frame);
});
