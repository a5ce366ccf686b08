//! Numbers, times and addresses as text, without an allocation.

use std::io::Write;
use std::net::Ipv6Addr;

use starwatch_wire::ip::{Address, Version};
use starwatch_wire::link::Mac;

const SECOND_NS: i64 = 1_000_000_000;
const DAY_SECONDS: i64 = 86_400;

/// Decimal digits.
pub fn unsigned(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// `width` digits with leading zeros.
fn padded(out: &mut Vec<u8>, mut value: u32, width: usize) {
    let start = out.len();
    out.resize(start + width, b'0');
    for at in (start..start + width).rev() {
        out[at] = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

/// 2026-01-31T09:15:00.000001Z. Every i64 of nanoseconds has a four-digit year (1677 to 2262).
pub fn time(out: &mut Vec<u8>, time_ns: i64) {
    let seconds = time_ns.div_euclid(SECOND_NS);
    let (year, month, day) = civil(seconds.div_euclid(DAY_SECONDS));
    let second = seconds.rem_euclid(DAY_SECONDS) as u32;
    let micros = (time_ns.rem_euclid(SECOND_NS) / 1_000) as u32;
    let parts = [(year, 4, b'-'), (month, 2, b'-'), (day, 2, b'T')];
    let clock = [
        (second / 3600, 2, b':'),
        (second / 60 % 60, 2, b':'),
        (second % 60, 2, b'.'),
        (micros, 6, b'Z'),
    ];
    for (value, width, after) in parts.into_iter().chain(clock) {
        padded(out, value, width);
        out.push(after);
    }
}

/// Year, month, day of a day since 1970, by counting in 400-year eras that start on 1 March.
fn civil(days: i64) -> (u32, u32, u32) {
    const ERA_DAYS: i64 = 146_097;
    const EPOCH_FROM_ERA: i64 = 719_468;
    let day_of_epoch = days + EPOCH_FROM_ERA;
    let (era, day_of_era) = (
        day_of_epoch.div_euclid(ERA_DAYS),
        day_of_epoch.rem_euclid(ERA_DAYS),
    );
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as u32, month as u32, day as u32)
}

/// Dotted quad, or RFC 5952.
pub fn address(out: &mut Vec<u8>, version: Version, address: &Address) {
    match version {
        Version::V4 => {
            for (at, byte) in address[12..].iter().enumerate() {
                if at > 0 {
                    out.push(b'.');
                }
                unsigned(out, u64::from(*byte));
            }
        }
        Version::V6 => write!(out, "{}", Ipv6Addr::from(*address)).expect("a Vec takes everything"),
    }
}

/// RFC 7042 form: 00-00-5E-00-53-23.
pub fn mac(out: &mut Vec<u8>, mac: &Mac) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for (at, byte) in mac.iter().enumerate() {
        if at > 0 {
            out.push(b'-');
        }
        out.push(HEX[usize::from(byte >> 4)]);
        out.push(HEX[usize::from(byte & 15)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn times_keep_microseconds_and_cross_leap_days() {
        assert_eq!(text(|out| time(out, 0)), "1970-01-01T00:00:00.000000Z");
        assert_eq!(
            text(|out| time(out, 951_782_400_000_001_999)),
            "2000-02-29T00:00:00.000001Z"
        );
        assert_eq!(
            text(|out| time(out, 1_709_251_199_999_999_999)),
            "2024-02-29T23:59:59.999999Z"
        );
        assert_eq!(text(|out| time(out, -1)), "1969-12-31T23:59:59.999999Z");
        assert_eq!(
            text(|out| time(out, i64::MAX)),
            "2262-04-11T23:47:16.854775Z"
        );
        assert_eq!(
            text(|out| time(out, i64::MIN)),
            "1677-09-21T00:12:43.145224Z"
        );
    }

    #[test]
    fn addresses_are_canonical() {
        let v4 = starwatch_wire::ip::mapped([10, 0, 255, 1]);
        assert_eq!(text(|out| address(out, Version::V4, &v4)), "10.0.255.1");
        let v6 = "2001:db8::1".parse::<Ipv6Addr>().unwrap().octets();
        assert_eq!(text(|out| address(out, Version::V6, &v6)), "2001:db8::1");
        assert_eq!(
            text(|out| mac(out, &[0, 0, 0x5e, 0, 0x53, 0x23])),
            "00-00-5E-00-53-23"
        );
    }

    #[test]
    fn numbers_have_no_leading_zeros() {
        for value in [0, 9, 10, 12_345, u64::MAX] {
            assert_eq!(text(|out| unsigned(out, value)), value.to_string());
        }
    }
}
