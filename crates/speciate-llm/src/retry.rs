//! What follows from a failed try: pure, the only place that decides it.

use speciate_types::{CallError, ErrorClass};

/// How often and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Most tries of a call that fails with `Transient` or `Overloaded`, the first included.
    pub tries_max: u32,
    /// First wait after a failure; it doubles with each further one.
    pub wait_first_ms: u64,
    /// Longest wait that we choose ourselves.
    pub wait_longest_ms: u64,
    /// First wait after a 429 that names no time.
    pub throttle_first_ms: u64,
    /// The same where the 429 came among many answers, so that load is not the reason.
    pub isolated_first_ms: u64,
    /// A server that asks for a longer wait than this stops the run instead.
    pub wait_accepted_ms: u64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            tries_max: 5,
            wait_first_ms: 500,
            wait_longest_ms: 30_000,
            throttle_first_ms: 2_000,
            isolated_first_ms: 200,
            wait_accepted_ms: 600_000,
        }
    }
}

/// What has been tried for one call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TryCounts {
    /// Failures that used up an attempt.
    pub stumbles: u32,
    /// Refusals for load; they use up nothing.
    pub throttles: u32,
    /// Asked again for a filtered, refused, empty or malformed answer.
    pub rerolls: u32,
    /// Asked again with a larger limit.
    pub enlargements: u32,
    /// Trouble on this machine.
    pub local_faults: u32,
}

/// What to do after a failed try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Send the same again after a wait.
    Again {
        /// How long to wait first.
        wait_ms: u64,
    },
    /// Send it again with another model seed.
    Reroll,
    /// Send it again with a larger token limit.
    Enlarge,
    /// The call has failed for good; the run goes on.
    GiveUp,
    /// Nothing will work until a person acts.
    StopRun,
}

/// Answers asked for once more: a second re-roll would bend the distribution further.
const REROLLS_MAX: u32 = 1;
/// Waits for descriptors and the like before the run stops.
const LOCAL_FAULTS_MAX: u32 = 20;

/// Decides, and counts the failure into `counts`.
///
/// `is_isolated` says of a refusal for load that it came among many answers. `chance` is uniform; the wait is spread over its upper half with it, so that calls that failed
/// together do not return together.
pub fn decide(
    policy: &RetryPolicy,
    counts: &mut TryCounts,
    error: &CallError,
    is_isolated: bool,
    chance: u64,
) -> Decision {
    if waits_for_all(error.class)
        && error.retry_after_ms.is_some_and(|wait_ms| wait_ms > policy.wait_accepted_ms)
    {
        return Decision::StopRun;
    }
    match error.class {
        ErrorClass::Throttled => {
            let first_ms =
                if is_isolated { policy.isolated_first_ms } else { policy.throttle_first_ms };
            let wait_ms = wait(first_ms, counts.throttles, policy, error, chance);
            counts.throttles += 1;
            Decision::Again { wait_ms }
        }
        ErrorClass::Overloaded | ErrorClass::Transient => {
            counts.stumbles += 1;
            if counts.stumbles >= policy.tries_max {
                return Decision::GiveUp;
            }
            let wait_ms = wait(policy.wait_first_ms, counts.stumbles - 1, policy, error, chance);
            Decision::Again { wait_ms }
        }
        ErrorClass::LocalFault => {
            counts.local_faults += 1;
            if counts.local_faults > LOCAL_FAULTS_MAX {
                return Decision::StopRun;
            }
            let wait_ms = wait(policy.wait_first_ms, counts.local_faults, policy, error, chance);
            Decision::Again { wait_ms }
        }
        // The limit that we made larger is this call's alone.
        ErrorClass::BadConfig if counts.enlargements > 0 => Decision::GiveUp,
        ErrorClass::Exhausted | ErrorClass::Auth | ErrorClass::BadConfig => Decision::StopRun,
        ErrorClass::Truncated if counts.enlargements == 0 => {
            counts.enlargements += 1;
            Decision::Enlarge
        }
        ErrorClass::BadItem | ErrorClass::Truncated => Decision::GiveUp,
        ErrorClass::Filtered | ErrorClass::Refused | ErrorClass::Empty | ErrorClass::Malformed => {
            if counts.rerolls >= REROLLS_MAX {
                return Decision::GiveUp;
            }
            counts.rerolls += 1;
            Decision::Reroll
        }
    }
}

/// Whether a server that asks for a wait speaks to every call and not of this one alone.
fn waits_for_all(class: ErrorClass) -> bool {
    use ErrorClass::{Auth, Exhausted, Overloaded, Throttled};
    matches!(class, Throttled | Overloaded | Exhausted | Auth)
}

fn wait(first_ms: u64, earlier: u32, policy: &RetryPolicy, error: &CallError, chance: u64) -> u64 {
    let own_ms = first_ms.saturating_mul(1 << earlier.min(20)).min(policy.wait_longest_ms);
    match error.retry_after_ms.filter(|asked_ms| *asked_ms <= policy.wait_accepted_ms) {
        // Never earlier than asked, and a little later, so that not all return at once.
        Some(asked_ms) => asked_ms + chance % (asked_ms / 4 + 100),
        None => own_ms / 2 + chance % (own_ms / 2 + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(class: ErrorClass) -> CallError {
        CallError::new(class, "x")
    }

    fn run(class: ErrorClass, times: usize) -> Vec<Decision> {
        let (policy, mut counts) = (RetryPolicy::default(), TryCounts::default());
        (0..times).map(|_| decide(&policy, &mut counts, &error(class), false, u64::MAX)).collect()
    }

    #[test]
    fn every_class_has_its_action() {
        use Decision::{Enlarge, GiveUp, Reroll, StopRun};
        assert_eq!(run(ErrorClass::Exhausted, 1), [StopRun]);
        assert_eq!(run(ErrorClass::Auth, 1), [StopRun]);
        assert_eq!(run(ErrorClass::BadConfig, 1), [StopRun]);
        assert_eq!(run(ErrorClass::BadItem, 1), [GiveUp]);
        assert_eq!(run(ErrorClass::Truncated, 2), [Enlarge, GiveUp]);
        for class in
            [ErrorClass::Filtered, ErrorClass::Refused, ErrorClass::Empty, ErrorClass::Malformed]
        {
            assert_eq!(run(class, 2), [Reroll, GiveUp], "{class:?}");
        }
        for class in [ErrorClass::Transient, ErrorClass::Overloaded] {
            let decisions = run(class, 5);
            assert_eq!(decisions[4], GiveUp, "{class:?}");
            assert!(decisions[..4].iter().all(|d| matches!(d, Decision::Again { .. })));
        }
        assert!(run(ErrorClass::Throttled, 50).iter().all(|d| matches!(d, Decision::Again { .. })));
        assert_eq!(run(ErrorClass::LocalFault, 21)[20], StopRun);
    }

    #[test]
    fn waits_grow_and_stay_bounded() {
        let (policy, mut counts) = (RetryPolicy::default(), TryCounts::default());
        let mut last_ms = 0;
        for round in 0..40 {
            let Decision::Again { wait_ms } =
                decide(&policy, &mut counts, &error(ErrorClass::Throttled), false, 0)
            else {
                panic!("a throttled call is always sent again")
            };
            assert!(
                wait_ms >= last_ms && wait_ms <= policy.wait_longest_ms,
                "round {round}: {wait_ms}"
            );
            last_ms = wait_ms;
        }
    }

    #[test]
    fn a_servers_wish_is_kept_or_stops_the_run() {
        let (policy, mut counts) = (RetryPolicy::default(), TryCounts::default());
        let mut asked = error(ErrorClass::Throttled);
        asked.retry_after_ms = Some(7_000);
        let Decision::Again { wait_ms } = decide(&policy, &mut counts, &asked, false, 12_345)
        else {
            panic!("expected a wait")
        };
        assert!((7_000..9_000).contains(&wait_ms), "{wait_ms}");
        asked.retry_after_ms = Some(259_200_000);
        assert_eq!(decide(&policy, &mut counts, &asked, false, 0), Decision::StopRun);
    }

    #[test]
    fn a_long_wait_stops_the_run_only_where_it_holds_for_all() {
        let policy = RetryPolicy::default();
        for class in ErrorClass::ALL {
            let decision_after = |wait_ms| {
                let asked = CallError { retry_after_ms: wait_ms, ..error(class) };
                decide(&policy, &mut TryCounts::default(), &asked, false, 0)
            };
            let stops = decision_after(Some(policy.wait_accepted_ms + 1)) == Decision::StopRun;
            let stops_anyway =
                matches!(class, ErrorClass::Exhausted | ErrorClass::Auth | ErrorClass::BadConfig);
            let is_load = matches!(class, ErrorClass::Throttled | ErrorClass::Overloaded);
            assert_eq!(stops, is_load || stops_anyway, "{class:?}");
            if !stops {
                // A wait that is not accepted is not waited either.
                assert_eq!(decision_after(Some(259_200_000)), decision_after(None), "{class:?}");
            }
        }
    }

    /// "max_tokens is too large" after an enlargement says nothing of the other calls.
    #[test]
    fn a_refused_enlargement_ends_the_call_alone() {
        let (policy, mut counts) = (RetryPolicy::default(), TryCounts::default());
        let mut decide = |class| decide(&policy, &mut counts, &error(class), false, 0);
        assert_eq!(decide(ErrorClass::Truncated), Decision::Enlarge);
        assert_eq!(decide(ErrorClass::BadConfig), Decision::GiveUp);
        assert_eq!(decide(ErrorClass::Auth), Decision::StopRun);
    }
}
