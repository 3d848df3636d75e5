//! Every rule with its name, what it does and where it comes from.

use super::{
    Candidate, Evidence, answer_leak, apology, asks_back, bad_input_format, copied_prompt, cut_off,
    encoding, identical, language_switch, lost_input, meta_instruction, near_parent, not_a_request,
    refusal, repetition, stop_words_only, too_long,
};

/// When a rule is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// As soon as the instruction is there; costs nothing.
    Static,
    /// By asking the judge.
    Judge,
    /// When the response is there.
    Response,
    /// By looking at everything that was kept.
    Pool,
}

type Check = fn(&Candidate<'_>) -> Option<Evidence>;

/// A rule as `speciate explain` shows it.
#[derive(Debug, Clone, Copy)]
pub struct RuleInfo {
    /// The stable name.
    pub name: &'static str,
    /// What it drops, in a sentence.
    pub summary: &'static str,
    /// When it is decided first. Some static rules look at the response as well.
    pub stage: Stage,
    /// Whether any sane run needs it, the paper's included.
    pub technical: bool,
    /// Whether it is one of the paper's four.
    pub paper: bool,
    /// Where it comes from.
    pub source: &'static str,
    /// Something that it drops.
    pub example: &'static str,
    pub(super) on_child: Option<Check>,
    pub(super) on_response: Option<Check>,
}

/// The paper's four and the technical checks that any sane run needs.
pub const PAPER_RULES: &[&str] = &[
    "encoding",
    "truncated",
    "does-not-fit",
    "bad-input-format",
    "identical",
    "copied-prompt",
    "meta-instruction",
    "no-gain",
    "apology",
    "stop-words-only",
];

/// Every rule that the recipe `standard` has on: those of which at least 95 in 100 hits were right, on
/// texts that they were not made for (docs/rules.md).
pub const STANDARD_RULES: &[&str] = &[
    "encoding",
    "truncated",
    "does-not-fit",
    "bad-input-format",
    "identical",
    "near-parent",
    "copied-prompt",
    "meta-instruction",
    "refusal",
    "cut-off",
    "not-a-request",
    "too-long",
    "repetition",
    "language-switch",
    "lost-input",
    "no-gain",
    "asks-back",
    "answer-leak",
    "near-duplicate",
];

/// Every rule that needs no critic.
pub const STRICT_RULES: &[&str] = &[
    "encoding",
    "truncated",
    "does-not-fit",
    "bad-input-format",
    "identical",
    "near-parent",
    "copied-prompt",
    "meta-instruction",
    "refusal",
    "cut-off",
    "not-a-request",
    "too-long",
    "repetition",
    "language-switch",
    "lost-input",
    "no-gain",
    "apology",
    "asks-back",
    "stop-words-only",
    "answer-leak",
    "contaminated",
    "near-duplicate",
];

const PAPER: &str = "WizardLM, section 3.2 (elimination evolving)";

const CRITIC: &str =
    "ours; one call with fixed questions, in the place of the paper's equality judge";

/// Starting values of an entry; every entry sets its name, summary, source and example.
const BASE: RuleInfo = RuleInfo {
    name: "",
    summary: "",
    stage: Stage::Static,
    technical: false,
    paper: false,
    source: "",
    example: "",
    on_child: None,
    on_response: None,
};

/// Every rule, in the order of checking.
pub const RULES: &[RuleInfo] = &[
    RuleInfo {
        name: "encoding",
        summary: "The text holds replacement or control characters that its parent does not hold.",
        technical: true,
        source: "ours; several open implementations drop U+FFFD",
        example: "Write a caf\u{fffd} menu.",
        on_child: Some(encoding::child),
        on_response: Some(encoding::response),
        ..BASE
    },
    RuleInfo {
        name: "truncated",
        summary: "The model ran into its token limit, so the text is cut.",
        technical: true,
        source: "ours; finish reason `length`, which the authors' released code ignores",
        example: "Write a report that covers the causes, the",
        ..BASE
    },
    RuleInfo {
        name: "does-not-fit",
        summary: "The evolver said that the drawn method makes no sense for this instruction.",
        technical: true,
        source: "ours; methods drawn at random do not suit every source",
        example: "(in the place of a harder one: \"a fact of one step leaves nothing to reason about\")",
        ..BASE
    },
    RuleInfo {
        name: "bad-input-format",
        summary: "The instruction should bring data of a drawn format and holds no block of it that can be parsed.",
        technical: true,
        source: "ours, for the paper's complicate-input operator (WizardLM, appendix D)",
        example: "Using the following JSON data, find the mean age.",
        on_child: Some(bad_input_format::check),
        ..BASE
    },
    RuleInfo {
        name: "identical",
        summary: "The text reads the same as its parent, up to case, white space and character forms.",
        technical: true,
        source: "ours; the cheap half of the paper's rule 1",
        example: "LIST 5 MAJOR WORLD RELIGIONS. (from: List 5 major world religions.)",
        on_child: Some(identical::check),
        ..BASE
    },
    RuleInfo {
        name: "near-parent",
        summary: "The text has no word of content that its parent has not, or differs by a typing error.",
        source: "ours; the cheap half of the paper's rule 1",
        example: "Please list the 5 major religions of the world. (from: List 5 major world religions.)",
        on_child: Some(near_parent::check),
        ..BASE
    },
    RuleInfo {
        name: "copied-prompt",
        summary: "The instruction holds words of the evolving prompt.",
        paper: true,
        source: PAPER,
        example: "#Rewritten Prompt#: List three rivers.",
        on_child: Some(copied_prompt::check),
        ..BASE
    },
    RuleInfo {
        name: "meta-instruction",
        summary: "The instruction orders a prompt to be rewritten instead of being one.",
        technical: true,
        source: "ours; the paper's example \"Rewrite the prompt 1+1=?\" holds none of its own phrases",
        example: "Rewrite the prompt 1+1=?",
        on_child: Some(meta_instruction::check),
        ..BASE
    },
    RuleInfo {
        name: "refusal",
        summary: "A refusal stands where the instruction, or a short response, should be.",
        source: "ours; h2o-wizardlm drops \"i'm sorry\" in prompts",
        example: "I cannot help with rewriting this.",
        on_child: Some(refusal::child),
        on_response: Some(refusal::response),
        ..BASE
    },
    RuleInfo {
        name: "cut-off",
        summary: "The text ends in the middle: in a block of code, or before the word that has to come.",
        source: "ours; servers that cut and call it an end",
        example: "Make a list of five numbers whose sum is greater than",
        on_child: Some(cut_off::child),
        on_response: Some(cut_off::response),
        ..BASE
    },
    RuleInfo {
        name: "not-a-request",
        summary: "The text asks nothing: an answer, an assent, a bare verdict or a statement.",
        source: "ours; WizardLM issue 8 shows answers in place of instructions",
        example: "Sure! The capital of France is Paris.",
        on_child: Some(not_a_request::check),
        ..BASE
    },
    RuleInfo {
        name: "too-long",
        summary: "The instruction is longer than its parent and longer than anybody would type.",
        source: "ours; constraint pile-up in late rounds",
        example: "(900 words)",
        on_child: Some(too_long::check),
        ..BASE
    },
    RuleInfo {
        name: "repetition",
        summary: "The text loops: the same words again and again.",
        source: "ours; common with small models",
        example: "List the rivers and the rivers and the rivers and the rivers and the rivers",
        on_child: Some(repetition::child),
        on_response: Some(repetition::response),
        ..BASE
    },
    RuleInfo {
        name: "language-switch",
        summary: "The instruction is in another language than its parent.",
        source: "ours; Auto Evol-Instruct forbids it in its prompt",
        example: "Schreibe ein Gedicht über den Herbst in drei Strophen. (from an English parent)",
        on_child: Some(language_switch::check),
        ..BASE
    },
    RuleInfo {
        name: "lost-input",
        summary: "Code, tables, links or data of the parent are gone from an in-depth child.",
        source: "ours; Auto Evol-Instruct, \"loss of key information\"",
        example: "Summarize the page with an example. (from: Summarize https://example.org/page)",
        on_child: Some(lost_input::check),
        ..BASE
    },
    RuleInfo {
        name: "no-gain",
        summary: "The judge found that the instruction asks no more than its parent.",
        stage: Stage::Judge,
        paper: true,
        source: PAPER,
        example: "What does 1+1 equal? (from: 1+1=?)",
        ..BASE
    },
    RuleInfo {
        name: "critic-request",
        summary: "The critic found that the text is no request.",
        stage: Stage::Judge,
        source: CRITIC,
        example: "The capital of France is Paris.",
        ..BASE
    },
    RuleInfo {
        name: "critic-complete",
        summary: "The critic found that something which is needed is not in the instruction.",
        stage: Stage::Judge,
        source: CRITIC,
        example: "Summarize the table below in two sentences. (without a table)",
        ..BASE
    },
    RuleInfo {
        name: "critic-answerable",
        summary: "The critic found that nobody can answer the instruction.",
        stage: Stage::Judge,
        source: CRITIC,
        example: "Name the warmest day of my holiday.",
        ..BASE
    },
    RuleInfo {
        name: "critic-harder",
        summary: "The critic found that an in-depth child takes no more to answer than its parent.",
        stage: Stage::Judge,
        source: CRITIC,
        example: "Tell me which three rivers there are. (from: Name three rivers.)",
        ..BASE
    },
    RuleInfo {
        name: "critic-natural",
        summary: "The critic found that no person would ask in this way.",
        stage: Stage::Judge,
        source: CRITIC,
        example: "Name a river in exactly 17 words, in a table, as a poem and without the letter e.",
        ..BASE
    },
    RuleInfo {
        name: "apology",
        summary: "The response says \"sorry\" and has fewer than 80 words.",
        stage: Stage::Response,
        paper: true,
        source: PAPER,
        example: "Sorry, as an AI model I do not have access to that.",
        on_response: Some(apology::check),
        ..BASE
    },
    RuleInfo {
        name: "asks-back",
        summary: "A short response asks for what the instruction should have brought along.",
        stage: Stage::Response,
        source: "ours; evolutions that lose their input",
        example: "Please provide the text that you would like me to shorten.",
        on_response: Some(asks_back::check),
        ..BASE
    },
    RuleInfo {
        name: "stop-words-only",
        summary: "The response holds nothing but punctuation and stop words, or nothing at all.",
        stage: Stage::Response,
        paper: true,
        source: PAPER,
        example: "the of and to a",
        on_response: Some(stop_words_only::check),
        ..BASE
    },
    RuleInfo {
        name: "answer-leak",
        summary: "The instruction already holds most of its response.",
        stage: Stage::Response,
        source: "ours; WizardLM issue 8",
        example: "What is the capital of France? The capital of France is Paris, a city on the Seine …",
        on_response: Some(answer_leak::check),
        ..BASE
    },
    RuleInfo {
        name: "contaminated",
        summary: "The instruction overlaps with a benchmark that must stay out of the data.",
        stage: Stage::Pool,
        source: "ours; half of HumanEval was found in one evolved code set",
        example: "(a test question)",
        ..BASE
    },
    RuleInfo {
        name: "near-duplicate",
        summary: "The instruction is nearly the same as another that was kept.",
        stage: Stage::Pool,
        source: "ours; WizardLM issue 8",
        example: "(the same question in other words)",
        ..BASE
    },
];
