//! Any bytes as an archive with a model in it: refused or unpacked below the cache, nowhere else.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use speciate_llm::local::{ModelEnv, resolve};

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = folder.path().join("in/model.zip");
    fs::create_dir_all(folder.path().join("in")).expect("a folder");
    fs::write(&archive, bytes).expect("a file");
    let cache = folder.path().join("cache");
    let env = ModelEnv { cache_dir: Some(cache), is_offline: true, ..ModelEnv::from_vars(|_| None) };
    drop(resolve(&archive.to_string_lossy(), &env));
    let names: Vec<_> = fs::read_dir(folder.path()).expect("a folder").flatten().collect();
    assert!(names.len() <= 2, "something was written beside the cache");
});
