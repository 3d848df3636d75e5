//! Four lines that stay in place.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use speciate::engine::Progress;
use speciate::numbers::known_usd;
use speciate::text::printable;

use super::rates::Rates;
use super::units::{amount, cost, duration, short_count};
use super::waiting::Waiting;
use crate::talk;

const BAR_COLUMNS: usize = 30;

pub(crate) struct Live {
    bar: ProgressBar,
}

impl Live {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            bar.set_style(style);
        }
        Self { bar }
    }

    pub(crate) fn show(&self, progress: &Progress, rates: &Rates) {
        let (bar, lines) = (self.bar.clone(), lines(progress, rates));
        talk::later(move || {
            bar.set_message(lines);
            bar.tick();
        });
    }

    pub(crate) fn notice(&self, message: &str) {
        let (bar, line) = (self.bar.clone(), format!("! {}", printable(message)));
        talk::later(move || bar.println(line));
    }

    pub(crate) fn finish(&self) {
        let bar = self.bar.clone();
        talk::later(move || bar.finish_and_clear());
    }
}

/// All fit into 80 columns.
fn lines(progress: &Progress, rates: &Rates) -> String {
    let tally = &progress.tally;
    let all = (progress.calls_done + tally.calls_ahead).max(1);
    let share = progress.calls_done as f64 / all as f64;
    let filled = ((share * BAR_COLUMNS as f64) as usize).min(BAR_COLUMNS);
    let left = rates.seconds_left(tally.calls_ahead);
    let left = left.map_or_else(|| "…".to_owned(), duration);
    let dropped: u64 = tally.eliminated.values().sum();
    let failed: u64 = tally.failed.values().sum();
    let invalid: u64 = tally.invalid.values().sum();
    let level: u32 = progress.lanes.iter().map(|lane| lane.level).sum();
    let waiting = Waiting::of(progress);
    // While nothing is sent, the pace of before says nothing about the time to come.
    let left = waiting.map_or(left, |_| "…".to_owned());
    let waiting = waiting.map_or_else(String::new, |waiting| format!("   {waiting}"));
    let known = known_usd(progress.cost, progress.cost_is_partial);
    let cost = match progress.cost_limit {
        Some(limit) => {
            format!("{} of {}", cost(known, progress.cost_is_partial), amount(limit.as_usd()))
        }
        None => cost(known, progress.cost_is_partial),
    };
    format!(
        "  {}{} {:>3.0}%  {} of up to {} calls  {left} left\n  kept {}  eliminated {dropped}  failed {failed}  invalid {invalid}  retrying {}  in flight {}/{level}\n  {:.1} calls/s  {} tokens/min  {} tokens  {cost}  {}/{} lineages{waiting}",
        "━".repeat(filled),
        "╌".repeat(BAR_COLUMNS - filled),
        share * 100.0,
        progress.calls_done,
        all,
        tally.kept,
        progress.retrying,
        progress.in_flight,
        rates.calls_per_second().unwrap_or(0.0),
        short_count(rates.tokens_per_minute().unwrap_or(0.0) as u64),
        short_count(progress.usage.total()),
        tally.items_done,
        tally.items,
    )
}
