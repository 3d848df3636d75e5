//! `speciate status`: a run in numbers, beside the one who runs it.

use std::collections::BTreeMap;
use std::time::Duration;

use speciate::status::{Running, Status, lessons_in_words};
use speciate::{Error, SystemClock};

use crate::args::StatusArgs;
use crate::display::{money, quoted, short_count, tokens, tries};
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

fn instructions(status: &Status) -> Vec<String> {
    let rounds = status.kept_by_round.iter().map(|(round, count)| format!("r{round} {count}"));
    let rounds = rounds.collect::<Vec<_>>().join(" · ");
    let mut lines = vec![format!("kept        {:>8}   {rounds}", status.kept)];
    if let Some(target) = status.target {
        lines.push(format!("target      {target:>8}   rows, seeds included"));
    }
    lines.push(lost("eliminated", &status.eliminated));
    for (verdict, counts) in [("failed", &status.failed), ("invalid", &status.invalid)] {
        lines.push(lost(verdict, counts));
        let quote = quoted(counts, &status.quotes);
        lines.extend(quote.map(|quote| format!("                       {quote}")));
    }
    lines.push(pending(status));
    if status.made_again > 0 {
        let count = status.made_again;
        lines.push(format!("made again  {count:>8}   what they were before is on record"));
    }
    lines
}

fn lost(verdict: &str, counts: &BTreeMap<String, u64>) -> String {
    let names: Vec<_> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let line =
        format!("{verdict:<10}  {:>8}   {}", counts.values().sum::<u64>(), names.join(" · "));
    line.trim_end().to_owned()
}

fn calls(status: &Status) -> [String; 3] {
    let totals = &status.totals;
    [
        format!("calls       {:>8}   {} tries, {}", totals.calls, totals.tries, tries(totals)),
        format!("tokens      {}", tokens(totals)),
        format!("cost        {}", money(totals, status.at_risk_usd)),
    ]
}

fn rates(status: &Status) -> Option<String> {
    Some(format!(
        "rate        {:>8.1}   calls/s, {} tokens/s",
        status.calls_per_second?,
        short_count(status.tokens_per_second? as u64)
    ))
}

fn text(status: &Status) -> String {
    let mut lines = vec![
        format!("run {}   {} seeds, {} instructions", status.run_id, status.seeds, status.records),
        format!("now         {}", activity(status)),
    ];
    lines.extend(instructions(status));
    lines.extend(calls(status));
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
