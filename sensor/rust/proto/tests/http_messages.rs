//! Messages: where they begin and end, which response answers which request, what their events say.

mod common;
mod http_support;

use common::Kept;
use http_support::*;
use serde_json::json;
use starwatch_stream::application::{Recognition, Side};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

#[test]
fn a_transaction_says_all_the_catalogue_has() {
    let request = "POST http://Joe:x@Www.Example.co.uk:8080/a/b.php?q=1 HTTP/1.1\r\nHost: www.example.co.uk:8080\r\n\
        User-Agent: curl/8\r\nReferer: http://r/\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\
        Cookie: sid=1; t=2\r\nContent-Type: Application/JSON; charset=utf-8\r\nContent-Length: 18\r\n\r\n{\"password\": \"pw\"}";
    let response = "HTTP/1.0 404 Not Found\r\nSet-Cookie: a=b; Path=/\r\nset-cookie: c=d\r\nContent-Length: 0\r\n\r\n";
    let kept = talk(&[client(request), server(response)]);
    let event = event(&kept, 0);
    let http = &event["http"];
    assert_eq!(http["version"], "1.1");
    assert_eq!(http["transaction"], 0);
    assert_eq!(http["request"]["method"], "POST");
    assert_eq!(http["request"]["bytes"], request.len());
    assert_eq!(
        http["request"]["body"],
        json!({"bytes": 18, "content": "{\"password\": \"***\"}"})
    );
    assert_eq!(http["request"]["mime_type"], "application/json");
    assert_eq!(http["request"]["referrer"], "http://r/");
    assert_eq!(
        http["request"]["headers"]["authorization"],
        json!(["Basic ***"])
    );
    assert_eq!(
        http["request"]["headers"]["cookie"],
        json!(["sid=***; t=***"])
    );
    assert_eq!(
        http["response"]["headers"]["set-cookie"],
        json!(["a=***; Path=/", "c=***"])
    );
    assert_eq!(
        http["response"]["header_names"],
        json!(["Set-Cookie", "set-cookie", "Content-Length"])
    );
    assert_eq!(http["response"]["status_code"], 404);
    assert_eq!(http["response"]["status_phrase"], "Not Found");
    assert_eq!(http["response"]["complete"], true);
    assert_eq!(
        event["url"],
        json!({
            "original": "http://Joe:***@Www.Example.co.uk:8080/a/b.php?q=1",
            "full": "http://www.example.co.uk:8080/a/b.php?q=1",
            "scheme": "http", "domain": "www.example.co.uk", "port": 8080, "path": "/a/b.php",
            "query": "q=1", "extension": "php", "registered_domain": "example.co.uk",
        })
    );
    assert_eq!(event["user_agent"]["original"], "curl/8");
    assert_eq!(event["user"]["name"], "Aladdin");
    assert_eq!(kept.events[0].outcome, Some("failure"));
    assert_eq!(kept.events[0].hosts, ["www.example.co.uk"]);
    assert!(!kept.events[0].json.contains("sesame"));
    assert_eq!(kept.anomalies, []);
}

#[test]
fn an_address_as_host_is_related() {
    let kept = talk(&[
        client("GET / HTTP/1.1\r\nHost: [2001:db8::1]:81\r\n\r\n"),
        server(OK),
    ]);
    assert_eq!(kept.events[0].addresses, ["2001:db8::1"]);
    assert_eq!(column(&kept, "/url/domain"), ["[2001:db8::1]"]);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let requests = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: a\r\n\r\n\r\n\
        POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n\
        GET /4 HTTP/1.1\r\nHost: a\r\n\r\n";
    let responses = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi\
        HTTP/1.1 201 OK\r\nContent-Length: 99\r\n\r\nHTTP/1.1 204 No\r\n\r\n\
        HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n";
    let kept = talk(&[client(requests), server(responses)]);
    assert_eq!(pairs(&kept), ["/1 200", "/2 201", "/3 204", "/4 304"]);
    assert_eq!(column(&kept, "/http/transaction"), ["0", "1", "2", "3"]);
    assert_eq!(
        column(&kept, "/http/request/body/bytes"),
        ["0", "0", "3", "0"]
    );
    assert_eq!(kept.anomalies, []);
}

#[test]
fn a_response_before_its_request_is_over_waits_for_it() {
    let kept = talk(&[
        client("PUT /f HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab"),
        server("HTTP/1.1 413 Large\r\nContent-Length: 0\r\n\r\n"),
        client("cd"),
        get("/2"),
        server(OK),
    ]);
    assert_eq!(pairs(&kept), ["/f 413", "/2 200"]);
    assert_eq!(column(&kept, "/http/request/complete"), ["true", "true"]);
}

#[test]
fn what_is_half_said_is_said_at_the_end() {
    let kept = talk(&[
        get("/1"),
        get("/2"),
        server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"),
    ]);
    assert_eq!(pairs(&kept), ["/1 200", "/2 "]);
    assert_eq!(column(&kept, "/http/response/complete"), ["false", ""]);
    let kept = talk(&[client("GET /cut HTTP/1.1\r\nHost: a.exa")]);
    assert_eq!(column(&kept, "/url/domain"), ["a.exa"]);
    assert_eq!(column(&kept, "/http/request/complete"), ["false"]);
}

#[test]
fn a_response_without_request_stands_alone() {
    let kept = talk(&[server(OK), get("/2"), server(OK)]);
    assert_eq!(pairs(&kept), [" 200", "/2 200"]);
}

#[test]
fn the_connection_ends_a_body_without_length() {
    let kept = talk(&[get("/"), server("HTTP/1.0 200 OK\r\n\r\nab"), server("cd")]);
    assert_eq!(column(&kept, "/http/response/body/content"), ["abcd"]);
    assert_eq!(column(&kept, "/http/response/complete"), ["true"]);
    assert_eq!(file(&kept).content, b"abcd");
}

#[test]
fn the_oldest_http_has_no_head() {
    for (request, reply) in [
        (&b"GET /a"[..], &b"<html>"[..]),
        (b"GET /a\r\n", b"HTML"),
        (b"GET /a\r\n\r\n", b"<"),
    ] {
        let kept = talk(&[client(request), server(reply)]);
        assert_eq!(column(&kept, "/http/version"), ["0.9"]);
        assert_eq!(column(&kept, "/url/path"), ["/a"]);
        assert_eq!(file(&kept).content, reply);
    }
    let kept = talk(&[
        client("GET /a\r\nUser-Agent: x\r\n\r\n"),
        server("HT"),
        server("TP/1.0 200 OK\r\n\r\nx"),
    ]);
    assert_eq!(pairs(&kept), ["/a 200"]);
    assert_eq!(column(&kept, "/user_agent/original"), ["x"]);
}

#[test]
fn connect_and_upgrade_hand_over() {
    let connect = client("CONNECT b.example:443 HTTP/1.1\r\nHost: b.example:443\r\n\r\n");
    let kept = talk(&[
        connect.clone(),
        server("HTTP/1.1 200 OK\r\n\r\n\x16\x03"),
        client("\x16"),
    ]);
    assert_eq!(kept.handed, [b"\x16\x03".to_vec()]);
    assert_eq!(column(&kept, "/url/domain"), ["b.example"]);
    assert_eq!(column(&kept, "/url/port"), ["443"]);

    let refused = server("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
    let kept = talk(&[connect, get("/early"), refused, server(OK)]);
    assert_eq!(pairs(&kept), ["b.example:443 407", "/early 200"]);
    assert_eq!(kept.handed, Vec::<Vec<u8>>::new());

    let upgrade = client("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n");
    let kept = talk(&[
        upgrade,
        server("HTTP/1.1 101 Go\r\nUpgrade: websocket\r\n\r\n\x01"),
    ]);
    assert_eq!(kept.handed, [b"\x01".to_vec()]);
    assert_eq!(pairs(&kept), ["/ws 101"]);
}

fn numbered(number: u8) -> [Step; 2] {
    [get(&format!("/{number}")), answer("", [b'0' + number; 12])]
}

/// A conversation of three transactions with `missing` bytes of one side lost at `at` bytes before the second's end.
fn with_gap(side: Side, keep: usize, missing: usize) -> Kept {
    let mut steps: Vec<Step> = (1..=3).flat_map(numbered).collect();
    let at = if side == Side::Client { 2 } else { 3 };
    let (Step::Client(bytes) | Step::Server(bytes)) = steps[at].clone() else {
        unreachable!()
    };
    let make = |bytes: &[u8]| {
        if side == Side::Client {
            client(bytes)
        } else {
            server(bytes)
        }
    };
    let end = bytes.len().min(keep + missing);
    let over = keep + missing - end;
    let later = at + 2;
    if over > 0 {
        let (Step::Client(next) | Step::Server(next)) = steps[later].clone() else {
            unreachable!()
        };
        steps[later] = make(&next[over.min(next.len())..]);
    }
    let cut = [
        make(&bytes[..keep]),
        Step::Gap(side, missing as u64),
        make(&bytes[end..]),
    ];
    steps.splice(at..=at, cut);
    talk(&steps)
}

#[test]
fn a_gap_inside_a_body_costs_nothing_else() {
    let kept = with_gap(Side::Server, 42, 5);
    assert_eq!(pairs(&kept), ["/1 200", "/2 200", "/3 200"]);
    assert_eq!(
        column(&kept, "/http/response/body/missing_bytes"),
        ["", "5", ""]
    );
    assert_eq!(
        column(&kept, "/http/response/complete"),
        ["true", "false", "true"]
    );
    let missing: Vec<_> = kept
        .files
        .iter()
        .map(|file| (file.missing, file.complete))
        .collect();
    assert_eq!(missing, [(0, true), (5, false), (0, true)]);
    assert_eq!(kept.anomalies, []);
}

#[test]
fn a_gap_over_a_body_s_end_is_left_at_the_next_message() {
    let body_at = 38;
    let kept = with_gap(Side::Server, body_at + 4, 8);
    assert_eq!(pairs(&kept), ["/1 200", "/2 200", "/3 200"]);
    assert_eq!(
        column(&kept, "/http/response/complete"),
        ["true", "false", "true"]
    );
}

#[test]
fn a_response_lost_whole_leaves_its_request_unanswered() {
    let length = match answer("", [b'x'; 12]) {
        Step::Server(bytes) => bytes.len(),
        _ => unreachable!(),
    };
    let mut steps: Vec<Step> = (1..=3).flat_map(numbered).collect();
    steps[3] = Step::Gap(Side::Server, length as u64);
    let kept = talk(&steps);
    assert_eq!(pairs(&kept), ["/1 200", "/2 ", "/3 200"]);
}

#[test]
fn a_request_lost_whole_leaves_its_response_alone() {
    let mut steps: Vec<Step> = (1..=3).flat_map(numbered).collect();
    steps[2] = Step::Gap(Side::Client, 40);
    assert_eq!(pairs(&talk(&steps)), ["/1 200", " 200", "/3 200"]);
}

#[test]
fn a_gap_in_a_head_keeps_what_was_seen() {
    let kept = with_gap(Side::Client, 20, 3);
    assert_eq!(pairs(&kept), ["/1 200", "/2 200", "/3 200"]);
    assert_eq!(
        column(&kept, "/http/request/complete"),
        ["true", "false", "true"]
    );
}

#[test]
fn every_gap_of_every_length_is_survived() {
    for side in [Side::Client, Side::Server] {
        for keep in 0..36 {
            for missing in 1..60 {
                let kept = with_gap(side, keep, missing);
                assert!(
                    (2..=4).contains(&kept.events.len()),
                    "{side:?} {keep} {missing}"
                );
                assert_eq!(column(&kept, "/url/original")[0], "/1");
            }
        }
    }
}

#[test]
fn recognised_by_content() {
    use Recognition::{More, No, Reversed, Yes};
    for (bytes, expected) in [
        (&b"GET / HTTP/1.1\r\n"[..], Yes),
        (b"\r\nGET / HTTP/1.0\r\n", Yes),
        (b"GET /", Yes),
        (b"GET /a b\r\n", No),
        (b"PROPFIND /x HTTP/1.1\n", Yes),
        (b"BREW /pot HTTP/1.1\r\n", Yes),
        (b"get  x\tHTTP/1.1\r\n", Yes),
        (b"OPTIONS * HTTP/1.1\r\n", Yes),
        (b"POST", More),
        (b"POST /x", More),
        (b"OPTIONS sip:a@b SIP/2.0\r\n", No),
        (b"OPTIONS rtsp://a/ RTSP/1.0\r\n", No),
        (b"DESCRIBE rtsp://a/ RTSP/1.0\r\n", No),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", No),
        (b"EHLO mail.example\r\n", No),
        (b"USER anonymous\r\n", No),
        (b"\x16\x03\x01", No),
        (b"SSH-2.0-x\r\n", No),
        (b"HTTP/1.1 200 OK\r\n", Reversed),
        (b"HTTP/1.", More),
        (b"HTTP/x", No),
    ] {
        assert_eq!(
            recognise(Side::Client, bytes),
            expected,
            "{}",
            bytes.escape_ascii()
        );
    }
    assert_eq!(recognise(Side::Server, b"HTTP/1.0 2XX OK\r\n"), Yes);
    assert_eq!(recognise(Side::Server, b"GET / HTTP/1.1\r\n"), Reversed);
    assert_eq!(recognise(Side::Server, b"SIP/2.0 200 OK\r\n"), No);
    assert_eq!(recognise(Side::Server, b"220 ready\r\n"), No);
    let long = format!("POST /{}", "a".repeat(600));
    assert_eq!(recognise(Side::Client, long.as_bytes()), Yes);
}
