//! The Date header (RFC 5322 3.3, obsolete forms of 4.3).

const SECOND_NS: i64 = 1_000_000_000;
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Nanoseconds since 1970 in UTC. None: no date.
pub fn parse(field: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(field).ok()?;
    let text = text.split_once(',').map_or(text, |(_, rest)| rest);
    let mut words = text.split_ascii_whitespace();
    let day: i64 = words.next()?.parse().ok()?;
    let month = month(words.next()?)?;
    let year = year(words.next()?)?;
    let seconds = clock(words.next()?)?;
    let offset = words.next().map_or(Some(0), offset)?;
    if !(1..=31).contains(&day) || !(1900..=2261).contains(&year) {
        return None;
    }
    let days = days(year, month, day);
    (days * 86_400 + seconds - offset).checked_mul(SECOND_NS)
}

fn month(word: &str) -> Option<i64> {
    let word = word.to_ascii_lowercase();
    let at = MONTHS.iter().position(|month| word.starts_with(month))?;
    Some(at as i64 + 1)
}

/// Two and three digits as RFC 5322 4.3 reads them.
fn year(word: &str) -> Option<i64> {
    let year: i64 = word.parse().ok()?;
    Some(match year {
        0..50 => year + 2000,
        50..1000 => year + 1900,
        _ => year,
    })
}

fn clock(word: &str) -> Option<i64> {
    let mut parts = word.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    let valid = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
    valid.then_some(hour * 3600 + minute * 60 + second)
}

/// Seconds east of Greenwich; of the obsolete names those of North America and Greenwich itself mean something.
fn offset(word: &str) -> Option<i64> {
    if let Some(hours) = named(word) {
        return Some(hours * 3600);
    }
    let (sign, digits) = match word.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return Some(0),
    };
    if digits.len() != 4 {
        return None;
    }
    let number: i64 = digits.parse().ok()?;
    (0..=2359)
        .contains(&number)
        .then_some(sign * (number / 100 * 3600 + number % 100 * 60))
}

fn named(word: &str) -> Option<i64> {
    Some(match word {
        "EST" | "CDT" => -5,
        "EDT" => -4,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        _ => return None,
    })
}

/// Days from 1970 to a date of the Gregorian calendar; the year begins in March, so that leap days end it.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use starwatch_stream::json::Json;

    fn utc(field: &str) -> Option<String> {
        let mut out = vec![];
        Json::new(&mut out).time(parse(field.as_bytes())?);
        Some(String::from_utf8(out).unwrap().trim_matches('"').to_owned())
    }

    #[test]
    fn dates() {
        for (field, wanted) in [
            (
                "Fri, 21 Nov 1997 09:55:06 -0600",
                "1997-11-21T15:55:06.000000Z",
            ),
            ("29 Feb 2024 23:59 +0800", "2024-02-29T15:59:00.000000Z"),
            (
                "Thu, 13 Feb 69 23:32 GMT (old)",
                "1969-02-13T23:32:00.000000Z",
            ),
            ("1 Jan 26 00:00:00 EST", "2026-01-01T05:00:00.000000Z"),
            ("1 January 2026 00:00:00", "2026-01-01T00:00:00.000000Z"),
        ] {
            assert_eq!(utc(field).as_deref(), Some(wanted), "{field}");
        }
    }

    #[test]
    fn no_dates() {
        for field in [
            "",
            "yesterday",
            "32 Jan 2026 00:00",
            "1 Jan 9999999 00:00",
            "1 Jan 2026 25:00",
            "1 Jan 2026 00:00 +99999999999",
            "9223372036854775807 Jan 2026 00:00",
        ] {
            assert_eq!(utc(field), None, "{field}");
        }
    }
}
