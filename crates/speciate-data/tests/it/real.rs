//! Data sets that people use, and our own examples.

use std::path::Path;

use speciate_data::{Compression, Layout, ReadOptions, RecordShape, SeedReport};

use crate::kit::{lenient, read_path, shared};

fn read(path: &str) -> Option<SeedReport> {
    let path = shared(path)?;
    let report = read_path(&path, &ReadOptions::default());
    Some(report.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

fn n_shape(report: &SeedReport, shape: RecordShape) -> u64 {
    report.files[0].shapes.get(&shape).copied().unwrap_or_default()
}

#[test]
fn alpaca_whole() {
    let Some(path) = shared("seeds/alpaca_data.json.gz") else { return };
    let report = read_path(&path, &lenient()).unwrap();
    assert_eq!(report.records, 52_002);
    assert_eq!(report.files[0].layout, Layout::JsonArray);
    assert_eq!(report.files[0].compression, Compression::Gzip);
    assert_eq!(report.skipped_bad, 0, "{}", report.problems[0]);
    println!("{} seeds, {} duplicates", report.seeds.len(), report.exact_duplicates);
}

#[test]
fn other_seed_sets() {
    for (path, records, shape) in [
        ("seeds/self_instruct_seed_tasks.jsonl", 175, RecordShape::SelfInstruct),
        ("seeds/self_instruct_user_oriented_instructions.jsonl", 252, RecordShape::SelfInstruct),
        ("seeds/code_seed_tasks_21.jsonl", 21, RecordShape::SelfInstruct),
        ("seeds/code_alpaca_2k.json.gz", 2_017, RecordShape::Alpaca),
        ("seeds/alpaca_zh_demo.json", 1_000, RecordShape::Alpaca),
        ("seeds/alpaca_en_demo_gpt4.json.gz", 999, RecordShape::Alpaca),
        ("chats/identity.json", 91, RecordShape::Alpaca),
        ("chats/sharegpt_dummy_conversation.json", 500, RecordShape::Sharegpt),
        ("chats/glaive_toolcall_en_demo.json.gz", 300, RecordShape::Sharegpt),
        ("chats/v1_sft_demo.jsonl.gz", 500, RecordShape::Messages),
        ("messy_real/axolotl_alpaca.json", 2, RecordShape::Alpaca),
        ("messy_real/axolotl_conversation.json", 1, RecordShape::Sharegpt),
    ] {
        let Some(report) = read(path) else { return };
        assert_eq!(report.records, records, "{path}");
        assert_eq!(n_shape(&report, shape), records, "{path}: {:?}", report.files[0].shapes);
    }
}

#[test]
fn sets_with_fields_of_their_own_need_a_map() {
    for (path, map, records) in [
        ("seeds/gsm8k_train.jsonl.gz", "instruction=problem,response=solution", 7_473),
        ("seeds/mt_bench_questions_ru.jsonl", "instruction=turns.0", 80),
        ("eval/wizardlm_testset.jsonl", "instruction=Instruction", 218),
    ] {
        let Some(path) = shared(path) else { return };
        let unmapped = read_path(&path, &lenient()).unwrap();
        assert_eq!(unmapped.skipped_bad, records);
        let help = unmapped.problems[0].help.as_deref().unwrap();
        assert!(help.contains(map), "{help}");
        let options = ReadOptions { map: Some(map.parse().unwrap()), ..ReadOptions::default() };
        let report = read_path(&path, &options).unwrap();
        assert_eq!(report.records, records);
    }
}

#[test]
fn our_examples_are_good_seeds() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/seeds.jsonl");
    let report = read_path(&path, &ReadOptions::default()).unwrap();
    assert_eq!((report.seeds.len(), report.exact_duplicates), (24, 0));
    let n_responses = report.seeds.iter().filter(|seed| seed.response.is_some()).count();
    assert!((2..=3).contains(&n_responses));
}
