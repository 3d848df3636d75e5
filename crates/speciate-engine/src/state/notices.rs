//! What a person is told.

use speciate_types::{CallError, ErrorClass};

use super::State;
use crate::breaker::Health;
use crate::event::{Command, Notice, NoticeKind};

impl State {
    /// Says what is waited for, if anything is.
    pub(super) fn say_stopping(&self, and: &str, commands: &mut Vec<Command>) {
        let waiting = match self.in_flight() {
            0 => return,
            1 => "1 call".to_owned(),
            calls => format!("{calls} calls"),
        };
        commands.push(Command::Notice(Notice {
            kind: NoticeKind::Stopping,
            message: format!("stopping: waiting for {waiting} in flight{and}"),
        }));
    }

    pub(super) fn say_left_out(&self, lane: usize, error: &CallError, commands: &mut Vec<Command>) {
        let endpoint = &self.lanes[lane].endpoint;
        commands.push(Command::Notice(Notice {
            kind: NoticeKind::LeftOut,
            message: format!("left out from here on: {endpoint}: {}", error.message),
        }));
    }

    pub(super) fn notify(
        &self,
        now_ms: u64,
        lane: usize,
        level_before: u32,
        health: Health,
        error: &CallError,
        commands: &mut Vec<Command>,
    ) {
        let lane = &self.lanes[lane];
        let (kind, message) = match (health, error.class) {
            (Health::Outage { probe_at_ms }, _) => (
                NoticeKind::Outage,
                format!(
                    "no answer from {}, next probe in {:.0}s: {}",
                    lane.endpoint,
                    (probe_at_ms - now_ms) as f64 / 1e3,
                    error.message
                ),
            ),
            (_, ErrorClass::Throttled) => (
                NoticeKind::RateLimited,
                format!(
                    "rate limited: {level_before} → {} parallel, waiting {:.1}s",
                    lane.level(),
                    lane.closed_until_ms().saturating_sub(now_ms) as f64 / 1e3
                ),
            ),
            _ if error.is_silence && lane.level() < level_before => (
                NoticeKind::RateLimited,
                format!(
                    "calls wait for each other for too long: {level_before} → {} parallel",
                    lane.level()
                ),
            ),
            (_, ErrorClass::LocalFault) => (NoticeKind::Local, error.message.clone()),
            (_, ErrorClass::Transient | ErrorClass::Overloaded) => {
                (NoticeKind::Retry, format!("trying again: {}", error.message))
            }
            _ => return,
        };
        commands.push(Command::Notice(Notice { kind, message }));
    }
}
