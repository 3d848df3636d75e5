//! What can be read off an address: its host and its proxy.

use std::net::IpAddr;

use super::Proxy;

/// The host of `address`, without brackets.
pub(super) fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// Whether `address` is on this machine.
pub(super) fn is_loopback(address: &str) -> bool {
    let host = host(address);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The way to `address` under the process's variables, as the HTTP client takes it.
///
/// A `.env` file is not asked: the client does not read it.
pub(super) fn proxy(address: &str, variable: impl Fn(&str) -> Option<String>) -> Proxy {
    let of_scheme = if address.starts_with("https") {
        ["HTTPS_PROXY", "https_proxy"]
    } else {
        ["HTTP_PROXY", "http_proxy"]
    };
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let names = of_scheme.into_iter().chain(["ALL_PROXY", "all_proxy"]);
    let Some(name) = names.into_iter().find(|name| is_set(name)) else { return Proxy::None };
    let excepted = variable("NO_PROXY").or_else(|| variable("no_proxy")).unwrap_or_default();
    match () {
        () if is_loopback(address) => Proxy::SkippedForLoopback(name),
        () if is_excepted(host(address), &excepted) => Proxy::SkippedByList(name),
        () => Proxy::Used(name),
    }
}

/// Whether a list such as `internal.example, 10.0.0.0/8` names `host`.
fn is_excepted(host: &str, list: &str) -> bool {
    let ip: Option<IpAddr> = host.parse().ok();
    let host = host.to_ascii_lowercase();
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| match ip {
        _ if entry == "*" => true,
        Some(ip) => is_in_network(ip, entry),
        None => {
            let domain = entry.trim_start_matches('.').to_ascii_lowercase();
            host == domain || host.ends_with(&format!(".{domain}"))
        }
    })
}

/// `network` is an address, or the beginning of many such as `10.0.0.0/8`.
fn is_in_network(ip: IpAddr, network: &str) -> bool {
    let (base, length) = match network.split_once('/') {
        Some((base, length)) => (base, length.parse().ok()),
        None => (network, Some(128)),
    };
    let (Ok(base), Some(length)) = (base.parse::<IpAddr>(), length) else { return false };
    // Both as numbers with the network's bits in front.
    let (ip, base) = match (ip, base) {
        (IpAddr::V4(ip), IpAddr::V4(base)) => {
            (u128::from(ip.to_bits()) << 96, u128::from(base.to_bits()) << 96)
        }
        (IpAddr::V6(ip), IpAddr::V6(base)) => (ip.to_bits(), base.to_bits()),
        _ => return false,
    };
    let differing: u128 = ip ^ base;
    differing.leading_zeros() >= u32::min(length, 128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (address, expected) in [
            ("http://localhost:8000/v1", "localhost"),
            ("https://api.example", "api.example"),
            ("http://[::1]:9/v1", "::1"),
            ("http://10.0.0.7:80", "10.0.0.7"),
        ] {
            assert_eq!(host(address), expected);
        }
        assert!(is_loopback("http://[::1]:9/v1") && is_loopback("http://127.0.0.3"));
        assert!(!is_loopback("http://localhost.example/v1"));
    }

    #[test]
    fn ways() {
        let ways = |address: &str, variables: &[(&str, &str)]| {
            proxy(address, |name| {
                let of_name = variables.iter().find(|(known, _)| *known == name);
                of_name.map(|(_, value)| (*value).to_owned())
            })
        };
        let on = ("HTTPS_PROXY", "http://user:pass@proxy:3128");
        assert_eq!(ways("https://api.example/v1", &[]), Proxy::None);
        assert_eq!(ways("https://api.example/v1", &[on]), Proxy::Used("HTTPS_PROXY"));
        assert_eq!(ways("http://api.example/v1", &[on]), Proxy::None);
        assert_eq!(
            ways("http://api.example/v1", &[("all_proxy", "socks5://p")]),
            Proxy::Used("all_proxy")
        );
        assert_eq!(ways("https://localhost/v1", &[on]), Proxy::SkippedForLoopback("HTTPS_PROXY"));
        for (host, no_proxy, is_bypassed) in [
            ("api.example", "example", true),
            ("api.example", "other, .EXAMPLE", true),
            ("api.example", "pi.example", false),
            ("api.example", "*", true),
            ("10.1.2.3", "10.0.0.0/8", true),
            ("11.1.2.3", "10.0.0.0/8", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2", false),
            ("10.1.2.3", "10.0.0.0/x", false),
            ("[fd00::5]", "fd00::/16", true),
            ("[fd01::5]", "fd00::/16", false),
            ("api.example", " , ", false),
        ] {
            let expected = if is_bypassed {
                Proxy::SkippedByList("HTTPS_PROXY")
            } else {
                Proxy::Used("HTTPS_PROXY")
            };
            let found = ways(&format!("https://{host}/v1"), &[on, ("NO_PROXY", no_proxy)]);
            assert_eq!(found, expected, "{host} and {no_proxy}");
        }
    }
}
