//! Headers of every link and network type, whole, cut and hostile.

use proptest::prelude::*;
use starwatch_wire::anomaly::Kind;
use starwatch_wire::frames::Frame;
use starwatch_wire::ip::{mapped, Fragment, Version};
use starwatch_wire::layer::Layers;
use starwatch_wire::packet::{self, Content, Packet};
use starwatch_wire::transport::{self, Checksum};

/// A UDP datagram over IPv4, checksums right: 10.0.0.1:1000 → 10.0.0.2:53, "hi".
const V4: [u8; 30] = [
    0x45, 0, 0, 30, 0, 1, 0, 0, 64, 17, 0x66, 0xcc, 10, 0, 0, 1, 10, 0, 0, 2, // IPv4
    3, 232, 0, 53, 0, 10, 0x7f, 0x51, b'h', b'i',
];

fn frame(link: u32, bytes: &[u8]) -> Frame<'_> {
    Frame {
        time_ns: 0,
        link,
        interface: 0,
        length: bytes.len() as u32,
        bytes,
    }
}

fn parse<'a>(frame: &Frame<'a>, number: u64) -> Content<'a> {
    packet::parse(frame, number, &mut Layers::default())
}

fn packet<'a>(frame: &Frame<'a>) -> Packet<'a> {
    match parse(frame, 1) {
        Content::Ip(packet) => packet,
        other => panic!("no packet: {other:?}"),
    }
}

fn fault(link: u32, bytes: &[u8]) -> Kind {
    match parse(&frame(link, bytes), 1) {
        Content::Malformed(fault) => fault.kind,
        other => panic!("no fault: {other:?}"),
    }
}

/// An IPv6 packet with these headers after the fixed one.
fn v6(next: u8, rest: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0, 0, rest.len() as u8, next, 64];
    packet.extend_from_slice(&[0xfd; 16]);
    packet.extend_from_slice(&[0xfe; 16]);
    packet.extend_from_slice(rest);
    packet
}

#[test]
fn every_link_type_finds_the_packet() {
    let ethernet = [&[2; 6][..], &[4; 6], &[8, 0]].concat();
    let cooked = [&[0, 0, 0, 1, 0, 6][..], &[4; 6], &[0, 0, 8, 0]].concat();
    let cooked2 = [&[8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6][..], &[4; 6], &[0, 0]].concat();
    let links: [(u32, &[u8]); 11] = [
        (1, &ethernet),
        (113, &cooked),
        (276, &cooked2),
        (0, &[2, 0, 0, 0]),
        (0, &[0, 0, 0, 2]),
        (108, &[0, 0, 0, 2]),
        (12, &[]),
        (14, &[]),
        (101, &[]),
        (228, &[]),
        (113, &[&cooked[..14], &[0x81, 0, 0xa0, 9, 8, 0]].concat()),
    ];
    for (link, header) in links {
        let bytes = [header, &V4].concat();
        let packet = packet(&frame(link, &bytes));
        assert_eq!(
            (packet.ip.source, packet.ip.protocol),
            (mapped([10, 0, 0, 1]), 17),
            "link type {link}"
        );
        if [1, 113, 276].contains(&link) {
            assert_eq!(packet.link.source, Some([4; 6]));
        }
    }
    assert_eq!(packet(&frame(229, &v6(59, &[]))).ip.version, Version::V6);
}

#[test]
fn tags_are_stripped_and_their_priority_masked() {
    let tagged = [
        &[0; 12][..],
        &[
            0x91, 0, 0xff, 0xff, 0x88, 0xa8, 0, 8, 0x81, 0, 0x30, 7, 8, 0,
        ],
        &V4,
    ]
    .concat();
    let link = packet(&frame(1, &tagged)).link;
    assert_eq!((link.vlan, link.outer_vlan), (Some(7), Some(4095)));
}

#[test]
fn what_is_not_ip_is_told_by_its_ethertype() {
    let arp = [&[0; 12][..], &[8, 6], &[0; 28]].concat();
    assert!(matches!(parse(&frame(1, &arp), 1), Content::Other(0x0806)));
    assert!(matches!(
        parse(&frame(0, &[7, 0, 0, 0, 1, 2]), 1),
        Content::Other(0)
    ));
}

#[test]
fn padding_is_no_payload_and_a_cut_frame_keeps_its_length() {
    let padded = [&V4[..], &[0; 20]].concat();
    assert_eq!(packet(&frame(101, &padded)).ip.payload.len(), 10);
    let cut = Frame {
        length: 30,
        ..frame(101, &V4[..29])
    };
    let ip = packet(&cut).ip;
    assert_eq!(
        (ip.payload.len(), ip.announced, ip.length, ip.faults),
        (9, 10, 30, [None, None])
    );
    let udp = transport::parse(&ip, ip.payload, ip.announced);
    assert_eq!(
        (udp.payload, udp.announced, udp.checksum, udp.fault),
        (&b"h"[..], 2, Checksum::Unknown, None)
    );
    assert_eq!(
        packet(&frame(101, &V4[..29])).ip.faults[0].map(|fault| fault.kind),
        Some(Kind::IpTruncated)
    );
}

#[test]
fn checksums_are_verified() {
    let ip = packet(&frame(101, &V4)).ip;
    assert_eq!(ip.faults, [None, None]);
    assert_eq!(
        transport::parse(&ip, ip.payload, ip.announced).checksum,
        Checksum::Right
    );
    let mut wrong = V4;
    wrong[29] ^= 1;
    let ip = packet(&frame(101, &wrong)).ip;
    assert!(matches!(
        transport::parse(&ip, ip.payload, ip.announced).checksum,
        Checksum::Wrong(_)
    ));
    wrong[8] = 1;
    assert_eq!(
        packet(&frame(101, &wrong)).ip.faults[1].map(|fault| fault.kind),
        Some(Kind::IpBadChecksum)
    );
}

#[test]
fn ipv4_options_are_stepped_over() {
    let mut packet_bytes = V4.to_vec();
    packet_bytes.splice(20..20, [1, 1, 1, 0]);
    (packet_bytes[0], packet_bytes[3]) = (0x46, 34);
    assert_eq!(packet(&frame(101, &packet_bytes)).ip.payload, &V4[20..]);
}

#[test]
fn ipv6_extension_headers_are_stepped_over() {
    let chain = [
        &[43, 0, 0, 0, 0, 0, 0, 0][..],
        &[51, 0, 0, 0, 0, 0, 0, 0],
        &[60, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        &[17, 0, 0, 0, 0, 0, 0, 0],
        &V4[20..],
    ];
    let ip_bytes = v6(0, &chain.concat());
    let ip = packet(&frame(101, &ip_bytes)).ip;
    assert_eq!((ip.protocol, ip.payload), (17, &V4[20..]));
}

#[test]
fn encryption_and_no_next_header_end_the_chain() {
    for last in [50, 59] {
        let ip_bytes = v6(60, &[last, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]);
        assert_eq!(packet(&frame(101, &ip_bytes)).ip.protocol, last);
    }
}

#[test]
fn a_tower_of_extension_headers_is_named() {
    let ip_bytes = v6(60, &[60, 0, 0, 0, 0, 0, 0, 0].repeat(20));
    assert_eq!(
        packet(&frame(101, &ip_bytes)).ip.faults[1].map(|fault| fault.kind),
        Some(Kind::IpExtensionLoop)
    );
}

#[test]
fn ipv6_fragments_say_where_they_belong_and_atomic_ones_are_whole() {
    let fragment = |word: u16| {
        let [high, low] = word.to_be_bytes();
        v6(44, &[17, 0, high, low, 0, 0, 0, 9, 1, 2, 3, 4])
    };
    let middle = fragment(8 << 3 | 1);
    let expected = Fragment {
        id: 9,
        offset: 64,
        more: true,
    };
    assert_eq!(packet(&frame(101, &middle)).ip.fragment, Some(expected));
    assert_eq!(packet(&frame(101, &fragment(0))).ip.fragment, None);
}

#[test]
fn malformed_headers_are_named() {
    assert_eq!(fault(1, &[0; 13]), Kind::LinkTruncated);
    assert_eq!(
        fault(1, &[&[0; 12][..], &[0x81, 0, 0]].concat()),
        Kind::LinkTruncated
    );
    assert_eq!(fault(147, &V4), Kind::LinkUnknown);
    assert_eq!(fault(101, &[0x45, 0, 0]), Kind::IpTruncated);
    assert_eq!(fault(101, &[0x95; 20]), Kind::IpBadHeader);
    assert_eq!(fault(228, &[0x44; 20]), Kind::IpBadHeader);
    assert_eq!(fault(229, &[0x45; 40]), Kind::IpBadHeader);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_break_the_parsers(
        link in prop::sample::select(vec![0u32, 1, 12, 14, 101, 108, 113, 228, 229, 276]),
        first in prop::sample::select(vec![0x45u8, 0x4f, 0x60, 0]),
        mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
        longer in 0..100u32,
    ) {
        if let Some(byte) = bytes.first_mut() {
            *byte = first;
        }
        let frame = Frame { length: bytes.len() as u32 + longer, ..frame(link, &bytes) };
        if let Content::Ip(packet) = parse(&frame, 1) {
            let transport = transport::parse(&packet.ip, packet.ip.payload, packet.ip.announced);
            prop_assert!(transport.payload.len() <= packet.ip.payload.len());
            prop_assert!(packet.ip.payload.len() <= packet.ip.announced as usize);
        }
    }
}
