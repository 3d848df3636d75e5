//! Addresses that were perhaps meant by one that lists no models.

/// Addresses that were perhaps meant by one that lists no models, the likeliest first.
pub(super) fn neighbours(address: &str) -> Vec<String> {
    let base = address.trim_end_matches('/');
    let mut found = Vec::new();
    let mut stripped = base;
    while let Some(shorter) = stripped.strip_suffix("/v1") {
        stripped = shorter;
    }
    let host_only = &base[..base.len() - path(base).len()];
    for candidate in [format!("{stripped}/v1"), format!("{host_only}/v1"), stripped.to_owned()] {
        if candidate != base && !found.contains(&candidate) {
            found.push(candidate);
        }
    }
    found
}

fn path(address: &str) -> &str {
    let begin = address.find("://").map_or(0, |at| at + 3);
    address[begin..].find('/').map_or("", |at| &address[begin + at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_perhaps_meant() {
        assert_eq!(neighbours("http://h:8000"), ["http://h:8000/v1"]);
        assert_eq!(neighbours("http://h/v1/v1"), ["http://h/v1", "http://h"]);
        assert_eq!(neighbours("http://h/v1"), ["http://h"]);
        assert_eq!(neighbours("http://h/api"), ["http://h/api/v1", "http://h/v1"]);
        assert_eq!(neighbours("http://h/api/"), ["http://h/api/v1", "http://h/v1"]);
    }
}
