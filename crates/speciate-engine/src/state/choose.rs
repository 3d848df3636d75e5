//! Which endpoint gets a call.

use super::State;
use super::hold::MANY_IN_FLIGHT;
use crate::lane::Lane;

impl State {
    /// The model of `role` with the most room, if any has room; rather not on the lane `besides`.
    pub(super) fn model_for(
        &self,
        role: usize,
        now_ms: u64,
        besides: Option<usize>,
    ) -> Option<usize> {
        // With few calls in flight, answers that are not durable yet count against the level of
        // their endpoint, so that a dying process never has more at stake than the level. With
        // many, the slots are worth more than the few answers of an open commit.
        let unsettled_hold = self.in_flight() < MANY_IN_FLIGHT;
        self.choose(role, besides, |lane| lane.has_room(now_ms, unsettled_hold))
    }

    /// The same for a second try: it puts no further call at stake, so no answer that is not
    /// durable yet holds it back.
    pub(super) fn model_for_second(
        &self,
        role: usize,
        now_ms: u64,
        besides: usize,
    ) -> Option<usize> {
        self.choose(role, Some(besides), |lane| lane.has_room(now_ms, false))
    }

    fn choose(
        &self,
        role: usize,
        besides: Option<usize>,
        has_room: impl Fn(&Lane) -> bool,
    ) -> Option<usize> {
        let role = &self.plan.roles[role];
        let lane = |model: &usize| &self.lanes[self.plan.models[*model].lane];
        let rank = |model: &usize| {
            let is_same = besides == Some(self.plan.models[*model].lane);
            f64::from(u8::from(is_same)) + lane(model).load()
        };
        let roomiest = |models: &[usize]| {
            let open = models.iter().copied().filter(|model| has_room(lane(model)));
            open.min_by(|a, b| rank(a).total_cmp(&rank(b)))
        };
        let own = roomiest(&role.models);
        // One that is down has room when it is time to probe it, so it is found when it is back.
        if own.is_some() || role.models.iter().any(|model| !lane(model).is_down()) {
            return own;
        }
        roomiest(&role.fallbacks)
    }
}
