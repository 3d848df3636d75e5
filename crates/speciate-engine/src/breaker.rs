//! Notices when an endpoint answers nothing at all, so that an outage costs no item its attempts.

/// Faults in a row that mean an outage rather than bad luck.
const OUTAGE_AFTER: u32 = 10;
const FIRST_PAUSE_MS: u64 = 1_000;
const LONGEST_PAUSE_MS: u64 = 30_000;
/// An outage that lasts longer stops the run; a person should look.
const OUTAGE_MAX_MS: u64 = 600_000;

/// What a fault means for the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    /// A single fault; the call pays for it.
    Stumble,
    /// A refusal for load among many answers, of the sort that some servers deal out at random.
    IsolatedRefusal,
    /// Nothing is answered: send one probe after this time.
    Outage {
        /// When to probe.
        probe_at_ms: u64,
    },
    /// The outage has lasted too long.
    GivenUp,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Breaker {
    faults_in_a_row: u32,
    /// When the outage was noticed.
    noticed_ms: Option<u64>,
    /// When the last pause began and ends.
    pause_ms: Option<(u64, u64)>,
    answered_ms: Option<u64>,
}

impl Breaker {
    pub(crate) fn answered(&mut self, now_ms: u64) {
        *self = Self { answered_ms: Some(now_ms), ..Self::default() };
    }

    /// Whether anything was answered after `since_ms`.
    pub(crate) fn has_answered_since(&self, since_ms: u64) -> bool {
        self.answered_ms.is_some_and(|answered_ms| answered_ms > since_ms)
    }

    /// Too few calls are left for faults in a row: the next fault means an outage.
    pub(crate) fn doubt(&mut self) {
        self.faults_in_a_row = self.faults_in_a_row.max(OUTAGE_AFTER - 1);
    }

    /// A try that was sent at `sent_ms` has failed. Those sent before the last pause began say
    /// nothing new: else one blip with many calls in flight would lead to the longest pause.
    pub(crate) fn fault(&mut self, now_ms: u64, sent_ms: u64) -> Health {
        let is_old = self.pause_ms.is_some_and(|(began_ms, _)| sent_ms <= began_ms);
        self.faults_in_a_row += u32::from(!is_old);
        if self.faults_in_a_row < OUTAGE_AFTER {
            return Health::Stumble;
        }
        let noticed_ms = *self.noticed_ms.get_or_insert(now_ms);
        // However long it takes to notice one, and for old calls to end, probes decide.
        if !is_old && now_ms.saturating_sub(noticed_ms) > OUTAGE_MAX_MS {
            return Health::GivenUp;
        }
        let probe_at_ms = match self.pause_ms {
            Some((_, ends_ms)) if is_old => ends_ms,
            _ => now_ms + self.next_pause_ms(),
        };
        self.pause_ms = self.pause_ms.filter(|_| is_old).or(Some((now_ms, probe_at_ms)));
        Health::Outage { probe_at_ms }
    }

    fn next_pause_ms(&self) -> u64 {
        let doublings = (self.faults_in_a_row - OUTAGE_AFTER).min(10);
        (FIRST_PAUSE_MS << doublings).min(LONGEST_PAUSE_MS)
    }

    /// During an outage one call at a time is sent.
    pub(crate) fn is_open(&self) -> bool {
        self.faults_in_a_row >= OUTAGE_AFTER
    }
}
