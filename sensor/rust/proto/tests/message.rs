//! What an event says of a message, well formed or not.

mod common;

use common::*;

const A: u16 = 1;
const IN: u16 = 1;

/// The data text of one record, as it stands in the event; and the anomalies.
fn data_of(kind: u16, wire: &[u8]) -> (String, Vec<&'static str>) {
    let kept = datagram(&answer("a.example", &[record(kind, IN, 60, wire)]));
    let json = &kept.events[0].json;
    let from = json.find("\"data\":\"").unwrap() + 8;
    let to = json[from..].find("\"}").unwrap() + from;
    (
        json[from..to].replace("\\\"", "\"").replace("\\\\", "\\"),
        kept.kinds(),
    )
}

#[test]
fn a_query() {
    let kept = datagram(&query("www.Example.co.uk"));
    assert_eq!(
        kept.events[0].json,
        concat!(
            r#"{"dns":{"id":"4660","type":"query","op_code":"QUERY","flags":256,"header_flags":["RD"],"#,
            r#""question":{"name":"www.Example.co.uk","type":"A","class":"IN","length":18,"longest_label":7,"labels":4,"#,
            r#""registered_domain":"Example.co.uk","subdomain":"www","top_level_domain":"co.uk"},"#,
            r#""questions_count":1,"answers_count":0,"authorities_count":0,"additionals_count":0}}"#
        )
    );
    assert_eq!(kept.events[0].outcome, None);
    assert_eq!(kept.events[0].hosts, ["www.Example.co.uk"]);
    assert!(kept.anomalies.is_empty());
}

#[test]
fn an_answer() {
    let records = [
        record(5, IN, 30, b"\x03cdn\xc0\x0c"),
        record(A, IN, 60, &[192, 0, 2, 7]),
        record(
            28,
            IN,
            60,
            &[0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        ),
    ];
    let kept = datagram(&answer("example.org", &records));
    let json = &kept.events[0].json;
    assert!(json.contains(r#""response_code":"NOERROR""#));
    assert!(json.contains(concat!(
        r#""answers":[{"name":"example.org","type":"CNAME","class":"IN","ttl":30,"data":"cdn.example.org"},"#,
        r#"{"name":"example.org","type":"A","class":"IN","ttl":60,"data":"192.0.2.7"},"#,
        r#"{"name":"example.org","type":"AAAA","class":"IN","ttl":60,"data":"2001:db8::1"}]"#
    )));
    assert!(json.contains(r#""resolved_ip":["192.0.2.7","2001:db8::1"]"#));
    assert_eq!(kept.events[0].outcome, Some("success"));
    assert_eq!(kept.events[0].hosts, ["example.org", "cdn.example.org"]);
    assert_eq!(kept.events[0].addresses, ["192.0.2.7", "2001:db8::1"]);
    assert!(kept.anomalies.is_empty());
}

#[test]
fn edns_extends_the_response_code() {
    let opt = [&[0][..], &[0, 41, 4, 208, 1, 0, 0x80, 0, 0, 4, 0, 12, 0, 0]].concat();
    let bytes = message(ANSWER, [&[question("a.example", 1)], &[], &[], &[opt]]);
    let kept = datagram(&bytes);
    let json = &kept.events[0].json;
    assert!(json.contains(r#""response_code":"BADVERS""#));
    assert!(json.contains(
        r#""edns":{"version":0,"udp_size":1232,"dnssec_ok":true,"options":["PADDING"]}"#
    ));
    assert_eq!(kept.events[0].outcome, Some("failure"));
    assert!(kept.anomalies.is_empty());
}

#[test]
fn data_in_presentation_form() {
    let digest = b"\x30\x39\x05\x01\xab\xcd";
    let signature = b"\x00\x01\x08\x02\x00\x00\x0e\x10\x65\xe1\xa4\x7f\x65\xe1\xa4\x7f\x30\x39\xc0\x0c\x01\x02\x03";
    let cases: &[(u16, &[u8], &str)] = &[
        (2, b"\x02ns\xc0\x0c", "ns.a.example"),
        (
            6,
            b"\x02ns\xc0\x0c\x04root\xc0\x0c\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05",
            "ns.a.example root.a.example 1 2 3 4 5",
        ),
        (10, b"", "\\# 0"),
        (10, b"\xff\x00", "\\# 2 FF00"),
        (12, b"\xc0\x0c", "a.example"),
        (13, b"\x03x86\x05Linux", "\"x86\" \"Linux\""),
        (15, b"\0\x0a\x04mail\xc0\x0c", "10 mail.a.example"),
        (
            16,
            b"\x05a\"b\\c\x00\x02\xff ",
            "\"a\\\"b\\\\c\" \"\" \"\\255 \"",
        ),
        (17, b"\x01m\xc0\x0c\x00", "m.a.example ."),
        (18, b"\0\x01\xc0\x0c", "1 a.example"),
        (
            24,
            signature,
            "A 8 2 3600 20240301094847 20240301094847 12345 a.example AQID",
        ),
        (25, b"\x01\x00\x03\x08\x01", "256 3 8 AQ=="),
        (
            33,
            b"\0\x01\0\x02\x13\xc4\x03sip\xc0\x0c",
            "1 2 5060 sip.a.example",
        ),
        (
            35,
            b"\0\x64\0\x0a\x01S\x07SIP+D2U\x00\xc0\x0c",
            "100 10 \"S\" \"SIP+D2U\" \"\" a.example",
        ),
        (37, b"\0\x01\0\x02\x05abc", "1 2 5 YWJj"),
        (39, b"\xc0\x0c", "a.example"),
        (43, digest, "12345 5 1 ABCD"),
        (44, b"\x01\x02\xab", "1 2 AB"),
        (
            46,
            signature,
            "A 8 2 3600 20240301094847 20240301094847 12345 a.example AQID",
        ),
        (
            47,
            b"\xc0\x0c\x00\x06\x40\x01\x00\x00\x00\x03\x01\x01\x40",
            "a.example A MX RRSIG NSEC CAA",
        ),
        (48, b"\x01\x01\x03\x0d\x00\x10\x83", "257 3 13 ABCD"),
        (
            50,
            b"\x01\x01\0\x0a\x02\xaa\xbb\x05\x00\x01\x02\x03\x04\x00\x01\x40",
            "1 1 10 AABB 000G40O4 A",
        ),
        (
            50,
            b"\x01\x00\0\x00\x00\x05\x00\x01\x02\x03\x04",
            "1 0 0 - 000G40O4",
        ),
        (51, b"\x01\x00\0\x00\x00", "1 0 0 -"),
        (52, b"\x03\x01\x01\xab\xcd", "3 1 1 ABCD"),
        (53, b"\x03\x01\x01\xab\xcd", "3 1 1 ABCD"),
        (59, digest, "12345 5 1 ABCD"),
        (60, b"\x00\x00\x03\x00\x00", "0 3 0 AA=="),
        (61, b"\x01\x02\x03", "AQID"),
        (64, b"\0\x00\xc0\x0c", "0 a.example"),
        (
            65,
            b"\0\x01\x00\x00\x01\x00\x06\x02h2\x02h3\x00\x03\x00\x02\x20\xfb",
            "1 . alpn=\"h2,h3\" port=8443",
        ),
        (99, b"\x06v=spf1", "\"v=spf1\""),
        (108, b"\x00\x00\x5e\x00\x53\x2a", "00-00-5e-00-53-2a"),
        (
            109,
            b"\x00\x00\x5e\xef\x10\x00\x00\x2a",
            "00-00-5e-ef-10-00-00-2a",
        ),
        (
            249,
            b"\x00\0\0\0\0\0\0\0\x01\0\x03\0\0\0\x02ab\0\0",
            ". 19700101000000 19700101000001 3 0 2 YWI= 0",
        ),
        (
            250,
            b"\xc0\x0c\0\0\0\0\x00\x01\x01\x2c\0\x01\xff\x12\x34\0\x12\0\0",
            "a.example 1 300 1 /w== 4660 18 0",
        ),
        (256, b"\0\x0a\0\x01https://x/", "10 1 \"https://x/\""),
        (257, b"\x80\x05issueca.example", "128 issue \"ca.example\""),
        (65_280, b"\x01\x02", "\\# 2 0102"),
    ];
    for (kind, wire, expected) in cases {
        assert_eq!(
            data_of(*kind, wire),
            ((*expected).to_owned(), vec![]),
            "type {kind}"
        );
    }
}

#[test]
fn data_that_contradicts_its_type_is_shown_as_unknown() {
    let cases: &[(u16, &[u8], &str)] = &[
        (A, b"\x01\x02\x03", "\\# 3 010203"),
        (A, b"", "\\# 0"),
        (A, b"\x01\x02\x03\x04\x05", "\\# 5 0102030405"),
        (15, b"\0", "\\# 1 00"),
        (16, b"\x09short", "\\# 6 0973686F7274"),
        (29, b"\x01\x00", "\\# 2 0100"),
        (47, b"\xc0\x0c\x00\x00", "\\# 4 C00C0000"),
        (
            65,
            b"\0\x01\x00\x00\x03\x00\x09\x01",
            "\\# 8 0001000003000901",
        ),
    ];
    for (kind, wire, expected) in cases {
        let malformed = vec!["dns_malformed"];
        assert_eq!(
            data_of(*kind, wire),
            ((*expected).to_owned(), malformed),
            "type {kind}"
        );
    }
}

#[test]
fn unreadable_data_names_no_host() {
    let kept = datagram(&answer("a.example", &[record(2, IN, 1, b"\x09x")]));
    assert_eq!(kept.events[0].hosts, ["a.example"]);
}

#[test]
fn an_update_may_name_records_without_data() {
    let deletion = record(A, 255, 0, b"");
    let kept = datagram(&message(
        0x2800,
        [&[question("a.example", 6)], &[], &[deletion], &[]],
    ));
    let json = &kept.events[0].json;
    assert!(json.contains(r#""op_code":"UPDATE""#));
    assert!(json.contains(r#""type":"A","class":"ANY","ttl":0,"data":"""#));
    assert!(kept.anomalies.is_empty());
}

#[test]
fn what_stands_before_a_cut_is_still_an_event() {
    let whole = answer(
        "a.example",
        &[
            record(A, IN, 9, &[192, 0, 2, 1]),
            record(A, IN, 9, &[192, 0, 2, 2]),
        ],
    );
    let kept = datagram(&whole[..whole.len() - 3]);
    assert_eq!(kept.kinds(), ["dns_malformed"]);
    assert_eq!(kept.events[0].addresses, ["192.0.2.1"]);
    assert!(kept.events[0].json.contains(r#""answers_count":2"#));
    let length = whole.len() - 3;
    assert_eq!(
        kept.anomalies[0].1,
        format!("the bytes end too early at byte {} of {length}", length - 1)
    );
}

#[test]
fn bytes_behind_the_last_record_are_named() {
    let mut bytes = query("a.example");
    bytes.extend_from_slice(b"hidden");
    let kept = datagram(&bytes);
    assert_eq!(kept.kinds(), ["dns_malformed"]);
    assert_eq!(kept.events.len(), 1);
}

#[test]
fn less_than_a_header_is_only_an_anomaly() {
    let kept = datagram(b"\x12\x34\x01");
    assert_eq!(kept.kinds(), ["dns_malformed"]);
    assert!(kept.events.is_empty());
}

#[test]
fn a_name_that_points_at_itself() {
    let mut bytes = query("a.example");
    bytes.splice(12.., [0xc0, 0x0c, 0, 1, 0, 1]);
    let kept = datagram(&bytes);
    assert_eq!(kept.kinds(), ["dns_name_loop"]);
    assert!(!kept.events[0].json.contains("question\":"));
}

#[test]
fn more_records_than_an_event_carries_are_counted() {
    let records = vec![record(A, IN, 1, &[192, 0, 2, 1]); 300];
    let kept = datagram(&answer("a.example", &records));
    let json = &kept.events[0].json;
    assert_eq!(kept.kinds(), ["dns_too_many_records"]);
    assert!(json.contains(r#""answers_count":300"#));
    assert_eq!(json.matches(r#""data":"192.0.2.1""#).count(), 256);
}

#[test]
fn one_record_has_at_most_4096_bytes_of_text() {
    let (text, kinds) = data_of(61, &[7; 60_000]);
    assert_eq!((text.len(), kinds), (4_096, vec![]));
}

#[test]
fn unfolding_names_stay_within_the_budget() {
    let long = name(
        &[[b'x'; 63]; 3]
            .map(|label| String::from_utf8(label.into()).unwrap())
            .join("."),
    );
    let mut bytes = message(
        ANSWER,
        [&[[long, vec![0, 1, 0, 1]].concat()], &[], &[], &[]],
    );
    let pointers = record(2, IN, 1, &[0xc0, 12]);
    for section in [6, 8, 10] {
        bytes[section..section + 2].copy_from_slice(&256u16.to_be_bytes());
    }
    bytes.extend(pointers.repeat(768));
    let kept = datagram(&bytes);
    let json = &kept.events[0].json;
    assert!(json.len() < 400_000, "{}", json.len());
    assert_eq!(
        kept.kinds(),
        if json.len() > 262_144 {
            vec!["dns_too_many_records"]
        } else {
            vec![]
        }
    );
}

#[test]
fn markup_in_a_name_is_text() {
    let kept = datagram(&query("<script>alert(1)</script>.example"));
    assert!(kept.events[0]
        .json
        .contains(r#""name":"<script>alert(1)</script>.example""#));
}
