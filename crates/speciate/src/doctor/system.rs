//! What it means how this machine is: disk, open files, clock, the run's lock.

use speciate_engine::lessons_in_words;
use speciate_store::Learned;
use speciate_types::format_rfc3339;

use super::facts::{DescriptorFacts, DiskFacts, Facts, RunFacts};
use super::{DIRECTORY, Finding, MISCONFIGURED, PAUSED};

/// No run begins with less.
pub(super) const DISK_LEAST_BYTES: u64 = 16 << 20;
/// Enough for a run of some hundred thousand calls, where the seeds are not known.
const DISK_USUAL_BYTES: u64 = 1 << 30;
const MAKE_ROOM: &str = "make room, or choose another directory with -o";
/// `run.db` with its log, lock, recipe, data, and one of each in the making.
const DISK_LEAST_FILES: u64 = 16;
/// Files of the run, standard streams, the runtime's own.
const OWN_DESCRIPTORS: u64 = 32;
/// This program is not older: 2026-01-01.
const WRITTEN_UNIX_S: u64 = 1_767_225_600;
/// Clocks may differ by this much.
const SKEW_SECONDS_MAX: u64 = 60;
/// A server that is further away sends a fixed time, or an answer that it kept.
const TELLING_SECONDS_MAX: u64 = 86_400;

/// 98000000 is `98 MB`.
pub(super) fn bytes(bytes: u64) -> String {
    let number = bytes as f64;
    match bytes {
        0..=999_999 => format!("{:.0} kB", number / 1e3),
        1_000_000..=999_999_999 => format!("{:.0} MB", number / 1e6),
        _ => format!("{:.1} GB", number / 1e9),
    }
}

/// Whether a run can be kept there.
pub(super) fn disk(facts: &DiskFacts) -> Finding {
    let place = facts.directory.display();
    if let Some(refusal) = &facts.refusal {
        let found = format!("cannot write in {place}: {refusal}");
        return if facts.is_full {
            Finding::error("disk", found, PAUSED).hint(MAKE_ROOM)
        } else {
            Finding::error("disk", found, DIRECTORY)
                .hint("choose another directory with -o, or fix its permissions")
        };
    }
    if let Some(network) = facts.network {
        let found = format!("{place} is on a network file system ({network})");
        return Finding::error("disk", found, DIRECTORY)
            .hint("locks are not reliable there: choose a local directory with -o");
    }
    room(facts, &format!("{place} can be written"))
}

/// Whether there is room for the run; `found` is what is known of its place.
pub(super) fn room(facts: &DiskFacts, found: &str) -> Finding {
    if facts.free_files.is_some_and(|files| files < DISK_LEAST_FILES) {
        let place = facts.directory.display();
        let found = format!("the disk of {place} takes no more files: it has no inodes left");
        return Finding::error("disk", found, PAUSED).hint("delete files, or use -o");
    }
    let Some(free) = facts.free_bytes else { return Finding::ok("disk", found) };
    let need = facts.need_bytes.unwrap_or(DISK_USUAL_BYTES);
    let found = match facts.need_bytes {
        Some(need) => {
            format!("{found}; {} free, needs about {}", bytes(free), bytes(need))
        }
        None => format!("{found}; {} free", bytes(free)),
    };
    match free {
        _ if free < DISK_LEAST_BYTES => Finding::error("disk", found, PAUSED).hint(MAKE_ROOM),
        _ if free < need => Finding::warning("disk", found)
            .hint("make room: a run ends when the disk is full, and goes on when it is not"),
        _ => Finding::ok("disk", found),
    }
}

/// Whether the connections can be opened.
pub(super) fn descriptors(facts: &DescriptorFacts) -> Finding {
    let need = facts.connections.saturating_add(OWN_DESCRIPTORS);
    let soft = match facts.soft {
        u64::MAX => "any number".to_owned(),
        soft => soft.to_string(),
    };
    let word = if facts.is_auto { "up to " } else { "" };
    let found = format!("{soft} allowed; {word}{} connections need {need}", facts.connections);
    if facts.soft >= need {
        return Finding::ok("descriptors", found);
    }
    let hint = if facts.hard >= need {
        format!("ulimit -n {need}")
    } else if facts.hard > OWN_DESCRIPTORS {
        let most = facts.hard - OWN_DESCRIPTORS;
        format!("--concurrency {most} at most; the hard limit is {}", facts.hard)
    } else {
        format!("the hard limit is {}: have it raised", facts.hard)
    };
    let is_too_few = facts.soft < OWN_DESCRIPTORS;
    let finding = if is_too_few {
        Finding::error("descriptors", found, MISCONFIGURED)
    } else {
        Finding::warning("descriptors", found)
    };
    finding.hint(hint)
}

/// Whether the wall clock can be right.
pub(super) fn clock(facts: &Facts) -> Finding {
    let now = facts.now.0 / 1_000;
    let shown = format_rfc3339(now);
    if now < WRITTEN_UNIX_S {
        return Finding::warning(
            "clock",
            format!("{shown}, which is before this program was made"),
        )
        .hint("set the clock: certificates and waits until a date depend on it");
    }
    match skew_seconds(facts) {
        Some(skew) if skew.unsigned_abs() > SKEW_SECONDS_MAX => {
            let side = if skew > 0 { "ahead of" } else { "behind" };
            let found = format!("{shown}, {} s {side} the endpoint's", skew.unsigned_abs());
            Finding::warning("clock", found)
                .hint("one of the two is wrong; records carry the endpoint's")
        }
        Some(_) => {
            Finding::ok("clock", format!("{shown}, within {SKEW_SECONDS_MAX} s of the endpoint's"))
        }
        None => Finding::ok("clock", shown),
    }
}

/// By how much our clock is ahead of the time that an answer says it was made at.
fn skew_seconds(facts: &Facts) -> Option<i64> {
    let models = facts.endpoints.iter().flat_map(|endpoint| &endpoint.models);
    let calls = models.filter_map(|model| model.call.as_ref());
    let skew = |call: &super::CallFacts| {
        let made = call.result.as_ref().ok()?.created_unix_s?;
        // Servers say when they began or when they ended; the call's own time is no skew.
        let (ended, lasted) = (call.ended_unix_s, call.latency_ms / 1_000);
        let (ended, made) = (ended.cast_signed(), made.cast_signed());
        let ahead = (ended - made - lasted.cast_signed()).max(0);
        Some(if ended < made { ended - made } else { ahead })
    };
    let telling = |skew: &i64| skew.unsigned_abs() <= TELLING_SECONDS_MAX;
    calls.filter_map(skew).find(telling)
}

/// Whether the run in the directory can be taken up.
pub(super) fn run(facts: &Facts) -> Finding {
    match &facts.run {
        RunFacts::None => {
            Finding::ok("run", format!("none yet in {}", facts.disk.directory.display()))
        }
        RunFacts::Opens { run_id, learned } => {
            let found = format!("{run_id} can be taken up; no other process has it open");
            Finding::ok("run", found + &learned_so_far(learned))
        }
        RunFacts::Refused { message, hint, exit_code } => {
            let hint = hint.clone();
            Finding { hint, ..Finding::error("run", message, *exit_code) }
        }
    }
}

/// What the run has learned of its endpoints, as clauses.
fn learned_so_far(learned: &[Learned]) -> String {
    let mut clauses = String::new();
    for lesson in learned.iter().flat_map(lessons_in_words) {
        clauses.push_str("; ");
        clauses.push_str(&lesson);
    }
    clauses
}
