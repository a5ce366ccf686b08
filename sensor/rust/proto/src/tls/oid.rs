//! Object identifiers (X.690 8.19) and the names of those that certificates use.

use std::borrow::Cow;

/// Arcs over 2^63 (UUIDs below 2.25) and identifiers of more bytes than any registered one stay hexadecimal.
const MAX_BYTES: usize = 64;

/// Attribute types of names: RFC 4514 3, RFC 4519, RFC 2985, CA/Browser Forum EV guidelines.
const ATTRIBUTES: [(&str, &str); 22] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "title"),
    ("2.5.4.13", "description"),
    ("2.5.4.15", "businessCategory"),
    ("2.5.4.17", "postalCode"),
    ("2.5.4.41", "name"),
    ("2.5.4.42", "GN"),
    ("2.5.4.46", "dnQualifier"),
    ("2.5.4.97", "organizationIdentifier"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
    ("1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST"),
    ("1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC"),
];

/// Signature algorithms, as Go's crypto/x509 names them (ECS recommends that), and SM2's (GB/T 32918).
const SIGNATURES: [(&str, &str); 18] = [
    ("1.2.840.113549.1.1.2", "MD2-RSA"),
    ("1.2.840.113549.1.1.4", "MD5-RSA"),
    ("1.2.840.113549.1.1.5", "SHA1-RSA"),
    ("1.3.14.3.2.29", "SHA1-RSA"),
    ("1.2.840.113549.1.1.10", "RSAPSS"),
    ("1.2.840.113549.1.1.11", "SHA256-RSA"),
    ("1.2.840.113549.1.1.12", "SHA384-RSA"),
    ("1.2.840.113549.1.1.13", "SHA512-RSA"),
    ("1.2.840.113549.1.1.14", "SHA224-RSA"),
    ("1.2.840.10040.4.3", "DSA-SHA1"),
    ("2.16.840.1.101.3.4.3.2", "DSA-SHA256"),
    ("1.2.840.10045.4.1", "ECDSA-SHA1"),
    ("1.2.840.10045.4.3.2", "ECDSA-SHA256"),
    ("1.2.840.10045.4.3.3", "ECDSA-SHA384"),
    ("1.2.840.10045.4.3.4", "ECDSA-SHA512"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
    ("1.2.156.10197.1.501", "SM2-SM3"),
];

/// Public keys (RFC 3279 2.3, RFC 8410).
const KEYS: [(&str, &str); 6] = [
    ("1.2.840.113549.1.1.1", "RSA"),
    ("1.2.840.113549.1.1.10", "RSA"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.2.840.10045.2.1", "ECDSA"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
];

/// Curves with their size in bits (RFC 5480 2.1.1.1, RFC 5639, GB/T 32918.5).
const CURVES: [(&str, (&str, u64)); 12] = [
    ("1.2.840.10045.3.1.1", ("secp192r1", 192)),
    ("1.3.132.0.33", ("secp224r1", 224)),
    ("1.2.840.10045.3.1.7", ("secp256r1", 256)),
    ("1.3.132.0.10", ("secp256k1", 256)),
    ("1.3.132.0.34", ("secp384r1", 384)),
    ("1.3.132.0.35", ("secp521r1", 521)),
    ("1.3.132.0.26", ("sect233k1", 233)),
    ("1.3.132.0.27", ("sect233r1", 233)),
    ("1.3.36.3.3.2.8.1.1.7", ("brainpoolP256r1", 256)),
    ("1.3.36.3.3.2.8.1.1.11", ("brainpoolP384r1", 384)),
    ("1.3.36.3.3.2.8.1.1.13", ("brainpoolP512r1", 512)),
    (CURVE_SM2, ("curveSM2", 256)),
];

pub const CURVE_SM2: &str = "1.2.156.10197.1.301";
pub const SUBJECT_ALTERNATIVE_NAME: &str = "2.5.29.17";

/// The dotted form; hexadecimal with a `#` in front when the bytes are none.
pub fn dotted(bytes: &[u8]) -> String {
    arcs(bytes).unwrap_or_else(|| {
        bytes
            .iter()
            .fold("#".to_owned(), |text, byte| format!("{text}{byte:02x}"))
    })
}

fn arcs(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    let mut arc = 0u64;
    if bytes.len() > MAX_BYTES || bytes.last()? & 0x80 != 0 {
        return None;
    }
    for byte in bytes {
        arc = arc.checked_mul(128)? | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            match text.is_empty() {
                true => text = first(arc),
                false => text.push_str(&format!(".{arc}")),
            }
            arc = 0;
        }
    }
    Some(text)
}

/// The first number holds two arcs.
fn first(arc: u64) -> String {
    let top = (arc / 40).min(2);
    format!("{top}.{}", arc - top * 40)
}

pub fn attribute(bytes: &[u8]) -> Cow<'static, str> {
    named(&ATTRIBUTES, bytes)
}

pub fn signature(bytes: &[u8]) -> Cow<'static, str> {
    named(&SIGNATURES, bytes)
}

pub fn key(bytes: &[u8]) -> Cow<'static, str> {
    named(&KEYS, bytes)
}

pub fn curve(bytes: &[u8]) -> Option<(&'static str, u64)> {
    find(&CURVES, &dotted(bytes))
}

fn named(names: &[(&str, &'static str)], bytes: &[u8]) -> Cow<'static, str> {
    let dotted = dotted(bytes);
    find(names, &dotted).map_or(dotted.into(), Cow::Borrowed)
}

fn find<T: Copy>(names: &[(&str, T)], dotted: &str) -> Option<T> {
    let found = names.iter().find(|(known, _)| *known == dotted);
    found.map(|&(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_in_dotted_form() {
        assert_eq!(dotted(&[0x55, 4, 3]), "2.5.4.3");
        assert_eq!(
            dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11]),
            "1.2.840.113549.1.1.11"
        );
        assert_eq!(dotted(&[0x09, 0x92, 0x26]), "0.9.2342");
        assert_eq!(dotted(&[0x88, 0x37, 3]), "2.999.3");
    }

    #[test]
    fn bytes_that_are_none_stay_hexadecimal() {
        assert_eq!(dotted(&[]), "#");
        assert_eq!(dotted(&[0x55, 0x84]), "#5584");
        assert_eq!(
            dotted(&[[0xff; 10].as_slice(), &[1]].concat()).get(..3),
            Some("#ff")
        );
        assert!(dotted(&[1; 65]).starts_with('#'));
    }

    #[test]
    fn known_identifiers_have_names() {
        assert_eq!(attribute(&[0x55, 4, 10]), "O");
        assert_eq!(
            signature(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]),
            "ECDSA-SHA256"
        );
        assert_eq!(curve(&[0x2b, 0x81, 4, 0, 0x22]), Some(("secp384r1", 384)));
        assert_eq!(key(&[0x2b, 0x65, 0x70]), "Ed25519");
        assert_eq!(key(&[0x55, 9]), "2.5.9");
    }
}
