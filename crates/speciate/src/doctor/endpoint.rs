//! What it means how an endpoint answers: address, proxy, key.

use speciate_types::{CallError, ErrorClass};

use super::facts::{EndpointFacts, Key, Listing};
use super::model::{is_answered, is_served};
use super::{Finding, MISCONFIGURED, PAUSED, Proxy};
use crate::text::{cut_end, visible};

/// Names of models that are shown of a list.
const NAMES_SHOWN: usize = 4;
const NAME_CHARS_MAX: usize = 60;

/// Whether the address answers, and whether it is the right one.
pub(super) fn answers(facts: &EndpointFacts) -> Finding {
    let address = match &facts.address {
        Ok(address) => address,
        Err(message) => {
            return Finding::error("endpoint", message, MISCONFIGURED)
                .hint("give --base-url, or OPENAI_BASE_URL, an address of this kind");
        }
    };
    let Some(listing) = &facts.listing else {
        return Finding::warning(
            "endpoint",
            format!("{address} was not asked: the key cannot be sent"),
        );
    };
    match &listing.result {
        Ok(names) => listed(address, listing.latency_ms, names),
        Err(error) if matches!(error.class, ErrorClass::Auth | ErrorClass::Exhausted) => {
            Finding::ok("endpoint", format!("{address} answers in {} ms", listing.latency_ms))
        }
        Err(error) if error.status.is_none() => unreachable(facts, address, error),
        Err(error) => unlisted(facts, address, listing, error),
    }
}

fn listed(address: &str, latency_ms: u64, names: &[String]) -> Finding {
    let found = match names.len() {
        0 => "lists no models".to_owned(),
        1 => format!("lists 1 model: {}", shown_names(names)),
        count => format!("lists {count} models: {}", shown_names(names)),
    };
    Finding::ok("endpoint", format!("{address} answers in {latency_ms} ms and {found}"))
}

/// A server's words, for a terminal.
pub(super) fn shown_name(name: &str) -> String {
    cut_end(&visible(name), NAME_CHARS_MAX)
}

pub(super) fn shown_names(names: &[String]) -> String {
    let shown: Vec<_> = names.iter().take(NAMES_SHOWN).map(|name| shown_name(name)).collect();
    let more = if names.len() > NAMES_SHOWN { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// Nothing came back at all, or nothing that is HTTP.
fn unreachable(facts: &EndpointFacts, address: &str, error: &CallError) -> Finding {
    let finding = Finding::error("endpoint", &error.message, MISCONFIGURED);
    let proxy = match facts.proxy {
        Proxy::Used(name) => Some(name),
        _ => None,
    };
    match transport_hint(&error.message, address, proxy) {
        Some(hint) => finding.hint(hint),
        None => finding,
    }
}

/// What to do about a failed exchange, by the words in which the client tells it. Tests of the
/// whole program hold the two together.
pub(super) fn transport_hint(message: &str, address: &str, proxy: Option<&str>) -> Option<String> {
    let says = |words: &str| message.contains(words);
    if let Some(name) = proxy.filter(|_| says("proxy") || says("waited too long for a connection"))
    {
        let host = super::address::host(address);
        return Some(format!("correct {name}, or go around the proxy: export NO_PROXY={host}"));
    }
    let hint = if says("connection refused") {
        return Some(format!(
            "start the server, or correct host and port; try: curl {address}/models"
        ));
    } else if says("failed to lookup address") {
        "is the host's name right, and is this machine online?"
    } else if says("does not speak HTTP") {
        "another program listens there: is it the port of the model server?"
    } else if says("does not speak TLS") {
        "write http:// in place of https://"
    } else if says("waited too long for a connection") {
        "are host and port right? a firewall may swallow the packets"
    } else if says("waited too long for an answer") {
        "is the model still loading, or the server busy with other work?"
    } else if says("SSL_CERT_FILE") {
        return None;
    } else {
        "is the server running, and is the address right?"
    };
    Some(hint.to_owned())
}

/// It speaks HTTP, but gave no list. That is no error where the models answer.
fn unlisted(facts: &EndpointFacts, address: &str, listing: &Listing, error: &CallError) -> Finding {
    let calls: Vec<_> = facts.models.iter().filter_map(|model| model.call.as_ref()).collect();
    if calls.iter().any(|call| is_served(call)) {
        let latency_ms = listing.latency_ms;
        let found = format!("{address} answers in {latency_ms} ms, but does not list its models");
        return Finding::ok("endpoint", found);
    }
    if let Some(better) = &facts.better_address {
        let status = error.status.map_or_else(String::new, |status| format!(" ({status})"));
        let found = format!("{address} lists no models{status}, but {better} does");
        return Finding::error("endpoint", found, MISCONFIGURED)
            .hint(format!("use --base-url {better}"));
    }
    let is_passing = matches!(
        error.class,
        ErrorClass::Throttled | ErrorClass::Overloaded | ErrorClass::Transient
    );
    if calls.is_empty() || is_passing {
        return Finding::warning("endpoint", &error.message)
            .hint("it need not list its models; but does the base url end in /v1?");
    }
    Finding::error("endpoint", &error.message, MISCONFIGURED)
        .hint("is it the base url of an OpenAI-compatible API? most end in /v1")
}

/// The proxy on the way, if a variable names one.
pub(super) fn proxy(facts: &EndpointFacts) -> Option<Finding> {
    let found = match facts.proxy {
        Proxy::None => return None,
        Proxy::Used(name) => format!("{name} is set: calls go through that proxy"),
        Proxy::SkippedForLoopback(name) => {
            format!("{name} is set, but not used: the address is on this machine")
        }
        Proxy::SkippedByList(name) => {
            format!("{name} is set, but not used: NO_PROXY names the host")
        }
    };
    Some(Finding::ok("proxy", found))
}

/// Whether the key is there and taken; `None` where there was nobody to ask.
pub(super) fn key(facts: &EndpointFacts) -> Option<Finding> {
    let name = &facts.key_variable;
    if facts.key == Key::Unsendable {
        let found = format!("{name} holds characters that cannot be sent");
        let hint = "is there a line end or a quotation mark in it?";
        return Some(Finding::error("key", found, MISCONFIGURED).hint(hint));
    }
    let listing = &facts.listing.as_ref()?.result;
    let calls = facts.models.iter().filter_map(|model| model.call.as_ref());
    let refusals = calls.clone().filter_map(|call| call.result.as_ref().err());
    let of_class = |class| {
        listing.as_ref().err().into_iter().chain(refusals.clone()).find(|e| e.class == class)
    };
    let is_taken = calls.clone().any(is_answered);
    // Some gateways keep the list of models from keys that may call.
    if !is_taken && let Some(error) = of_class(ErrorClass::Auth) {
        return Some(refused(facts, error));
    }
    if !is_taken && let Some(error) = of_class(ErrorClass::Exhausted) {
        let hint = "add credit or raise the limit; a run would pause and go on afterwards";
        return Some(Finding::error("key", &error.message, PAUSED).hint(hint));
    }
    let found = match (facts.key, is_taken, listing.is_ok()) {
        (Key::Unset, true, _) => format!("{name} is not set, and none is wanted"),
        (Key::Unset, false, true) => {
            format!("{name} is not set; the list of models came without one")
        }
        (Key::Unset, false, false) => format!("{name} is not set"),
        (_, true, _) => format!("{name} is set and accepted"),
        (_, false, _) => format!("{name} is set; no call has shown whether it is accepted"),
    };
    Some(Finding::ok("key", found))
}

/// The endpoint's own words are not shown: some quote the key's beginning and end.
fn refused(facts: &EndpointFacts, error: &CallError) -> Finding {
    let name = &facts.key_variable;
    let status = error.status.map_or_else(String::new, |status| format!(" ({status})"));
    if facts.key == Key::Unset {
        let found = format!("the endpoint wants a key{status}, and {name} is not set");
        let hint = "export it, write it into .env, or name another with --set api_key_env=NAME";
        return Finding::error("key", found, PAUSED).hint(hint);
    }
    let hint = if error.status == Some(403) {
        "give the key the right to use this model, or set another key"
    } else {
        "is it the key of this endpoint, whole and not revoked?"
    };
    Finding::error("key", format!("{name} is set, but refused{status}"), PAUSED).hint(hint)
}
