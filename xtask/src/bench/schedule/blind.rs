//! The end of a run as it is for a client that cannot know how long an answer will be.

use super::{Lineage, Role};

/// The share of the slots that the best of such clients can be expected to fill, `0.0..=1.0`, where
/// nothing tells how much longer an answer than the least one will be, as it is with the mock's. `None`
/// where the calls are fewer than the slots, or none is a response.
///
/// An answer with an exponential part takes, however long it has taken already, another mean of that
/// part at least. So when the last call has found its slot, all slots are busy with such answers at best,
/// and end one after another: while `k` of them are left, for the `k`-th part of that mean. Of `n` slots
/// `k − 1`, …, 1 are then busy and the others are not, which adds up to `n · (1 + 1/2 + … + 1/n − 1)` means.
/// No order of the calls changes that, and calls that wait for one another only add to it.
pub(super) fn share(lineages: &[Lineage], slots: u32, work_us: f64) -> Option<f64> {
    let responses_us: Vec<f64> = lineages
        .iter()
        .flat_map(|lineage| &lineage.calls)
        .filter(|call| call.role == Role::Responder)
        .map(|call| call.service_us as f64)
        .collect();
    if responses_us.len() < slots as usize {
        return None;
    }
    let n_slots = f64::from(slots);
    let harmonic: f64 = (1..=slots).map(|k| 1.0 / f64::from(k)).sum();
    let idle_us = deviation(&responses_us) * n_slots * (harmonic - 1.0);
    Some(work_us / (work_us + idle_us))
}

/// The standard deviation, which is the mean of the exponential part.
fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::{Call, Reference};
    use super::*;

    /// Calls that wait for nothing, with a least time and an exponential part as long on average.
    fn drawn(n_calls: u64, key: u64) -> Vec<Lineage> {
        let mut state = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut unit = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
        };
        (0..n_calls)
            .map(|kin| {
                let service_us = 10_000 + (-10_000.0 * unit().ln()) as u64;
                let call = Call { remaining: 1, role: Role::Responder, tokens: 1, service_us };
                Lineage { kin, calls: vec![call] }
            })
            .collect()
    }

    #[test]
    fn a_client_at_no_cost_comes_near_to_it_and_not_above() {
        for (n_calls, slots) in [(160, 16), (1_600, 64), (3_200, 64)] {
            let references: Vec<Reference> =
                (0..100).filter_map(|key| Reference::of(&drawn(n_calls, key), slots)).collect();
            let mean = |of: fn(&Reference) -> f64| references.iter().map(of).sum::<f64>() / 100.0;
            let reached = mean(|reference| reference.rule_share);
            let blind = mean(|reference| reference.blind_share.unwrap());
            let known = mean(|reference| reference.bound_share);
            assert!(reached < blind + 0.005 && reached > blind - 0.02, "{reached} and {blind}");
            assert!(blind < known, "{blind} and {known}");
        }
    }

    #[test]
    fn answers_of_one_length_hold_nobody_up() {
        let call = Call { remaining: 1, role: Role::Responder, tokens: 1, service_us: 10 };
        let lineages = vec![Lineage { kin: 0, calls: vec![call] }; 8];
        assert_eq!(share(&lineages, 4, 80.0), Some(1.0));
        assert_eq!(share(&lineages, 9, 80.0), None);
    }
}
