//! What the C++ engine needs to build: cmake and libclang.
//!
//! Debian packages where they can be installed, else the PyPI packages of the same names in a
//! private folder under `target`. Both commands of the README come through here, so that the
//! engine is built once.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::process::{answers, output, run, say, target};

/// Variables that the build needs; empty where the system has everything in its usual place.
pub(crate) type Variables = Vec<(String, OsString)>;

/// Finds the tools, or installs them.
pub(crate) fn tools() -> Result<Variables> {
    let private = target().join("tools");
    if has_cmake() && system_libclang().is_some() && !private.join("bin/cmake").exists() {
        return Ok(Vec::new());
    }
    if private.join("bin/cmake").exists() {
        return private_variables(&private);
    }
    if install_debian() && has_cmake() && system_libclang().is_some() {
        return Ok(Vec::new());
    }
    install_private(&private)?;
    private_variables(&private)
}

fn has_cmake() -> bool {
    answers("cmake", &["--version"])
}

/// A folder in which libclang is looked for by the binding generator too.
fn system_libclang() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("LIBCLANG_PATH") {
        return Some(folder.into());
    }
    if let Some(folder) = output("llvm-config", &["--libdir"]).map(PathBuf::from)
        && holds_libclang(&folder)
    {
        return Some(folder);
    }
    let mut folders: Vec<PathBuf> = [
        "/usr/lib",
        "/usr/lib64",
        "/usr/local/lib",
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/opt/homebrew/opt/llvm/lib",
    ]
    .iter()
    .map(PathBuf::from)
    .collect();
    for entry in std::fs::read_dir("/usr/lib").into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with("llvm") {
            folders.push(entry.path().join("lib"));
        }
    }
    folders.into_iter().find(|folder| holds_libclang(folder))
}

fn holds_libclang(folder: &Path) -> bool {
    let is_library = |name: &str| {
        name == "libclang.so"
            || name == "libclang.dylib"
            || name.starts_with("libclang.so.")
            || name.starts_with("libclang-") && name.contains(".so") && !name.contains("cpp")
    };
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .any(|entry| is_library(&entry.file_name().to_string_lossy()))
}

/// True if Debian's packages could be installed.
fn install_debian() -> bool {
    let is_root = output("id", &["-u"]).as_deref() == Some("0");
    if !is_root || !answers("apt-get", &["--version"]) {
        return false;
    }
    say(
        "Installing the Debian packages cmake and libclang-dev (about 42 MB): the embedded engine needs them to build.",
    );
    let quiet = |arguments: &[&str]| {
        let variables = [("DEBIAN_FRONTEND".to_owned(), OsString::from("noninteractive"))];
        run("apt-get", arguments, &variables).is_ok()
    };
    quiet(&["update", "-qq"])
        && quiet(&["install", "-y", "-qq", "--no-install-recommends", "cmake", "libclang-dev"])
}

fn install_private(folder: &Path) -> Result<()> {
    say(
        "Installing the PyPI packages cmake and libclang into target/tools: the embedded engine needs them to build.",
    );
    if !answers("python3", &["--version"]) {
        bail!(
            "cmake or libclang is missing and there is neither root with apt-get nor python3; install both, or build with --no-default-features"
        );
    }
    let folder_text = folder.to_string_lossy();
    run("python3", &["-m", "venv", &folder_text], &[])?;
    let pip = folder.join("bin/pip");
    run(&pip.to_string_lossy(), &["install", "--quiet", "cmake", "libclang"], &[])
}

fn private_variables(folder: &Path) -> Result<Variables> {
    let python = folder.join("bin/python");
    let script = "import clang.native, os; print(os.path.dirname(clang.native.__file__))";
    let library = output(&python.to_string_lossy(), &["-c", script]).or_else(|| {
        let script = "import clang, os; print(os.path.join(list(clang.__path__)[0], 'native'))";
        output(&python.to_string_lossy(), &["-c", script])
    });
    let Some(library) = library else { bail!("libclang is not in {}", folder.display()) };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = vec![folder.join("bin")];
    folders.extend(std::env::split_paths(&path));
    let include = output("gcc", &["-print-file-name=include"]).unwrap_or_default();
    Ok(vec![
        ("PATH".to_owned(), std::env::join_paths(folders)?),
        ("LIBCLANG_PATH".to_owned(), library.into()),
        ("BINDGEN_EXTRA_CLANG_ARGS".to_owned(), format!("-I{include}").into()),
    ])
}
