//! SMTP sessions: transactions, replies, what the client sends ahead, what is lost.

mod common;
mod talk;

use proptest::prelude::*;
use serde_json::{json, Value};
use starwatch_stream::application::{Recognition, Side};
use talk::*;

const EICAR: &[u8] = br"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";
const EICAR_BASE64: &str =
    "WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJQ0FSLVNUQU5EQVJELUFOVElWSVJVUy1URVNU\r\nLUZJTEUhJEgrSCo=\r\n";

fn opening() -> Vec<Turn> {
    vec![
        server("220 mx.example ESMTP\r\n"),
        client("EHLO a.example\r\n"),
        server("250-mx.example\r\n250-PIPELINING\r\n250 CHUNKING\r\n"),
    ]
}

fn envelope() -> Vec<Turn> {
    vec![
        client("MAIL FROM:<a@x.example> SIZE=10\r\n"),
        server("250 ok\r\n"),
        client("RCPT TO:<b@y.example>\r\n"),
        server("250 ok\r\n"),
    ]
}

fn data(content: &str) -> Vec<Turn> {
    vec![
        client("DATA\r\n"),
        server("354 go\r\n"),
        client(content),
        server("250 queued\r\n"),
    ]
}

fn quit() -> Vec<Turn> {
    vec![client("QUIT\r\n"), server("221 bye\r\n")]
}

fn message(body: &str) -> Vec<Turn> {
    [
        opening(),
        envelope(),
        data(&format!("{body}\r\n.\r\n")),
        quit(),
    ]
    .concat()
}

fn attached() -> String {
    format!(
        "From: =?GBK?B?1tDOxA==?= <a@x.example>\r\nTo: b@y.example\r\nSubject: hi\r\n\
         Date: Fri, 21 Nov 1997 09:55:06 -0600\r\nMessage-ID: <1@x>\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee http://u.example/x\r\n--b\r\n\
         Content-Type: application/x-msdownload\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"eicar.com\"\r\n\r\n{EICAR_BASE64}--b--"
    )
}

#[test]
fn a_mail_with_an_attachment() {
    let kept = whole("smtp", &message(&attached()));
    assert_eq!(kept.anomalies, []);
    let [event] = &events(&kept)[..] else {
        panic!()
    };
    assert_eq!(event["smtp"]["mail_from"], "a@x.example");
    assert_eq!(event["smtp"]["rcpt_to"], json!(["b@y.example"]));
    assert_eq!(event["smtp"]["reply_code"], 250);
    assert_eq!(event["smtp"]["message"]["complete"], true);
    assert_eq!(
        event["email"]["from"]["mailbox"],
        json!(["中文 <a@x.example>"])
    );
    assert_eq!(
        event["email"]["origination_timestamp"],
        "1997-11-21T15:55:06.000000Z"
    );
    assert_eq!(event["email"]["url"], json!(["http://u.example/x"]));
    assert_eq!(event["email"]["attachments"][0]["file"]["extension"], "com");
    let file = file(&kept, "eicar.com");
    assert_eq!((&file.content[..], file.complete), (EICAR, true));
    let context: Value = serde_json::from_str(&file.json).unwrap();
    assert_eq!(context["email"]["message_id"], "1@x");
}

#[test]
fn the_split_does_not_matter() {
    let turns = message(&attached());
    let first = whole("smtp", &turns);
    for size in [1, 2, 3, 7, 64] {
        assert_eq!(hear("smtp", &turns, size), first, "{size}");
    }
}

#[test]
fn pipelined_commands_and_two_mails() {
    let both = "MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nRCPT TO:<c@y>\r\nDATA\r\n";
    let turns = [
        opening(),
        vec![
            client(both),
            server("250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n"),
        ],
        vec![client(
            "Subject: one\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<d@y>\r\nDATA\r\n",
        )],
        vec![
            server("250 queued\r\n250 ok\r\n250 ok\r\n354 go\r\n"),
            client("Subject: two\r\n.\r\n"),
            server("554 spam\r\n"),
        ],
    ]
    .concat();
    let kept = whole("smtp", &turns);
    let found = events(&kept);
    assert_eq!(kept.anomalies, []);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0]["smtp"]["refused_recipients"], 1);
    assert_eq!(found[1]["smtp"]["mail_from"], "<>");
    let outcomes: Vec<_> = kept.events.iter().map(|event| event.outcome).collect();
    assert_eq!(outcomes, [Some("success"), Some("failure")]);
}

#[test]
fn chunks() {
    let turns = [
        opening(),
        vec![client("MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nBDAT 16\r\nSubject: hi\r\n\r\n.BDAT 5 LAST\r\n\r\n.\r\n")],
        vec![server("250 ok\r\n250 ok\r\n250 chunk\r\n250 queued\r\n")],
        quit(),
    ]
    .concat();
    let kept = whole("smtp", &turns);
    let [event] = &events(&kept)[..] else {
        panic!("{kept:?}")
    };
    assert_eq!(event["smtp"]["message"]["bytes"], 21);
    assert_eq!(event["email"]["subject"], "hi");
    assert_eq!(kept.anomalies, []);
    assert_eq!(hear("smtp", &turns, 1), kept);
}

#[test]
fn a_session_without_mail_is_an_event() {
    let turns = [opening(), quit()].concat();
    let [event] = &events(&whole("smtp", &turns))[..] else {
        panic!()
    };
    assert_eq!(event["smtp"]["helo"], "a.example");
    assert_eq!(event["smtp"]["tls"], false);
}

#[test]
fn the_account_is_kept_and_the_secret_is_not() {
    for turns in [
        vec![
            client("AUTH PLAIN AGJvYgBzZWNyZXQ=\r\n"),
            server("235 ok\r\n"),
        ],
        vec![
            client("AUTH PLAIN\r\n"),
            server("334 \r\n"),
            client("AGJvYgBzZWNyZXQ=\r\n"),
            server("235 ok\r\n"),
        ],
        vec![
            client("AUTH LOGIN\r\n"),
            server("334 VXNlcm5hbWU6\r\n"),
            client("Ym9i\r\n"),
            server("334 UGFzc3dvcmQ6\r\n"),
            client("c2VjcmV0\r\n"),
            server("235 ok\r\n"),
        ],
    ] {
        let kept = whole("smtp", &[opening(), turns, quit()].concat());
        let [event] = &events(&kept)[..] else {
            panic!()
        };
        assert_eq!(event["smtp"]["auth"]["user"], "bob");
        assert_eq!(event["smtp"]["auth"]["reply_code"], 235);
        let said = format!("{kept:?}");
        assert!(!said.contains("secret") && !said.contains("c2VjcmV0") && !said.contains("AGJvYg"));
    }
}

#[test]
fn starttls_hands_over() {
    let turns = [
        opening(),
        vec![client("STARTTLS\r\n"), server("220 go\r\n")],
    ]
    .concat();
    let kept = whole("smtp", &turns);
    assert_eq!(kept.handed, [b"".to_vec()]);
    assert_eq!(events(&kept)[0]["smtp"]["tls"], true);
    assert_eq!(kept.anomalies, []);
}

#[test]
fn bytes_behind_starttls() {
    let behind = [
        opening(),
        vec![client("STARTTLS\r\nRSET\r\n"), server("220 go\r\n")],
    ]
    .concat();
    assert!(kinds(&whole("smtp", &behind)).contains(&"smtp_starttls_injection"));
    let reply = [
        opening(),
        vec![client("STARTTLS\r\n"), server("220 go\r\n250 more\r\n")],
    ]
    .concat();
    assert_eq!(kinds(&whole("smtp", &reply)), ["smtp_starttls_injection"]);
}

#[test]
fn smuggling_signs() {
    for end in ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r"] {
        let body = format!("Subject: a\r\n\r\nb{end}MAIL FROM:<c@x>\r\n\r\nd");
        let kept = whole("smtp", &message(&body));
        assert_eq!(kinds(&kept), ["smtp_smuggling"], "{end:?}");
        assert_eq!(kept.events.len(), 1);
    }
}

#[test]
fn malformations() {
    let lines = |turns: Vec<Turn>| kinds(&whole("smtp", &[opening(), turns].concat()));
    let long = format!("NOOP {}\r\n", "a".repeat(5000));
    assert_eq!(lines(vec![client(long)]), ["smtp_line_too_long"]);
    assert_eq!(
        lines(vec![client("NOOP\r\n"), server("what\r\n")]),
        ["smtp_malformed_reply"]
    );
    assert_eq!(lines(vec![client("BDAT x\r\n")]), ["smtp_bad_bdat"]);
    assert_eq!(
        lines(vec![client("DATA\r\nSubject: x\r\n")]),
        ["smtp_pipelining"]
    );
    assert_eq!(lines(vec![client("QUIT\r\nNOOP\r\n")]), ["smtp_pipelining"]);
    let silent = [
        vec![
            server("220 mx ESMTP\r\n"),
            client("HELO a\r\n"),
            server("250 mx\r\n"),
        ],
        vec![client("MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\n")],
    ];
    assert_eq!(kinds(&whole("smtp", &silent.concat())), ["smtp_pipelining"]);
}

#[test]
fn a_gap_in_the_message_is_said() {
    let turns = [
        opening(),
        envelope(),
        vec![
            client("DATA\r\n"),
            server("354 go\r\n"),
            client("Subject: a\r\n\r\nb"),
        ],
        vec![
            Turn::Gap(Side::Client, 100),
            server("250 queued\r\n"),
            client("QUIT\r\n"),
            server("221 bye\r\n"),
        ],
    ];
    let found = events(&whole("smtp", &turns.concat()));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["smtp"]["message"]["complete"], false);
}

#[test]
fn only_the_client_was_captured() {
    let turns: Vec<Turn> = message(&attached())
        .into_iter()
        .filter(|turn| matches!(turn, Turn::Client(_)))
        .collect();
    let kept = whole("smtp", &turns);
    let [event] = &events(&kept)[..] else {
        panic!("{kept:?}")
    };
    assert_eq!(event["smtp"]["mail_from"], "a@x.example");
    assert_eq!(file(&kept, "eicar.com").content, EICAR);
}

#[test]
fn told_from_ftp() {
    let smtp = |side, text: &str| recognise("smtp", side, text.as_bytes());
    let ftp = |side, text: &str| recognise("ftp", side, text.as_bytes());
    assert_eq!(smtp(Side::Server, "220 mx ESMTP\r\n"), Recognition::Yes);
    assert_eq!(ftp(Side::Server, "220 mx ESMTP\r\n"), Recognition::No);
    assert_eq!(ftp(Side::Server, "220 ProFTPD\r\n"), Recognition::Yes);
    for both in [smtp, ftp] {
        assert_eq!(both(Side::Server, "220 ready\r\n"), Recognition::More);
        assert_eq!(both(Side::Client, "GET / HTTP/1.1\r\n"), Recognition::No);
        assert_eq!(both(Side::Server, "+OK ready\r\n"), Recognition::No);
    }
    assert_eq!(
        ftp(Side::Server, "220 ready\r\n331 password\r\n"),
        Recognition::Yes
    );
    assert_eq!(smtp(Side::Client, "EHLO x\r\n"), Recognition::Yes);
    assert_eq!(smtp(Side::Server, "ehlo x\r\n"), Recognition::Reversed);
    assert_eq!(smtp(Side::Server, "250 2.1.0 Ok\r\n"), Recognition::Yes);
    assert_eq!(ftp(Side::Client, "USER bob\r\n"), Recognition::More);
    assert_eq!(
        ftp(Side::Client, "USER bob\r\nPASS x\r\nSYST\r\n"),
        Recognition::Yes
    );
    assert_eq!(ftp(Side::Server, "PASV\r\n"), Recognition::Reversed);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn any_bytes_in_any_pieces(
        turns in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..80)), 0..12),
        at in 0usize..14,
        size in 1usize..40,
    ) {
        let mut said = message(&attached());
        for (index, (server, bytes)) in turns.into_iter().enumerate() {
            let turn = if server { Turn::Server(bytes) } else { Turn::Client(bytes) };
            let place = (at + index).min(said.len());
            said.insert(place, turn);
        }
        for side in [Side::Client, Side::Server] {
            for turn in &said {
                if let Turn::Client(bytes) | Turn::Server(bytes) = turn {
                    recognise("smtp", side, bytes);
                    recognise("ftp", side, bytes);
                }
            }
        }
        let (first, second) = (whole("smtp", &said), hear("smtp", &said, size));
        prop_assert_eq!(first.events, second.events);
        prop_assert_eq!(first.files, second.files);
    }

    #[test]
    fn any_message(body in "(?s)(\r\n|\n|\r|\\.|--b|--b--|Content-Type: (text/html|multipart/mixed; boundary=c|message/rfc822)|Content-Transfer-Encoding: (base64|quoted-printable|uuencode)|--c|[ -~]|é){0,60}", size in 1usize..9) {
        let said = message(&format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n{body}"));
        let (first, second) = (whole("smtp", &said), hear("smtp", &said, size));
        prop_assert_eq!(first.events, second.events);
        prop_assert_eq!(first.files, second.files);
    }
}
