//! A hard limit on money, with reservation.
//!
//! Before a call is sent, the most that it can cost is set aside; when it ends, the real cost
//! takes its place. So the limit cannot be passed by calls in flight.

use speciate_types::NanoUsd;

/// Money spent and set aside, against an optional limit.
#[derive(Debug, Clone, Default)]
pub struct Budget {
    limit: Option<NanoUsd>,
    spent: NanoUsd,
    reserved: NanoUsd,
    /// What tries without a known end have probably cost.
    at_risk: NanoUsd,
}

/// What a reservation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserved {
    /// The money is set aside.
    Yes,
    /// Not now, but calls in flight may turn out cheaper than reserved.
    Later,
    /// Never: even with nothing in flight the limit would be passed.
    Never,
}

impl Budget {
    /// A budget of which `spent` is gone already.
    pub fn new(limit: Option<NanoUsd>, spent: NanoUsd) -> Self {
        Self { limit, spent, reserved: NanoUsd(0), at_risk: NanoUsd(0) }
    }

    /// The same after sessions whose calls may have cost `at_risk` without a known end.
    #[must_use]
    pub fn with_at_risk(self, at_risk: NanoUsd) -> Self {
        Self { at_risk, ..self }
    }

    /// Sets `most` aside for one call.
    pub fn reserve(&mut self, most: NanoUsd) -> Reserved {
        if let Some(limit) = self.limit {
            let alone = self.spent.saturating_add(self.at_risk).saturating_add(most);
            if alone > limit {
                return if self.reserved.0 == 0 { Reserved::Never } else { Reserved::Later };
            }
            if alone.saturating_add(self.reserved) > limit {
                return Reserved::Later;
            }
        }
        self.reserved = self.reserved.saturating_add(most);
        Reserved::Yes
    }

    /// Ends a reservation of `most` with what was really spent.
    pub fn settle(&mut self, most: NanoUsd, real: NanoUsd) {
        self.reserved = self.reserved.saturating_sub(most);
        self.spent = self.spent.saturating_add(real);
    }

    /// Ends a reservation of `most` when nobody knows whether the call was billed: `expected`
    /// counts against the limit, and not as spent.
    pub fn settle_unknown(&mut self, most: NanoUsd, expected: NanoUsd) {
        self.reserved = self.reserved.saturating_sub(most);
        self.at_risk = self.at_risk.saturating_add(expected);
    }

    /// Spent so far, earlier sessions included.
    pub fn spent(&self) -> NanoUsd {
        self.spent
    }

    /// What calls without a known end have probably cost, earlier sessions included.
    pub fn at_risk(&self) -> NanoUsd {
        self.at_risk
    }

    /// The limit, if there is one.
    pub fn limit(&self) -> Option<NanoUsd> {
        self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever the order of calls, what was spent stays within the limit when no call costs
        /// more than was reserved for it.
        #[test]
        fn never_over_the_limit(limit in 0_u64..1_000, calls in prop::collection::vec((1_u64..200, 0.0_f64..1.0, any::<bool>()), 0..60)) {
            let mut budget = Budget::new(Some(NanoUsd(limit)), NanoUsd(0));
            let mut open = Vec::new();
            for (most, share, settle_first) in calls {
                if settle_first && !open.is_empty() {
                    let (most, real) = open.remove(0);
                    budget.settle(NanoUsd(most), NanoUsd(real));
                }
                if budget.reserve(NanoUsd(most)) == Reserved::Yes {
                    open.push((most, (most as f64 * share) as u64));
                }
            }
            for (most, real) in open {
                budget.settle(NanoUsd(most), NanoUsd(real));
            }
            prop_assert!(budget.spent() <= NanoUsd(limit));
        }
    }

    #[test]
    fn says_never_only_when_nothing_is_in_flight() {
        let mut budget = Budget::new(Some(NanoUsd(10)), NanoUsd(0));
        assert_eq!(budget.reserve(NanoUsd(8)), Reserved::Yes);
        assert_eq!(budget.reserve(NanoUsd(8)), Reserved::Later);
        budget.settle(NanoUsd(8), NanoUsd(8));
        assert_eq!(budget.reserve(NanoUsd(8)), Reserved::Never);
        assert_eq!(budget.reserve(NanoUsd(2)), Reserved::Yes);
    }
}
