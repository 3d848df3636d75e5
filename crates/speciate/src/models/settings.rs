//! From a recipe's limits to what the client and the engine take.

use std::net::IpAddr;

use speciate_engine::Lateness;
use speciate_llm::limit::{Concurrency, LimitConfig};
use speciate_llm::{StreamMode, Timeouts, WireFormat};
use speciate_types::Price;

use crate::recipe::{Api, ConcurrencySetting, Recipe, SecondTries, StreamSetting};

/// `auto` never goes above this; more would need more descriptors than most systems give.
pub(crate) const AUTO_MOST: u32 = 512;

pub(crate) fn timeouts(recipe: &Recipe) -> Timeouts {
    let (limits, normal) = (&recipe.limits, Timeouts::default());
    Timeouts {
        connect_ms: limits.connect_timeout_ms.unwrap_or(normal.connect_ms),
        silence_ms: limits.silence_timeout_ms.unwrap_or(normal.silence_ms),
        total_ms: limits.total_timeout_ms.unwrap_or(normal.total_ms),
    }
}

pub(crate) fn wire(api: Api) -> WireFormat {
    match api {
        Api::OpenAi => WireFormat::OpenAi,
        Api::Anthropic => WireFormat::Anthropic,
    }
}

pub(crate) fn stream(recipe: &Recipe) -> StreamMode {
    match recipe.limits.stream.unwrap_or(StreamSetting::Auto) {
        StreamSetting::Auto => StreamMode::Auto,
        StreamSetting::Always => StreamMode::Always,
        StreamSetting::Never => StreamMode::Never,
    }
}

/// A model that says how many calls it works on at once is taken at its word.
pub(super) fn limits(recipe: &Recipe, slots: Option<u32>) -> LimitConfig {
    let concurrency = match (recipe.limits.concurrency, slots) {
        (Some(ConcurrencySetting::Fixed(slots)), _) | (_, Some(slots)) => Concurrency::Fixed(slots),
        (_, None) => Concurrency::Auto { most: AUTO_MOST },
    };
    LimitConfig {
        concurrency,
        requests_per_minute: recipe.limits.requests_per_minute,
        tokens_per_minute: recipe.limits.tokens_per_minute,
    }
}

/// A second try may be paid twice, so by itself it is made only where calls cost nothing.
pub(super) fn lateness(recipe: &Recipe, price: Option<Price>, base_url: &str) -> Lateness {
    let is_free = is_free(price, base_url);
    match recipe.limits.second_tries.unwrap_or(SecondTries::Auto) {
        SecondTries::On => Lateness::SecondTry,
        SecondTries::Auto if is_free => Lateness::SecondTry,
        SecondTries::Auto | SecondTries::Off => Lateness::GiveUp,
    }
}

/// Whether calls cost nothing: by the price, else by the place.
pub(crate) fn is_free(price: Option<Price>, base_url: &str) -> bool {
    price.map_or_else(|| is_near(base_url), |price| price.is_free())
}

/// Whether an address is on this machine or in a private network, where nobody sends bills.
pub(super) fn is_near(base_url: &str) -> bool {
    let host = host(base_url);
    match host.parse() {
        Ok(IpAddr::V4(four)) => four.is_loopback() || four.is_private(),
        Ok(IpAddr::V6(six)) => six.is_loopback() || six.is_unique_local(),
        Err(_) => matches!(host.rsplit('.').next(), Some("localhost" | "local")),
    }
}

/// The host of an address, without brackets, port and login.
pub(crate) fn host(base_url: &str) -> &str {
    let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_near;

    #[test]
    fn near_is_this_machine_or_a_private_network() {
        for near in [
            "http://127.0.0.1:8000/v1",
            "http://localhost:11434/v1",
            "http://user:pass@10.1.2.3/v1",
            "http://192.168.0.7:8000",
            "http://[::1]:8000/v1",
            "http://gpu.local/v1",
        ] {
            assert!(is_near(near), "{near}");
        }
        for far in [
            "https://api.example.com/v1",
            "http://8.8.8.8/v1",
            "http://localhost.example.com/v1",
            "https://10.example.com/v1",
            "http://[2001:db8::1]/v1",
        ] {
            assert!(!is_near(far), "{far}");
        }
    }
}
