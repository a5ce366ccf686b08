//! Any bytes in any pieces: no panic, the same events for the same stream, memory and time in step with the input.

mod common;
mod http_support;

use std::time::{Duration, Instant};

use common::{piece, Kept};
use http_support::*;
use proptest::prelude::*;
use starwatch_stream::application::Side;

/// What one flow may hold: a head, 32 requests without response, excerpts, a decoder.
const MAX_HELD: usize = 4 << 20;

/// Both sides of a conversation with everything the parser knows.
fn conversation() -> [Vec<u8>; 2] {
    let form = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\none\r\n--b--\r\n";
    let client = format!(
        "\r\nGET /1 HTTP/1.1\r\nHost: a\r\nX: folded\r\n value\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Type: \
         multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n{form}PUT /3 HTTP/1.1\r\nHost : a\r\n\
         Transfer-Encoding: chunked\r\n\r\n4;x\r\nwxyz\r\n0\r\nT: r\r\n\r\nbad line\r\nHEAD /4 HTTP/1.0\r\n\r\n",
        form.len()
    );
    let coded = gzip(b"some text that is packed");
    let server = [
        &b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"[..],
        &chunked(&coded, 5),
        b"HTTP/1.1 201 Created\nContent-Length: 2\n\nokHTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
    ]
    .concat();
    [client.into_bytes(), server]
}

/// The client's bytes, then the server's, each cut at these sizes over and over.
fn cut(sides: &[Vec<u8>; 2], sizes: &[usize]) -> Kept {
    let mut steps = Vec::new();
    for (at, bytes) in sides.iter().enumerate() {
        let mut rest = &bytes[..];
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (head, tail) = rest.split_at(rest.len().min(*size));
            steps.push(if at == 0 { client(head) } else { server(head) });
            rest = tail;
        }
    }
    let mut kept = talk(&steps);
    // How much of a piece is left at a handover is a matter of the split.
    kept.handed.iter_mut().for_each(Vec::clear);
    kept
}

#[test]
fn the_sample_is_read_whole() {
    let kept = cut(&conversation(), &[usize::MAX]);
    assert_eq!(
        pairs(&kept),
        ["/1 200", "/2 201", "/3 204", "/4 200", " 200"]
    );
    assert_eq!(kept.files.len(), 5, "{:?}", kept.files);
}

#[test]
fn every_single_split_gives_the_same() {
    let sides = conversation();
    let whole = cut(&sides, &[usize::MAX]);
    let longest = sides.iter().map(Vec::len).max().unwrap();
    for at in 1..longest {
        assert_eq!(cut(&sides, &[at, usize::MAX]), whole, "{at}");
    }
    assert_eq!(cut(&sides, &[1]), whole);
}

#[test]
fn every_changed_byte_is_survived_in_any_split() {
    let sides = conversation();
    for side in 0..2 {
        for at in 0..sides[side].len() {
            for value in [0, b'\r', b'\n', b' ', b':', 0xff, sides[side][at] ^ 1] {
                let mut changed = sides.clone();
                changed[side][at] = value;
                assert_eq!(
                    cut(&changed, &[1]),
                    cut(&changed, &[usize::MAX]),
                    "{side} {at} {value}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn any_bytes_in_any_pieces(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        sizes in prop::collection::vec(1usize..50, 1..8),
        at in any::<prop::sample::Index>(),
        side in 0usize..2,
    ) {
        for side in [Side::Client, Side::Server] {
            recognise(side, &bytes);
        }
        let mut sides = conversation();
        let at = at.index(sides[side].len());
        sides[side].splice(at..at, bytes);
        prop_assert_eq!(cut(&sides, &sizes), cut(&sides, &[usize::MAX]));
    }

    #[test]
    fn words_of_http_in_any_order(
        words in prop::collection::vec(prop::sample::select(vec![
            "GET ", "POST ", "CONNECT ", "/", "/a b", " HTTP/1.1", " HTTP/9", "HTTP/1.1 ", "200", "101", "\r\n", "\n",
            "\r", "\r\n\r\n", "Host: a", "Content-Length: ", "5", "99999999999999999999", "Transfer-Encoding: chunked",
            "Content-Encoding: gzip, br", "Content-Type: multipart/x; boundary=b", "--b", "--", "3\r\nabc", "0\r\n",
            " ", ":", ";", "\0", "\u{1f}\u{8b}\u{8}",
        ]), 0..60),
        sizes in prop::collection::vec(1usize..20, 1..6),
        side in 0usize..2,
    ) {
        let mut sides = [b"GET / HTTP/1.1\r\n".to_vec(), b"HTTP/1.1 200 OK\r\n".to_vec()];
        sides[side].extend_from_slice(words.concat().as_bytes());
        prop_assert_eq!(cut(&sides, &sizes), cut(&sides, &[usize::MAX]));
    }

    #[test]
    fn gaps_anywhere(
        steps in prop::collection::vec((0usize..2, 1usize..80, prop::option::of(1u64..100)), 1..40),
    ) {
        let sides = conversation();
        let mut places = [0, 0];
        let mut script = Vec::new();
        for (side, length, gap) in steps {
            let bytes = &sides[side][places[side].min(sides[side].len())..];
            let taken = &bytes[..bytes.len().min(length)];
            script.push(if side == 0 { client(taken) } else { server(taken) });
            places[side] += length;
            if let Some(missing) = gap {
                script.push(Step::Gap([Side::Client, Side::Server][side], missing));
                places[side] += missing as usize;
            }
        }
        talk(&script);
    }
}

/// The shorter of two runs over `bytes` in segments.
fn time(bytes: &[u8], segment: usize) -> Duration {
    let run = || {
        let mut kept = Kept::default();
        let mut parser = (http().stream_parser)();
        let start = Instant::now();
        for segment in bytes.chunks(segment) {
            parser.data(&piece(Side::Client, segment), &mut kept);
            assert!(parser.held() < MAX_HELD, "{}", parser.held());
            kept.anomalies.clear();
            kept.events.clear();
        }
        start.elapsed()
    };
    run().min(run())
}

/// Four times the input may take eight times as long; a busy machine is measured again.
fn expect_linear(name: &str, segment: usize, make: impl Fn(usize) -> Vec<u8>) {
    let inputs = [1, 4].map(make);
    let seen: Vec<_> = (0..5)
        .map(|_| [time(&inputs[0], segment), time(&inputs[1], segment)])
        .take_while(|[once, four]| *four >= *once * 8 + Duration::from_millis(5))
        .collect();
    assert!(seen.len() < 5, "{name} in segments of {segment}: {seen:?}");
}

#[test]
fn the_work_is_linear_in_the_bytes() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\n";
    let chunks = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
    let form = format!(
        "{head}Content-Length: 99999999\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n"
    );
    let gzipped = format!("{head}Content-Length: 99999999\r\nContent-Encoding: gzip\r\n\r\n");
    let many = |start: &str, unit: &[u8], times: usize| {
        [start.as_bytes(), &unit.repeat(times * 200_000 / unit.len())].concat()
    };
    for segment in [1, 1_460, usize::MAX] {
        expect_linear("header fields", segment, |n| many(head, b"A: b\r\n", n));
        expect_linear("folded lines", segment, |n| many(head, b" x\r\n", n));
        expect_linear("one value", segment, |n| many(head, b"a", n));
        expect_linear("chunks of one byte", segment, |n| {
            many(&chunks, b"1\r\na\r\n", n)
        });
        expect_linear("chunk extensions", segment, |n| {
            many(&chunks, b"1;aaaaaaaaaaaa\r\na\r\n", n)
        });
        expect_linear("trailers", segment, |n| {
            many(&format!("{chunks}0\r\n"), b"A: b\r\n", n)
        });
        expect_linear("pipelined requests", segment, |n| {
            many("", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", n)
        });
        expect_linear("lines of nothing", segment, |n| {
            many("GET / HTTP/1.1\r\n\r\nx\r\n", b"GET\r\n", n)
        });
        expect_linear("almost boundaries", segment, |n| many(&form, b"\r\n--", n));
        expect_linear("parts", segment, |n| {
            many(&form, b"\r\n--b\r\nA: b\r\n\r\n", n)
        });
        expect_linear("gzip files", segment, |n| many(&gzipped, &gzip(b"x"), n));
    }
}

#[test]
fn memory_is_bounded_whatever_waits() {
    let request = format!(
        "GET / HTTP/1.1\r\nHost: a\r\nCookie: {}\r\n\r\n",
        "c".repeat(60_000)
    );
    let mut parser = (http().stream_parser)();
    let mut kept = Kept::default();
    for _ in 0..100 {
        parser.data(&piece(Side::Client, request.as_bytes()), &mut kept);
        assert!(parser.held() < MAX_HELD, "{}", parser.held());
    }
    let early = "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n".to_owned() + &"x".repeat(1 << 20);
    parser.data(&piece(Side::Client, early.as_bytes()), &mut kept);
    assert!(parser.held() < MAX_HELD);
}
