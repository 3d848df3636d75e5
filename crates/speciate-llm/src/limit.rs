//! How many calls an endpoint gets at once and in a minute: pure, driven by the time handed in.

mod rate;
mod recent;
mod search;
mod turns;

pub use rate::RateWindow;
use recent::Recent;
use search::Search;
use turns::Turns;

/// How many calls may be in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concurrency {
    /// Find the endpoint's level, never above `most`.
    Auto {
        /// Upper bound.
        most: u32,
    },
    /// This many, fewer only while the endpoint refuses.
    Fixed(u32),
}

/// The limits of one endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitConfig {
    /// Calls in flight.
    pub concurrency: Concurrency,
    /// Requests in any minute.
    pub requests_per_minute: Option<u64>,
    /// Tokens, prompts and answers together, in any minute.
    pub tokens_per_minute: Option<u64>,
}

/// Whether a call may be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Yes; it has been counted.
    Go,
    /// Not before this time.
    NotBefore(u64),
    /// Not before another call ends.
    Full,
}

/// What a refusal tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The endpoint has too much to do.
    Load,
    /// It came among many answers: some servers refuse a share of all requests, however few.
    Isolated,
}

/// After a refusal that names no time, nobody sends for this long.
const COOL_DOWN_MS: u64 = 1_000;
/// Share of the level that stays after a refusal (AIMD's decrease).
const DECREASE: f64 = 0.75;
/// The same after a refusal among many answers: some servers refuse a share of all requests,
/// however few there are, and giving way to that would end at one request at a time.
const SMALL_DECREASE: f64 = 0.995;
/// Answers in a row, at full level, that win one more slot back (AIMD's increase): so many for each
/// slot, because a low level brings few answers, and at most so many.
const INCREASE_AFTER_PER_SLOT: u32 = 12;
const INCREASE_AFTER_MOST: u32 = 25;
/// Calls wait for each other if an answer is to be expected after this part of the time that is borne,
/// or later.
const CROWDED: f64 = 0.8;
/// Then so many are left in flight that an answer is to be expected after this part of it.
const SHARE_OF_PATIENCE: f64 = 0.5;

/// The state of one endpoint's limits. Times are milliseconds of a clock that never goes back.
#[derive(Debug, Clone)]
pub struct Limiter {
    ceiling: f64,
    level: f64,
    /// The level that answers win back after refusals: the last one found, or the ceiling. What was
    /// refused once may be taken later.
    found: f64,
    search: Option<Search>,
    in_flight: u32,
    closed_until_ms: u64,
    decreased_at_ms: Option<u64>,
    answers_in_a_row: u32,
    recent: Recent,
    turns: Turns,
    /// When a call was last given up for silence.
    silent_ms: Option<u64>,
    requests: Option<RateWindow>,
    tokens: Option<RateWindow>,
}

impl Limiter {
    /// Limits at rest.
    pub fn new(config: &LimitConfig) -> Self {
        let (ceiling, search) = match config.concurrency {
            Concurrency::Fixed(slots) => (f64::from(slots.max(1)), None),
            Concurrency::Auto { most } => (f64::from(most.max(1)), Some(Search::default())),
        };
        let level = search.as_ref().map_or(ceiling, |_| Search::FIRST_LEVEL.min(ceiling));
        Self {
            ceiling,
            level,
            found: level,
            search,
            in_flight: 0,
            closed_until_ms: 0,
            decreased_at_ms: None,
            answers_in_a_row: 0,
            recent: Recent::default(),
            turns: Turns::default(),
            silent_ms: None,
            requests: config.requests_per_minute.map(RateWindow::new),
            tokens: config.tokens_per_minute.map(RateWindow::new),
        }
    }

    /// Asks to send a call of about `tokens`; counts it if it may go.
    pub fn admit(&mut self, now_ms: u64, tokens: u64) -> Admission {
        if now_ms < self.closed_until_ms {
            return Admission::NotBefore(self.closed_until_ms);
        }
        if self.in_flight >= self.level() {
            self.wanted_more();
            return Admission::Full;
        }
        let wait_until_ms = [(&mut self.requests, 1), (&mut self.tokens, tokens)]
            .into_iter()
            .filter_map(|(window, amount)| window.as_mut()?.free_at(now_ms, amount))
            .max();
        if let Some(until_ms) = wait_until_ms {
            return Admission::NotBefore(until_ms);
        }
        if let Some(window) = &mut self.requests {
            window.take(now_ms, 1);
        }
        if let Some(window) = &mut self.tokens {
            window.take(now_ms, tokens);
        }
        self.turns.sent(now_ms, self.in_flight == 0);
        self.in_flight += 1;
        Admission::Go
    }

    #[cfg(test)]
    fn answered(&mut self, now_ms: u64, sent_ms: u64, estimated: u64, real: u64) {
        self.answered_as(now_ms, sent_ms, estimated, real, 1.0);
    }

    /// A call sent at `sent_ms` was answered; `estimated` tokens had been counted for it. `weight` is
    /// how long calls of its kind usually take beside the others, so that a change of the mixture is
    /// not taken for one of the endpoint.
    pub fn answered_as(
        &mut self,
        now_ms: u64,
        sent_ms: u64,
        estimated: u64,
        real: u64,
        weight: f64,
    ) {
        self.ended();
        self.recent.push(false);
        self.turns.answered(now_ms);
        if let Some(window) = &mut self.tokens {
            window.correct(now_ms, sent_ms, estimated, real);
        }
        if let Some(level) =
            self.search.as_mut().and_then(|search| search.answered(now_ms, self.level, weight))
        {
            self.level = level.clamp(1.0, self.ceiling);
            self.found = self.level;
            return;
        }
        self.answers_in_a_row += 1;
        let enough = (self.level() * INCREASE_AFTER_PER_SLOT).min(INCREASE_AFTER_MOST);
        if self.answers_in_a_row >= enough && self.level < self.found {
            self.answers_in_a_row = 0;
            self.level = (self.level + 1.0).min(self.found);
        }
    }

    /// There was work for more calls than the level allows; else a look at the level says nothing.
    pub fn wanted_more(&mut self) {
        if let Some(search) = &mut self.search {
            search.wanted_more();
        }
    }

    /// A call sent at `sent_ms` was refused for load. A burst of refusals counts once: those sent
    /// before the last decrease say nothing new. Among many answers a refusal holds nobody else
    /// back, also where it names a time: that is then the time of this call alone. An endpoint whose
    /// rate is used up refuses call after call, and is left in peace after about ten of them.
    pub fn refused(&mut self, now_ms: u64, sent_ms: u64, retry_after_ms: Option<u64>) -> Refusal {
        self.ended();
        self.recent.push(true);
        if self.recent.is_mostly_answers(self.in_flight) {
            self.level = (self.level * SMALL_DECREASE).max(1.0);
            return Refusal::Isolated;
        }
        self.answers_in_a_row = 0;
        if self.decreased_at_ms.is_none_or(|decreased_ms| sent_ms > decreased_ms) {
            self.decreased_at_ms = Some(now_ms);
            self.level = (self.level * DECREASE).max(1.0);
            let wait_ms = retry_after_ms.unwrap_or(COOL_DOWN_MS);
            self.closed_until_ms = self.closed_until_ms.max(now_ms.saturating_add(wait_ms));
            if let Some(search) = &mut self.search {
                search.refused(self.closed_until_ms);
            }
        } else if let Some(wait_ms) = retry_after_ms {
            self.closed_until_ms = self.closed_until_ms.max(now_ms.saturating_add(wait_ms));
        }
        Refusal::Load
    }

    /// A call sent at `sent_ms` got no answer in the time that is borne. If others are answered, so slowly
    /// that the calls in flight wait for each other that long, they are too many, as on a small server
    /// that works on one call at a time. If others are answered sooner, it is this call alone that hangs;
    /// if none is, it is the endpoint. One alone says nothing: where calls wait for each other, several
    /// are given up in a short time. A burst counts once.
    pub fn silent(&mut self, now_ms: u64, sent_ms: u64) {
        let in_flight = f64::from(self.in_flight);
        self.ended();
        let is_news = self.decreased_at_ms.is_none_or(|decreased_ms| sent_ms > decreased_ms);
        let borne_ms = now_ms.saturating_sub(sent_ms);
        let before_ms = self.silent_ms.replace(now_ms);
        let is_alone = before_ms.is_none_or(|before_ms| before_ms + borne_ms / 2 < now_ms);
        let Some(ms_per_answer) = self.turns.ms_per_answer(now_ms, borne_ms / 2) else { return };
        let borne_ms = borne_ms as f64;
        if !is_news || is_alone || in_flight * ms_per_answer < CROWDED * borne_ms {
            return;
        }
        let fitting = (borne_ms * SHARE_OF_PATIENCE / ms_per_answer).max(1.0);
        self.answers_in_a_row = 0;
        self.decreased_at_ms = Some(now_ms);
        self.level = self.level.min(fitting);
        if let Some(search) = &mut self.search {
            search.refused(now_ms);
            self.found = self.level;
        }
    }

    /// A call ended in any other way.
    pub fn ended(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Halves the level: this machine, not the endpoint, has run out of something.
    pub fn local_shortage(&mut self) {
        self.ended();
        self.level = (self.level / 2.0).max(1.0);
    }

    /// Nobody sends before `until_ms`.
    pub fn close_until(&mut self, until_ms: u64) {
        self.closed_until_ms = self.closed_until_ms.max(until_ms);
    }

    /// Calls that may be in flight now.
    pub fn level(&self) -> u32 {
        self.level as u32
    }

    /// Calls in flight.
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Until when nothing is sent.
    pub fn closed_until_ms(&self) -> u64 {
        self.closed_until_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(slots: u32) -> LimitConfig {
        LimitConfig {
            concurrency: Concurrency::Fixed(slots),
            requests_per_minute: None,
            tokens_per_minute: None,
        }
    }

    #[test]
    fn full_until_a_call_ends() {
        let mut limiter = Limiter::new(&fixed(2));
        assert_eq!(limiter.admit(0, 1), Admission::Go);
        assert_eq!(limiter.admit(0, 1), Admission::Go);
        assert_eq!(limiter.admit(0, 1), Admission::Full);
        limiter.answered(5, 0, 1, 1);
        assert_eq!(limiter.admit(5, 1), Admission::Go);
    }

    #[test]
    fn a_burst_of_refusals_is_one_decrease() {
        let mut limiter = Limiter::new(&fixed(8));
        for _ in 0..8 {
            assert_eq!(limiter.admit(0, 1), Admission::Go);
        }
        for _ in 0..8 {
            limiter.refused(100, 0, None);
        }
        assert_eq!((limiter.level(), limiter.in_flight()), (6, 0));
        assert_eq!(limiter.admit(200, 1), Admission::NotBefore(1_100));
        assert_eq!(limiter.admit(1_100, 1), Admission::Go);
    }

    #[test]
    fn a_constant_share_of_refusals_does_not_choke_an_endpoint() {
        for retry_after_ms in [None, Some(1_000), Some(30_000)] {
            let (level, sent) = after_a_minute_of_refusals(10, retry_after_ms);
            assert!(level > 20, "level {level} with {retry_after_ms:?}");
            assert!(sent > 20_000, "{sent} sent with {retry_after_ms:?}");
        }
    }

    #[test]
    fn the_first_refusals_among_many_calls_in_flight_hold_nobody_back() {
        let mut limiter = Limiter::new(&fixed(64));
        (0..64).for_each(|_| assert_eq!(limiter.admit(0, 1), Admission::Go));
        for _ in 0..3 {
            assert_eq!(limiter.refused(1, 0, Some(1_000)), Refusal::Isolated);
        }
        assert_eq!((limiter.level(), limiter.admit(2, 1)), (63, Admission::Go));
    }

    #[test]
    fn an_endpoint_that_refuses_call_after_call_is_left_in_peace() {
        let mut limiter = Limiter::new(&fixed(64));
        for now_ms in 0..100 {
            assert_eq!(limiter.admit(now_ms, 1), Admission::Go);
            limiter.answered(now_ms, now_ms, 1, 1);
        }
        let refused = (100..200).take_while(|now_ms| {
            let is_sent = limiter.admit(*now_ms, 1) == Admission::Go;
            is_sent && limiter.refused(*now_ms, *now_ms, Some(20_000)) == Refusal::Isolated
        });
        assert_eq!(refused.count(), 9);
        assert_eq!(limiter.admit(200, 1), Admission::NotBefore(20_109));
    }

    /// The level, and how many calls were sent, where one in `one_in` is refused at once.
    fn after_a_minute_of_refusals(one_in: u64, retry_after_ms: Option<u64>) -> (u32, u64) {
        let mut limiter = Limiter::new(&fixed(64));
        let mut sent = 0_u64;
        for now_ms in 0..60_000_u64 {
            while limiter.admit(now_ms, 1) == Admission::Go {
                sent += 1;
                if sent.is_multiple_of(one_in) {
                    limiter.refused(now_ms, now_ms, retry_after_ms);
                } else {
                    limiter.answered(now_ms, now_ms, 1, 1);
                }
                if limiter.in_flight() == 0 {
                    break;
                }
            }
        }
        (limiter.level(), sent)
    }

    #[test]
    fn answers_win_the_level_back() {
        let mut limiter = Limiter::new(&fixed(4));
        assert_eq!(limiter.admit(0, 1), Admission::Go);
        limiter.refused(1, 0, Some(0));
        assert_eq!(limiter.level(), 3);
        for now_ms in 2..27 {
            assert_eq!(limiter.admit(now_ms, 1), Admission::Go);
            limiter.answered(now_ms, now_ms, 1, 1);
        }
        assert_eq!(limiter.level(), 4);
    }

    /// `auto` too: what was refused once may be taken later.
    #[test]
    fn answers_win_back_what_a_refusal_cost_a_search() {
        let concurrency = Concurrency::Auto { most: 64 };
        let mut limiter = Limiter::new(&LimitConfig { concurrency, ..fixed(64) });
        let found = limiter.level();
        assert_eq!(limiter.admit(0, 1), Admission::Go);
        assert_eq!(limiter.refused(1, 0, None), Refusal::Load);
        assert!(limiter.level() < found);
        // All in one moment, so that no look at the rate ends.
        for _ in 0..50 {
            assert_eq!(limiter.admit(1_001, 1), Admission::Go);
            limiter.answered(1_001, 1_001, 1, 1);
        }
        assert_eq!(limiter.level(), found);
    }

    #[test]
    fn requests_per_minute_hold() {
        let config = LimitConfig { requests_per_minute: Some(3), ..fixed(10) };
        let mut limiter = Limiter::new(&config);
        for _ in 0..3 {
            assert_eq!(limiter.admit(1_000, 1), Admission::Go);
        }
        let Admission::NotBefore(until_ms) = limiter.admit(1_000, 1) else {
            panic!("over the rate")
        };
        assert!(until_ms > 60_000, "{until_ms}");
        assert_eq!(limiter.admit(until_ms, 1), Admission::Go);
    }
}
