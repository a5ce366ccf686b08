//! Distinguished names (RFC 5280 4.1.2.4) as text (RFC 4514), and their strings.

use super::der::{self, tag, Element};
use super::fault::Fault;
use super::oid;
use crate::reader::Reader;

/// Attributes a name keeps; real ones have 3 to 12.
const MAX_ATTRIBUTES: usize = 64;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Name {
    pub text: String,
    pub common_names: Vec<String>,
    pub organizations: Vec<String>,
    pub countries: Vec<String>,
}

impl Name {
    /// The text has the most specific part first, as RFC 4514 2.1 wants it, and a space behind each comma as ECS shows.
    pub fn read(mut sequence: Reader<'_>) -> Result<Self, Fault> {
        let mut name = Self::default();
        let mut parts = Vec::new();
        while !sequence.is_empty() && parts.len() < MAX_ATTRIBUTES {
            let mut set = der::expect(&mut sequence, tag::SET)?.body;
            let mut attributes = Vec::new();
            while !set.is_empty() && parts.len() + attributes.len() < MAX_ATTRIBUTES {
                let attribute = der::expect(&mut set, tag::SEQUENCE)?.body;
                attributes.push(name.attribute(attribute)?);
            }
            parts.push(attributes.join("+"));
        }
        parts.reverse();
        name.text = parts.join(", ");
        Ok(name)
    }

    /// Bytes of memory held: each value is in the text once more.
    pub fn held(&self) -> usize {
        let lists = [&self.common_names, &self.organizations, &self.countries];
        let values = lists
            .into_iter()
            .flatten()
            .map(|value| value.capacity() + size_of::<String>());
        self.text.capacity() + values.sum::<usize>()
    }

    fn attribute(&mut self, mut attribute: Reader<'_>) -> Result<String, Fault> {
        let kind = der::expect(&mut attribute, tag::OBJECT_IDENTIFIER)?;
        let kind = oid::attribute(kind.bytes());
        let value = string(&der::next(&mut attribute)?);
        let shown = format!("{kind}={}", escaped(&value));
        match &*kind {
            "CN" => self.common_names.push(value),
            "O" => self.organizations.push(value),
            "C" => self.countries.push(value),
            _ => {}
        }
        Ok(shown)
    }
}

/// The text of a string of any type; what is not valid in it becomes U+FFFD.
pub fn string(element: &Element<'_>) -> String {
    let bytes = element.bytes();
    match element.tag {
        tag::BMP_STRING => {
            let units = bytes
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units)
                .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        tag::UNIVERSAL_STRING => {
            let units = bytes
                .chunks_exact(4)
                .map(|four| [four[0], four[1], four[2], four[3]]);
            units
                .map(|unit| {
                    char::from_u32(u32::from_be_bytes(unit)).unwrap_or(char::REPLACEMENT_CHARACTER)
                })
                .collect()
        }
        // In practice Latin-1, whatever T.61 says.
        tag::T61_STRING => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().copied().map(char::from).collect(),
        },
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// RFC 4514 2.4.
fn escaped(value: &str) -> String {
    let last = value.len().saturating_sub(1);
    let mut text = String::with_capacity(value.len());
    for (at, letter) in value.char_indices() {
        let special = matches!(letter, '"' | '+' | ',' | ';' | '<' | '>' | '\\')
            || at == 0 && matches!(letter, ' ' | '#')
            || at == last && letter == ' ';
        if special {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(kind: u8, body: &[u8]) -> Vec<u8> {
        [&[kind, body.len() as u8], body].concat()
    }

    fn attribute(kind: u8, value: &[u8]) -> Vec<u8> {
        element(
            0x30,
            &[element(6, &[0x55, 4, kind]), value.to_vec()].concat(),
        )
    }

    #[test]
    fn the_most_specific_part_comes_first() {
        let country = element(0x31, &attribute(6, &element(0x13, b"CN")));
        let rest = [
            attribute(10, &element(0x0c, "满天星, Ltd".as_bytes())),
            attribute(3, &element(0x1e, &[0x6e, 0x21])),
        ];
        let bytes = [country, element(0x31, &rest.concat())].concat();
        let name = Name::read(Reader::new(&bytes)).unwrap();
        assert_eq!(
            name.text,
            "O=满天星\\, Ltd+CN=港, C=CN".replace('港', "\u{6e21}")
        );
        assert_eq!(name.organizations, ["满天星, Ltd"]);
        assert_eq!(name.countries, ["CN"]);
    }

    #[test]
    fn strings_of_every_type() {
        let text = |kind, bytes: &[u8]| {
            string(&der::next(&mut Reader::new(&element(kind, bytes))).unwrap())
        };
        assert_eq!(text(0x14, b"caf\xe9"), "café");
        assert_eq!(text(0x1c, &[0, 1, 0xf6, 0]), "😀");
        assert_eq!(text(0x1e, &[0xd8, 0]), "\u{fffd}");
        assert_eq!(text(0x13, b"\xff"), "\u{fffd}");
    }

    #[test]
    fn what_would_be_read_as_syntax_is_escaped() {
        assert_eq!(escaped(" #a+b "), "\\ #a\\+b\\ ");
        assert_eq!(escaped("#x"), "\\#x");
        assert_eq!(escaped(""), "");
    }
}
