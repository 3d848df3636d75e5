//! A bug of ours in one call. It fails that call, and ends the run only where call after call meets it.

use speciate_types::{CallError, ErrorClass, UnixMillis};

use super::State;
use super::finish::EndedTry;
use crate::event::{Command, Notice, NoticeKind};

/// So many panics without an answer between them would soon be those of all calls.
const PANICS_IN_A_ROW_MAX: u32 = 5;

impl State {
    /// Fails the call of a try that ended in a panic. It is not tried again: what was asked or
    /// answered would most likely lead there again. Of the endpoint a panic says nothing.
    pub(super) fn panicked(
        &mut self,
        now_ms: u64,
        wall: UnixMillis,
        name: u64,
        message: &str,
        commands: &mut Vec<Command>,
    ) {
        let Some((flight, mut call)) = self.take_flight(name) else { return };
        let said = format!("a bug of ours: the call ended in a panic: {message}");
        let error = CallError { maybe_billed: true, ..CallError::new(ErrorClass::BadItem, said) };
        self.lanes[self.plan.models[flight.model].lane].dropped();
        self.pay(&mut call, flight, None, error.maybe_billed);
        self.count_failed_try(now_ms, &mut call, flight, &error);
        commands.push(Command::Notice(Notice {
            kind: NoticeKind::Bug,
            message: format!("{}; please report it", error.message),
        }));
        self.panics_in_a_row += 1;
        if self.panics_in_a_row >= PANICS_IN_A_ROW_MAX {
            self.bug.get_or_insert(message.to_owned());
        }
        // Another try of the same call is under way, and decides. A call that ends the run stays
        // open, so that a program without the bug makes it again.
        if self.panics_in_a_row >= PANICS_IN_A_ROW_MAX || !call.flights.is_empty() {
            self.calls.insert(flight.call, call);
        } else if flight.is_probe {
            self.again(now_ms, flight.call, call);
        } else {
            let ended = EndedTry { now_ms, wall, flight };
            let held = self.conclude_failed(ended, call, error, commands);
            self.hold(held);
        }
    }
}
