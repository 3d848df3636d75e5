//! A run from its recipe to its end: read, check, connect, open, run.

mod advice;
mod again;
mod earlier;
mod finished;
mod following;
mod kept;
mod open;
mod prepare;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use speciate_data::ExportError;
use speciate_engine::{Control, Ending, Observer, RunSummary};
use speciate_evolve::work::EvolveJob;
use speciate_store::{RunReader, StoreError};
use speciate_types::{Clock, InstructionRecord, Tally};
use tokio::sync::mpsc;

use crate::Error;
use crate::environment::Environment;
use crate::models::{Models, connect};
use crate::numbers::CallNumbers;
use crate::pending::{Pending, Recorded, RunSize};
use crate::recipe::Recipe;
use again::Again;
use earlier::Earlier;
pub use earlier::stored_recipe;
use following::Following;
pub(crate) use prepare::is_to_come;
pub use prepare::{Prepared, Sources, check_recipe, prepare};

/// The file in a run's directory that holds the kept rows as training messages.
pub const DATA_FILE: &str = "data.jsonl";

/// A run that is ready to go.
#[derive(Debug)]
pub struct Project {
    prepared: Prepared,
    models: Models,
    directory: PathBuf,
    again: Again,
    /// Nothing is left to do.
    is_finished: bool,
    remarks: Vec<String>,
}

/// What a session came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// How it ended.
    pub summary: RunSummary,
    /// Instructions that have no verdict yet.
    pub pending: Pending,
    /// Rows that are wanted, seeds included, where the recipe says how many.
    pub target: Option<u64>,
    /// All that is stored, earlier sessions included.
    pub totals: CallNumbers,
    /// Kept rows, written when the run is done.
    pub data: Option<(PathBuf, u64)>,
    /// What to do before it can go on, where that is not plain from the reason; or what to change
    /// in another run, where this one hardly gave anything.
    pub advice: Option<String>,
}

impl Project {
    /// Sets the models up. Asks each endpoint whether it has them, unless the run in `directory` is
    /// done; sends nothing else.
    ///
    /// With `causes`, what failed or is invalid by one of them is made again, by any of them if none
    /// is named.
    pub async fn connect(
        mut prepared: Prepared,
        directory: &Path,
        causes: Option<&[String]>,
    ) -> Result<Self, Error> {
        warm_up(&prepared);
        let earlier = Earlier::of(directory)?;
        let limit = earlier.hold_limit(&mut prepared);
        let target = earlier.hold_target(&mut prepared);
        let (again, made_again) = match causes {
            Some(causes) => earlier.again(&prepared, directory, causes)?,
            None => (Again::default(), None),
        };
        let done_with = earlier.done_with(&prepared).filter(|_| again.ids.is_empty());
        let models =
            connect(&prepared.recipe, &prepared.environment, prepared.embedded.as_ref(), done_with)
                .await?;
        let is_finished = done_with.is_some();
        let of_before = limit.into_iter().chain(target).chain(made_again);
        let remarks = models.remarks.iter().cloned().chain(of_before).collect();
        Ok(Self { prepared, models, directory: directory.to_owned(), again, is_finished, remarks })
    }

    /// What a person should know before it starts.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// The models by role.
    pub fn model_names(&self) -> &[String; 3] {
        &self.models.names
    }

    /// The endpoints' addresses.
    pub fn endpoints(&self) -> Vec<&str> {
        self.models.plan.lanes.iter().map(|lane| lane.endpoint.as_str()).collect()
    }

    /// Where the run is kept.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Starts the run, or continues it, until it is done or has to stop.
    pub async fn run(
        self,
        clock: &dyn Clock,
        controls: mpsc::Receiver<Control>,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, Error> {
        let Self { prepared, models, directory, again, is_finished, .. } = self;
        if is_finished {
            open::check_finished(&prepared, &models.names, &directory)?;
            let Prepared { settings, seeds, recipe, environment, .. } = prepared;
            let size = RunSize::of(seeds.seeds.len() as u64, &recipe);
            let job = EvolveJob::new(settings, seeds.seeds);
            let summary = finished::summary(&directory, job)?;
            observer.progress(&summary.progress);
            return conclude(&directory, summary, size, &recipe, &environment);
        }
        let mut store = open::open_or_create(&prepared, &models.names, &directory, clock)
            .map_err(no_room(&directory))?;
        let (kind, retried) = (InstructionRecord::STORED_KIND, InstructionRecord::RETRIED_KIND);
        store.set_aside(kind, retried, &again.ids)?;
        let grace = Duration::from_millis(prepared.recipe.limits.grace_ms.unwrap_or(20_000));
        let Prepared { settings, seeds, recipe, environment, .. } = prepared;
        let size = RunSize::of(seeds.seeds.len() as u64, &recipe);
        let job = Box::new(EvolveJob::new(settings, seeds.seeds));
        let kinds = [retried, kind];
        let options = speciate_engine::RunOptions { kinds: &kinds, grace };
        let mut following = Following { observer, style: recipe.prompt_style, is_said: false };
        let summary = Box::pin(speciate_engine::run(
            models.plan,
            job,
            store,
            clock,
            options,
            controls,
            &mut following,
        ))
        .await?;
        // The models are gone; their connections close, and free descriptors, when next polled.
        tokio::task::yield_now().await;
        conclude(&directory, summary, size, &recipe, &environment)
    }
}

/// Writes the kept rows of a run that is done, and says what the session came to.
fn conclude(
    directory: &Path,
    summary: RunSummary,
    size: RunSize,
    recipe: &Recipe,
    environment: &Environment,
) -> Result<Outcome, Error> {
    let tally = &summary.progress.tally;
    let is_done = summary.ending == Ending::Done;
    // One that is whole is left as it is: a disk that is full takes no other.
    let may_be_whole = is_done && summary.progress.calls_done_now == 0;
    let whole = may_be_whole.then(|| finished::data(directory, tally.kept)).flatten();
    let data = match whole {
        Some(whole) => Some(whole),
        None if is_done => Some(crate::export::write_data(directory).map_err(no_room(directory))?),
        None => None,
    };
    let totals = CallNumbers::from(&RunReader::open(directory)?.totals()?);
    let recorded = Recorded { records: instructions(tally), kept: tally.kept };
    let pending = size.pending(recorded, is_done);
    let advice = match &summary.ending {
        Ending::Stopped(reason) => advice::advice(reason, recipe, environment),
        Ending::Done => following::advice(tally, recipe.prompt_style),
    };
    Ok(Outcome { summary, pending, target: recipe.target, totals, data, advice })
}

/// Whether the run in `directory` is done and this recipe wants no more of it, so that it needs no room.
pub fn is_finished(prepared: &Prepared, directory: &Path) -> Result<bool, Error> {
    Ok(Earlier::of(directory)?.done_with(prepared).is_some())
}

/// A disk that is full for one of the other files in `directory` is full for the run.
fn no_room(directory: &Path) -> impl FnOnce(Error) -> Error {
    let path = directory.to_owned();
    move |error| {
        let kind = match &error {
            Error::Export(ExportError::Create { source, .. } | ExportError::Write { source })
            | Error::File { source, .. } => source.kind(),
            _ => return error,
        };
        match kind {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                StoreError::DiskFull { path }.into()
            }
            ErrorKind::FileTooLarge => StoreError::FileTooLarge { path }.into(),
            _ => error,
        }
    }
}

/// All that have a verdict.
fn instructions(tally: &Tally) -> u64 {
    let others = [&tally.eliminated, &tally.failed, &tally.invalid];
    tally.kept + others.iter().flat_map(|counts| counts.values()).sum::<u64>()
}

/// Compiles the rules' patterns beside the first questions to the endpoints.
fn warm_up(prepared: &Prepared) {
    let rules = prepared.settings.rules.clone();
    let started =
        std::thread::Builder::new().name("warm-up".to_owned()).spawn(move || rules.warm_up());
    // Without a thread to spare the rules are compiled when they are needed.
    drop(started);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_is_full_for_the_last_file_pauses_the_run() {
        for (kind, code) in [
            (ErrorKind::StorageFull, 3),
            (ErrorKind::QuotaExceeded, 3),
            (ErrorKind::FileTooLarge, 3),
            (ErrorKind::PermissionDenied, 2),
        ] {
            let of_rows = Error::Export(ExportError::Write { source: kind.into() });
            let (what, path) = ("write", "run/recipe.toml".to_owned());
            for error in [of_rows, Error::File { what, path, source: kind.into() }] {
                let error = no_room(Path::new("run"))(error);
                assert_eq!(error.exit_code(), code, "{error}");
                assert!(code != 3 || error.hint().is_some(), "{error}");
            }
        }
    }
}
