//! What goes wrong with single calls: for every call the faults of its first tries.

use std::collections::BTreeMap;

use speciate_types::ErrorClass;

use crate::random::Random;

/// What happens to one try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Error {
        class: ErrorClass,
        retry_after_ms: Option<u64>,
        maybe_billed: bool,
    },
    /// No answer until the model's silence clock ends it.
    Hang,
    /// A bug of ours.
    Panic,
}

/// How every try of a call ends that can never be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doom {
    Fails(ErrorClass),
    Hangs,
    Panics,
}

impl Doom {
    /// The class with which the call fails.
    pub(crate) fn class(self) -> ErrorClass {
        match self {
            Self::Fails(class) => class,
            Self::Hangs => ErrorClass::Transient,
            Self::Panics => ErrorClass::BadItem,
        }
    }

    fn fault(self) -> Fault {
        match self {
            Self::Fails(class) => Fault::Error { class, retry_after_ms: None, maybe_billed: false },
            Self::Hangs => Fault::Hang,
            Self::Panics => Fault::Panic,
        }
    }
}

/// Which kinds of faults a seed has, and how often each fires.
#[derive(Debug, Clone)]
pub(crate) struct LiveFaults {
    seed: u64,
    pub(crate) outages: bool,
    pub(crate) refusals: bool,
    /// Whether servers say when to come back.
    wishes: bool,
    stumble_percent: u64,
    hang_percent: u64,
    throttle_percent: u64,
    reroll_percent: u64,
    cut_percent: u64,
    local_percent: u64,
    doom_percent: u64,
    /// One call in so many, from the first on, meets no chance fault; 0 for none.
    spares_one_in: u64,
    /// Calls whose first tries meet just these.
    by_hand: BTreeMap<u64, Vec<Fault>>,
    doomed_by_hand: BTreeMap<u64, Doom>,
}

const REROLLED: [ErrorClass; 4] =
    [ErrorClass::Filtered, ErrorClass::Refused, ErrorClass::Empty, ErrorClass::Malformed];
const DOOMED: [ErrorClass; 6] = [
    ErrorClass::BadItem,
    ErrorClass::Truncated,
    ErrorClass::Filtered,
    ErrorClass::Refused,
    ErrorClass::Empty,
    ErrorClass::Malformed,
];
const STOPPING: [ErrorClass; 3] = [ErrorClass::Exhausted, ErrorClass::Auth, ErrorClass::BadConfig];

impl LiveFaults {
    /// No fault at all.
    pub(crate) fn none(seed: u64) -> Self {
        Self {
            seed,
            outages: false,
            refusals: false,
            wishes: true,
            stumble_percent: 0,
            hang_percent: 0,
            throttle_percent: 0,
            reroll_percent: 0,
            cut_percent: 0,
            local_percent: 0,
            doom_percent: 0,
            spares_one_in: 0,
            by_hand: BTreeMap::new(),
            doomed_by_hand: BTreeMap::new(),
        }
    }

    pub(crate) fn draw(seed: u64, random: &mut Random, calls: u64) -> Self {
        let mut rate = |rates: &[u64]| if random.percent(25) { random.one_of(rates) } else { 0 };
        let mut live = Self {
            stumble_percent: rate(&[2, 25, 90]),
            hang_percent: rate(&[1, 5, 20]),
            throttle_percent: rate(&[2, 25]),
            reroll_percent: rate(&[3, 30]),
            cut_percent: rate(&[3, 30]),
            local_percent: rate(&[2, 10]),
            doom_percent: rate(&[2, 20]),
            outages: rate(&[1]) == 1,
            refusals: rate(&[1]) == 1,
            ..Self::none(seed)
        };
        if random.percent(25) {
            for _ in 0..random.between(1, 3) {
                let stopper = stopper(random);
                live.by_hand.insert(random.below(calls), vec![stopper]);
            }
        }
        live
    }

    /// Only calls that hang, and perhaps second tries that fail.
    pub(crate) fn hangs(seed: u64, hang_percent: u64, stumble_percent: u64) -> Self {
        Self { hang_percent, stumble_percent, wishes: false, ..Self::none(seed) }
    }

    /// The same with one call in `one_in` spared.
    pub(crate) fn sparing(self, one_in: u64) -> Self {
        Self { spares_one_in: one_in, ..self }
    }

    /// Only these faults, each list for the first tries of one call.
    pub(crate) fn by_hand(faults: impl IntoIterator<Item = (u64, Vec<Fault>)>) -> Self {
        Self { by_hand: faults.into_iter().collect(), ..Self::none(0) }
    }

    /// Only these calls can never be answered.
    pub(crate) fn dooms(doomed: impl IntoIterator<Item = (u64, Doom)>) -> Self {
        Self { doomed_by_hand: doomed.into_iter().collect(), ..Self::none(0) }
    }

    /// How every try of this call ends, if it is doomed.
    pub(crate) fn doom(&self, call: u64) -> Option<Doom> {
        let mut random = Random::keyed(self.seed, &[2, call]);
        // One kind for all, since the first of several to be met gives the item its verdict.
        let class = Random::keyed(self.seed, &[5]).one_of(&DOOMED);
        let (doom, most) = match Random::keyed(self.seed, &[6]).below(4) {
            0 => (Doom::Panics, 100),
            // Where outages cost no attempts, nothing that may pass ends a call either. And where all
            // of many calls fail, a person should look.
            1 if !self.outages => (Doom::Fails(ErrorClass::Transient), 5),
            _ => (Doom::Fails(class), 100),
        };
        let by_hand = self.doomed_by_hand.get(&call).copied();
        by_hand.or(random.percent(self.doom_percent.min(most)).then_some(doom))
    }

    /// What happens to the `nth` try (from 0) of this call that reaches a healthy endpoint.
    pub(crate) fn of(&self, call: u64, nth: usize) -> Option<Fault> {
        let planned = self.planned(call);
        planned.get(nth).copied().or_else(|| self.doom(call).map(Doom::fault))
    }

    /// At most three of these use up an attempt, one a re-roll, and one a larger limit: whatever
    /// the order of events, the call is answered in the end.
    fn planned(&self, call: u64) -> Vec<Fault> {
        let mut random = Random::keyed(self.seed, &[3, call]);
        let mut faults = self.by_hand.get(&call).cloned().unwrap_or_default();
        if self.spares_one_in > 0 && call.is_multiple_of(self.spares_one_in) {
            return faults;
        }
        let n_by_hand = faults.len();
        if random.percent(self.stumble_percent) {
            for _ in 0..random.between(1, 2) {
                let class = random.one_of(&[ErrorClass::Transient, ErrorClass::Overloaded]);
                faults.push(self.error(class, &mut random));
            }
        }
        if random.percent(self.hang_percent) {
            faults.push(Fault::Hang);
        }
        if random.percent(self.throttle_percent) {
            for _ in 0..random.between(1, 4) {
                faults.push(self.error(ErrorClass::Throttled, &mut random));
            }
        }
        if self.doom(call).is_none() {
            if random.percent(self.reroll_percent) {
                let class = random.one_of(&REROLLED);
                faults.push(self.error(class, &mut random));
            }
            if random.percent(self.cut_percent) {
                faults.push(self.error(ErrorClass::Truncated, &mut random));
            }
        }
        if random.percent(self.local_percent) {
            faults.push(self.error(ErrorClass::LocalFault, &mut random));
        }
        // What is given by hand stands first, in its order.
        for last in (n_by_hand + 1..faults.len()).rev() {
            faults.swap(last, random.between(n_by_hand as u64, last as u64) as usize);
        }
        faults
    }

    fn error(&self, class: ErrorClass, random: &mut Random) -> Fault {
        let may_ask =
            matches!(class, ErrorClass::Throttled | ErrorClass::Overloaded | ErrorClass::Transient);
        let asks = self.wishes && may_ask && random.percent(40);
        let retry_after_ms = asks.then(|| random.one_of(&[0, 100, 3_000, 60_000]));
        let maybe_billed = class == ErrorClass::Transient && random.percent(50);
        Fault::Error { class, retry_after_ms, maybe_billed }
    }
}

/// A class that only a person can mend, or a wait that is too long to be waited for.
fn stopper(random: &mut Random) -> Fault {
    let (class, retry_after_ms) = if random.percent(80) {
        (random.one_of(&STOPPING), None)
    } else {
        (ErrorClass::Throttled, Some(3_600_000))
    };
    Fault::Error { class, retry_after_ms, maybe_billed: false }
}
