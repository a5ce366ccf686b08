//! DER (X.690) as far as certificates need it: one element after the other, definite lengths, tags of one byte.

use super::fault::Fault;
use crate::reader::Reader;

pub mod tag {
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTET_STRING: u8 = 0x04;
    pub const OBJECT_IDENTIFIER: u8 = 0x06;
    pub const T61_STRING: u8 = 0x14;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const UNIVERSAL_STRING: u8 = 0x1c;
    pub const BMP_STRING: u8 = 0x1e;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;
    /// `[n]` around another element.
    pub const EXPLICIT_0: u8 = 0xa0;
    pub const EXPLICIT_3: u8 = 0xa3;
}

/// Bits of a first identifier byte that say that the tag goes on.
const LONG_TAG: u8 = 0x1f;

/// Bytes a length may take: no certificate nears 2^24 bytes.
const MAX_LENGTH_BYTES: u8 = 3;

#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    pub tag: u8,
    pub body: Reader<'a>,
}

impl<'a> Element<'a> {
    pub fn bytes(&self) -> &'a [u8] {
        let mut body = self.body;
        body.rest()
    }
}

/// The next element.
pub fn next<'a>(reader: &mut Reader<'a>) -> Result<Element<'a>, Fault> {
    let at = reader.position();
    let tag = reader.u8()?;
    if tag & LONG_TAG == LONG_TAG {
        return Err(Fault::new("a tag of several bytes", at));
    }
    let length = length(reader)?;
    let body = reader.window(length)?;
    Ok(Element { tag, body })
}

fn length(reader: &mut Reader<'_>) -> Result<usize, Fault> {
    let at = reader.position();
    match reader.u8()? {
        short @ 0..=0x7f => Ok(short.into()),
        long if (1..=MAX_LENGTH_BYTES).contains(&(long & 0x7f)) => {
            let bytes = reader.take((long & 0x7f).into())?;
            Ok(bytes
                .iter()
                .fold(0, |length, &byte| length << 8 | usize::from(byte)))
        }
        _ => Err(Fault::new("a length of no or too many bytes", at)),
    }
}

/// The next element, which must be of this type.
pub fn expect<'a>(reader: &mut Reader<'a>, tag: u8) -> Result<Element<'a>, Fault> {
    let at = reader.position();
    let element = next(reader)?;
    match element.tag == tag {
        true => Ok(element),
        false => Err(Fault::new("an element of another type", at)),
    }
}

/// The next element if it is of this type; anything else stays unread.
pub fn optional<'a>(reader: &mut Reader<'a>, tag: u8) -> Result<Option<Element<'a>>, Fault> {
    match { *reader }.u8() {
        Ok(found) if found == tag => next(reader).map(Some),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_stand_one_behind_the_other() {
        let mut reader = Reader::new(&[2, 1, 5, 0x30, 0x81, 2, 9, 9]);
        assert_eq!(expect(&mut reader, tag::INTEGER).unwrap().bytes(), &[5]);
        assert!(optional(&mut reader, tag::SET).unwrap().is_none());
        let sequence = next(&mut reader).unwrap();
        assert_eq!(sequence.bytes(), &[9, 9]);
        assert!(reader.is_empty());
    }

    #[test]
    fn what_der_forbids_is_refused() {
        for bytes in [
            &[0x1f, 0x81, 0x01, 0][..],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x84, 0, 0, 0, 1, 0],
            &[0x30, 5, 1],
            &[0x30],
        ] {
            assert!(next(&mut Reader::new(bytes)).is_err(), "{bytes:?}");
        }
    }
}
