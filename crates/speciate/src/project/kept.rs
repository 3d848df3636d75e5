//! The seeds as a run keeps them beside its record, so that its directory alone goes on, from
//! wherever they came and however they were read.

use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

use speciate_data::SeedReport;
use speciate_types::Seed;

use super::open::write_anew;
use crate::Error;

/// One seed a line, as [`Seed`] has it.
const SEEDS_FILE: &str = "run-seeds.jsonl";

/// Keeps `seeds` in `directory`, if it does not keep them already.
pub(super) fn keep(directory: &Path, seeds: &[Seed]) -> Result<(), Error> {
    let path = directory.join(SEEDS_FILE);
    let failed = |source| Error::File { what: "write", path: path.display().to_string(), source };
    if fs::symlink_metadata(&path).is_ok_and(|found| found.is_file()) {
        return Ok(());
    }
    let mut text = String::new();
    for seed in seeds {
        text += &serde_json::to_string(seed).map_err(|error| failed(error.into()))?;
        text.push('\n');
    }
    write_anew(&path, &text).map_err(failed)
}

/// The first `limit` seeds that the run in `directory` keeps; `None` if it keeps none.
pub(super) fn read(directory: &Path, limit: Option<usize>) -> Result<Option<SeedReport>, Error> {
    let path = directory.join(SEEDS_FILE);
    let failed = |source| Error::File { what: "read", path: path.display().to_string(), source };
    let file = match fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(failed(source)),
    };
    let mut seeds: Vec<Seed> = Vec::new();
    for line in BufReader::new(file).lines().take(limit.unwrap_or(usize::MAX)) {
        let line = line.map_err(failed)?;
        seeds.push(serde_json::from_str(&line).map_err(|error| failed(error.into()))?);
    }
    let records = seeds.len() as u64;
    Ok(Some(SeedReport { seeds, records, ..SeedReport::default() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use speciate_types::SeedSource;

    #[test]
    fn what_is_kept_is_read_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path(), None).unwrap().map(|report| report.seeds), None);
        let source = SeedSource { file: "-".to_owned(), line: 3 };
        let seeds = ["  a\n\n```\r\nb\u{2028}", "\u{feff}c"].map(|text| Seed {
            text: text.to_owned(),
            response: Some(text.to_owned()).filter(|text| text.len() > 5),
            source: source.clone(),
        });
        keep(folder.path(), &seeds).unwrap();
        assert_eq!(read(folder.path(), None).unwrap().unwrap().seeds, seeds);
        assert_eq!(read(folder.path(), Some(1)).unwrap().unwrap().seeds, seeds[..1]);
    }
}
