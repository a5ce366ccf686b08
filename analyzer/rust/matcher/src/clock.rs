//! Parts of a date, as the time modifiers ask for them. No time zones are converted (specification).

use crate::modifier::TimePart;

struct Date {
    year: i64,
    month: i64,
    day: i64,
}

/// `part` of an ISO 8601 / RFC 3339 date such as `2026-11-23T17:57:30.123Z` (a blank may stand for the T).
pub fn part(text: &str, part: TimePart) -> Option<i64> {
    let date = Date::parse(text)?;
    let time = text.get(11..16).filter(|time| time.as_bytes()[2] == b':');
    match part {
        TimePart::Year => Some(date.year),
        TimePart::Month => Some(date.month),
        TimePart::Day => Some(date.day),
        TimePart::Week => Some(date.iso_week()),
        TimePart::Hour => digits(time?, 0, 2).filter(|hour| *hour < 24),
        TimePart::Minute => digits(time?, 3, 5).filter(|minute| *minute < 60),
    }
}

fn digits(text: &str, start: usize, end: usize) -> Option<i64> {
    let digits = text.get(start..end)?;
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

impl Date {
    fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
            return None;
        }
        let date = Self {
            year: digits(text, 0, 4)?,
            month: digits(text, 5, 7)?,
            day: digits(text, 8, 10)?,
        };
        let valid = (1..=12).contains(&date.month) && (1..=31).contains(&date.day);
        valid.then_some(date)
    }

    fn leap(year: i64) -> bool {
        (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
    }

    fn day_of_year(&self) -> i64 {
        const BEFORE: [i64; 13] = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
        let leap_day = i64::from(self.month > 2 && Self::leap(self.year));
        BEFORE.get(self.month as usize).copied().unwrap_or(0) + self.day + leap_day
    }

    /// Monday 1 … Sunday 7 (Sakamoto's congruence over the Gregorian calendar).
    fn weekday(&self) -> i64 {
        let before = self.year - 1;
        let days = before * 365 + before / 4 - before / 100 + before / 400 + self.day_of_year();
        (days - 1).rem_euclid(7) + 1
    }

    /// ISO 8601: week 1 holds the year's first Thursday.
    fn iso_week(&self) -> i64 {
        let week = (self.day_of_year() - self.weekday() + 10) / 7;
        match week {
            0 => Self::weeks(self.year - 1),
            53 if Self::weeks(self.year) == 52 => 1,
            other => other,
        }
    }

    fn weeks(year: i64) -> i64 {
        let weekday = |month, day| Self { year, month, day }.weekday();
        if weekday(1, 1) == 4 || weekday(12, 31) == 4 {
            53
        } else {
            52
        }
    }
}
