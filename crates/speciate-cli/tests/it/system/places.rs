//! Directories that come and go, links, modes, and names that nobody expects.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::kit::{Sandbox, slow, usual, wait_until};

#[test]
fn a_run_that_is_moved_away_stops_and_goes_on_where_it_is_put_back() {
    let (sandbox, mock) = (Sandbox::with_many(20), slow());
    let running = sandbox.begin(&mock, "--concurrency 8");
    wait_until("requests", || mock.stats().answered >= 30);
    fs::rename(sandbox.path("run"), sandbox.path("elsewhere")).unwrap();
    let ran = running.done().expect(4);
    assert!(ran.stderr.contains("was moved or deleted while in use"), "{}", ran.stderr);
    assert!(ran.stderr.contains("put the directory back"), "{}", ran.stderr);
    assert!(!sandbox.path("run").exists(), "nothing is begun anew by itself");
    fs::rename(sandbox.path("elsewhere"), sandbox.path("run")).unwrap();
    sandbox.run(&mock, "--concurrency 8").expect(0);
    assert!(mock.stats().repeated <= 8, "{} requests were repeated", mock.stats().repeated);
    let whole = Sandbox::with_many(20);
    whole.run(&usual(), "").expect(0);
    assert!(sandbox.export("records") == whole.export("records"), "the way left a trace");
}

#[test]
fn a_run_that_is_deleted_stops() {
    let (sandbox, mock) = (Sandbox::with_many(20), slow());
    let running = sandbox.begin(&mock, "--concurrency 8");
    wait_until("requests", || mock.stats().answered >= 30);
    fs::remove_dir_all(sandbox.path("run")).unwrap();
    let ran = running.done().expect(4);
    assert!(ran.stderr.contains("was moved or deleted while in use"), "{}", ran.stderr);
    assert!(!sandbox.path("run").exists(), "nothing is begun anew by itself");
    sandbox.run(&mock, "").expect(0);
    sandbox.status();
}

#[test]
fn an_export_needs_no_temporary_folder_on_the_same_device() {
    let other = Path::new("/dev/shm");
    if !other.is_dir() {
        println!("skipped: there is no {}", other.display());
        return;
    }
    let (sandbox, mock) = (Sandbox::with_many(3), usual());
    sandbox.run(&mock, "").expect(0);
    let folder = tempfile::tempdir_in(other).unwrap();
    let target = folder.path().join("data.jsonl");
    let cli = sandbox.cli("export run -o").arg(&target).env("TMPDIR", "/nowhere/at/all");
    cli.done().expect(0);
    assert_eq!(fs::read_to_string(target).unwrap(), sandbox.export("messages"));
}

#[test]
fn a_directory_without_permission_is_named_before_anything_is_sent() {
    let (sandbox, mock) = (Sandbox::with_many(2), usual());
    fs::create_dir(sandbox.path("locked")).unwrap();
    fs::set_permissions(sandbox.path("locked"), fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(sandbox.path("locked/probe"), "").is_ok() {
        println!("skipped: the administrator may write anywhere");
        return;
    }
    let cli = sandbox.cli("run seeds.jsonl -o locked/run").endpoint(&mock);
    let ran = cli.done().expect(4);
    assert!(ran.stderr.contains("writing is not allowed"), "{}", ran.stderr);
    assert_eq!(mock.stats().requests, 0, "nothing was paid");
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_generous_umask_opens_no_run_to_others() {
    let (sandbox, mock) = (Sandbox::with_many(3), usual());
    let cli = sandbox.cli_after("umask 000", "run seeds.jsonl -o runs/a/run").endpoint(&mock);
    cli.done().expect(0);
    assert_eq!(mode(&sandbox.path("runs/a/run")), 0o700);
    assert_eq!(mode(&sandbox.path("runs/a/run/run.db")), 0o600);
}

#[test]
fn links_in_a_run_directory_are_never_written_through() {
    for name in ["recipe.toml", "recipe.toml.new", "data.jsonl", "run.db.new"] {
        let (sandbox, mock) = (Sandbox::with_many(2), usual());
        sandbox.write("outside", "precious");
        fs::create_dir(sandbox.path("run")).unwrap();
        symlink(sandbox.path("outside"), sandbox.path("run").join(name)).unwrap();
        sandbox.run(&mock, "").expect(0);
        assert_eq!(sandbox.read("outside"), "precious", "{name}");
        assert!(!sandbox.path("run").join(name).is_symlink(), "{name}");
        assert_eq!(sandbox.read("run/data.jsonl"), sandbox.export("messages"), "{name}");
    }
    for name in ["LOCK", "run.db", "run.db-wal", "run.db-shm"] {
        let (sandbox, mock) = (Sandbox::with_many(2), usual());
        sandbox.write("outside", "precious");
        fs::create_dir(sandbox.path("run")).unwrap();
        symlink(sandbox.path("outside"), sandbox.path("run").join(name)).unwrap();
        let ran = sandbox.run(&mock, "");
        assert_eq!(ran.code, 4, "{name}: {}", ran.stderr);
        assert_eq!(sandbox.read("outside"), "precious", "{name}");
        assert_eq!(mock.stats().requests, 0, "{name}: nothing was paid");
    }
}

fn odd_names() -> Vec<OsString> {
    let mut names: Vec<OsString> = [
        "with  blanks",
        "it's",
        "$HOME `id` \"x\"",
        "ünï-漢字-🙂",
        "--help",
        "con.txt",
        "?#%41",
        "line\nbreak",
        "\u{1b}]0;title\u{7}",
    ]
    .map(OsString::from)
    .to_vec();
    names.push("n".repeat(255).into());
    names.push(OsStr::from_bytes(b"not \xff\xfe UTF-8").to_owned());
    names
}

#[test]
fn directories_and_files_may_be_called_anything() {
    for name in odd_names() {
        let (sandbox, mock) = (Sandbox::with_many(2), usual());
        let (folder, seeds) = (Path::new("./runs").join(&name), Path::new("./seeds").join(&name));
        fs::create_dir(sandbox.path("seeds")).unwrap();
        fs::rename(sandbox.path("seeds.jsonl"), sandbox.folder().join(&seeds)).unwrap();
        let run = || sandbox.cli("run --rounds 1").endpoint(&mock).arg("-o").arg(&folder);
        let ran = run().arg(&seeds).done().expect(0);
        assert!(!ran.stderr.contains(['\u{1b}', '\u{7}']), "{name:?}: {}", ran.stderr);
        let target = Path::new("./exports").join(&name);
        fs::create_dir(sandbox.path("exports")).unwrap();
        for command in ["status", "verify", "tree"] {
            let ran = sandbox.cli(command).arg(&folder).done().expect(0);
            assert!(!ran.stdout.contains(['\u{1b}', '\u{7}']), "{name:?}: {}", ran.stdout);
        }
        sandbox.cli("export").arg(&folder).arg("-o").arg(&target).done().expect(0);
        let exported = fs::read(sandbox.folder().join(&target)).unwrap();
        assert_eq!(exported, fs::read(sandbox.folder().join(&folder).join("data.jsonl")).unwrap());
        let requests = mock.stats().requests;
        run().arg(&seeds).done().expect(0);
        assert_eq!(mock.stats().requests, requests, "{name:?}: it is the same run");
    }
}

#[test]
fn what_is_said_to_be_next_can_be_pasted() {
    for name in ["with  blanks", "it's", "$HOME `id` \"x\"", "~", "plain-1.2"] {
        let (sandbox, mock) = (Sandbox::with_many(2), usual());
        let cli = sandbox.cli("run seeds.jsonl --rounds 1 -o").arg(name).endpoint(&mock);
        let ran = cli.done().expect(0);
        let next = ran.stderr.lines().find_map(|line| line.strip_prefix("Next: ")).unwrap();
        let status = next.split(" · ").find(|command| command.contains(" status ")).unwrap();
        let script = format!("speciate() {{ \"$0\" \"$@\"; }}; {status}");
        let ran = sandbox.cli_behind(&["sh", "-c", &script], "").done().expect(0);
        assert!(ran.stdout.contains("2 seeds"), "{name}: {}", ran.stdout);
    }
}
