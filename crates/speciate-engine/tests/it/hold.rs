//! Answers wait for each other where nothing is lost by it, and nowhere else: the pure state alone.

use speciate_engine::{Command, Event, State};
use speciate_store::Totals;
use speciate_types::UnixMillis;

use crate::kit::{self, Chains, Scripted, response};

/// A state with so many calls in flight, of this many chains.
struct Busy {
    state: State,
    in_flight: Vec<u64>,
}

impl Busy {
    fn new(slots: u32, chains: u64) -> Self {
        let plan = kit::plan(&Scripted::faultless(), slots);
        let mut state = State::new(plan, Box::new(Chains::new(chains)), &Totals::default());
        let mut commands = Vec::new();
        while state.begin_next(&mut commands) {}
        let mut busy = Self { state, in_flight: Vec::new() };
        assert_eq!(busy.advance(0), 0);
        busy
    }

    /// How many batches are handed over then.
    fn advance(&mut self, now_ms: u64) -> usize {
        let mut commands = Vec::new();
        self.state.advance(now_ms, &mut commands);
        let sent = commands.iter().filter_map(|command| match command {
            Command::Send { number, .. } => Some(*number),
            _ => None,
        });
        self.in_flight.extend(sent);
        commands.iter().filter(|command| matches!(command, Command::Store(_))).count()
    }

    /// One more answer; how many batches follow.
    fn answer(&mut self, now_ms: u64) -> usize {
        let number = self.in_flight.remove(0);
        let event = Event::Ended { number, result: Ok(response()) };
        self.state.apply(now_ms, UnixMillis(0), event, &mut Vec::new());
        self.advance(now_ms)
    }
}

#[test]
fn an_eighth_of_what_is_in_flight_is_worked_on_together() {
    let mut busy = Busy::new(64, 100);
    let batches: Vec<_> = (0..16).map(|_| busy.answer(1)).collect();
    assert_eq!(batches, [0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 8]);
    assert_eq!(busy.in_flight.len(), 64, "the slots are filled at once all the same");
}

#[test]
fn nobody_waits_longer_than_thirty_milliseconds() {
    let mut busy = Busy::new(64, 100);
    assert_eq!((busy.answer(100), busy.answer(110)), (0, 0));
    assert_eq!(busy.state.wake_at_ms(), Some(130));
    assert_eq!((busy.advance(129), busy.advance(130)), (0, 2));
}

#[test]
fn few_in_flight_and_the_last_ones_wait_for_nobody() {
    let mut few = Busy::new(31, 100);
    assert_eq!([few.answer(1), few.answer(1)], [1, 1]);
    let mut last = Busy::new(64, 64);
    assert_eq!([last.answer(1), last.answer(1)], [1, 1], "no other work would fill the slots");
}

#[test]
fn a_run_that_stops_holds_nothing_back() {
    let mut busy = Busy::new(64, 100);
    assert_eq!((busy.answer(1), busy.answer(1)), (0, 0));
    busy.state.apply(2, UnixMillis(0), Event::StopAsked, &mut Vec::new());
    assert_eq!(busy.advance(2), 2);
}
