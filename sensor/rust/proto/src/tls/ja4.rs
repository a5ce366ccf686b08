//! JA4 of a TLS client by FoxIO's technical description (BSD 3-clause; the other JA4+ methods are not free and not here).

use sha2::{Digest, Sha256};

use super::codes;
use super::hello::{extension, ClientHello};

/// Counts are two digits.
const MAX_COUNT: usize = 99;

/// Hexadecimal digits of SHA-256 that are kept.
const DIGITS: usize = 12;

/// The fingerprint: what is offered, hash of the ciphers, hash of extensions and signature algorithms.
pub fn fingerprint(hello: &ClientHello) -> String {
    let [ciphers, extensions] = lists(hello);
    format!(
        "{}_{}_{}",
        offer(hello),
        short_hash(&ciphers),
        short_hash(&extensions)
    )
}

/// The same with the lists instead of their hashes (JA4_r).
pub fn raw(hello: &ClientHello) -> String {
    let [ciphers, extensions] = lists(hello);
    format!("{}_{ciphers}_{extensions}", offer(hello))
}

/// Part a: `t`, version, `d` for a name or `i` without, numbers of ciphers and extensions, first ALPN value's ends.
fn offer(hello: &ClientHello) -> String {
    let target = if hello.has(extension::SERVER_NAME) {
        'd'
    } else {
        'i'
    };
    let count = |list: &[u16]| plain(list).count().min(MAX_COUNT);
    format!(
        "t{}{target}{:02}{:02}{}",
        version(hello),
        count(&hello.ciphers),
        count(&hello.extensions),
        protocol(hello)
    )
}

fn version(hello: &ClientHello) -> &'static str {
    match hello.offered().into_iter().max() {
        Some(codes::TLS_1_3) => "13",
        Some(codes::TLS_1_2) => "12",
        Some(codes::TLS_1_1) => "11",
        Some(codes::TLS_1_0) => "10",
        Some(codes::SSL_3) => "s3",
        Some(codes::SSL_2) => "s2",
        _ => "00",
    }
}

/// First and last character of the first protocol offered; of its hexadecimal form when either is no ASCII letter or
/// digit; `00` when none is offered.
fn protocol(hello: &ClientHello) -> String {
    let mut offered = hello.alpn.iter().filter(|name| !is_grease(name));
    let Some([first, .., last] | [first @ last]) = offered.next().map(Vec::as_slice) else {
        return "00".to_owned();
    };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [char::from(*first), char::from(*last)].iter().collect();
    }
    format!("{:x}{:x}", first >> 4, last & 15)
}

fn is_grease(name: &[u8]) -> bool {
    matches!(*name, [high, low] if codes::is_grease(u16::from_be_bytes([high, low])))
}

/// Parts b and c in full: ciphers sorted; extensions sorted without name and ALPN, which part a has, and behind them
/// the signature algorithms in their order.
fn lists(hello: &ClientHello) -> [String; 2] {
    let mut ciphers: Vec<u16> = plain(&hello.ciphers).collect();
    ciphers.sort_unstable();
    let mut extensions: Vec<u16> = plain(&hello.extensions)
        .filter(|&kind| kind != extension::SERVER_NAME && kind != extension::ALPN)
        .collect();
    extensions.sort_unstable();
    let mut extensions = hexadecimal(&extensions);
    if !hello.signatures.is_empty() {
        let signatures: Vec<u16> = plain(&hello.signatures).collect();
        extensions.push('_');
        extensions.push_str(&hexadecimal(&signatures));
    }
    [hexadecimal(&ciphers), extensions]
}

fn plain(list: &[u16]) -> impl Iterator<Item = u16> + '_ {
    list.iter()
        .copied()
        .filter(|&number| !codes::is_grease(number))
}

fn hexadecimal(list: &[u16]) -> String {
    let digits: Vec<String> = list.iter().map(|number| format!("{number:04x}")).collect();
    digits.join(",")
}

/// Nothing to hash is twelve zeros.
fn short_hash(list: &str) -> String {
    if list.is_empty() {
        return "0".repeat(DIGITS);
    }
    let digest: [u8; 32] = Sha256::digest(list).into();
    let digits = digest[..DIGITS / 2].iter();
    digits.map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello() -> ClientHello {
        ClientHello {
            version: codes::TLS_1_2,
            ciphers: vec![0x0a0a, 0x1302, 0x1301],
            extensions: vec![0x1a1a, 0, 16, 43, 13],
            versions: vec![0x2a2a, codes::TLS_1_2, codes::TLS_1_3],
            signatures: vec![0x0403, 0x3a3a, 0x0804],
            alpn: vec![b"h2".to_vec()],
            ..ClientHello::default()
        }
    }

    fn protocol_of(names: &[&[u8]]) -> String {
        protocol(&ClientHello {
            alpn: names.iter().map(|name| name.to_vec()).collect(),
            ..ClientHello::default()
        })
    }

    #[test]
    fn grease_is_nowhere_and_order_only_in_the_signatures() {
        assert_eq!(raw(&hello()), "t13d0204h2_1301,1302_000d,002b_0403,0804");
        assert_eq!(&fingerprint(&hello())[..11], "t13d0204h2_");
    }

    /// The examples of the technical description.
    #[test]
    fn the_lists_are_hashed_to_twelve_digits() {
        let ciphers = "002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9";
        assert_eq!(short_hash(ciphers), "8daaf6152771");
        let extensions = "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_\
                          0403,0804,0401,0503,0805,0501,0806,0601";
        assert_eq!(short_hash(extensions), "e5627efa2ab1");
        let (unsigned, _) = extensions.split_once('_').unwrap();
        assert_eq!(short_hash(unsigned), "6d807ffa2a79");
    }

    #[test]
    fn ends_of_the_first_protocol() {
        assert_eq!(protocol_of(&[]), "00");
        assert_eq!(protocol_of(&[b"http/1.1", b"h2"]), "h1");
        assert_eq!(protocol_of(&[b"h"]), "hh");
        assert_eq!(protocol_of(&[&[0xab]]), "ab");
        assert_eq!(protocol_of(&[&[0xab, 0xcd]]), "ad");
        assert_eq!(protocol_of(&[&[0x30, 0xab]]), "3b");
        assert_eq!(protocol_of(&[&[0x30, 0x31, 0xab, 0xcd]]), "3d");
        assert_eq!(protocol_of(&[b"\x1a\x1a", b"h2"]), "h2");
    }

    #[test]
    fn a_hello_with_nothing_but_a_name_has_nothing_to_hash() {
        let bare = ClientHello {
            version: codes::TLS_1_0,
            ciphers: vec![5],
            extensions: vec![0],
            ..ClientHello::default()
        };
        assert_eq!(raw(&bare), "t10d010100_0005_");
        assert!(fingerprint(&bare).ends_with("_000000000000"));
    }

    #[test]
    fn without_signature_algorithms_no_separator_follows_the_extensions() {
        let mut hello = hello();
        hello.signatures = vec![];
        assert_eq!(raw(&hello), "t13d0204h2_1301,1302_000d,002b");
    }

    #[test]
    fn counts_stop_at_99_and_no_name_is_i() {
        let hello = ClientHello {
            version: codes::TLS_1_2,
            ciphers: vec![5; 300],
            ..ClientHello::default()
        };
        assert_eq!(offer(&hello), "t12i990000");
    }
}
