//! Malformed messages and the signs of request smuggling: each an anomaly of its kind, with the likelier reading.

mod common;
mod http_support;

use http_support::*;

/// What one request provokes besides a normal one behind it.
fn kinds(head: &str, body: &str) -> Vec<(&'static str, String)> {
    let kept = talk(&[client(format!("{head}\r\n\r\n{body}"))]);
    kept.anomalies
}

fn expect(head: &str, body: &str, kind: &str, detail: &str) {
    let found = kinds(head, body);
    let wanted = |(other, text): &(&str, String)| *other == kind && text.contains(detail);
    assert!(found.iter().any(wanted), "{head:?}: {found:?}");
}

#[test]
fn lengths_that_differ() {
    let post = "POST / HTTP/1.1\r\nHost: a\r\n";
    let length = "http_length_conflict";
    expect(
        &format!("{post}Content-Length: 3\r\nTransfer-Encoding: chunked"),
        "0\r\n\r\n",
        length,
        "beside",
    );
    expect(
        &format!("{post}Content-Length: 3\r\nContent-Length: 4"),
        "abc",
        length,
        "differ",
    );
    expect(
        &format!("{post}Content-Length: 3, 4"),
        "abc",
        length,
        "differ",
    );
    for wrong in ["+3", "3 3", "0x3", "-1", "3;", "99999999999999999999"] {
        expect(
            &format!("{post}Content-Length: {wrong}"),
            "",
            length,
            "no number",
        );
    }
    assert_eq!(
        kinds(
            &format!("{post}Content-Length: 3, 3\r\nContent-Length: 3"),
            "abc"
        ),
        []
    );
}

#[test]
fn transfer_encodings_in_disguise() {
    let post = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:";
    let kind = "http_transfer_encoding";
    for disguise in [
        " xchunked",
        " chunked;a=b",
        " \"chunked\"",
        " \x0bchunked",
        " chunked\x0b",
    ] {
        expect(&format!("{post}{disguise}"), "0\r\n\r\n", kind, "disguise");
    }
    expect(&format!("{post} chunked, gzip"), "", kind, "does not end");
    expect(&format!("{post} cow"), "", kind, "does not end");
    expect(
        &format!("{post} chunked, chunked"),
        "0\r\n\r\n",
        kind,
        "more than once",
    );
    expect(
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked",
        "0\r\n\r\n",
        kind,
        "before HTTP/1.1",
    );
    assert_eq!(kinds(&format!("{post} gzip, \tChunked"), "0\r\n\r\n"), []);
}

#[test]
fn chunks_that_lie() {
    let post = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked";
    let kind = "http_bad_chunk";
    for (body, detail) in [
        ("0x3\r\nabc", "no hexadecimal"),
        ("\r\nabc", "without size"),
        (";x\r\nabc", "without size"),
        ("-1\r\n", "no hexadecimal"),
        ("fffffffffffffffff\r\n", "more than 15"),
        ("3\nabc\r\n0\r\n\r\n", "LF alone"),
        ("3\r\nabc0\r\n\r\n", "no line end"),
        ("3;\rx\r\nabc", "CR without LF"),
    ] {
        expect(post, body, kind, detail);
    }
    expect(
        post,
        &format!("3;{}", "x".repeat(9_000)),
        kind,
        "over 8,192",
    );
    assert_eq!(
        kinds(post, "3 ; a=\"b\"\r\nabc\r\n00\r\nTrailer: x\r\n\r\n"),
        []
    );
}

#[test]
fn headers_that_receivers_disagree_about() {
    let get = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (line, detail) in [
        ("Content-Length : 3", "space between"),
        ("no colon", "without colon"),
        ("B\u{e4}d: x", "no token"),
        (": x", "no token"),
        ("X: a\0b", "NUL or CR"),
        ("X: a\rY: b", "NUL or CR"),
    ] {
        expect(&format!("{get}{line}"), "", "http_bad_header", detail);
    }
    expect(
        "GET / HTTP/1.1\r\n Host: a",
        "",
        "http_bad_header",
        "before the first",
    );
    expect(
        &format!("{get}X: a\r\n b"),
        "",
        "http_line_folding",
        "next line",
    );
    expect("GET / HTTP/1.1\nHost: a", "", "http_bare_lf", "LF alone");
    expect(
        &format!("{get}X: a\nY: b"),
        "",
        "http_bare_lf",
        "header line",
    );
    expect(
        &format!("{get}host: b"),
        "",
        "http_host_conflict",
        "more than one",
    );
    expect(
        "GET / HTTP/1.1\r\nX: a",
        "",
        "http_host_conflict",
        "no Host",
    );
    expect(
        "GET http://b/ HTTP/1.1\r\nHost: a",
        "",
        "http_host_conflict",
        "another host",
    );
    let many: String = (0..200).map(|at| format!("X-{at}: y\r\n")).collect();
    expect(
        &format!("{get}{many}Z: z"),
        "",
        "http_too_many_headers",
        "128",
    );
}

#[test]
fn a_folded_value_is_one() {
    let kept = talk(&[client("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n\t b\r\n\r\n")]);
    assert_eq!(
        event(&kept, 0)["http"]["request"]["headers"]["x"][0],
        "a  \t b"
    );
}

#[test]
fn start_lines() {
    let host = "\r\nHost: a";
    expect(
        &format!("GET / HTTP/1.2{host}"),
        "",
        "http_bad_version",
        "not HTTP/1.0",
    );
    expect(
        &format!("GET / HTTP/01.1{host}"),
        "",
        "http_bad_version",
        "not HTTP/1.0",
    );
    expect(
        &format!("G(T / HTTP/1.1{host}"),
        "",
        "http_bad_start_line",
        "no token",
    );
    expect(
        &format!("GET /a b HTTP/1.1{host}"),
        "",
        "http_bad_start_line",
        "space",
    );
    expect(
        &format!("GET /{} HTTP/1.1{host}", "a".repeat(9_000)),
        "",
        "http_head_too_long",
        "8,192",
    );
    let kept = talk(&[
        get("/1"),
        client("garbage that is no line of HTTP\r\n"),
        get("/2"),
    ]);
    assert_eq!(kept.kinds(), ["http_bad_start_line"]);
    assert_eq!(pairs(&kept), ["/1 ", "/2 "]);
}

#[test]
fn the_status_may_be_no_number() {
    let kept = talk(&[
        get("/"),
        server("HTTP/1.0 2XX OK\r\nContent-Length: 0\r\n\r\n"),
    ]);
    assert_eq!(column(&kept, "/http/response/status"), ["2XX"]);
    assert_eq!(kept.events[0].outcome, None);
}

#[test]
fn an_overlong_head_is_passed_over_and_the_next_message_found() {
    let cookie = format!("Content-Length: 2\r\nCookie: {}", "c".repeat(100_000));
    let long = client(format!(
        "POST /long HTTP/1.1\r\nHost: a\r\n{cookie}\r\nX: y\r\n\r\nhi"
    ));
    let kept = talk(&[long, get("/2")]);
    assert_eq!(pairs(&kept), ["/long ", "/2 "]);
    assert_eq!(kept.kinds(), ["http_head_too_long"]);
    assert_eq!(column(&kept, "/http/request/body/content"), ["hi", ""]);
    assert_eq!(column(&kept, "/http/request/complete"), ["false", "true"]);
}

#[test]
fn a_pipeline_without_end() {
    let requests: Vec<Step> = (0..40).map(|at| get(&format!("/{at}"))).collect();
    let kept = talk(&requests);
    assert_eq!(kept.events.len(), 40);
    assert_eq!(kept.kinds(), ["http_pipeline_too_long"; 8]);
}

#[test]
fn credentials_that_are_none() {
    let request = "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic ???";
    expect(request, "", "http_bad_credentials", "Base64");
}

#[test]
fn smuggled_by_length_the_second_request_is_read() {
    let hidden = "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n";
    let request = format!(
        "POST /front HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
        5 + hidden.len()
    );
    let kept = talk(&[client(request)]);
    assert_eq!(pairs(&kept), ["/front ", "/admin "]);
}
