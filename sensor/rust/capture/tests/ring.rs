//! The packet ring: what comes out is what went in, whatever is searched, cut off or broken in between.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;

use proptest::prelude::*;
use starwatch_capture::ring::{cut_ring, FlowWanted, Options, Ring, Side, Slice, Wanted};
use starwatch_wire::frames::{Entry, Frames, Interface};
use starwatch_wire::ip::mapped;

const EVERYTHING: usize = 1 << 30;
const SEGMENT: u64 = 64 << 10;

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("starwatch-ring-{}-{number}", std::process::id())))
    }

    fn files(&self, extension: &str) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = fs::read_dir(&self.0)
            .expect("the folder is there")
            .map(|entry| entry.expect("readable").path())
            .filter(|path| path.extension().is_some_and(|it| it == extension))
            .collect();
        found.sort();
        found
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("the folder is ours");
    }
}

fn options(epoch: &str) -> Options {
    Options {
        epoch: epoch.into(),
        max_bytes: 1 << 30,
        segment_bytes: SEGMENT,
        reserve_percent: 0,
    }
}

/// A UDP packet between two hosts of 10.0.0.0/24.
fn packet(source: (u8, u16), destination: (u8, u16), payload: usize) -> Vec<u8> {
    let mut bytes = vec![2; 12];
    bytes.extend_from_slice(&[8, 0, 0x45, 0]);
    bytes.extend_from_slice(&((28 + payload) as u16).to_be_bytes());
    bytes.extend_from_slice(&[0, 0, 0, 0, 64, 17, 0, 0]);
    bytes.extend_from_slice(&[10, 0, 0, source.0, 10, 0, 0, destination.0]);
    bytes.extend_from_slice(&source.1.to_be_bytes());
    bytes.extend_from_slice(&destination.1.to_be_bytes());
    bytes.extend_from_slice(&((8 + payload) as u16).to_be_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes.resize(bytes.len() + payload, 0x5a);
    bytes
}

fn frames(packets: &[(i64, Vec<u8>)]) -> Frames {
    let mut made = Frames::default();
    made.interfaces = Arc::from([Interface {
        link: 1,
        name: Some("tap0".into()),
    }]);
    for (time_ns, bytes) in packets {
        made.entries.push(Entry {
            time_ns: *time_ns,
            offset: made.data.len() as u32,
            captured: bytes.len() as u32,
            length: bytes.len() as u32 + 7,
            interface: 0,
        });
        made.data.extend_from_slice(bytes);
    }
    made
}

fn wanted(epoch: &str) -> Wanted {
    Wanted {
        epoch: epoch.into(),
        first_ns: i64::MIN,
        last_ns: i64::MAX,
        flows: Vec::new(),
        community_id: None,
        side: Side::Both,
        max_bytes: EVERYTHING,
        deadline: None,
    }
}

fn flow(source: (u8, u16), destination: (u8, u16)) -> FlowWanted {
    FlowWanted {
        source: mapped([10, 0, 0, source.0]),
        destination: Some(mapped([10, 0, 0, destination.0])),
        source_port: source.1,
        destination_port: destination.1,
        protocol: 17,
    }
}

/// (time, length on the wire, bytes) of each packet of a slice.
fn packets_of(slice: &Slice) -> Vec<(i64, u32, Vec<u8>)> {
    let word = |at: usize| u32::from_le_bytes(slice.pcap[at..at + 4].try_into().expect("4 bytes"));
    let (mut found, mut at) = (Vec::new(), 24);
    while at < slice.pcap.len() {
        let time = i64::from(word(at)) * 1_000_000_000 + i64::from(word(at + 4));
        let size = word(at + 8) as usize;
        found.push((
            time,
            word(at + 12),
            slice.pcap[at + 16..at + 16 + size].to_vec(),
        ));
        at += 16 + size;
    }
    assert_eq!(found.len() as u64, slice.count);
    found
}

fn bytes_of(slice: &Slice) -> Vec<Vec<u8>> {
    packets_of(slice).into_iter().map(|it| it.2).collect()
}

fn cut(folder: &Folder, wanted: &Wanted) -> Slice {
    cut_ring(&folder.0, wanted).expect("a ring that can be read")
}

fn filled(folder: &Folder, epoch: &str, packets: &[(i64, Vec<u8>)], batch: usize) -> Ring {
    let mut ring = Ring::open(&folder.0, options(epoch)).expect("a folder");
    for part in packets.chunks(batch) {
        ring.write(&frames(part));
    }
    ring.flush();
    ring
}

fn talk(count: usize) -> Vec<(i64, Vec<u8>)> {
    (0..count)
        .map(|at| {
            let (asks, answers) = ((1 + (at % 7) as u8, 4000), (200, 53));
            let (from, to) = if at % 2 == 0 {
                (asks, answers)
            } else {
                (answers, asks)
            };
            (at as i64 * 1_000, packet(from, to, at % 400))
        })
        .collect()
}

#[test]
fn everything_comes_back_while_the_ring_is_written_and_after() {
    let folder = Folder::new();
    let packets = talk(2_000);
    let mut ring = filled(&folder, "e", &packets, 100);
    let expected: Vec<Vec<u8>> = packets.iter().map(|it| it.1.clone()).collect();
    let slice = cut(&folder, &wanted("e"));
    assert_eq!((slice.complete, slice.reason), (true, ""));
    assert_eq!(bytes_of(&slice), expected);
    let first = &packets_of(&slice)[5];
    assert_eq!((first.0, first.1), (5_000, packets[5].1.len() as u32 + 7));
    ring.close();
    assert_eq!(cut(&folder, &wanted("e")), slice);
    assert!(folder.files("ring").len() > 3, "several segments");
    assert_eq!(folder.files("ring").len(), folder.files("index").len());
    assert_eq!(ring.tally().packets, 2_000);
}

#[test]
fn a_flow_a_side_a_host_a_span() {
    let folder = Folder::new();
    let packets = talk(3_000);
    let mut ring = filled(&folder, "e", &packets, 64);
    for _ in ["while it is written", "finished"] {
        let mut query = wanted("e");
        query.flows = vec![flow((3, 4000), (200, 53))];
        let both = cut(&folder, &query);
        let is = |it: &[u8], a: u8, b: u8| it[29] == a && it[33] == b;
        let expected: Vec<_> = packets
            .iter()
            .map(|it| it.1.clone())
            .filter(|it| is(it, 3, 200) || is(it, 200, 3))
            .collect();
        assert_eq!(bytes_of(&both), expected);
        query.side = Side::Source;
        assert!(bytes_of(&cut(&folder, &query))
            .iter()
            .all(|it| is(it, 3, 200)));
        query.side = Side::Destination;
        assert!(bytes_of(&cut(&folder, &query))
            .iter()
            .all(|it| is(it, 200, 3)));
        query.side = Side::Both;
        query.flows[0].destination = None;
        assert_eq!(bytes_of(&cut(&folder, &query)), expected, "all of host 3");
        query.flows.clear();
        (query.first_ns, query.last_ns) = (10_000, 20_000);
        assert_eq!(cut(&folder, &query).count, 11);
        query = wanted("e");
        query.community_id = Some(community_of_host_three());
        assert_eq!(bytes_of(&cut(&folder, &query)), expected, "by name");
        ring.close();
    }
}

fn community_of_host_three() -> String {
    let (a, b) = (mapped([10, 0, 0, 3]), mapped([10, 0, 0, 200]));
    let ports = starwatch_wire::transport::Ports {
        source: 4000,
        destination: 53,
        one_way: false,
    };
    let version = starwatch_wire::ip::Version::V4;
    let id = starwatch_wire::community::id(0, version, &a, &b, 17, Some(ports));
    String::from_utf8(id.to_vec()).expect("text")
}

#[test]
fn the_limit_cuts_and_says_so() {
    let folder = Folder::new();
    let _ring = filled(&folder, "e", &talk(100), 10);
    let mut query = wanted("e");
    query.max_bytes = 500;
    let slice = cut(&folder, &query);
    assert!(slice.pcap.len() <= 500 && slice.count > 0);
    assert_eq!((slice.complete, slice.reason), (false, "limit"));
}

#[test]
fn the_oldest_goes_when_the_quota_is_used_up() {
    let folder = Folder::new();
    let mut ring = Ring::open(
        &folder.0,
        Options {
            max_bytes: 4 * SEGMENT,
            ..options("e")
        },
    )
    .expect("a folder");
    let packets = talk(10_000);
    for part in packets.chunks(50) {
        ring.write(&frames(part));
        ring.flush();
    }
    assert!(ring.tally().held_bytes <= 4 * SEGMENT);
    let slice = cut(&folder, &wanted("e"));
    assert_eq!((slice.complete, slice.reason), (false, "rolled_over"));
    let kept = packets_of(&slice);
    assert_eq!(kept.last().map(|it| it.0), Some(9_999_000));
    let mut recent = wanted("e");
    recent.first_ns = kept[0].0 + 1;
    assert!(cut(&folder, &recent).complete, "what is left is whole");
}

#[test]
fn a_disk_without_room_pauses_the_ring_and_says_so() {
    let folder = Folder::new();
    let mut ring = Ring::open(
        &folder.0,
        Options {
            reserve_percent: 100,
            ..options("e")
        },
    )
    .expect("a folder");
    ring.write(&frames(&talk(10)));
    ring.flush();
    let tally = ring.tally();
    assert_eq!((tally.packets, tally.missed), (0, 10));
    assert!(tally.obstacle.contains("100 %"), "{}", tally.obstacle);
    assert_eq!(cut(&folder, &wanted("e")).reason, "absent");
}

#[test]
fn an_epoch_sees_only_its_own_packets() {
    let folder = Folder::new();
    filled(&folder, "before", &talk(20), 10).close();
    filled(&folder, "after", &talk(30), 10).close();
    assert_eq!(cut(&folder, &wanted("before")).count, 20);
    let after = cut(&folder, &wanted("after"));
    assert_eq!((after.count, after.complete), (30, true));
    let other = cut(&folder, &wanted("other"));
    assert_eq!((other.count, other.reason), (0, "absent"));
    assert_eq!(other.pcap.len(), 24);
}

#[test]
fn one_link_type_per_slice() {
    let folder = Folder::new();
    let mut ring = filled(&folder, "e", &talk(3), 3);
    let mut raw = frames(&[(9_000, vec![0x45; 20])]);
    raw.interfaces = Arc::from([Interface {
        link: 101,
        name: None,
    }]);
    ring.write(&raw);
    ring.flush();
    let slice = cut(&folder, &wanted("e"));
    assert_eq!((slice.count, slice.reason), (3, "links"));
}

/// Every file of a ring, as it lay on disk.
fn snapshot(folder: &Folder) -> Vec<(PathBuf, Vec<u8>)> {
    let all = ["ring", "index"].map(|kind| folder.files(kind)).concat();
    all.into_iter()
        .map(|path| (path.clone(), fs::read(path).expect("readable")))
        .collect()
}

fn subsequence(part: &[Vec<u8>], whole: &[Vec<u8>]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|it| rest.any(|other| other == it))
}

#[test]
fn a_bit_flip_anywhere_is_noticed_and_costs_its_block() {
    let folder = Folder::new();
    let packets = talk(400);
    filled(&folder, "e", &packets, 20).close();
    let expected: Vec<Vec<u8>> = packets.iter().map(|it| it.1.clone()).collect();
    let file = &folder.files("ring")[0];
    let sound = fs::read(file).expect("readable");
    for at in (0..sound.len()).step_by(131) {
        for index in [true, false] {
            let mut broken = sound.clone();
            broken[at] ^= 4;
            fs::write(file, &broken).expect("writable");
            let beside = file.with_extension("index");
            let kept = fs::read(&beside).expect("readable");
            if !index {
                fs::remove_file(&beside).expect("removable");
            }
            let slice = cut(&folder, &wanted("e"));
            fs::write(&beside, kept).expect("writable");
            assert!(subsequence(&bytes_of(&slice), &expected));
            let tail = !index && slice.count + 20 >= 400;
            assert!(!slice.complete || tail, "offset {at} index {index}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The process dies when the last segment had any length: what was whole is there, and the ring goes on.
    #[test]
    fn a_crash_at_any_byte(
        sizes in proptest::collection::vec((1_u8..9, 0_usize..900), 1..400),
        batch in 1_usize..60,
        cut_at in 0.0_f64..1.0,
    ) {
        let folder = Folder::new();
        let packets: Vec<_> = sizes.iter().enumerate()
            .map(|(at, &(host, size))| (at as i64, packet((host, 9), (200, 53), size)))
            .collect();
        let ring = filled(&folder, "e", &packets, batch);
        let files = folder.files("ring");
        let last = files.last().expect("a segment").clone();
        let before = snapshot(&folder);
        drop(ring);
        // As the disk was before the orderly end, and shorter.
        for path in folder.files("index") {
            if !before.iter().any(|it| it.0 == path) {
                fs::remove_file(path).expect("removable");
            }
        }
        let length = fs::metadata(&last).expect("there").len();
        let kept = (length as f64 * cut_at) as u64;
        fs::OpenOptions::new().write(true).open(&last).expect("writable").set_len(kept).expect("cut");
        let expected: Vec<Vec<u8>> = packets.iter().map(|it| it.1.clone()).collect();
        let torn = bytes_of(&cut(&folder, &wanted("e")));
        prop_assert!(expected.starts_with(&torn));
        let mut again = filled(&folder, "f", &talk(5), 5);
        prop_assert_eq!(bytes_of(&cut(&folder, &wanted("e"))), torn.clone());
        prop_assert_eq!(cut(&folder, &wanted("f")).count, 5);
        let mut query = wanted("e");
        query.flows = vec![flow((3, 9), (200, 53))];
        let of_host: Vec<_> = torn.into_iter().filter(|it| it[29] == 3).collect();
        prop_assert_eq!(bytes_of(&cut(&folder, &query)), of_host);
        again.close();
    }

    /// Bytes of any kind in a folder of segments are never a panic.
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..2_000), damage in 0_usize..4_000) {
        let folder = Folder::new();
        filled(&folder, "e", &talk(50), 10).close();
        overwrite(&folder.files("ring")[0], damage, &bytes);
        overwrite(&folder.files("index")[0], damage, &bytes);
        let slice = cut(&folder, &wanted("e"));
        prop_assert!(slice.count <= 50);
        prop_assert!(Ring::open(&folder.0, options("f")).is_ok());
    }
}

fn overwrite(path: &Path, at: usize, bytes: &[u8]) {
    let mut content = fs::read(path).expect("readable");
    let at = at.min(content.len());
    let end = (at + bytes.len()).min(content.len());
    content[at..end].copy_from_slice(&bytes[..end - at]);
    fs::write(path, content).expect("writable");
}

#[test]
fn readers_beside_the_writer_see_whole_packets_only() {
    let folder = Folder::new();
    let packets = talk(20_000);
    let expected: Vec<Vec<u8>> = packets.iter().map(|it| it.1.clone()).collect();
    let mut ring = Ring::open(&folder.0, options("e")).expect("a folder");
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = 0;
            while seen < 20_000 {
                let slice = cut(&folder, &wanted("e"));
                assert!(expected.starts_with(&bytes_of(&slice)));
                assert!(slice.count >= seen && (slice.complete || slice.reason == "absent"));
                seen = slice.count;
            }
        });
        for part in packets.chunks(500) {
            ring.write(&frames(part));
            ring.flush();
        }
        reader.join().expect("the reader is content");
    });
}
