//! Requests and answers, out of public sets.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use serde_json::Value;

/// A text that is known to be a request or an answer.
pub(crate) struct Row {
    /// The set, and how the row was made of it.
    pub(crate) set: String,
    /// `None`: the text speaks for itself.
    pub(crate) parent: Option<String>,
    pub(crate) text: String,
    pub(crate) is_request: bool,
}

/// An instruction with the answers to it.
struct Pair {
    instruction: String,
    answers: Vec<String>,
}

/// Rows to learn from: sets under permissive licences.
pub(crate) fn train(data: &Path) -> Result<Vec<Row>> {
    let mut rows = chains(data)?;
    rows.extend(levels(data, |id| id % 2 == 0)?);
    for (set, pairs) in [
        ("self-instruct", self_instruct(data)?),
        ("vicuna", vicuna(data)?),
        ("mt-bench", mt_bench(data)?),
        ("llmbar", llmbar(data)?),
        ("gsm8k", questions(data, "seeds/gsm8k_train.jsonl.gz", "problem", "solution", 1000)?),
        ("ifeval", questions(data, "decontam/ifeval_input_data.jsonl", "prompt", "", usize::MAX)?),
        ("gpt-4", alpaca(data, "seeds/alpaca_en_demo_gpt4.json.gz", 1)?),
        ("chats", chats(data)?),
        ("chinese", alpaca(data, "seeds/alpaca_zh_demo.json", 2)?),
    ] {
        rows.extend(of_pairs(set, &pairs, true));
    }
    Ok(rows)
}

/// Rows to test with alone.
pub(crate) fn test(data: &Path) -> Result<Vec<Row>> {
    let mut rows = of_pairs("alpaca", &alpaca(data, "seeds/alpaca_data.json.gz", 13)?, false);
    let mut alpaca_eval: Vec<Pair> = Vec::new();
    for model in ["gpt4", "text_davinci_003", "alpaca-7b", "wizardlm-13b", "vicuna-13b"] {
        let file = format!("eval/alpaca_eval/outputs_{model}.json.gz");
        for (at, row) in values(data, &file)?.iter().enumerate() {
            let answer = text(row, "output");
            match alpaca_eval.get_mut(at) {
                Some(pair) => pair.answers.push(answer),
                None => alpaca_eval
                    .push(Pair { instruction: text(row, "instruction"), answers: vec![answer] }),
            }
        }
    }
    rows.extend(of_pairs("alpaca-eval", &alpaca_eval, false));
    let wizard = questions(data, "eval/wizardlm_testset.jsonl", "Instruction", "", usize::MAX)?;
    rows.extend(of_pairs("wizardlm test set", &wizard, false));
    rows.extend(levels(data, |id| id % 2 == 1)?);
    let chinese = alpaca(data, "seeds/alpaca_zh_demo.json", 1)?;
    let odd: Vec<Pair> = chinese.into_iter().skip(1).step_by(2).collect();
    rows.extend(of_pairs("chinese", &odd, false));
    Ok(rows)
}

/// Each instruction by itself, behind another one and as an edit of its own beginning; each answer
/// by itself and as an edit of its instruction.
fn of_pairs(set: &str, pairs: &[Pair], is_learned: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut push = |how: &str, parent: Option<&str>, text: &str, is_request: bool| {
        if !text.trim().is_empty() && (set == "chinese" || is_latin(text)) {
            let (parent, text) = (parent.map(str::to_owned), text.to_owned());
            rows.push(Row { set: format!("{set}: {how}"), parent, text, is_request });
        }
    };
    for (at, Pair { instruction, answers }) in pairs.iter().enumerate() {
        // Any other: the step is prime to most lengths.
        let other = &pairs[(at * 31 + 17) % pairs.len()].instruction;
        push("request", None, instruction, true);
        push("request, edit of another", Some(other), instruction, true);
        if let Some((beginning, _)) = instruction.split_once(". ").or(instruction.split_once('\n'))
        {
            push(
                "request, edit of its beginning",
                Some(&format!("{beginning}.")),
                instruction,
                true,
            );
        }
        if is_learned && at % 3 == 0 {
            push("request, unchanged", Some(instruction), instruction, true);
        }
        for answer in answers {
            push("answer", None, answer, false);
            push("answer, edit of its request", Some(instruction), answer, false);
        }
    }
    rows
}

/// Whether a text can be English: the model is for no other language.
fn is_latin(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic());
    let (latin, other): (Vec<char>, Vec<char>) = letters.partition(char::is_ascii);
    other.len() * 10 <= latin.len()
}

/// Evolved chains: edits that models have made.
fn chains(data: &Path) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut pairs = Vec::new();
    for row in values(data, "evolved/evol_code_chains_a.jsonl.gz")? {
        let chain: Vec<&Value> = ["seed", "evol1", "evol2"]
            .iter()
            .map(|step| &row[*step])
            .filter(|step| step.is_object())
            .collect();
        for step in &chain {
            pairs.push(Pair {
                instruction: text(step, "instruction"),
                answers: vec![text(step, "output")],
            });
        }
        for edit in chain.windows(2) {
            rows.push(Row {
                set: "chains: edit".to_owned(),
                parent: Some(text(edit[0], "instruction")),
                text: text(edit[1], "instruction"),
                is_request: true,
            });
        }
    }
    rows.extend(of_pairs("chains", &pairs, true));
    Ok(rows)
}

/// FollowBench: each level adds a constraint to the one before it. One half is learned from.
fn levels(data: &Path, is_used: impl Fn(u64) -> bool) -> Result<Vec<Row>> {
    let all = values(data, "evolved/followbench_content_format_style.jsonl.gz")?;
    let id = |row: &Value| row["example_id"].as_u64().unwrap_or(0);
    let edits = all.windows(2).filter(|edit| {
        let is_same = |field: &str| edit[0][field] == edit[1][field];
        is_same("example_id") && is_same("category") && is_used(id(&edit[0]))
    });
    Ok(edits
        .map(|edit| Row {
            set: "levels: edit".to_owned(),
            parent: Some(text(&edit[0], "instruction")),
            text: text(&edit[1], "instruction"),
            is_request: true,
        })
        .collect())
}

fn self_instruct(data: &Path) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    for file in [
        "seeds/self_instruct_seed_tasks.jsonl",
        "seeds/self_instruct_user_oriented_instructions.jsonl",
        "seeds/code_seed_tasks_21.jsonl",
    ] {
        for row in values(data, file)? {
            let instance = &row["instances"][0];
            let instruction = joined(&text(&row, "instruction"), &text(instance, "input"));
            pairs.push(Pair { instruction, answers: vec![text(instance, "output")] });
        }
    }
    Ok(pairs)
}

fn vicuna(data: &Path) -> Result<Vec<Pair>> {
    let mut pairs: Vec<Pair> = Vec::new();
    for row in values(data, "eval/vicuna80/question.jsonl")? {
        pairs.push(Pair { instruction: text(&row["turns"], "0"), answers: Vec::new() });
    }
    for model in ["alpaca-13b", "bard", "gpt35", "llama-13b", "vicuna-13b"] {
        for row in values(data, &format!("eval/vicuna80/answer_{model}.jsonl"))? {
            let at = row["question_id"].as_u64().unwrap_or(1) as usize - 1;
            pairs[at].answers.push(text(&row, "text"));
        }
    }
    Ok(pairs)
}

fn mt_bench(data: &Path) -> Result<Vec<Pair>> {
    let answers = values(data, "eval/mt_bench/reference_answer_gpt-4.jsonl")?;
    let answer_to = |id: &Value| answers.iter().find(|answer| answer["question_id"] == *id);
    Ok(values(data, "eval/mt_bench/question.jsonl")?
        .iter()
        .map(|row| Pair {
            instruction: text(&row["turns"], "0"),
            answers: answer_to(&row["question_id"])
                .map(|answer| text(&answer["choices"][0]["turns"], "0"))
                .into_iter()
                .collect(),
        })
        .collect())
}

fn llmbar(data: &Path) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    for file in ["eval/llmbar/natural.json", "eval/llmbar/manual.json"] {
        for row in values(data, file)? {
            let answers = vec![text(&row, "output_1"), text(&row, "output_2")];
            pairs.push(Pair { instruction: text(&row, "input"), answers });
        }
    }
    Ok(pairs)
}

fn chats(data: &Path) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    for row in values(data, "chats/v1_sft_demo.jsonl.gz")? {
        for turns in row["messages"].as_array().into_iter().flat_map(|turns| turns.windows(2)) {
            if turns[0]["role"] == "user" && turns[1]["role"] == "assistant" {
                pairs.push(Pair {
                    instruction: content(&turns[0]),
                    answers: vec![content(&turns[1])],
                });
            }
        }
    }
    Ok(pairs)
}

/// The text of a chat turn: a string, or parts.
fn content(turn: &Value) -> String {
    let parts = turn["content"].as_array().into_iter().flatten();
    let joined: String = parts.map(|part| text(part, "value") + &text(part, "text")).collect();
    if joined.is_empty() { text(turn, "content") } else { joined }
}

fn questions(
    data: &Path,
    file: &str,
    question: &str,
    answer: &str,
    n_max: usize,
) -> Result<Vec<Pair>> {
    let rows = values(data, file)?;
    let pair =
        |row: &Value| Pair { instruction: text(row, question), answers: vec![text(row, answer)] };
    Ok(rows.iter().take(n_max).map(pair).collect())
}

fn alpaca(data: &Path, file: &str, step: usize) -> Result<Vec<Pair>> {
    let pair = |row: &Value| Pair {
        instruction: joined(&text(row, "instruction"), &text(row, "input")),
        answers: vec![text(row, "output")],
    };
    Ok(values(data, file)?.iter().step_by(step).map(pair).collect())
}

/// Inputs stand in plain text and in fenced blocks, before and behind what is asked.
fn joined(instruction: &str, input: &str) -> String {
    match (input.trim().is_empty(), input.len() % 4) {
        (true, _) => instruction.to_owned(),
        (false, 0) => format!("{instruction}\n\n```\n{input}\n```"),
        (false, 1) => format!("Here is the input:\n\n```text\n{input}\n```\n\n{instruction}"),
        (false, _) => format!("{instruction}\n\n{input}"),
    }
}

/// A field's text, or the text of a list's item; empty if there is none.
fn text(value: &Value, key: &str) -> String {
    let found = key.parse().map_or_else(|_| value.get(key), |at: usize| value.get(at));
    found.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The rows of a JSON or JSON lines file, also compressed.
fn values(data: &Path, file: &str) -> Result<Vec<Value>> {
    let path = data.join(file);
    let mut content = String::new();
    let opened = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
    if path.extension().is_some_and(|ending| ending == "gz") {
        GzDecoder::new(opened).read_to_string(&mut content)
    } else {
        { opened }.read_to_string(&mut content)
    }
    .with_context(|| format!("cannot read {}", path.display()))?;
    let rows: Vec<Value> = serde_json::Deserializer::from_str(&content)
        .into_iter()
        .collect::<Result<_, _>>()
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(match rows.as_slice() {
        [Value::Array(rows)] => rows.clone(),
        _ => rows,
    })
}
