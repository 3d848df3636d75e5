//! An input whose layout is known, ready to be cut into frames.

use std::cell::Cell;
use std::io::{self, Cursor, Read};
use std::rc::Rc;

use super::cutter::Within;
use super::error::FileFault;
use super::frame::Frame;
use super::lines::Lines;
use super::open::{Input, decompress_noting};
use super::report::{Compression, Layout};
use super::sniff::{self, NameHint};
use super::values::Values;
use crate::code;
use crate::shell_word;

/// U+FEFF in UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Where one file ended without a line end and the next began with a mark.
const JOINT: &[u8] = b"}\xef\xbb\xbf{";

const FIRST_LOOK_BYTES: u64 = 64 << 10;

/// An input whose layout is known.
pub(super) struct Source {
    pub layout: Layout,
    pub compression: Compression,
    frames: Frames,
    /// What a mark of byte order cut off the last line.
    pending: Option<Frame>,
    has_rubbish: Rc<Cell<bool>>,
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
        let has_rubbish = Rc::default();
        let (mut input, compression) = decompress_noting(reader, Rc::clone(&has_rubbish))
            .map_err(|error| read_fault(error, Compression::None))?;
        let (head, layout) = look(name, &mut input, hint, max_bytes)
            .map_err(|error| read_fault(error, compression))??;
        let input: Input = Box::new(Cursor::new(head).chain(input));
        let frames = match layout {
            Layout::JsonArray => Frames::Values(Values::new(input, Within::Array, max_bytes)),
            Layout::JsonStream => Frames::Values(Values::new(input, Within::Nothing, max_bytes)),
            _ => Frames::Lines(Lines::new(input, max_bytes)),
        };
        Ok(Self { layout, compression, frames, pending: None, has_rubbish })
    }

    pub(super) fn next_frame(&mut self) -> Result<Option<Frame>, FileFault> {
        if let Some(frame) = self.pending.take() {
            return Ok(Some(self.cut_at_mark(frame)));
        }
        loop {
            let frame = match &mut self.frames {
                Frames::Lines(lines) => lines.next_frame(),
                Frames::Values(values) => values.next_frame(),
            };
            let frame = frame.map_err(|error| read_fault(error, self.compression))?;
            let Some(frame) = frame else { return Ok(None) };
            let frame = self.cut_at_mark(frame);
            if frame.fault.is_some() || !frame.is_blank() {
                return Ok(Some(frame));
            }
        }
    }

    /// Whether something that is not gzip followed the data, as far as they have been read.
    pub(super) fn has_rubbish(&self) -> bool {
        self.has_rubbish.get()
    }

    /// Takes marks of byte order that joined files leave before a record or between two.
    fn cut_at_mark(&mut self, mut frame: Frame) -> Frame {
        while frame.bytes.starts_with(MARK) {
            frame.bytes.drain(..MARK.len());
        }
        if self.layout == Layout::JsonLines
            && let Some(end) = frame.bytes.windows(JOINT.len()).position(|bytes| bytes == JOINT)
        {
            let rest = frame.bytes.split_off(end + 1);
            let column =
                frame.column + String::from_utf8_lossy(&frame.bytes).chars().count() as u64;
            self.pending = Some(Frame { bytes: rest, line: frame.line, column, fault: None });
        }
        frame
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
            let checked =
                refuse_comments(text, layout).and_then(|()| refuse_table(name, text, layout, hint));
            return Ok(checked.map(|()| (text.to_vec(), layout)));
        }
        n_wanted = head.len() as u64;
    }
}

/// Between rows of JSON lines each comment is told by its line. Here nothing could be read at all.
fn refuse_comments(text: &[u8], layout: Layout) -> Result<(), FileFault> {
    let behind = sniff::behind_comments(text);
    let is_commented = layout == Layout::JsonLines && behind.len() < text.len();
    let real = sniff::layout(behind, true, NameHint::Json);
    if !is_commented || !matches!(real, Some(Layout::JsonArray | Layout::JsonStream)) {
        return Ok(());
    }
    let message = "it begins with a comment, and JSON has none";
    Err(FileFault::new(code::COMMENTS, message).help(
        "take out all comments, and commas before a closing bracket; a tool that reads JSON5 or \
         JSONC can write it as JSON",
    ))
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

/// The name as it can be pasted into a shell, or a stand-in.
fn path(name: &str) -> String {
    if name == "-" || name.chars().any(char::is_control) {
        "FILE".to_owned()
    } else {
        shell_word(name)
    }
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
