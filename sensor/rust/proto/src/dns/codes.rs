//! Names of the header's and EDNS's numbers (IANA DNS Parameters).

use std::borrow::Cow;

const OPCODES: [&str; 7] = ["QUERY", "IQUERY", "STATUS", "", "NOTIFY", "UPDATE", "DSO"];

pub const QUERY: u8 = 0;
pub const NOTIFY: u8 = 4;
pub const UPDATE: u8 = 5;

const RCODES: [&str; 24] = [
    "NOERROR",
    "FORMERR",
    "SERVFAIL",
    "NXDOMAIN",
    "NOTIMP",
    "REFUSED",
    "YXDOMAIN",
    "YXRRSET",
    "NXRRSET",
    "NOTAUTH",
    "NOTZONE",
    "DSOTYPENI",
    "",
    "",
    "",
    "",
    "BADVERS",
    "BADKEY",
    "BADTIME",
    "BADMODE",
    "BADNAME",
    "BADALG",
    "BADTRUNC",
    "BADCOOKIE",
];

const EDNS_OPTIONS: [&str; 20] = [
    "",
    "LLQ",
    "UPDATE-LEASE",
    "NSID",
    "",
    "DAU",
    "DHU",
    "N3U",
    "CLIENT-SUBNET",
    "EXPIRE",
    "COOKIE",
    "TCP-KEEPALIVE",
    "PADDING",
    "CHAIN",
    "KEY-TAG",
    "EXTENDED-ERROR",
    "CLIENT-TAG",
    "SERVER-TAG",
    "REPORT-CHANNEL",
    "ZONEVERSION",
];

/// RFC 1035 3.2.4, RFC 2136 2.4 (NONE) and 2.5 (ANY).
pub const CLASS_NONE: u16 = 254;
pub const CLASS_ANY: u16 = 255;

pub fn opcode(code: u8) -> Cow<'static, str> {
    named(&OPCODES, code.into(), "")
}

pub fn rcode(code: u16) -> Cow<'static, str> {
    named(&RCODES, code, "")
}

pub fn edns_option(code: u16) -> Cow<'static, str> {
    named(&EDNS_OPTIONS, code, "OPT")
}

pub fn class(code: u16) -> Cow<'static, str> {
    match code {
        1 => "IN".into(),
        3 => "CH".into(),
        4 => "HS".into(),
        CLASS_NONE => "NONE".into(),
        CLASS_ANY => "ANY".into(),
        _ => format!("CLASS{code}").into(),
    }
}

fn named(names: &'static [&'static str], code: u16, prefix: &str) -> Cow<'static, str> {
    match names.get(usize::from(code)) {
        Some(name) if !name.is_empty() => (*name).into(),
        _ => format!("{prefix}{code}").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assigned_numbers_have_names_and_others_stay_numbers() {
        assert_eq!(opcode(5), "UPDATE");
        assert_eq!(opcode(3), "3");
        assert_eq!(rcode(3), "NXDOMAIN");
        assert_eq!(rcode(23), "BADCOOKIE");
        assert_eq!(rcode(4000), "4000");
        assert_eq!(class(1), "IN");
        assert_eq!(class(9), "CLASS9");
        assert_eq!(edns_option(8), "CLIENT-SUBNET");
        assert_eq!(edns_option(999), "OPT999");
    }
}
