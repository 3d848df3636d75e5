//! Checks a whole run: the file's structure, every checksum, and that all parts agree.

use rusqlite::Row;
use serde::de::IgnoredAny;

use crate::StoreError;
use crate::body::{checked, read_outcome};
use crate::call::{Columns, bytes_of, failed_tries};
use crate::db::Db;
use crate::tally::{self, Tallies, Totals};

const CHECKING: &str = "check the run's record";
/// Problems that are told one by one.
const PROBLEMS_MAX: usize = 1_000;

/// Something that is not as it was stored.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// `call`, `record`, `tally`, or `file` for the database as a whole.
    pub table: &'static str,
    /// The row's key or id; empty for the whole.
    pub id: String,
    /// What is wrong.
    pub found: String,
}

/// What a check of a run has found.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct VerifyReport {
    /// Calls that were checked.
    pub calls: u64,
    /// Records that were checked.
    pub records: u64,
    /// Calls that no record follows from yet. Normal in an unfinished run, none in a finished one.
    pub calls_without_record: u64,
    /// What is wrong, 1,000 problems at most.
    pub problems: Vec<Problem>,
    /// Problems beyond those.
    pub problems_left_out: u64,
}

impl VerifyReport {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    fn add(&mut self, table: &'static str, id: &str, found: impl Into<String>) {
        if self.problems.len() < PROBLEMS_MAX {
            let (id, found) = (id.to_owned(), found.into());
            self.problems.push(Problem { table, id, found });
        } else {
            self.problems_left_out += 1;
        }
    }
}

pub(crate) fn verify(db: &Db) -> Result<VerifyReport, StoreError> {
    // One transaction, so that rows and sums are of the same moment beside a writer.
    let _moment = db.conn.unchecked_transaction().map_err(db.failed(CHECKING))?;
    let mut report = VerifyReport::default();
    for check in [check_structure, check_records, check_calls, check_orphans] {
        match check(db, &mut report) {
            // A file too damaged to be read to its end is a finding.
            Err(StoreError::Damaged { found, .. }) => report.add("file", "", found),
            result => result?,
        }
    }
    Ok(report)
}

fn check_structure(db: &Db, report: &mut VerifyReport) -> Result<(), StoreError> {
    for_each_row(db, "PRAGMA integrity_check", &mut |row| {
        let found: String = row.get(0)?;
        if found != "ok" {
            report.add("file", "", found);
        }
        Ok(())
    })
}

fn check_records(db: &Db, report: &mut VerifyReport) -> Result<(), StoreError> {
    let sql = "SELECT id, position, body, checksum FROM record ORDER BY seq";
    for_each_row(db, sql, &mut |row| {
        report.records += 1;
        let id = String::from_utf8_lossy(bytes_of(row, 0)?);
        if bytes_of(row, 1)?.len() != size_of::<u128>() {
            report.add("record", &id, "its position is not a number of 16 bytes");
        }
        match checked(bytes_of(row, 2)?, bytes_of(row, 3)?) {
            Ok(body) if serde_json::from_str::<IgnoredAny>(body).is_err() => {
                report.add("record", &id, "its body is not JSON");
            }
            Ok(_) => {}
            Err(found) => report.add("record", &id, found),
        }
        Ok(())
    })
}

fn check_calls(db: &Db, report: &mut VerifyReport) -> Result<(), StoreError> {
    let mut recount = Tallies::default();
    let n_before = report.problems.len();
    for_each_row(db, CALLS, &mut |row| {
        report.calls += 1;
        let key = String::from_utf8_lossy(bytes_of(row, 0)?);
        match check_call(row, &mut recount) {
            Ok(()) => {}
            Err(CallProblem::Damaged(found)) => report.add("call", &key, found),
            Err(CallProblem::Sqlite(error)) => report.add("call", &key, error.to_string()),
        }
        Ok(())
    })?;
    // Damaged calls cannot be counted, so the sums are compared only if there are none.
    if report.problems.len() == n_before && !are_sums_of(db, recount)? {
        report.add("tally", "", "the stored sums are not those of the calls");
    }
    Ok(())
}

/// Whether the stored sums are these, as far as the file has them.
fn are_sums_of(db: &Db, recount: Tallies) -> Result<bool, StoreError> {
    let mut counted = recount.into_stored();
    if !tally::has_later_sums(db)? {
        for tally in &mut counted {
            let totals = &mut tally.totals;
            (totals.cached_input_tokens, totals.reasoning_tokens, totals.cut_tries) = (0, 0, 0);
        }
    }
    Ok(tally::load(db)? == counted)
}

/// The sums over all calls that can be read, counted anew.
pub(crate) fn recount(db: &Db) -> Result<Tallies, StoreError> {
    let mut recount = Tallies::default();
    for_each_row(db, CALLS, &mut |row| {
        // What is damaged was counted when it was whole, and is found by `verify`.
        let _ = check_call(row, &mut recount);
        Ok(())
    })?;
    Ok(recount)
}

const CALLS: &str = "SELECT key, body, checksum, outcome, finish_reason, input_tokens,
    output_tokens, usage_estimated, cost_nano_usd, tries, failed_tries, role, endpoint, model
    FROM call ORDER BY seq";

enum CallProblem {
    Damaged(String),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for CallProblem {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<rusqlite::types::FromSqlError> for CallProblem {
    fn from(error: rusqlite::types::FromSqlError) -> Self {
        Self::Damaged(error.to_string())
    }
}

fn check_call(row: &Row<'_>, recount: &mut Tallies) -> Result<(), CallProblem> {
    let damaged = |found: &str| CallProblem::Damaged(found.to_owned());
    let body = checked(bytes_of(row, 1)?, bytes_of(row, 2)?).map_err(damaged)?;
    let outcome = read_outcome(body).map_err(|error| damaged(&error.to_string()))?;
    let columns = Columns {
        outcome: row.get_ref(3)?.as_str()?,
        finish_reason: row.get_ref(4)?.as_str_or_null()?,
        input_tokens: row.get(5)?,
        output_tokens: row.get(6)?,
        usage_estimated: row.get(7)?,
        cost_nano_usd: row.get(8)?,
        tries: row.get(9)?,
    };
    if columns != Columns::of(&outcome) {
        return Err(damaged("its columns do not fit its body"));
    }
    let [role, endpoint, model] = [11, 12, 13].map(|column| row.get_ref(column));
    let name = [columns.outcome, role?.as_str()?, model?.as_str()?, endpoint?.as_str()?];
    recount.add(name, &Totals::of(&outcome, &failed_tries(row, 10)?));
    Ok(())
}

fn check_orphans(db: &Db, report: &mut VerifyReport) -> Result<(), StoreError> {
    let sql = "SELECT count(*) FROM call WHERE NOT EXISTS (
        SELECT 1 FROM record WHERE id = substr(key, 1, instr(key || '/', '/') - 1))";
    for_each_row(db, sql, &mut |row| {
        report.calls_without_record = row.get(0).map(crate::db::from_column)?;
        Ok(())
    })
}

fn for_each_row(
    db: &Db,
    sql: &str,
    visit: &mut dyn FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> Result<(), StoreError> {
    let failed = db.failed(CHECKING);
    let mut select = db.conn.prepare(sql).map_err(&failed)?;
    let mut rows = select.query([]).map_err(&failed)?;
    while let Some(row) = rows.next().map_err(&failed)? {
        visit(row).map_err(&failed)?;
    }
    Ok(())
}
