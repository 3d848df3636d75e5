//! `speciate status`: a run in numbers, beside the one who runs it.

use std::collections::BTreeMap;
use std::time::Duration;

use speciate::status::{Running, Status, lessons_in_words};
use speciate::{Error, SystemClock};

use crate::args::StatusArgs;
use crate::display::{at_risk, quoted, short_count, tries_and_tokens};
use crate::{exit, printer};

const WATCH_EVERY: Duration = Duration::from_secs(2);

pub(crate) async fn status(args: &StatusArgs) -> Result<u8, Error> {
    loop {
        let status = speciate::status::status(&args.directory, &SystemClock)?;
        if args.json {
            printer::json(&status);
        } else {
            printer::data(&text(&status));
        }
        if !args.watch {
            return Ok(if status.sums_agree { exit::DONE } else { exit::BUG });
        }
        tokio::select! {
            () = tokio::time::sleep(WATCH_EVERY) => {}
            _ = tokio::signal::ctrl_c() => return Ok(exit::DONE),
        }
    }
}

fn pending(status: &Status) -> String {
    match status.pending {
        None => "pending     unknown".to_owned(),
        Some(count) => {
            let at_most = if status.pending_is_at_most { "   at most" } else { "" };
            format!("pending     {count:>8}{at_most}")
        }
    }
}

fn activity(status: &Status) -> String {
    match (&status.running, status.ended.as_deref()) {
        (Some(running), _) => {
            let Running { pid, host, since } = running;
            format!("running: process {pid} on {host} since {since}")
        }
        (None, Some("done")) => "done".to_owned(),
        (None, Some(how)) => format!("not running; the last session: {how}"),
        (None, None) => "not running".to_owned(),
    }
}

fn rates(status: &Status) -> Option<String> {
    Some(format!(
        "rate        {:>8.1}   calls/s, {} tokens/s",
        status.calls_per_second?,
        short_count(status.tokens_per_second? as u64)
    ))
}

fn text(status: &Status) -> String {
    let totals = &status.totals;
    let sum = |map: &BTreeMap<String, u64>| map.values().sum::<u64>();
    let by_name = |map: &BTreeMap<String, u64>| {
        let names: Vec<_> = map.iter().map(|(name, count)| format!("{name} {count}")).collect();
        if names.is_empty() { String::new() } else { format!("   {}", names.join(" · ")) }
    };
    let rounds: Vec<_> =
        status.kept_by_round.iter().map(|(round, count)| format!("r{round} {count}")).collect();
    let mut lines = vec![
        format!("run {}   {} seeds, {} instructions", status.run_id, status.seeds, status.records),
        format!("kept        {:>8}   {}", status.kept, rounds.join(" · ")),
        format!("eliminated  {:>8}{}", sum(&status.eliminated), by_name(&status.eliminated)),
        format!("failed      {:>8}{}", sum(&status.failed), by_name(&status.failed)),
        format!("invalid     {:>8}{}", sum(&status.invalid), by_name(&status.invalid)),
        format!(
            "calls       {:>8}   {} tries, {}{}",
            totals.calls,
            totals.tries,
            tries_and_tokens(totals),
            at_risk(status.at_risk_usd),
        ),
    ];
    let quote_of = |counts| quoted(counts, &status.quotes);
    for (at, counts) in [(5, &status.invalid), (4, &status.failed)] {
        if let Some(quote) = quote_of(counts) {
            lines.insert(at, format!("                       {quote}"));
        }
    }
    lines.insert(lines.len() - 1, pending(status));
    if status.made_again > 0 {
        let made_again =
            format!("made again  {:>8}   earlier verdicts are on record", status.made_again);
        lines.insert(lines.len() - 2, made_again);
    }
    if let Some(target) = status.target {
        lines.insert(2, format!("target      {target:>8}   rows, seeds included"));
    }
    lines.insert(1, format!("now         {}", activity(status)));
    lines.extend(rates(status));
    for learned in &status.learned {
        let lessons = lessons_in_words(learned);
        lines.extend(lessons.map(|lesson| format!("learned     {}: {lesson}", learned.model)));
    }
    for (name, counts) in &status.operators {
        let share = 100.0 * counts.kept as f64 / counts.made.max(1) as f64;
        lines.push(format!(
            "  {name:<16} {:>7} made {:>7} kept {share:>5.1}%",
            counts.made, counts.kept
        ));
    }
    if !status.sums_agree {
        lines.push(
            "error: the verdicts do not add up to the records; please report this".to_owned(),
        );
    }
    lines.push(String::new());
    lines.join("\n")
}
