//! The mock server as a command.

use std::path::Path;

use speciate_mock::{FaultKind, FaultRule, MockConfig, PRESETS};

use crate::kit::{Sandbox, perfect};

#[test]
fn a_port_that_is_taken_is_named() {
    let (sandbox, other) = (Sandbox::empty(), perfect());
    let port = other.addr().port().to_string();
    insta::assert_snapshot!(
        sandbox.cli("mock --port").arg(&port).done().shown().replace(&port, "[PORT]"), @"
    exit 2
    --- stderr
    error: port [PORT] is in use
      hint: another mock may be running there; name another one with --port, or --port 0 for any that is free
    ");
}

#[test]
fn faults_that_do_not_exist_lead_to_those_that_do() {
    let sandbox = Sandbox::empty();
    sandbox.write("bad.toml", "[[rules]]\nkind = \"nonsense\"\n");
    insta::assert_snapshot!(sandbox.cli("mock --faults nonsense").done().shown(), @"
    exit 2
    --- stderr
    error: there is no fault `nonsense`
      hint: `speciate mock --list-faults` prints the names of faults
    ");
    insta::assert_snapshot!(sandbox.cli("mock --faults hang:often").done().shown(), @"
    exit 2
    --- stderr
    error: cannot read the fault `hang:often`: expected `kind`, `kind:RATE`, `kind@N` or `kind@N..`
      hint: `speciate mock --list-faults` prints the names of faults
    ");
    insta::assert_snapshot!(sandbox.cli("mock --faults nofile.toml").done().shown(), @"
    exit 2
    --- stderr
    error: cannot read the faults `nofile.toml`: No such file or directory (os error 2)
    ");
    insta::assert_snapshot!(sandbox.cli("mock --faults bad.toml").done().shown(), @r#"
    exit 2
    --- stderr
    error: bad.toml: cannot read the fault script: TOML parse error at line 2, column 8
      |
    2 | kind = "nonsense"
      |        ^^^^^^^^^^
    there is no fault `nonsense`
      hint: `speciate mock --list-faults` prints the names of faults
    "#);
    insta::assert_snapshot!(sandbox.cli("mock --slots 0").done().shown(), @"
    exit 2
    --- stderr
    error: invalid value '0' for '--slots <SLOTS>': 0 is not in 1..=100000

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(sandbox.cli("mock --preset nothing").done().shown(), @"
    exit 2
    --- stderr
    error: no preset is named `nothing`; there are: default, perfect, instant, slow, flaky-20, throttled, null-content, truncating, quota-after-500
    ");
}

#[test]
fn every_fault_preset_and_option_is_listed_and_on_its_page() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/mock.md");
    let page = std::fs::read_to_string(page).unwrap();
    let sandbox = Sandbox::empty();
    let list = sandbox.cli("mock --list-faults").done().expect(0).stdout;
    let faults = FaultKind::ALL.iter().map(|kind| (kind.name(), kind.summary()));
    for (name, about) in faults.chain(PRESETS) {
        let is_its = |line: &str| line.split(' ').next() == Some(name) && line.ends_with(about);
        assert!(list.lines().any(is_its), "{name}: {list}");
        let is_its = |row: &str| row.starts_with(&format!("| `{name}` |")) && row.contains(about);
        assert!(page.lines().any(is_its), "{name} has no row of its own");
    }
    let help = sandbox.cli("mock --help").done().expect(0).stdout;
    let options =
        help.split_whitespace().filter(|word| word.starts_with("--") && *word != "--help");
    for option in options.map(|word| word.trim_end_matches([',', ';'])) {
        assert!(page.contains(&format!("`{option}")) || option == "--version", "{option}");
    }
    let mut rule = FaultRule::always(FaultKind::Throttle);
    (rule.rate, rule.at, rule.after, rule.times) = (Some(0.5), vec![1], Some(1), Some(1));
    (rule.retry_after, rule.retry_after_ms) = (Some("1".to_owned()), Some("1".to_owned()));
    (rule.headers, rule.parameter) = (vec!["a: b".to_owned()], Some("seed".to_owned()));
    let config = MockConfig::default();
    let tables = [
        serde_json::to_value(&config).unwrap(),
        serde_json::to_value(config.capacity).unwrap(),
        serde_json::to_value(config.quality).unwrap(),
        serde_json::to_value(&config.faults).unwrap(),
        serde_json::to_value(&rule).unwrap(),
    ];
    for key in tables.iter().flat_map(|table| table.as_object().unwrap().keys()) {
        assert!(page.contains(key.as_str()), "`{key}` is not on the page");
    }
}
