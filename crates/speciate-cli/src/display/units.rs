//! Numbers as people read them.

/// Dollars: cents where they matter, more digits where amounts are small.
pub(crate) fn amount(usd: f64) -> String {
    if usd == 0.0 || usd >= 0.1 { format!("${usd:.2}") } else { format!("${usd:.4}") }
}

/// Money of which some may not be known.
pub(crate) fn cost(usd: Option<f64>, is_partial: bool) -> String {
    match usd {
        None => "price unknown".to_owned(),
        Some(usd) if is_partial => format!("{} and calls of unknown price", amount(usd)),
        Some(usd) => amount(usd),
    }
}

/// 1234 is `1.2k`.
pub(crate) fn short_count(count: u64) -> String {
    let number = count as f64;
    match count {
        0..=999 => count.to_string(),
        1_000..=999_999 => format!("{:.1}k", number / 1e3),
        1_000_000..=999_999_999 => format!("{:.1}M", number / 1e6),
        _ => format!("{:.1}G", number / 1e9),
    }
}

/// 98000000 is `98.0 MB`.
pub(crate) fn bytes(bytes: u64) -> String {
    let number = bytes as f64;
    match bytes {
        0..=999_999 => format!("{:.0} kB", number / 1e3),
        1_000_000..=999_999_999 => format!("{:.1} MB", number / 1e6),
        _ => format!("{:.2} GB", number / 1e9),
    }
}

/// 95 is `1m35s`.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        _ if seconds < 9.95 => format!("{:.1}s", seconds.max(0.0)),
        0..=59 => format!("{whole}s"),
        60..=3_599 => format!("{}m{:02}s", whole / 60, whole % 60),
        3_600..=172_799 => format!("{}h{:02}m", whole / 3_600, whole / 60 % 60),
        _ => format!("{}d{:02}h", whole / 86_400, whole / 3_600 % 24),
    }
}

/// `1 seed`, `2 seeds`.
pub(crate) fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_them() {
        assert_eq!([amount(0.0), amount(0.0042), amount(12.345)], ["$0.00", "$0.0042", "$12.35"]);
        assert_eq!(
            [cost(None, true), cost(Some(1.5), true), cost(Some(0.0), false)],
            ["price unknown", "$1.50 and calls of unknown price", "$0.00"]
        );
        assert_eq!(
            [short_count(999), short_count(1_234), short_count(2_500_000)],
            ["999", "1.2k", "2.5M"]
        );
        assert_eq!(
            [duration(3.21), duration(95.0), duration(7_260.0), duration(200_000.0)],
            ["3.2s", "1m35s", "2h01m", "2d07h"]
        );
        assert_eq!([counted(1, "seed"), counted(0, "seed")], ["1 seed", "0 seeds"]);
        assert_eq!([bytes(98_400_000), bytes(1_100_000_000)], ["98.4 MB", "1.10 GB"]);
    }
}
