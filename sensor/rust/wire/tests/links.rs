//! Links besides Ethernet, what stands between link and network, and the pair a capture deals frames by.

use proptest::prelude::*;
use starwatch_wire::anomaly::Kind;
use starwatch_wire::frames::Frame;
use starwatch_wire::ip::mapped;
use starwatch_wire::layer::{Layers, Tunnel};
use starwatch_wire::packet::{self, Carries, Content, Packet};
use starwatch_wire::transport::{self, Checksum};

/// A UDP datagram over IPv4: 10.0.0.1:1000 → 10.0.0.2:53.
const V4: [u8; 30] = [
    0x45, 0, 0, 30, 0, 1, 0, 0, 64, 17, 0x66, 0xcc, 10, 0, 0, 1, 10, 0, 0, 2, // IPv4
    3, 232, 0, 53, 0, 10, 0x7f, 0x51, b'h', b'i',
];
const SNAP: [u8; 8] = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];

fn frame(link: u32, bytes: &[u8]) -> Frame<'_> {
    Frame {
        time_ns: 0,
        link,
        interface: 0,
        length: bytes.len() as u32,
        bytes,
    }
}

fn packet<'a>(frame: &Frame<'a>, layers: &mut Layers) -> Packet<'a> {
    match packet::parse(frame, 1, layers) {
        Content::Ip(packet) => packet,
        other => panic!("no packet in {:02x?}: {other:?}", frame.bytes),
    }
}

/// Whether V4 is found behind these bytes.
fn found(link: u32, header: &[u8]) -> Vec<(Tunnel, Option<u32>)> {
    let bytes = [header, &V4].concat();
    let mut layers = Layers::default();
    let frame = frame(link, &bytes);
    let packet = packet(&frame, &mut layers);
    assert_eq!(packet.ip.source, mapped([10, 0, 0, 1]), "link type {link}");
    let chain = layers.chain(packet.around);
    chain.iter().map(|layer| (layer.tunnel, layer.id)).collect()
}

#[test]
fn serial_lines_carry_packets() {
    let plain: [(u32, &[u8]); 12] = [
        (104, &[0x0f, 0, 8, 0]),
        (9, &[0xff, 3, 0, 0x21]),
        (9, &[0, 0x21]),
        (9, &[0x21]),
        (9, &[0x8f, 0, 8, 0]),
        (50, &[0xff, 3, 0, 0x21]),
        (107, &[0x18, 0x41, 3, 0xcc]),
        (107, &[0x18, 0x41, 3, 0, 0xcc]),
        (107, &[0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0]),
        (107, &[0x18, 0x41, 8, 0]),
        (1, &[&[0; 12][..], &[0, 38], &SNAP].concat()),
        (1, &[&[0; 12][..], &[0, 33, 6, 6, 3]].concat()),
    ];
    for (link, header) in plain {
        assert_eq!(found(link, header), []);
    }
    let session = [0x11, 0, 0, 9, 0, 32, 0, 0x21];
    assert_eq!(found(51, &session), [(Tunnel::Pppoe, Some(9))]);
}

#[test]
fn wireless_data_frames_carry_packets() {
    let header = |first: u8, second: u8, more: usize| {
        let mut header = vec![first, second];
        header.resize(24 + more, 0);
        [&header[..], &SNAP].concat()
    };
    found(105, &header(0x08, 1, 0));
    found(105, &header(0x88, 2, 2));
    found(105, &header(0x88, 3, 8));
    let radiotap = [0, 0, 9, 0, 2, 0, 0, 0, 0x20];
    found(
        127,
        &[&radiotap[..], &[0x88, 1], &[0; 24], &[0; 2], &SNAP].concat(),
    );
    found(
        192,
        &[&[0, 0, 8, 0, 105, 0, 0, 0][..], &header(8, 0, 0)].concat(),
    );
    for encrypted in [header(0x08, 0x41, 0), header(0x80, 0, 0)] {
        let bytes = [&encrypted[..], &V4].concat();
        let content = packet::parse(&frame(105, &bytes), 1, &mut Layers::default());
        assert!(matches!(content, Content::Other(0)));
    }
}

#[test]
fn labels_end_at_the_bottom_of_their_stack() {
    let ethernet = |ethertype: [u8; 2]| [&[0; 12][..], &ethertype].concat();
    let stack = [&ethernet([0x88, 0x47])[..], &[0, 1, 0, 9], &[0, 2, 0x11, 9]].concat();
    assert_eq!(found(1, &stack), [(Tunnel::Mpls, Some(0x21))]);
    let inner = [&[2; 6][..], &[4; 6], &[8, 0]].concat();
    let wire = [&ethernet([0x88, 0x47])[..], &[0, 2, 0x11, 9], &inner].concat();
    assert_eq!(found(1, &wire), [(Tunnel::Mpls, Some(0x21))]);
    let endless = [&ethernet([0x88, 0x47])[..], &[0, 1, 0, 9].repeat(17)].concat();
    let content = packet::parse(&frame(1, &endless), 1, &mut Layers::default());
    assert!(matches!(content, Content::Malformed(fault) if fault.kind == Kind::TunnelMalformed));
}

#[test]
fn a_service_header_and_a_backbone_tag_are_stepped_over() {
    let nsh = [&[0; 12][..], &[0x89, 0x4f, 0, 2, 1, 1, 0, 0, 7, 255]].concat();
    assert_eq!(found(1, &nsh), [(Tunnel::Nsh, Some(7))]);
    let backbone = [&[0; 12][..], &[0x88, 0xe7, 0, 0, 0, 5], &[2; 12], &[8, 0]].concat();
    assert_eq!(found(1, &backbone), [(Tunnel::Pbb, Some(5))]);
    let interface = [&[0; 12][..], &[0x89, 0x26, 0, 0, 0, 0, 0x81, 0, 0, 7, 8, 0]].concat();
    assert_eq!(found(1, &interface), []);
}

#[test]
fn session_headers_must_be_right() {
    let wrong = [
        &[0; 12][..],
        &[0x88, 0x64, 0x12, 0, 0, 9, 0, 32, 0, 0x21],
        &V4,
    ]
    .concat();
    let content = packet::parse(&frame(1, &wrong), 1, &mut Layers::default());
    assert!(matches!(content, Content::Malformed(fault) if fault.kind == Kind::TunnelMalformed));
    let discovery = [&[0; 12][..], &[0x88, 0x63, 0x11, 9, 0, 0, 0, 0]].concat();
    let content = packet::parse(&frame(1, &discovery), 1, &mut Layers::default());
    assert!(matches!(content, Content::Other(0x8863)));
}

#[test]
fn authentication_is_stepped_over_in_both_families() {
    let mut bytes = V4.to_vec();
    bytes.splice(20..20, [17, 1, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1]);
    (bytes[3], bytes[9]) = (42, 51);
    let mut layers = Layers::default();
    let frame = frame(101, &bytes);
    let ip = packet(&frame, &mut layers).ip;
    assert_eq!((ip.protocol, ip.payload), (17, &V4[20..]));
}

/// A COOKIE ACK as a host sent it (RFC 9260 6.8, appendix A), and with one bit turned.
#[test]
fn the_checksum_of_sctp_is_verified() {
    let header = [
        0x45, 0, 0, 36, 0, 1, 0, 0, 64, 132, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
    ];
    let mut chunk = [
        0, 7, 0, 7, 0x43, 0x23, 0x25, 0x44, 0xce, 0xec, 0x2d, 0x79, 11, 0, 0, 4,
    ];
    let checksum = |chunk: &[u8]| {
        let bytes = [&header, chunk].concat();
        let frame = frame(101, &bytes);
        let ip = packet(&frame, &mut Layers::default()).ip;
        transport::parse(&ip, ip.payload, ip.announced).checksum
    };
    assert_eq!(checksum(&chunk), Checksum::Right);
    chunk[4] ^= 1;
    assert!(matches!(checksum(&chunk), Checksum::Wrong(_)));
    chunk[8..12].fill(0);
    assert_eq!(checksum(&chunk), Checksum::Unknown);
}

/// V4 in IPv4 from 192.0.2.1 to 192.0.2.2.
fn ip_in_ip() -> Vec<u8> {
    let outer = [
        0x45, 0, 0, 50, 0, 1, 0, 0, 64, 4, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,
    ];
    [&outer[..], &V4].concat()
}

#[test]
fn frames_are_dealt_by_their_innermost_pair() {
    let pair = Some((mapped([10, 0, 0, 1]), mapped([10, 0, 0, 2])));
    assert_eq!(packet::inner_pair(&frame(101, &V4)), pair);
    assert_eq!(packet::inner_pair(&frame(101, &ip_in_ip())), pair);
    assert_eq!(packet::inner_pair(&frame(1, &[0; 60])), None);
}

#[test]
fn a_tunnel_the_snap_length_cut_is_no_fault() {
    let bytes = ip_in_ip();
    let cut = Frame {
        length: 50,
        ..frame(101, &bytes[..30])
    };
    let mut layers = Layers::default();
    let mut outer = packet(&cut, &mut layers);
    assert!(packet::open(&mut outer, &mut layers).is_none());
    assert_eq!(outer.carries, Carries::Nothing);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_break_links_and_tunnels(
        link in prop::sample::select(vec![0u32, 1, 9, 50, 51, 101, 104, 105, 107, 113, 127, 192, 276]),
        ethertype in prop::sample::select(vec![0x0800u16, 0x8847, 0x8864, 0x894f, 0x88e7, 0x8926, 0x8100, 40]),
        protocol in prop::sample::select(vec![4u8, 17, 41, 47, 97, 115, 132, 137]),
        port in prop::sample::select(vec![1701u16, 2152, 3544, 4789, 4790, 5247, 6081, 6635, 8472]),
        head in prop::sample::select(vec![0x45u8, 0x60, 0x08, 0x30, 0x0c, 0x34, 0]),
        mut bytes in proptest::collection::vec(any::<u8>(), 0..300),
        longer in 0..40u32,
    ) {
        for (at, value) in [(12, (ethertype >> 8) as u8), (13, ethertype as u8), (14, head), (23, protocol),
                            (36, (port >> 8) as u8), (37, port as u8), (42, head), (43, 0xff)] {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
        let frame = Frame { length: bytes.len() as u32 + longer, ..frame(link, &bytes) };
        let mut layers = Layers::default();
        if let Content::Ip(mut packet) = packet::parse(&frame, 1, &mut layers) {
            let mut depth = 0;
            while let Some(inner) = packet::open(&mut packet, &mut layers) {
                prop_assert!(inner.ip.payload.len() <= packet.ip.payload.len());
                packet = inner;
                depth += 1;
            }
            prop_assert!(depth <= starwatch_wire::layer::MAX_DEPTH);
        }
    }
}
