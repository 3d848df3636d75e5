//! Rules of the house that no compiler holds: arrows, sizes, headers.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::process::{root, say};

/// Who may know whom. A new arrow needs a line here and one in `ARCHITECTURE.md`.
const ARROWS: [(&str, &[&str]); 10] = [
    ("speciate-types", &[]),
    ("speciate-evolve", &["speciate-types"]),
    ("speciate-llm", &["speciate-types"]),
    ("speciate-store", &["speciate-types"]),
    ("speciate-data", &["speciate-types"]),
    ("speciate-engine", &["speciate-types", "speciate-llm", "speciate-store"]),
    (
        "speciate",
        &[
            "speciate-types",
            "speciate-evolve",
            "speciate-llm",
            "speciate-store",
            "speciate-data",
            "speciate-engine",
        ],
    ),
    ("speciate-mock", &[]),
    ("speciate-cli", &["speciate", "speciate-mock"]),
    ("xtask", &[]),
];

/// What must not stand in a room below the doors.
const FORBIDDEN: [(&str, &[&str]); 4] = [
    ("speciate-evolve", &["tokio", "reqwest", "rusqlite", "clap"]),
    ("speciate-store", &["tokio", "reqwest", "clap"]),
    ("speciate-engine", &["reqwest", "rusqlite", "clap", "speciate-evolve", "speciate-data"]),
    ("speciate", &["clap", "indicatif", "rusqlite", "reqwest"]),
];

/// Lines of a file without its tests.
const LINES_MAX: usize = 500;

/// Checks them all; lists every breach.
pub(crate) fn tidy() -> Result<()> {
    let mut breaches = Vec::new();
    for folder in rooms()? {
        arrows(&folder, &mut breaches)?;
        files(&folder.join("src"), &mut breaches)?;
    }
    if !breaches.is_empty() {
        bail!("the house is not tidy:\n  {}", breaches.join("\n  "));
    }
    say("tidy: arrows, sizes and headers are as agreed");
    Ok(())
}

fn rooms() -> Result<Vec<PathBuf>> {
    let mut rooms: Vec<PathBuf> = fs::read_dir(root().join("crates"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    rooms.push(root().join("xtask"));
    rooms.sort();
    Ok(rooms)
}

fn arrows(folder: &Path, breaches: &mut Vec<String>) -> Result<()> {
    let room = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == room) else {
        breaches.push(format!("{room}: has no line in xtask/src/tidy.rs"));
        return Ok(());
    };
    let known = dependencies(&folder.join("Cargo.toml"))?;
    let forbidden =
        FORBIDDEN.iter().find(|(name, _)| *name == room).map_or(&[][..], |(_, names)| names);
    for name in known {
        let is_ours = ARROWS.iter().any(|(ours, _)| *ours == name);
        if is_ours && !allowed.contains(&name.as_str()) {
            breaches.push(format!("{room} → {name}: this arrow is not allowed"));
        }
        if forbidden.contains(&name.as_str()) {
            breaches.push(format!("{room}: must never know `{name}`"));
        }
    }
    Ok(())
}

/// Names under `[dependencies]`; tests may know more.
fn dependencies(manifest: &Path) -> Result<BTreeSet<String>> {
    let text = fs::read_to_string(manifest).with_context(|| manifest.display().to_string())?;
    let mut names = BTreeSet::new();
    let mut is_inside = false;
    for line in text.lines() {
        if line.starts_with('[') {
            is_inside = line.trim() == "[dependencies]";
        } else if is_inside && let Some((name, _)) = line.split_once(['.', '=']) {
            names.insert(name.trim().to_owned());
        }
    }
    Ok(names)
}

fn files(folder: &Path, breaches: &mut Vec<String>) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, breaches)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            file(&path, &fs::read_to_string(&path)?, breaches);
        }
    }
    Ok(())
}

fn file(path: &Path, text: &str, breaches: &mut Vec<String>) {
    let shown = path.strip_prefix(root()).unwrap_or(path).display().to_string();
    if !text.starts_with("//!") {
        breaches.push(format!("{shown}: does not open with `//!`"));
    }
    let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
    if lines > LINES_MAX {
        breaches.push(format!("{shown}: {lines} lines without tests, at most {LINES_MAX}"));
    }
}
