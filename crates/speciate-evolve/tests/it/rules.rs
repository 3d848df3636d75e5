//! Each rule by itself, on what it must drop and what it must not.

use speciate_evolve::{
    CRITIC_RULES, Candidate, DataFormat, PAPER_RULES, PromptStyle, RULES, RuleInfo, RuleSet,
    STANDARD_RULES, STRICT_RULES, Sentence, no_gain_heuristic, read_evolved,
};
use speciate_types::Kind;

use crate::data::{answered, candidate};

fn only(rule: &str) -> RuleSet {
    RuleSet::from_names(&[rule]).unwrap()
}

fn check_child(rule: &str, parent: &str, child: &str, drops: bool) {
    let found = only(rule).static_check(&candidate(parent, child));
    assert_eq!(found.is_some(), drops, "{rule} on {child:?} gave {found:?}");
}

fn check_response(rule: &str, child: &str, response: &str, drops: bool) {
    let found = only(rule).response_check(&answered("Name a thing.", child, response));
    assert_eq!(found.is_some(), drops, "{rule} on {response:?} gave {found:?}");
}

#[test]
fn the_registry_is_complete_and_in_order() {
    let is_critics = |name: &&str| CRITIC_RULES.contains(name);
    let (critics, names): (Vec<&str>, Vec<&str>) =
        RULES.iter().map(|rule| rule.name).partition(is_critics);
    assert_eq!((critics.as_slice(), names.as_slice()), (CRITIC_RULES, STRICT_RULES));
    let in_order = STRICT_RULES.iter().filter(|name| STANDARD_RULES.contains(name));
    assert!(in_order.eq(STANDARD_RULES));
    assert!(RULES.iter().all(|rule| !rule.summary.is_empty()
        && !rule.source.is_empty()
        && !rule.example.is_empty()));
    let paper: Vec<&str> = RULES.iter().filter(|rule| rule.paper).map(|rule| rule.name).collect();
    assert_eq!(paper, ["copied-prompt", "no-gain", "apology", "stop-words-only"]);
    let of_paper_recipe = |rule: &&RuleInfo| rule.paper || rule.technical;
    assert_eq!(
        RULES.iter().filter(of_paper_recipe).map(|rule| rule.name).collect::<Vec<_>>(),
        PAPER_RULES
    );
    assert!(RuleInfo::find("apology").is_some_and(|rule| rule.paper));
}

#[test]
fn an_unknown_rule_is_an_error_with_a_suggestion() {
    let error = RuleSet::from_names(&["identical", "appology"]).unwrap_err();
    assert_eq!((error.name.as_str(), error.suggestion), ("appology", Some("apology")));
    assert_eq!(RuleSet::from_names(&["quantum-entanglement"]).unwrap_err().suggestion, None);
}

#[test]
fn the_three_rejections_of_the_article_are_caught_by_name() {
    let set = RuleSet::from_names(STRICT_RULES).unwrap();
    let rule = |child| set.static_check(&candidate("1+1=?", child)).map(|(name, _)| name);
    assert_eq!(rule("Rewrite the prompt 1+1=?"), Some("meta-instruction"));
    assert_eq!(rule("Rewrite the given prompt 1+1=?"), Some("copied-prompt"));
    assert_eq!(rule("1 + 1 = ?"), Some("near-parent"));
    assert_eq!(rule("If 1+1=2 and x is the sum, what is the value of x^2+3x?"), None);
    // What the judge has to see.
    assert_eq!(rule("1+1=2?"), None);
    check_response(
        "apology",
        "Prove the Goldbach conjecture.",
        "I am sorry, nobody can do that yet.",
        true,
    );
}

#[test]
fn apology() {
    for response in [
        "Sorry, I can't.",
        "I'm SORRY but no.",
        "抱歉，我无法回答这个问题。",
        "申し訳ありませんが、お答えできません。",
        "죄송합니다. 도와드릴 수 없습니다.",
        "Es tut mir leid, das kann ich nicht beantworten.",
        "Je suis désolé, je ne peux pas répondre.",
        "Lo siento, no puedo responder.",
        "Извините, я не могу ответить.",
        "Mi dispiace, non posso rispondere.",
        "Desculpe, não posso responder.",
        "Het spijt me, dat kan ik niet.",
    ] {
        check_response("apology", "Describe a thing.", response, true);
    }
    check_response("apology", "Describe a thing.", "It costs 3 euros.", false);
    check_response(
        "apology",
        "Write an apology to a friend.",
        "I am sorry that I was late.",
        false,
    );
    check_response("apology", "Translate \"I am sorry\".", "Lo siento", false);
    let long = |words: usize| format!("Sorry {}", "word ".repeat(words - 1));
    check_response("apology", "Count.", &long(79), true);
    check_response("apology", "Count.", &long(80), false);
    // 160 characters of a script without blanks are 80 words.
    check_response("apology", "数。", &format!("抱歉{}", "字".repeat(156)), true);
    check_response("apology", "数。", &format!("抱歉{}", "字".repeat(158)), false);
}

#[test]
fn stop_words_only() {
    for (child, response, drops) in [
        ("Describe it.", "", true),
        ("Describe it.", "???", true),
        ("Describe it.", "the of and to a", true),
        ("Describe it.", "To be, or not to be.", true),
        ("Describe it.", "```\n```", true),
        (
            "Beschreibe bitte ausführlich die Wirkung der Sonne auf den Boden.",
            "Das ist so, und es ist das.",
            true,
        ),
        ("请详细描述太阳对土壤的影响以及原因。", "这是的。", true),
        ("Describe it.", "42", false),
        ("Describe it.", "B", false),
        ("Describe it.", "(A)", false),
        ("Describe it.", "No.", false),
        ("Describe it.", "Both", false),
        ("Describe it.", "🙂", false),
        ("Describe it.", "x → ∞", false),
        // Words that are stop words of another language only.
        ("Describe it.", "War", false),
        ("Describe it.", "Die man", false),
        ("Describe it.", "Paris", false),
    ] {
        check_response("stop-words-only", child, response, drops);
    }
}

#[test]
fn copied_prompt() {
    for child in [
        "List rivers. #Rewritten Prompt#",
        "Add one more requirement to the given prompt about rivers.",
        "The Rewritten Prompt: list rivers.",
        "Answer the created prompt in full.",
        "### New Instruction\nList rivers.",
        "List rivers.</evolved>",
        "List <source-abcdef> rivers",
        "#Methods List#: list rivers",
        "List rivers.\n\n#Rewritten Test#\nList lakes.",
        "List rivers. In the rewritten version, I added a limit.",
    ] {
        check_child("copied-prompt", "List three rivers.", child, true);
    }
    check_child(
        "copied-prompt",
        "List three rivers.",
        "List rivers, lakes, etc. of three countries.",
        false,
    );
    check_child(
        "copied-prompt",
        "Explain the given prompt.",
        "Explain the given prompt in two steps.",
        false,
    );
    check_child(
        "copied-prompt",
        "List three rivers.",
        "Write a prompt for an image model that shows a river.",
        false,
    );
    let scaffold = [Sentence::new("it asks; it does not answer whatever it is.".to_owned())];
    let copied = Candidate {
        scaffold: &scaffold,
        ..candidate("List rivers.", "List rivers. It asks;  it does NOT answer whatever it is.")
    };
    assert!(only("copied-prompt").static_check(&copied).is_some());
}

#[test]
fn meta_instruction() {
    for child in [
        "Rewrite the prompt 1+1=?",
        "Please rewrite the following instruction to be harder.",
        "Modify this question so that it needs three steps.",
        "Make the prompt more complex by adding a constraint.",
        "Add a new constraint to the prompt.",
        "Increase the difficulty of the given prompt.",
        "Create a more challenging version of this prompt.",
        "Schreibe den folgenden Prompt um.",
        "Réécris la consigne en ajoutant une contrainte.",
        "Reescribe el siguiente prompt con más detalle.",
        "请改写以下提示，使其更复杂。",
        "次のプロンプトを書き換えてください。",
        "다음 프롬프트를 다시 작성하세요.",
        "Перепишите этот запрос.",
    ] {
        check_child("meta-instruction", "1+1=?", child, true);
    }
    for child in [
        "Rewrite the sentence \"I go\" in the past tense.",
        "Rewrite the paragraph so that a child understands it.",
        "Modify the code so that it sorts in place.",
        "Write a prompt that makes an image model draw a river.",
        "What makes a prompt good?",
        "Answer the question and then rewrite the question as a statement.",
        "Convert the following question into a statement: Is it late?",
        "Change the instruction set of the processor in this simulation.",
        "Create a new question for a quiz about rivers.",
    ] {
        check_child("meta-instruction", "1+1=?", child, false);
    }
    check_child(
        "meta-instruction",
        "Rewrite the prompt below.",
        "Rewrite the prompt below in two lines.",
        false,
    );
}

#[test]
fn identical_and_near_parent() {
    let parent = "List 5 major world religions.";
    check_child("identical", parent, "LIST 5  MAJOR WORLD RELIGIONS.\n", true);
    check_child("identical", parent, "List 6 major world religions.", false);
    check_child("near-parent", parent, "Please list the 5 major religions of the world.", true);
    check_child("near-parent", parent, "List 5 major world religions and their founders.", false);
    check_child(
        "near-parent",
        "Sort these numbers in ascending order.",
        "Sort these numbers in descending order.",
        false,
    );
    check_child(
        "near-parent",
        "Write a funny story about a cat and a dog.",
        "Write a funny story about a cat and a dog,",
        true,
    );
    check_child("near-parent", "写一首关于春天的诗", "写一首关于春天的长诗并解释", false);
}

#[test]
fn refusal_and_not_a_request() {
    for (child, refuses, asks_nothing) in [
        ("I'm sorry, but I cannot help with that.", true, true),
        ("I cannot assist with rewriting this.", true, true),
        ("As an AI language model, I cannot do that.", true, true),
        ("对不起，我无法完成这个请求。", true, false),
        ("Sure! The capital of France is Paris.", false, true),
        ("The answer is 42.", false, true),
        ("Equal", false, true),
        ("Not Equal.", false, true),
        ("...", false, true),
        (
            "The river Rhine flows through several countries and reaches the sea in the Netherlands.",
            false,
            true,
        ),
        ("I cannot find my keys. Where should I look?", false, false),
        ("Explain what \"I cannot help you\" means.", false, false),
        ("Three rivers of Europe?", false, false),
        ("Solve x + 2 = 5", false, false),
        ("Liste trois fleuves.", false, false),
        ("Continue the sentence: The river Rhine flows through", false, false),
    ] {
        check_child("refusal", "Name a river.", child, refuses);
        check_child("not-a-request", "Name a river.", child, asks_nothing);
    }
    check_response("refusal", "Name a river.", "As an AI language model, I cannot do that.", true);
    check_response(
        "refusal",
        "Name a river.",
        "Unfortunately I am unable to assist with this request.",
        true,
    );
    check_response("refusal", "Name a river.", "The Rhine.", false);
}

#[test]
fn answer_leak() {
    let answer = "The Rhine rises in the Alps, flows north through Basel and Cologne, and reaches the North Sea near \
                  Rotterdam after about 1233 kilometres, carrying more freight than any other river.";
    check_response("answer-leak", &format!("Where does the Rhine flow? {answer}"), answer, true);
    check_response(
        "answer-leak",
        "Where does the Rhine flow, and what does it carry?",
        answer,
        false,
    );
    let given = answered(answer, answer, answer);
    assert_eq!(only("answer-leak").response_check(&given), None);
}

#[test]
fn language_switch() {
    let english =
        "Write a short poem about the autumn wind that blows over the old harbour at night.";
    let german =
        "Schreibe ein kurzes Gedicht über den Herbstwind, der nachts über den alten Hafen weht.";
    check_child("language-switch", english, german, true);
    check_child(
        "language-switch",
        english,
        "写一首关于秋风的短诗，风在夜里吹过古老的港口，并解释原因。",
        true,
    );
    check_child(
        "language-switch",
        english,
        "Write a poem of three stanzas about the wind over the harbour.",
        false,
    );
    let mixed = "请分类句子中每个单词的词性：\"They have already started their new business\"";
    check_child("language-switch", "请写一首关于秋天的短诗，并解释每一句的含义。", mixed, false);
    check_child("language-switch", "Hi", german, false);
    check_child("language-switch", english, "Schreibe.", false);
}

#[test]
fn lost_input() {
    let code = "Explain this code.\n\n```python\nfor i in range(3):\n    print(i)\n```";
    check_child("lost-input", code, "Explain this code and name its limits.", true);
    check_child(
        "lost-input",
        code,
        "Explain this:\n```py\nfor i in range(3):\n  print(i)\n```\nWhat if 3 is 0?",
        false,
    );
    check_child("lost-input", "Summarize https://example.org/a.", "Summarize the page.", true);
    check_child(
        "lost-input",
        "Summarize https://example.org/a.",
        "Summarize https://example.org/a in a line.",
        false,
    );
    let table = "Which is longest?\n\n| river | km |\n|---|---|\n| Rhine | 1233 |";
    check_child("lost-input", table, "Which of the rivers is the longest and why?", true);
    check_child(
        "lost-input",
        "Sort 5, 9, 12, 44 and 81.",
        "Sort the numbers and say which is the median.",
        true,
    );
    check_child(
        "lost-input",
        "Give 5 ideas for 2 people.",
        "Give seven ideas for a couple with a child.",
        false,
    );
    let breadth = Candidate { kind: Kind::InBreadth, ..candidate(code, "Explain recursion.") };
    assert_eq!(only("lost-input").static_check(&breadth), None);
}

#[test]
fn bad_input_format() {
    use DataFormat::{
        Csv, Formula, Html, Json, LogLines, MarkdownTable, Python, Shell, Sql, Xml, Yaml,
    };
    let prose =
        "Using the following data, find the mean age, select one from the list, and explain why.";
    for (format, block) in [
        (Xml, "<a><b id=\"1\">x</b></a>"),
        (Sql, "SELECT name FROM pupil WHERE age > 9;"),
        (Sql, "```\nselect name from pupil\n```"),
        (Python, "```python\ndef f(x):\n    return x\n```"),
        (Python, "def f(x): return x"),
        (Html, "<div class=\"x\"><p>Hi</p></div>"),
        (Shell, "```bash\ngrep -r x . | wc -l\n```"),
        (Shell, "`ls -la /tmp`"),
        (Json, "{\"ages\": [1, 2]}"),
        (Json, "```json\n[{\"age\": 3}]\n```"),
        (Csv, "name,age\nIda,9\nOmar,11"),
        (Csv, "```csv\nname;age\nIda;9\n```"),
        (MarkdownTable, "| name | age |\n|------|-----|\n| Ida  | 9   |"),
        (Yaml, "pupils:\n  - name: Ida\n    age: 9"),
        (LogLines, "2024-01-02 10:00:01 INFO start\n2024-01-02 10:00:02 ERROR stop"),
        (Formula, "$E = mc^2$"),
        (Formula, "F = m * a"),
    ] {
        let child = format!("{prose}\n\n{block}\n");
        assert!(format.is_in(&child), "{format}: {child}");
        assert!(!format.is_in(prose), "{format}");
        let with = |child| Candidate { format: Some(format), ..candidate("Find a mean.", child) };
        assert!(only("bad-input-format").static_check(&with(prose)).is_some());
        assert_eq!(only("bad-input-format").static_check(&with(&child)), None);
    }
    for (format, broken) in [
        (Json, "{\"ages\": [1, 2}"),
        (Xml, "<a><b></a>"),
        (Csv, "```csv\nname,age\nIda\n```"),
        (MarkdownTable, "| name | age |\n| Ida | 9 |"),
        (Yaml, "```yaml\na: [1, 2\n```"),
        (Html, "<div>Hi"),
        (LogLines, "2024-01-02 10:00:01 INFO start"),
    ] {
        assert!(!format.is_in(&format!("{prose}\n\n{broken}\n")), "{format}");
    }
}

#[test]
fn loops_length_and_encoding() {
    check_child(
        "repetition",
        "List rivers.",
        &format!("List {}", "the rivers and ".repeat(8)),
        true,
    );
    check_child("repetition", "List rivers.", &"very ".repeat(12), true);
    check_child(
        "repetition",
        "List rivers.",
        "Sing: row, row, row your boat, gently down the stream.",
        false,
    );
    check_child("repetition", "List rivers.", "Continue: 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", false);
    check_child("too-long", "List rivers.", &"river lake ".repeat(260), true);
    check_child("too-long", &"river lake ".repeat(260), &"river lake ".repeat(300), false);
    check_child("encoding", "List rivers.", "List caf\u{fffd}s.", true);
    check_child("encoding", "List rivers.", "List \u{1b}[31mred rivers.", true);
    check_child("encoding", "List \u{1b}[31mrivers.", "List \u{1b}[31mred rivers.", false);
    check_child("encoding", "List rivers.", "List rivers\tand\r\nlakes 🙂.", false);
}

#[test]
fn the_heuristic_names_itself() {
    let evidence = no_gain_heuristic(&candidate(
        "List 5 major world religions.",
        "List the 5 major religions of the world.",
    ))
    .unwrap();
    assert!(evidence.as_str().starts_with("heuristic, no judge: word overlap 1.00"), "{evidence}");
    assert!(no_gain_heuristic(&candidate("Name a river.", "Name a river.")).is_some());
    assert!(
        no_gain_heuristic(&candidate("Name a river.", "Name a river that crosses three borders."))
            .is_none()
    );
    assert!(no_gain_heuristic(&candidate("1+1=?", "2+3*4=?")).is_none());
}

#[test]
fn evidence_quotes_at_most_120_characters() {
    let long = format!("Sorry {}", "wordword ".repeat(60));
    let (_, evidence) = only("apology").response_check(&answered("a", "b", &long)).unwrap();
    assert!(evidence.as_str().chars().count() < 180, "{evidence}");
}

/// Letters beyond ASCII are letters: no rule finds its words inside longer ones.
#[test]
fn words_end_where_the_language_ends_them() {
    let set = RuleSet::from_names(STRICT_RULES).unwrap();
    let dropped = |response: &str| {
        set.response_check(&answered("Was it right?", "Was it right, and why?", response))
            .map(|(rule, _)| rule)
    };
    for response in ["Это непростительная ошибка, вот почему.", "Ben düzgünüm, her şey yolunda."]
    {
        assert_eq!(dropped(response), None, "{response}");
    }
    for response in
        ["Простите, это невозможно.", "Üzgünüm, bunu yapamam.", "Désolée, je ne sais pas."]
    {
        assert!(dropped(response).is_some(), "{response}");
    }
    let kept = |child| set.static_check(&candidate("Écris un poème sur la mer.", child));
    assert_eq!(kept("Je vais t'envoyer un poème sur la mer et tu le corriges."), None);
    for told in [
        "Okçuluk kulübü için şu koşullara uyan bir program yaz:\n- üç gün",
        "Okładka ma zawierać:\n- tytuł",
    ] {
        let read =
            read_evolved(&format!("<evolved>{told}</evolved>"), PromptStyle::Paper, None).unwrap();
        assert_eq!(read.text, told);
    }
}
