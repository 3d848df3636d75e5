//! What Linux says of a process, read before its parent takes its end.

use std::fs;
use std::path::Path;

/// `/proc/PID/stat`, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    /// It has ended and waits for its parent.
    pub(crate) is_zombie: bool,
    /// User and system time, of all its threads.
    pub(crate) cpu_ticks: u64,
}

/// Reads `/proc/PID/stat`; `None` if there is no such process.
pub(crate) fn stat(pid: u32) -> Option<Stat> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The most memory that the process ever had, in bytes; `None` once it has ended.
pub(crate) fn peak_bytes(pid: u32) -> Option<u64> {
    parse_peak(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
}

/// The load averages of 1, 5 and 15 minutes.
pub(crate) fn load_average() -> Option<String> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    Some(text.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
}

/// Bytes of all files in `folder`.
pub(crate) fn folder_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes = entries.map(|entry| match entry.metadata() {
        Ok(data) if data.is_dir() => folder_bytes(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    });
    bytes.sum()
}

/// The name, in brackets, may hold blanks and brackets: fields are counted after the last bracket.
fn parse_stat(text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |idx: usize| fields.get(idx)?.parse::<u64>().ok();
    Some(Stat { is_zombie: *fields.first()? == "Z", cpu_ticks: ticks(11)? + ticks(12)? })
}

fn parse_peak(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_brackets_do_not_shift_the_fields() {
        let text = "71 (a) b) S 1 71 71 0 -1 4194304 900 0 0 0 250 31 0 0 20 0 4 0 1 2 3";
        assert_eq!(parse_stat(text), Some(Stat { is_zombie: false, cpu_ticks: 281 }));
        let ended = text.replace(" S ", " Z ");
        assert!(parse_stat(&ended).unwrap().is_zombie);
        assert_eq!(parse_stat("71 (a) S 1"), None);
    }

    #[test]
    fn peak_memory_is_in_bytes() {
        let text = "Name:\ta\nVmPeak:\t  900 kB\nVmHWM:\t  48128 kB\nVmRSS:\t 100 kB\n";
        assert_eq!(parse_peak(text), Some(49_283_072));
        assert_eq!(parse_peak("Name:\ta\nState:\tZ (zombie)\n"), None);
    }
}
