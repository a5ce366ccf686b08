//! The group of an elliptic key exchange (RFC 8422 5.4).

use super::codes;

/// Type of curve that is named by its number.
const NAMED_CURVE: u8 = 3;

/// The group a ServerKeyExchange names; what the message holds depends on the cipher suite.
pub fn group(cipher: u16, body: &[u8]) -> Option<u16> {
    let elliptic = codes::cipher(cipher).starts_with("TLS_ECDH");
    match *body.first_chunk()? {
        [NAMED_CURVE, high, low] if elliptic => Some(u16::from_be_bytes([high, low])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_elliptic_exchanges_name_a_curve() {
        assert_eq!(group(0xc02f, &[3, 0, 29, 32]), Some(29));
        assert_eq!(group(0x009e, &[3, 0, 29, 32]), None);
        assert_eq!(group(0xc02f, &[1, 0, 29]), None);
        assert_eq!(group(0xc02f, &[3]), None);
    }
}
