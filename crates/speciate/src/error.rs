//! Everything that can go wrong below, with a hint and an exit code.

use std::collections::BTreeMap;

use speciate_data::SeedReport;
use speciate_engine::{EngineError, ReplayError};
use speciate_evolve::RULES;
use speciate_store::StoreError;

use crate::environment::DotenvError;
use crate::home::HomeError;
use crate::models::ModelError;
use crate::project::is_to_come;
use crate::recipe::{BUILTIN_NAMES, Difference, RecipeError};

/// What went wrong, by the room in which it did.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The recipe.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// A path with `~`.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The `.env` file.
    #[error(transparent)]
    Dotenv(#[from] DotenvError),
    /// Seeds could not be read.
    #[error(transparent)]
    Seeds(#[from] speciate_data::ReadError),
    /// A training file could not be written.
    #[error(transparent)]
    Export(#[from] speciate_data::ExportError),
    /// An operator file.
    #[error(transparent)]
    Operator(#[from] speciate_evolve::OperatorError),
    /// A rule that does not exist.
    #[error(transparent)]
    Rule(#[from] speciate_evolve::UnknownRule),
    /// A model could not be set up.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A word that is no built-in recipe and no file.
    #[error("cannot find the recipe `{0}`: it is no file and no built-in recipe")]
    NoSuchRecipe(String),
    /// A line of a file of labels that is none.
    #[error("cannot read {path}, line {line}: no label")]
    NoLabel {
        /// The file.
        path: String,
        /// The line, from 1.
        line: u64,
    },
    /// A rule that is named already and decided by nothing yet.
    #[error("cannot turn on rule `{0}`: it is not there yet")]
    RuleToCome(String),
    /// The run directory.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run itself.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The run exists with another recipe or other seeds.
    #[error("the run in `{directory}` was begun with another recipe:\n{}", shown(differences))]
    OtherRecipe {
        /// Where the run is.
        directory: String,
        /// What differs.
        differences: Vec<Difference>,
    },
    /// The run's own recipe would have a key sent, and the user has never begun it here.
    #[error("`{directory}` was not begun here, and its recipe would send a key to {endpoint}")]
    ForeignRun {
        /// Where the run is.
        directory: String,
        /// Where the key would go.
        endpoint: String,
    },
    /// No seed file was named, neither by itself nor in the recipe.
    #[error("no seeds are named")]
    SeedsNotNamed,
    /// There cannot be so many rows.
    #[error(
        "a target of {target} rows cannot be reached: {seeds} seeds and their rounds give {most} at most"
    )]
    TargetTooHigh {
        /// What was asked for.
        target: u64,
        /// The seeds that there are.
        seeds: u64,
        /// Rows if everything is kept.
        most: u64,
    },
    /// There were no seeds.
    #[error("found no seeds in {files}")]
    NoSeeds {
        /// The files that were read.
        files: String,
        /// What was found in them.
        report: Box<SeedReport>,
    },
    /// The run's seeds were piped in, and it was killed before it kept them.
    #[error("the seeds of the run in `{0}` came from standard input, and it keeps none of them")]
    SeedsNotKept(String),
    /// The disk has no room for a run.
    #[error("{found}")]
    NoRoom {
        /// What there is, and what is needed.
        found: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// A file could not be read or written.
    #[error("cannot {what} `{path}`")]
    File {
        /// What was tried, for example `read`.
        what: &'static str,
        /// Which file.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// An output would take the place of a part of a run.
    #[error("`{path}` is a part of a run, and is not written over")]
    RunFile {
        /// The output as it was named.
        path: String,
    },
    /// An instruction that the run does not have.
    #[error("no instruction of this run has an id that begins with `{0}`")]
    NoInstruction(String),
    /// What is to be made again is named by a cause that nothing has failed for.
    #[error("no instruction of this run has failed or is invalid because of `{cause}`")]
    UnknownCause {
        /// What was asked.
        cause: String,
        /// The causes that there are, with their counts.
        counts: BTreeMap<String, u64>,
    },
    /// A stored record could not be understood.
    #[error("cannot read the stored record `{id}`: {reason}")]
    Record {
        /// Its id.
        id: String,
        /// Why not.
        reason: String,
    },
    /// Nothing is known by this name.
    #[error("no rule, error class or operator is named `{name}`")]
    NothingToExplain {
        /// What was asked.
        name: String,
        /// The nearest name.
        nearest: Option<String>,
    },
}

fn shown(differences: &[Difference]) -> String {
    let line = |d: &Difference| format!("  {}: {} → {}", d.key, d.was, d.is);
    differences.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn causes(counts: &BTreeMap<String, u64>) -> String {
    if counts.is_empty() {
        return "nothing has failed, and nothing is invalid".to_owned();
    }
    let names: Vec<_> = counts.iter().map(|(name, count)| format!("{name} ({count})")).collect();
    format!("there are {}", names.join(", "))
}

/// The rules that can be turned on.
fn rule_names() -> String {
    let names = RULES.iter().map(|rule| rule.name).filter(|name| !is_to_come(name));
    names.collect::<Vec<_>>().join(", ")
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Recipe(error) => error.hint(),
            Self::Seeds(error) => error.help(),
            Self::Export(speciate_data::ExportError::Exists { .. }) => {
                Some("replace it with --force, or name another file".to_owned())
            }
            Self::Export(speciate_data::ExportError::Misnamed { .. }) => Some(
                "name it .jsonl, or .json with --array; formats are messages, alpaca, sharegpt and \
                 records, csv and parquet are not there yet"
                    .to_owned(),
            ),
            Self::Model(error) => error.hint(),
            Self::Operator(error) => Some(error.hint().to_owned()),
            Self::Rule(error) => Some(match error.suggestion {
                Some(name) => format!("did you mean `{name}`?"),
                None => {
                    format!("there are paper, standard, critic and strict, which are lists, and {}", rule_names())
                }
            }),
            Self::NoSuchRecipe(_) => Some(format!("there are {}", BUILTIN_NAMES.join(", "))),
            Self::NoLabel { .. } => Some(
                "a label is {\"parent\", \"instruction\", \"response\", \"kind\", \"faults\": [RULE, …]} or {\"rule\", \"right\": true}".to_owned(),
            ),
            Self::RuleToCome(_) => Some("leave it out of `rules`".to_owned()),
            Self::Store(_) | Self::Engine(_) => self.store()?.hint(),
            Self::OtherRecipe { .. } => Some(
                "continue it with the old recipe, or name another directory with -o".to_owned(),
            ),
            Self::ForeignRun { .. } => Some(
                "if that is what you want, name the endpoint yourself with --base-url".to_owned(),
            ),
            Self::SeedsNotNamed => Some(
                "name a file, `speciate run seeds.jsonl`, or `seeds = [\"seeds.jsonl\"]` in the \
                 recipe; `speciate init` writes both to start from"
                    .to_owned(),
            ),
            Self::TargetTooHigh { .. } => Some(
                "lower --target, or raise --rounds, or name more seeds; some evolutions are always \
                 eliminated, so leave room"
                    .to_owned(),
            ),
            Self::NoSeeds { .. } => Some(speciate_data::what_is_read()),
            Self::RunFile { .. } => {
                Some("name another file; --force does not change this".to_owned())
            }
            Self::SeedsNotKept(directory) => Some(format!(
                "pipe the same seeds in again: speciate run - -o {}",
                speciate_data::shell_word(directory)
            )),
            Self::UnknownCause { counts, .. } => Some(causes(counts)),
            Self::NoRoom { hint, .. } => hint.clone(),
            Self::NothingToExplain { nearest: Some(name), .. } => {
                Some(format!("did you mean `{name}`?"))
            }
            _ => None,
        }
    }

    /// The failure of the run's record behind it, if there is one.
    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error)
            | Self::Engine(
                EngineError::Store(error) | EngineError::Replay(ReplayError::Store(error)),
            ) => Some(error),
            _ => None,
        }
    }

    /// The exit code of the command (DESIGN 5.1).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoRoom { .. } => 3,
            _ if self.store().is_some_and(StoreError::is_resumable) => 3,
            Self::Store(_)
            | Self::Record { .. }
            | Self::Engine(EngineError::Store(_) | EngineError::Replay(_)) => 4,
            Self::Engine(EngineError::Panic(_)) => 70,
            Self::Model(error) => error.exit_code(),
            Self::NoInstruction(_) => 1,
            _ => 2,
        }
    }
}
