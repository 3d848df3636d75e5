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
    let waiting = waiting.map_or_else(String::new, |waiting| format!("\n  {waiting}"));
    let known = match known_usd(progress.cost, progress.cost_is_partial) {
        Some(usd) if progress.cost_is_partial => format!("{} + unknown", amount(usd)),
        known => cost(known, progress.cost_is_partial),
    };
    let cost = match progress.cost_limit {
        Some(limit) => format!("{known} of {}", amount(limit.as_usd())),
        None => known,
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

#[cfg(test)]
mod tests {
    use speciate::engine::LaneProgress;
    use speciate::types::{NanoUsd, Tally, Usage};

    use super::*;

    #[test]
    fn a_large_run_that_waits_fits_the_page() {
        let tally = Tally { items: 52_002, calls_ahead: 300_000, ..Tally::default() };
        let lane = LaneProgress { rate_waits_ms: 56_000, level: 512, ..LaneProgress::default() };
        let usage =
            Usage { input_tokens: 90_000_000, output_tokens: 9_000_000, ..Usage::default() };
        let progress = Progress {
            tally,
            calls_done: 312_052,
            usage,
            cost: NanoUsd(1_234_560_000_000),
            cost_is_partial: true,
            lanes: vec![lane],
            ..Progress::default()
        };
        let shown = lines(&progress, &Rates::default());
        assert!(shown.ends_with("\n  waiting 56s for the rate limit"), "{shown}");
        assert!(shown.contains(" calls  … left\n"), "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    }
}
