//! Lines for logs: one every ten seconds, and one for every notice.

use std::time::{Duration, Instant};

use speciate::engine::Progress;
use speciate::numbers::known_usd;

use super::rates::Rates;
use super::units::{cost, duration, short_count};
use super::waiting::Waiting;
use crate::printer;

const LINE_EVERY: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(crate) struct Plain {
    last: Option<Instant>,
}

impl Plain {
    pub(crate) fn show(&mut self, progress: &Progress, rates: &Rates) {
        if is_due(&mut self.last) {
            printer::talk(&line(progress, rates));
        }
    }
}

fn is_due(last: &mut Option<Instant>) -> bool {
    let now = Instant::now();
    match *last {
        // The first look comes at once and has nothing to show.
        None => *last = Some(now),
        Some(at) if now.duration_since(at) >= LINE_EVERY => {
            *last = Some(now);
            return true;
        }
        Some(_) => {}
    }
    false
}

pub(super) fn line(progress: &Progress, rates: &Rates) -> String {
    let tally = &progress.tally;
    let dropped: u64 = tally.eliminated.values().sum();
    let failed: u64 = tally.failed.values().chain(tally.invalid.values()).sum();
    let mut line = format!(
        "{}/{} lineages, {} calls · kept {} · eliminated {dropped} · failed {failed} · in flight {}",
        tally.items_done, tally.items, progress.calls_done, tally.kept, progress.in_flight
    );
    let waiting = Waiting::of(progress);
    if let Some(waiting) = waiting {
        line.push_str(&format!(" · {waiting}"));
    } else if let Some(rate) = rates.calls_per_second() {
        line.push_str(&format!(" · {rate:.1} calls/s"));
    }
    line.push_str(&format!(" · {} tokens", short_count(progress.usage.total())));
    if progress.cost.0 > 0 {
        let known = known_usd(progress.cost, progress.cost_is_partial);
        line.push_str(&format!(" · {}", cost(known, progress.cost_is_partial)));
    }
    // While nothing is sent, the pace of before says nothing about the time to come.
    if waiting.is_none()
        && let Some(seconds) = rates.seconds_left(tally.calls_ahead)
    {
        line.push_str(&format!(" · up to {} left", duration(seconds)));
    }
    line
}

#[derive(Default)]
pub(crate) struct JsonLines {
    last: Option<Instant>,
}

impl JsonLines {
    pub(crate) fn show(&mut self, progress: &Progress, rates: &Rates) {
        const LINE_EVERY: Duration = Duration::from_secs(1);
        let now = Instant::now();
        if self.last.is_some_and(|at| now.duration_since(at) < LINE_EVERY) {
            return;
        }
        self.last = Some(now);
        let (tally, waiting) = (&progress.tally, Waiting::of(progress));
        printer::talk_json(&serde_json::json!({
                "lineages": tally.items, "lineages_done": tally.items_done, "kept": tally.kept,
                "eliminated": tally.eliminated, "failed": tally.failed, "invalid": tally.invalid,
                "calls_done": progress.calls_done, "calls_ahead": tally.calls_ahead,
                "in_flight": progress.in_flight, "retrying": progress.retrying,
                "tokens": progress.usage,
                "cost_usd": known_usd(progress.cost, progress.cost_is_partial),
                "cost_is_partial": progress.cost_is_partial,
                "calls_per_second": rates.calls_per_second(),
                "waiting_for": waiting.map(|waiting| waiting.what),
                "waiting_seconds": waiting.map(|waiting| waiting.seconds),
        }));
    }
}
