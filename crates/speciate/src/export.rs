//! From a run to training files.

use std::path::{Path, PathBuf};

use speciate_data::{ExportFormat, ExportOptions, ExportSummary, Exporter};
use speciate_store::RunReader;
use speciate_types::InstructionRecord;

use crate::Error;
use crate::project::DATA_FILE;

/// Writes the run in `directory` to `target`, in the order of seeds and rounds.
pub fn export(
    directory: &Path,
    target: &Path,
    format: ExportFormat,
    options: ExportOptions,
) -> Result<ExportSummary, Error> {
    let reader = RunReader::open(directory)?;
    let mut exporter = if target.as_os_str() == "-" {
        Exporter::to_writer(std::io::stdout(), format, options)?
    } else {
        crate::output::refuse_run_file(target)?;
        Exporter::create(target, format, options)?
    };
    each_record(&reader, &mut |record| Ok(exporter.write(&record).map(|_written| ())?))?;
    Ok(exporter.finish()?)
}

/// Calls `take` with every record of the run, in the order of seeds and rounds.
pub fn each_record(
    reader: &RunReader,
    take: &mut dyn FnMut(InstructionRecord) -> Result<(), Error>,
) -> Result<(), Error> {
    reader.for_each_in_position_order::<Error>(InstructionRecord::STORED_KIND, &mut |stored| {
        take(parse(&stored.id, &stored.body)?)
    })
}

pub(crate) fn parse(id: &str, body: &str) -> Result<InstructionRecord, Error> {
    serde_json::from_str(body)
        .map_err(|error| Error::Record { id: id.to_owned(), reason: error.to_string() })
}

/// Writes the kept rows beside the run, over those of an earlier session. A link that somebody put
/// there is replaced, never written through.
pub(crate) fn write_data(directory: &Path) -> Result<(PathBuf, u64), Error> {
    let target = directory.join(DATA_FILE);
    if target.is_symlink() {
        std::fs::remove_file(&target).map_err(|source| Error::File {
            what: "replace the link",
            path: target.display().to_string(),
            source,
        })?;
    }
    let options = ExportOptions { overwrite: true, private: true, ..ExportOptions::default() };
    let summary = export(directory, &target, ExportFormat::Messages, options)?;
    Ok((target, summary.rows))
}
