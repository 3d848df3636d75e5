//! Disks that are full, read-only or failing. Small disks are of memory, seen by the program alone;
//! only an administrator can make them.

use speciate_mock::RunningMock;

use crate::kit::{Ran, Sandbox, has_tool, slow, usual};

const LEVEL: u64 = 8;
const RUN: &str = r#""$0" run seeds.jsonl --concurrency 8 "$@" -o"#;

/// Runs a shell script that may mount. In it `"$0"` is the program and `"$@"` names the endpoint.
/// `None` where that is not possible.
pub(super) fn mounting(sandbox: &Sandbox, mock: &RunningMock, script: &str) -> Option<Ran> {
    const CANNOT_UNSHARE: i32 = 1;
    const CANNOT_MOUNT: i32 = 77;
    if !has_tool("unshare") {
        return None;
    }
    std::fs::create_dir_all(sandbox.path("small")).unwrap();
    let script = format!("{script}\nexit 0");
    let ran = sandbox.cli_behind(&["unshare", "--mount", "sh", "-c", &script], "");
    let ran = ran.endpoint(mock).done();
    let is_possible = !ran.is_not_possible(CANNOT_UNSHARE) && !ran.is_not_possible(CANNOT_MOUNT);
    is_possible.then_some(ran)
}

fn mount(size: &str) -> String {
    format!("mount -t tmpfs -o size={size} none small || exit 77\n")
}

/// What an undisturbed run of the same seeds gives.
fn undisturbed(seeds: usize) -> String {
    let whole = Sandbox::with_many(seeds);
    whole.run(&usual(), "--concurrency 8").expect(0);
    whole.export("records")
}

#[test]
fn a_disk_that_fills_up_pauses_the_run_and_the_same_command_goes_on() {
    let (sandbox, mock) = (Sandbox::with_many(30), slow());
    let script = mount("24m")
        + &format!(
            r#"{RUN} small/run & run=$!
            until [ -s small/run/run.db-wal ]; do :; done
            cat /dev/zero > small/ballast
            wait $run; echo "first $?"
            rm small/ballast
            {RUN} small/run; echo "second $?"
            "$0" export small/run -o out.jsonl --format records
            "$0" verify small/run"#
        );
    let Some(ran) = mounting(&sandbox, &mock, &script) else { return };
    let ran = ran.expect(0);
    assert!(ran.stdout.contains("first 3\nsecond 0\nsound: "), "{ran:?}");
    let said = "error: cannot write the run's record, no space is left";
    assert!(ran.stderr.contains(said), "{ran:?}");
    assert!(ran.stderr.contains("free some space and run the same command again"), "{ran:?}");
    assert!(sandbox.read("out.jsonl") == undisturbed(30), "the full disk left a trace");
    let repeated = mock.stats().repeated;
    assert!(repeated <= LEVEL, "{repeated} requests were repeated");
}

/// SQLite takes a quota that is used up for a broken disk.
#[test]
fn a_quota_that_is_used_up_pauses_the_run_and_the_same_command_goes_on() {
    if !has_tool("strace") {
        return;
    }
    let expected = undisturbed(6);
    let (sandbox, mock) = (Sandbox::with_many(6), usual());
    let inject = "inject=pwrite64:error=EDQUOT:when=40+";
    let strace = ["strace", "-f", "-o", "/dev/null", "-e", "trace=pwrite64", "-e", inject];
    let ran = sandbox.cli_behind(&strace, "run seeds.jsonl -o run --concurrency 8");
    let ran = ran.endpoint(&mock).done();
    if ran.is_not_possible(1) {
        return;
    }
    let ran = ran.expect(3);
    assert!(ran.stderr.contains("no space is left"), "{ran:?}");
    sandbox.run(&mock, "--concurrency 8").expect(0);
    assert!(sandbox.export("records") == expected, "the quota left a trace");
}

#[test]
fn a_disk_that_is_full_already_is_found_before_anything_is_sent() {
    let (sandbox, mock) = (Sandbox::with_many(3), usual());
    let script = mount("8m") + &format!(r#"{RUN} small/run; echo "first $?"; ls -A small"#);
    let Some(ran) = mounting(&sandbox, &mock, &script) else { return };
    let ran = ran.expect(0);
    assert_eq!(ran.stdout, "first 3\n", "{ran:?}");
    let said = "error: the run is kept in small/run; 8 MB free, needs about 17 MB\n  \
                hint: make room, or choose another directory with -o\n";
    assert!(ran.stderr.contains(said), "{ran:?}");
    assert_eq!(mock.stats().connections, 0, "something was sent");
}

#[test]
fn a_disk_that_is_too_small_for_the_plan_is_told_before_anything_is_sent() {
    let (sandbox, mock) = (Sandbox::with_many(400), usual());
    let stops = "prlimit --fsize=4096";
    let script = mount("24m") + &format!(r#"{stops} {RUN} small/run; echo "first $?""#);
    let Some(ran) = mounting(&sandbox, &mock, &script) else { return };
    let ran = ran.expect(0);
    let said = "Seeds: 400 seeds\nWarning: the run is kept in small/run; 25 MB free, needs about \
                37 MB\n  hint: make room: a run ends when the disk is full, and goes on when it \
                is not\n";
    assert!(ran.stderr.starts_with(said), "{ran:?}");
}

#[test]
fn a_disk_that_fills_up_in_an_export_keeps_no_part_of_it() {
    let (sandbox, mock) = (Sandbox::with_many(12), usual());
    sandbox.run(&mock, "").expect(0);
    let script = mount("8k")
        + r#"for name in data.jsonl data.jsonl.zst; do
            "$0" export run -o small/$name --format records; echo "export $?"
        done
        ls -A small"#;
    let Some(ran) = mounting(&sandbox, &mock, &script) else { return };
    let ran = ran.expect(0);
    assert_eq!(ran.stdout, "export 2\nexport 2\n", "{ran:?}");
    assert_eq!(ran.stderr.matches("No space left on device").count(), 2, "{ran:?}");
}

#[test]
fn a_read_only_disk_is_named_before_anything_is_sent_and_can_be_read() {
    let (sandbox, mock) = (Sandbox::with_many(3), usual());
    sandbox.run(&mock, "").expect(0);
    let requests = mock.stats().requests;
    let script = format!(
        r#"mount --bind . small && mount -o remount,ro,bind small || exit 77
        {RUN} small/new; echo "new $?"
        {RUN} small/run; echo "old $?"
        "$0" verify small/run && "$0" export small/run -o - > out.jsonl; echo "read $?""#
    );
    let Some(ran) = mounting(&sandbox, &mock, &script) else { return };
    let ran = ran.expect(0);
    assert!(ran.stdout.starts_with("new 4\nold 0\nsound: "), "{ran:?}");
    assert!(ran.stdout.ends_with("\nread 0\n"), "{ran:?}");
    assert_eq!(ran.stderr.matches("writing is not allowed").count(), 1, "{ran:?}");
    assert_eq!(mock.stats().requests, requests, "nothing was paid");
    assert_eq!(sandbox.read("out.jsonl"), sandbox.export("messages"));
}

#[test]
fn a_failed_sync_stops_the_run_and_the_same_command_goes_on() {
    if !has_tool("strace") {
        return;
    }
    let expected = undisturbed(6);
    for failing in [1, 2, 5] {
        let (sandbox, mock) = (Sandbox::with_many(6), usual());
        let inject = format!("inject=fsync,fdatasync:error=EIO:when={failing}");
        let log = std::fs::canonicalize(sandbox.folder()).unwrap().join("run/run.db-wal");
        let mut strace = vec!["strace", "-f", "-y", "-o", "syncs", "-P", log.to_str().unwrap()];
        strace.extend(["-e", "trace=fsync,fdatasync", "-e", &inject]);
        let ran = sandbox.cli_behind(&strace, "run seeds.jsonl -o run --concurrency 8");
        let ran = ran.endpoint(&mock).done();
        if ran.is_not_possible(1) {
            return;
        }
        let ran = ran.expect(4);
        assert!(ran.stderr.contains("disk I/O error"), "{ran:?}");
        let syncs = sandbox.read("syncs");
        let after = syncs.split("EIO").nth(1).unwrap();
        assert!(!after.contains("run.db-wal"), "synced again, as if nothing were lost: {syncs}");
        sandbox.run(&mock, "--concurrency 8").expect(0);
        assert!(sandbox.export("records") == expected, "the failed sync left a trace");
        let repeated = mock.stats().repeated;
        assert!(repeated <= LEVEL, "{repeated} requests were repeated");
        sandbox.cli("verify run").done().expect(0);
    }
}

#[test]
fn a_run_that_is_done_needs_no_room() {
    let (sandbox, mock) = (Sandbox::with_many(12), usual());
    let script = mount("24m")
        + &format!(
            r#"{RUN} small/run; echo "first $?"
            cp small/run/data.jsonl before.jsonl
            cat /dev/zero > small/ballast 2> /dev/null
            {RUN} small/run; echo "again $?"
            "$0" run small/run --json --progress json > told.json 2> lines.txt; echo "alone $?"
            "$0" status small/run > /dev/null; echo "status $?"
            "$0" verify small/run > /dev/null; echo "verify $?"
            cmp small/run/data.jsonl before.jsonl; echo "data $?""#
        );
    let Some(ran) = mounting(&sandbox, &mock, &script) else { return };
    let ran = ran.expect(0);
    assert_eq!(ran.stdout, "first 0\nagain 0\nalone 0\nstatus 0\nverify 0\ndata 0\n", "{ran:?}");
    let told: serde_json::Value = serde_json::from_str(&sandbox.read("told.json")).unwrap();
    assert_eq!((&told["done"], &told["pending"]), (&true.into(), &0.into()), "{told:#}");
    let lines = sandbox.read("lines.txt");
    let calls = format!("\"calls_done\":{}", told["calls"]);
    assert!(lines.lines().any(|line| line.contains(&calls)), "{lines}");
}

/// The plan says more than a run takes, and not by much: half as much again, and 16 MB to begin with.
#[test]
fn a_run_takes_less_than_the_plan_says_and_not_far_less() {
    let (sandbox, mock) = (Sandbox::with_many(400), usual());
    let doctor = sandbox.cli("doctor seeds.jsonl --no-call -o run").endpoint(&mock).done();
    let (_, needs) =
        doctor.stdout.split_once("needs about ").unwrap_or_else(|| panic!("{doctor:?}"));
    let needs_mb: u64 = needs.split_once(" MB").unwrap().0.parse().unwrap();
    sandbox.run(&mock, "").expect(0);
    let files = std::fs::read_dir(sandbox.path("run")).unwrap();
    let bytes: u64 = files.map(|file| file.unwrap().metadata().unwrap().len()).sum();
    let taken_mb = bytes / 1_000_000;
    assert!(taken_mb <= needs_mb && needs_mb <= 17 + 3 * taken_mb, "{taken_mb} of {needs_mb} MB");
}
