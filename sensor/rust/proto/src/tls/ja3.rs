//! JA3 and JA3S: MD5 over what a hello offers, in its order, numbers in decimal, without GREASE.

use std::fmt::Write;

use md5::{Digest, Md5};

use super::codes;
use super::hello::{ClientHello, ServerHello};

pub fn client(hello: &ClientHello) -> String {
    let formats: Vec<u16> = hello.point_formats.iter().copied().map(u16::from).collect();
    let lists = [&hello.ciphers, &hello.extensions, &hello.groups, &formats];
    fields(hello.version, &lists.map(Vec::as_slice))
}

pub fn server(hello: &ServerHello) -> String {
    fields(hello.legacy_version, &[&[hello.cipher], &hello.extensions])
}

fn fields(version: u16, lists: &[&[u16]]) -> String {
    let mut out = version.to_string();
    for list in lists {
        let mut separator = ',';
        let plain = list.iter().filter(|&&number| !codes::is_grease(number));
        for number in plain {
            write!(out, "{separator}{number}").expect("a String takes everything");
            separator = '-';
        }
        if separator == ',' {
            out.push(separator);
        }
    }
    out
}

pub fn digest(full: &str) -> [u8; 16] {
    Md5::digest(full).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_their_order_without_grease() {
        let hello = ClientHello {
            version: 769,
            ciphers: vec![0x0a0a, 47, 53, 5],
            extensions: vec![0, 10, 0x1a1a, 11],
            groups: vec![0x2a2a, 23],
            point_formats: vec![0],
            ..ClientHello::default()
        };
        assert_eq!(client(&hello), "769,47-53-5,0-10-11,23,0");
    }

    /// The example in the description of JA3 by its authors.
    #[test]
    fn a_hello_without_extensions_has_empty_fields() {
        let ciphers = vec![4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99];
        let hello = ClientHello {
            version: 769,
            ciphers,
            ..ClientHello::default()
        };
        let full = client(&hello);
        assert_eq!(full, "769,4-5-10-9-100-98-3-6-19-18-99,,,");
        let digest = u128::from_be_bytes(digest(&full));
        assert_eq!(format!("{digest:032x}"), "de350869b8c85de67a350c8d186f11e6");
    }
}
