//! Hellos in the form of SSL 2 ("The SSL Protocol", Hickman 1995, 1.1 and 2.5 to 2.7); clients up to TLS 1.2 may begin so
//! (RFC 5246 E.2). Whatever else SSL 2 says is not read: nothing honest has spoken it for decades.

use super::codes;
use super::handshake::kind::CLIENT_HELLO;
use super::hello::{ClientHello, ServerHello};
use crate::reader::{Reader, Short};

/// Two-byte header: the top bit says that there is no padding byte, the rest is the length.
pub const HEADER_BYTES: usize = 2;
const NO_PADDING: u8 = 0x80;

const SERVER_HELLO: u8 = 4;
const CIPHER_BYTES: usize = 3;

/// Length of a session id and of a challenge.
const SESSION_ID: usize = 16;
const CHALLENGE: std::ops::RangeInclusive<usize> = 16..=32;

/// More cipher kinds than any client offered: SSL 2 knew seven, a TLS client adds its own.
const MAX_CIPHERS: usize = 512;

/// Bytes of the header and the message it announces; None when they cannot begin a hello.
pub fn announced(bytes: &[u8; HEADER_BYTES]) -> Option<usize> {
    let [high, low] = *bytes;
    let length = usize::from(u16::from_be_bytes([high & !NO_PADDING, low]));
    (high & NO_PADDING != 0 && length > 0).then_some(HEADER_BYTES + length)
}

/// The fields of a client's hello with its lengths; `hello` is all of it or its beginning. None: it is none.
pub fn is_client_hello(hello: &[u8]) -> Option<Result<(), Short>> {
    let length = announced(hello.first_chunk()?)?;
    match lengths(&mut Reader::new(hello)) {
        Ok((version, lengths)) => (is_version(version) && fit(lengths, length)).then_some(Ok(())),
        Err(short) => (hello
            .get(HEADER_BYTES)
            .is_none_or(|&kind| kind == CLIENT_HELLO))
        .then_some(Err(short)),
    }
}

fn lengths(reader: &mut Reader<'_>) -> Result<(u16, [usize; 3]), Short> {
    reader.take(HEADER_BYTES)?;
    let kind = reader.u8()?;
    let version = reader.u16()?;
    let lengths = [reader.u16()?, reader.u16()?, reader.u16()?].map(usize::from);
    // A message of another type is made one that fits nothing.
    Ok(match kind {
        CLIENT_HELLO => (version, lengths),
        _ => (0, lengths),
    })
}

fn fit([ciphers, session, challenge]: [usize; 3], length: usize) -> bool {
    const FIXED: usize = HEADER_BYTES + 9;
    ciphers > 0
        && ciphers % CIPHER_BYTES == 0
        && ciphers <= MAX_CIPHERS * CIPHER_BYTES
        && (session == 0 || session == SESSION_ID)
        && CHALLENGE.contains(&challenge)
        && FIXED + ciphers + session + challenge == length
}

fn is_version(version: u16) -> bool {
    matches!(version, codes::SSL_2 | codes::SSL_3..=codes::TLS_1_2)
}

/// A whole client's hello. Its cipher kinds of SSL 2 alone have no number in TLS and are left out.
pub fn client_hello(hello: &[u8]) -> Result<ClientHello, Short> {
    let mut reader = Reader::new(hello);
    let (version, [ciphers, ..]) = lengths(&mut reader)?;
    let mut list = reader.window(ciphers)?;
    let mut ciphers = Vec::new();
    while let Ok([top, high, low]) = list.array() {
        if top == 0 {
            ciphers.push(u16::from_be_bytes([high, low]));
        }
    }
    Ok(ClientHello {
        version,
        ciphers,
        ..ClientHello::default()
    })
}

/// A whole server's hello, which only answers in SSL 2. None: it is none.
pub fn server_hello(hello: &[u8]) -> Option<ServerHello> {
    let mut reader = Reader::new(hello);
    reader.take(HEADER_BYTES).ok()?;
    let kind = reader.u8().ok()?;
    reader.take(2).ok()?; // session id hit, type of certificate
    let version = reader.u16().ok()?;
    (kind == SERVER_HELLO && version == codes::SSL_2).then(|| ServerHello {
        legacy_version: version,
        version,
        ..ServerHello::default()
    })
}
