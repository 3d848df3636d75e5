//! Roles none of whose calls has ever been answered in this run. Where call after call of such a
//! role fails, the fault is a key, an address or a setting, and hardly that of the items.
//!
//! Until a first call of the role is answered, its failures are withheld: the job does not hear of
//! them and nothing is stored. With the first answer they are what they seemed, and are stored. If
//! there are [`ENOUGH_ALIKE`], or nothing else can go on, the run stops without them, so that the same
//! command makes these calls again once the setting is right.

use speciate_types::{CallError, CallOutcome, ErrorClass, Failure, NanoUsd};

use super::State;
use super::hold::Held;
use crate::event::{Command, NeverWorked, StopReason};

/// So many failures of one class, and no answer, are those of all calls.
const ENOUGH_ALIKE: usize = 8;
/// So many of whatever classes.
const ENOUGH: usize = 16;

/// What is known of one role.
#[derive(Debug, Default)]
pub(super) struct Unproven {
    has_worked: bool,
    /// Those that the job has been told of all the same among them.
    classes: Vec<ErrorClass>,
    withheld: Vec<Held>,
}

impl Unproven {
    pub(super) fn worked() -> Self {
        Self { has_worked: true, ..Self::default() }
    }

    /// No further call is sent before those in flight have told more.
    pub(super) fn is_in_doubt(&self) -> bool {
        !self.has_worked && (self.classes.len() >= ENOUGH || self.count_of_most() >= ENOUGH_ALIKE)
    }

    fn count_of_most(&self) -> usize {
        self.most_frequent().map_or(0, |class| self.count(class))
    }

    fn count(&self, class: ErrorClass) -> usize {
        self.classes.iter().filter(|known| **known == class).count()
    }

    fn most_frequent(&self) -> Option<ErrorClass> {
        self.classes.iter().copied().max_by_key(|class| self.count(*class))
    }

    /// Faults that may pass say nothing about a setting, as long as they are few.
    fn may_pass(&self) -> bool {
        let passes =
            |class: &ErrorClass| matches!(class, ErrorClass::Transient | ErrorClass::Overloaded);
        self.classes.iter().any(passes)
    }

    fn withhold(&mut self, class: ErrorClass, held: Held) {
        self.classes.push(class);
        self.withheld.push(held);
    }

    /// What the person is told: the role's failures, and one of the most frequent ones.
    fn verdict(&self, role: &str) -> Option<NeverWorked> {
        let class = self.most_frequent()?;
        let quoted = self.withheld.iter().filter_map(failure).find(|known| known.class == class)?;
        Some(NeverWorked {
            role: role.to_owned(),
            calls: self.classes.len() as u64,
            error: CallError::new(class, quoted.message.clone()),
        })
    }
}

fn failure(held: &Held) -> Option<&Failure> {
    match &held.row.outcome {
        CallOutcome::Failed(failure) => Some(failure),
        CallOutcome::Answered(_) => None,
    }
}

impl State {
    /// Roles of which an earlier session has stored an answer need no proof.
    #[must_use]
    pub fn with_worked(mut self, roles: &[usize]) -> Self {
        for role in roles {
            self.unproven[*role] = Unproven::worked();
        }
        self
    }

    /// A call of this role has been answered: earlier failures were those of their items.
    pub(super) fn prove(&mut self, role: usize) {
        self.unproven[role].has_worked = true;
        self.release(role);
    }

    fn release(&mut self, role: usize) {
        for held in std::mem::take(&mut self.unproven[role].withheld) {
            self.hold(held);
        }
    }

    /// A call has failed for good.
    pub(super) fn hold_if_proven(&mut self, role: usize, held: Held) {
        match failure(&held).map(|failure| failure.class) {
            Some(class) if !self.unproven[role].has_worked => {
                self.unproven[role].withhold(class, held);
            }
            _ => self.hold(held),
        }
    }

    /// What withheld calls cost: it is paid, and not stored.
    pub(super) fn withheld_cost(&self) -> NanoUsd {
        let withheld = self.unproven.iter().flat_map(|role| &role.withheld);
        let costs = withheld.filter_map(|held| held.row.outcome.cost());
        costs.fold(NanoUsd(0), NanoUsd::saturating_add)
    }

    /// Stops the run where a role seems never to work; else lets go of what was withheld once nothing
    /// is left that could tell.
    pub(super) fn judge_unproven(&mut self, commands: &mut Vec<Command>) {
        let roles = 0..self.unproven.len();
        let is_lost = |role: &usize| self.unproven[*role].is_in_doubt() && !self.has_flight(*role);
        if let Some(role) = roles.clone().find(is_lost) {
            self.give_up_unproven(role, commands);
            return;
        }
        let has_withheld = |role: &usize| !self.unproven[*role].withheld.is_empty();
        if !roles.clone().any(|role| has_withheld(&role)) || !self.is_at_rest() {
            return;
        }
        let is_final = |role: &usize| has_withheld(role) && !self.unproven[*role].may_pass();
        match roles.clone().find(is_final) {
            Some(role) => self.give_up_unproven(role, commands),
            None => roles.for_each(|role| self.release(role)),
        }
    }

    fn give_up_unproven(&mut self, role: usize, commands: &mut Vec<Command>) {
        if let Some(verdict) = self.unproven[role].verdict(&self.plan.roles[role].name) {
            self.give_up_run(StopReason::NeverWorked(verdict), commands);
        }
    }

    fn has_flight(&self, role: usize) -> bool {
        let role_of = |call: &u64| self.calls.get(call).map(|call| usize::from(call.wanted.role.0));
        self.flights.values().any(|flight| role_of(&flight.call) == Some(role))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ErrorClass::{BadItem, Empty, Malformed, Refused, Transient};

    fn failed(classes: &[ErrorClass]) -> Unproven {
        Unproven { classes: classes.to_vec(), ..Unproven::default() }
    }

    #[test]
    fn eight_alike_are_enough_and_sixteen_of_any_kind() {
        assert!(!failed(&[BadItem; 7]).is_in_doubt() && failed(&[BadItem; 8]).is_in_doubt());
        assert!(!failed(&[BadItem, Empty, Malformed, Refused].repeat(3)).is_in_doubt());
        assert!(failed(&[BadItem, Empty, Malformed, Refused].repeat(4)).is_in_doubt());
        let proven = Unproven { has_worked: true, ..failed(&[BadItem; 8]) };
        assert!(!proven.is_in_doubt());
    }

    #[test]
    fn a_fault_that_may_pass_is_no_matter_of_settings() {
        assert!(failed(&[BadItem, Transient]).may_pass() && !failed(&[BadItem, Empty]).may_pass());
    }
}
