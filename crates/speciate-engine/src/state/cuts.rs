//! Token limits that cut many answers of a role are raised for the calls that follow.
//!
//! A cut answer is asked for once more with twice the limit anyway. Where that happens often and helps,
//! asking so from the start comes to the same answers at a lower price.

use speciate_types::{CallError, ErrorClass, Wanted};

use super::State;
use super::call::{Call, Flight};
use crate::event::{Command, Notice, NoticeKind};

/// Cut answers before a limit is raised.
const CUT_MIN: u32 = 5;
/// More than one answer in so many is cut.
const ONE_IN: u32 = 10;

/// How a role's answers have fared under its own limit.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cuts {
    answers: u32,
    cut: u32,
    /// Cut ones that had room enough under twice the limit.
    helped: u32,
    /// The limit, once it has cut an answer.
    limit: u32,
    is_raised: bool,
}

impl Cuts {
    fn are_too_many(self) -> bool {
        self.cut >= CUT_MIN && self.helped > 0 && self.cut * ONE_IN > self.answers + self.cut
    }
}

impl State {
    /// A call begins with the limit that its role has come to.
    pub(super) fn new_call(&self, wanted: Wanted) -> Call {
        let mut call = Call::new(wanted);
        call.counts.enlargements = u32::from(self.cuts[usize::from(wanted.role.0)].is_raised);
        call
    }

    pub(super) fn count_whole(&mut self, call: &Call, commands: &mut Vec<Command>) {
        let role = usize::from(call.wanted.role.0);
        match call.counts.enlargements {
            0 => self.cuts[role].answers += 1,
            _ => self.cuts[role].helped += 1,
        }
        self.raise_if_due(role, commands);
    }

    /// A try has failed, and it may be that the role's own limit cut its answer.
    pub(super) fn count_cut(
        &mut self,
        call: &Call,
        flight: Flight,
        error: &CallError,
        commands: &mut Vec<Command>,
    ) {
        let Some(limit) = flight.answer_limit.filter(|_| call.counts.enlargements == 0) else {
            return;
        };
        let answered = error.usage.map_or(0, |usage| usage.output_tokens);
        if error.class != ErrorClass::Truncated || answered < limit.into() {
            return;
        }
        let role = usize::from(call.wanted.role.0);
        self.cuts[role].cut += 1;
        self.cuts[role].limit = limit;
        self.raise_if_due(role, commands);
    }

    fn raise_if_due(&mut self, role: usize, commands: &mut Vec<Command>) {
        let cuts = &mut self.cuts[role];
        if cuts.are_too_many() && !cuts.is_raised {
            cuts.is_raised = true;
            let message = raised(&self.plan.roles[role].name, *cuts);
            commands.push(Command::Notice(Notice { kind: NoticeKind::Raised, message }));
        }
    }
}

fn raised(role: &str, cuts: Cuts) -> String {
    let Cuts { answers, cut, limit, .. } = cuts;
    format!(
        "{limit} tokens cut {cut} of {} answers of the {role}: {} from here on; `{role}.max_tokens` \
         sets another limit",
        answers + cut,
        limit.saturating_mul(2),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_cut_answers_raise_a_limit_where_more_room_helps() {
        let of = |answers, cut, helped| Cuts { answers, cut, helped, ..Cuts::default() };
        assert!(of(44, 5, 1).are_too_many());
        for few in [of(45, 5, 1), of(0, 4, 4), of(0, 50, 0)] {
            assert!(!few.are_too_many(), "{few:?}");
        }
    }

    #[test]
    fn it_is_said_in_one_line() {
        let cuts = Cuts { answers: 9, cut: 5, limit: 16, ..Cuts::default() };
        assert_eq!(
            raised("judge", cuts),
            "16 tokens cut 5 of 14 answers of the judge: 32 from here on; `judge.max_tokens` sets \
             another limit"
        );
    }
}
