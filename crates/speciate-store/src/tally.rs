//! Sums over calls, kept in the same transactions, so that a long run is summed in no time.

use rusqlite::{Row, params};
use speciate_types::{CallOutcome, ErrorClass, FailedTry, NanoUsd};

use crate::StoreError;
use crate::body::{ANSWERED, outcome_name};
use crate::call::CallRow;
use crate::db::{Db, from_column, to_column};

/// Sums over calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Totals {
    /// Calls that ended.
    pub calls: u64,
    /// Of these, with an answer.
    pub answered: u64,
    /// Of these, without one.
    pub failed: u64,
    /// Tokens of all prompts.
    pub input_tokens: u64,
    /// Tokens of all answers.
    pub output_tokens: u64,
    /// Of the prompts' tokens, those that came from a provider's cache.
    pub cached_input_tokens: u64,
    /// Of the answers' tokens, those of reasoning, where a server counts them apart.
    pub reasoning_tokens: u64,
    /// Calls whose tokens were estimated.
    pub calls_of_estimated_usage: u64,
    /// Price of all calls whose price is known.
    pub cost: NanoUsd,
    /// Calls whose price is not known.
    pub calls_of_unknown_cost: u64,
    /// Tries of all calls: each was answered, failed or was given up.
    pub tries: u64,
    /// Of these, failed.
    pub failed_tries: u64,
    /// Of these, cut: the answer came, and was not whole.
    pub cut_tries: u64,
    /// Tries that may have been billed although no answer was stored.
    pub maybe_billed_tries: u64,
}

impl Totals {
    pub(crate) fn of(outcome: &CallOutcome, failed_tries: &[FailedTry]) -> Self {
        let (usage, cost) = (outcome.usage(), outcome.cost());
        let is_answered = matches!(outcome, CallOutcome::Answered(_));
        let given_up = failed_tries.iter().filter(|try_| try_.given_up).count() as u64;
        Self {
            calls: 1,
            answered: u64::from(is_answered),
            failed: u64::from(!is_answered),
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            cached_input_tokens: usage.cached_input_tokens,
            reasoning_tokens: usage.reasoning_tokens,
            calls_of_estimated_usage: u64::from(usage.estimated),
            cost: cost.unwrap_or_default(),
            calls_of_unknown_cost: u64::from(cost.is_none()),
            tries: u64::from(outcome.tries()) + given_up,
            failed_tries: failed_tries.len() as u64 - given_up,
            cut_tries: failed_tries.iter().filter(|try_| is_cut(try_)).count() as u64,
            maybe_billed_tries: failed_tries.iter().filter(|try_| try_.maybe_billed).count() as u64,
        }
    }

    /// Tries beside another one of the same call that were given up when that one ended.
    pub fn second_tries(&self) -> u64 {
        self.tries.saturating_sub(self.answered + self.failed_tries)
    }

    /// Adds `other`; a sum that is too large stays at the largest number.
    pub fn add(&mut self, other: &Self) {
        let sums = [
            (&mut self.calls, other.calls),
            (&mut self.answered, other.answered),
            (&mut self.failed, other.failed),
            (&mut self.input_tokens, other.input_tokens),
            (&mut self.output_tokens, other.output_tokens),
            (&mut self.cached_input_tokens, other.cached_input_tokens),
            (&mut self.reasoning_tokens, other.reasoning_tokens),
            (&mut self.calls_of_estimated_usage, other.calls_of_estimated_usage),
            (&mut self.cost.0, other.cost.0),
            (&mut self.calls_of_unknown_cost, other.calls_of_unknown_cost),
            (&mut self.tries, other.tries),
            (&mut self.failed_tries, other.failed_tries),
            (&mut self.cut_tries, other.cut_tries),
            (&mut self.maybe_billed_tries, other.maybe_billed_tries),
        ];
        for (sum, more) in sums {
            *sum = sum.saturating_add(more);
        }
    }
}

fn is_cut(try_: &FailedTry) -> bool {
    try_.class == ErrorClass::Truncated && !try_.given_up
}

/// Sums over the calls of one role, endpoint, model and outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct CallTally {
    /// What the model was asked to be.
    pub role: String,
    /// Where the calls were sent.
    pub endpoint: String,
    /// The model that was asked for.
    pub model: String,
    /// `answered`, or the name of an error class.
    pub outcome: String,
    /// The sums.
    pub totals: Totals,
}

impl CallTally {
    fn is_of(&self, name: [&str; 4]) -> bool {
        [&self.outcome, &self.role, &self.model, &self.endpoint] == name
    }
}

/// All tallies of a run. They are few, so that a search through all of them is quick.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    rows: Vec<(CallTally, IsChanged)>,
}

type IsChanged = bool;

impl Tallies {
    pub(crate) fn load(db: &Db) -> Result<Self, StoreError> {
        Ok(Self { rows: load(db)?.into_iter().map(|tally| (tally, false)).collect() })
    }

    pub(crate) fn count(&mut self, call: &CallRow) {
        let totals = Totals::of(&call.outcome, &call.failed_tries);
        self.add([outcome_name(&call.outcome), &call.role, &call.model, &call.endpoint], &totals);
    }

    /// Adds to the tally of this outcome, role, model and endpoint.
    pub(crate) fn add(&mut self, name: [&str; 4], totals: &Totals) {
        if let Some((tally, is_changed)) = self.rows.iter_mut().find(|row| row.0.is_of(name)) {
            tally.totals.add(totals);
            *is_changed = true;
            return;
        }
        let [outcome, role, model, endpoint] = name.map(str::to_owned);
        self.rows.push((CallTally { role, endpoint, model, outcome, totals: *totals }, true));
    }

    /// Writes the tallies that have changed since the last time.
    pub(crate) fn save(&mut self, db: &Db) -> Result<(), StoreError> {
        let mut save = db.conn.prepare_cached(SAVE).map_err(db.failed(SAVING))?;
        for (tally, is_changed) in self.rows.iter_mut().filter(|row| row.1) {
            let totals = &tally.totals;
            save.execute(params![
                tally.role,
                tally.endpoint,
                tally.model,
                tally.outcome,
                to_column(totals.calls),
                to_column(totals.calls_of_estimated_usage),
                to_column(totals.calls_of_unknown_cost),
                to_column(totals.input_tokens),
                to_column(totals.output_tokens),
                to_column(totals.cost.0),
                to_column(totals.tries),
                to_column(totals.failed_tries),
                to_column(totals.maybe_billed_tries),
                to_column(totals.cached_input_tokens),
                to_column(totals.reasoning_tokens),
                to_column(totals.cut_tries),
            ])
            .map_err(db.failed(SAVING))?;
            *is_changed = false;
        }
        Ok(())
    }

    /// In the order in which they are stored, and with sums as large as columns hold.
    pub(crate) fn into_stored(self) -> Vec<CallTally> {
        let mut rows: Vec<_> = self.rows.into_iter().map(|(tally, _)| tally).collect();
        for tally in &mut rows {
            let totals = &mut tally.totals;
            let large = [
                &mut totals.input_tokens,
                &mut totals.output_tokens,
                &mut totals.cached_input_tokens,
                &mut totals.reasoning_tokens,
                &mut totals.cost.0,
            ];
            for sum in large {
                *sum = from_column(to_column(*sum));
            }
        }
        rows.sort_by(|a, b| {
            (&a.role, &a.endpoint, &a.model, &a.outcome).cmp(&(
                &b.role,
                &b.endpoint,
                &b.model,
                &b.outcome,
            ))
        });
        rows
    }
}

const SAVING: &str = "store the sums";

const SAVE: &str = "
INSERT OR REPLACE INTO tally (role, endpoint, model, outcome, calls, calls_of_estimated_usage,
    calls_of_unknown_cost, input_tokens, output_tokens, cost_nano_usd, tries, failed_tries,
    maybe_billed_tries, cached_input_tokens, reasoning_tokens, cut_tries)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";

/// The stored tallies, by role, endpoint, model and outcome.
pub(crate) fn load(db: &Db) -> Result<Vec<CallTally>, StoreError> {
    let failed = db.failed("read the sums");
    let later = if has_later_sums(db)? { LATER_SUMS } else { "0, 0, 0" };
    let sql = format!(
        "SELECT role, endpoint, model, outcome, calls, calls_of_estimated_usage,
        calls_of_unknown_cost, input_tokens, output_tokens, cost_nano_usd, tries, failed_tries,
        maybe_billed_tries, {later} FROM tally ORDER BY role, endpoint, model, outcome"
    );
    let mut select = db.conn.prepare_cached(&sql).map_err(&failed)?;
    let rows = select.query_map([], read).map_err(&failed)?;
    rows.collect::<rusqlite::Result<_>>().map_err(&failed)
}

/// Sums that the first files of this format do not have.
const LATER_SUMS: &str = "cached_input_tokens, reasoning_tokens, cut_tries";

/// Whether the file has all sums. One that was never opened for writing since may lack some.
pub(crate) fn has_later_sums(db: &Db) -> Result<bool, StoreError> {
    db.conn
        .prepare_cached("SELECT count(*) FROM pragma_table_info('tally') WHERE name = 'cut_tries'")
        .and_then(|mut select| select.query_row([], |row| row.get::<_, i64>(0)))
        .map(|count| count > 0)
        .map_err(db.failed("read the sums"))
}

/// Adds the sums that an older file lacks, and counts them.
pub(crate) fn add_later_sums(db: &Db) -> Result<(), StoreError> {
    if has_later_sums(db)? {
        return Ok(());
    }
    let failed = db.failed(SAVING);
    let transaction = db.conn.unchecked_transaction().map_err(&failed)?;
    for sum in LATER_SUMS.split(", ") {
        db.batch(
            SAVING,
            &format!("ALTER TABLE tally ADD COLUMN {sum} INTEGER NOT NULL DEFAULT 0"),
        )?;
    }
    for tally in crate::verify::recount(db)?.into_stored() {
        let sql = "UPDATE tally SET cached_input_tokens = ?1, reasoning_tokens = ?2, cut_tries = ?3
            WHERE role = ?4 AND endpoint = ?5 AND model = ?6 AND outcome = ?7";
        let CallTally { role, endpoint, model, outcome, totals } = tally;
        let sums = [totals.cached_input_tokens, totals.reasoning_tokens, totals.cut_tries];
        let [cached, reasoning, cut] = sums.map(to_column);
        db.conn
            .execute(sql, params![cached, reasoning, cut, role, endpoint, model, outcome])
            .map_err(&failed)?;
    }
    transaction.commit().map_err(&failed)
}

/// The sums over all calls.
pub(crate) fn totals(db: &Db) -> Result<Totals, StoreError> {
    let mut totals = Totals::default();
    for tally in load(db)? {
        totals.add(&tally.totals);
    }
    Ok(totals)
}

fn read(row: &Row<'_>) -> rusqlite::Result<CallTally> {
    let number = |column: usize| row.get(column).map(from_column);
    let outcome: String = row.get(3)?;
    let (calls, is_answered) = (number(4)?, outcome == ANSWERED);
    Ok(CallTally {
        role: row.get(0)?,
        endpoint: row.get(1)?,
        model: row.get(2)?,
        outcome,
        totals: Totals {
            calls,
            answered: if is_answered { calls } else { 0 },
            failed: if is_answered { 0 } else { calls },
            calls_of_estimated_usage: number(5)?,
            calls_of_unknown_cost: number(6)?,
            input_tokens: number(7)?,
            output_tokens: number(8)?,
            cost: NanoUsd(number(9)?),
            tries: number(10)?,
            failed_tries: number(11)?,
            maybe_billed_tries: number(12)?,
            cached_input_tokens: number(13)?,
            reasoning_tokens: number(14)?,
            cut_tries: number(15)?,
        },
    })
}
