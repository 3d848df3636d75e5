//! Keys are used, and written nowhere.

use crate::kit::{Ran, Sandbox, script, usual, with_faults};
use speciate_mock::{FaultKind, FaultRule};

const CANARY: &str = "sk-CANARY-5b1e77d0c2aa4f";

fn assert_clean(sandbox: &Sandbox, ran: &Ran, but: &[&str]) {
    assert!(!ran.stdout.contains(CANARY) && !ran.stderr.contains(CANARY), "{ran:?}");
    let mut looked_at = 0;
    for (path, bytes) in sandbox.all_bytes() {
        let name = path.file_name().unwrap().to_str().unwrap();
        looked_at += 1;
        let is_there = bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes());
        assert_eq!(is_there, but.contains(&name), "{}", path.display());
    }
    assert!(looked_at > 2);
}

#[test]
fn a_server_that_quotes_the_key_leaks_nothing() {
    for rule in [
        FaultRule::always(FaultKind::Unauthorized),
        FaultRule { after: Some(8), ..FaultRule::always(FaultKind::Unauthorized) },
    ] {
        let (sandbox, mock) = (Sandbox::with_seeds(4), with_faults(script(vec![rule])));
        for mode in ["plain", "json"] {
            let command = format!("run seeds.jsonl -o run --progress {mode} --json");
            let cli = sandbox.cli(&command).endpoint(&mock).env("OPENAI_API_KEY", CANARY);
            let ran = cli.done().expect(3);
            assert_clean(&sandbox, &ran, &[]);
        }
        sandbox.cli("export run -o records.jsonl --format records").done();
        for command in ["status run", "verify run", "tree run"] {
            let ran = sandbox.cli(command).env("OPENAI_API_KEY", CANARY).done();
            assert_clean(&sandbox, &ran, &[]);
        }
    }
}

/// Every command with the key at hand, on a run that a refusal of the key has paused and on a
/// finished one, with help and with mistakes.
#[test]
fn no_command_writes_the_key() {
    let sandbox = Sandbox::with_seeds(3);
    sandbox.write("recipe.toml", "api_key_env = \"TEAM_KEY\"\n[limits]\nconcurrency = 2\n");
    let late = FaultRule { after: Some(8), ..FaultRule::always(FaultKind::Unauthorized) };
    let refusing = with_faults(script(vec![late]));
    let ran_with_key = |command: &str, code: i32| {
        let cli = sandbox.cli(command).env("TEAM_KEY", CANARY).env("OPENAI_API_KEY", CANARY);
        let ran = cli.env("HF_TOKEN", CANARY).done();
        assert_eq!(ran.code, code, "{command}: {}", ran.stderr);
        assert_clean(&sandbox, &ran, &[]);
        ran
    };
    let refused = refusing.base_url();
    let run = "run seeds.jsonl -o run --recipe recipe.toml --model mock --base-url";
    let ran = ran_with_key(&format!("{run} {refused}"), 3);
    assert!(ran.stderr.contains("(auth)"), "{}", ran.stderr);
    let id = sandbox.records()[0]["id"].as_str().unwrap().to_owned();
    for command in ["status run --json", "tree run", "verify run", "export run -o paused.jsonl"] {
        ran_with_key(command, 0);
    }

    let healthy = usual();
    let url = healthy.base_url();
    for (command, code) in [
        (format!("{run} {url} --json --progress json"), 0),
        (format!("plan seeds.jsonl --recipe recipe.toml --model mock --base-url {url}"), 0),
        (format!("plan seeds.jsonl --recipe recipe.toml --base-url {url} --json"), 0),
        ("check seeds.jsonl --recipe recipe.toml --json".to_owned(), 0),
        ("init begun".to_owned(), 0),
        ("status run".to_owned(), 0),
        ("verify run --json".to_owned(), 0),
        ("tree run".to_owned(), 0),
        (format!("tree run {id} --json"), 0),
        (format!("tree run {id} --svg tree.svg"), 0),
        ("export run -o data.jsonl.zst".to_owned(), 0),
        ("export run -o records.jsonl --format records --json".to_owned(), 0),
        ("export run -o alpaca.json --format alpaca --array".to_owned(), 0),
        ("export run -o - --format sharegpt".to_owned(), 0),
        ("explain --json".to_owned(), 0),
        ("explain auth".to_owned(), 0),
        ("model list --json".to_owned(), 0),
        ("mock --port 0 --until-requests 0".to_owned(), 0),
        ("demo -o demo".to_owned(), 0),
        (format!("demo -o other --model mock --base-url {refused}"), 3),
        ("run --help".to_owned(), 0),
        ("run seeds.jsonl --base-url http://127.0.0.1:1/v1 --model mock".to_owned(), 2),
        ("run seeds.jsonl -o run --set rounds=x".to_owned(), 2),
        (format!("{run} {url} --rounds 9"), 2),
    ] {
        ran_with_key(&command, code);
    }
    // A key that is put where no key belongs is not repeated.
    for command in [
        format!("run seeds.jsonl -o third --model mock --base-url {url}?key={CANARY}"),
        format!("run seeds.jsonl -o third --set api_key={CANARY} --base-url {url}"),
        format!("run seeds.jsonl -o third --set api_key_env={CANARY} --base-url {url}"),
    ] {
        let ran = sandbox.cli(&command).done();
        assert!(ran.code == 2 || ran.code == 0, "{command}: {}", ran.stderr);
        assert_clean(&sandbox, &ran, &[]);
    }
    // Standard output of the export is checked in packed files as well.
    let packed = std::fs::read(sandbox.path("data.jsonl.zst")).unwrap();
    let plain = zstd::decode_all(packed.as_slice()).unwrap();
    assert!(!plain.is_empty() && !plain.windows(CANARY.len()).any(|w| w == CANARY.as_bytes()));
}

#[test]
fn a_finished_run_holds_no_key() {
    let (sandbox, mock) = (Sandbox::with_seeds(3), usual());
    let cli = sandbox.cli("run seeds.jsonl -o run --rounds 1 --json").endpoint(&mock);
    let ran = cli.env("OPENAI_API_KEY", CANARY).done().expect(0);
    sandbox.cli("export run -o records.jsonl --format records").done().expect(0);
    assert_clean(&sandbox, &ran, &[]);
}

#[test]
fn a_key_in_the_address_is_not_written() {
    let (sandbox, mock) = (Sandbox::with_seeds(2), usual());
    let url = mock.base_url().replace("http://", &format!("http://user:{CANARY}@"));
    let command = format!("run seeds.jsonl -o run --rounds 1 --model mock --base-url {url}");
    let ran = sandbox.cli(&command).done();
    assert!(!ran.stderr.contains(CANARY) && !ran.stdout.contains(CANARY), "{ran:?}");
    for (path, bytes) in sandbox.all_bytes() {
        let is_there = bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes());
        assert!(!is_there, "{}", path.display());
    }
}

#[test]
fn a_dotenv_file_is_read_and_the_environment_wins() {
    let (sandbox, mock) = (Sandbox::with_seeds(3), usual());
    sandbox
        .write(".env", format!("OPENAI_API_KEY={CANARY}\nOPENAI_BASE_URL={}\n", mock.base_url()));
    let command = "run seeds.jsonl -o run --rounds 1 --model mock";
    let ran = sandbox.cli(command).done().expect(0);
    assert!(mock.stats().answered > 0);
    assert_clean(&sandbox, &ran, &[".env"]);

    let other = usual();
    let ran = sandbox.cli("run seeds.jsonl -o other --rounds 1 --model mock");
    ran.env("OPENAI_BASE_URL", &other.base_url()).done().expect(0);
    assert!(other.stats().answered > 0, "the environment goes before the file");

    sandbox.write(".env", format!("OPENAI_API_KEY='{CANARY}\n"));
    let ran = sandbox.cli("run seeds.jsonl -o third --model mock").done().expect(2);
    assert_clean(&sandbox, &ran, &[".env"]);
    insta::assert_snapshot!(ran.shown(), @"
    exit 2
    --- stderr
    error: cannot read `.env`, line 1: expected NAME=value
    ");
}

#[test]
fn a_key_in_the_recipe_is_refused_without_being_shown() {
    let sandbox = Sandbox::with_seeds(1);
    sandbox.write("recipe.toml", format!("api_key_env = \"{CANARY}\"\n"));
    let ran = sandbox.cli("plan seeds.jsonl --recipe recipe.toml --base-url http://127.0.0.1:9/v1");
    let ran = ran.done().expect(2);
    assert!(!ran.stdout.contains(CANARY) && !ran.stderr.contains(CANARY), "{ran:?}");
    insta::assert_snapshot!(ran.shown(), @"
    exit 2
    --- stderr
    error: `api_key_env` is to name an environment variable, but holds what looks like a key
      hint: put the key into a variable, for example OPENAI_API_KEY, and name that
    ");
}

/// A run that came from somebody else names an address and a variable: what stands in that variable
/// must not go to that address unasked.
#[test]
fn a_run_directory_from_elsewhere_gets_no_key() {
    let (theirs, here) = (Sandbox::with_seeds(2), Sandbox::empty());
    let late = FaultRule { after: Some(2), ..FaultRule::always(FaultKind::Unauthorized) };
    let mock = with_faults(script(vec![late]));
    theirs.write("recipe.toml", "api_key_env = \"CLOUD_SECRET\"\n");
    theirs.run(&mock, "--recipe recipe.toml").expect(3);
    for name in ["run.db", "recipe.toml"] {
        here.write(&format!("run/{name}"), std::fs::read(theirs.path("run").join(name)).unwrap());
    }
    let before = mock.stats().requests;
    let ran = here.cli("run run").env("CLOUD_SECRET", CANARY).done();
    assert_eq!(mock.stats().requests, before, "{}", ran.stderr);
    insta::assert_snapshot!(ran.shown(), @r"
    exit 2
    --- stderr
    error: `run` was not begun here, and its recipe would send a key to http://127.0.0.1:[PORT]/v1
      hint: if that is what you want, name the endpoint yourself with --base-url
    ");
    // Where it was begun, the directory alone is enough.
    theirs.cli("run run").env("CLOUD_SECRET", CANARY).done().expect(3);
    assert!(mock.stats().requests > before);
}
