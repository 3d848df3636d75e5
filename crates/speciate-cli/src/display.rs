//! What a person sees of a run: live on a terminal, plain lines otherwise.

mod calls;
mod findings;
mod live;
mod plain;
mod rates;
mod summary;
mod units;
mod waiting;

use std::path::Path;

use speciate::data::SeedReport;
use speciate::doctor::Finding;
use speciate::engine::{Notice, NoticeKind, Observer, Progress};
use speciate::project::Project;
use speciate::store::RunReader;

use crate::args::ProgressArg;
use crate::printer;
use live::Live;
use plain::{JsonLines, Plain};
use rates::Rates;

pub(crate) use calls::{money, tokens, tries};
pub(crate) use findings::findings;
pub(crate) use summary::{farewell, quoted, shell_word, show_summary, summary_json};
pub(crate) use units::{amount, bytes, counted, duration, short_count};

/// A run's display.
pub(crate) struct Display {
    kind: Kind,
    rates: Rates,
    /// Calls that are durable, and the most that were in flight, as last seen.
    seen: (u64, u32),
    said: Vec<(NoticeKind, std::time::Instant)>,
}

enum Kind {
    Live(Live),
    Plain(Plain),
    Json(JsonLines),
    None,
}

/// At most one notice of a kind in this time.
const NOTICE_EVERY: std::time::Duration = std::time::Duration::from_secs(30);

impl Display {
    pub(crate) fn new(progress: ProgressArg) -> Self {
        let kind = match progress {
            ProgressArg::Auto if printer::is_live() => Kind::Live(Live::new()),
            ProgressArg::Bar => Kind::Live(Live::new()),
            ProgressArg::Auto | ProgressArg::Plain => Kind::Plain(Plain::default()),
            ProgressArg::Json => Kind::Json(JsonLines::default()),
            ProgressArg::None => Kind::None,
        };
        Self { kind, rates: Rates::default(), seen: (0, 0), said: Vec::new() }
    }

    /// Takes the live lines away.
    pub(crate) fn finish(&mut self) {
        if let Kind::Live(live) = &self.kind {
            live.finish();
        }
    }

    /// What is safe and what may be lost when the record itself fails in the middle of a run.
    pub(crate) fn show_broken_off(&self, directory: &Path) {
        let (seen, in_flight_max) = self.seen;
        let stored = RunReader::open(directory).and_then(|run| run.totals());
        let saved = stored.map_or(seen, |totals| totals.calls);
        printer::talk(&format!(
            "Saved {saved} calls; up to {in_flight_max} calls in flight may have been paid without a result."
        ));
    }

    fn is_due(&mut self, kind: NoticeKind) -> bool {
        let now = std::time::Instant::now();
        self.said.retain(|(_, at)| now.duration_since(*at) < NOTICE_EVERY);
        if self.said.iter().any(|(said, _)| *said == kind) {
            return false;
        }
        self.said.push((kind, now));
        true
    }
}

impl Observer for Display {
    fn progress(&mut self, progress: &Progress) {
        self.rates.take(progress);
        self.seen = (progress.calls_done, progress.in_flight_max);
        match &mut self.kind {
            Kind::Live(live) => live.show(progress, &self.rates),
            Kind::Plain(plain) => plain.show(progress, &self.rates),
            Kind::Json(lines) => lines.show(progress, &self.rates),
            Kind::None => {}
        }
    }

    fn notice(&mut self, notice: &Notice) {
        if !self.is_due(notice.kind) {
            return;
        }
        match &mut self.kind {
            Kind::Live(live) => live.notice(&notice.message),
            Kind::Plain(_) => printer::talk(&format!("! {}", notice.message)),
            Kind::Json(_) => printer::talk(&notice.message),
            Kind::None => {}
        }
    }
}

/// What was found in the seed files, when there is something to say.
pub(crate) fn show_seeds(report: &SeedReport) {
    for finding in findings(report) {
        printer::talk(&finding);
    }
    let mut parts = vec![counted(report.seeds.len() as u64, "seed")];
    if report.exact_duplicates > 0 {
        parts.push(format!("{} dropped", counted(report.exact_duplicates, "exact duplicate")));
    }
    if report.not_kept > 0 {
        parts.push(format!("{} left out that their run had not kept", report.not_kept));
    }
    if report.skipped_bad > 0 {
        parts.push(format!("{} skipped", counted(report.skipped_bad, "bad record")));
    }
    printer::talk(&format!("Seeds: {}", parts.join(", ")));
    for line in report.told() {
        printer::talk(&line);
    }
}

/// That the disk is too small for the run, if it is.
pub(crate) fn show_room(finding: Option<Finding>) {
    let Some(Finding { found, hint, .. }) = finding else { return };
    let hint = hint.map_or_else(String::new, |hint| format!("\n  hint: {hint}"));
    printer::talk(&format!("Warning: {found}{hint}"));
}

/// What is about to happen.
pub(crate) fn show_start(project: &Project) {
    let [evolver, judge, responder] = project.model_names();
    let models = if evolver == judge && judge == responder {
        evolver.clone()
    } else {
        format!("{evolver} (evolver), {judge} (judge), {responder} (responder)")
    };
    printer::talk(&format!("Model: {models} at {}", project.endpoints().join(", ")));
    for remark in project.remarks() {
        printer::talk(&format!("Note: {remark}"));
    }
    printer::talk(&format!("Run: {}", project.directory().display()));
}
