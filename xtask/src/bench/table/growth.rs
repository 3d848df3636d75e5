//! One job in several sizes.

use super::{MB, count, table};
use crate::bench::fit::{Line, line};
use crate::bench::load::ROUNDS;
use crate::bench::measure::Measure;

/// The size of run that the fitted lines are asked about.
const SEEDS_FAR: f64 = 10e6;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::measure::sample;

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
}
