//! A run that is done is told from its record: nothing is sent, and nothing is written, so that it
//! needs no room on its disk.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::time::Instant;

use speciate_engine::{Ending, Progress, ReplayError, RunSummary};
use speciate_evolve::work::EvolveJob;
use speciate_store::RunReader;
use speciate_types::{InstructionRecord, Job as _, StoredRecord, Tally, Usage};

use super::DATA_FILE;
use crate::Error;

/// What the last session came to.
pub(super) fn summary(directory: &Path, mut job: EvolveJob) -> Result<RunSummary, Error> {
    let began = Instant::now();
    let reader = RunReader::open(directory)?;
    let mut restore = |stored: StoredRecord| -> Result<(), Error> {
        job.restore(&stored).map_err(|error| Error::Engine(ReplayError::from(error).into()))
    };
    reader.for_each_in_position_order(InstructionRecord::STORED_KIND, &mut restore)?;
    let tally = job.tally();
    let totals = reader.totals()?;
    let progress = Progress {
        tally: Tally { items_done: tally.items, calls_ahead: 0, ..tally },
        calls_done: totals.calls,
        usage: Usage {
            input_tokens: totals.input_tokens,
            output_tokens: totals.output_tokens,
            cached_input_tokens: totals.cached_input_tokens,
            reasoning_tokens: totals.reasoning_tokens,
            estimated: false,
        },
        cost: totals.cost,
        at_risk: reader.at_risk()?,
        cost_is_partial: totals.calls_of_unknown_cost > 0,
        ..Progress::default()
    };
    Ok(RunSummary {
        ending: Ending::Done,
        progress,
        calls_replayed: 0,
        calls_dropped: 0,
        duration: began.elapsed(),
    })
}

/// The data file beside the run, if it has all of the `kept` rows.
pub(super) fn data(directory: &Path, kept: u64) -> Option<(PathBuf, u64)> {
    let path = directory.join(DATA_FILE);
    if path.is_symlink() {
        return None;
    }
    let mut file = BufReader::new(File::open(&path).ok()?);
    let (mut rows, mut ended) = (0, true);
    loop {
        let chunk = file.fill_buf().ok()?;
        let Some(last) = chunk.last() else { break };
        ended = *last == b'\n';
        rows += line_ends(chunk);
        let length = chunk.len();
        file.consume(length);
    }
    (ended && rows == kept).then_some((path, rows))
}

fn line_ends(chunk: &[u8]) -> u64 {
    chunk.split(|byte| *byte == b'\n').skip(1).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_data_file_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(data(folder.path(), 0), None);
        let path = folder.path().join(DATA_FILE);
        for (text, kept, is_whole) in
            [("{}\n{}\n", 2, true), ("{}\n{}\n", 3, false), ("{}\n{}", 1, false), ("", 0, true)]
        {
            std::fs::write(&path, text).unwrap();
            let found = data(folder.path(), kept);
            assert_eq!(found, is_whole.then(|| (path.clone(), kept)), "{text:?}");
        }
    }
}
