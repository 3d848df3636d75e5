//! Opens inputs and takes their compression off.

use std::cell::Cell;
use std::fs::{self, File, FileType};
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::rc::Rc;

use super::error::FileFault;
use super::gzip::Members;
use super::report::Compression;
use super::sniff;
use crate::code;

const BUFFER_BYTES: usize = 64 << 10;

/// Bytes that tell how something is compressed.
const MAGIC_BYTES: u64 = 4;

/// A stream of any origin.
pub(crate) type Input = Box<dyn BufRead>;

/// Opens a regular file; anything else is named and refused.
pub(crate) fn open_file(path: &Path) -> Result<File, FileFault> {
    let metadata = fs::metadata(path).map_err(cannot_open)?;
    if !metadata.is_file() {
        return Err(not_a_file(metadata.file_type()));
    }
    File::open(path).map_err(cannot_open)
}

fn cannot_open(error: io::Error) -> FileFault {
    let fault = match error.kind() {
        io::ErrorKind::NotFound => FileFault::new(code::NOT_FOUND, "there is no such file"),
        io::ErrorKind::PermissionDenied => {
            FileFault::new(code::UNREADABLE, "there is no permission to read it")
        }
        _ => FileFault::new(code::UNREADABLE, "it cannot be opened"),
    };
    fault.source(error)
}

fn not_a_file(kind: FileType) -> FileFault {
    let name = kind_name(kind);
    let fault = FileFault::new(code::NOT_A_FILE, format!("it is {name}, not a file"));
    if kind.is_dir() {
        fault.help("name the files in it, for example DIR/*.jsonl")
    } else {
        fault.help("seeds are read more than once; to read a stream, pipe it in and write `-`")
    }
}

/// What kind of thing a path names, for a message.
#[cfg(unix)]
pub(crate) fn kind_name(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    if kind.is_dir() {
        "a directory"
    } else if kind.is_fifo() {
        "a named pipe (FIFO)"
    } else if kind.is_socket() {
        "a socket"
    } else if kind.is_char_device() || kind.is_block_device() {
        "a device"
    } else {
        "something else"
    }
}

/// What kind of thing a path names, for a message.
#[cfg(not(unix))]
pub(crate) fn kind_name(kind: FileType) -> &'static str {
    if kind.is_dir() { "a directory" } else { "something else" }
}

/// Takes the compression off, which the first bytes tell, whatever the name says.
pub(crate) fn decompress(reader: impl Read + 'static) -> io::Result<(Input, Compression)> {
    decompress_noting(reader, Rc::default())
}

/// As [`decompress`]; `has_rubbish` becomes true where something else follows gzip data.
pub(super) fn decompress_noting(
    mut reader: impl Read + 'static,
    has_rubbish: Rc<Cell<bool>>,
) -> io::Result<(Input, Compression)> {
    let mut magic = Vec::new();
    reader.by_ref().take(MAGIC_BYTES).read_to_end(&mut magic)?;
    let compression = sniff::compression(&magic);
    let whole = Cursor::new(magic).chain(reader);
    let buffered = BufReader::with_capacity(BUFFER_BYTES, whole);
    let input: Input = match compression {
        Compression::None => Box::new(buffered),
        Compression::Gzip => boxed(Members::new(buffered, has_rubbish)),
        Compression::Zstd => boxed(zstd::stream::read::Decoder::with_buffer(buffered)?),
    };
    Ok((input, compression))
}

fn boxed(decoder: impl Read + 'static) -> Input {
    Box::new(BufReader::with_capacity(BUFFER_BYTES, decoder))
}
