//! The last words of a session: counts by rule that add up, and what to do next.

use std::collections::BTreeMap;
use std::path::Path;

use speciate::engine::{Ending, NeverWorked, StopReason};
use speciate::project::Outcome;
use speciate::text::visible;
use speciate::types::Tally;

use super::calls::{money, tokens, tries};
use super::units::{amount, counted, duration};
use crate::printer;

pub(crate) fn show_summary(outcome: &Outcome, directory: &Path) {
    let summary = &outcome.summary;
    let progress = &summary.progress;
    let tally = &progress.tally;
    let mut lines = Vec::new();
    if let Ending::Stopped(reason) = &summary.ending {
        lines.extend(stopped(reason, outcome));
    }
    let pending = match (outcome.pending.count, outcome.pending.is_at_most) {
        (0, _) => String::new(),
        (count, true) => format!(", at most {count} pending"),
        (count, false) => format!(", {count} pending"),
    };
    lines.push(format!(
        "Summary [{}] {} instructions: {} kept, {} eliminated, {} failed, {} invalid{pending}",
        duration(summary.duration.as_secs_f64()),
        total(tally) + outcome.pending.count,
        tally.kept,
        sum(&tally.eliminated),
        sum(&tally.failed),
        sum(&tally.invalid),
    ));
    lines.extend(by_name("eliminated", &tally.eliminated));
    lines.extend(by_name("failed", &tally.failed));
    lines
        .extend(quoted(&tally.failed, &tally.quotes).map(|quote| format!("              {quote}")));
    lines.extend(by_name("invalid", &tally.invalid));
    lines.extend(
        quoted(&tally.invalid, &tally.quotes).map(|quote| format!("              {quote}")),
    );
    lines.extend(target(outcome));
    let replayed = match summary.calls_replayed {
        0 => String::new(),
        calls => format!(", {calls} unfinished ones taken from the store"),
    };
    lines.push(format!(
        "  calls       {} ({} now{replayed}), {}",
        progress.calls_done,
        progress.calls_done_now,
        tries(&outcome.totals),
    ));
    lines.push(format!("  tokens      {}", tokens(&outcome.totals)));
    lines.push(format!("  cost        {}", money(&outcome.totals, progress.at_risk.as_usd())));
    if outcome.summary.ending == Ending::Done {
        lines.extend(outcome.advice.as_ref().map(|advice| format!("hint: {advice}")));
    }
    lines.extend(next(outcome, directory));
    printer::talk(&lines.join("\n"));
}

/// Whether the rows that are wanted are there.
fn target(outcome: &Outcome) -> Option<String> {
    let (target, kept) = (outcome.target?, outcome.summary.progress.tally.kept);
    let missing = target.saturating_sub(kept);
    Some(match (&outcome.summary.ending, missing) {
        (_, 0) => format!("  target      {target} rows, reached"),
        (Ending::Done, _) => format!(
            "  target      {target} rows, {missing} short: every seed went through all rounds; \
             take more seeds or rounds in a new run"
        ),
        (Ending::Stopped(_), _) => format!("  target      {target} rows, {missing} still to come"),
    })
}

fn stopped(reason: &StopReason, outcome: &Outcome) -> Vec<String> {
    let dropped = outcome.summary.calls_dropped;
    let why = match reason {
        StopReason::Asked => "stopped on request".to_owned(),
        StopReason::Budget => over_budget(outcome),
        StopReason::Endpoint(error) => format!("stopped: {error} ({})", error.class.as_str()),
        StopReason::NeverWorked(role) => never_worked(role),
        StopReason::Outage(error) => format!("paused: no answer for ten minutes: {error}"),
    };
    let paid = match (reason, maybe_paid(dropped, outcome.summary.progress.maybe_billed_tries)) {
        // Those that failed may have been answered, and so paid.
        (StopReason::NeverWorked(_), None) => String::new(),
        (_, None) => "; 0 calls may have been paid without a result".to_owned(),
        (_, Some(paid)) => format!("; {paid}"),
    };
    let saved = outcome.summary.progress.calls_done;
    let mut lines = vec![format!("{why}. Saved {}{paid}.", counted(saved, "result"))];
    lines.extend(outcome.advice.as_ref().map(|advice| format!("  hint: {advice}")));
    lines
}

/// What may have been billed in this session and led to nothing: calls that were given up in flight, and
/// tries that had no answer.
fn maybe_paid(dropped: u32, tries: u64) -> Option<String> {
    let given_up = match dropped {
        0 => None,
        1 => Some("1 call was given up".to_owned()),
        calls => Some(format!("{calls} calls were given up")),
    };
    let unanswered = match tries {
        0 => None,
        1 => Some("1 try had no answer".to_owned()),
        tries => Some(format!("{tries} tries had no answer")),
    };
    let what = match (given_up, unanswered) {
        (Some(given_up), Some(unanswered)) => format!("{given_up}, {unanswered},"),
        (given_up, unanswered) => given_up.or(unanswered)?,
    };
    Some(format!("{what} and may have been paid without a result"))
}

fn never_worked(found: &NeverWorked) -> String {
    let NeverWorked { role, calls, error } = found;
    format!(
        "stopped: no call of the {role} has worked, and {} failed: {error} ({}). They are not \
         stored, so the same command makes them again",
        counted(*calls, "call"),
        error.class.as_str()
    )
}

fn over_budget(outcome: &Outcome) -> String {
    let progress = &outcome.summary.progress;
    let limit = progress.cost_limit.map_or_else(String::new, |limit| {
        let (limit, spent) = (amount(limit.as_usd()), amount(progress.cost.as_usd()));
        let at_risk = match progress.at_risk.as_usd() {
            0.0 => String::new(),
            usd => format!(" and {} at risk without an answer", amount(usd)),
        };
        format!(" of {limit}, {spent} of it spent{at_risk}")
    });
    format!("paused: the next call could pass the cost limit{limit}")
}

fn by_name(what: &str, counts: &BTreeMap<String, u64>) -> Option<String> {
    if counts.is_empty() {
        return None;
    }
    let mut names: Vec<_> = counts.iter().collect();
    names.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), (*name).clone()));
    let names: Vec<_> = names.into_iter().map(|(name, count)| format!("{name} {count}")).collect();
    Some(format!("  {what:<10}  {}", names.join(" · ")))
}

/// What the first of the most frequent ones said.
pub(crate) fn quoted(
    counts: &BTreeMap<String, u64>,
    quotes: &BTreeMap<String, String>,
) -> Option<String> {
    let (name, count) = counts.iter().max_by_key(|(_, count)| **count)?;
    let said = quotes.get(name).filter(|said| !said.is_empty())?;
    Some(format!("{name} {count}: {}", visible(said)))
}

fn next(outcome: &Outcome, directory: &Path) -> Vec<String> {
    let shown = shell_word(directory);
    match &outcome.data {
        Some((data, rows)) => {
            let data = data.display();
            let next = format!(
                "Next: speciate tree {shown} · speciate status {shown} · speciate export {shown} -o FILE"
            );
            let data = format!("Data: {data} ({}, messages format)", counted(*rows, "row"));
            let again = made_again(outcome)
                .map(|what| format!("Again: speciate run {shown} --retry-failed makes {what}"));
            [data, next].into_iter().chain(again).collect()
        }
        None if outcome.summary.ending == Ending::Stopped(StopReason::Budget) => {
            vec![format!("Resume: speciate run {shown} --max-cost LARGER")]
        }
        None => vec![format!("Resume: speciate run {shown}")],
    }
}

/// What another session could make again.
fn made_again(outcome: &Outcome) -> Option<String> {
    let tally = &outcome.summary.progress.tally;
    let lost = sum(&tally.failed) + sum(&tally.invalid);
    let is_missed = outcome.target.is_none_or(|target| tally.kept < target);
    (lost > 0 && is_missed).then(|| match lost {
        1 => "the failed or invalid one again".to_owned(),
        lost => format!("the {lost} failed and invalid ones again"),
    })
}

/// The last words of a session that is left before it could end.
pub(crate) fn farewell(directory: &Path) -> String {
    let shown = shell_word(directory);
    format!(
        "left at once: calls in flight may have been paid without a result.\nResume: speciate run {shown}"
    )
}

/// A path as it can be pasted into a shell.
pub(crate) fn shell_word(path: &Path) -> String {
    speciate::data::shell_word(&path.display().to_string())
}

fn sum(counts: &BTreeMap<String, u64>) -> u64 {
    counts.values().sum()
}

fn total(tally: &Tally) -> u64 {
    tally.kept + sum(&tally.eliminated) + sum(&tally.failed) + sum(&tally.invalid)
}

pub(crate) fn summary_json(outcome: &Outcome, directory: &Path) -> serde_json::Value {
    let summary = &outcome.summary;
    let (progress, tally) = (&summary.progress, &summary.progress.tally);
    let mut json = serde_json::json!(outcome.totals);
    let session = serde_json::json!({
        "directory": directory.display().to_string(),
        "data": outcome.data.as_ref().map(|(path, _)| path.display().to_string()),
        "done": summary.ending == Ending::Done,
        "instructions": total(tally),
        "kept": tally.kept,
        "target": outcome.target,
        "eliminated": tally.eliminated,
        "failed": tally.failed,
        "invalid": tally.invalid,
        "quotes": tally.quotes,
        "pending": outcome.pending.count,
        "pending_is_at_most": outcome.pending.is_at_most,
        "calls_now": progress.calls_done_now,
        "calls_dropped": summary.calls_dropped,
        "at_risk_usd": progress.at_risk.as_usd(),
        "seconds": summary.duration.as_secs_f64(),
    });
    if let (Some(json), serde_json::Value::Object(session)) = (json.as_object_mut(), session) {
        json.extend(session);
    }
    json
}
