//! What the calls of a run would have taken without any client: the reference beside a measured
//! share of the slots.

mod blind;
mod waiting;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::Serialize;

use super::speed::Role;
use waiting::Waiting;

/// A call that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    /// How much of its lineage is still to be done; the more, the earlier it is sent.
    pub(crate) remaining: u32,
    pub(crate) role: Role,
    /// Of its answer.
    pub(crate) tokens: u64,
    pub(crate) service_us: u64,
}

/// Calls that wait for one another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lineage {
    /// Those of one kin may have answers of about the same length.
    pub(crate) kin: u64,
    /// In their order.
    pub(crate) calls: Vec<Call>,
}

/// Shares of the slots' time that could have been used, `0.0..=1.0`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Reference {
    /// The program's own rule, by a client that costs no time.
    pub(crate) rule_share: f64,
    /// What can be expected of the best that anybody does who knows no length before; see [`blind`].
    pub(crate) blind_share: Option<f64>,
    /// What nobody can better, not even with every length known before.
    pub(crate) bound_share: f64,
    /// Slot time of all calls.
    pub(crate) work_s: f64,
}

impl Reference {
    /// `None` where nothing was to be done.
    pub(crate) fn of(lineages: &[Lineage], slots: u32) -> Option<Self> {
        let end_us = schedule(lineages, slots as usize).iter().map(|span| span.end_us).max()?;
        let sum_us = |lineage: &Lineage| {
            lineage.calls.iter().map(|call| call.service_us).sum::<u64>() as f64
        };
        let work_us: f64 = lineages.iter().map(sum_us).sum();
        let longest_us = lineages.iter().map(sum_us).fold(0.0, f64::max);
        let full_us = work_us / f64::from(slots);
        (end_us > 0).then(|| Self {
            rule_share: full_us / end_us as f64,
            blind_share: blind::share(lineages, slots, work_us),
            bound_share: full_us / full_us.max(longest_us),
            work_s: work_us / 1e6,
        })
    }
}

/// When a call had its slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    lineage: usize,
    start_us: u64,
    end_us: u64,
}

/// List scheduling: a free slot goes to the call with the most behind it, and among equals to the
/// one that came first. Nothing but the end of a call tells how long it takes, and those of its kin
/// how long it may take.
fn schedule(lineages: &[Lineage], slots: usize) -> Vec<Span> {
    let mut waiting = Waiting::new(lineages);
    for lineage in 0..lineages.len() {
        waiting.push(lineage, 0);
    }
    let mut running = BinaryHeap::new();
    let mut spans = Vec::new();
    let mut now_us = 0;
    loop {
        while running.len() < slots
            && let Some((lineage, number)) = waiting.pop()
        {
            let end_us = now_us + lineages[lineage].calls[number].service_us;
            running.push(Reverse((end_us, lineage, number)));
            spans.push(Span { lineage, start_us: now_us, end_us });
        }
        let Some(Reverse((end_us, lineage, number))) = running.pop() else { return spans };
        now_us = end_us;
        waiting.learn(lineage, number);
        waiting.push(lineage, number + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Calls of these times, counted down to 1.
    fn lineage(times_us: &[u64]) -> Lineage {
        let remaining = (1..=times_us.len() as u32).rev();
        let call = |(remaining, service_us)| Call {
            remaining,
            role: Role::Responder,
            tokens: service_us,
            service_us,
        };
        Lineage { kin: 0, calls: remaining.zip(times_us.iter().copied()).map(call).collect() }
    }

    fn shares(times_us: &[&[u64]], slots: u32) -> (f64, f64) {
        let lineages: Vec<_> = times_us.iter().map(|times_us| lineage(times_us)).collect();
        let reference = Reference::of(&lineages, slots).unwrap();
        (reference.rule_share, reference.bound_share)
    }

    #[test]
    fn equal_calls_fill_the_slots() {
        assert_eq!(shares(&[&[10, 10], &[10, 10]], 2), (1.0, 1.0));
        assert_eq!(shares(&[&[10], &[10], &[10]], 2), (0.75, 1.0));
    }

    #[test]
    fn a_long_last_call_leaves_a_slot_empty() {
        // The second lineage's call of 40 begins at 10 and nobody could know: 10 + 40 of 2 × 50.
        assert_eq!(shares(&[&[10, 10], &[10, 40]], 2), (0.7, 0.7));
        // A long call that comes last begins at 20: 80 of 2 × 60, where 80 of 2 × 40 would do.
        assert_eq!(shares(&[&[20], &[20], &[40]], 2), (80.0 / 120.0, 1.0));
    }

    #[test]
    fn the_lineage_with_the_most_remaining_goes_first() {
        // The last, of two calls, has one slot from 0 to 20, and the others share the other one.
        assert_eq!(shares(&[&[10], &[10], &[10, 10]], 2), (1.0, 1.0));
        let spans = schedule(&[lineage(&[5]), lineage(&[7, 3])], 1);
        let order: Vec<_> = spans.iter().map(|span| (span.lineage, span.start_us)).collect();
        assert_eq!(order, [(1, 0), (0, 7), (1, 12)]);
    }

    #[test]
    fn more_slots_than_lineages_wait_for_the_longest() {
        assert_eq!(shares(&[&[10, 20], &[30]], 4), (0.5, 0.5));
    }

    /// The second call of each kin is as long as its first. Who knows that begins with the long ones.
    #[test]
    fn what_is_known_of_a_kin_shortens_the_end() {
        let of = |kin: u64| {
            let service_us = 10 + kin * 7919 % 400;
            Lineage { kin, ..lineage(&[service_us; 4]) }
        };
        let known: Vec<_> = (0..400).map(of).collect();
        let unknown = known.iter().enumerate().map(|(idx, lineage)| {
            let tokens = |call: &Call| Call { tokens: 1, ..*call };
            Lineage { kin: idx as u64, calls: lineage.calls.iter().map(tokens).collect() }
        });
        let share = |lineages: &[Lineage]| Reference::of(lineages, 64).unwrap().rule_share;
        let (known, unknown) = (share(&known), share(&unknown.collect::<Vec<_>>()));
        assert!(known > unknown + 0.01, "{known} and {unknown}");
    }

    #[test]
    fn nothing_to_do_is_no_reference() {
        assert_eq!(Reference::of(&[], 4), None);
        assert_eq!(Reference::of(&[Lineage::default()], 4), None);
        assert_eq!(Reference::of(&[lineage(&[0])], 4), None);
    }

    /// Up to twelve lineages of up to six calls, some of them without time.
    fn some_lineages() -> impl Strategy<Value = Vec<Lineage>> {
        let times_us = proptest::collection::vec(0_u64..50, 0..=6);
        proptest::collection::vec(times_us, 1..=12)
            .prop_map(|all| all.iter().map(|times_us| lineage(times_us)).collect())
    }

    proptest! {
        #[test]
        fn no_share_is_better_than_the_bound(lineages in some_lineages(), slots in 1_u32..6) {
            if let Some(reference) = Reference::of(&lineages, slots) {
                let Reference { rule_share, bound_share, .. } = reference;
                prop_assert!(rule_share > 0.0 && rule_share <= bound_share + 1e-12, "{reference:?}");
                prop_assert!(bound_share <= 1.0, "{reference:?}");
                // Graham's bound for list scheduling under precedence: twice the best at most.
                prop_assert!(rule_share * 2.0 >= bound_share, "{reference:?}");
            }
        }

        #[test]
        fn every_call_is_served_once_in_its_order(lineages in some_lineages(), slots in 1_usize..6) {
            let spans = schedule(&lineages, slots);
            for (number, lineage) in lineages.iter().enumerate() {
                let own: Vec<_> = spans.iter().filter(|span| span.lineage == number).collect();
                let took: Vec<_> = own.iter().map(|span| span.end_us - span.start_us).collect();
                let wanted: Vec<_> = lineage.calls.iter().map(|call| call.service_us).collect();
                prop_assert_eq!(took, wanted);
                prop_assert!(own.windows(2).all(|two| two[0].end_us <= two[1].start_us));
            }
        }

        /// While a call waits, all slots are busy, and never more than all.
        #[test]
        fn no_slot_is_free_while_a_call_waits(lineages in some_lineages(), slots in 1_usize..6) {
            let spans = schedule(&lineages, slots);
            let busy_at = |at_us| {
                spans.iter().filter(|span| span.start_us <= at_us && at_us < span.end_us).count()
            };
            let mut ready_us = vec![0; lineages.len()];
            for span in &spans {
                prop_assert!(busy_at(span.start_us) <= slots);
                for at_us in ready_us[span.lineage]..span.start_us {
                    prop_assert_eq!(busy_at(at_us), slots, "at {}", at_us);
                }
                ready_us[span.lineage] = span.end_us;
            }
        }
    }
}
