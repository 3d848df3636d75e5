//! An input whose layout is known, ready to be cut into frames.

use std::io::{self, Cursor, Read};

use super::cutter::Within;
use super::error::FileFault;
use super::frame::Frame;
use super::lines::Lines;
use super::open::{Input, decompress};
use super::report::{Compression, Layout};
use super::sniff::{self, NameHint};
use super::values::Values;
use crate::code;
use crate::visible;

const FIRST_LOOK_BYTES: u64 = 64 << 10;

/// An input whose layout is known.
pub(super) struct Source {
    pub layout: Layout,
    pub compression: Compression,
    frames: Frames,
}

enum Frames {
    Lines(Lines<Input>),
    Values(Values<Input>),
}

impl Source {
    /// Looks at the first bytes of `reader`, which is called `name`.
    pub(super) fn new(
        name: &str,
        reader: impl Read + 'static,
        max_bytes: usize,
    ) -> Result<Self, FileFault> {
        let hint = NameHint::of(name);
        let (mut input, compression) =
            decompress(reader).map_err(|error| read_fault(error, Compression::None))?;
        let (head, layout) = look(name, &mut input, hint, max_bytes)
            .map_err(|error| read_fault(error, compression))??;
        let input: Input = Box::new(Cursor::new(head).chain(input));
        let frames = match layout {
            Layout::JsonArray => Frames::Values(Values::new(input, Within::Array, max_bytes)),
            Layout::JsonStream => Frames::Values(Values::new(input, Within::Nothing, max_bytes)),
            _ => Frames::Lines(Lines::new(input, max_bytes)),
        };
        Ok(Self { layout, compression, frames })
    }

    pub(super) fn next_frame(&mut self) -> Result<Option<Frame>, FileFault> {
        let frame = match &mut self.frames {
            Frames::Lines(lines) => lines.next_frame(),
            Frames::Values(values) => values.next_frame(),
        };
        frame.map_err(|error| read_fault(error, self.compression))
    }
}

type Look = Result<(Vec<u8>, Layout), FileFault>;

/// Reads as many first bytes as it takes to know the layout, and gives them back without a BOM.
fn look(name: &str, input: &mut Input, hint: NameHint, max_bytes: usize) -> io::Result<Look> {
    let mut head = Vec::new();
    let mut n_wanted = FIRST_LOOK_BYTES;
    loop {
        let n_read = input.take(n_wanted).read_to_end(&mut head)? as u64;
        if let Err(fault) = refuse_foreign(name, &head, hint) {
            return Ok(Err(fault));
        }
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
        let complete = n_read < n_wanted || head.len() > max_bytes;
        if let Some(layout) = sniff::layout(text, complete, hint) {
            let checked = refuse_table(name, text, layout, hint);
            return Ok(checked.map(|()| (text.to_vec(), layout)));
        }
        n_wanted = head.len() as u64;
    }
}

fn refuse_foreign(name: &str, head: &[u8], hint: NameHint) -> Result<(), FileFault> {
    if let Some(encoding) = sniff::foreign_encoding(head) {
        let message = format!("it looks like {encoding}; seeds are read as UTF-8");
        let command = format!(
            "convert it with  iconv -f {encoding} -t UTF-8 {} > seeds-utf8.jsonl",
            path(name)
        );
        return Err(FileFault::new(code::WRONG_ENCODING, message).help(command));
    }
    match sniff::foreign_format(head) {
        Some("Parquet") => {
            Err(unsupported("it is Parquet, which is not read yet").help(parquet_command(name)))
        }
        Some(format) => Err(unsupported(format!("it is {format}, which is not read"))
            .help("unpack or convert it to JSON lines first")),
        None if hint == NameHint::Parquet => {
            Err(unsupported("it is named .parquet but holds no Parquet (`PAR1` is missing)")
                .help("give it the name of what it holds, for example .jsonl"))
        }
        None => Ok(()),
    }
}

/// Refuses tables by name, and text that is plainly a table or no text at all.
fn refuse_table(name: &str, head: &[u8], layout: Layout, hint: NameHint) -> Result<(), FileFault> {
    if layout != Layout::Text {
        return Ok(());
    }
    let (is_tsv, is_csv) = (hint == NameHint::Tsv, hint == NameHint::Csv);
    if is_tsv || is_csv || sniff::is_table_header(head) {
        let format = if is_tsv { "TSV" } else { "CSV" };
        return Err(unsupported(format!("it is {format}, which is not read yet"))
            .help(table_command(name, is_tsv)));
    }
    if head.contains(&0) {
        return Err(unsupported("it is binary data, not text"));
    }
    Ok(())
}

fn unsupported(message: impl Into<String>) -> FileFault {
    FileFault::new(code::UNSUPPORTED_FORMAT, message)
}

fn parquet_command(name: &str) -> String {
    format!(
        "convert it with  python3 -c \"import pandas, sys; pandas.read_parquet(sys.argv[1])\
         .to_json('seeds.jsonl', orient='records', lines=True, force_ascii=False)\" {}",
        path(name)
    )
}

fn table_command(name: &str, is_tsv: bool) -> String {
    let dialect = if is_tsv { ", delimiter='\\t'" } else { "" };
    format!(
        "convert it with  python3 -c \"import csv, json, sys; [print(json.dumps(row)) for row in \
         csv.DictReader(open(sys.argv[1], encoding='utf-8-sig', newline=''){dialect})]\" {} > seeds.jsonl",
        path(name)
    )
}

/// A name that can be pasted into a shell, or a stand-in.
fn path(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "._-/+".contains(c);
    let usable = name != "-" && !name.starts_with('-') && name.chars().all(is_plain);
    if usable { visible::name(name) } else { "FILE".to_owned() }
}

/// Names a failed read. A decoder's complaint is about the data, not about the disk.
fn read_fault(error: io::Error, compression: Compression) -> FileFault {
    let is_cut = error.kind() == io::ErrorKind::UnexpectedEof
        || error.to_string().contains("incomplete frame");
    let fault = match compression {
        Compression::None => FileFault::new(code::UNREADABLE, "reading it failed"),
        _ if is_cut => damaged(format!("its {compression} data ends too early: it is cut off"))
            .help("fetch or write it again; nothing of it was used"),
        _ => damaged(format!("its {compression} data is broken"))
            .help("fetch or write it again; nothing of it was used"),
    };
    fault.source(error)
}

fn damaged(message: String) -> FileFault {
    FileFault::new(code::DAMAGED_COMPRESSION, message)
}
