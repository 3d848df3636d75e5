//! What can be typed.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use speciate::data::{ExportFormat, FieldMap, KNOWN_SHAPES};
use speciate::home::expanded;
use speciate::recipe::{Api, BUILTIN_NAMES, ConcurrencySetting};

/// What is said below the options of commands that read seeds.
fn shapes_help() -> String {
    format!("Seeds are {KNOWN_SHAPES}.\nFields of other names: --map instruction=FIELD")
}

/// Evolve a few instructions into a large, hard, varied, audited training set.
#[derive(Debug, Parser)]
#[command(name = "speciate", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a run, or continue it: the same command
    Run(RunArgs),
    /// Calls, tokens, price and time of a run; nothing is sent
    Plan(PlanArgs),
    /// Validate seeds and recipe
    Check(CheckArgs),
    /// Write a recipe and example seeds to start from
    Init(InitArgs),
    /// Counts, cost and rates of a run
    Status(StatusArgs),
    /// Show the tree that grew from a seed
    Tree(TreeArgs),
    /// Write training files
    Export(ExportArgs),
    /// What a rule, an error class or an operator means
    Explain(ExplainArgs),
    /// How often the rules are right, by rows that were read
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Checksums and sums of a run
    Verify(VerifyArgs),
    /// Check endpoint, key, model, disk and limits before a run
    Doctor(DoctorArgs),
    /// Embedded models
    Model(ModelArgs),
    /// A simulated model server with capacity and faults, for trying things out without a key
    Mock(MockArgs),
    /// Evolve "1+1=?" as in the paper's figure
    Demo(DemoArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Precision and recall of each rule, with 95 % intervals
    Measure(MeasureArgs),
}

#[derive(Debug, Args)]
pub(crate) struct MeasureArgs {
    /// Labels, a JSON object on each line: parent, instruction, response, kind, faults; or rule and right
    #[arg(value_parser = a_path())]
    pub(crate) labels: PathBuf,
    /// Print as JSON lines
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where seeds and settings come from.
#[derive(Debug, Args)]
pub(crate) struct SourceArgs {
    /// Seed files (JSONL, JSON, text; .gz and .zst too); `-` is standard input
    #[arg(value_parser = a_path())]
    pub(crate) seeds: Vec<PathBuf>,
    /// Built-in recipe (standard, careful, paper, code, maths) or a recipe file; what a file leaves out stays as in the built-in recipe of its name, else as in `standard`
    #[arg(long, value_name = "NAME|FILE", value_parser = a_path())]
    pub(crate) recipe: Option<PathBuf>,
    /// OpenAI-compatible endpoint, for example http://localhost:8000/v1; given several times: the same model served several times [default: OPENAI_BASE_URL, else the embedded model]
    #[arg(long, value_name = "URL", value_delimiter = ',')]
    pub(crate) base_url: Vec<String>,
    /// What the endpoint speaks: OpenAI's chat completions or Anthropic's messages
    #[arg(long, value_name = "openai|anthropic")]
    pub(crate) api: Option<Api>,
    /// Model for all roles; without an endpoint: a name from `speciate model list`, a .gguf file or hf:OWNER/REPO/FILE
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// Model that writes new instructions
    #[arg(long, value_name = "NAME")]
    pub(crate) evolver: Option<String>,
    /// Model that judges the gain
    #[arg(long, value_name = "NAME")]
    pub(crate) judge: Option<String>,
    /// Model that writes responses
    #[arg(long, value_name = "NAME")]
    pub(crate) responder: Option<String>,
    /// Evolutions of every lineage
    #[arg(long, value_name = "N", value_parser = parse_number::<u32>, allow_negative_numbers = true)]
    pub(crate) rounds: Option<u32>,
    /// Children of every instruction in every round
    #[arg(long, value_name = "N", value_parser = parse_number::<u32>, allow_negative_numbers = true)]
    pub(crate) branching: Option<u32>,
    /// Rows to keep, seeds included: the run ends with exactly so many, and makes none in vain; it holds for the run until a larger one is given, and `none` lifts it
    #[arg(long, value_name = "N|none", value_parser = parse_target, allow_negative_numbers = true)]
    pub(crate) target: Option<u64>,
    /// Key of every random draw
    #[arg(long, value_name = "N", value_parser = parse_number::<u64>, allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// Use only the first N seeds
    #[arg(long, value_name = "N", value_parser = parse_number::<u64>, allow_negative_numbers = true)]
    pub(crate) limit: Option<u64>,
    /// Calls in flight: `auto` finds the endpoint's level
    #[arg(long, value_name = "auto|N", allow_negative_numbers = true)]
    pub(crate) concurrency: Option<ConcurrencySetting>,
    /// Hard limit on money in US dollars, for example 5 or 0.50; it holds for the run until another one is given, and `none` lifts it
    #[arg(long, value_name = "USD|none", value_parser = parse_usd, allow_negative_numbers = true)]
    pub(crate) max_cost: Option<f64>,
    /// Prompts for real models (paper) or few-shot ones for tiny models (compact)
    #[arg(long, value_name = "STYLE", value_enum)]
    pub(crate) prompt_style: Option<StyleArg>,
    /// Embedded model: one sequence at a time
    #[arg(long)]
    pub(crate) deterministic: bool,
    /// Any recipe key, for example limits.requests_per_minute=60
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
}

/// How seeds are read.
#[derive(Debug, Args)]
pub(crate) struct ReadArgs {
    /// Which fields to read, for example instruction=prompt,response=answer
    #[arg(long, value_name = "FIELD=NAME,…")]
    pub(crate) map: Option<FieldMap>,
    /// Skip records that cannot be read, and count them
    #[arg(long)]
    pub(crate) skip_bad: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StyleArg {
    Auto,
    Paper,
    Guided,
    Compact,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressArg {
    /// Live on a terminal, else plain
    Auto,
    /// Live
    Bar,
    /// A line now and then
    Plain,
    /// JSON lines on standard error
    Json,
    /// Nothing
    None,
}

#[derive(Debug, Args)]
#[command(after_help = shapes_help())]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Where the run is kept [default: runs/NAME-OF-THE-SEED-FILE]
    #[arg(short = 'o', long, value_name = "DIR", value_parser = a_path())]
    pub(crate) output: Option<PathBuf>,
    /// Make failed and invalid instructions of the run again: all, or those of a cause
    #[arg(
        long,
        value_name = "CAUSE,...",
        num_args = 0..,
        require_equals = true,
        value_delimiter = ','
    )]
    pub(crate) retry_failed: Option<Vec<String>>,
    /// How progress is shown
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) progress: ProgressArg,
    /// Answer questions with yes
    #[arg(long, short = 'y')]
    pub(crate) yes: bool,
    /// Print the summary as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = shapes_help())]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Where the run is, or will be kept [default: as for `run`; without seeds: runs]
    #[arg(short = 'o', long, value_name = "DIR", value_parser = a_path())]
    pub(crate) output: Option<PathBuf>,
    /// Do not call the models; otherwise each gets one call of a few tokens
    #[arg(long)]
    pub(crate) no_call: bool,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = shapes_help())]
pub(crate) struct CheckArgs {
    /// Seed files; `-` is standard input; without any, those that the recipe names
    #[arg(required_unless_present = "recipe", value_parser = a_path())]
    pub(crate) seeds: Vec<PathBuf>,
    /// Built-in recipe or recipe file
    #[arg(long, value_name = "NAME|FILE", value_parser = a_path())]
    pub(crate) recipe: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Folder to write to
    #[arg(default_value = ".", value_parser = a_path())]
    pub(crate) directory: PathBuf,
    /// Built-in recipe to start from
    #[arg(long, value_name = "NAME", default_value = "standard", value_parser = BUILTIN_NAMES)]
    pub(crate) recipe: String,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// The run's directory
    #[arg(value_parser = a_path())]
    pub(crate) directory: PathBuf,
    /// Look again every two seconds
    #[arg(long)]
    pub(crate) watch: bool,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TreeArgs {
    /// The run's directory
    #[arg(value_parser = a_path())]
    pub(crate) directory: PathBuf,
    /// Id of any instruction of the tree, or its first digits; without it the seeds are listed
    pub(crate) id: Option<String>,
    /// Write the tree as SVG
    #[arg(long, value_name = "FILE", value_parser = a_path())]
    pub(crate) svg: Option<PathBuf>,
    /// Replace the SVG file if it is there
    #[arg(long)]
    pub(crate) force: bool,
    /// Only what was kept
    #[arg(long)]
    pub(crate) kept: bool,
    /// Print the records as JSON; without an id the seeds
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The run's directory
    #[arg(value_parser = a_path())]
    pub(crate) directory: PathBuf,
    /// File to write; `-` is standard output; .gz and .zst are compressed
    #[arg(short = 'o', long, value_name = "FILE", value_parser = a_path())]
    pub(crate) output: PathBuf,
    /// messages, alpaca, sharegpt (kept rows) or records (all of them)
    #[arg(long, default_value = "messages")]
    pub(crate) format: ExportFormat,
    /// One JSON array in place of JSON lines (alpaca)
    #[arg(long)]
    pub(crate) array: bool,
    /// Replace the file if it is there
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the summary as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Name of a rule, an error class or an operator; without it all are listed
    pub(crate) name: Option<String>,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The run's directory
    #[arg(value_parser = a_path())]
    pub(crate) directory: PathBuf,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ModelArgs {
    #[command(subcommand)]
    pub(crate) command: ModelCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// Known models and whether they are here
    List {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Fetch a model, verified and resumable
    Pull {
        /// A name from the list, or hf:OWNER/REPO/FILE
        name: String,
        /// Answer questions with yes
        #[arg(long, short = 'y')]
        yes: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct MockArgs {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 7411)]
    pub(crate) port: u16,
    /// Requests that are worked on at once
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) slots: Option<u32>,
    /// Answer without any delay
    #[arg(long)]
    pub(crate) instant: bool,
    /// Key of the draws of faults
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Configuration file
    #[arg(long, value_name = "FILE", value_parser = a_path())]
    pub(crate) config: Option<PathBuf>,
    /// Faults: a TOML file, or rules such as 429:0.05,hang@17; names are in --list-faults
    #[arg(long, value_name = "FILE|RULES")]
    pub(crate) faults: Option<String>,
    /// Print the names of all faults and presets, and end
    #[arg(long)]
    pub(crate) list_faults: bool,
    /// A ready-made server, for example flaky-20; names are in --list-faults
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<String>,
    /// Flawless answers
    #[arg(long)]
    pub(crate) perfect: bool,
    /// End when this many requests have been served
    #[arg(long, value_name = "N")]
    pub(crate) until_requests: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Use this endpoint in place of the mock model
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Use this model in place of the mock model
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// Where the run and the picture are kept
    #[arg(short = 'o', long, value_name = "DIR", default_value = "runs/demo", value_parser = a_path())]
    pub(crate) output: PathBuf,
    /// Answer questions with yes
    #[arg(long, short = 'y')]
    pub(crate) yes: bool,
}

/// A path; no shell has seen the `~` of `--output=~/runs`.
fn a_path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| expanded(&path))
}

fn parse_number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("expected a whole number, 0 or more, found `{text}`"))
}

/// `none` is more than any run can keep.
fn parse_target(text: &str) -> Result<u64, String> {
    if text.trim() == "none" {
        return Ok(u64::MAX);
    }
    text.parse().map_err(|_| format!("expected a number of rows, or `none`, found `{text}`"))
}

/// Without a limit it is endless.
fn parse_usd(text: &str) -> Result<f64, String> {
    if text.trim() == "none" {
        return Ok(f64::INFINITY);
    }
    let number =
        text.trim().trim_start_matches('$').trim_end_matches("usd").trim_end_matches("USD");
    match number.trim().parse::<f64>() {
        Ok(usd) if usd.is_finite() && usd >= 0.0 => Ok(usd),
        _ => Err(format!("expected dollars such as 5 or 0.50, or `none`, found `{text}`")),
    }
}
