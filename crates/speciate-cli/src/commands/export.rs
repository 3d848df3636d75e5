//! `speciate export`: training files from a run.

use std::io::ErrorKind;

use speciate::Error;
use speciate::data::{ExportError, ExportOptions};

use crate::args::ExportArgs;
use crate::{exit, printer};

pub(crate) fn export(args: &ExportArgs) -> Result<u8, Error> {
    let options =
        ExportOptions { array: args.array, overwrite: args.force, ..ExportOptions::default() };
    let exported = speciate::export::export(&args.directory, &args.output, args.format, options);
    let summary = match exported {
        // `speciate export … | head`: whoever reads has what it wants.
        Err(Error::Export(ExportError::Write { source }))
            if source.kind() == ErrorKind::BrokenPipe =>
        {
            return Ok(exit::SHORT);
        }
        exported => exported?,
    };
    let said = format!(
        "Wrote {} rows ({} bytes) to {}; {} records do not belong into this format",
        summary.rows,
        summary.bytes,
        args.output.display(),
        summary.skipped
    );
    if args.json && args.output.as_os_str() != "-" {
        printer::json(&serde_json::json!({
            "rows": summary.rows, "skipped": summary.skipped, "bytes": summary.bytes,
            "file": args.output.display().to_string(),
        }));
    }
    printer::talk(&said);
    Ok(if summary.rows == 0 { exit::SHORT } else { exit::DONE })
}
