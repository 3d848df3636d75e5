//! One request and its answer.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::time::Instant;

use ::http::HeaderMap;
use ::http::header::{HeaderValue, USER_AGENT};
use bytes::Bytes;
use reqwest::{Method, Url};
use speciate_types::{CallError, ChatRequest, ChatResponse, ErrorClass, MessageRole};

use super::address::{is_azure, join, parse_base, shown};
use super::client::proxy_variable;
use super::fault::Peer;
use super::key_header::{key_header, version_header};
use super::learned::Learned;
use super::nearest::nearest;
use super::received::{Received, read_body};
use super::secrecy::without_key;
use super::streamed::{is_event_stream, looks_streamed, read_stream};
use super::transport::{Incoming, Transport, Way};
use super::{Endpoint, HttpModelError};
use crate::answer::{RawAnswer, judge};
use crate::openai::{Asked, Quirks, Refusal};
use crate::retry_after::read_hints;
use crate::secret::ApiKey;
use crate::stream::StreamReader;
use crate::wire::WireFormat;

const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("speciate/", env!("CARGO_PKG_VERSION")));

/// All that a model's calls share.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) model: String,
    pub(super) peer: Peer,
    pub(super) wire: WireFormat,
    pub(super) base: Url,
    pub(super) transport: Transport,
    pub(super) headers: HeaderMap,
    pub(super) learned: Learned,
    /// The models that the endpoint has listed.
    pub(super) listed: OnceLock<Vec<String>>,
    chat: Url,
    /// Where the endpoint has sent requests on to, at its own origin.
    pub(super) moved: OnceLock<Url>,
    key: Option<ApiKey>,
}

/// What came of one exchange.
enum Got {
    Answer(Result<RawAnswer, CallError>),
    /// The endpoint does not take the request in this form.
    Refused(Refusal, Received),
}

/// The request as it is sent: with a lower limit, where one was found.
fn with_limit(request: &ChatRequest, lowered: Option<u32>) -> Cow<'_, ChatRequest> {
    if lowered.is_none() {
        return Cow::Borrowed(request);
    }
    let mut request = request.clone();
    request.sampling.max_tokens = lowered;
    Cow::Owned(request)
}

/// Says of a cut answer that the endpoint allowed no longer one.
fn with_lowered(mut error: CallError, wanted: Option<u32>, sent: Option<u32>) -> CallError {
    if error.class == ErrorClass::Truncated
        && let (Some(wanted), Some(sent)) = (wanted, sent)
        && sent < wanted
    {
        error.message.push_str(&format!("; the endpoint allows {sent} of {wanted} tokens"));
    }
    error
}

impl Inner {
    pub(super) fn new(endpoint: &Endpoint, model: &str, way: Way) -> Result<Self, HttpModelError> {
        let base = parse_base(&endpoint.base_url)?;
        let wire = endpoint.wire;
        let key = endpoint.key.as_ref().map(|key| key_header(wire, &base, key)).transpose()?;
        Ok(Self {
            model: model.to_owned(),
            peer: Peer {
                endpoint: shown(&base),
                is_tls: base.scheme() == "https",
                proxy_variable: proxy_variable(&base),
                timeouts: endpoint.timeouts,
            },
            wire,
            chat: join(&base, wire.path()),
            transport: Transport::new(&base, endpoint.timeouts, way)?,
            headers: [(USER_AGENT, AGENT)]
                .into_iter()
                .chain(key)
                .chain(version_header(wire))
                .collect(),
            key: endpoint.key.clone(),
            learned: Learned::new(endpoint.stream, endpoint.timeouts.silence_ms),
            listed: OnceLock::new(),
            moved: OnceLock::new(),
            base,
        })
    }

    /// One try, sent again only where that costs nothing: in a form that a refusal has taught.
    pub(super) async fn call(&self, request: &ChatRequest) -> Result<ChatResponse, CallError> {
        self.learned.leave_out(self.wire.left_out(request));
        let asked = self.wire.tokens_max(request);
        let wanted = asked.or_else(|| self.learned.ends.limit());
        let mut limit = wanted.map(|wanted| self.learned.room.fit(request, wanted));
        loop {
            let request = with_limit(request, limit.filter(|limit| asked != Some(*limit)));
            let quirks = self.learned.quirks();
            let is_stream = self.learned.streams(&request, quirks);
            let began = Instant::now();
            let result = match self.ask(&request, quirks, is_stream).await {
                Ok(Got::Refused(refusal, received)) => {
                    if self.learned.take(refusal, &request, &mut limit) {
                        continue;
                    }
                    self.wire.read(&received.reply())
                }
                Ok(Got::Answer(result)) => result,
                Err(error) => Err(error),
            };
            let result = result.and_then(|raw| {
                let raw = self.learned.ends.take(raw, self.wire.tokens_max(&request));
                judge(&self.model, &request, raw)
            });
            let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            let result = result.map_err(|error| self.learned.marked(error, is_stream, took_ms));
            self.learned.ended(&request, is_stream, took_ms, &result);
            return result
                .map_err(|error| self.with_model(self.with_address(error, &self.chat)))
                .map_err(|error| with_lowered(error, wanted, limit));
        }
    }

    async fn ask(
        &self,
        request: &ChatRequest,
        quirks: Quirks,
        is_stream: bool,
    ) -> Result<Got, CallError> {
        let body: Bytes = self.wire.encode(&self.model, request, quirks, is_stream).into();
        let response = self
            .send(Method::POST, self.moved.get().unwrap_or(&self.chat), Some(body.clone()))
            .await?;
        // Read by what it is: gateways stream what was asked for whole, and the other way round.
        if is_event_stream(&response) {
            let reader = StreamReader::new(self.wire, read_hints(response.headers()));
            let read = read_stream(response, reader, &self.peer).await;
            return Ok(Got::Answer(read.and_then(StreamReader::read)));
        }
        let got = self.receive(response).await?;
        let asked = Asked {
            body: &body,
            quirks,
            tokens_max: self.wire.tokens_max(request),
            has_system: request.messages.iter().any(|said| said.role == MessageRole::System),
        };
        if let Some(refusal) = self.wire.read_refusal(&got.reply(), &asked) {
            return Ok(Got::Refused(refusal, got));
        }
        if got.status == 200 && looks_streamed(&got.body) {
            let mut reader = StreamReader::new(self.wire, got.hints);
            let read = reader.push(&got.body).and_then(|()| reader.read());
            return Ok(Got::Answer(read));
        }
        Ok(Got::Answer(self.wire.read(&got.reply())))
    }

    /// Gets one of the API's addresses.
    pub(super) async fn get(&self, url: &Url) -> Result<Received, CallError> {
        let response = self.send(Method::GET, url, None).await?;
        self.receive(response).await
    }

    async fn receive(&self, response: Incoming) -> Result<Received, CallError> {
        let (status, hints) = (response.status().as_u16(), read_hints(response.headers()));
        Ok(Received { status, hints, body: read_body(response, &self.peer).await? })
    }

    /// Says which address was asked, where that is what may be wrong.
    pub(super) fn with_address(&self, mut error: CallError, asked: &Url) -> CallError {
        let is_inside = error.status == Some(200) && error.class == ErrorClass::BadConfig;
        if matches!(error.status, Some(404 | 405)) || is_inside {
            let ends_well = self.peer.endpoint.ends_with("/v1") || is_azure(&self.base);
            let hint = if ends_well {
                String::new()
            } else {
                format!("; most base urls end in `/v1`: try `{}/v1`", self.peer.endpoint)
            };
            error.message.push_str(&format!(" (asked {asked}{hint})"));
        }
        error
    }

    /// Names the model that was perhaps meant.
    fn with_model(&self, mut error: CallError) -> CallError {
        if error.status == Some(404)
            && let Some(listed) = self.listed.get()
            && let Some(name) = nearest(&self.model, listed)
        {
            error.message.push_str(&format!("; the nearest model that it lists is `{name}`"));
        }
        error
    }

    /// Takes the key out of whatever a server echoed.
    pub(super) fn clean(&self, mut error: CallError) -> CallError {
        if let Some(key) = &self.key {
            error.message = without_key(&error.message, key);
        }
        error
    }
}
