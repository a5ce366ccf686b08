//! What brought other sensors down in 2026, by the number it is publicly known under: here the work stays in step with
//! the bytes, and what is left out is told.

mod common;
mod http_support;
mod talk;
mod tls_support;

use std::time::{Duration, Instant};

use common::{piece, Kept};
use http_support::{gzip, server as answers, Step};
use starwatch_stream::application::Side;
use talk::{client, kinds, protocol, server, whole, Turn};

const SEGMENT: usize = 1_460;
/// What one flow may hold.
const MAX_HELD: usize = 4 << 20;

/// The shorter of two runs over one side's bytes, after an opening.
fn time(name: &str, opening: &[Turn], bytes: &[u8], segment: usize) -> Duration {
    let run = || {
        let mut kept = Kept::default();
        let mut parser = (protocol(name).stream_parser)();
        for turn in opening {
            match turn {
                Turn::Client(said) => parser.data(&piece(Side::Client, said), &mut kept),
                Turn::Server(said) => parser.data(&piece(Side::Server, said), &mut kept),
                Turn::Gap(side, missing) => parser.gap(*side, *missing),
            }
        }
        let start = Instant::now();
        for said in bytes.chunks(segment) {
            parser.data(&piece(Side::Client, said), &mut kept);
            assert!(parser.held() < MAX_HELD, "{}", parser.held());
            kept.events.clear();
            kept.anomalies.clear();
        }
        parser.end(&piece(Side::Client, b""), &mut kept);
        start.elapsed()
    };
    run().min(run())
}

/// Four times the input may take eight times as long; a busy machine is measured again.
fn expect_linear(name: &str, opening: &[Turn], segment: usize, make: impl Fn(usize) -> Vec<u8>) {
    let inputs = [1, 4].map(make);
    let seen: Vec<_> = (0..5)
        .map(|_| {
            inputs
                .each_ref()
                .map(|bytes| time(name, opening, bytes, segment))
        })
        .take_while(|[once, four]| *four >= *once * 8 + Duration::from_millis(5))
        .collect();
    assert!(seen.len() < 5, "{name} in segments of {segment}: {seen:?}");
}

fn letter() -> Vec<Turn> {
    vec![
        server("220 mx\r\n"),
        client("EHLO a\r\n"),
        server("250 mx\r\n"),
        client("MAIL FROM:<a@a>\r\n"),
        server("250 ok\r\n"),
        client("RCPT TO:<b@b>\r\n"),
        server("250 ok\r\n"),
        client("DATA\r\n"),
        server("354 go\r\n"),
        client("Content-Type: text/plain\r\n\r\n"),
    ]
}

/// CVE-2026-22263: header lines that come in many packets were looked through again with every packet.
#[test]
fn headers_over_many_packets() {
    for segment in [1, 9, 100] {
        expect_linear("http", &[], segment, |times| {
            [
                &b"GET / HTTP/1.1\r\nHost: a\r\n"[..],
                &b"A: bbbb\r\n".repeat(times * 10_000),
            ]
            .concat()
        });
        expect_linear("http", &[], segment, |times| {
            [&b"GET / HTTP/1.1\r\nA: "[..], &b"b".repeat(times * 60_000)].concat()
        });
    }
}

/// CVE-2026-22260: every coding of a body called the next, until the stack was used up.
#[test]
fn codings_named_by_the_thousand() {
    let codings = "gzip, deflate, ".repeat(2_000);
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: {codings}gzip\r\nContent-Length: 5\r\n\r\nabcde"
    );
    let kept = http_support::talk(&[http_support::get("/"), answers(head)]);
    assert_eq!(kinds(&kept), ["http_bad_encoding"]);
}

/// CVE-2026-22260: a body packed again and again, and each of many members packed alone.
#[test]
fn bodies_packed_again_and_again() {
    let packed = (0..200).fold(b"the core".to_vec(), |inner, _| gzip(&inner));
    let codings = vec!["gzip"; 200].join(", ");
    let deep = http_support::answer(&format!("Content-Encoding: {codings}\r\n"), &packed);
    let wide = http_support::answer("Content-Encoding: gzip\r\n", gzip(b"x").repeat(20_000));
    for step in [deep, wide] {
        let kept = http_support::talk(&[http_support::get("/"), step]);
        assert_eq!(kinds(&kept), ["http_bad_encoding"]);
    }
}

/// A body of a thousand times its packed size comes out as far as it is bounded, and that is told.
#[test]
fn a_body_that_bursts() {
    let bomb = gzip(&vec![0; 64 << 20]);
    let start = Instant::now();
    let kept = http_support::talk(&[
        http_support::get("/"),
        http_support::answer("Content-Encoding: gzip\r\n", &bomb),
    ]);
    assert_eq!(kinds(&kept), ["http_decompression_bomb"]);
    let content: usize = kept.files.iter().map(|file| file.content.len()).sum();
    assert!(content < 32 << 20, "{content}");
    assert!(start.elapsed() < Duration::from_secs(1));
}

/// CVE-2026-22261: the forwarded-for list was searched again for every alert.
#[test]
fn forwarded_for_half_the_internet() {
    expect_linear("http", &[], SEGMENT, |times| {
        let hops = "10.0.0.1, ".repeat(3_000);
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {hops}\r\n\r\n");
        request.repeat(times * 20).into_bytes()
    });
}

/// CVE-2026-31934: links in a mail were searched for from its beginning with every line.
#[test]
fn mails_made_of_links() {
    for unit in [
        "http://a/ ",
        "http://",
        "http:/",
        "hhhhhttp",
        "https://a.b.c.d/?http://",
        "<a href=http://x>",
        "www.",
    ] {
        expect_linear("smtp", &letter(), SEGMENT, |times| {
            let line = unit.repeat(900 / unit.len()) + "\r\n";
            line.repeat(times * 300).into_bytes()
        });
        expect_linear("smtp", &letter(), SEGMENT, |times| {
            unit.repeat(times * 300_000 / unit.len()).into_bytes()
        });
    }
}

/// CVE-2026-31931: a list of application protocols without one in it was no list at all.
#[test]
fn protocol_lists_with_nothing_in_them() {
    let empty_names = tls_support::extension(16, &[0, 2, 0, 0]);
    let empty_list = tls_support::extension(16, &[0, 0]);
    let no_list = tls_support::extension(16, &[]);
    for extension in [empty_names, empty_list, no_list] {
        let hello = tls_support::handshake(1, &tls_support::hello_body(&[0x1301], &[extension]));
        let mut talk = tls_support::whole(&[tls_support::client(&[hello])]);
        let told = talk.end().told();
        match told["client"]["ja4"].as_str() {
            Some(ja4) => assert!(ja4.contains("00_"), "{ja4}"),
            None => assert_eq!(talk.kept.kinds(), ["tls_malformed_handshake"]),
        }
        assert_eq!(
            told["client"]["supported_ciphers"],
            serde_json::json!(["TLS_AES_128_GCM_SHA256"]),
            "{told}"
        );
    }
}

/// Ranges overlap a thousand times, or lie past what numbers can say.
#[test]
fn ranges_without_measure() {
    let ranges = "0-,".repeat(10_000);
    let request = format!("GET /f HTTP/1.1\r\nHost: a\r\nRange: bytes={ranges}0-\r\n\r\n");
    for range in [
        "bytes 18446744073709551615-18446744073709551615/18446744073709551615",
        "bytes 9223372036854775807-9223372036854775808/*",
        "bytes 99999999999999999999999-1/0",
        "bytes 5-1/2",
        "bytes -",
    ] {
        let head = format!("HTTP/1.1 206 Partial Content\r\nContent-Range: {range}\r\nContent-Length: 3\r\n\r\nabc");
        let kept = http_support::talk(&[Step::Client(request.clone().into_bytes()), answers(head)]);
        assert_eq!(http_support::pairs(&kept), ["/f 206"]);
        assert_eq!(http_support::file(&kept).content, b"abc");
    }
}

/// Answers nobody asked for, and thousands of "go on" before one answer.
#[test]
fn storms_of_answers() {
    let mut storm = vec![http_support::get("/")];
    storm.push(answers("HTTP/1.1 100 Continue\r\n\r\n".repeat(50_000)));
    storm.push(http_support::answer("", "x"));
    let start = Instant::now();
    let kept = http_support::talk(&storm);
    assert!(start.elapsed() < Duration::from_secs(1));
    assert_eq!(http_support::pairs(&kept), ["/ 200"]);
}

/// Headers inside headers: parts in parts in parts, each with a boundary that begins like the last one's.
#[test]
fn mails_in_mails() {
    expect_linear("smtp", &letter()[..9], SEGMENT, |times| {
        let mut text = String::new();
        for depth in 0..times * 500 {
            let boundary = "b".repeat(depth % 60 + 1);
            text += &format!(
                "Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n--{boundary}\r\n"
            );
        }
        text.into_bytes()
    });
    let told = [
        letter()[..9].to_vec(),
        vec![
            client("Content-Type: message/rfc822\r\n\r\n".repeat(100)),
            client("x\r\n.\r\n"),
            server("250 ok\r\n"),
        ],
    ];
    assert!(kinds(&whole("smtp", &told.concat())).contains(&"mime_too_deep"));
}
