//! Reads all inputs into one report.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Read};
use std::path::PathBuf;

use speciate_types::{InstructionId, Seed, SeedSource};
use unicode_normalization::UnicodeNormalization as _;

use super::error::FileFault;
use super::frame::Frame;
use super::open::open_file;
use super::parse::{Parsed, parse};
use super::source::Source;
use super::{FileReport, MAX_PROBLEMS_OF_CODE, Note, ReadError, ReadOptions, SeedReport};
use crate::code;
use crate::problem::Finding;

/// Reads the seeds of all `inputs`, in order; the path `-` is standard input.
///
/// Shape, layout and compression are found out for each file, and shapes may change from record to
/// record. Texts that are equal but for white space around them and Unicode's NFC are one seed: the
/// first. Memory is what the seeds take, and one record.
///
/// An input without any record is no error; the report then has no seeds.
///
/// # Errors
///
/// [`ReadError::Bad`] with the whole report if a record is bad and `options.skip_bad` is not set;
/// [`ReadError::File`] for the first input that cannot be used as a whole.
pub fn read_seeds(inputs: &[PathBuf], options: &ReadOptions) -> Result<SeedReport, ReadError> {
    let mut collector = Collector::new(options);
    for input in inputs {
        if collector.is_full() {
            break;
        }
        let name = input.display().to_string();
        let result = if name == "-" {
            collector.read(&name, io::stdin())
        } else {
            open_file(input).and_then(|file| collector.read(&name, file))
        };
        result.map_err(|fault| ReadError::file(&name, fault))?;
    }
    collector.finish()
}

/// Reads the seeds of one stream, which is called `name` in reports.
///
/// # Errors
///
/// As [`read_seeds`].
pub fn read_seeds_from(
    name: &str,
    reader: impl Read + 'static,
    options: &ReadOptions,
) -> Result<SeedReport, ReadError> {
    let mut collector = Collector::new(options);
    collector.read(name, reader).map_err(|fault| ReadError::file(name, fault))?;
    collector.finish()
}

struct Collector<'a> {
    options: &'a ReadOptions,
    report: SeedReport,
    seen: HashSet<InstructionId>,
}

impl<'a> Collector<'a> {
    fn new(options: &'a ReadOptions) -> Self {
        Self { options, report: SeedReport::default(), seen: HashSet::new() }
    }

    fn is_full(&self) -> bool {
        self.options.limit.is_some_and(|limit| self.report.seeds.len() >= limit)
    }

    fn read(&mut self, name: &str, reader: impl Read + 'static) -> Result<(), FileFault> {
        let mut source = Source::new(name, reader, self.options.max_record_bytes)?;
        let mut file = FileReport {
            name: name.to_owned(),
            layout: source.layout,
            shapes: BTreeMap::new(),
            compression: source.compression,
            records: 0,
            seeds: 0,
        };
        while !self.is_full() {
            let Some(frame) = source.next_frame()? else { break };
            file.records += 1;
            match parse(&frame, file.layout, self.options.map.as_ref()) {
                Ok(Some(parsed)) => self.accept(&mut file, &frame, parsed),
                Ok(None) => self.report.not_kept += 1,
                Err(finding) if finding.code == code::MERGE_CONFLICT => {
                    return Err(conflict(&finding, &frame));
                }
                Err(finding) => self.reject(name, &frame, finding),
            }
        }
        if source.has_rubbish() {
            *self.report.notes.entry(Note::AfterGzip).or_default() += 1;
        }
        self.report.records += file.records;
        self.report.files.push(file);
        Ok(())
    }

    fn accept(&mut self, file: &mut FileReport, frame: &Frame, parsed: Parsed) {
        *file.shapes.entry(parsed.shape).or_default() += 1;
        if !self.seen.insert(comparison_key(&parsed.text)) {
            self.report.exact_duplicates += 1;
            return;
        }
        file.seeds += 1;
        for note in parsed.notes {
            *self.report.notes.entry(note).or_default() += 1;
        }
        let source = SeedSource { file: file.name.clone(), line: frame.line };
        self.report.seeds.push(Seed { text: parsed.text, response: parsed.response, source });
    }

    fn reject(&mut self, name: &str, frame: &Frame, finding: Finding) {
        self.report.skipped_bad += 1;
        let of_code = self.report.bad_by_code.entry(finding.code).or_default();
        *of_code += 1;
        if *of_code <= MAX_PROBLEMS_OF_CODE {
            self.report.problems.push(finding.locate(name, frame));
        }
    }

    fn finish(self) -> Result<SeedReport, ReadError> {
        debug_assert!(self.report.adds_up(), "every record is counted once");
        if self.report.skipped_bad > 0 && !self.options.skip_bad {
            return Err(ReadError::Bad { report: Box::new(self.report) });
        }
        Ok(self.report)
    }
}

/// A conflict leaves no record of the file sure, so it is one fault of the whole file.
fn conflict(finding: &Finding, frame: &Frame) -> FileFault {
    let before = frame.bytes[..finding.at.start].split(|byte| *byte == b'\n').count() - 1;
    let line = frame.line + before as u64;
    let message = format!("line {line} is the mark of a merge conflict");
    FileFault::new(code::MERGE_CONFLICT, message)
        .help("settle the conflict in the file: keep the rows of one side or of both")
}

/// What two equal texts share. Ten bytes instead of the text keep long seed sets small.
fn comparison_key(text: &str) -> InstructionId {
    let normal: String = text.trim().nfc().collect();
    InstructionId::of_seed(&normal)
}
