//! The addresses of an endpoint.

use std::io;
use std::net::{IpAddr, SocketAddr};

use reqwest::Url;

use super::HttpModelError;

/// The one thing that a base URL may ask behind its path: Azure's version of the API (page "Azure
/// OpenAI REST API reference"). Anything else there may be a key.
const QUERY: &str = "api-version";

/// What a name is said to lead to when it leads nowhere else.
pub(super) const LINK_LOCAL: &str = "its name leads only to link-local addresses";

/// Whether an address is valid on this machine's own wire only, as those are at which clouds give
/// out keys to their machines. IPv4 written as IPv6 counts too.
pub(super) fn is_link_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(four) => four.is_link_local(),
        IpAddr::V6(six) => six.is_unicast_link_local(),
    }
}

/// Those of the addresses of a name that a key may be sent to.
///
/// # Errors
///
/// If there are none because all are link-local.
pub(super) fn allowed(found: impl Iterator<Item = SocketAddr>) -> io::Result<Vec<SocketAddr>> {
    let (refused, allowed): (Vec<_>, Vec<_>) =
        found.partition(|address| is_link_local(address.ip()));
    if allowed.is_empty() && !refused.is_empty() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, LINK_LOCAL));
    }
    Ok(allowed)
}

/// The base URL, without a slash or a path of ours at its end.
pub(super) fn parse_base(text: &str) -> Result<Url, HttpModelError> {
    let wrong = || HttpModelError::BaseUrl(without_credentials(text));
    let mut url: Url = text.trim().parse().map_err(|_not_a_url| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(wrong());
    }
    if literal(&url).is_some_and(is_link_local) {
        return Err(HttpModelError::LinkLocal(without_credentials(text)));
    }
    let is_known = url.query_pairs().all(|(name, _)| name == QUERY);
    if !url.username().is_empty() || url.password().is_some() || !is_known {
        return Err(wrong());
    }
    let path = url.path().trim_end_matches('/');
    let ours =
        ["/chat/completions", "/messages"].into_iter().find_map(|own| path.strip_suffix(own));
    let path = ours.unwrap_or(path).to_owned();
    url.set_path(&path);
    url.set_fragment(None);
    if url.query().is_some_and(str::is_empty) {
        url.set_query(None);
    }
    Ok(url)
}

/// A mistyped URL is shown back, but not what stands before its last `@` or behind its first `?`,
/// whichever of them a password holds.
fn without_credentials(text: &str) -> String {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let Some(at) = text.rfind('@') else { return path.to_owned() };
    let scheme = ["https://", "http://"].into_iter().find(|scheme| text.starts_with(scheme));
    format!("{}***{}", scheme.unwrap_or_default(), path.get(at..).unwrap_or_default())
}

/// The address of one of the API's paths; what the base asks behind its path stays there.
pub(super) fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

/// The base URL for people: without what stands behind its path.
pub(super) fn shown(base: &Url) -> String {
    let mut url = base.clone();
    url.set_query(None);
    url.as_str().trim_end_matches('/').to_owned()
}

/// Whether `base` is Azure's: by its host, or because it names a version of the API.
pub(super) fn is_azure(base: &Url) -> bool {
    const HOSTS: [&str; 3] =
        [".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"];
    let host = base.host_str().unwrap_or_default().trim_end_matches('.');
    base.query().is_some() || HOSTS.iter().any(|end| host.ends_with(end))
}

/// The base of the whole resource and the name of the deployment, where `base` is that of one of
/// Azure's deployments: `…/openai/deployments/NAME`.
pub(super) fn deployment(base: &Url) -> Option<(Url, String)> {
    let (resource, name) = base.path().trim_end_matches('/').rsplit_once("/deployments/")?;
    let is_name = is_azure(base) && !name.is_empty() && !name.contains('/');
    is_name.then(|| {
        let mut url = base.clone();
        url.set_path(resource);
        (url, name.to_owned())
    })
}

/// Whether `url` names this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host_str().map(|host| host.trim_end_matches('.')) {
        Some("localhost") => true,
        _ => literal(url).is_some_and(|address| address.to_canonical().is_loopback()),
    }
}

/// The address that `url` names, if it is not a name that has to be looked up.
fn literal(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_end_matches('.').trim_matches(['[', ']']).parse().ok()
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
            let url = parse_base(given).map(|base| join(&base, "chat/completions"));
            match (url, expected) {
                (Ok(url), Some(expected)) => assert_eq!(url.as_str(), expected),
                (Err(error), None) => assert!(!error.to_string().contains("secret"), "{error}"),
                (url, expected) => panic!("{given}: {url:?}, expected {expected:?}"),
            }
        }
    }

    #[test]
    fn a_mistyped_url_shows_no_secret() {
        for (given, shown) in [
            ("http://user:secret@a.example/v1", "http://***@a.example/v1"),
            ("user:secret@a.example/v1", "***@a.example/v1"),
            ("http://user:se?secret@a.example/v1", "http://***"),
            ("http://user:se#secret@a.example/v1", "http://***"),
            ("http://user:secret/secret@a.example/v1", "http://***@a.example/v1"),
            ("http://a:b@c:secret://x@a.example/v1", "http://***@a.example/v1"),
            ("secret://secret@a.example/v1", "***@a.example/v1"),
            ("https://a.example/v1?key=secret", "https://a.example/v1"),
            ("https://a.example/v1?key=secret@secret", "https://***"),
            ("ftp://a.example/v1#secret", "ftp://a.example/v1"),
            ("localhost:8000/v1", "localhost:8000/v1"),
        ] {
            let error = parse_base(given).unwrap_err().to_string();
            assert!(error.ends_with(&format!("found `{shown}`")), "{given}: {error}");
        }
    }

    #[test]
    fn link_local_addresses_are_refused_however_they_are_written() {
        for refused in [
            "http://169.254.169.254/latest",
            "https://169.254.0.1:8443/v1",
            "http://2852039166/v1",
            "http://0xA9.0xFE.0xA9.0xFE/v1",
            "http://[fe80::1]/v1",
            "http://[febf::a9fe:a9fe]:8000/v1",
            "http://[::ffff:169.254.169.254]/v1",
        ] {
            let error = parse_base(refused).unwrap_err();
            assert!(matches!(error, HttpModelError::LinkLocal(_)), "{refused}: {error}");
            assert!(error.to_string().contains(refused), "{error}");
        }
        for taken in [
            "http://127.0.0.1:8000/v1",
            "http://10.1.2.3/v1",
            "http://172.16.0.1/v1",
            "http://192.168.0.7/v1",
            "http://169.253.1.1/v1",
            "http://[::1]/v1",
            "http://[fd00::1]/v1",
            "http://[::ffff:10.0.0.1]/v1",
        ] {
            assert!(parse_base(taken).is_ok(), "{taken}");
        }
    }

    #[test]
    fn of_the_addresses_of_a_name_the_link_local_ones_are_passed_over() {
        let found = |addresses: &[&str]| {
            allowed(addresses.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 80)))
        };
        let mixed = found(&["fe80::1", "192.168.0.7", "169.254.1.1"]).unwrap();
        assert_eq!(mixed, [SocketAddr::new("192.168.0.7".parse().unwrap(), 80)]);
        assert!(found(&[]).unwrap().is_empty());
        let refused = found(&["169.254.169.254", "fe80::a9fe:a9fe"]).unwrap_err();
        assert_eq!(refused.to_string(), LINK_LOCAL);
    }

    #[test]
    fn azure_asks_for_a_version_behind_the_path() {
        let given = "https://res.openai.azure.com/openai/deployments/gpt-x/chat/completions?api-version=2024-10-21";
        let base = parse_base(given).unwrap();
        let bare = given.replace("/chat/completions", "");
        assert_eq!(parse_base(&bare).unwrap(), base);
        assert_eq!(join(&base, "chat/completions").as_str(), given);
        assert_eq!(shown(&base), "https://res.openai.azure.com/openai/deployments/gpt-x");
        let (resource, name) = deployment(&base).unwrap();
        assert_eq!(
            join(&resource, "models").as_str(),
            "https://res.openai.azure.com/openai/models?api-version=2024-10-21"
        );
        assert_eq!(name, "gpt-x");
        for (given, expected) in [
            ("https://res.openai.azure.com/openai/v1", true),
            ("https://gateway.example/openai?api-version=preview", true),
            ("https://openai.azure.com.example/v1", false),
            ("https://a.example/v1?", false),
        ] {
            let base = parse_base(given).unwrap();
            assert_eq!((is_azure(&base), deployment(&base)), (expected, None), "{given}");
        }
        assert!(parse_base("https://a.example/v1?api-version=1&key=secret").is_err());
    }

    #[test]
    fn this_machine_by_all_its_names() {
        for (given, expected) in [
            ("http://localhost:8000/v1", true),
            ("http://LOCALHOST./v1", true),
            ("http://127.0.0.1/v1", true),
            ("http://127.1/v1", true),
            ("http://2130706433/v1", true),
            ("http://[::1]:8000/v1", true),
            ("http://[::ffff:127.0.0.1]/v1", true),
            ("http://localhost.example/v1", false),
            ("http://10.0.0.1/v1", false),
            ("http://[::2]/v1", false),
        ] {
            assert_eq!(is_loopback(&parse_base(given).unwrap()), expected, "{given}");
        }
    }

    /// Nothing in an address can end the line that it is sent in.
    #[test]
    fn line_ends_stay_encoded_or_go() {
        for given in [
            "http://a.example/v1\r\nx: y",
            "http://a.example/v1%0d%0ax:%20y",
            "http://a.example/v1 HTTP/1.1\r\nx: y\r\n\r\n",
            "http://a.example/v1?api-version=1%0d%0ax: y",
            "http://a.example/v1?api-version=1\r\n",
        ] {
            let url = join(&parse_base(given).unwrap(), "chat/completions");
            let is_plain = |byte: u8| byte.is_ascii_graphic();
            assert!(url.as_str().bytes().all(is_plain), "{given:?}: {url}");
        }
        for given in ["http://a.exam\0ple/v1", "http://a.example:80:90/v1", "http://a b/v1"] {
            assert!(parse_base(given).is_err(), "{given:?}");
        }
    }

    #[test]
    fn a_path_of_ours_is_taken_off() {
        for (given, expected) in [
            ("https://a.example/v1/messages", "https://a.example/v1"),
            ("https://a.example/v1/chat/completions/", "https://a.example/v1"),
            ("https://a.example/", "https://a.example"),
        ] {
            assert_eq!(shown(&parse_base(given).unwrap()), expected);
        }
    }
}
