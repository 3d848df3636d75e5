//! What an endpoint that is used no more means for the run.

use speciate_types::{CallError, ErrorClass};

use super::State;
use super::call::Call;
use crate::breaker::Health;
use crate::event::{Command, StopReason};

impl State {
    /// Nothing is to be had from this endpoint until a person acts. If others answer for the role,
    /// the run goes on without it.
    pub(super) fn leave_out(
        &mut self,
        lane: usize,
        health: Health,
        call: &Call,
        error: &CallError,
        commands: &mut Vec<Command>,
    ) {
        let reason = match health {
            Health::GivenUp => StopReason::Outage(error.clone()),
            _ => StopReason::Endpoint(error.clone()),
        };
        let is_ours = error.class == ErrorClass::LocalFault;
        if !is_ours {
            self.lanes[lane].leave_out(reason.clone());
        }
        if !is_ours && self.has_another(usize::from(call.wanted.role.0)) {
            self.say_left_out(lane, error, commands);
            return;
        }
        self.give_up_run(reason, commands);
    }

    /// A role can lose its last endpoint by the calls of another role: when it has work, nobody is
    /// left to do it.
    pub(super) fn stop_if_abandoned(&mut self, commands: &mut Vec<Command>) {
        let is_abandoned = |role: &usize| self.ready.has(*role) && !self.has_another(*role);
        let Some(role) = (0..self.plan.roles.len()).find(is_abandoned) else { return };
        let lane = self.plan.models[self.plan.roles[role].models[0]].lane;
        if let Some(reason) = self.lanes[lane].left_out().cloned() {
            self.give_up_run(reason, commands);
        }
    }

    pub(super) fn give_up_run(&mut self, reason: StopReason, commands: &mut Vec<Command>) {
        if self.stop.is_none() {
            self.say_stopping("", commands);
        }
        self.stop_for(reason);
    }

    /// Whether any endpoint still answers for this role.
    fn has_another(&self, role: usize) -> bool {
        let role = &self.plan.roles[role];
        let mut models = role.models.iter().chain(&role.fallbacks);
        models.any(|model| !self.lanes[self.plan.models[*model].lane].is_left_out())
    }
}
