//! Markdown tables of what was measured.

use super::fit::{Line, line};
use super::measure::{Killed, Measure};
use super::scenario::ROUNDS;

const MB: f64 = 1e6;
/// The size of run that the fitted lines are asked about.
const SEEDS_FAR: f64 = 10e6;

/// One row for each measure.
pub(crate) fn measures(measures: &[Measure]) -> String {
    let head = [
        "scenario",
        "client",
        "calls",
        "busy share of the slots",
        "wall s",
        "wall ÷ ideal",
        "client CPU ms/call",
        "client peak MB",
        "on disk MB",
        "mock CPU ms/call",
    ];
    let row = |measure: &Measure| {
        vec![
            measure.scenario.clone(),
            measure.client.to_owned(),
            count(measure.calls),
            measure.slots.map_or_else(dash, |_| format!("{:.3}", measure.busy_share)),
            format!("{:.2}", measure.wall_s),
            measure.ideal_s().map_or_else(dash, |ideal_s| ratio(measure.wall_s, ideal_s)),
            format!("{:.3}", measure.client_cpu_ms_per_call()),
            format!("{:.1}", measure.peak_bytes as f64 / MB),
            format!("{:.1}", measure.disk_bytes as f64 / MB),
            format!("{:.3}", measure.server_cpu_ms_per_call()),
        ]
    };
    table(&head.map(str::to_owned), &measures.iter().map(row).collect::<Vec<_>>())
}

/// What is compared in pairs: the name of the ratio, the measure above the line and that below.
const PAIRS: [(&str, &str); 8] = [
    ("script-64", "slots-64"),
    ("script-256", "slots-256"),
    ("script-1024", "slots-1024"),
    ("auto-64", "slots-64"),
    ("auto-256", "slots-256"),
    ("faults", "faults (none)"),
    ("script-faults", "script-faults (none)"),
    ("script-faults", "faults"),
];

/// Ratios of the measures that belong together; empty when there are none.
pub(crate) fn ratios(measures: &[Measure]) -> String {
    let named = |name: &str| measures.iter().find(|measure| measure.scenario == name);
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

/// The sizes of one job, the lines through them, and where these lines lead.
pub(crate) fn growth(measures: &[Measure]) -> String {
    let head =
        ["seeds", "calls", "wall s", "client CPU ms/call", "peak MB", "on disk MB", "bytes/call"];
    let row = |measure: &Measure| {
        vec![
            count(measure.seeds),
            count(measure.calls),
            format!("{:.2}", measure.wall_s),
            format!("{:.3}", measure.client_cpu_ms_per_call()),
            format!("{:.1}", measure.peak_bytes as f64 / MB),
            format!("{:.1}", measure.disk_bytes as f64 / MB),
            format!("{:.0}", measure.disk_bytes_per_call()),
        ]
    };
    let rows: Vec<_> = measures.iter().map(row).collect();
    let table = table(&head.map(str::to_owned), &rows);
    format!("{table}\n{}", lines(measures).unwrap_or_default())
}

fn lines(measures: &[Measure]) -> Option<String> {
    let by = |x: fn(&Measure) -> f64, y: fn(&Measure) -> f64| {
        line(&measures.iter().map(|measure| (x(measure), y(measure))).collect::<Vec<_>>())
    };
    let cpu = by(|measure| measure.calls as f64, |measure| measure.client_cpu_s)?;
    let wall = by(|measure| measure.calls as f64, |measure| measure.wall_s)?;
    let memory = by(|measure| measure.seeds as f64, |measure| measure.peak_bytes as f64)?;
    let disk = by(|measure| measure.calls as f64, |measure| measure.disk_bytes as f64)?;
    let far_calls = SEEDS_FAR * (ROUNDS * 3) as f64;
    let worst = |line: &Line| format!("at most {:.1} % off", line.worst_share * 100.0);
    let fitted = [
        format!("client CPU {:.4} ms a call ({})", cpu.slope * 1e3, worst(&cpu)),
        format!("wall {:.4} ms a call ({})", wall.slope * 1e3, worst(&wall)),
        format!(
            "memory {:.1} MB and {:.0} bytes a seed ({})",
            memory.at_zero / MB,
            memory.slope,
            worst(&memory)
        ),
        format!("disk {:.0} bytes a call ({})", disk.slope, worst(&disk)),
    ];
    let far = [
        format!("{:.1} hours of client CPU", cpu.at(far_calls) / 3_600.0),
        format!("{:.1} hours against a server that answers at once", wall.at(far_calls) / 3_600.0),
        format!("{:.1} GB of memory", memory.at(SEEDS_FAR) / 1e9),
        format!("{:.0} GB on disk", disk.at(far_calls) / 1e9),
    ];
    Some(format!(
        "Lines through these: {}.\nExtrapolated, not measured, to {} seeds ({} calls): {}.\n",
        fitted.join("; "),
        count(SEEDS_FAR as u64),
        count(far_calls as u64),
        far.join(", ")
    ))
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
        let instant = Measure { slots: None, client: "script", ..sample("instant", 12_000, 1.2) };
        let expected = "\
| scenario | client | calls | busy share of the slots | wall s | wall ÷ ideal | client CPU ms/call | client peak MB | on disk MB | mock CPU ms/call |
|---|---|---|---|---|---|---|---|---|---|
| slots-64 | speciate | 8,000 | 0.980 | 30.61 | 1.02 | 0.200 | 40.0 | 12.0 | 0.100 |
| instant | script | 12,000 | – | 45.92 | – | 0.100 | 40.0 | 18.0 | 0.050 |
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
    fn growth_ends_with_what_is_extrapolated() {
        let sizes = [12_000, 60_000, 240_000].map(|calls| {
            let seeds = calls / 12;
            let peak_bytes = 20_000_000 + seeds * 1_000;
            Measure { seeds, peak_bytes, ..sample("growth", calls, calls as f64 * 1e-4) }
        });
        let text = growth(&sizes);
        assert!(text.contains("| 20,000 | 240,000 |"), "{text}");
        assert!(
            text.contains("memory 20.0 MB and 1000 bytes a seed (at most 0.0 % off)"),
            "{text}"
        );
        let far = "Extrapolated, not measured, to 10,000,000 seeds (120,000,000 calls): \
            3.3 hours of client CPU, ";
        assert!(text.contains(far), "{text}");
        assert!(text.ends_with("10.0 GB of memory, 180 GB on disk.\n"), "{text}");
        assert!(!growth(&sizes[..1]).contains("Extrapolated"));
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
