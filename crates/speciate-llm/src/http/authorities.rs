//! The certificate authorities that a person has named, checked before anything is sent.

use std::path::Path;

use super::HttpModelError;

const FILE: &str = "SSL_CERT_FILE";

/// Checks the file that `SSL_CERT_FILE` names, if it names one.
pub(super) fn check() -> Result<(), HttpModelError> {
    let Some(path) = std::env::var_os(FILE).filter(|path| !path.is_empty()) else { return Ok(()) };
    let path = Path::new(&path);
    match problem(path) {
        None => Ok(()),
        Some(problem) => Err(HttpModelError::Authorities {
            variable: FILE,
            path: path.display().to_string(),
            problem,
        }),
    }
}

/// Why no certificate can be read from `path`.
fn problem(path: &Path) -> Option<String> {
    match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Some("there is no such file".to_owned())
        }
        Err(error) => Some(format!("it cannot be read ({error})")),
        Ok(bytes) if bytes.trim_ascii().is_empty() => Some("the file is empty".to_owned()),
        Ok(bytes) => {
            const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
            let has_one = bytes.windows(BEGIN.len()).any(|part| part == BEGIN);
            (!has_one).then(|| "it holds no certificate in PEM form".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trouble_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let of = |path: &Path| problem(path).unwrap_or_default();
        assert_eq!(of(&folder.path().join("missing")), "there is no such file");
        assert_eq!(of(&file("empty", " \n")), "the file is empty");
        assert_eq!(
            of(&file("key", "-----BEGIN PRIVATE KEY-----")),
            "it holds no certificate in PEM form"
        );
        assert!(of(folder.path()).starts_with("it cannot be read ("));
        assert_eq!(of(&file("good", "x\n-----BEGIN CERTIFICATE-----\n")), "");
    }
}
