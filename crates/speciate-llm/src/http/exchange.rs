//! One request and its answer.

use std::sync::OnceLock;
use std::time::Instant;

use ::http::HeaderMap;
use ::http::header::{HeaderValue, USER_AGENT};
use reqwest::{Method, Url};
use speciate_types::{CallError, ChatRequest, ChatResponse};

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
use crate::openai::Quirks;
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
    key: Option<ApiKey>,
}

/// What came of one exchange.
enum Got {
    Answer(Result<ChatResponse, CallError>),
    /// The endpoint does not take this parameter.
    Refused(Quirks),
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
            base,
        })
    }

    /// One try, sent again only where that costs nothing: without a refused parameter, which is
    /// learned for good.
    pub(super) async fn call(&self, request: &ChatRequest) -> Result<ChatResponse, CallError> {
        self.learned.leave_out(self.wire.left_out(request));
        loop {
            let quirks = self.learned.quirks();
            let is_stream = self.learned.streams(request, quirks);
            let began = Instant::now();
            let result = match self.ask(request, quirks, is_stream).await {
                Ok(Got::Refused(refused)) => {
                    self.learned.learn(refused);
                    continue;
                }
                Ok(Got::Answer(result)) => result,
                Err(error) => Err(error),
            };
            let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            let result = result.map_err(|error| self.learned.marked(error, is_stream, took_ms));
            self.learned.ended(request, is_stream, took_ms, &result);
            return result.map_err(|error| self.with_model(self.with_address(error, &self.chat)));
        }
    }

    async fn ask(
        &self,
        request: &ChatRequest,
        quirks: Quirks,
        is_stream: bool,
    ) -> Result<Got, CallError> {
        let body = self.wire.encode(&self.model, request, quirks, is_stream);
        let response = self.send(Method::POST, &self.chat, Some(body.into())).await?;
        // Read by what it is: gateways stream what was asked for whole, and the other way round.
        if is_event_stream(&response) {
            let reader = StreamReader::new(self.wire, read_hints(response.headers()));
            let read = read_stream(response, reader, &self.peer).await;
            return Ok(Got::Answer(read.and_then(|reader| reader.end(&self.model, request))));
        }
        let got = self.receive(response).await?;
        if let Some(refused) = self.wire.refused_parameter(&got.reply())
            && !quirks.has(refused)
        {
            return Ok(Got::Refused(refused));
        }
        if got.status == 200 && looks_streamed(&got.body) {
            let mut reader = StreamReader::new(self.wire, got.hints);
            let read = reader.push(&got.body).and_then(|()| reader.end(&self.model, request));
            return Ok(Got::Answer(read));
        }
        Ok(Got::Answer(self.wire.decode(&self.model, request, &got.reply())))
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
        if matches!(error.status, Some(404 | 405)) {
            let ends_well = self.peer.endpoint.ends_with("/v1") || is_azure(&self.base);
            let hint = if ends_well { "" } else { "; most end in `/v1`" };
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
