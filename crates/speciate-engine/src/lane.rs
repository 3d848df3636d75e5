//! An endpoint as the engine sees it: its limits and its health.

use speciate_llm::limit::{Admission, Limiter, Refusal};
use speciate_types::{CallError, ErrorClass};

use crate::breaker::{Breaker, Health};
use crate::event::StopReason;
use crate::plan::LanePlan;

#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) endpoint: String,
    limiter: Limiter,
    breaker: Breaker,
    /// Why it is used no more in this session.
    left_out: Option<StopReason>,
    answered_ms: u64,
    /// Calls that it answered, or that failed on it for good, and that are not durable yet.
    unsettled: u32,
    /// The call that was asked for last fits into no rate or no money now; others may.
    is_shut: bool,
    /// Until then its own rate limits let no call go.
    rate_until_ms: u64,
}

impl Lane {
    pub(crate) fn new(plan: &LanePlan) -> Self {
        Self {
            endpoint: plan.endpoint.clone(),
            limiter: Limiter::new(&plan.limits),
            breaker: Breaker::default(),
            left_out: None,
            answered_ms: 0,
            unsettled: 0,
            is_shut: false,
            rate_until_ms: 0,
        }
    }

    /// It is used no more: it wants money, a key or another setting.
    pub(crate) fn leave_out(&mut self, reason: StopReason) {
        self.left_out.get_or_insert(reason);
    }

    /// Why it is used no more, if so.
    pub(crate) fn left_out(&self) -> Option<&StopReason> {
        self.left_out.as_ref()
    }

    /// Whether it is used no more.
    pub(crate) fn is_left_out(&self) -> bool {
        self.left_out.is_some()
    }

    /// Whether work should rather go elsewhere.
    pub(crate) fn is_down(&self) -> bool {
        self.is_left_out() || self.breaker.is_open()
    }

    /// Whether it seems to be dead, and gets one probe at a time.
    pub(crate) fn is_out(&self) -> bool {
        self.breaker.is_open()
    }

    /// Whether it has answered anything after `since_ms`, if only to say no.
    pub(crate) fn has_answered_since(&self, since_ms: u64) -> bool {
        self.breaker.has_answered_since(since_ms)
    }

    /// It has shown that it lives.
    pub(crate) fn lives(&mut self, now_ms: u64) {
        self.breaker.answered(now_ms);
        self.limiter.ended();
    }

    /// The failure that was just counted means an outage until a probe says otherwise.
    pub(crate) fn doubt(&mut self, now_ms: u64, sent_ms: u64, error: &CallError) -> Health {
        self.breaker.doubt();
        self.stumbled(now_ms, sent_ms, error.retry_after_ms.unwrap_or(0))
    }

    /// When it last answered anything.
    pub(crate) fn answered_ms(&self) -> u64 {
        self.answered_ms
    }

    /// A call has ended here; what follows from it is on its way to the store.
    pub(crate) fn concluded(&mut self) {
        self.unsettled += 1;
    }

    /// What followed from a call that ended here is durable.
    pub(crate) fn settled(&mut self) {
        self.unsettled = self.unsettled.saturating_sub(1);
    }

    /// Whether a call could be admitted, before its size is known; `unsettled_hold` says whether
    /// answers that are not durable hold their slots still. Cheap.
    pub(crate) fn has_room(&self, now_ms: u64, unsettled_hold: bool) -> bool {
        let unsettled = if unsettled_hold { self.unsettled } else { 0 };
        let level = if self.breaker.is_open() { 1 } else { self.limiter.level() };
        !self.is_left_out()
            && !self.is_shut
            && now_ms >= self.limiter.closed_until_ms()
            && self.limiter.in_flight() + unsettled < level
    }

    /// Work waits; if the level is what holds it back, the search for the level should know.
    pub(crate) fn work_waits(&mut self) {
        if self.limiter.in_flight() >= self.limiter.level() {
            self.limiter.wanted_more();
        }
    }

    pub(crate) fn admit(&mut self, now_ms: u64, tokens: u64) -> Admission {
        let admission = self.limiter.admit(now_ms, tokens);
        self.is_shut |= admission != Admission::Go;
        self.rate_until_ms = match admission {
            Admission::NotBefore(at_ms) if now_ms >= self.limiter.closed_until_ms() => at_ms,
            _ => 0,
        };
        admission
    }

    /// It gets no call until it is asked anew, so that the call goes elsewhere or waits.
    pub(crate) fn shut(&mut self) {
        self.is_shut = true;
    }

    /// Its rates, and the money, are asked anew.
    pub(crate) fn reopen(&mut self) {
        self.is_shut = false;
    }

    pub(crate) fn answered(
        &mut self,
        now_ms: u64,
        sent_ms: u64,
        estimated: u64,
        real: u64,
        weight: f64,
    ) {
        self.answered_ms = now_ms;
        self.breaker.answered(now_ms);
        self.limiter.answered_as(now_ms, sent_ms, estimated, real, weight);
    }

    /// A try was given up before it ended. That says nothing about the endpoint, unless it was
    /// silent for far too long.
    pub(crate) fn given_up(&mut self, now_ms: u64, sent_ms: u64, is_silent: bool) {
        self.limiter.ended();
        if is_silent {
            self.stumbled(now_ms, sent_ms, 0);
        }
    }

    /// A try was dropped because the run ends.
    pub(crate) fn dropped(&mut self) {
        self.limiter.ended();
    }

    /// Counts a fault; in an outage nobody sends before the next probe.
    fn stumbled(&mut self, now_ms: u64, sent_ms: u64, wish_ms: u64) -> Health {
        let health = self.breaker.fault(now_ms, sent_ms);
        let Health::Outage { probe_at_ms } = health else { return health };
        // A server's own wish is never cut short.
        let probe_at_ms = probe_at_ms.max(now_ms.saturating_add(wish_ms));
        self.limiter.close_until(probe_at_ms);
        Health::Outage { probe_at_ms }
    }

    /// Takes a failed try into the limits and says what it means for the endpoint.
    pub(crate) fn failed(&mut self, now_ms: u64, sent_ms: u64, error: &CallError) -> Health {
        match error.class {
            ErrorClass::Throttled => {
                match self.limiter.refused(now_ms, sent_ms, error.retry_after_ms) {
                    Refusal::Load => Health::Stumble,
                    Refusal::Isolated => Health::IsolatedRefusal,
                }
            }
            ErrorClass::LocalFault => {
                self.limiter.local_shortage();
                Health::Stumble
            }
            ErrorClass::Transient | ErrorClass::Overloaded => {
                if error.is_silence {
                    self.limiter.silent(now_ms, sent_ms);
                } else {
                    self.limiter.ended();
                }
                self.stumbled(now_ms, sent_ms, error.retry_after_ms.unwrap_or(0))
            }
            // It answered, if only to say no.
            _ => {
                self.breaker.answered(now_ms);
                self.limiter.ended();
                Health::Stumble
            }
        }
    }

    pub(crate) fn level(&self) -> u32 {
        self.limiter.level()
    }

    pub(crate) fn in_flight(&self) -> u32 {
        self.limiter.in_flight()
    }

    pub(crate) fn closed_until_ms(&self) -> u64 {
        self.limiter.closed_until_ms()
    }

    /// Until when a call waits for a rate that the recipe sets.
    pub(crate) fn rate_until_ms(&self) -> u64 {
        self.rate_until_ms
    }

    /// Share of the level in use, for choosing among several endpoints.
    pub(crate) fn load(&self) -> f64 {
        f64::from(self.limiter.in_flight()) / f64::from(self.limiter.level().max(1))
    }
}
