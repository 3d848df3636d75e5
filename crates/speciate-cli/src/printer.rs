//! The only place that writes to stdout and stderr. stdout is data, stderr is talk. Whatever names,
//! models and servers say, nothing reaches a terminal here that it would obey.

use std::error::Error as _;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::display::findings;
use crate::talk;
use speciate::data::ReadError;
use speciate::text::{printable, printable_json, visible};

/// Set when data could not be written though somebody wants them.
static HAS_LOST_DATA: AtomicBool = AtomicBool::new(false);

/// Whether data could not be written, which was said then.
pub(crate) fn has_lost_data() -> bool {
    HAS_LOST_DATA.load(Ordering::Relaxed)
}

/// Writes data. A reader that has gone away ends nothing: the work is what counts.
pub(crate) fn data(text: &str) {
    talk::flush();
    let mut out = std::io::stdout().lock();
    let written = out.write_all(printable(text).as_bytes()).and_then(|()| out.flush());
    let lost = written.err().filter(|error| error.kind() != ErrorKind::BrokenPipe);
    if let Some(error) = lost
        && !HAS_LOST_DATA.swap(true, Ordering::Relaxed)
    {
        error_line(&format!("cannot write to standard output: {error}"));
    }
}

/// Writes data and ends the line.
pub(crate) fn data_line(text: &str) {
    data(&format!("{text}\n"));
}

/// Writes JSON, indented for people and readable by machines.
pub(crate) fn json<T: serde::Serialize>(value: &T) {
    data_line(&printable_json(&serde_json::to_string_pretty(value).unwrap_or_default()));
}

/// A value as one line.
pub(crate) fn json_line<T: serde::Serialize>(value: &T) {
    data_line(&printable_json(&serde_json::to_string(value).unwrap_or_default()));
}

/// Whether a program listens, to which all that is said is a line of JSON.
static IS_JSON: AtomicBool = AtomicBool::new(false);

/// From now on all that is said is a line of JSON: `{"notice": …}`, `{"error": …}` or progress.
pub(crate) fn talk_in_json() {
    IS_JSON.store(true, Ordering::Relaxed);
}

/// Says something to a program that listens: a line of JSON.
pub(crate) fn talk_json(value: &serde_json::Value) {
    line(&printable_json(&value.to_string()));
}

/// Says something to whoever listens, and waits for nobody.
pub(crate) fn talk(text: &str) {
    if !IS_JSON.load(Ordering::Relaxed) {
        return line(text);
    }
    match text.strip_prefix("error: ") {
        Some(error) => talk_json(&serde_json::json!({ "error": error })),
        None => talk_json(&serde_json::json!({ "notice": text })),
    }
}

fn line(text: &str) {
    let line = printable(text).into_owned() + "\n";
    talk::later(move || {
        if std::io::stderr().lock().write_all(line.as_bytes()).is_err() {
            // Nobody listens any more.
        }
    });
}

/// Says what went wrong.
pub(crate) fn error_line(text: &str) {
    talk(&format!("error: {text}"));
}

/// Says what went wrong below: what was found in seeds, its causes and what to do about it.
pub(crate) fn error(error: &speciate::Error) {
    if let speciate::Error::Seeds(ReadError::Bad { report })
    | speciate::Error::NoSeeds { report, .. } = error
    {
        for finding in findings(report) {
            talk(&finding);
        }
    }
    end(error);
}

/// The same without what was found in seeds.
pub(crate) fn end(error: &speciate::Error) {
    let mut lines = format!("error: {error}");
    let mut cause = error.source();
    while let Some(source) = cause {
        let text = source.to_string();
        if !lines.contains(&text) {
            lines.push_str(&format!("\n  cause: {}", visible(&text)));
        }
        cause = source.source();
    }
    if let Some(hint) = error.hint() {
        lines.push_str(&format!("\n  hint: {hint}"));
    }
    talk(&lines);
}

/// Whether a person sits before stderr, and nobody said otherwise.
pub(crate) fn is_live() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stderr().is_terminal() && !is_set("CI") && !is_dumb
}

/// Whether a question can be asked.
pub(crate) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks; anything but yes is no.
pub(crate) fn ask(question: &str) -> bool {
    talk::flush();
    let mut out = std::io::stderr().lock();
    if write!(out, "{question} [y/N] ").and_then(|()| out.flush()).is_err() {
        return false;
    }
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).is_ok()
        && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

/// Columns of the terminal, or of a usual page.
pub(crate) fn columns() -> usize {
    const PAGE: usize = 100;
    let from_variable = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = console::Term::stdout();
    let columns: Option<usize> =
        from_variable.or_else(|| Some(usize::from(terminal.size_checked()?.1)));
    columns.unwrap_or(PAGE).clamp(40, 400)
}
