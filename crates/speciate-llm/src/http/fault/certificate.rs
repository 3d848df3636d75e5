//! What is wrong with a certificate, in plain words.

/// How the library words a trouble (parts of its messages, in small letters), what that means, and
/// what to do.
const TROUBLES: [(&[&str], &str); 6] = [
    (
        &["causedasendentity", "ca used as end"],
        "it is an authority's own and not a server's; give the server a certificate that this \
         authority has signed, or reach it over http:// where that is safe",
    ),
    (&["expired"], "it has expired; renew it on the server, or check this machine's clock"),
    (&["not valid yet", "notvalidyet"], "it is not valid yet; check this machine's clock"),
    (
        &["not valid for name", "notvalidforname"],
        "it is for another name; set `base_url` to the name that is in the certificate",
    ),
    (
        &["unknownissuer", "unknown issuer", "not trusted", "self-signed", "self signed"],
        "nobody known here has signed it; for an authority of your own, set the environment \
         variable SSL_CERT_FILE to its certificate (a PEM file)",
    ),
    (&["revoked"], "it was revoked; renew it on the server"),
];

/// The trouble that the library's `reason` stands for.
pub(super) fn trouble(reason: &str) -> String {
    let lower = reason.to_lowercase();
    let known = TROUBLES.iter().find(|(words, _)| words.iter().any(|word| lower.contains(word)));
    let file = std::env::var("SSL_CERT_FILE").ok().filter(|file| !file.is_empty());
    let file = file.map(|file| format!(" (SSL_CERT_FILE is `{file}`)")).unwrap_or_default();
    match known {
        Some((_, said)) => format!("{said}{file}"),
        None => format!("{reason}; for a private authority set SSL_CERT_FILE{file}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trouble_has_its_words() {
        for (reason, expected) in [
            ("invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))", "authority's own"),
            ("CaUsedAsEndEntity", "authority's own"),
            ("invalid peer certificate: Expired", "has expired"),
            ("invalid peer certificate: certificate expired: verification time 2", "has expired"),
            ("invalid peer certificate: certificate not valid yet", "check this machine's clock"),
            ("invalid peer certificate: certificate not valid for name \"a\"", "another name"),
            ("invalid peer certificate: UnknownIssuer", "SSL_CERT_FILE to its certificate"),
            ("invalid peer certificate: Revoked", "revoked"),
            ("invalid peer certificate: BadEncoding", "BadEncoding; for a private authority"),
        ] {
            assert!(trouble(reason).contains(expected), "{reason}: {}", trouble(reason));
        }
    }
}
