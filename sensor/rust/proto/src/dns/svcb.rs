//! Service parameters of SVCB and HTTPS records in presentation form (RFC 9460 2.1, 7 and appendix A).

use std::io::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::fault::Fault;
use super::{encode, rdata};
use crate::reader::Reader;

const NAMES: [&str; 8] = [
    "mandatory",
    "alpn",
    "no-default-alpn",
    "port",
    "ipv4hint",
    "ech",
    "ipv6hint",
    "dohpath",
];

pub fn write(data: &mut Reader<'_>, text: &mut Vec<u8>) -> Result<(), Fault> {
    let start = text.len();
    while !data.is_empty() {
        if text.len() > start {
            text.push(b' ');
        }
        let key = data.u16()?;
        let length = data.u16()?;
        parameter(key, data.window(length.into())?, text)?;
    }
    Ok(())
}

fn parameter(key: u16, mut value: Reader<'_>, text: &mut Vec<u8>) -> Result<(), Fault> {
    key_name(key, text);
    if value.is_empty() {
        return Ok(());
    }
    text.push(b'=');
    match key {
        0 => list(value, mandatory, text)?,
        1 => alpn(value, text)?,
        3 => list(value, port, text)?,
        4 => list(value, ipv4, text)?,
        5 => encode::base64(value.rest(), text),
        6 => list(value, ipv6, text)?,
        _ => rdata::quoted(value.rest(), text),
    }
    Ok(())
}

fn key_name(key: u16, text: &mut Vec<u8>) {
    match NAMES.get(usize::from(key)) {
        Some(name) => text.extend_from_slice(name.as_bytes()),
        None => show(format_args!("key{key}"), text),
    }
}

type Item = fn(&mut Reader<'_>, &mut Vec<u8>) -> Result<(), Fault>;

/// Values of one size up to the end, commas between.
fn list(mut value: Reader<'_>, item: Item, text: &mut Vec<u8>) -> Result<(), Fault> {
    item(&mut value, text)?;
    while !value.is_empty() {
        text.push(b',');
        item(&mut value, text)?;
    }
    Ok(())
}

fn mandatory(value: &mut Reader<'_>, text: &mut Vec<u8>) -> Result<(), Fault> {
    key_name(value.u16()?, text);
    Ok(())
}

fn port(value: &mut Reader<'_>, text: &mut Vec<u8>) -> Result<(), Fault> {
    show(value.u16()?, text);
    Ok(())
}

fn ipv4(value: &mut Reader<'_>, text: &mut Vec<u8>) -> Result<(), Fault> {
    show(Ipv4Addr::from(value.array::<4>()?), text);
    Ok(())
}

fn ipv6(value: &mut Reader<'_>, text: &mut Vec<u8>) -> Result<(), Fault> {
    show(Ipv6Addr::from(value.array::<16>()?), text);
    Ok(())
}

/// Protocol ids, each behind its length; commas and backslashes inside an id are escaped first (RFC 9460 A.1).
fn alpn(mut value: Reader<'_>, text: &mut Vec<u8>) -> Result<(), Fault> {
    let mut joined = Vec::with_capacity(value.left());
    while !value.is_empty() {
        if !joined.is_empty() {
            joined.push(b',');
        }
        let length = value.u8()?;
        for &byte in value.take(length.into())? {
            if matches!(byte, b',' | b'\\') {
                joined.push(b'\\');
            }
            joined.push(byte);
        }
    }
    rdata::quoted(&joined, text);
    Ok(())
}

fn show(value: impl std::fmt::Display, text: &mut Vec<u8>) {
    write!(text, "{value}").expect("a Vec takes every write");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(wire: &[u8]) -> Result<String, Fault> {
        let mut text = Vec::new();
        write(&mut Reader::new(wire), &mut text)?;
        Ok(String::from_utf8(text).unwrap())
    }

    /// RFC 9460 D.2, figures 5, 6, 8 and 10: the parameters behind priority and target.
    #[test]
    fn the_vectors_of_the_rfc() {
        assert_eq!(text(b"\x00\x03\x00\x02\x00\x35").unwrap(), "port=53");
        assert_eq!(text(b"\x02\x9b\x00\x05hello").unwrap(), "key667=\"hello\"");
        let hints = b"\x00\x06\x00\x20\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\
                      \x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\x53\0\x01";
        assert_eq!(text(hints).unwrap(), "ipv6hint=2001:db8::1,2001:db8::53:1");
        let alpn = b"\x00\x01\x00\x0c\x08f\\oo,bar\x02h2";
        assert_eq!(text(alpn).unwrap(), "alpn=\"f\\\\\\\\oo\\\\,bar,h2\"");
    }

    #[test]
    fn parameters_of_every_kind() {
        let wire = b"\0\0\0\x02\0\x01\0\x02\0\0\0\x04\0\x04\xc0\x00\x02\x01\0\x05\0\x03ech";
        assert_eq!(
            text(wire).unwrap(),
            "mandatory=alpn no-default-alpn ipv4hint=192.0.2.1 ech=ZWNo"
        );
    }

    #[test]
    fn cut_parameters_are_faults() {
        for wire in [
            &b"\0"[..],
            b"\0\x03\0\x01\x35",
            b"\0\x04\0\x05\x01\x02\x03\x04\x05",
        ] {
            assert!(text(wire).is_err());
        }
    }
}
