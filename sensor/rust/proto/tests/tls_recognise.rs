//! TLS is known by its content, from either side, and nothing else is taken for it.

mod common;
mod tls_support;

use starwatch_stream::application::Recognition::{self, More, No, Reversed, Yes};
use starwatch_stream::application::Side::{Client, Server};
use tls_support::*;

#[test]
fn hellos_show_who_is_who() {
    assert_eq!(recognise(Client, &client_hello()), Yes);
    assert_eq!(recognise(Server, &client_hello()), Reversed);
    assert_eq!(recognise(Server, &server_hello()), Yes);
    assert_eq!(recognise(Client, &server_hello_13()), Reversed);
}

#[test]
fn the_beginning_of_a_hello_is_asked_for_more() {
    let hello = client_hello();
    for length in 1..11 {
        assert_eq!(recognise(Client, &hello[..length]), More, "{length}");
    }
    assert_eq!(recognise(Client, &hello[..11]), Yes);
}

#[test]
fn the_middle_of_a_connection() {
    assert_eq!(recognise(Client, &data()), Yes);
    assert_eq!(recognise(Server, &data()[..40]), Yes);
    assert_eq!(recognise(Server, &record(ALERT, &[1, 0])), Yes);
    assert_eq!(recognise(Server, &[change(), finished()].concat()), Yes);
}

#[test]
fn versions_of_tlcp_and_of_drafts() {
    let mut tlcp = client_hello();
    tlcp[1..3].copy_from_slice(&[1, 1]);
    tlcp[9..11].copy_from_slice(&[1, 1]);
    assert_eq!(recognise(Client, &tlcp), Yes);
    let mut draft = server_hello();
    draft[9..11].copy_from_slice(&[0x7f, 18]);
    assert_eq!(recognise(Server, &draft), Yes);
}

fn refused(bytes: &[u8]) -> Recognition {
    let verdicts = [recognise(Client, bytes), recognise(Server, bytes)];
    assert_eq!(verdicts[0], verdicts[1]);
    verdicts[0]
}

#[test]
fn what_is_not_tls() {
    for bytes in [
        b"GET / HTTP/1.1\r\n".as_slice(),
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x16\x03\x01\x00\x05\x03\x00\x00\x01\x00",
        b"\x16\x03\x01\x00\x30\x01\x00\x00\x02\x03\x03\x00",
        b"\x16\x03\x01\xff\xff\x01\x00\x00\x2a\x03\x03",
        b"\x16\x04\x01\x00\x30\x01\x00\x00\x2c\x03\x03",
        b"\x16\x03\x01\x00\x30\x01\x00\x00\x2c\x09\x09\x00",
        b"\x15\x03\x03\x00\x02\x03\x28",
        b"\x15\x03\x03\x00\x02\x02\x63",
        b"\x17\x03\x03\x00\x03\x01\x02\x03garbage",
        b"\x18\x03\x03\x00\x03\x01\x00\x10",
        b"\x80\x2e\x02\x03\x01\x00\x03\x00\x00\x00\x10",
        b"\x80\x2e\x01\x03\x01\x00\x03\x00\x00\x00\x10",
        &[0; 64],
        &[0xff; 64],
    ] {
        assert_eq!(refused(bytes), No, "{bytes:02x?}");
    }
}
