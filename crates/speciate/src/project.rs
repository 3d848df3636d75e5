//! A run from its recipe to its end: read, check, connect, open, run.

mod open;
mod prepare;

use std::path::{Path, PathBuf};
use std::time::Duration;

use speciate_engine::{Control, Ending, Observer, RunSummary};
use speciate_evolve::work::EvolveJob;
use speciate_store::RunReader;
use speciate_types::{Clock, InstructionRecord, Tally};
use tokio::sync::mpsc;

use crate::Error;
use crate::models::{Models, connect};
use crate::numbers::CallNumbers;
use crate::pending::{Pending, RunSize};
pub(crate) use prepare::check_recipe;
pub use prepare::{Prepared, Sources, prepare};

/// The file in a run's directory that holds the kept rows as training messages.
pub const DATA_FILE: &str = "data.jsonl";

/// A run that is ready to go.
#[derive(Debug)]
pub struct Project {
    prepared: Prepared,
    models: Models,
    directory: PathBuf,
}

/// What a session came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// How it ended.
    pub summary: RunSummary,
    /// Instructions that have no verdict yet.
    pub pending: Pending,
    /// All that is stored, earlier sessions included.
    pub totals: CallNumbers,
    /// Kept rows, written when the run is done.
    pub data: Option<(PathBuf, u64)>,
}

impl Project {
    /// Sets the models up. Asks each endpoint whether it has them; sends nothing else.
    pub async fn connect(prepared: Prepared, directory: &Path) -> Result<Self, Error> {
        warm_up(&prepared);
        let models =
            connect(&prepared.recipe, &prepared.environment, prepared.embedded.as_ref()).await?;
        Ok(Self { prepared, models, directory: directory.to_owned() })
    }

    /// What a person should know before it starts.
    pub fn remarks(&self) -> &[String] {
        &self.models.remarks
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
        let store =
            open::open_or_create(&self.prepared, &self.models.names, &self.directory, clock)?;
        let grace = Duration::from_millis(self.prepared.recipe.limits.grace_ms.unwrap_or(20_000));
        let Prepared { settings, seeds, recipe, .. } = self.prepared;
        let size = RunSize {
            seeds: seeds.seeds.len() as u64,
            rounds: recipe.rounds,
            branching: recipe.branching,
        };
        let job = Box::new(EvolveJob::new(settings, seeds.seeds));
        let kinds = [InstructionRecord::STORED_KIND];
        let options = speciate_engine::RunOptions { kinds: &kinds, grace };
        let summary = Box::pin(speciate_engine::run(
            self.models.plan,
            job,
            store,
            clock,
            options,
            controls,
            observer,
        ))
        .await?;
        // The models are gone; their connections close, and free descriptors, when next polled.
        tokio::task::yield_now().await;
        let data = match summary.ending {
            Ending::Done => Some(crate::export::write_data(&self.directory)?),
            Ending::Stopped(_) => None,
        };
        let totals = CallNumbers::from(&RunReader::open(&self.directory)?.totals()?);
        let records = instructions(&summary.progress.tally);
        let pending = size.pending(records, summary.ending == Ending::Done);
        Ok(Outcome { summary, pending, totals, data })
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
