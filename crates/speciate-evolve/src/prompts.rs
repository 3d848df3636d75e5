//! The prompts of the judge and the responder, and the block that a source stands in.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use speciate_types::{ChatMessage, InstructionId, MessageRole};

use crate::draw;
use crate::text::{count_words, is_written_densely};

/// The judge's prompt for one pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgePrompt {
    /// The conversation.
    pub messages: Vec<ChatMessage>,
    /// How many leading messages are the same for every pair.
    pub shared_messages: usize,
}

/// Asks whether `child` gained nothing over `parent`.
///
/// The criteria are those of the WizardLM paper (section 3.2 and its equality prompt, in our
/// words): the same constraints and requirements, the same depth and breadth of the inquiry.
/// Both texts stand in blocks whose delimiter is drawn for this call and occurs in neither.
/// [`crate::parse_equality`] reads the answer.
pub fn judge_prompt(parent: &str, child: &str, run_seed: u64, id: InstructionId) -> JudgePrompt {
    let token = draw::token(run_seed, id, "judge-token", &[parent, child]);
    let user = fill("judge-user", &context! { token, first => parent, second => child });
    JudgePrompt {
        messages: vec![
            ChatMessage::new(
                MessageRole::System,
                include_str!("../prompts/paper/judge-system.jinja").trim_end(),
            ),
            ChatMessage::new(MessageRole::User, user),
        ],
        shared_messages: 1,
    }
}

/// Asks for the response: the instruction alone, after an optional system message.
pub fn respond_messages(instruction: &str, system: Option<&str>) -> Vec<ChatMessage> {
    let system = system.map(|text| ChatMessage::new(MessageRole::System, text));
    system.into_iter().chain([ChatMessage::new(MessageRole::User, instruction)]).collect()
}

/// The last user message of an evolving prompt: `source` between tags that carry `token`.
pub(crate) fn source_block(source: &str, token: &str) -> String {
    fill("source", &context! { token, source })
}

/// The same with the task behind it, for models that answer what they read last.
pub(crate) fn task_block(
    source: &str,
    token: &str,
    task: &str,
    words_max: Option<usize>,
) -> String {
    let is_dense = is_written_densely(source);
    // Two characters of Chinese or Japanese count as a word.
    let (count, unit) = if is_dense { (2, "characters") } else { (1, "words") };
    let length_max = words_max.map(|words| words * count);
    let length = count_words(source) * count;
    fill("task", &context! { token, source, task, length, length_max, unit })
}

/// The same for small models: as short as may be, since they do what they read last.
pub(crate) fn guided_block(source: &str, token: &str, task: &str) -> String {
    fill("guided", &context! { token, source, task })
}

/// Asks for an answer of fewer words, behind the one that was too long.
pub(crate) fn shorten_messages(answer: &str, words_max: usize) -> [ChatMessage; 2] {
    let (count, unit) = if is_written_densely(answer) { (2, "characters") } else { (1, "words") };
    let (length, length_max) = (count_words(answer) * count, words_max * count);
    let user = fill("shorten", &context! { length, length_max, unit });
    [
        ChatMessage::new(MessageRole::Assistant, format!("<evolved>\n{answer}\n</evolved>")),
        ChatMessage::new(MessageRole::User, user),
    ]
}

/// An environment that escapes nothing, allows nothing undefined and cuts line ends of tags.
pub(crate) fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    env.set_auto_escape_callback(|_| AutoEscape::None);
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).build();
    env.set_syntax(syntax.expect("the usual delimiters are valid"));
    env
}

static BLOCKS: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut env = environment();
    for (name, template) in [
        ("source", include_str!("../prompts/paper/source.jinja")),
        ("critic-system", include_str!("../prompts/standard/critic-system.jinja")),
        ("critic-user", include_str!("../prompts/standard/critic-user.jinja")),
        ("shorten", include_str!("../prompts/standard/shorten.jinja")),
        ("guided", include_str!("../prompts/guided/task.jinja")),
        ("task", include_str!("../prompts/standard/task.jinja")),
        ("judge-user", include_str!("../prompts/paper/judge-user.jinja")),
    ] {
        env.add_template(name, template).expect("a built-in template is valid");
    }
    env
});

/// Values are substituted once: what stands in them is never read as a template.
pub(crate) fn fill(template: &str, values: &minijinja::Value) -> String {
    let template = BLOCKS.get_template(template).expect("the built-in templates are loaded");
    template.render(values).expect("a built-in template gets all its values")
}
