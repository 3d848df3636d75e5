//! Redirects: followed to another spelling of the same address, told of otherwise.

use ::http::header::LOCATION;
use reqwest::Url;
use speciate_types::{CallError, ErrorClass};

use super::address::{parse_base, shown};
use super::transport::Incoming;
use crate::openai::{shorten, without_markup};

/// More hops than this are a circle.
pub(super) const HOPS_MAX: usize = 3;

/// Where the response to a request at `asked` sends it, if that is where the key may go: to the same
/// origin, and to the same part of the API there. The request is sent there as it was, whatever the
/// status: a `GET` in the place of a `POST` would ask for something else.
///
/// # Errors
///
/// If it leads anywhere else.
pub(super) fn redirect(response: &Incoming, asked: &Url) -> Result<Option<Url>, CallError> {
    let to = response.headers().get(LOCATION).filter(|_| response.status().is_redirection());
    let Some(to) = to.map(|to| to.to_str().unwrap_or("?")) else { return Ok(None) };
    match asked.join(to) {
        Ok(target) if is_same_place(asked, &target) => Ok(Some(target)),
        target => {
            let mut error = CallError::new(ErrorClass::BadConfig, refusal(to, target.ok(), asked));
            error.status = Some(response.status().as_u16());
            Err(error)
        }
    }
}

fn is_same_place(asked: &Url, target: &Url) -> bool {
    let part = |url: &Url| url.path().trim_end_matches('/').rsplit('/').next().map(str::to_owned);
    let is_bare = target.username().is_empty() && target.password().is_none();
    asked.origin() == target.origin() && is_bare && part(asked) == part(target) && asked != target
}

/// What stands behind the target's path may be a secret.
fn refusal(to: &str, target: Option<Url>, asked: &Url) -> String {
    let fit = |text: &str| shorten(&without_markup(text.split('?').next().unwrap_or_default()));
    let Some(target) = target.filter(|target| !target.cannot_be_a_base()) else {
        return format!("the endpoint redirects to `{}`, which is no address", fit(to));
    };
    let part = asked.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let is_of_api = target.path().trim_end_matches('/').ends_with(part);
    let base = || parse_base(target.as_str().split(['?', '#']).next().unwrap_or_default());
    match base().ok().filter(|_| is_of_api) {
        Some(base) => {
            let base = shown(&base);
            let base = base.strip_suffix("/models").unwrap_or(&base);
            format!(
                "the endpoint redirects, which is not followed, as another place would get the key: \
                 to use it set `base_url` to `{}`",
                fit(base)
            )
        }
        None => format!(
            "the endpoint redirects to `{}`, which is not followed: check `base_url`",
            fit(target.as_str())
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_spelling_of_the_place_is_followed() {
        let asked: Url = "http://a.example:8000/v1/chat/completions".parse().unwrap();
        for (to, expected) in [
            ("/v1/chat/completions/", true),
            ("http://a.example:8000/api/v1/chat/completions?api-version=1", true),
            ("completions/", true),
            ("/v1/chat/completions", false),
            ("https://a.example:8000/v1/chat/completions", false),
            ("http://a.example/v1/chat/completions", false),
            ("http://b.example:8000/v1/chat/completions", false),
            ("http://u:p@a.example:8000/v1/chat/completions/", false),
            ("//b.example/v1/chat/completions", false),
            ("/login", false),
        ] {
            assert_eq!(is_same_place(&asked, &asked.join(to).unwrap()), expected, "{to}");
        }
    }

    #[test]
    fn a_refusal_names_what_to_set() {
        let asked: Url = "http://a.example/v1/chat/completions".parse().unwrap();
        for (to, expected) in [
            (
                "https://a.example/v1/chat/completions?key=secret",
                "set `base_url` to `https://a.example/v1`",
            ),
            ("https://b.example/x/chat/completions", "set `base_url` to `https://b.example/x`"),
            ("/login?next=secret", "redirects to `http://a.example/login`, which is not followed"),
            ("mailto:secret", "redirects to `mailto:secret`, which is no address"),
        ] {
            let said = refusal(to, asked.join(to).ok(), &asked);
            assert!(said.contains(expected), "{said}");
        }
        let models: Url = "http://a.example/v1/models".parse().unwrap();
        let said = refusal("x", "https://a.example/v1/models".parse().ok(), &models);
        assert!(said.ends_with("`https://a.example/v1`"), "{said}");
    }
}
