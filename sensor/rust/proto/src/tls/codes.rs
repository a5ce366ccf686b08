//! Names of TLS's numbers. The long lists are data beside this file.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

type Names = HashMap<u16, &'static str>;

static CIPHERS: LazyLock<Names> = LazyLock::new(|| table(include_str!("ciphers.tsv")));
static GROUPS: LazyLock<Names> = LazyLock::new(|| table(include_str!("groups.tsv")));

pub const SSL_2: u16 = 0x0002;
pub const SSL_3: u16 = 0x0300;
pub const TLS_1_0: u16 = 0x0301;
pub const TLS_1_1: u16 = 0x0302;
pub const TLS_1_2: u16 = 0x0303;
pub const TLS_1_3: u16 = 0x0304;
/// GB/T 38636-2020 6.3.
pub const TLCP: u16 = 0x0101;

/// High bytes of the versions that drafts of TLS 1.3 used (RFC 8446's drafts, 4.2.1.1), the second Facebook's.
const DRAFTS: [u8; 2] = [0x7f, 0xfb];

/// Alert descriptions (IANA "TLS Alerts").
const ALERTS: [(u8, &str); 36] = [
    (0, "close_notify"),
    (10, "unexpected_message"),
    (20, "bad_record_mac"),
    (21, "decryption_failed"),
    (22, "record_overflow"),
    (30, "decompression_failure"),
    (40, "handshake_failure"),
    (41, "no_certificate"),
    (42, "bad_certificate"),
    (43, "unsupported_certificate"),
    (44, "certificate_revoked"),
    (45, "certificate_expired"),
    (46, "certificate_unknown"),
    (47, "illegal_parameter"),
    (48, "unknown_ca"),
    (49, "access_denied"),
    (50, "decode_error"),
    (51, "decrypt_error"),
    (52, "too_many_cids_requested"),
    (60, "export_restriction"),
    (70, "protocol_version"),
    (71, "insufficient_security"),
    (80, "internal_error"),
    (86, "inappropriate_fallback"),
    (90, "user_canceled"),
    (100, "no_renegotiation"),
    (109, "missing_extension"),
    (110, "unsupported_extension"),
    (111, "certificate_unobtainable"),
    (112, "unrecognized_name"),
    (113, "bad_certificate_status_response"),
    (114, "bad_certificate_hash_value"),
    (115, "unknown_psk_identity"),
    (116, "certificate_required"),
    (120, "no_application_protocol"),
    (121, "ech_required"),
];

fn table(text: &'static str) -> Names {
    text.lines().filter_map(entry).collect()
}

fn entry(line: &'static str) -> Option<(u16, &'static str)> {
    let (code, name) = line.split_once('\t')?;
    Some((u16::from_str_radix(code, 16).ok()?, name))
}

pub fn cipher(code: u16) -> Cow<'static, str> {
    named(&CIPHERS, code)
}

pub fn group(code: u16) -> Cow<'static, str> {
    named(&GROUPS, code)
}

fn named(names: &Names, code: u16) -> Cow<'static, str> {
    match names.get(&code) {
        Some(name) => (*name).into(),
        None => hexadecimal(code),
    }
}

fn hexadecimal(code: u16) -> Cow<'static, str> {
    format!("0x{code:04X}").into()
}

pub fn alert(code: u8) -> Cow<'static, str> {
    match ALERTS.iter().find(|(known, _)| *known == code) {
        Some((_, name)) => (*name).into(),
        None => code.to_string().into(),
    }
}

/// Values clients strew in to keep servers tolerant (RFC 8701 2): 0x0A0A, 0x1A1A … 0xFAFA.
pub fn is_grease(code: u16) -> bool {
    let [high, low] = code.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

/// The number of a draft of TLS 1.3.
pub fn draft(version: u16) -> Option<u8> {
    let [high, low] = version.to_be_bytes();
    DRAFTS.contains(&high).then_some(low)
}

/// Whether the handshake is that of TLS 1.3: what follows the hellos is encrypted.
pub fn is_1_3(version: u16) -> bool {
    version == TLS_1_3 || draft(version).is_some()
}

/// Protocol family and version within it.
pub fn version(code: u16) -> (&'static str, Cow<'static, str>) {
    match code {
        SSL_2 => ("ssl", "2.0".into()),
        SSL_3 => ("ssl", "3.0".into()),
        TLCP => ("tlcp", "1.1".into()),
        TLS_1_0 => ("tls", "1.0".into()),
        TLS_1_1 => ("tls", "1.1".into()),
        TLS_1_2 => ("tls", "1.2".into()),
        code if is_1_3(code) => ("tls", "1.3".into()),
        code => ("tls", hexadecimal(code)),
    }
}

/// One word for an offered version.
pub fn offered(code: u16) -> Cow<'static, str> {
    match (version(code), draft(code)) {
        ((_, name), Some(draft)) => format!("{name} draft {draft}").into(),
        (("tls", name), None) => name,
        ((family, name), None) => format!("{family} {name}").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_an_entry_and_no_number_is_named_twice() {
        for (text, names) in [
            (include_str!("ciphers.tsv"), &CIPHERS),
            (include_str!("groups.tsv"), &GROUPS),
        ] {
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            assert_eq!(lines.count(), names.len());
        }
    }

    #[test]
    fn numbers_have_their_registered_names() {
        assert_eq!(cipher(0x1301), "TLS_AES_128_GCM_SHA256");
        assert_eq!(cipher(0x00c6), "TLS_SM4_GCM_SM3");
        assert_eq!(cipher(0xfefe), "0xFEFE");
        assert_eq!(group(29), "x25519");
        assert_eq!(group(0x11ec), "X25519MLKEM768");
        assert_eq!(alert(112), "unrecognized_name");
        assert_eq!(alert(3), "3");
    }

    #[test]
    fn versions_have_a_family() {
        assert_eq!(version(0x0300), ("ssl", "3.0".into()));
        assert_eq!(version(0x0101), ("tlcp", "1.1".into()));
        assert_eq!(version(0x7f1c), ("tls", "1.3".into()));
        assert_eq!(version(0x3230), ("tls", "0x3230".into()));
        assert_eq!(offered(0x7f1c), "1.3 draft 28");
        assert_eq!(offered(0x0300), "ssl 3.0");
        assert_eq!(draft(0xfb1a), Some(26));
    }

    #[test]
    fn grease_is_two_equal_bytes_that_end_in_a() {
        assert!(is_grease(0x0a0a) && is_grease(0xfafa));
        assert!(!is_grease(0x0a1a) && !is_grease(0x0b0b) && !is_grease(0x1301));
    }
}
