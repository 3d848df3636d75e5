//! What a display is told before anything is durable: what the run directory holds, and no zeros.

use speciate_engine::{Command, Event, State};
use speciate_store::Totals;
use speciate_types::{NanoUsd, Price, UnixMillis};

use crate::kit::{self, Chains, Scripted, response};

/// The numbers of a state with one answer that is handed over, after a look.
fn looked(price: Option<Price>, totals: &Totals) -> State {
    let mut plan = kit::plan(&Scripted::faultless(), 1);
    plan.models.iter_mut().for_each(|model| model.price = price);
    let mut state = State::new(plan, Box::new(Chains::new(3)), totals).with_at_risk(NanoUsd(7));
    let mut commands = Vec::new();
    while state.begin_next(&mut commands) {}
    state.advance(0, &mut commands);
    let Some(Command::Send { number, .. }) = commands.pop() else { unreachable!("a slot is free") };
    let event = Event::Ended { number, result: Ok(response()) };
    state.apply(1, UnixMillis(0), event, &mut commands);
    state.advance(1, &mut commands);
    state.look(1);
    state
}

#[test]
fn earlier_sessions_are_shown_before_the_first_commit() {
    let totals = Totals { calls: 5, answered: 5, cost: NanoUsd(9), ..Totals::default() };
    let mut state = looked(Some(Price::FREE), &totals);
    let shown = state.progress();
    assert_eq!((shown.calls_done, shown.cost, shown.at_risk), (5, NanoUsd(9), NanoUsd(7)));
    state.apply(2, UnixMillis(0), Event::Committed { batches: 1 }, &mut Vec::new());
    state.look(2);
    assert_eq!(state.progress().calls_done, 6);
}

/// A price that nobody knows is not a price of zero, at no time.
#[test]
fn a_cost_is_partial_from_the_start_where_no_price_is_known() {
    let state = looked(None, &Totals::default());
    let shown = state.progress();
    assert_eq!((shown.calls_done, shown.cost_is_partial), (0, true));
}
