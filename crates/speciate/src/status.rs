//! What a run has reached, read beside the one who writes it.

use std::collections::BTreeMap;
use std::path::Path;

pub use speciate_engine::lessons_in_words;
use speciate_store::{Holder, Learned, RunInfo, RunReader, Session};
use speciate_types::{Clock, InstructionRecord, VerdictKind, format_rfc3339};

use crate::Error;
use crate::export::each_record;
use crate::numbers::CallNumbers;
use crate::pending::{Recorded, RunSize};
use crate::recipe::RecipeFile;

/// Counts of one operator.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct OperatorCounts {
    /// Attempts.
    pub made: u64,
    /// Of these, kept.
    pub kept: u64,
}

/// The process that works on a run.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Running {
    /// Its process number.
    pub pid: u32,
    /// Its machine.
    pub host: String,
    /// Since when, in RFC 3339.
    pub since: String,
}

/// A run in numbers. Every record is in exactly one of kept, eliminated, failed and invalid; what
/// has no record yet is pending.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Status {
    /// The run's id.
    pub run_id: String,
    /// The recipe's seeds.
    pub seeds: u64,
    /// Records, seeds included.
    pub records: u64,
    /// Kept, seeds included.
    pub kept: u64,
    /// Of the kept ones, seeds.
    pub kept_seeds: u64,
    /// Eliminated, by rule.
    pub eliminated: BTreeMap<String, u64>,
    /// Failed, by cause.
    pub failed: BTreeMap<String, u64>,
    /// Checks that gave no answer, by rule.
    pub invalid: BTreeMap<String, u64>,
    /// Instructions that were made again: what they were before is on record too.
    pub made_again: u64,
    /// What the first of each of these said, by the same names.
    pub quotes: BTreeMap<String, String>,
    /// Instructions without a verdict; `None` if the recipe does not say how many there will be.
    pub pending: Option<u64>,
    /// `pending` is the most that there can be: trees grow by what is kept, and what failed may be
    /// drawn again.
    pub pending_is_at_most: bool,
    /// Rows that are wanted, seeds included, where the recipe says how many.
    pub target: Option<u64>,
    /// Who works on it now.
    pub running: Option<Running>,
    /// How the last session ended: `done`, `stopped`, `error`, or `killed` if it did not say.
    /// `None` while one runs.
    pub ended: Option<String>,
    /// Calls that ended in a second, of the newest ones of the current or last session.
    pub calls_per_second: Option<f64>,
    /// Tokens of prompts and answers in a second, of the same calls.
    pub tokens_per_second: Option<f64>,
    /// Kept ones by round.
    pub kept_by_round: BTreeMap<u32, u64>,
    /// By operator.
    pub operators: BTreeMap<String, OperatorCounts>,
    /// Calls, tries, tokens and money.
    pub totals: CallNumbers,
    /// Dollars of what calls may have cost without a stored answer; in a run that is written, or
    /// whose writer was killed, with the calls in flight.
    pub at_risk_usd: f64,
    /// What calls have taught about the endpoints; [`lessons_in_words`] tells it to people.
    pub learned: Vec<Learned>,
    /// Whether the parts add up to the records, and these with the pending ones to all.
    pub sums_agree: bool,
}

/// Reads the run in `directory`. Keeps no lock.
pub fn status(directory: &Path, clock: &dyn Clock) -> Result<Status, Error> {
    let reader = RunReader::open(directory)?;
    let info = reader.info();
    let session = reader.sessions()?.pop();
    // One that has said how it ended holds no lock, and need not be asked.
    let writer = match &session {
        Some(session) if session.ended.is_none() => reader.writer()?,
        _ => None,
    };
    let mut status = Status {
        run_id: info.run_id.clone(),
        seeds: info.seed_count,
        records: 0,
        kept: 0,
        kept_seeds: 0,
        eliminated: BTreeMap::new(),
        failed: BTreeMap::new(),
        invalid: BTreeMap::new(),
        made_again: reader.record_count(InstructionRecord::RETRIED_KIND)?,
        quotes: BTreeMap::new(),
        pending: None,
        pending_is_at_most: false,
        target: None,
        running: None,
        ended: None,
        calls_per_second: None,
        tokens_per_second: None,
        kept_by_round: BTreeMap::new(),
        operators: BTreeMap::new(),
        totals: CallNumbers::from(&reader.totals()?),
        at_risk_usd: reader.at_risk()?.as_usd(),
        learned: reader.learned()?,
        sums_agree: true,
    };
    each_record(&reader, &mut |record| {
        count(&mut status, &record);
        Ok(())
    })?;
    let others = [&status.eliminated, &status.failed, &status.invalid];
    let sum: u64 = others.iter().flat_map(|map| map.values()).sum();
    status.sums_agree = status.kept + sum == status.records;
    let is_done = writer.is_none() && ended(session.as_ref()) == Some("done");
    if let Some(size) = size(info) {
        let recorded = Recorded { records: status.records, kept: status.kept };
        let is_done = is_done && size.is_ended(recorded);
        let pending = size.pending(recorded, is_done);
        status.target = size.target;
        status.pending = Some(pending.count);
        status.pending_is_at_most = pending.is_at_most;
        status.sums_agree &= size.allows(recorded, is_done);
    }
    if let Some(session) = &session {
        let pace = reader.pace(session.started)?;
        let last = if writer.is_some() { clock.now().max(pace.last) } else { pace.last };
        let seconds = last.0.saturating_sub(pace.first.0) as f64 / 1e3;
        let rate = |count: u64| (pace.calls > 0 && seconds > 0.0).then(|| count as f64 / seconds);
        status.calls_per_second = rate(pace.calls);
        status.tokens_per_second = rate(pace.tokens);
    }
    if writer.is_none() {
        status.ended = ended(session.as_ref()).map(str::to_owned);
    }
    status.running = writer.map(|Holder { pid, host, since }| Running {
        pid,
        host,
        since: format_rfc3339(since.0 / 1_000),
    });
    Ok(status)
}

/// How a session ended that runs no more.
fn ended(session: Option<&Session>) -> Option<&str> {
    Some(session?.ended_how.as_deref().unwrap_or("killed"))
}

fn size(info: &RunInfo) -> Option<RunSize> {
    let recipe = RecipeFile::parse("recipe.toml", &info.recipe_toml).ok()?;
    Some(RunSize {
        seeds: info.seed_count,
        rounds: recipe.rounds?,
        branching: recipe.branching?,
        // What is not written is the default.
        redraws: recipe.redraws.unwrap_or(0),
        target: recipe.target,
    })
}

/// More of what was said is not quoted.
const QUOTE_CHARS: usize = 300;

fn count(status: &mut Status, record: &InstructionRecord) {
    let is_kept = record.verdict == VerdictKind::Kept;
    status.records += 1;
    if let Some(operator) = &record.operator {
        let counts = status.operators.entry(operator.clone()).or_default();
        counts.made += 1;
        counts.kept += u64::from(is_kept);
    }
    if let Some((name, said)) = record.reason()
        && !status.quotes.contains_key(name)
    {
        let said = said.chars().take(QUOTE_CHARS).collect();
        status.quotes.insert(name.to_owned(), said);
    }
    let rule = record.rule.clone().unwrap_or_default();
    match record.verdict {
        VerdictKind::Kept => {
            status.kept += 1;
            status.kept_seeds += u64::from(record.parent.is_none());
            *status.kept_by_round.entry(record.round).or_default() += 1;
        }
        VerdictKind::Eliminated => *status.eliminated.entry(rule).or_default() += 1,
        VerdictKind::Invalid => *status.invalid.entry(rule).or_default() += 1,
        VerdictKind::Failed => {
            let cause = record.cause.as_deref().unwrap_or_default();
            let short = cause.split(':').next().unwrap_or_default().to_owned();
            *status.failed.entry(short).or_default() += 1;
        }
    }
}
