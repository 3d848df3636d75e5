//! `speciate verify`: is what is stored still what was stored?

use speciate::store::RunReader;
use speciate::{Error, SystemClock};

use crate::args::VerifyArgs;
use crate::{exit, printer};

pub(crate) fn verify(args: &VerifyArgs) -> Result<u8, Error> {
    let report = RunReader::open(&args.directory)?.verify()?;
    let status = speciate::status::status(&args.directory, &SystemClock);
    let sums_agree = status.as_ref().is_ok_and(|status| status.sums_agree);
    let is_sound = report.is_sound() && sums_agree;
    if args.json {
        printer::json(&serde_json::json!({
            "sound": is_sound,
            "calls": report.calls, "records": report.records,
            "calls_without_record": report.calls_without_record,
            "sums_agree": sums_agree,
            "problems": report.problems,
        }));
    } else {
        for problem in &report.problems {
            printer::data_line(&format!("{} {}: {}", problem.table, problem.id, problem.found));
        }
        let word = if is_sound { "sound" } else { "NOT sound" };
        let sums = if sums_agree { "the verdicts add up" } else { "the verdicts do not add up" };
        printer::data_line(&format!(
            "{word}: {} calls and {} records checked, {sums}",
            report.calls, report.records
        ));
    }
    Ok(if is_sound { exit::DONE } else { 4 })
}
