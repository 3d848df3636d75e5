//! The addresses of an endpoint.

use reqwest::Url;

use super::HttpModelError;

/// The base URL, without a slash or a path of ours at its end.
pub(super) fn parse_base(text: &str) -> Result<Url, HttpModelError> {
    let wrong = || HttpModelError::BaseUrl(without_credentials(text));
    let mut url: Url = text.trim().parse().map_err(|_not_a_url| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(wrong());
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err(wrong());
    }
    let path = url.path().trim_end_matches('/').trim_end_matches("/chat/completions").to_owned();
    url.set_path(&path);
    Ok(url)
}

/// A mistyped URL is shown back, but not what stands before its `@` or after its `?`.
fn without_credentials(text: &str) -> String {
    let text = text.split('?').next().unwrap_or_default();
    match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => {
            format!("{}://***{}", &text[..scheme], &text[at..])
        }
        _ => text.to_owned(),
    }
}

/// The address of one of the API's paths.
pub(super) fn join(base: &Url, path: &str) -> Result<Url, HttpModelError> {
    format!("{}/{path}", base.as_str().trim_end_matches('/'))
        .parse()
        .map_err(|_not_a_url| HttpModelError::BaseUrl(base.to_string()))
}

/// Whether `url` names this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls() {
        for (given, expected) in [
            ("http://localhost:8000/v1", Some("http://localhost:8000/v1/chat/completions")),
            ("http://localhost:8000/v1/", Some("http://localhost:8000/v1/chat/completions")),
            (
                "https://a.example/x/v1/chat/completions",
                Some("https://a.example/x/v1/chat/completions"),
            ),
            ("http://127.0.0.1:9", Some("http://127.0.0.1:9/chat/completions")),
            ("localhost:8000/v1", None),
            ("ftp://a.example", None),
            ("http://user:secret@a.example/v1", None),
            ("https://a.example/v1?key=secret", None),
            ("", None),
        ] {
            let url = parse_base(given).and_then(|base| join(&base, "chat/completions"));
            match (url, expected) {
                (Ok(url), Some(expected)) => assert_eq!(url.as_str(), expected),
                (Err(error), None) => assert!(!error.to_string().contains("secret"), "{error}"),
                (url, expected) => panic!("{given}: {url:?}, expected {expected:?}"),
            }
        }
    }
}
