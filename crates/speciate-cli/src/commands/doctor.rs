//! `speciate doctor`: what would stand in a run's way.

use std::path::{Path, PathBuf};

use speciate::doctor::{Examination, Finding, Status, examine, exit_code};
use speciate::text::wrapped;
use speciate::{Error, SystemClock};

use super::run;
use crate::args::DoctorArgs;
use crate::layers::{self, Typed};
use crate::printer;

/// Columns of a mark and a check's name.
const MARGIN: usize = 14;
/// More than any finding has.
const LINES_MAX: usize = 20;

pub(crate) async fn doctor(args: &DoctorArgs) -> Result<u8, Error> {
    let typed = layers::read(&args.source);
    let directory = directory(args.output.as_deref(), typed.as_ref().ok());
    let sources = typed.map(|typed| typed.sources(&args.source.read, None));
    let examination = Examination { sources, directory, makes_calls: !args.no_call };
    let findings = examine(examination, &SystemClock).await;
    if args.json {
        printer::json(&findings);
    } else {
        let columns = printer::columns();
        printer::data(&findings.iter().map(|finding| text(finding, columns)).collect::<String>());
    }
    printer::talk(&conclusion(&findings));
    Ok(exit_code(&findings))
}

/// Where `run` would keep it; with nothing named, where it keeps all of them.
fn directory(output: Option<&Path>, typed: Option<&Typed>) -> PathBuf {
    match typed.filter(|typed| typed.names_seeds()) {
        Some(typed) => run::directory(output, typed),
        None => output.unwrap_or(Path::new("runs")).to_owned(),
    }
}

fn text(finding: &Finding, columns: usize) -> String {
    let mark = match finding.status {
        Status::Ok => '✓',
        Status::Warning => '!',
        Status::Error => '✗',
    };
    let width = columns.saturating_sub(MARGIN);
    let mut found = finding.found.split('\n');
    let first = found.next().unwrap_or_default();
    let mut lines = wrapped(first, width, LINES_MAX);
    // An excerpt of a file, with a caret at its place.
    for line in found {
        match line.chars().count() {
            short if short <= width => lines.push(line.to_owned()),
            _ => lines.extend(wrapped(line, width, LINES_MAX)),
        }
    }
    if let Some(hint) = &finding.hint {
        let hint = wrapped(hint, width.saturating_sub(2), LINES_MAX).into_iter().enumerate();
        lines.extend(hint.map(|(at, line)| format!("{} {line}", if at == 0 { '→' } else { ' ' })));
    }
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        let (mark, check) = if at == 0 { (mark, finding.check) } else { (' ', "") };
        text.push_str(format!("{mark} {check:<11} {line}").trim_end());
        text.push('\n');
    }
    text
}

fn conclusion(findings: &[Finding]) -> String {
    let count = |status| findings.iter().filter(|finding| finding.status == status).count();
    let counted = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    };
    match (count(Status::Error), count(Status::Warning)) {
        (0, 0) => "Nothing stands in a run's way.".to_owned(),
        (0, warnings) => format!("{}; a run can start.", counted(warnings, "warning")),
        (errors, 0) => format!("{}: a run would not get far.", counted(errors, "error")),
        (errors, warnings) => format!(
            "{} and {}: a run would not get far.",
            counted(errors, "error"),
            counted(warnings, "warning")
        ),
    }
}
