//! What it means how a model answered.

use speciate_types::{CallError, ChatResponse, ErrorClass};

use super::endpoint::{shown_name, shown_names, transport_hint};
use super::facts::{CallFacts, EndpointFacts, ModelFacts};
use super::{Finding, MISCONFIGURED, Proxy, Status};
use crate::models::{nearest, stops_preflight};

/// How the client says that an answer had no finish reason; a test holds the two together.
const NO_FINISH_REASON: &str = "no finish reason";

/// Whether a model worked on the call, even if not to its end.
pub(super) fn is_answered(call: &CallFacts) -> bool {
    use ErrorClass::{Empty, Filtered, Refused, Truncated};
    match &call.result {
        Ok(_) => true,
        Err(error) => matches!(error.class, Truncated | Filtered | Refused | Empty),
    }
}

/// Whether somebody who knows the API answered the call, be it with a refusal.
pub(super) fn is_served(call: &CallFacts) -> bool {
    use ErrorClass::{Auth, BadItem, Exhausted, Overloaded, Throttled};
    let is_refusal = |error: &CallError| {
        matches!(error.class, Auth | Exhausted | Throttled | Overloaded | BadItem)
    };
    is_answered(call) || call.result.as_ref().is_err_and(is_refusal)
}

/// Whether the model is there and answers; `None` where another finding says why it was not asked.
pub(super) fn model(endpoint: &EndpointFacts, facts: &ModelFacts) -> Option<Finding> {
    let listing = endpoint.listing.as_ref()?;
    let listed = listing.result.as_deref().unwrap_or_default();
    let Some(name) = &facts.chosen else {
        let is_nobody_there = endpoint.better_address.is_some()
            || listing.result.as_ref().is_err_and(stops_preflight);
        return (!is_nobody_there).then(|| not_chosen(facts, listed));
    };
    let name = shown_name(name);
    match &facts.call {
        Some(call) => {
            called(endpoint, &name, call).map(|finding| not_listed(finding, &name, listed))
        }
        None if listing.result.is_err() => None,
        None if listed.contains(&name) => {
            Some(Finding::ok("model", format!("{name} is listed; it was not called")))
        }
        None => {
            Some(not_listed(Finding::ok("model", format!("{name} was not called")), &name, listed))
        }
    }
}

/// The recipe names none, and the endpoint leaves a choice.
fn not_chosen(facts: &ModelFacts, listed: &[String]) -> Finding {
    let lists = match listed {
        [] => String::new(),
        names => format!("; it lists {}", shown_names(names)),
    };
    let whose = match facts.roles.as_slice() {
        [_, _, _] => String::new(),
        roles => format!(" for {}", roles.join(" and ")),
    };
    let found = format!("no model is named{whose}{lists}");
    Finding::error("model", found, MISCONFIGURED).hint("name one with --model")
}

/// Servers take names that they do not list: the call decides.
fn not_listed(finding: Finding, name: &str, listed: &[String]) -> Finding {
    if listed.is_empty() || listed.iter().any(|known| shown_name(known) == name) {
        return finding;
    }
    let found = format!("{}; it is not listed, {} is", finding.found, shown_names(listed));
    let near = nearest(name, listed).map(shown_name);
    let hint = match (finding.status, near) {
        (Status::Error, Some(near)) => format!("did you mean {near}?"),
        (Status::Error, None) => "name one of the listed ones with --model".to_owned(),
        (_, Some(near)) => format!("records carry the name as it was given, not {near}"),
        (_, None) => "records carry the name as it was given".to_owned(),
    };
    let status = finding.status.max(Status::Warning);
    Finding { status, found, hint: Some(hint), ..finding }
}

fn called(endpoint: &EndpointFacts, name: &str, call: &CallFacts) -> Option<Finding> {
    match &call.result {
        Ok(response) => Some(answered(name, call, response)),
        Err(error) => failed(endpoint, name, call, error),
    }
}

fn answered(name: &str, call: &CallFacts, response: &ChatResponse) -> Finding {
    with_usage(name, call, !response.usage.estimated)
}

fn with_usage(name: &str, call: &CallFacts, has_usage: bool) -> Finding {
    let found = format!("{name} answers in {} ms", call.latency_ms);
    if has_usage {
        return Finding::ok("model", format!("{found}, with finish reason and usage"));
    }
    Finding::warning("model", format!("{found}, with finish reason, but without usage"))
        .hint("tokens and cost will be estimates (4 bytes a token), --max-cost too")
}

fn failed(
    endpoint: &EndpointFacts,
    name: &str,
    call: &CallFacts,
    error: &CallError,
) -> Option<Finding> {
    use ErrorClass::{
        Auth, BadConfig, BadItem, Empty, Exhausted, Filtered, LocalFault, Malformed, Overloaded,
        Refused, Throttled, Transient, Truncated,
    };
    let stops = Finding::error("model", format!("{name}: {}", error.message), MISCONFIGURED);
    let passes = Finding::warning("model", format!("{name}: {}", error.message));
    Some(match error.class {
        // Said of the key.
        Auth | Exhausted => return None,
        Truncated if error.message.contains(NO_FINISH_REASON) => {
            stops.hint("every answer would count as cut; use a server that says `finish_reason`")
        }
        // The few tokens of this call are meant to run out.
        Truncated => with_usage(name, call, error.usage.is_some()),
        Throttled | Overloaded => passes.hint("a run waits and tries again by itself"),
        Filtered | Refused | Empty => {
            passes.hint("asked for one word, it gave none: look at a few rows first (--limit 5)")
        }
        LocalFault => stops.hint("close other programs, or see `descriptors` below"),
        // Said of the address.
        _ if matches!(error.status, Some(200 | 404 | 405))
            && endpoint.better_address.is_some()
            && !matches!(error.class, Truncated | Filtered | Refused | Empty) =>
        {
            return None;
        }
        BadConfig if matches!(error.status, Some(404 | 405)) => {
            stops.hint("is the model's name right, and does the base url end in /v1?")
        }
        BadConfig | BadItem => {
            stops.hint("fix the setting named above; a parameter is set with --set evolver.NAME=…")
        }
        Malformed => stops.hint("is the endpoint compatible with OpenAI's chat completions?"),
        Transient if error.status == Some(200) => {
            stops.hint("is there a login page of the network or a proxy on the way?")
        }
        Transient => match transport(endpoint, error) {
            Some(hint) => stops.hint(hint),
            None => {
                stops.hint("a run tries again by itself; if it persists, look at the server's log")
            }
        },
    })
}

fn transport(endpoint: &EndpointFacts, error: &CallError) -> Option<String> {
    let proxy = match endpoint.proxy {
        Proxy::Used(name) => Some(name),
        _ => None,
    };
    let address = endpoint.address.as_ref().ok().filter(|_| error.status.is_none())?;
    transport_hint(&error.message, address, proxy)
}
