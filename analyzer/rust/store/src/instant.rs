//! RFC 3339 and ISO 8601 dates to nanoseconds, and nanoseconds to the name of a day.

const NS_PER_SECOND: i128 = 1_000_000_000;
const NS_PER_DAY: i64 = 86_400 * 1_000_000_000;

/// Days from 1970-01-01 of a proleptic Gregorian date (H. Hinnant, "chrono-compatible low-level date algorithms").
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (of_year * 5 + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// `YYYY-MM-DD` of a moment.
pub fn day_name(ns: i64) -> String {
    let (year, month, day) = civil_from_days(ns.div_euclid(NS_PER_DAY));
    format!("{year:04}-{month:02}-{day:02}")
}

/// First nanosecond of a day, and of the next; None when it is no day's name.
pub fn day_bounds(name: &str) -> Option<(i64, i64)> {
    let start = if name.len() == 10 {
        parse(name)?
    } else {
        return None;
    };
    Some((start, start.saturating_add(NS_PER_DAY)))
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn digits(&mut self, count: usize) -> Option<i64> {
        let (head, rest) = self.rest.split_at_checked(count)?;
        if !head.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.rest = rest;
        Some(
            head.iter()
                .fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')),
        )
    }

    fn eat(&mut self, wanted: u8) -> bool {
        let found = self.rest.first() == Some(&wanted);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    /// `.` and one to nine digits, as nanoseconds.
    fn fraction(&mut self) -> Option<i64> {
        if !self.eat(b'.') {
            return Some(0);
        }
        let count = self
            .rest
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if !(1..=9).contains(&count) {
            return None;
        }
        let value = self.digits(count)?;
        Some((count..9).fold(value, |scaled, _| scaled * 10))
    }

    /// Seconds east of UTC; `Z` or nothing is UTC.
    fn offset(&mut self) -> Option<i64> {
        if self.rest.is_empty() || self.eat(b'Z') {
            return Some(0);
        }
        let sign = if self.eat(b'+') {
            1
        } else if self.eat(b'-') {
            -1
        } else {
            return None;
        };
        let hours = self.digits(2)?;
        self.eat(b':');
        let minutes = self.digits(2)?;
        (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
    }
}

/// Nanoseconds since 1970 of a date, or a date and time, clamped to what 64 bits hold (1677 to 2262).
pub fn parse(text: &str) -> Option<i64> {
    let mut at = Cursor {
        rest: text.as_bytes(),
    };
    let days = date(&mut at)?;
    let (seconds, fraction) = time(&mut at)?;
    let offset = at.offset()?;
    if !at.rest.is_empty() {
        return None;
    }
    let total = i128::from(days * 86_400 + seconds - offset) * NS_PER_SECOND + i128::from(fraction);
    Some(total.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
}

fn date(at: &mut Cursor<'_>) -> Option<i64> {
    let year = at.digits(4)?;
    let month = at.eat(b'-').then(|| at.digits(2))??;
    let day = at.eat(b'-').then(|| at.digits(2))??;
    let days = days_from_civil(year, month, day);
    // The round trip refuses 30 February and month 13.
    (civil_from_days(days) == (year, month, day)).then_some(days)
}

fn time(at: &mut Cursor<'_>) -> Option<(i64, i64)> {
    if at.rest.is_empty() {
        return Some((0, 0));
    }
    if !at.eat(b'T') {
        return None;
    }
    let hour = at.digits(2)?;
    let minute = at.eat(b':').then(|| at.digits(2))??;
    let second = if at.eat(b':') { at.digits(2)? } else { 0 };
    let fraction = at.fraction()?;
    // 60 is a leap second (RFC 3339 5.6); it counts as the next minute's first.
    let valid = hour < 24 && minute < 60 && second <= 60;
    valid.then_some((hour * 3600 + minute * 60 + second, fraction))
}

/// Down to the microsecond: the precision of every date column.
pub fn to_micros(ns: i64) -> i64 {
    ns.saturating_sub(ns.rem_euclid(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_with_and_without_time_fraction_and_offset() {
        assert_eq!(parse("1970-01-01"), Some(0));
        assert_eq!(parse("1970-01-01T00:00:01.5Z"), Some(1_500_000_000));
        assert_eq!(parse("1970-01-01T08:00:00+08:00"), Some(0));
        assert_eq!(parse("1969-12-31T23:59:59.999999999Z"), Some(-1));
        assert_eq!(parse("2024-02-29T12:30"), Some(1_709_209_800_000_000_000));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2023-02-29",
            "2023-13-01",
            "2023-1-1",
            "2023-01-01T25:00Z",
            "x",
            "2023-01-01T00:00:00.Z",
            "2023-01-01T00:00:00.1234567890Z",
            "2023-01-01T00:00:00Zz",
            "２０２３-01-01",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn far_dates_are_clamped_and_days_named_both_ways() {
        assert_eq!(parse("9999-12-31"), Some(i64::MAX));
        assert_eq!(parse("0000-01-01"), Some(i64::MIN));
        for days in [-400_000, -1, 0, 1, 11_016, 19_782, 84_000] {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
        assert_eq!(day_name(-1), "1969-12-31");
        assert_eq!(day_bounds("1970-01-02"), Some((NS_PER_DAY, 2 * NS_PER_DAY)));
        assert_eq!(day_bounds("../../etc1"), None);
    }
}
