//! Transport errors, told apart by what lies at the bottom of their chain.
//!
//! The HTTP client's own flags mislead: a broken body counts as "decode", a lack of descriptors
//! as "connect". So the chain of sources is walked to the operating system's error.

use std::error::Error;
use std::io;
use std::time::Instant;

use speciate_types::{CallError, ErrorClass};

use super::Timeouts;
use super::address::LINK_LOCAL;
use super::direct::ExchangeFault;
use crate::openai::{shorten, without_markup};

mod certificate;

const EMFILE: i32 = 24;
const ENFILE: i32 = 23;
const ENOMEM: i32 = 12;

/// How the HTTP library words what has no type outside of it.
const DROPPED: &str = "connection closed before message completed";
const PROXY_REFUSED: &str = "proxy authorization required";
const NOT_HTTP: [&str; 2] = ["invalid HTTP version parsed", "invalid HTTP status-code parsed"];

/// The other side, as far as messages need it.
#[derive(Debug)]
pub(super) struct Peer {
    /// The base URL for people.
    pub(super) endpoint: String,
    /// Whether it is spoken to over TLS.
    pub(super) is_tls: bool,
    /// The environment variable that names a proxy on the way.
    pub(super) proxy_variable: Option<&'static str>,
    /// The clocks, for whoever wants to set them.
    pub(super) timeouts: Timeouts,
}

/// An exchange that failed, whichever transport it was on.
#[derive(Debug)]
pub(super) struct Broken {
    stage: Stage,
    /// The clock that ran out, if one did.
    clock: Option<Clock>,
    /// This was the connection's first request, or some of an answer had come.
    is_taken: bool,
    /// The connection was gone before a byte of the request could be written.
    is_unsent: bool,
    source: Box<dyn Error + Send + Sync>,
}

/// What ends a try that has a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clock {
    Silence,
    Total,
}

/// How far the exchange had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Request,
    Connect,
    Answer,
}

impl From<reqwest::Error> for Broken {
    fn from(error: reqwest::Error) -> Self {
        let stage = match () {
            () if error.is_connect() => Stage::Connect,
            () if error.is_builder() => Stage::Request,
            () => Stage::Answer,
        };
        let clock = error.is_timeout().then_some(Clock::Silence);
        let is_unsent = is_unsent(&error);
        Self { clock, is_unsent, ..Self::of(stage, error) }
    }
}

impl Broken {
    fn of(stage: Stage, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let source = source.into();
        Self { stage, clock: None, is_taken: false, is_unsent: false, source }
    }

    pub(super) fn connect(error: io::Error) -> Self {
        Self::of(Stage::Connect, error)
    }

    pub(super) fn connect_timeout() -> Self {
        Self { clock: Some(Clock::Silence), ..Self::of(Stage::Connect, "no connection in time") }
    }

    pub(super) fn answer(fault: ExchangeFault) -> Self {
        match fault {
            ExchangeFault::Frame(fault) => Self::of(Stage::Answer, fault),
            ExchangeFault::Io(error) => Self::of(Stage::Answer, error),
            ExchangeFault::Unsent(error) => {
                Self { is_unsent: true, ..Self::of(Stage::Answer, error) }
            }
        }
    }

    pub(super) fn answer_timeout() -> Self {
        Self { clock: Some(Clock::Silence), ..Self::of(Stage::Answer, "no answer in time") }
    }

    /// An answer in a compression that nobody asked for.
    pub(super) fn compressed() -> Self {
        Self::of(Stage::Answer, "it is compressed, which was not asked for")
    }

    /// Says whether somebody had surely taken the request: it was the first of its connection, or
    /// some of an answer had come.
    pub(super) fn taken(self, is_taken: bool) -> Self {
        Self { is_taken, ..self }
    }

    /// Tells the clocks apart: whatever ran out at or behind `deadline` was that for the whole try.
    pub(super) fn by(self, deadline: Instant) -> Self {
        let ran_out = if Instant::now() >= deadline { Clock::Total } else { Clock::Silence };
        Self { clock: self.clock.map(|_| ran_out), ..self }
    }

    /// A clock that ran out before the request was on its way was one for the connection.
    pub(super) fn early(self) -> Self {
        let stage = if self.clock.is_some() { Stage::Connect } else { self.stage };
        Self { stage, ..self }
    }

    fn is_connect(&self) -> bool {
        self.stage == Stage::Connect
    }

    /// Whether the connection may have been closed by the other side before the request came, so
    /// that nobody has worked on it. The library tells neither which connections are new nor
    /// whether a byte had come.
    pub(super) fn may_be_stale(&self) -> bool {
        let causes = Causes::of(self.source.as_ref());
        let is_cut = matches!(
            causes.kind(),
            Some(
                io::ErrorKind::ConnectionReset
                    | io::ErrorKind::BrokenPipe
                    | io::ErrorKind::ConnectionAborted
            )
        );
        let is_ended = !self.is_taken && (is_cut || causes.has(DROPPED));
        !self.is_connect() && self.clock.is_none() && (is_ended || self.is_unsent)
    }
}

impl Peer {
    /// The class and the message of a failed exchange.
    pub(super) fn fault(&self, broken: &Broken) -> CallError {
        let causes = Causes::of(broken.source.as_ref());
        let (class, message) = self.judge(broken, &causes);
        let mut fault = CallError::new(class, message);
        let is_sent = !broken.is_connect() && !broken.is_unsent;
        fault.maybe_billed = class == ErrorClass::Transient && is_sent;
        fault
    }

    fn judge(&self, error: &Broken, causes: &Causes<'_>) -> (ErrorClass, String) {
        let (endpoint, reason) = (&self.endpoint, &causes.reason);
        if matches!(causes.code(), Some(EMFILE | ENFILE | ENOMEM)) {
            let message = format!("this machine cannot open a connection: {reason}");
            return (ErrorClass::LocalFault, message);
        }
        if causes.tls().is_some_and(is_certificate) {
            let message = format!(
                "the certificate of {endpoint} was not accepted: {}",
                certificate::trouble(reason)
            );
            return (ErrorClass::BadConfig, message);
        }
        if matches!(causes.tls(), Some(rustls::Error::InvalidMessage(_))) && error.is_connect() {
            let message = format!("{endpoint} does not speak TLS: is it an http:// endpoint?");
            return (ErrorClass::BadConfig, message);
        }
        if error.is_connect() && causes.has(LINK_LOCAL) {
            let message =
                format!("{endpoint} was not asked: {LINK_LOCAL}, where clouds give out keys");
            return (ErrorClass::BadConfig, message);
        }
        if causes.has(PROXY_REFUSED) {
            return (ErrorClass::BadConfig, format!("the proxy{} wants a login", self.proxy()));
        }
        if error.stage == Stage::Request {
            return (ErrorClass::BadConfig, format!("cannot send to {endpoint}: {reason}"));
        }
        (ErrorClass::Transient, self.describe(error, causes))
    }

    fn describe(&self, error: &Broken, causes: &Causes<'_>) -> String {
        let (endpoint, reason) = (&self.endpoint, &causes.reason);
        let via = if error.is_connect() { self.via_proxy() } else { String::new() };
        if error.clock.is_some() {
            let what = if error.is_connect() { "a connection" } else { "an answer" };
            let hint =
                if error.is_connect() && self.is_tls { "; is it an http:// endpoint?" } else { "" };
            let clock = self.clock(error);
            return format!("waited too long for {what} from {endpoint}{via}: {clock}{hint}");
        }
        match causes.kind() {
            Some(io::ErrorKind::ConnectionRefused) if via.is_empty() => {
                format!("nothing listens at {endpoint} (connection refused)")
            }
            Some(io::ErrorKind::ConnectionReset) => format!("{endpoint} reset the connection"),
            _ if error.is_connect() => format!("no connection to {endpoint}{via}: {reason}"),
            _ if causes.has(DROPPED) => {
                format!("{endpoint} closed the connection without an answer")
            }
            _ if NOT_HTTP.iter().any(|words| causes.has(words)) => {
                let hint = if self.is_tls { "" } else { ", or only https://" };
                format!("{endpoint} does not speak HTTP{hint}: {reason}")
            }
            _ => format!("the answer of {endpoint} broke off: {reason}"),
        }
    }

    /// The clock that ran out, under its name in the recipe.
    fn clock(&self, error: &Broken) -> String {
        let Timeouts { connect_ms, silence_ms, total_ms } = self.timeouts;
        let (what, key, ms) = match () {
            () if error.is_connect() => ("none", "connect_timeout_ms", connect_ms),
            () if error.clock == Some(Clock::Total) => ("not whole", "total_timeout_ms", total_ms),
            () => ("no byte", "silence_timeout_ms", silence_ms),
        };
        let hint = if error.is_connect() { "" } else { "; raise it if the model is slow" };
        let seconds = ms as f64 / 1_000.0;
        format!("{what} within {seconds} s (`limits.{key}` is {ms}){hint}")
    }

    /// ` of HTTPS_PROXY`, if there is one.
    fn proxy(&self) -> String {
        self.proxy_variable.map(|name| format!(" of {name}")).unwrap_or_default()
    }

    fn via_proxy(&self) -> String {
        match self.proxy_variable {
            Some(_) => format!(" through the proxy{}", self.proxy()),
            None => String::new(),
        }
    }
}

/// An error and what caused it, the deepest cause last.
struct Causes<'a> {
    chain: Vec<&'a (dyn Error + 'static)>,
    reason: String,
}

impl<'a> Causes<'a> {
    fn of(error: &'a (dyn Error + 'static)) -> Self {
        let mut chain: Vec<&(dyn Error + 'static)> = Vec::new();
        let mut next: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(cause) = next {
            chain.push(cause);
            // An `io::Error` hides its cause instead of naming it as its source.
            next = match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
                Some(hidden) => Some(hidden),
                None => cause.source(),
            };
        }
        let reason = chain.last().map_or_else(|| error.to_string(), ToString::to_string);
        Self { chain, reason: shorten(&without_markup(&reason)) }
    }

    fn io(&self) -> impl Iterator<Item = &io::Error> {
        self.chain.iter().filter_map(|cause| cause.downcast_ref())
    }

    fn kind(&self) -> Option<io::ErrorKind> {
        self.io().next().map(io::Error::kind)
    }

    fn code(&self) -> Option<i32> {
        self.io().find_map(io::Error::raw_os_error)
    }

    fn tls(&self) -> Option<&rustls::Error> {
        self.chain.iter().find_map(|cause| cause.downcast_ref())
    }

    fn has(&self, words: &str) -> bool {
        self.chain.iter().any(|cause| cause.to_string().contains(words))
    }
}

/// Whether the library found the connection gone before it had written anything.
fn is_unsent(error: &(dyn Error + 'static)) -> bool {
    let errors = Causes::of(error).chain;
    errors.iter().filter_map(|cause| cause.downcast_ref()).any(hyper::Error::is_canceled)
}

fn is_certificate(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented)
}

#[cfg(test)]
mod tests {
    use ::http::Request;
    use http_body_util::Empty;
    use hyper::client::conn::http1;
    use hyper_util::rt::TokioIo;

    use super::*;

    const PEER: Peer = Peer {
        endpoint: String::new(),
        is_tls: false,
        proxy_variable: None,
        timeouts: Timeouts { connect_ms: 1, silence_ms: 1_500, total_ms: 3_000 },
    };

    #[test]
    fn the_clock_is_named() {
        let said = |broken: &Broken| PEER.fault(broken).message;
        assert!(
            said(&Broken::connect_timeout())
                .ends_with("none within 0.001 s (`limits.connect_timeout_ms` is 1)")
        );
        let silent =
            Broken::answer_timeout().by(Instant::now() + std::time::Duration::from_secs(60));
        assert!(
            said(&silent)
                .contains(": no byte within 1.5 s (`limits.silence_timeout_ms` is 1500); raise it")
        );
        let total = Broken::answer_timeout().by(Instant::now());
        assert!(
            said(&total)
                .contains(": not whole within 3 s (`limits.total_timeout_ms` is 3000); raise it")
        );
    }

    /// A connection that is found closed at the moment of sending: nobody has seen the request.
    #[tokio::test]
    async fn what_was_never_sent_costs_nothing() {
        let (io, _other_side) = tokio::io::duplex(64);
        let (mut sender, driver) =
            http1::handshake::<_, Empty<&[u8]>>(TokioIo::new(io)).await.unwrap();
        drop(driver);
        let error = sender.send_request(Request::new(Empty::new())).await.unwrap_err();
        assert!(is_unsent(&error));
        let gone = io::Error::from(io::ErrorKind::BrokenPipe);
        let broken = Broken::answer(ExchangeFault::Unsent(gone)).taken(true);
        assert!(broken.may_be_stale());
        assert!(!PEER.fault(&broken).maybe_billed);
    }

    #[test]
    fn only_a_kept_connection_can_be_stale() {
        let reset = || io::Error::from(io::ErrorKind::ConnectionReset);
        assert!(Broken::of(Stage::Answer, reset()).may_be_stale());
        assert!(!Broken::of(Stage::Answer, reset()).taken(true).may_be_stale());
        assert!(!Broken::connect(reset()).may_be_stale());
        assert!(!Broken::answer_timeout().may_be_stale());
        assert!(!Broken::of(Stage::Answer, "x").may_be_stale());
    }
}
