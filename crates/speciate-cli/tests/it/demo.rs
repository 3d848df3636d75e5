//! `speciate demo`: the paper's figure, on this machine, without a key.

use std::collections::BTreeSet;

use crate::kit::Sandbox;

const OPERATORS: [&str; 6] =
    ["breadth", "complicate-input", "concretizing", "constraints", "deepening", "reasoning"];

#[test]
fn it_shows_all_operators_a_picture_and_three_rejections() {
    let sandbox = Sandbox::empty();
    let ran = sandbox.cli("demo -o run").done().expect(0);
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 100), "{}", ran.stdout);

    let records = sandbox.records();
    let operators: BTreeSet<_> =
        records.iter().filter_map(|record| record["operator"].as_str()).collect();
    assert_eq!(operators.into_iter().collect::<Vec<_>>(), OPERATORS);
    assert!(records.len() > 11, "{} records", records.len());
    let texts: BTreeSet<_> = records.iter().map(|record| record["instruction"].as_str()).collect();
    assert_eq!(texts.len(), records.len(), "a text grew twice");
    let seed = &records.iter().find(|record| record["kind"] == "seed").unwrap()["instruction"];
    assert_eq!(seed, "1+1=?");
    for operator in OPERATORS {
        assert!(ran.stdout.contains(operator), "{operator} is not in the tree");
    }

    let rejections = &ran.stdout[ran.stdout.find("Three scripted").unwrap()..];
    insta::assert_snapshot!(rejections, @r#"
    Three scripted evolutions that are thrown away, and by which rule (no model said this):
      ✗ no-gain            "1+1=2?"
          the judge said `Equal`
      ✗ apology            "How can 1+1=2 be proved from the Goldbach conjecture?"
          `sorry` in a response of 13 words: `I'm sorry, but I do not know a proof that goes this way.`
      ✗ meta-instruction   "Rewrite the prompt 1+1=?"
          an order about a prompt: `rewrite the prompt`
    "#);
    well_formed(&sandbox.read("run/tree.svg"));
    sandbox.cli("verify run").done().expect(0);

    // Again in the same place: nothing new, the same picture.
    let again = sandbox.cli("demo -o run").done().expect(0);
    assert_eq!(again.stdout, ran.stdout);
}

/// Every element that is opened is closed, in order, and no bare `&` or `<` stands in a text.
fn well_formed(svg: &str) {
    assert!(svg.starts_with("<svg") || svg.starts_with("<?xml"), "{}", &svg[..40]);
    let mut open: Vec<&str> = Vec::new();
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        entities(&rest[..start]);
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        assert!(!tag.contains('<'), "{tag}");
        entities(tag);
        let name = tag.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') && !tag.starts_with(['?', '!']) {
            open.push(name);
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
}

fn entities(text: &str) {
    for after in text.split('&').skip(1) {
        let name = after.split(';').next().unwrap();
        let is_known = ["amp", "lt", "gt", "quot", "apos"].contains(&name);
        assert!(is_known || name.starts_with('#'), "&{name}");
    }
}
