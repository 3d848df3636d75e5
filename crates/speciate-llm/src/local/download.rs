//! One file over HTTP: resumed where it was cut, checked, and renamed when whole.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, RANGE};
use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect};

use super::archive::remove;
use super::pull::{Progress, blocking};
use super::{HfFile, LocalError, ModelEnv, checksum};

/// Tries of one download; each goes on where the one before was cut.
const TRIES_MAX: u32 = 5;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// Between two pieces of the file, not for all of it.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// A file to fetch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Download<'a> {
    /// For people.
    pub(super) name: &'a str,
    /// What to fetch.
    pub(super) file: &'a HfFile,
    /// Where it goes.
    pub(super) target: &'a Path,
}

/// What the hub says of a file before it sends it.
#[derive(Debug, PartialEq, Eq)]
struct Promise {
    etag: Option<String>,
    size_bytes: Option<u64>,
}

type Report<'a> = &'a mut (dyn FnMut(Progress) + Send);

impl Download<'_> {
    /// Fetches, checks and renames. `pinned` is the SHA-256 that it must have.
    ///
    /// # Errors
    ///
    /// [`LocalError::Offline`], [`LocalError::Status`], [`LocalError::Http`],
    /// [`LocalError::Checksum`] or [`LocalError::Io`].
    pub(super) async fn run(
        self,
        pinned: Option<&str>,
        env: &ModelEnv,
        progress: Report<'_>,
    ) -> Result<(), LocalError> {
        if env.is_offline {
            return Err(LocalError::Offline { name: self.name.to_owned() });
        }
        crate::install_tls_provider();
        progress(Progress::Step("asking the hub"));
        let promise = self.promise(env).await?;
        let part = self.part_path(&promise);
        self.fetch(&part, &promise, env, progress).await?;
        let expected = pinned.map(str::to_owned).or_else(|| promise.sha256());
        let size_bytes = promise.size_bytes;
        progress(Progress::Step("checking"));
        let (name, target) = (self.name.to_owned(), self.target.to_owned());
        blocking(move || settle(&name, &part, &target, expected.as_deref(), size_bytes)).await
    }

    /// Asks without following the redirect: the hub names the hash before it sends one elsewhere.
    async fn promise(&self, env: &ModelEnv) -> Result<Promise, LocalError> {
        let url = self.file.url(env);
        let client = client(redirect::Policy::none(), &url)?;
        let request = authorised(client.head(&url), env);
        let answer = request.send().await.map_err(|source| http(&url, source))?;
        if !answer.status().is_success() && !answer.status().is_redirection() {
            return Err(refused(url, answer.status()));
        }
        Ok(Promise::read(answer.headers()))
    }

    /// A cut download of another version of the file has another name.
    fn part_path(&self, promise: &Promise) -> PathBuf {
        let version: String = promise.etag.iter().flat_map(|etag| etag.chars()).take(12).collect();
        let name = self.target.file_name().unwrap_or_default().to_string_lossy();
        self.target.with_file_name(format!("{name}.{version}.part"))
    }

    async fn fetch(
        &self,
        part: &Path,
        promise: &Promise,
        env: &ModelEnv,
        progress: Report<'_>,
    ) -> Result<(), LocalError> {
        let folder = part.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(LocalError::io("create", folder))?;
        let mut tries = 0;
        loop {
            tries += 1;
            match self.go_on(part, promise, env, progress).await {
                Err(LocalError::Http { .. }) if tries < TRIES_MAX => {}
                outcome => return outcome,
            }
        }
    }

    /// One try: asks for what is missing and writes it.
    async fn go_on(
        &self,
        part: &Path,
        promise: &Promise,
        env: &ModelEnv,
        progress: Report<'_>,
    ) -> Result<(), LocalError> {
        let url = self.file.url(env);
        let have = fs::metadata(part).map_or(0, |found| found.len());
        if have > 0 && promise.size_bytes == Some(have) {
            return Ok(());
        }
        let client = client(redirect::Policy::default(), &url)?;
        // A compressed answer would have other byte positions.
        let mut request = authorised(client.get(&url), env).header(ACCEPT_ENCODING, "identity");
        if have > 0 {
            request = request.header(RANGE, format!("bytes={have}-"));
        }
        let answer = request.send().await.map_err(|source| http(&url, source))?;
        let start = match answer.status() {
            StatusCode::PARTIAL_CONTENT if starts_at(answer.headers(), have) => have,
            StatusCode::OK => 0,
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => {
                // What is here does not fit to the file any more; the next try begins anew.
                File::create(part).map_err(LocalError::io("write", part))?;
                return Box::pin(self.go_on(part, promise, env, progress)).await;
            }
            status => return Err(refused(url, status)),
        };
        let total = promise.size_bytes.or(answer.content_length().map(|rest| start + rest));
        write(answer, part, start, |done| progress(Progress::Bytes { done, total }), &url).await
    }
}

fn client(redirects: redirect::Policy, url: &str) -> Result<Client, LocalError> {
    Client::builder()
        .user_agent(concat!("speciate/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .redirect(redirects)
        .no_gzip()
        .build()
        .map_err(|source| http(url, source))
}

impl Promise {
    fn read(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let etag = text("x-linked-etag").or_else(|| text(ETAG.as_str()));
        let size = text("x-linked-size").or_else(|| text(CONTENT_LENGTH.as_str()));
        Self {
            etag: etag.map(|etag| etag.trim_start_matches("W/").trim_matches('"').to_owned()),
            size_bytes: size.and_then(|size| size.parse().ok()).filter(|size| *size > 0),
        }
    }

    /// The hub names large files by their SHA-256.
    fn sha256(&self) -> Option<String> {
        let is_hash = |etag: &&String| {
            etag.len() == 64 && etag.chars().all(|digit| digit.is_ascii_hexdigit())
        };
        self.etag.as_ref().filter(is_hash).cloned()
    }
}

/// Writes the answer's body from byte `start` on; `report` is told how many bytes are there.
async fn write(
    mut answer: Response,
    part: &Path,
    start: u64,
    mut report: impl FnMut(u64),
    url: &str,
) -> Result<(), LocalError> {
    let failed = || LocalError::io("write", part);
    let mut file = OpenOptions::new()
        .create(true)
        .append(start > 0)
        .write(true)
        .truncate(start == 0)
        .open(part)
        .map_err(failed())?;
    let mut done = start;
    report(done);
    while let Some(piece) = answer.chunk().await.map_err(|source| http(url, source))? {
        file.write_all(&piece).map_err(failed())?;
        done += piece.len() as u64;
        report(done);
    }
    Ok(())
}

/// Checks a whole file and gives it its name. One that is wrong is thrown away.
fn settle(
    name: &str,
    part: &Path,
    target: &Path,
    expected: Option<&str>,
    size_bytes: Option<u64>,
) -> Result<(), LocalError> {
    let found = fs::metadata(part).map_err(LocalError::io("read", part))?.len();
    if let Some(expected) = size_bytes.filter(|expected| *expected != found) {
        remove(part);
        return Err(LocalError::Size { path: part.to_owned(), expected, found });
    }
    if let Some(expected) = expected {
        checksum::verify(name, part, expected).inspect_err(|_wrong| remove(part))?;
    }
    let finish = || File::open(part)?.sync_all().and_then(|()| fs::rename(part, target));
    finish().map_err(LocalError::io("write", target))
}

fn authorised(request: RequestBuilder, env: &ModelEnv) -> RequestBuilder {
    match &env.hf_token {
        Some(token) => request.bearer_auth(token.expose()),
        None => request,
    }
}

fn starts_at(headers: &HeaderMap, start: u64) -> bool {
    headers
        .get(CONTENT_RANGE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|range| range.starts_with(&format!("bytes {start}-")))
}

fn http(url: &str, source: reqwest::Error) -> LocalError {
    // The hub's redirects carry signatures, which are nobody's business.
    LocalError::Http { url: url.to_owned(), source: source.without_url() }
}

fn refused(url: String, status: StatusCode) -> LocalError {
    let hint = match status.as_u16() {
        401 | 403 => "; if the model is gated, accept its terms and set `HF_TOKEN`",
        404 => "; there is no such file at this revision",
        429 => "; too many requests, try again later or set `HF_TOKEN`",
        _ => "",
    };
    LocalError::Status { url, status: status.as_u16(), hint }
}
