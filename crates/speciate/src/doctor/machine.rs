//! Looks at this machine: disk, open files, memory, processor.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::facts::{DescriptorFacts, DiskFacts, EmbeddedFacts};
use super::system::DISK_LEAST_BYTES;
use crate::models::{AUTO_MOST, EmbeddedChoice, ModelError};
use crate::recipe::{ConcurrencySetting, LimitsSection};

/// The directory itself or, before there is one, the nearest folder above it, where it will be
/// made.
pub(super) fn disk(directory: &Path, need_bytes: Option<u64>) -> DiskFacts {
    let folder = nearest_existing(directory);
    let refusal = try_writing(&folder).err();
    DiskFacts {
        is_full: refusal.as_ref().is_some_and(|error| is_full(error.kind())),
        refusal: refusal.map(|error| error.to_string()),
        network: speciate_store::network_disk(&folder),
        ..room(directory, need_bytes)
    }
}

/// Only what can be seen without writing. What the run holds already it needs no more.
pub(super) fn room(directory: &Path, need_bytes: Option<u64>) -> DiskFacts {
    let (free_bytes, free_files) = free(&nearest_existing(directory));
    let held = fs::metadata(directory.join("run.db")).map_or(0, |file| file.len());
    DiskFacts {
        directory: directory.to_owned(),
        refusal: None,
        is_full: false,
        network: None,
        free_bytes,
        free_files,
        need_bytes: need_bytes.map(|need| need.saturating_sub(held).max(DISK_LEAST_BYTES)),
    }
}

fn is_full(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn nearest_existing(directory: &Path) -> PathBuf {
    let here = Path::new(".");
    let named =
        |folder: &Path| if folder.as_os_str().is_empty() { here } else { folder }.to_owned();
    directory.ancestors().map(named).find(|folder| folder.exists()).unwrap_or(here.to_owned())
}

/// Rights alone do not tell: a disk may be full, read-only or under a quota. So a small file is
/// written and taken away again.
fn try_writing(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!(".speciate-doctor-{}", std::process::id()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&path)?;
    let written = file.write_all(b"speciate doctor\n").and_then(|()| file.sync_all());
    drop(file);
    written.and(fs::remove_file(&path))
}

/// Bytes and files that can still be written.
#[cfg(unix)]
fn free(folder: &Path) -> (Option<u64>, Option<u64>) {
    let Ok(found) = rustix::fs::statvfs(folder) else { return (None, None) };
    // File systems without a table of files say 0 of 0.
    let files = (found.f_files > 0).then_some(found.f_favail);
    (Some(found.f_bavail.saturating_mul(found.f_frsize)), files)
}

#[cfg(not(unix))]
fn free(_folder: &Path) -> (Option<u64>, Option<u64>) {
    (None, None)
}

/// Open files against the connections of `endpoints` endpoints.
#[cfg(unix)]
pub(super) fn descriptors(limits: &LimitsSection, endpoints: u64) -> Option<DescriptorFacts> {
    if endpoints == 0 {
        return None;
    }
    let found = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let (calls, is_auto) = match limits.concurrency {
        Some(ConcurrencySetting::Fixed(calls)) => (calls, false),
        Some(ConcurrencySetting::Auto) | None => (AUTO_MOST, true),
    };
    Some(DescriptorFacts {
        soft: found.current.unwrap_or(u64::MAX),
        hard: found.maximum.unwrap_or(u64::MAX),
        connections: u64::from(calls).saturating_mul(endpoints),
        is_auto,
    })
}

#[cfg(not(unix))]
pub(super) fn descriptors(_limits: &LimitsSection, _endpoints: u64) -> Option<DescriptorFacts> {
    None
}

/// The embedded model and what it needs.
pub(super) fn embedded(found: Result<&Option<EmbeddedChoice>, &ModelError>) -> EmbeddedFacts {
    let size = |choice: &EmbeddedChoice| fs::metadata(choice.path()).map_or(0, |file| file.len());
    let model = match found {
        Ok(Some(choice)) => Ok(Some((choice.name().to_owned(), size(choice)))),
        Ok(None) => Ok(None),
        Err(error) => Err(super::gather::with_causes(error)),
    };
    EmbeddedFacts {
        is_built_in: cfg!(feature = "embedded"),
        model,
        missing_instructions: missing_instructions(),
        memory_bytes: memory_bytes(),
    }
}

/// The engine's code is compiled for these sets and dies without them.
#[cfg(target_arch = "x86_64")]
fn missing_instructions() -> Option<&'static str> {
    let sets = [
        ("AVX2", std::arch::is_x86_feature_detected!("avx2")),
        ("FMA", std::arch::is_x86_feature_detected!("fma")),
        ("F16C", std::arch::is_x86_feature_detected!("f16c")),
        ("BMI2", std::arch::is_x86_feature_detected!("bmi2")),
    ];
    sets.into_iter().find(|(_, is_there)| !is_there).map(|(name, _)| name)
}

#[cfg(not(target_arch = "x86_64"))]
fn missing_instructions() -> Option<&'static str> {
    None
}

/// What Linux says can be had, or what a container leaves of it.
fn memory_bytes() -> Option<u64> {
    let of_system = available(&fs::read_to_string("/proc/meminfo").ok()?)?;
    let read = |name: &str| -> Option<u64> {
        fs::read_to_string(format!("/sys/fs/cgroup/{name}")).ok()?.trim().parse().ok()
    };
    let of_container = read("memory.max").zip(read("memory.current"));
    let left = of_container.map_or(u64::MAX, |(most, used)| most.saturating_sub(used));
    Some(of_system.min(left))
}

/// `MemAvailable:   123 kB` in bytes.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kibibytes * 1_024)
}

#[cfg(test)]
mod tests {
    use super::{available, nearest_existing};
    use std::path::Path;

    #[test]
    fn memory_is_read() {
        let text = "MemTotal:  100 kB\nMemFree:  5 kB\nMemAvailable:    42 kB\n";
        assert_eq!(available(text), Some(43_008));
        assert_eq!(available("MemTotal: 100 kB\n"), None);
    }

    #[test]
    fn the_nearest_folder_that_is_there() {
        assert_eq!(nearest_existing(Path::new("no-such/folder")), Path::new("."));
        assert_eq!(nearest_existing(Path::new("/no-such/folder")), Path::new("/"));
        assert_eq!(nearest_existing(Path::new("src/no-such")), Path::new("src"));
    }
}
