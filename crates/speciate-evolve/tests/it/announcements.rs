//! `not-a-request` on texts in the first person: what announces goes, what asks stays.

use speciate_evolve::{Candidate, RuleSet};
use speciate_types::Kind;

use crate::data::{candidate, json, rows, text};

fn announces(parent: &str, child: &str) -> bool {
    let set = RuleSet::from_names(&["not-a-request"]).unwrap();
    set.static_check(&candidate(parent, child))
        .is_some_and(|(_, evidence)| evidence.as_str().starts_with("announces"))
}

/// Of the same domain at most: no edit of its parent.
fn beside<'a>(parent: &'a str, child: &'a str) -> Candidate<'a> {
    Candidate { kind: Kind::InBreadth, ..candidate(parent, child) }
}

const ANNOUNCEMENTS: &[&str] = &[
    "I will write a poem about the sea, with only words.",
    "I'll write a poem about the sea",
    "I’ll write a poem about the sea.",
    "I'm going to write a poem about the sea.",
    "I am going to explain how tides work, step by step.",
    "Sure, I will rewrite it.",
    "Okay, now I will list three rivers and describe each of them.",
    "First, I'll write a story. Then I'll add a second character.",
    "We will compute the sum of 1 and 1.",
    "I shall now describe the life of bees.",
    "I will create a table. It will have three columns.",
    "I'm about to write a short story about a baker.",
    "I WILL WRITE A POEM ABOUT THE SEA.",
    "\"I will write a poem about the sea.\"",
    "Ich werde ein Gedicht über das Meer schreiben.",
    "Nun werde ich drei Flüsse nennen, ohne die Länder zu nennen.",
    "Wir werden die Summe berechnen.",
    "Je vais écrire un poème sur la mer.",
    "J'écrirai un poème sur la mer.",
    "D'abord, je vais nommer trois fleuves.",
    "Nous allons calculer la somme.",
    "Voy a escribir un poema sobre el mar.",
    "Ahora voy a nombrar tres ríos.",
    "Escribiré un poema sobre el mar.",
    "Yo voy a calcular la suma.",
];

const REQUESTS: &[&str] = &[
    "I will travel to Japan next month. What should I pack?",
    "I will travel to Japan next month. Suggest a route.",
    "I will travel to Japan next month and need a packing list.",
    "I'm going to Paris. Best museums, please.",
    "I'm going to be a father, how do I prepare",
    "I want you to act as a guide.",
    "I want you to write a poem about the sea.",
    "I will give you a sentence and you will translate it.",
    "I will paste a text, summarize it.",
    "I will paste a text; then sort its words.",
    "I will describe an animal. Guess which one it is.",
    "I'll start a story. Continue it.",
    "I'll start a story. Now finish it for me.",
    "I will tell you my symptoms. Act as a doctor.",
    "I'd like to write a poem about the sea.",
    "I'll need a name for my bakery.",
    "I will pay 20 dollars for three books. Each book costs 4 dollars. How much is left?",
    "Let me know how tides work.",
    "Write a story that begins with \"I will write a poem about the sea.\"",
    "Rewrite this sentence: I will write a poem about the sea.",
    "Translate into French: I will write a poem about the sea.",
    "Correct the grammar.\n\nI will wrote a poem about the sea.",
    "I will write a poem about ___.",
    "I will be in Rome on Monday.\nPlan my day.",
    "I will say a word, and then you",
    "I will begin, and the list goes on...",
    "Ich werde nächsten Monat nach Japan reisen. Was soll ich einpacken?",
    "Ich werde nach Japan reisen. Nenne drei Städte.",
    "Ich werde dir einen Text geben. Fasse ihn zusammen.",
    "Ich werde einen Text einfügen, fasse ihn zusammen.",
    "Ich möchte ein Gedicht über das Meer.",
    "Je vais voyager au Japon. Propose un itinéraire.",
    "Je vais te donner un texte, résume-le.",
    "Je vais voyager au Japon et j'ai besoin d'une liste.",
    "Je voudrais un poème sur la mer.",
    "Voy a viajar a Japón. Sugiere una ruta.",
    "Voy a viajar a Japón, necesito una lista.",
    "Voy a darte un texto: resúmelo.",
    "Quiero un poema sobre el mar.",
    "¿Qué ropa llevo? Voy a viajar a Japón.",
];

#[test]
fn announcements_go_and_requests_stay() {
    let set = RuleSet::from_names(&["not-a-request"]).unwrap();
    let drops = |child: &&&str| set.static_check(&beside("Name a river.", child)).is_some();
    let missed: Vec<_> = ANNOUNCEMENTS.iter().filter(|child| !drops(child)).collect();
    let dropped: Vec<_> = REQUESTS.iter().filter(drops).collect();
    assert!(missed.is_empty() && dropped.is_empty(), "missed {missed:#?}, dropped {dropped:#?}");
    // A seed that is one itself is evolved into more of the same.
    assert!(ANNOUNCEMENTS.iter().all(|child| !announces("I will sing a song.", child)));
}

/// Every instruction of a set that is taken for an announcement.
fn measure(name: &str, instructions: &[&str]) -> usize {
    let found: Vec<&&str> =
        instructions.iter().filter(|child| announces("Name a river.", child)).collect();
    println!("{name}: {} of {} announce", found.len(), instructions.len());
    found.iter().take(40).for_each(|child| println!("  {child:.200?}"));
    found.len()
}

#[test]
fn all_of_alpaca_asks() {
    let Some(alpaca) = json("seeds/alpaca_data.json.gz") else { return };
    let instructions: Vec<&str> =
        alpaca.as_array().unwrap().iter().map(|row| text(row, "instruction")).collect();
    assert_eq!(instructions.len(), 52_002);
    assert!(measure("Alpaca", &instructions) <= 3);
    let set = RuleSet::from_names(&["not-a-request"]).unwrap();
    let dropped: Vec<_> = instructions
        .iter()
        .filter_map(|child| set.static_check(&beside("Name a river.", child)))
        .collect();
    println!("Alpaca: {} of {} are no requests", dropped.len(), instructions.len());
    if std::env::var_os("SPECIATE_SHOW_HITS").is_some() {
        dropped.iter().take(40).for_each(|(_, evidence)| println!("  {evidence}"));
    }
    assert!(dropped.len() * 1000 < instructions.len(), "{}", dropped.len());
}

#[test]
fn other_instructions_ask() {
    for (path, field) in [
        ("seeds/self_instruct_seed_tasks.jsonl", "instruction"),
        ("seeds/self_instruct_user_oriented_instructions.jsonl", "instruction"),
        ("seeds/gsm8k_train.jsonl.gz", "problem"),
        ("eval/wizardlm_testset.jsonl", "Instruction"),
        ("decontam/ifeval_input_data.jsonl", "prompt"),
    ] {
        let Some(rows) = rows(path) else { continue };
        let instructions: Vec<&str> = rows.iter().map(|row| text(row, field)).collect();
        assert!(instructions.iter().any(|text| !text.is_empty()), "{path}");
        assert_eq!(measure(path, &instructions), 0);
    }
    for (path, field) in [
        ("eval/alpaca_eval/outputs_gpt4.json.gz", "instruction"),
        ("chats/identity.json", "instruction"),
    ] {
        let Some(rows) = json(path) else { continue };
        let instructions: Vec<&str> =
            rows.as_array().unwrap().iter().map(|row| text(row, field)).collect();
        assert!(instructions.iter().any(|text| !text.is_empty()), "{path}");
        assert_eq!(measure(path, &instructions), 0);
    }
}
