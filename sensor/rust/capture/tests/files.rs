//! Capture files of every form, whole and damaged.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;
use starwatch_capture::{capture_digest, CaptureFault, CaptureFile};
use starwatch_wire::anomaly::Kind;
use starwatch_wire::frames::Frames;

/// A file that goes away with its test.
struct Temporary(PathBuf);

impl Temporary {
    fn new(bytes: &[u8]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "starwatch-capture-{}-{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, bytes).expect("the temporary folder takes files");
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).expect("the file is ours");
    }
}

#[derive(Debug, PartialEq, Eq, Clone)]
struct Seen {
    time_ns: i64,
    link: u32,
    length: u32,
    bytes: Vec<u8>,
}

fn open(bytes: &[u8]) -> Result<(Temporary, CaptureFile), CaptureFault> {
    let file = Temporary::new(bytes);
    CaptureFile::open(&file.0).map(|capture| (file, capture))
}

fn all(bytes: &[u8], packets: usize) -> (Vec<Seen>, Vec<Kind>) {
    let (_file, mut capture) = open(bytes).expect("a capture");
    let (mut seen, mut damage) = (Vec::new(), Vec::new());
    while let Some(frames) = capture.read(packets, i64::MAX) {
        assert!(frames.len() <= packets);
        seen.extend(frames_of(&frames));
        damage.extend(frames.damage.iter().map(|damage| damage.kind));
    }
    assert!(capture.finished());
    (seen, damage)
}

fn frames_of(frames: &Frames) -> Vec<Seen> {
    let frame = |at| frames.get(at).expect("inside the batch");
    (0..frames.len())
        .map(frame)
        .map(|frame| Seen {
            time_ns: frame.time_ns,
            link: frame.link,
            length: frame.length,
            bytes: frame.bytes.to_vec(),
        })
        .collect()
}

#[derive(Clone, Copy)]
struct Order(bool);

impl Order {
    const LITTLE: Self = Self(false);
    const BIG: Self = Self(true);

    fn word(self, value: u32) -> [u8; 4] {
        if self.0 {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    }

    fn half(self, value: u16) -> [u8; 2] {
        if self.0 {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    }
}

fn pcap(order: Order, magic: u32, link: u32, records: &[(u32, u32, &[u8])]) -> Vec<u8> {
    let mut file = order.word(magic).to_vec();
    file.extend([order.half(2), order.half(4)].concat());
    file.extend([0, 0, 65_535, link].map(|word| order.word(word)).concat());
    for (seconds, fraction, bytes) in records {
        let length = bytes.len() as u32;
        file.extend(
            [*seconds, *fraction, length, length]
                .map(|word| order.word(word))
                .concat(),
        );
        file.extend_from_slice(bytes);
    }
    file
}

fn block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let mut padded = body.to_vec();
    padded.resize(body.len().next_multiple_of(4), 0);
    let length = order.word(12 + padded.len() as u32);
    [&order.word(kind)[..], &length, &padded, &length].concat()
}

fn section(order: Order) -> Vec<u8> {
    let body = [
        &order.word(0x1a2b_3c4d)[..],
        &order.half(1),
        &order.half(0),
        &[0xff; 8],
    ]
    .concat();
    block(order, 0x0a0d_0d0a, &body)
}

fn option(order: Order, code: u16, value: &[u8]) -> Vec<u8> {
    let mut padded = value.to_vec();
    padded.resize(value.len().next_multiple_of(4), 0);
    [
        &order.half(code)[..],
        &order.half(value.len() as u16),
        &padded,
    ]
    .concat()
}

fn interface(order: Order, link: u16, snap: u32, options: &[u8]) -> Vec<u8> {
    block(
        order,
        1,
        &[
            &order.half(link)[..],
            &order.half(0),
            &order.word(snap),
            options,
        ]
        .concat(),
    )
}

fn enhanced(order: Order, interface: u32, units: u64, bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len() as u32;
    let words = [
        interface,
        (units >> 32) as u32,
        units as u32,
        length,
        length,
    ]
    .map(|word| order.word(word))
    .concat();
    block(order, 6, &[&words[..], bytes].concat())
}

const MICRO: u32 = 0xa1b2_c3d4;
const NANO: u32 = 0xa1b2_3c4d;

#[test]
fn pcap_in_both_orders_and_both_resolutions() {
    for order in [Order::LITTLE, Order::BIG] {
        for (magic, nanoseconds) in [(MICRO, 7_000), (NANO, 7)] {
            let (seen, damage) = all(&pcap(order, magic, 101, &[(3, 7, b"abc"), (4, 0, b"")]), 10);
            let first = Seen {
                time_ns: 3_000_000_000 + nanoseconds,
                link: 101,
                length: 3,
                bytes: b"abc".to_vec(),
            };
            assert_eq!(seen[0], first);
            assert_eq!(seen[1].time_ns, 4_000_000_000);
            assert_eq!(damage, []);
        }
    }
}

#[test]
fn pcapng_sections_interfaces_and_every_packet_block() {
    let mut file = Vec::new();
    for order in [Order::LITTLE, Order::BIG] {
        file.extend(section(order));
        let clock = [
            option(order, 9, &[0x8a]),
            option(
                order,
                14,
                &if order.0 {
                    100i64.to_be_bytes()
                } else {
                    100i64.to_le_bytes()
                },
            ),
        ];
        file.extend(interface(order, 1, 4, &[]));
        file.extend(interface(
            order,
            101,
            0,
            &[&option(order, 2, b"tap0")[..], &clock.concat()].concat(),
        ));
        file.extend(block(order, 0x0bad, b"nobody knows this"));
        file.extend(enhanced(order, 0, 5_000_001, b"one"));
        file.extend(enhanced(order, 1, 1536, b"two"));
        file.extend(block(order, 3, &[&order.word(9)[..], b"three456"].concat()));
        let old = [order.half(1), order.half(0)].concat();
        let words = [0u32, 2048, 4, 4].map(|word| order.word(word)).concat();
        file.extend(block(order, 2, &[&old[..], &words, b"four"].concat()));
    }
    let (seen, damage) = all(&file, 3);
    assert_eq!(damage, []);
    let told: Vec<_> = seen
        .iter()
        .map(|seen| (seen.time_ns, seen.link, seen.length, seen.bytes.as_slice()))
        .collect();
    let once = [
        (5_000_001_000, 1, 3, &b"one"[..]),
        (101_500_000_000, 101, 3, b"two"),
        (101_500_000_000, 1, 9, b"thre"),
        (102_000_000_000, 101, 4, b"four"),
    ];
    assert_eq!(told, [once, once].concat());
}

#[test]
fn an_interface_keeps_its_name() {
    let order = Order::LITTLE;
    let file = [
        section(order),
        interface(order, 1, 0, &option(order, 2, b"eth7")),
        enhanced(order, 0, 1, b"x"),
    ]
    .concat();
    let (_file, mut capture) = open(&file).expect("a capture");
    let frames = capture.read(1, i64::MAX).expect("one frame");
    assert_eq!(frames.interfaces[0].name.as_deref(), Some("eth7"));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}

#[test]
fn gzip_of_several_members_and_zstd() {
    let plain = pcap(
        Order::LITTLE,
        MICRO,
        1,
        &[(1, 0, b"abcdef"), (2, 0, b"ghi")],
    );
    let expected = all(&plain, 10);
    let (front, back) = plain.split_at(30);
    assert_eq!(all(&[gzip(front), gzip(back)].concat(), 10), expected);
    assert_eq!(
        all(&zstd::stream::encode_all(&plain[..], 1).expect("zstd"), 10),
        expected
    );
}

#[test]
fn no_capture_is_an_error_with_advice() {
    for bytes in [
        &b""[..],
        b"hello, world",
        b"\x1f\x8bgarbage here",
        b"\x0a\x0d",
    ] {
        let fault = open(bytes).err().expect("no capture");
        assert!(matches!(fault, CaptureFault::NotACapture(_)), "{fault}");
        assert!(!fault.hint().is_empty());
    }
    let missing = CaptureFile::open(Path::new("/nowhere/at/all"))
        .err()
        .expect("no file");
    assert!(matches!(missing, CaptureFault::Unreadable(_)));
    assert!(matches!(
        CaptureFile::open(&std::env::temp_dir()).err(),
        Some(CaptureFault::Unreadable(_))
    ));
}

#[test]
fn a_file_cut_anywhere_gives_its_whole_frames_and_one_word_of_damage() {
    let records: [(u32, u32, &[u8]); 2] = [(1, 0, b"abcdef"), (2, 0, b"ghi")];
    let order = Order::LITTLE;
    let next = [
        section(order),
        interface(order, 1, 0, &[]),
        enhanced(order, 0, 1, b"abcdef"),
        enhanced(order, 0, 2, b"ghi"),
    ]
    .concat();
    for whole in [pcap(order, MICRO, 1, &records), next] {
        let frames = all(&whole, 10).0;
        for end in 4..whole.len() {
            let (seen, damage) = all(&whole[..end], 10);
            assert!(frames.starts_with(&seen));
            assert!(
                damage.len() <= 1
                    && (seen.len() == 2 || damage.len() == 1 || at_boundary(&whole, end)),
                "cut at {end}"
            );
            assert!(damage.iter().all(|kind| *kind == Kind::CaptureTruncated));
        }
        let squeezed = gzip(&whole);
        let (_, damage) = all(&squeezed[..squeezed.len() - 12], 10);
        assert_eq!(damage, [Kind::CaptureTruncated]);
    }
}

/// Whether a file may end here: between records or blocks.
fn at_boundary(whole: &[u8], end: usize) -> bool {
    let rest = &whole[end..];
    let pcap_record = whole[0] == 0xd4 && (end == 24 || end == 24 + 22);
    pcap_record || rest.starts_with(&[6, 0, 0, 0]) || rest.starts_with(&[1, 0, 0, 0])
}

#[test]
fn impossible_lengths_are_corruption() {
    let mut file = pcap(Order::LITTLE, MICRO, 1, &[(1, 0, b"abcdef")]);
    file[24 + 8..24 + 12].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(all(&file, 10), (vec![], vec![Kind::CaptureCorrupt]));
    let order = Order::LITTLE;
    let start = [section(order), interface(order, 1, 0, &[])].concat();
    let bad = [
        [6u32, 4, 0].map(|word| order.word(word)).concat(),
        [6u32, 1 << 30, 0].map(|word| order.word(word)).concat(),
        enhanced(order, 9, 1, b"x"),
        interface(order, 1, 0, &option(order, 9, &[0x7f])),
        interface(order, 1, 0, &[2, 0, 200, 0]),
    ];
    for block in bad {
        assert_eq!(
            all(&[&start[..], &block].concat(), 10),
            (vec![], vec![Kind::CaptureCorrupt])
        );
    }
}

#[test]
fn endless_blocks_without_frames_need_no_memory() {
    let order = Order::LITTLE;
    let mut file = [section(order), interface(order, 1, 0, &[])].concat();
    for _ in 0..40 {
        file.extend(block(order, 0x0bad, &vec![0; 1 << 20]));
    }
    for _ in 0..100_000 {
        file.extend(block(order, 0x0bad, &[]));
    }
    file.extend(enhanced(order, 0, 1, b"after all"));
    let (_file, mut capture) = open(&file).expect("a capture");
    let frames = capture.read(10, i64::MAX).expect("one frame");
    assert_eq!(frames_of(&frames)[0].bytes, b"after all");
    assert!(frames.data.len() < 4 << 20, "{}", frames.data.len());
}

#[test]
fn frames_that_are_not_due_wait() {
    let (_file, mut capture) = open(&pcap(
        Order::LITTLE,
        MICRO,
        1,
        &[(1, 0, b"a"), (2, 0, b"b")],
    ))
    .expect("a capture");
    assert_eq!(capture.next_ns(), Some(1_000_000_000));
    assert!(capture.read(10, 5).is_none());
    assert_eq!(
        capture.read(10, 1_500_000_000).map(|frames| frames.len()),
        Some(1)
    );
    assert!(!capture.finished());
    let mut late = capture.read(10, i64::MAX).expect("the other");
    late.shift(-1_000_000_000);
    assert_eq!(late.first_ns(), 1_000_000_000);
    assert!(capture.finished() && capture.next_ns().is_none());
}

#[test]
fn the_digest_is_that_of_the_bytes_on_disk() {
    let file = Temporary::new(b"abc");
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(capture_digest(&file.0).expect("readable"), expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn batches_of_any_size_give_the_same_frames(sizes in proptest::collection::vec(0..3000usize, 0..300), packets in 1..50usize) {
        let bytes = vec![0x5a; 3000];
        let records: Vec<_> = sizes.iter().enumerate().map(|(at, &size)| (at as u32, 1, &bytes[..size])).collect();
        let file = pcap(Order::BIG, NANO, 1, &records);
        let (seen, damage) = all(&file, packets);
        prop_assert_eq!(seen.iter().map(|seen| seen.bytes.len()).collect::<Vec<_>>(), sizes);
        prop_assert_eq!(damage, vec![]);
    }

    #[test]
    fn no_bytes_break_a_reader(start in prop::sample::select(vec![0usize, 1, 2]), noise in proptest::collection::vec(any::<u8>(), 0..400)) {
        let order = Order::LITTLE;
        let head = [pcap(order, MICRO, 1, &[]), section(order), [section(order), interface(order, 1, 0, &[])].concat()];
        let (_, damage) = all(&[&head[start][..], &noise].concat(), 7);
        prop_assert!(damage.len() <= 1);
    }
}
