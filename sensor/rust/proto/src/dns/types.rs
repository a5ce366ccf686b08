//! Record types: number, mnemonic (IANA DNS Parameters) and the fields of their data.

use std::borrow::Cow;

/// One field of record data, in the order of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    U8,
    U16,
    U32,
    Ipv4,
    Ipv6,
    /// EUI-48 or EUI-64, RFC 7043: as many bytes as given, hyphens between.
    Eui(usize),
    Name,
    /// One character-string, quoted.
    Text,
    /// Character-strings up to the end, each quoted.
    Texts,
    /// Everything up to the end as one quoted string.
    Quoted,
    /// A length byte and an unquoted token (CAA's tag, RFC 8659 4.1).
    Token,
    /// Everything up to the end.
    Hex,
    Base64,
    /// A length byte, then that many bytes in hex, `-` when none (RFC 5155 3.3).
    Salt,
    /// A length byte, then a hash in base32hex.
    Hash,
    /// Record type number as its mnemonic.
    Type,
    /// Seconds since 1970 as YYYYMMDDHHmmSS.
    Date,
    /// 48 bits of seconds since 1970.
    Seconds48,
    /// A 16-bit length, written out, then that many bytes in base64.
    Sized,
    /// Type bit maps, RFC 4034 4.1.2.
    Types,
    /// RFC 1876.
    Location,
    /// Service parameters, RFC 9460 2.1.
    Parameters,
}

use Field::*;

/// A record type; an empty layout means: shown in RFC 3597 form.
pub struct Type {
    pub code: u16,
    pub name: &'static str,
    pub layout: &'static [Field],
}

pub const A: u16 = 1;
pub const AAAA: u16 = 28;
pub const OPT: u16 = 41;

const fn entry(code: u16, name: &'static str, layout: &'static [Field]) -> Type {
    Type { code, name, layout }
}

const ONE_NAME: &[Field] = &[Name];
const KEY: &[Field] = &[U16, U8, U8, Base64];
const DIGEST: &[Field] = &[U16, U8, U8, Hex];
const CERTIFICATE: &[Field] = &[U8, U8, U8, Hex];
const SIGNATURE: &[Field] = &[Type, U8, U8, U32, Date, Date, U16, Name, Base64];
const PREFERRED_NAME: &[Field] = &[U16, Name];
const SERVICE: &[Field] = &[U16, Name, Parameters];

/// Sorted by number.
#[rustfmt::skip]
static TYPES: &[Type] = &[
    entry(1, "A", &[Ipv4]),
    entry(2, "NS", ONE_NAME),
    entry(3, "MD", ONE_NAME),
    entry(4, "MF", ONE_NAME),
    entry(5, "CNAME", ONE_NAME),
    entry(6, "SOA", &[Name, Name, U32, U32, U32, U32, U32]),
    entry(7, "MB", ONE_NAME),
    entry(8, "MG", ONE_NAME),
    entry(9, "MR", ONE_NAME),
    entry(10, "NULL", &[]),
    entry(11, "WKS", &[]),
    entry(12, "PTR", ONE_NAME),
    entry(13, "HINFO", &[Text, Text]),
    entry(14, "MINFO", &[Name, Name]),
    entry(15, "MX", PREFERRED_NAME),
    entry(16, "TXT", &[Texts]),
    entry(17, "RP", &[Name, Name]),
    entry(18, "AFSDB", PREFERRED_NAME),
    entry(19, "X25", &[Text]),
    entry(20, "ISDN", &[Texts]),
    entry(21, "RT", PREFERRED_NAME),
    entry(22, "NSAP", &[]),
    entry(23, "NSAP-PTR", ONE_NAME),
    entry(24, "SIG", SIGNATURE),
    entry(25, "KEY", KEY),
    entry(26, "PX", &[U16, Name, Name]),
    entry(27, "GPOS", &[Text, Text, Text]),
    entry(28, "AAAA", &[Ipv6]),
    entry(29, "LOC", &[Location]),
    entry(30, "NXT", &[]),
    entry(33, "SRV", &[U16, U16, U16, Name]),
    entry(35, "NAPTR", &[U16, U16, Text, Text, Text, Name]),
    entry(36, "KX", PREFERRED_NAME),
    entry(37, "CERT", &[U16, U16, U8, Base64]),
    entry(38, "A6", &[]),
    entry(39, "DNAME", ONE_NAME),
    entry(41, "OPT", &[]),
    entry(42, "APL", &[]),
    entry(43, "DS", DIGEST),
    entry(44, "SSHFP", &[U8, U8, Hex]),
    entry(45, "IPSECKEY", &[]),
    entry(46, "RRSIG", SIGNATURE),
    entry(47, "NSEC", &[Name, Types]),
    entry(48, "DNSKEY", KEY),
    entry(49, "DHCID", &[Base64]),
    entry(50, "NSEC3", &[U8, U8, U16, Salt, Hash, Types]),
    entry(51, "NSEC3PARAM", &[U8, U8, U16, Salt]),
    entry(52, "TLSA", CERTIFICATE),
    entry(53, "SMIMEA", CERTIFICATE),
    entry(55, "HIP", &[]),
    entry(59, "CDS", DIGEST),
    entry(60, "CDNSKEY", KEY),
    entry(61, "OPENPGPKEY", &[Base64]),
    entry(62, "CSYNC", &[U32, U16, Types]),
    entry(63, "ZONEMD", &[U32, U8, U8, Hex]),
    entry(64, "SVCB", SERVICE),
    entry(65, "HTTPS", SERVICE),
    entry(99, "SPF", &[Texts]),
    entry(104, "NID", &[]),
    entry(105, "L32", &[U16, Ipv4]),
    entry(106, "L64", &[]),
    entry(107, "LP", PREFERRED_NAME),
    entry(108, "EUI48", &[Eui(6)]),
    entry(109, "EUI64", &[Eui(8)]),
    entry(249, "TKEY", &[Name, Date, Date, U16, U16, Sized, Sized]),
    entry(250, "TSIG", &[Name, Seconds48, U16, Sized, U16, U16, Sized]),
    entry(251, "IXFR", &[]),
    entry(252, "AXFR", &[]),
    entry(253, "MAILB", &[]),
    entry(254, "MAILA", &[]),
    entry(255, "ANY", &[]),
    entry(256, "URI", &[U16, U16, Quoted]),
    entry(257, "CAA", &[U8, Token, Quoted]),
    entry(258, "AVC", &[Texts]),
    entry(260, "AMTRELAY", &[]),
    entry(32768, "TA", DIGEST),
    entry(32769, "DLV", DIGEST),
];

fn find(code: u16) -> Option<&'static Type> {
    let at = TYPES.binary_search_by_key(&code, |entry| entry.code).ok()?;
    Some(&TYPES[at])
}

/// Whether the number is one a question may plausibly ask for: assigned, or private use (RFC 6895 3.1).
pub fn plausible(code: u16) -> bool {
    find(code).is_some() || (65_280..=65_534).contains(&code)
}

/// The mnemonic, else `TYPE123` (RFC 3597 5).
pub fn name(code: u16) -> Cow<'static, str> {
    match find(code) {
        Some(entry) => entry.name.into(),
        None => format!("TYPE{code}").into(),
    }
}

pub fn layout(code: u16) -> &'static [Field] {
    find(code).map_or(&[], |entry| entry.layout)
}

/// Whether the data ends in a host's name (NS, CNAME, PTR, MX, SRV …).
pub fn ends_in_name(code: u16) -> bool {
    layout(code).last() == Some(&Name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_for_the_search() {
        assert!(TYPES.windows(2).all(|pair| pair[0].code < pair[1].code));
    }

    #[test]
    fn unknown_types_have_a_name() {
        assert_eq!(name(28), "AAAA");
        assert_eq!(name(64_999), "TYPE64999");
        assert!(layout(64_999).is_empty());
    }
}
