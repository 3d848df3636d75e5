//! `speciate tree` beyond the usual walk.

use unicode_width::UnicodeWidthStr as _;

use crate::kit::{SEEDS, Sandbox, jsonl, perfect};

#[test]
fn wide_characters_keep_to_the_page() {
    let (sandbox, mock) = (Sandbox::empty(), perfect());
    let chinese =
        "请用通俗易懂的语言解释为什么天空是蓝色的，并举出三个日常生活中的例子。".repeat(3);
    sandbox.write("seeds.jsonl", jsonl(&[&chinese, SEEDS[0]]));
    sandbox.run(&mock, "--rounds 2").expect(0);
    let id = sandbox.records()[0]["id"].as_str().unwrap().to_owned();
    for command in [format!("tree run {id} --svg tree.svg"), "tree run".to_owned()] {
        let shown = sandbox.cli(&command).done().expect(0).stdout;
        assert!(shown.contains('请'), "{shown}");
        assert!(shown.lines().all(|line| line.width() <= 80), "{shown}");
    }
    let svg = sandbox.read("tree.svg");
    let texts = svg.split("fill=\"#111827\">").skip(1).map(|rest| rest.split('<').next().unwrap());
    assert!(texts.clone().count() > 3 && texts.clone().all(|text| text.width() <= 40), "{svg}");
}

#[test]
fn without_an_id_the_seeds_are_listed_as_json_too() {
    let (sandbox, mock) = (Sandbox::with_seeds(3), perfect());
    sandbox.run(&mock, "--rounds 1").expect(0);
    let listed = sandbox.cli("tree run --json").done().expect(0);
    assert_eq!(listed.stderr, "");
    let listed: Vec<serde_json::Value> = serde_json::from_str(&listed.stdout).unwrap();
    let records = sandbox.records();
    assert_eq!(listed.len(), 3);
    for (seed, text) in listed.iter().zip(&SEEDS) {
        assert_eq!(seed["instruction"], *text);
        assert!(records.iter().any(|record| record["id"] == seed["id"]), "{seed}");
    }
}
