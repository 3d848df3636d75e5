//! Times as RFC 3339 writes them.

const MS_PER_S: u64 = 1_000;

/// Milliseconds since 1970, for example of `2025-08-21T12:41:30Z`; `None` for what is no such time
/// or lies before 1970.
pub(super) fn unix_ms(text: &str) -> Option<u64> {
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let zone_at = rest.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = rest.split_at(zone_at);
    let seconds = days(date)? * 86_400 + seconds_of_day(time)? - zone_seconds(zone)?;
    let fraction_ms = time.split_once('.').map_or(Some(0), |(_, digits)| fraction_ms(digits))?;
    Some(u64::try_from(seconds).ok()? * MS_PER_S + fraction_ms)
}

/// A number of exactly so many digits.
fn digits(text: &str, n_digits: usize) -> Option<i64> {
    let is_number = text.len() == n_digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// Days since 1970-01-01.
fn days(date: &str) -> Option<i64> {
    let mut parts = date.splitn(3, '-');
    let year = digits(parts.next()?, 4)?;
    let month = digits(parts.next()?, 2).filter(|month| (1..=12).contains(month))?;
    let day = digits(parts.next()?, 2).filter(|day| (1..=31).contains(day))?;
    // Years that begin in March, so that the odd day of a leap year is the last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leap_days + day_of_year - 719_468)
}

/// `12:41:30`, with or without a fraction; a leap second counts as the next minute's first.
fn seconds_of_day(time: &str) -> Option<i64> {
    let mut parts = time.split('.').next()?.splitn(3, ':');
    let hour = digits(parts.next()?, 2).filter(|hour| *hour < 24)?;
    let minute = digits(parts.next()?, 2).filter(|minute| *minute < 60)?;
    let second = digits(parts.next()?, 2).filter(|second| *second <= 60)?;
    Some(hour * 3_600 + minute * 60 + second)
}

fn fraction_ms(digits_after: &str) -> Option<u64> {
    if digits_after.is_empty() || !digits_after.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let three: String = digits_after.chars().chain("00".chars()).take(3).collect();
    three.parse().ok()
}

/// `Z` or `+02:00`, in seconds east of Greenwich.
fn zone_seconds(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    Some(sign * (digits(hours, 2)? * 3_600 + digits(minutes, 2)? * 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, SystemTime};

    #[test]
    fn times() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T12:00:00Z", Some(951_825_600_000)),
            ("2025-08-21T12:41:30.5Z", Some(1_755_780_090_500)),
            ("2025-08-21t14:41:30+02:00", Some(1_755_780_090_000)),
            ("2025-08-21 07:11:30-05:30", Some(1_755_780_090_000)),
            ("1969-12-31T23:59:59Z", None),
            ("2025-13-01T00:00:00Z", None),
            ("2025-01-01T24:00:00Z", None),
            ("2025-01-01T00:00:00", None),
            ("2025-01-01T00:00:00.Z", None),
            ("2025-01-01", None),
            ("+025-01-01T00:00:00Z", None),
            ("", None),
        ] {
            assert_eq!(unix_ms(text), expected, "{text}");
        }
    }

    proptest! {
        /// The same calendar as that of HTTP's dates.
        #[test]
        fn as_http_dates(seconds in 0_u64..253_402_300_800) {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            let text = httpdate::fmt_http_date(time);
            let parts: Vec<_> = text.split(' ').collect();
            let month = "JanFebMarAprMayJunJulAugSepOctNovDec".find(parts[2]).unwrap() / 3 + 1;
            let written = format!("{}-{month:02}-{}T{}Z", parts[3], parts[1], parts[4]);
            prop_assert_eq!(unix_ms(&written), Some(seconds * 1_000));
        }

        #[test]
        fn any_text(text in "[0-9TZtz:.+ é-]{0,40}") {
            let _time = unix_ms(&text);
        }
    }
}
