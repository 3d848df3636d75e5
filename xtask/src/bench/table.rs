//! Markdown tables of what was measured.

mod draws;
mod growth;

use super::measure::{Killed, Measure};
use super::schedule::Reference;
pub(crate) use growth::growth;

const MB: f64 = 1e6;

/// One row for each job; where it was measured with several draws of answers, their means.
pub(crate) fn measures(measures: &[Measure]) -> String {
    let head = [
        "scenario",
        "client",
        "calls",
        "busy share of the slots",
        "rule at no cost",
        "lengths unknown",
        "bound",
        "wall s",
        "wall ÷ ideal",
        "client CPU ms/call",
        "client peak MB",
        "on disk MB",
        "mock CPU ms/call",
    ];
    let row = |group: &[Measure]| {
        let measure = draws::mean(group)?;
        let shares: Vec<_> = group.iter().map(|measure| measure.busy_share).collect();
        let of_reference = |share_of: fn(&Reference) -> f64| {
            measure.reference.as_ref().map_or_else(dash, |known| share(share_of(known)))
        };
        Some(vec![
            measure.scenario.clone(),
            measure.client.to_owned(),
            count(measure.calls),
            measure.slots.map_or_else(dash, |_| spread_share(measure.busy_share, &shares)),
            of_reference(|known| known.rule_share),
            measure.reference.and_then(|known| known.blind_share).map_or_else(dash, share),
            of_reference(|known| known.bound_share),
            format!("{:.2}", measure.wall_s),
            measure.ideal_s().map_or_else(dash, |ideal_s| ratio(measure.wall_s, ideal_s)),
            format!("{:.3}", measure.client_cpu_ms_per_call()),
            format!("{:.1}", measure.peak_bytes as f64 / MB),
            format!("{:.1}", measure.disk_bytes as f64 / MB),
            format!("{:.3}", measure.server_cpu_ms_per_call()),
        ])
    };
    let rows: Vec<_> = draws::grouped(measures).filter_map(row).collect();
    table(&head.map(str::to_owned), &rows)
}

/// What is compared in pairs: the name of the ratio, the measure above the line and that below.
const PAIRS: [(&str, &str); 15] = [
    ("script-64", "slots-64"),
    ("script-256", "slots-256"),
    ("script-1024", "slots-1024"),
    ("script-256-narrow", "slots-256-narrow"),
    ("script-256-alike", "slots-256-alike"),
    ("script-1024-narrow", "slots-1024-narrow"),
    ("auto-64", "slots-64"),
    ("auto-256", "slots-256"),
    ("faults", "faults (none)"),
    ("script-faults", "script-faults (none)"),
    ("script-faults", "faults"),
    ("refusals", "refusals (none)"),
    ("refusals-auto", "refusals-auto (none)"),
    ("script-refusals", "script-refusals (none)"),
    ("script-refusals", "refusals"),
];

/// Ratios of the measures that belong together; empty when there are none.
pub(crate) fn ratios(measures: &[Measure]) -> String {
    let means: Vec<_> = draws::grouped(measures).filter_map(draws::mean).collect();
    let named = |name: &str| means.iter().find(|measure| measure.scenario == name);
    let pairs: Vec<_> = PAIRS
        .iter()
        .filter_map(|(above, below)| Some((named(above)?, named(below)?)))
        .map(|(above, below)| {
            vec![
                format!("{} ÷ {}", above.scenario, below.scenario),
                ratio(above.wall_s, below.wall_s),
                ratio(above.client_cpu_ms_per_call(), below.client_cpu_ms_per_call()),
                ratio(above.peak_bytes as f64, below.peak_bytes as f64),
            ]
        })
        .collect();
    if pairs.is_empty() {
        return String::new();
    }
    let head = ["ratio", "wall", "client CPU per call", "client peak memory"];
    table(&head.map(str::to_owned), &pairs)
}

/// Jobs that made another number of calls than they have when everything is kept.
pub(crate) fn odd_counts(measures: &[Measure]) -> Vec<String> {
    let odd = measures.iter().filter(|measure| measure.calls != measure.calls_expected);
    odd.map(|measure| {
        let why = match &measure.summary["eliminated"] {
            serde_json::Value::Object(rules) if !rules.is_empty() => {
                format!("; eliminated: {}", serde_json::Value::Object(rules.clone()))
            }
            _ => String::new(),
        };
        format!(
            "{}: {} calls were answered; {} are expected when everything is kept and no seed wants a response{why}",
            measure.scenario,
            count(measure.calls),
            count(measure.calls_expected)
        )
    })
    .collect()
}

/// The row of a kill.
pub(crate) fn killed(killed: &Killed) -> String {
    let head = [
        "calls of the job",
        "answered before the kill",
        "answered in all",
        "requests in all",
        "repeated requests",
        "paid twice",
        "calls in flight at most",
        "wall s, both sessions",
    ];
    let row = vec![
        count(killed.calls_expected),
        count(killed.answered_before),
        count(killed.answered),
        count(killed.requests),
        count(killed.repeated),
        count(killed.answered_again),
        killed.in_flight_allowed.to_string(),
        format!("{:.2} + {:.2}", killed.wall_first_s, killed.wall_second_s),
    ];
    table(&head.map(str::to_owned), &[row])
}

fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule = format!("|{}\n", "---|".repeat(head.len()));
    let rows: String = rows.iter().map(|row| line(row)).collect();
    format!("{}{rule}{rows}", line(head))
}

fn dash() -> String {
    "–".to_owned()
}

/// With the standard deviation over draws, if there are several.
fn spread_share(mean: f64, shares: &[f64]) -> String {
    match draws::spread(shares) {
        Some(spread) => format!("{mean:.3} ± {spread:.3}"),
        None => share(mean),
    }
}

fn share(share: f64) -> String {
    format!("{share:.3}")
}

fn ratio(above: f64, below: f64) -> String {
    if below > 0.0 { format!("{:.2}", above / below) } else { dash() }
}

/// With commas between groups of three digits.
fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::measure::sample;
    use super::*;

    #[test]
    fn a_measure_is_a_row() {
        let instant = sample("instant", 12_000, 1.2);
        let instant = Measure { slots: None, reference: None, client: "script", ..instant };
        let expected = "\
| scenario | client | calls | busy share of the slots | rule at no cost | lengths unknown | bound | wall s | wall ÷ ideal | client CPU ms/call | client peak MB | on disk MB | mock CPU ms/call |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
| slots-64 | speciate | 8,000 | 0.980 | 0.992 | 0.994 | 1.000 | 30.61 | 1.02 | 0.200 | 40.0 | 12.0 | 0.100 |
| instant | script | 12,000 | – | – | – | – | 45.92 | – | 0.100 | 40.0 | 18.0 | 0.050 |
";
        assert_eq!(measures(&[sample("slots-64", 8_000, 1.6), instant]), expected);
    }

    #[test]
    fn only_what_was_measured_together_is_compared() {
        let measures = [sample("slots-64", 8_000, 0.8), sample("script-64", 8_000, 4.8)];
        assert!(ratios(&measures).ends_with("| script-64 ÷ slots-64 | 1.00 | 6.00 | 1.00 |\n"));
        assert_eq!(ratios(&measures[..1]), "");
    }

    #[test]
    fn another_number_of_calls_is_said() {
        let summary = serde_json::json!({"eliminated": {"no-gain": 7}});
        let odd = Measure { calls: 623_000, summary, ..sample("paper", 624_024, 60.0) };
        assert_eq!(
            odd_counts(&[odd, sample("slots-64", 8_000, 0.8)]),
            [
                "paper: 623,000 calls were answered; 624,024 are expected when everything is kept and no seed wants a response; \
              eliminated: {\"no-gain\":7}"
            ]
        );
    }

    #[test]
    fn a_kill_is_a_row() {
        let row = killed(&Killed {
            calls_expected: 3_000,
            in_flight_allowed: 64,
            answered_before: 1_502,
            answered: 3_030,
            requests: 3_064,
            repeated: 64,
            answered_again: 30,
            wall_first_s: 6.0,
            wall_second_s: 6.25,
        });
        assert!(
            row.ends_with("| 3,000 | 1,502 | 3,030 | 3,064 | 64 | 30 | 64 | 6.00 + 6.25 |\n"),
            "{row}"
        );
    }
}
