//! Several measures of one job, with other answers each time, as one.

use super::super::measure::Measure;
use super::super::schedule::Reference;

/// Measures of the same scenario, which follow one another.
pub(super) fn grouped(measures: &[Measure]) -> impl Iterator<Item = &[Measure]> {
    measures.chunk_by(|a, b| a.scenario == b.scenario)
}

/// The mean of what is in the tables.
pub(super) fn mean(group: &[Measure]) -> Option<Measure> {
    let first = group.first()?;
    let of = |value: fn(&Measure) -> f64| mean_of(group.iter().map(value));
    let references: Vec<_> = group.iter().filter_map(|measure| measure.reference).collect();
    let of_reference = |value: fn(&Reference) -> f64| mean_of(references.iter().map(value));
    Some(Measure {
        calls: of(|measure| measure.calls as f64).round() as u64,
        busy_share: of(|measure| measure.busy_share),
        reference: first.reference.map(|_| Reference {
            rule_share: of_reference(|known| known.rule_share),
            blind_share: first
                .reference
                .and_then(|known| known.blind_share)
                .map(|_| of_reference(|known| known.blind_share.unwrap_or_default())),
            bound_share: of_reference(|known| known.bound_share),
            work_s: of_reference(|known| known.work_s),
        }),
        mean_service_ms: of(|measure| measure.mean_service_ms),
        wall_s: of(|measure| measure.wall_s),
        client_cpu_s: of(|measure| measure.client_cpu_s),
        server_cpu_s: of(|measure| measure.server_cpu_s),
        peak_bytes: of(|measure| measure.peak_bytes as f64) as u64,
        disk_bytes: of(|measure| measure.disk_bytes as f64) as u64,
        ..first.clone()
    })
}

fn mean_of(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

/// The standard deviation over draws; `None` of fewer than two.
pub(super) fn spread(values: &[f64]) -> Option<f64> {
    let mean = mean_of(values.iter().copied());
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::super::super::measure::sample;
    use super::*;

    #[test]
    fn draws_are_averaged() {
        let two = [
            sample("slots-64", 8_000, 0.8),
            Measure { busy_share: 0.96, ..sample("slots-64", 8_010, 1.0) },
        ];
        let other = sample("slots-256", 8_000, 0.8);
        let all = [two[0].clone(), two[1].clone(), other];
        assert_eq!(grouped(&all).map(<[Measure]>::len).collect::<Vec<_>>(), [2, 1]);
        let mean = mean(&two).unwrap();
        assert_eq!((mean.calls, mean.scenario.as_str()), (8_005, "slots-64"));
        assert!((mean.busy_share - 0.97).abs() < 1e-9 && (mean.client_cpu_s - 0.9).abs() < 1e-9);
        assert!((spread(&[0.98, 0.96]).unwrap() - 0.02 / 2_f64.sqrt()).abs() < 1e-9);
        assert_eq!(spread(&[0.98]), None);
    }
}
