//! Domain names: labels and compression (RFC 1035 3.1, 4.1.4) to presentation form (5.1).

use super::fault::{Fault, Kind};
use crate::reader::Reader;

/// A whole name on the wire, root included (RFC 1035 2.3.4).
pub const MAX_WIRE: usize = 255;

/// A name has at most 127 labels and needs at most one pointer before each; more only make readers work.
const MAX_POINTERS: usize = 127;

/// What a name looks like, in bytes of the wire without the root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    pub length: usize,
    pub labels: usize,
    pub longest: usize,
}

impl Shape {
    fn add(&mut self, label: &[u8], at: usize) -> Result<(), Fault> {
        self.length += 1 + label.len();
        self.labels += 1;
        self.longest = self.longest.max(label.len());
        if self.length >= MAX_WIRE {
            return Err(Fault::malformed("a name is longer than 255 bytes", at));
        }
        Ok(())
    }
}

enum Step<'a> {
    Label(&'a [u8]),
    Pointer(usize),
    Root,
}

/// Append the name's text to `text` and leave `reader` behind it. Labels are joined by dots, the root is `.`.
/// On a fault `text` is as it was.
pub fn read(reader: &mut Reader<'_>, text: &mut Vec<u8>) -> Result<Shape, Fault> {
    let start = text.len();
    let shape = walk(reader, |label| {
        if text.len() > start {
            text.push(b'.');
        }
        escape(label, text);
    });
    match shape {
        Ok(shape) if shape.labels == 0 => text.push(b'.'),
        Ok(_) => {}
        Err(_) => text.truncate(start),
    }
    shape
}

/// Visit every label and leave `reader` behind the name.
///
/// A pointer must lead before the labels it ends (RFC 1035 4.1.4: "a prior occurrence"), so targets only fall and
/// no circle is possible.
pub fn walk<'a>(reader: &mut Reader<'a>, mut each: impl FnMut(&'a [u8])) -> Result<Shape, Fault> {
    let mut shape = Shape::default();
    let mut here = *reader;
    let mut start = here.position();
    let mut pointers = 0;
    loop {
        let at = here.position();
        match step(&mut here)? {
            Step::Label(label) => {
                shape.add(label, at)?;
                each(label);
            }
            Step::Pointer(target) => {
                if pointers == 0 {
                    *reader = here;
                }
                pointers += 1;
                check_pointer(target, start, pointers, at)?;
                start = target;
                here = here.revisit(target);
            }
            Step::Root => break,
        }
    }
    if pointers == 0 {
        *reader = here;
    }
    Ok(shape)
}

/// Leave `reader` behind a name without following its pointer.
pub fn skip(reader: &mut Reader<'_>) -> Result<(), Fault> {
    while let Step::Label(_) = step(reader)? {}
    Ok(())
}

fn check_pointer(target: usize, start: usize, pointers: usize, at: usize) -> Result<(), Fault> {
    let what = if target >= start {
        "a compression pointer does not lead back"
    } else if pointers > MAX_POINTERS {
        "a name is a chain of more than 127 pointers"
    } else {
        return Ok(());
    };
    Err(Fault {
        kind: Kind::NameLoop,
        what,
        at,
    })
}

fn step<'a>(reader: &mut Reader<'a>) -> Result<Step<'a>, Fault> {
    let at = reader.position();
    let head = reader.u8()?;
    match head >> 6 {
        0b00 if head == 0 => Ok(Step::Root),
        0b00 => Ok(Step::Label(reader.take(head.into())?)),
        0b11 => Ok(Step::Pointer(
            usize::from(head & 0x3f) << 8 | usize::from(reader.u8()?),
        )),
        // 0b01 were the extended labels RFC 6891 5 took back; 0b10 was never given out.
        _ => Err(Fault::malformed("a label of unknown kind", at)),
    }
}

/// A label in presentation form: dots and backslashes inside it escaped, bytes outside `!` to `~` as `\DDD`.
fn escape(label: &[u8], text: &mut Vec<u8>) {
    for &byte in label {
        match byte {
            b'.' | b'\\' => text.extend_from_slice(&[b'\\', byte]),
            0x21..=0x7e => text.push(byte),
            _ => decimal_escape(byte, text),
        }
    }
}

/// `\DDD`, RFC 1035 5.1.
pub fn decimal_escape(byte: u8, text: &mut Vec<u8>) {
    text.extend_from_slice(&[
        b'\\',
        b'0' + byte / 100,
        b'0' + byte / 10 % 10,
        b'0' + byte % 10,
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(message: &[u8], at: usize) -> Result<(String, usize), Fault> {
        let mut reader = Reader::new(message).revisit(at);
        let mut text = Vec::new();
        read(&mut reader, &mut text)?;
        Ok((String::from_utf8(text).unwrap(), reader.position()))
    }

    #[test]
    fn labels_are_joined_by_dots() {
        assert_eq!(
            text_of(b"\x03www\x07example\0", 0),
            Ok(("www.example".into(), 13))
        );
        assert_eq!(text_of(b"\0", 0), Ok((".".into(), 1)));
    }

    #[test]
    fn hostile_bytes_are_escaped() {
        assert_eq!(
            text_of(b"\x06a.b\\ \xff\0", 0).unwrap().0,
            "a\\.b\\\\\\032\\255"
        );
    }

    #[test]
    fn a_pointer_ends_the_name_in_place() {
        let message = b"\x03com\0\x03www\xc0\x00rest";
        assert_eq!(text_of(message, 5), Ok(("www.com".into(), 11)));
    }

    #[test]
    fn pointers_that_do_not_lead_back_are_loops() {
        for message in [&b"\xc0\x00"[..], b"\xc0\x05\0\0\0\0", b"\x01a\xc0\x00"] {
            assert_eq!(text_of(message, 0).unwrap_err().kind, Kind::NameLoop);
        }
    }

    #[test]
    fn a_chain_of_pointers_is_cut_off() {
        let mut message = vec![0u8, 0];
        for hop in 0..200u16 {
            message.extend_from_slice(&(0xc000 | (hop * 2)).to_be_bytes());
        }
        assert!(text_of(&message, 2 * MAX_POINTERS).is_ok());
        assert_eq!(text_of(&message, 400).unwrap_err().kind, Kind::NameLoop);
    }

    #[test]
    fn a_name_of_255_bytes_is_the_longest() {
        let mut message = vec![];
        for _ in 0..3 {
            message.push(63);
            message.extend_from_slice(&[b'a'; 63]);
        }
        let mut longest = message.clone();
        longest.push(61);
        longest.extend_from_slice(&[b'a'; 61]);
        longest.push(0);
        assert_eq!(longest.len(), MAX_WIRE);
        assert!(text_of(&longest, 0).is_ok());
        message.push(62);
        message.extend_from_slice(&[b'a'; 62]);
        message.push(0);
        assert_eq!(text_of(&message, 0).unwrap_err().kind, Kind::Malformed);
    }

    #[test]
    fn a_cut_or_unknown_label_is_malformed() {
        for message in [&b"\x03ww"[..], b"", b"\x40a\0", b"\x80", b"\xc0"] {
            assert_eq!(text_of(message, 0).unwrap_err().kind, Kind::Malformed);
        }
    }
}
