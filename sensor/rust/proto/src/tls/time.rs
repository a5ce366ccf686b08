//! Moments in certificates (RFC 5280 4.1.2.5): from 1950 in UTCTime, of any year in GeneralizedTime.

use super::der::{tag, Element};

/// Date and time, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
}

impl Moment {
    /// None: no date. Seconds may be absent, as X.680 allows; another zone than Z is not understood.
    pub fn read(element: &Element<'_>) -> Option<Self> {
        let text = element.bytes().strip_suffix(b"Z")?;
        let (year, text) = match element.tag {
            tag::UTC_TIME => {
                let (year, text) = pair(text)?;
                (u16::from(year) + if year < 50 { 2000 } else { 1900 }, text)
            }
            tag::GENERALIZED_TIME => {
                let (century, text) = pair(text)?;
                let (year, text) = pair(text)?;
                (u16::from(century) * 100 + u16::from(year), text)
            }
            _ => return None,
        };
        Self::of(year, text)
    }

    fn of(year: u16, text: &[u8]) -> Option<Self> {
        let (month, text) = pair(text)?;
        let (day, text) = pair(text)?;
        let (hour, text) = pair(text)?;
        let (minute, text) = pair(text)?;
        let (second, _) = if text.is_empty() {
            (0, text)
        } else {
            pair(text)?
        };
        let valid = (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        valid.then_some(Self {
            year,
            month,
            day,
            hour,
            minute,
            second,
        })
    }

    /// Seconds since 1970, by counting in 400-year eras that start on 1 March.
    pub fn seconds(&self) -> i64 {
        const ERA_DAYS: i64 = 146_097;
        const EPOCH_FROM_ERA: i64 = 719_468;
        let month = i64::from(self.month);
        let year = i64::from(self.year) - i64::from(month <= 2);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(self.day) - 1;
        let year_of_era = year.rem_euclid(400);
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = year.div_euclid(400) * ERA_DAYS + day_of_era - EPOCH_FROM_ERA;
        let [hour, minute, second] = [self.hour, self.minute, self.second].map(i64::from);
        (days * 24 + hour) * 3600 + minute * 60 + second
    }

    /// As every date of an event. Not by way of nanoseconds: 9999-12-31 (RFC 5280 4.1.2.5) has none in 64 bits.
    pub fn text(&self) -> String {
        let Self {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self;
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000000Z")
    }
}

fn pair(text: &[u8]) -> Option<(u8, &[u8])> {
    let (&[tens, ones], rest) = text.split_first_chunk()?;
    let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
    digits.then(|| ((tens - b'0') * 10 + (ones - b'0'), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::Reader;
    use crate::tls::der;

    fn read(kind: u8, text: &str) -> Option<String> {
        let bytes = [&[kind, text.len() as u8], text.as_bytes()].concat();
        let element = der::next(&mut Reader::new(&bytes)).unwrap();
        Moment::read(&element).map(|moment| moment.text())
    }

    #[test]
    fn both_forms() {
        assert_eq!(
            read(0x17, "691231000000Z").unwrap(),
            "1969-12-31T00:00:00.000000Z"
        );
        assert_eq!(
            read(0x17, "491231235959Z").unwrap(),
            "2049-12-31T23:59:59.000000Z"
        );
        assert_eq!(
            read(0x17, "2512312359Z").unwrap(),
            "2025-12-31T23:59:00.000000Z"
        );
        assert_eq!(
            read(0x18, "99991231235959Z").unwrap(),
            "9999-12-31T23:59:59.000000Z"
        );
    }

    #[test]
    fn seconds_since_1970() {
        let seconds = |text: &str| {
            let bytes = [&[0x18, text.len() as u8], text.as_bytes()].concat();
            Moment::read(&der::next(&mut Reader::new(&bytes)).unwrap())
                .unwrap()
                .seconds()
        };
        assert_eq!(seconds("19700101000000Z"), 0);
        assert_eq!(seconds("19691231235959Z"), -1);
        assert_eq!(seconds("20000229000001Z"), 951_782_401);
        assert_eq!(seconds("20260131091500Z"), 1_769_850_900);
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "Z",
            "251231235959",
            "251331235959Z",
            "25123123595aZ",
            "251231235959+0800",
        ] {
            assert_eq!(read(0x17, text), None, "{text}");
        }
        assert_eq!(read(0x0c, "251231235959Z"), None);
    }
}
