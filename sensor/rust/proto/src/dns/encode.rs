//! Bytes to the text forms record data is written in.

const HEX: &[u8] = b"0123456789ABCDEF";
const BASE32_HEX: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base 16, upper case as in RFC 3597 and RFC 4034.
pub fn hex(bytes: &[u8], text: &mut Vec<u8>) {
    digits(bytes, 4, HEX, text);
}

/// RFC 4648 7 without padding, as NSEC3 writes its hashes (RFC 5155 3.3).
pub fn base32_hex(bytes: &[u8], text: &mut Vec<u8>) {
    digits(bytes, 5, BASE32_HEX, text);
}

/// RFC 4648 4 with padding.
pub fn base64(bytes: &[u8], text: &mut Vec<u8>) {
    digits(bytes, 6, BASE64, text);
    let padding = (3 - bytes.len() % 3) % 3;
    text.extend_from_slice(&b"=="[..padding]);
}

/// `bits` bits to a digit, the last one filled with zeros.
fn digits(bytes: &[u8], bits: u32, alphabet: &[u8], text: &mut Vec<u8>) {
    let mask = (1u32 << bits) - 1;
    let (mut held, mut count) = (0u32, 0);
    for &byte in bytes {
        held = (held << 8 | u32::from(byte)) & 0xffff;
        count += 8;
        while count >= bits {
            count -= bits;
            text.push(alphabet[(held >> count & mask) as usize]);
        }
    }
    if count > 0 {
        text.push(alphabet[(held << (bits - count) & mask) as usize]);
    }
}

/// UTC date and time as `YYYYMMDDHHmmSS` (RFC 4034 3.2), from seconds since 1970.
pub fn date(seconds: u32) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}

/// Gregorian date of a day number since 1970-01-01. Years are counted from March so that the leap day comes last.
fn civil(days: u32) -> (u32, u32, u32) {
    const DAYS_TO_1970_FROM_MARCH_0: u32 = 719_468;
    let days = days + DAYS_TO_1970_FROM_MARCH_0;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    (era * 400 + year_of_era + u32::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(encode: fn(&[u8], &mut Vec<u8>), bytes: &[u8]) -> String {
        let mut out = Vec::new();
        encode(bytes, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn rfc_4648_vectors() {
        let vectors = [
            ("", "", "", ""),
            ("f", "Zg==", "CO", "66"),
            ("fo", "Zm8=", "CPNG", "666F"),
            ("foo", "Zm9v", "CPNMU", "666F6F"),
            ("foob", "Zm9vYg==", "CPNMUOG", "666F6F62"),
            ("fooba", "Zm9vYmE=", "CPNMUOJ1", "666F6F6261"),
            ("foobar", "Zm9vYmFy", "CPNMUOJ1E8", "666F6F626172"),
        ];
        for (plain, b64, b32, b16) in vectors {
            assert_eq!(text(base64, plain.as_bytes()), b64);
            assert_eq!(text(base32_hex, plain.as_bytes()), b32);
            assert_eq!(text(hex, plain.as_bytes()), b16);
        }
    }

    #[test]
    fn dates_of_the_calendar() {
        assert_eq!(date(0), "19700101000000");
        assert_eq!(date(951_782_400), "20000229000000");
        assert_eq!(date(1_709_251_199), "20240229235959");
        assert_eq!(date(u32::MAX), "21060207062815");
    }
}
