//! Record data to presentation form: RFC 1035 5.1 and each type's own RFC; what is unknown or wrong in RFC 3597 5 form.

use std::io::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::encode;
use super::fault::Fault;
use super::types::{self, Field};
use super::{loc, name, svcb};
use crate::reader::Reader;

/// Longest data text one record may have (the catalogue's promise); the rest is cut off.
pub const MAX_TEXT: usize = 4_096;

/// What data in RFC 3597 form begins with; no readable data does.
pub const UNKNOWN: &[u8] = b"\\# ";

/// Append the data of a record of type `kind` to `text`. Data that contradicts its type is written as unknown data
/// is, and the contradiction returned.
pub fn write(kind: u16, mut data: Reader<'_>, text: &mut Vec<u8>) -> Result<(), Fault> {
    let start = text.len();
    let mut raw = data;
    let layout = types::layout(kind);
    let read = fields(layout, &mut data, text);
    if layout.is_empty() || read.is_err() {
        text.truncate(start);
        unknown(raw.rest(), text);
    }
    text.truncate(start + MAX_TEXT);
    read
}

fn fields(layout: &[Field], data: &mut Reader<'_>, text: &mut Vec<u8>) -> Result<(), Fault> {
    for (index, &each) in layout.iter().enumerate() {
        let before = text.len();
        if index > 0 {
            text.push(b' ');
        }
        field(each, data, text)?;
        // A last field that may be empty (no types, no parameters) leaves no space behind.
        if index > 0 && text.len() == before + 1 {
            text.truncate(before);
        }
    }
    if !layout.is_empty() && !data.is_empty() {
        let at = data.position();
        return Err(Fault::malformed(
            "record data goes on behind its last field",
            at,
        ));
    }
    Ok(())
}

fn field(field: Field, data: &mut Reader<'_>, text: &mut Vec<u8>) -> Result<(), Fault> {
    match field {
        Field::U8 => decimal(data.u8()?, text),
        Field::U16 => decimal(data.u16()?, text),
        Field::U32 => decimal(data.u32()?, text),
        Field::Ipv4 => show(Ipv4Addr::from(data.array::<4>()?), text),
        Field::Ipv6 => show(Ipv6Addr::from(data.array::<16>()?), text),
        Field::Eui(length) => eui(data.take(length)?, text),
        Field::Name => domain(data, text)?,
        Field::Text => quoted(string(data)?, text),
        Field::Texts => texts(data, text)?,
        Field::Quoted => quoted(data.rest(), text),
        Field::Token => token(string(data)?, text),
        Field::Hex => encode::hex(data.rest(), text),
        Field::Base64 => encode::base64(data.rest(), text),
        Field::Salt => salt(string(data)?, text),
        Field::Hash => encode::base32_hex(string(data)?, text),
        Field::Type => text.extend_from_slice(types::name(data.u16()?).as_bytes()),
        Field::Date => text.extend_from_slice(encode::date(data.u32()?).as_bytes()),
        Field::Seconds48 => show(data.u48()?, text),
        Field::Sized => sized(data, text)?,
        Field::Types => type_bitmap(data, text)?,
        Field::Location => loc::write(data, text)?,
        Field::Parameters => svcb::write(data, text)?,
    }
    Ok(())
}

/// RFC 3597 5.
fn unknown(data: &[u8], text: &mut Vec<u8>) {
    text.extend_from_slice(UNKNOWN);
    decimal(data.len() as u32, text);
    if !data.is_empty() {
        text.push(b' ');
        encode::hex(data, text);
    }
}

fn decimal(value: impl Into<u32>, text: &mut Vec<u8>) {
    show(value.into(), text);
}

fn show(value: impl std::fmt::Display, text: &mut Vec<u8>) {
    write!(text, "{value}").expect("a Vec takes every write");
}

/// A character-string: a length byte and as many bytes (RFC 1035 3.3).
fn string<'a>(data: &mut Reader<'a>) -> Result<&'a [u8], Fault> {
    let length = data.u8()?;
    Ok(data.take(length.into())?)
}

fn texts(data: &mut Reader<'_>, text: &mut Vec<u8>) -> Result<(), Fault> {
    let start = text.len();
    while !data.is_empty() {
        if text.len() > start {
            text.push(b' ');
        }
        quoted(string(data)?, text);
    }
    Ok(())
}

pub fn quoted(value: &[u8], text: &mut Vec<u8>) {
    text.push(b'"');
    for &byte in value {
        match byte {
            b'"' | b'\\' => text.extend_from_slice(&[b'\\', byte]),
            b' '..=b'~' => text.push(byte),
            _ => name::decimal_escape(byte, text),
        }
    }
    text.push(b'"');
}

fn token(value: &[u8], text: &mut Vec<u8>) {
    for &byte in value {
        match byte {
            b'!'..=b'~' if byte != b'"' && byte != b'\\' => text.push(byte),
            _ => name::decimal_escape(byte, text),
        }
    }
}

fn eui(address: &[u8], text: &mut Vec<u8>) {
    for (index, byte) in address.iter().enumerate() {
        let hyphen = if index == 0 { "" } else { "-" };
        show(format_args!("{hyphen}{byte:02x}"), text);
    }
}

fn salt(value: &[u8], text: &mut Vec<u8>) {
    match value {
        [] => text.push(b'-'),
        _ => encode::hex(value, text),
    }
}

fn sized(data: &mut Reader<'_>, text: &mut Vec<u8>) -> Result<(), Fault> {
    let length = data.u16()?;
    decimal(length, text);
    if length > 0 {
        text.push(b' ');
        encode::base64(data.take(length.into())?, text);
    }
    Ok(())
}

/// Blocks of (window, length, bits). A few bytes can name thousands of types: writing stops at the text's limit.
fn type_bitmap(data: &mut Reader<'_>, text: &mut Vec<u8>) -> Result<(), Fault> {
    let start = text.len();
    while !data.is_empty() {
        let at = data.position();
        let window = u16::from(data.u8()?) << 8;
        let bits = string(data)?;
        if bits.is_empty() || bits.len() > 32 {
            return Err(Fault::malformed("a type bit map not of 1 to 32 bytes", at));
        }
        if text.len() < start + MAX_TEXT {
            types_of(window, bits, start, text);
        }
    }
    Ok(())
}

fn types_of(window: u16, bits: &[u8], start: usize, text: &mut Vec<u8>) {
    for (index, &byte) in (0u16..).zip(bits) {
        for bit in (0..8).filter(|bit| byte & 0x80 >> bit != 0) {
            if text.len() > start {
                text.push(b' ');
            }
            text.extend_from_slice(types::name(window | index << 3 | bit).as_bytes());
        }
    }
}

fn domain(data: &mut Reader<'_>, text: &mut Vec<u8>) -> Result<(), Fault> {
    name::read(data, text)?;
    Ok(())
}
