//! What a connection's event says, and when; every way a handshake can go wrong is an anomaly.

mod common;
mod tls_support;

use starwatch_stream::application::Side::{Client, Server};
use tls_support::*;

/// Hashes of the test certificate, by another implementation (Python's cryptography).
const MD5: &str = "7CE595B30B790A5E3118137440369CFA";
const SHA1: &str = "2FE48F2C49D4B2EB2E931B8587A5762CA261E635";
const SHA256: &str = "2E8FF5439238535C0C3E2C3B971852729AD66216539CCCF68EEAD8443233054C";

#[test]
fn a_full_handshake_of_tls_1_2() {
    let mut talk = whole(&full_handshake());
    assert_eq!(talk.kept.kinds(), [] as [&str; 0]);
    let told = talk.told();
    assert_eq!(told["version"], "1.2");
    assert_eq!(told["version_protocol"], "tls");
    assert_eq!(told["cipher"], "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    assert_eq!(told["curve"], "x25519");
    assert_eq!(told["next_protocol"], "h2");
    assert_eq!(told["established"], true);
    assert_eq!(told["resumed"], false);
    assert_eq!(told["session_ticket"], true);
    assert_eq!(talk.kept.events[0].outcome, Some("success"));
    assert_eq!(talk.kept.events[0].hosts, ["www.example"]);
    talk.say(Client, &data()).say(Server, &data()).end();
    assert_eq!(talk.kept.events.len(), 1);
}

#[test]
fn what_the_client_offers() {
    let told = whole(&full_handshake()).told();
    let client = &told["client"];
    assert_eq!(client["server_name"], "www.example");
    assert_eq!(
        client["ja3_full"],
        "771,4865-49199,0-10-11-13-16-43,29-23,0"
    );
    assert_eq!(
        client["ja4_raw"],
        "t13d0206h2_1301,c02f_000a,000b,000d,002b_0403,0804"
    );
    assert!(client["ja4"].as_str().unwrap().starts_with("t13d0206h2_"));
    assert_eq!(client["ja3"].as_str().unwrap().len(), 32);
    assert_eq!(
        client["supported_versions"],
        serde_json::json!(["1.3", "1.2"])
    );
    assert_eq!(
        client["supported_groups"],
        serde_json::json!(["x25519", "secp256r1"])
    );
    assert_eq!(client["alpn"], serde_json::json!(["h2", "http/1.1"]));
    assert_eq!(told["server"]["ja3s_full"], "771,49199,16");
}

#[test]
fn what_the_certificate_says() {
    let told = whole(&full_handshake()).told();
    let server = &told["server"];
    assert_eq!(server["certificate_count"], 2);
    assert_eq!(server["hash"]["sha1"], SHA1);
    assert_eq!(server["hash"]["md5"], MD5);
    assert_eq!(server["hash"]["sha256"], SHA256);
    assert_eq!(
        server["subject"],
        "CN=leaf.example, O=StarWatch\\, Test, C=CN"
    );
    assert_eq!(server["not_before"], "1965-01-01T00:00:00.000000Z");
    assert_eq!(server["self_signed"], true);
    assert_eq!(server["expired_at_use"], true);
    let x509 = &server["x509"];
    assert_eq!(x509["serial_number"], "97E60001");
    assert_eq!(x509["version_number"], "3");
    assert_eq!(x509["subject"]["organization"][0], "StarWatch, Test");
    assert_eq!(
        x509["alternative_names"],
        serde_json::json!(["leaf.example", "192.0.2.7", "a@leaf.example"])
    );
    assert_eq!(x509["public_key_algorithm"], "ECDSA");
    assert_eq!(x509["public_key_size"], 256);
    assert_eq!(x509["signature_algorithm"], "ECDSA-SHA256");
}

#[test]
fn tls_1_3_is_told_at_the_clients_finished() {
    let mut parts = handshake_13();
    let last = parts.pop().unwrap();
    let mut talk = whole(&parts);
    assert_eq!(talk.kept.events.len(), 0);
    talk.say(last.0, &last.1);
    let told = talk.told();
    assert_eq!(told["version"], "1.3");
    assert_eq!(told["curve"], "x25519");
    assert_eq!(told["established"], true);
}

#[test]
fn a_client_that_refuses_in_tls_1_3_is_not_established() {
    let mut parts = handshake_13();
    parts[2] = client(&[change(), record(DATA, &[1; 19])]);
    let mut talk = whole(&parts);
    assert_eq!(talk.end().told()["established"], false);
}

#[test]
fn a_second_hello_after_a_retry_request_has_a_fingerprint_of_its_own() {
    let second = handshake(
        1,
        &hello_body(&[0x1301], &[server_name("a.example"), versions(&[0x0304])]),
    );
    let parts = [
        client(&[client_hello()]),
        server(&[retry(), change()]),
        client(&[change(), second.clone()]),
        server(&[server_hello_13(), data()]),
        client(&[data()]),
    ];
    let talk = whole(&parts);
    assert_eq!(talk.kept.anomalies, []);
    let told = talk.told();
    assert_eq!(told["hello_retry"], true);
    assert!(told["client"]["ja4_retry"]
        .as_str()
        .unwrap()
        .starts_with("t13d010200_"));
    // Of the client's side alone it shows as well.
    let mut alone = whole(&[client(&[client_hello(), change(), second, data()])]);
    let alone = alone.end().told();
    assert_eq!(alone["client"]["ja4_retry"], told["client"]["ja4_retry"]);
    assert_eq!(alone["hello_retry"], serde_json::Value::Null);
}

#[test]
fn resumption_is_a_handshake_without_certificate() {
    let talk = whole(&[
        client(&[client_hello()]),
        server(&[server_hello(), change(), finished()]),
        client(&[change(), finished()]),
    ]);
    assert_eq!(talk.kept.anomalies, []);
    assert_eq!(talk.told()["resumed"], true);
    let psk = server_hello_of(
        &[8; 32],
        0x1301,
        &[extension(43, &[3, 4]), extension(41, &[0, 0])],
    );
    let talk = whole(&[client(&[client_hello()]), server(&[psk]), client(&[data()])]);
    assert_eq!(talk.told()["resumed"], true);
}

#[test]
fn a_fatal_alert_is_told_at_once() {
    let talk = whole(&[
        client(&[client_hello()]),
        server(&[record(ALERT, &[2, 40])]),
    ]);
    let told = talk.told();
    assert_eq!(told["alert"][0], "handshake_failure");
    assert_eq!(told["established"], false);
    assert_eq!(talk.kept.events[0].outcome, Some("failure"));
}

#[test]
fn a_client_certificate_is_the_clients() {
    let mut parts = full_handshake();
    parts[1] = server(&[
        server_hello(),
        certificate(),
        handshake(13, &[0; 6]),
        done(),
    ]);
    parts[2] = client(&[certificate(), client_key_exchange(), change(), finished()]);
    let told = whole(&parts).told();
    assert_eq!(told["client_certificate_requested"], true);
    assert_eq!(told["client"]["hash"]["sha1"], SHA1);
    assert_eq!(told["client"]["certificate_count"], 2);
}

#[test]
fn one_side_alone_is_told_after_some_patience_or_at_the_end() {
    let mut talk = whole(&[client(&[client_hello()])]);
    assert_eq!(talk.kept.events.len(), 0);
    assert_eq!(talk.end().told()["established"], false);
    let mut client_only = whole(&[client(&[
        client_hello(),
        client_key_exchange(),
        change(),
        finished(),
    ])]);
    client_only.say(Client, &data().repeat(16));
    assert_eq!(client_only.told()["established"], true);
    let server_only = [server(&[
        server_hello(),
        certificate(),
        done(),
        change(),
        finished(),
        data().repeat(16),
    ])];
    let told = whole(&server_only).told();
    assert_eq!(told["server"]["hash"]["sha1"], SHA1);
    assert_eq!(told["established"], true);
}

#[test]
fn the_side_that_says_the_clients_hello_is_the_client() {
    let turned: Vec<Part> = full_handshake()
        .into_iter()
        .map(|(side, bytes)| (side.other(), bytes))
        .collect();
    let told = whole(&turned).told();
    assert_eq!(told["server"]["hash"]["sha1"], SHA1);
    assert_eq!(told["established"], true);
}

#[test]
fn a_gap_keeps_what_was_read_and_says_so() {
    let bytes = [server_hello(), certificate()].concat();
    // The second certificate's last bytes are lost: the first is whole.
    let mut talk = whole(&[
        client(&[client_hello()]),
        (Server, bytes[..bytes.len() - 20].to_vec()),
    ]);
    talk.gap(Server, 20)
        .say(Server, &[key_exchange(), done()].concat());
    let told = talk.end().told();
    assert_eq!(told["incomplete"], true);
    assert_eq!(told["cipher"], "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    assert_eq!(told["server"]["hash"]["sha1"], SHA1);
    assert_eq!(told["curve"], "x25519");
    assert_eq!(talk.kept.anomalies, []);
}

#[test]
fn after_a_gap_no_message_begins_in_the_middle_of_another() {
    let bytes = [server_hello(), certificate()].concat();
    let cut = server_hello().len() + 60;
    let mut talk = whole(&[client(&[client_hello()]), (Server, bytes[..cut].to_vec())]);
    talk.gap(Server, 100).say(Server, &bytes[cut + 100..]).end();
    assert_eq!(talk.kept.anomalies, []);
    assert_eq!(talk.told()["server"]["hash"], serde_json::Value::Null);
}

#[test]
fn a_hello_in_the_form_of_ssl_2() {
    let ciphers = [0, 0, 0x2f, 1, 0, 0x80, 0, 0xc0, 0x2f];
    let body = [&[1, 3, 1, 0, 9, 0, 0, 0, 16][..], &ciphers, &[5; 16]].concat();
    let hello = [&[0x80, body.len() as u8][..], &body].concat();
    assert_eq!(
        recognise(Client, &hello),
        starwatch_stream::application::Recognition::Yes
    );
    let mut parts = full_handshake();
    parts[0] = (Client, hello);
    for size in [1, 7, usize::MAX] {
        let told = talk(&parts, size).told();
        assert_eq!(
            told["client"]["supported_ciphers"][1],
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
        );
        assert_eq!(told["client"]["supported_versions"][0], "1.0");
        assert_eq!(told["established"], true);
    }
    let answer = [&[0x80, 11, 4, 0, 1, 0, 2][..], &[0; 6]].concat();
    let told = whole(&[parts[0].clone(), (Server, answer)]).told();
    assert_eq!(told["version_protocol"], "ssl");
    assert_eq!(told["version"], "2.0");
}

#[test]
fn the_result_does_not_depend_on_the_pieces() {
    for parts in [full_handshake(), handshake_13()] {
        let expected = whole(&parts);
        for size in [1, 2, 3, 5, 17, 100, 1460] {
            let kept = talk(&parts, size).kept;
            assert_eq!(kept, expected.kept, "pieces of {size}");
        }
    }
}

#[test]
fn messages_cut_into_records_of_any_size() {
    for size in [1, 3, 50] {
        let whole_message = &client_hello()[5..];
        let cut: Vec<u8> = whole_message
            .chunks(size)
            .flat_map(|body| record(HANDSHAKE, body))
            .collect();
        assert_eq!(
            recognise(Client, &cut),
            starwatch_stream::application::Recognition::Yes
        );
        let mut parts = full_handshake();
        parts[0] = (Client, cut);
        assert_eq!(whole(&parts).told()["client"]["server_name"], "www.example");
    }
}

fn kinds(parts: &[Part]) -> Vec<&'static str> {
    whole(parts).end().kept.kinds()
}

#[test]
fn a_record_that_is_none() {
    assert_eq!(
        kinds(&[client(&[client_hello(), b"GET / HTTP/1.1".to_vec()])]),
        ["tls_malformed_record"]
    );
    let too_long = [22, 3, 3, 0xff, 0xff].to_vec();
    assert_eq!(
        kinds(&[client(&[client_hello(), too_long])]),
        ["tls_malformed_record"]
    );
}

#[test]
fn lengths_that_contradict_each_other() {
    let extensions = [numbers(&[0]), short(&[0, 200, 0])].concat();
    let body = hello_body(&[47], &[extensions]);
    assert_eq!(
        kinds(&[client(&[handshake(1, &body)])]),
        ["tls_malformed_handshake"]
    );
    let mut cut = hello_body(&[47], &[versions(&[0x304])]);
    cut.truncate(cut.len() - 2);
    let talk = &mut whole(&[client(&[handshake(1, &cut)])]);
    assert_eq!(talk.end().kept.kinds(), ["tls_malformed_handshake"]);
    assert_eq!(talk.told()["client"]["ja4"], serde_json::Value::Null);
}

#[test]
fn a_message_too_large_is_not_kept() {
    let mut talk = whole(&[client(&[client_hello()])]);
    talk.say(Server, &server_hello());
    talk.say(Server, &record(HANDSHAKE, &[11, 0xff, 0xff, 0xff, 0]));
    for _ in 0..100 {
        talk.say(Server, &record(HANDSHAKE, &[0; 16_000]));
    }
    assert!(talk.held() < 4096);
    assert_eq!(talk.end().kept.kinds(), ["tls_handshake_too_large"]);
    assert_eq!(talk.told()["incomplete"], true);
}

#[test]
fn a_certificate_that_is_none_keeps_its_hashes() {
    let mut parts = full_handshake();
    parts[1] = server(&[
        server_hello(),
        handshake(11, &chain(&[b"no certificate"])),
        done(),
    ]);
    let talk = whole(&parts);
    assert_eq!(talk.kept.kinds(), ["tls_bad_certificate"]);
    assert_eq!(
        talk.told()["server"]["hash"]["md5"].as_str().unwrap().len(),
        32
    );
    assert_eq!(talk.told()["server"]["subject"], serde_json::Value::Null);
}

#[test]
fn a_heartbeat_that_asks_for_more_than_it_carries() {
    let overread = record(HEARTBEAT, &[1, 0x40, 0]);
    let parts = [
        client(&[client_hello()]),
        server(&[server_hello()]),
        client(&[overread]),
    ];
    assert_eq!(kinds(&parts), ["tls_heartbleed"]);
    let honest = record(HEARTBEAT, &[&[1, 0, 2, 7, 7][..], &[0; 16]].concat());
    let parts = [
        client(&[client_hello()]),
        server(&[server_hello()]),
        client(&[honest]),
    ];
    assert_eq!(kinds(&parts), [] as [&str; 0]);
}

#[test]
fn messages_out_of_their_place() {
    let mut parts = full_handshake();
    parts.push(client(&[client_hello()]));
    assert_eq!(kinds(&parts), ["tls_unexpected_message"]);
    // CVE-2014-0224.
    let early = [
        client(&[client_hello()]),
        server(&[server_hello(), certificate(), done()]),
        client(&[change()]),
    ];
    assert_eq!(kinds(&early), ["tls_unexpected_message"]);
    let twice = [
        client(&[client_hello()]),
        server(&[server_hello()]),
        client(&[client_hello()]),
    ];
    assert_eq!(kinds(&twice), ["tls_unexpected_message"]);
}

#[test]
fn the_downgrade_mark_counts_only_against_a_client_that_knows_better() {
    let mut random = [8; 32];
    random[24..].copy_from_slice(b"DOWNGRD\x01");
    let marked = server_hello_of(&random, 0xc02f, &[]);
    assert_eq!(
        kinds(&[
            client(&[client_hello()]),
            server(std::slice::from_ref(&marked))
        ]),
        ["tls_downgrade"]
    );
    assert_eq!(
        kinds(&[client(&[old_client_hello()]), server(&[marked])]),
        [] as [&str; 0]
    );
}

#[test]
fn a_list_longer_than_an_event_takes_is_cut_and_its_hash_stays() {
    let ciphers: Vec<u16> = (0x2000..0x2000 + 3000).collect();
    let hello = handshake(1, &hello_body(&ciphers, &[versions(&[0x304])]));
    let told = whole(&[(Client, hello)]).end().told();
    assert_eq!(
        told["client"]["supported_ciphers"]
            .as_array()
            .unwrap()
            .len(),
        256
    );
    assert_eq!(told["client"]["ja3_full"], serde_json::Value::Null);
    assert!(told["client"]["ja4"]
        .as_str()
        .unwrap()
        .starts_with("t13i9901"));
}
