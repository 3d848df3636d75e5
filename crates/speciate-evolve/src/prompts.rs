//! The prompts of the judge and the responder, and the block that a source stands in.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use speciate_types::{ChatMessage, InstructionId, MessageRole};

use crate::draw;

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
        ("judge-user", include_str!("../prompts/paper/judge-user.jinja")),
    ] {
        env.add_template(name, template).expect("a built-in template is valid");
    }
    env
});

/// Values are substituted once: what stands in them is never read as a template.
fn fill(template: &str, values: &minijinja::Value) -> String {
    let template = BLOCKS.get_template(template).expect("the built-in templates are loaded");
    template.render(values).expect("a built-in template gets all its values")
}
