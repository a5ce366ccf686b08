//! What is taken for DNS and what is not.

mod common;

use common::*;
use starwatch_stream::application::{Piece, Recognition, Side};
use Recognition::{More, No, Reversed, Yes};

#[test]
fn questions_and_answers_say_who_is_the_client() {
    let (query, answer) = (query("a.example"), answer("a.example", &[]));
    assert_eq!(recognise_datagram(Side::Client, &query), Yes);
    assert_eq!(recognise_datagram(Side::Server, &answer), Yes);
    assert_eq!(recognise_datagram(Side::Client, &answer), Reversed);
    assert_eq!(recognise_datagram(Side::Server, &query), Reversed);
}

#[test]
fn odd_but_real_messages() {
    let answer = |flags| message(flags, [&[question("a.example", 1)], &[], &[], &[]]);
    for flags in [0x8180, 0x8183, 0x8185, 0x8380, 0x85b0, 0x81c0] {
        assert_eq!(
            recognise_datagram(Side::Server, &answer(flags)),
            Yes,
            "{flags:x}"
        );
    }
    for flags in [0x0000, 0x0100, 0x0110, 0x0130, 0x0140, 0x2400, 0x2800] {
        assert_eq!(
            recognise_datagram(Side::Client, &answer(flags)),
            Yes,
            "{flags:x}"
        );
    }
    let many = message(
        QUERY,
        [
            &[question("a.example", 1), question("b.example", 1)],
            &[],
            &[],
            &[],
        ],
    );
    assert_eq!(recognise_datagram(Side::Client, &many), Yes);
    let records_only = message(
        0x8400,
        [
            &[],
            &[[&b"\0"[..], &[0, 6, 0, 1, 0, 0, 0, 0, 0, 0]].concat()],
            &[],
            &[],
        ],
    );
    assert_eq!(recognise_datagram(Side::Server, &records_only), Yes);
    let cookie_only = message(
        QUERY,
        [&[], &[], &[], &[b"\0\0\x29\x04\xd0\0\0\0\0\0\0".to_vec()]],
    );
    assert_eq!(recognise_datagram(Side::Client, &cookie_only), Yes);
}

#[test]
fn a_truncated_answer_may_announce_more_than_it_holds() {
    let mut cut = message(0x8380, [&[question("a.example", 1)], &[], &[], &[]]);
    cut[7] = 9;
    assert_eq!(recognise_datagram(Side::Server, &cut), Yes);
    cut[2] = 0x81;
    assert_eq!(recognise_datagram(Side::Server, &cut), No);
}

#[test]
fn other_protocols() {
    let others: &[&[u8]] = &[
        b"",
        b"\0",
        b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03abcdefghijklmnopqrstuvwxyz",
        b"\x1b\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", // NTP
        b"\x00\x01\x00\x00\x21\x12\xa4\x42aaaaaaaaaaaa",                                                       // STUN
        b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP c\r\n\r\n",
        &[0; 64],
        &[0xff; 64],
    ];
    for bytes in others {
        assert_eq!(recognise_datagram(Side::Client, bytes), No, "{bytes:?}");
        assert_ne!(recognise_stream(Side::Client, bytes), Yes, "{bytes:?}");
    }
}

#[test]
fn messages_that_only_share_the_format() {
    let netbios = query("CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(recognise_datagram(Side::Client, &netbios), No);
    let unicast_wanted = message(
        0,
        [
            &[[name("_http._tcp.local"), vec![0, 12, 0x80, 1]].concat()],
            &[],
            &[],
            &[],
        ],
    );
    assert_eq!(recognise_datagram(Side::Client, &unicast_wanted), No);
    let plain = message(0, [&[question("printer.local", 1)], &[], &[], &[]]);
    for port in [5353, 5355] {
        let on_port = |bytes| {
            dns().datagram.unwrap()(&Piece {
                ports: [40_000, port],
                ..piece(Side::Client, bytes)
            })
        };
        assert_eq!(on_port(&plain), No);
        assert_eq!(
            on_port(&query("www.example")),
            Yes,
            "DNS put on port {port}"
        );
    }
}

#[test]
fn implausible_headers() {
    let wrong = |change: fn(&mut Vec<u8>)| {
        let mut bytes = query("a.example");
        change(&mut bytes);
        recognise_datagram(Side::Client, &bytes)
    };
    assert_eq!(wrong(|bytes| bytes[2] = 0x39), No, "opcode 7");
    assert_eq!(
        wrong(|bytes| bytes[3] = 0x03),
        No,
        "a query with a response code"
    );
    assert_eq!(wrong(|bytes| bytes[7] = 1), No, "a query with an answer");
    assert_eq!(wrong(|bytes| bytes[4] = 1), No, "256 questions");
    assert_eq!(wrong(|bytes| bytes[5] = 0), No, "no entry at all");
    assert_eq!(wrong(|bytes| *bytes.last_mut().unwrap() = 2), No, "class 2");
    assert_eq!(
        wrong(|bytes| bytes[12] = 0xc0),
        No,
        "a pointer with nothing before it"
    );
    assert_eq!(wrong(|bytes| bytes.truncate(20)), No, "a cut question");
}

#[test]
fn a_stream_is_told_as_soon_as_its_first_question_is_there() {
    let bytes = framed(&answer("a.example", &[record(1, 1, 9, &[192, 0, 2, 1])]));
    let enough = 2 + 12 + 11 + 4;
    for length in 0..enough {
        assert_eq!(
            recognise_stream(Side::Server, &bytes[..length]),
            More,
            "{length}"
        );
    }
    for length in enough..bytes.len() {
        assert_eq!(
            recognise_stream(Side::Server, &bytes[..length]),
            Yes,
            "{length}"
        );
    }
    assert_eq!(recognise_stream(Side::Client, &bytes), Reversed);
    assert_eq!(recognise_stream(Side::Client, b"\x00\x05abcde"), No);
}
