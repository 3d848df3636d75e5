//! Where rows go: buffered, compressed if the name asks for it, counted.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::write::GzEncoder;

use super::target::Target;

/// zstd's own default level: near gzip's best size at a tenth of its time.
const ZSTD_LEVEL: i32 = 3;

/// How the written bytes are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Packing {
    pub(super) fn of(path: &Path) -> Self {
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        match extension.to_str() {
            Some("gz") => Self::Gzip,
            Some("zst") => Self::Zstd,
            _ => Self::Plain,
        }
    }
}

type Out = BufWriter<Counted>;

/// Where rows go.
pub(super) enum Sink {
    Plain(Out),
    Gzip(GzEncoder<Out>),
    Zstd(zstd::stream::write::Encoder<'static, Out>),
}

impl Sink {
    pub(super) fn new(target: Target, packing: Packing) -> io::Result<Self> {
        let out = BufWriter::new(Counted { target, n_bytes: 0 });
        Ok(match packing {
            Packing::Plain => Self::Plain(out),
            // No name and no time in the header: equal rows give equal bytes.
            Packing::Gzip => Self::Gzip(GzEncoder::new(out, flate2::Compression::default())),
            Packing::Zstd => Self::Zstd(zstd::stream::write::Encoder::new(out, ZSTD_LEVEL)?),
        })
    }

    pub(super) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.write_all(bytes),
            Self::Gzip(out) => out.write_all(bytes),
            Self::Zstd(out) => out.write_all(bytes),
        }
    }

    /// Writes what is held back; gives the target and its count of bytes.
    pub(super) fn finish(self) -> io::Result<(Target, u64)> {
        let out = match self {
            Self::Plain(out) => out,
            Self::Gzip(out) => out.finish()?,
            Self::Zstd(out) => out.finish()?,
        };
        let mut counted = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        counted.flush()?;
        Ok((counted.target, counted.n_bytes))
    }
}

/// Counts what reaches the target.
pub(super) struct Counted {
    target: Target,
    n_bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n_written = self.target.write(bytes)?;
        self.n_bytes += n_written as u64;
        Ok(n_written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.target.flush()
    }
}
