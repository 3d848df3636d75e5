//! What an endpoint's list of models, or the lack of one, means before a run.
//!
//! A list proves little: servers take tags, aliases and adapters that they do not list, hide the
//! list from keys that may call, or have none. So a list alone stops nothing that a call could
//! still do; where it looks like a wrong address or a refused key, a call that costs nothing decides.

use speciate_llm::{Endpoint, HttpModel, Model as _};
use speciate_types::{CallError, ChatRequest, ErrorClass, Sampling};

use super::ModelError;
use super::neighbours::neighbours;

/// Less alike is another model.
const ALIKE_MIN: f64 = 0.6;

/// What became of asking an endpoint for its models.
#[derive(Debug, Clone)]
pub(super) enum Asked {
    /// These; none if it does not list them.
    Lists(Vec<String>),
    /// It does not show them, but takes calls; why not, for people.
    Hides(String),
    /// It did not answer; others of its pool may.
    Silent(CallError),
}

/// Why a run cannot start.
#[derive(Debug)]
pub(super) enum Obstacle {
    /// The endpoint refuses.
    Refused(CallError),
    /// The API is at another address of the same host.
    Elsewhere(String),
}

/// Asks an endpoint whether a run could begin there. `model` is the one that is named.
pub(super) async fn ask(endpoint: &Endpoint, model: Option<&str>) -> Result<Asked, Obstacle> {
    let error = match HttpModel::list(endpoint).await {
        Ok(listed) => return Ok(Asked::Lists(listed)),
        Err(error) => error,
    };
    if is_silence(&error) {
        return Ok(Asked::Silent(error));
    }
    if may_be_elsewhere(&error) {
        return match better_address(endpoint).await {
            Some(better) if !takes_calls(endpoint, model).await => Err(Obstacle::Elsewhere(better)),
            _ => Ok(Asked::Lists(Vec::new())),
        };
    }
    match refusal(endpoint, model, &error).await {
        Some(refusal) => Err(Obstacle::Refused(refusal)),
        None if stops_preflight(&error) => Ok(Asked::Hides(error.message)),
        None => Ok(Asked::Lists(Vec::new())),
    }
}

/// Nothing answers there now.
pub(super) fn is_silence(error: &CallError) -> bool {
    error.class == ErrorClass::Transient && error.status.is_none()
}

/// Whether something answered, only not with a list of models.
pub(crate) fn may_be_elsewhere(error: &CallError) -> bool {
    matches!(error.status, Some(404 | 405))
        || (error.status == Some(200) && error.class == ErrorClass::Malformed)
}

/// No connection, no key, no money and a wrong address are final before a run, unless a call shows
/// otherwise; a missing list of models is not.
pub(crate) fn stops_preflight(error: &CallError) -> bool {
    match error.class {
        ErrorClass::Auth | ErrorClass::Exhausted => true,
        ErrorClass::BadConfig => !may_be_elsewhere(error),
        _ => is_silence(error),
    }
}

/// Whether nobody was there who could have taken a call.
pub(crate) fn is_out_of_reach(error: &CallError) -> bool {
    error.status.is_none() && stops_preflight(error)
}

/// Why no call would get through, if that is so. A list may be refused where calls are not.
async fn refusal(
    endpoint: &Endpoint,
    model: Option<&str>,
    listing: &CallError,
) -> Option<CallError> {
    if !stops_preflight(listing) {
        return None;
    }
    match model {
        Some(model) if !is_out_of_reach(listing) => {
            empty_call(endpoint, model).await.filter(stops_preflight)
        }
        _ => Some(listing.clone()),
    }
}

/// An address of the same host that lists models.
pub(crate) async fn better_address(endpoint: &Endpoint) -> Option<String> {
    let address = HttpModel::new(endpoint, "").ok()?.info().endpoint;
    for base_url in neighbours(&address) {
        let there = Endpoint { base_url: base_url.clone(), ..endpoint.clone() };
        if HttpModel::list(&there).await.is_ok() {
            return Some(base_url);
        }
    }
    None
}

/// Whether calls arrive somewhere that knows the API. Some servers answer 200 on every path.
async fn takes_calls(endpoint: &Endpoint, model: Option<&str>) -> bool {
    let Some(model) = model else { return false };
    let answer = empty_call(endpoint, model).await;
    answer.is_none_or(|error| !matches!(error.status, None | Some(200 | 404 | 405)))
}

/// A call without a message, which servers refuse without a bill once address and key are right.
async fn empty_call(endpoint: &Endpoint, model: &str) -> Option<CallError> {
    let request = ChatRequest {
        messages: Vec::new(),
        sampling: Sampling { max_tokens: Some(1), ..Sampling::default() },
        stop: Vec::new(),
        seed: 0,
        shared_messages: 0,
    };
    let model = HttpModel::new(endpoint, model).ok()?;
    model.call(request).await.err()
}

/// The model that answers for a role at an endpoint that lists `listed`. A name that is given is
/// taken: what the endpoint makes of it, the first call shows.
pub(crate) fn pick_model(
    role: &'static str,
    model: Option<&str>,
    base_url: &str,
    listed: &[String],
) -> Result<String, ModelError> {
    match (model, listed) {
        (Some(model), _) => Ok(model.to_owned()),
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(ModelError::NoModel {
            role,
            base_url: base_url.to_owned(),
            listed: listed.to_vec(),
        }),
    }
}

/// What is said of a model that the list lacks; `None` if it is there or there is no list.
pub(super) fn unlisted(model: &str, base_url: &str, listed: &[String]) -> Option<String> {
    if listed.is_empty() || listed.iter().any(|known| known == model) {
        return None;
    }
    let lacks =
        format!("{base_url} does not list `{model}`; the first call will show whether it has it");
    Some(match nearest(model, listed) {
        Some(name) => format!("{lacks} (it lists `{name}`)"),
        None => lacks,
    })
}

/// The listed name that was perhaps meant. Owners, paths, tags and case are often left out or added.
pub(crate) fn nearest<'a>(named: &str, listed: &'a [String]) -> Option<&'a str> {
    let alike = listed.iter().map(|name| (likeness(named, name), name.as_str()));
    let alike = alike.filter(|(likeness, _)| *likeness >= ALIKE_MIN);
    // Of names that are equally alike it is the first.
    alike.rev().max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, name)| name)
}

/// Between 0 and 1.
fn likeness(named: &str, name: &str) -> f64 {
    let (named, name) = (named.to_lowercase(), name.to_lowercase());
    let (bare_named, bare_name) = (bare(&named), bare(&name));
    if !bare_named.is_empty() && bare_named == bare_name {
        return 1.0;
    }
    let (short, long) = if bare_named.len() <= bare_name.len() {
        (bare_named, bare_name)
    } else {
        (bare_name, bare_named)
    };
    if short.len() > 2 && long.contains(short) {
        return 0.9 + 0.1 * short.len() as f64 / long.len() as f64;
    }
    strsim::normalized_damerau_levenshtein(bare_named, bare_name)
}

/// A name without its owner or folder, its tag (`:latest`, `:nitro`) and the end of a file's name.
fn bare(name: &str) -> &str {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.strip_suffix(".gguf").unwrap_or(name);
    name.split([':', '@']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_stops_no_name_and_tells_the_nearest() {
        let listed = |names: &str| names.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for (named, names, expected) in [
            ("llama3.2:latest", "gemma3:4b llama3.2 qwen3:8b", Some("llama3.2")),
            ("llama3.2", "gemma3:4b llama3.2:latest", Some("llama3.2:latest")),
            (
                "meta-llama/llama-3.3-70b-instruct:nitro",
                "a/b meta-llama/llama-3.3-70b-instruct",
                Some("meta-llama/llama-3.3-70b-instruct"),
            ),
            ("openai/gpt-4o:online", "openai/gpt-4o openai/gpt-4o-mini", Some("openai/gpt-4o")),
            ("gpt-4o", "gpt-4.1 gpt-4o-2024-08-06", Some("gpt-4o-2024-08-06")),
            (
                "claude-haiku-4-5-20251001",
                "claude-haiku-4-5 claude-opus-4-5",
                Some("claude-haiku-4-5"),
            ),
            ("Qwen3-8B", "Qwen/Qwen3-8B Qwen/Qwen3-32B", Some("Qwen/Qwen3-8B")),
            ("/models/qwen3-8b", "gemma qwen3-8b", Some("qwen3-8b")),
            (
                "qwen3-8b-q4_k_m",
                "/srv/Qwen3-8B-Q4_K_M.gguf other",
                Some("/srv/Qwen3-8B-Q4_K_M.gguf"),
            ),
            ("C:\\models\\phi-4.gguf", "phi-4 gemma", Some("phi-4")),
            ("my-lora", "Qwen/Qwen3-8B google/gemma-3-4b", None),
            ("default", "llama-3-8b", None),
            ("LARGE", "large small", Some("large")),
            ("lagre", "large small", Some("large")),
            ("model@v2", "model other", Some("model")),
        ] {
            let listed = listed(names);
            assert_eq!(nearest(named, &listed), expected, "{named} of {names}");
            assert_eq!(pick_model("judge", Some(named), "http://h/v1", &listed).unwrap(), named);
            let said = unlisted(named, "http://h/v1", &listed).unwrap();
            assert!(
                said.contains(named) && said.contains(expected.unwrap_or("first call")),
                "{said}"
            );
        }
        assert_eq!(unlisted("large", "http://h/v1", &listed("large small")), None);
        assert_eq!(unlisted("large", "http://h/v1", &[]), None);
    }

    #[test]
    fn what_a_failed_list_is_taken_for() {
        let error = |class, status: Option<u16>| CallError { status, ..CallError::new(class, "") };
        use ErrorClass::{Auth, BadConfig, Exhausted, Malformed, Overloaded, Transient};
        for (class, status, stops, elsewhere, out_of_reach) in [
            (BadConfig, Some(404), false, true, false),
            (BadConfig, Some(405), false, true, false),
            (Malformed, Some(200), false, true, false),
            (Auth, Some(401), true, false, false),
            (Exhausted, Some(402), true, false, false),
            (BadConfig, Some(308), true, false, false),
            (BadConfig, None, true, false, true),
            (Transient, None, true, false, true),
            (Transient, Some(502), false, false, false),
            (Overloaded, Some(503), false, false, false),
        ] {
            let error = error(class, status);
            let found =
                (stops_preflight(&error), may_be_elsewhere(&error), is_out_of_reach(&error));
            assert_eq!(found, (stops, elsewhere, out_of_reach), "{class:?} {status:?}");
        }
    }
}
