//! Operators that users bring.

use std::fmt::Write;

use speciate_evolve::{DataFormat, EvolveInput, OperatorFile, OperatorSet, PromptStyle};
use speciate_types::{InstructionId, Kind};

fn file(name: &str, text: &str) -> OperatorFile {
    OperatorFile { name: name.to_owned(), text: text.to_owned() }
}

const LEGAL: &str = "+++\nkind = \"in-depth\"\nsummary = \"moves it to a court\"\n+++\n\
    {% extends \"frame.jinja\" %}\n{% block method %}Set it in a court.{% endblock %}\n";

#[test]
fn a_file_adds_or_replaces_an_operator() {
    let set = OperatorSet::builtin(PromptStyle::Paper);
    let before = set.fingerprint();
    let set = set
        .with_files(vec![
            file("legal.jinja", LEGAL),
            file("breadth.jinja", LEGAL),
            file("_note", "?"),
        ])
        .unwrap();
    let names: Vec<_> = set.iter().map(|(operator, _)| operator.name()).collect();
    assert_eq!(
        names,
        [
            "breadth",
            "complicate-input",
            "concretizing",
            "constraints",
            "deepening",
            "legal",
            "reasoning"
        ]
    );
    let breadth = set.get("breadth").unwrap();
    assert_eq!((breadth.kind(), breadth.summary()), (Kind::InDepth, "moves it to a court"));
    assert_ne!(set.fingerprint(), before);
    let input = EvolveInput { source: "x", child: InstructionId::of_seed("x"), run_seed: 1 };
    let prompt = set.get("legal").unwrap().request(&input);
    assert!(prompt.messages[0].content.contains("\nMethod: legal\nSet it in a court."));
}

const BEGUN: &str = r#"kind = "in-depth"
summary = "x"
system = """
Method: e"""
[[begin]]
text = "Antworte in"
language = "deu"
examples = [["Was ist ein See?", "drei Zeilen."], ["Was ist ein Teich?", "zwei Zeilen."]]
"#;

#[test]
fn a_broken_file_is_named_with_line_and_hint() {
    let cases = [
        ("Shout.jinja", LEGAL.to_owned()),
        ("a.jinja", "no head".to_owned()),
        ("b.jinja", "+++\nkind = \"in-depth\"\n".to_owned()),
        ("c.jinja", LEGAL.replace("in-depth", "sideways")),
        ("d.jinja", LEGAL.replace("summary", "sumary")),
        ("e.jinja", LEGAL.replace("a court", "{{ court }}")),
        ("f.jinja", LEGAL.replace("{% endblock %}", "")),
        ("g.jinja", "+++\nkind = \"in-depth\"\nsummary = \"x\"\n+++\nDo it.\n".to_owned()),
        ("h.jinja", LEGAL.replace("summary", "formats = [\"xml\", \"xls\"]\nsummary")),
        ("i.jinja", LEGAL.replace("frame.jinja", "other.jinja")),
    ];
    let mut report = String::new();
    for (name, text) in cases {
        let error = OperatorSet::builtin(PromptStyle::Paper)
            .with_files(vec![file(name, &text)])
            .unwrap_err();
        writeln!(report, "{error}\n  hint: {}", error.hint()).unwrap();
    }
    let compact = [
        ("a.toml", "kind = 1".to_owned()),
        ("b.toml", "kind = \"in-depth\"\nsummary = \"x\"\nsystem = \"Method: c\"".to_owned()),
        ("c.toml", "kind = \"in-depth\"\nsummary = \"x\"\nsystem = \"Method: c\"".to_owned()),
        (
            "d.toml",
            "kind = \"in-depth\"\nsummary = \"x\"\nsystem = \"Method: d\"\n[[example]]\ninstruction = \"a\"\nnew_instruction = \"b\\nc\"".to_owned(),
        ),
        ("e.toml", BEGUN.replace("deu", "german")),
        ("f.toml", BEGUN.replace("Method: e", "Method: f").replace("Antworte in", "")),
        ("g.toml", BEGUN.replace("Method: e", "Method: g").replace("drei Zeilen", "drei\\nZeilen")),
    ];
    for (name, text) in compact {
        let error = OperatorSet::builtin(PromptStyle::Compact)
            .with_files(vec![file(name, &text)])
            .unwrap_err();
        writeln!(report, "{error}\n  hint: {}", error.hint()).unwrap();
    }
    insta::assert_snapshot!(report);
}

#[test]
fn formats_can_be_restricted() {
    let set = OperatorSet::builtin(PromptStyle::Paper).with_formats(&[DataFormat::Csv]);
    let operator = set.get("complicate-input").unwrap();
    assert_eq!(operator.formats(), [DataFormat::Csv]);
    assert_eq!(set.get("breadth").unwrap().formats(), []);
    let none = OperatorSet::builtin(PromptStyle::Compact).with_formats(&[DataFormat::Xml]);
    assert_eq!(none.get("complicate-input").unwrap().formats(), [DataFormat::Json]);
}
