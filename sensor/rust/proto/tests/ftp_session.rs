//! FTP sessions: commands with their replies, and the connections they arrange.

mod common;
mod talk;

use proptest::prelude::*;
use serde_json::{json, Value};
use starwatch_stream::application::Side;
use talk::*;

fn login() -> Vec<Turn> {
    vec![
        server("220 FTP ready\r\n"),
        client("USER bob\r\n"),
        server("331 password\r\n"),
        client("PASS hunter2\r\n"),
        server("230-welcome\r\n 230 not the end\r\n230 in\r\n"),
    ]
}

fn told(turns: Vec<Turn>) -> Vec<Value> {
    events(&whole("ftp", &[login(), turns].concat()))[3..].to_vec()
}

fn faults(turns: Vec<Turn>) -> Vec<&'static str> {
    kinds(&whole("ftp", &[login(), turns].concat()))
}

#[test]
fn commands_with_replies() {
    let kept = whole("ftp", &login());
    let found = events(&kept);
    assert_eq!(found.len(), 3);
    assert_eq!(
        found[0]["ftp"],
        json!({"reply_code": 220, "reply": ["FTP ready"]})
    );
    assert_eq!(found[1]["ftp"]["argument"], "bob");
    assert_eq!(
        found[2]["ftp"]["reply"],
        json!(["welcome", " 230 not the end", "in"])
    );
    assert_eq!(found[2]["ftp"]["user"], "bob");
    assert!(!format!("{kept:?}").contains("hunter2"));
    assert_eq!(kept.anomalies, []);
}

#[test]
fn pipelined_commands_are_matched_in_order() {
    let found = told(vec![
        client("SYST\r\nPWD\r\nNOOP\r\n"),
        server("215 UNIX\r\n257 \"/\"\r\n500 no\r\n"),
    ]);
    let codes: Vec<_> = found
        .iter()
        .map(|event| (&event["ftp"]["command"], &event["ftp"]["reply_code"]))
        .collect();
    let wanted = [
        (json!("SYST"), json!(215)),
        (json!("PWD"), json!(257)),
        (json!("NOOP"), json!(500)),
    ];
    let codes: Vec<_> = codes
        .into_iter()
        .map(|(command, code)| (command.clone(), code.clone()))
        .collect();
    assert_eq!(codes, wanted);
}

#[test]
fn a_transfer_has_both_replies() {
    let found = told(vec![
        client("RETR a\r\n"),
        server("150 opening\r\n"),
        server("226 done\r\n"),
    ]);
    assert_eq!(found[0]["ftp"]["reply"], json!(["opening", "done"]));
    assert_eq!(
        (found.len(), &found[0]["ftp"]["reply_code"]),
        (1, &json!(226))
    );
}

#[test]
fn connections_are_expected() {
    for (turns, wanted) in [
        (
            vec![
                client("PASV\r\n"),
                server("227 Entering (10,0,0,2,4,1)\r\n"),
            ],
            (Side::Server, 1025),
        ),
        (
            vec![client("EPSV\r\n"), server("229 Entering (|||6446|)\r\n")],
            (Side::Server, 6446),
        ),
        (
            vec![client("PORT 10,0,0,1,4,2\r\n"), server("200 ok\r\n")],
            (Side::Client, 1026),
        ),
        (
            vec![client("EPRT |1|10.0.0.1|1027|\r\n"), server("200 ok\r\n")],
            (Side::Client, 1027),
        ),
    ] {
        let kept = whole("ftp", &[login(), turns].concat());
        assert_eq!(kept.expected, [wanted]);
        assert_eq!(kept.anomalies, []);
        let event = &events(&kept)[3];
        assert_eq!(event["ftp"]["data"]["port"], wanted.1);
        let mode = if wanted.0 == Side::Server {
            "passive"
        } else {
            "active"
        };
        assert_eq!(event["ftp"]["mode"], mode);
    }
}

#[test]
fn auth_tls_hands_over() {
    let turns = [login(), vec![client("AUTH TLS\r\n"), server("234 go\r\n")]].concat();
    let kept = whole("ftp", &turns);
    assert_eq!(kept.handed, [b"".to_vec()]);
    assert_eq!(events(&kept)[3]["ftp"]["tls"], true);
}

#[test]
fn malformations() {
    assert_eq!(faults(vec![client("PORT 1234\r\n")]), ["ftp_bad_address"]);
    assert_eq!(
        faults(vec![client("PASV\r\n"), server("227 nowhere\r\n")]),
        ["ftp_bad_address"]
    );
    assert_eq!(
        faults(vec![client("PORT 192,0,2,1,4,1\r\n")]),
        ["ftp_bounce"]
    );
    assert_eq!(
        faults(vec![client("PORT 10,0,0,1,0,80\r\n")]),
        ["ftp_bounce"]
    );
    assert_eq!(
        faults(vec![client("PASV\r\n"), server("227 (192,0,2,1,4,1)\r\n")]),
        ["ftp_foreign_passive"]
    );
    assert_eq!(
        faults(vec![client("NOOP\r\n"), server("99 what\r\n")]),
        ["ftp_malformed_reply"]
    );
    assert_eq!(
        faults(vec![client("AUTH TLS\r\nNOOP\r\n"), server("234 go\r\n")]),
        ["ftp_tls_injection"]
    );
    assert_eq!(
        faults(vec![
            client("AUTH TLS\r\n"),
            server("234 go\r\n200 more\r\n")
        ]),
        ["ftp_tls_injection"]
    );
    let long = format!("RETR {}\r\n", "a".repeat(5000));
    assert_eq!(faults(vec![client(&long)]), ["ftp_line_too_long"]);
    assert_eq!(
        told(vec![client(long)])[0]["ftp"]["argument_truncated"],
        true
    );
}

#[test]
fn after_a_gap_replies_belong_to_nobody() {
    let found = told(vec![
        client("PWD\r\n"),
        Turn::Gap(Side::Server, 9),
        client("SYST\r\n"),
        server("x\r\n215 UNIX\r\n"),
    ]);
    assert_eq!(found[0]["ftp"].get("reply_code"), None);
    assert_eq!(found.len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn any_bytes_in_any_pieces(
        turns in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..80)), 0..12),
        size in 1usize..40,
    ) {
        let said = turns.into_iter().map(|(is_server, bytes)| if is_server { server(bytes) } else { client(bytes) });
        let said = [login(), said.collect()].concat();
        let (first, second) = (whole("ftp", &said), hear("ftp", &said, size));
        prop_assert_eq!(first.events, second.events);
        prop_assert_eq!(first.expected, second.expected);
    }
}
