//! Servers as people really have them, each through the whole program: what is kept is the same as from
//! a server that keeps all rules.

use speciate_mock::{FaultKind, FaultRule, MockConfig, MockServer, RunningMock};

use crate::kit::{Ran, Sandbox, perfect, script};

const SEEDS: usize = 12;
const SIZE: &str = "--rounds 2 --concurrency 4";

fn odd(kind: FaultKind) -> RunningMock {
    let faults = script(vec![FaultRule::always(kind)]);
    MockServer::start(MockConfig { faults, ..MockConfig::perfect() }).unwrap()
}

fn run(mock: &RunningMock, more: &str) -> (Sandbox, Ran) {
    let sandbox = Sandbox::with_many(SEEDS);
    let ran = sandbox.run(mock, &format!("{SIZE} {more}"));
    (sandbox, ran)
}

/// All rows are those of a server without faults.
fn gives_the_same(kind: FaultKind, more: &str) -> Ran {
    let (healthy, _) = run(&perfect(), more);
    let mock = odd(kind);
    let (sandbox, ran) = run(&mock, more);
    assert_eq!(ran.code, 0, "{kind}: {}", ran.stderr);
    assert!(mock.stats().faults.contains_key(kind.name()), "{kind} never struck");
    assert!(sandbox.export("messages") == healthy.export("messages"), "{kind}: the data differ");
    ran
}

#[test]
fn plumbing_never_reaches_a_row() {
    for kind in [
        FaultKind::LeakedReasoning,
        FaultKind::LeakedChannels,
        FaultKind::InventedTurn,
        FaultKind::OtherForm,
    ] {
        for stream in ["", "--set limits.stream=\"always\""] {
            gives_the_same(kind, stream);
        }
    }
}

#[test]
fn a_server_that_gives_no_finish_reason_is_believed_by_its_counts() {
    for stream in ["", "--set limits.stream=\"always\""] {
        let ran = gives_the_same(FaultKind::NoFinishReason, stream);
        let said = "never gives a finish reason: an answer counts as whole if its token count";
        assert_eq!(ran.stderr.matches(said).count(), 1, "{}", ran.stderr);
    }
}

#[test]
fn limits_and_roles_are_learned_and_said_once() {
    for (kind, said) in [
        (FaultKind::AnswerLimit, "limits answers to 1,024 tokens; asking for no more"),
        (FaultKind::NoSystemRole, "has no system role: the system text goes before"),
    ] {
        let (sandbox, ran) = run(&odd(kind), "");
        assert_eq!(ran.code, 0, "{kind}: {}", ran.stderr);
        assert_eq!(sandbox.status()["failed"], serde_json::json!({}), "{kind}");
        assert_eq!(ran.stderr.matches(said).count(), 1, "{kind}: {}", ran.stderr);
    }
}

/// Not one answer of these can be used, and the run ends at once with the reason.
#[test]
fn a_server_of_which_nothing_can_be_used_ends_the_run_with_what_to_do() {
    for (kind, more, code, said, hint) in [
        (
            FaultKind::OddFinish,
            "",
            2,
            "ended with `repetition`, which is no proof",
            "see the server's log",
        ),
        (FaultKind::CutPrompt, "", 2, "so it has cut it", "longer context"),
        (FaultKind::KeyIn400, "", 3, "No connected db", "no key was sent: set OPENAI_API_KEY"),
        (
            FaultKind::TextAfterFinish,
            "--set limits.stream=\"always\"",
            2,
            "text came after the finish reason",
            "see the server's log",
        ),
    ] {
        let sandbox = Sandbox::empty();
        let long = "Sort the words of this list and count each of them with care. ".repeat(120);
        let lines: Vec<_> = (0..20).map(|n| format!("{n}: {long}")).collect();
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        sandbox.write("seeds.jsonl", crate::kit::jsonl(&lines));
        let mock = odd(kind);
        let ran = sandbox.run(&mock, &format!("{SIZE} {more}"));
        assert_eq!(ran.code, code, "{kind}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{kind}: {}", ran.stderr);
        let hints: Vec<_> = ran.stderr.lines().filter(|line| line.contains("hint: ")).collect();
        assert!(hints.iter().any(|line| line.contains(hint)), "{kind}: {}", ran.stderr);
        assert_eq!(sandbox.status()["kept"], 0, "{kind}");
        assert!(mock.stats().requests < 60, "{kind}: {}", mock.stats().requests);
    }
}
