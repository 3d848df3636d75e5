//! What a name means: a rule, an error class or an operator.

use speciate_evolve::{EnvelopeError, OperatorSet, PromptStyle, RULES, RuleInfo};
use speciate_types::ErrorClass;

use crate::Error;
use crate::measure::{Share, of_builtin};
use crate::project::is_to_come;

/// An explanation, in parts that a display puts together.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Explanation {
    /// The name.
    pub name: String,
    /// `rule`, `error`, `cause` or `operator`.
    pub kind: &'static str,
    /// One sentence.
    pub summary: String,
    /// What the program does about it, or where it is from.
    pub detail: String,
    /// An example, if there is one.
    pub example: Option<String>,
}

/// Everything that has a name.
pub fn all() -> Vec<Explanation> {
    let rules = RULES.iter().map(about_rule);
    let errors = ErrorClass::ALL.into_iter().map(|class| {
        let (summary, detail) = about(class);
        Explanation {
            name: class.as_str().to_owned(),
            kind: "error",
            summary: summary.to_owned(),
            detail: detail.to_owned(),
            example: None,
        }
    });
    let set = OperatorSet::builtin(PromptStyle::Paper);
    let operators: Vec<_> = set
        .iter()
        .map(|(operator, _weight)| Explanation {
            name: operator.name().to_owned(),
            kind: "operator",
            summary: operator.summary().to_owned(),
            detail: format!("an {} operator", operator.kind().as_str()),
            example: None,
        })
        .collect();
    rules.chain(errors).chain(causes()).chain(operators).collect()
}

/// Why an evolution has failed though its call was answered.
fn causes() -> impl Iterator<Item = Explanation> {
    let of_envelope = EnvelopeError::ALL.map(|error| Explanation {
        name: error.name().to_owned(),
        kind: "cause",
        summary: format!("{}.", about_envelope(error)),
        detail: "The evolution has failed: what it would be is not clear, and nothing is guessed. \
                 The parent goes on. Where it happens often, the model does not follow the prompts: \
                 take `--prompt-style compact` in a new run, or a larger model."
            .to_owned(),
        example: None,
    });
    let panic = Explanation {
        name: "rule-panic".to_owned(),
        kind: "cause",
        summary: "A rule met a bug of ours.".to_owned(),
        detail: "The item fails and the run goes on. Please report it; with a fixed version \
                 `speciate run DIR --retry-failed=rule-panic` makes the item again."
            .to_owned(),
        example: None,
    };
    of_envelope.into_iter().chain([panic])
}

fn about_envelope(error: EnvelopeError) -> &'static str {
    match error {
        EnvelopeError::Empty => "The evolver's answer holds nothing, or nothing but marks",
        EnvelopeError::ReasoningLeft => "Reasoning is mixed into the evolver's answer",
        EnvelopeError::UnclosedTag => {
            "A tag around the evolved instruction is opened and not closed, or the reverse"
        }
        EnvelopeError::NestedTag => "A tag stands inside another in the evolver's answer",
        EnvelopeError::SeveralAnswers => "The evolver's answer holds several instructions",
        _ => "No tags stand around the evolved instruction, and there are several paragraphs",
    }
}

fn about_rule(rule: &RuleInfo) -> Explanation {
    let (mut summary, mut detail) = (rule.summary.to_owned(), rule.source.to_owned());
    if is_to_come(rule.name) {
        summary = format!("(not there yet) {summary}");
        detail = format!("Not there yet: no run can turn it on. From: {detail}");
    }
    if let Some(measured) = measured(rule.name) {
        detail = format!("{detail}\n\n{measured}");
    }
    Explanation {
        name: rule.name.to_owned(),
        kind: "rule",
        summary,
        detail,
        example: Some(rule.example.to_owned()),
    }
}

/// What our own labels say of a rule.
fn measured(rule: &str) -> Option<String> {
    let measure = of_builtin(rule)?;
    let shown = |share: Option<Share>| {
        share.map_or_else(String::new, |Share { value, low, high }| {
            format!(" ({value:.2}, 95 % interval {low:.2} to {high:.2})")
        })
    };
    let found = measure.faulty.map_or_else(String::new, |faulty| {
        format!("; {} of {faulty} such rows found{}", measure.found, shown(measure.recall()))
    });
    Some(format!(
        "Measured on {} labelled rows (docs/rules.md): {} of {} hits right{}{found}.",
        measure.rows,
        measure.right,
        measure.hits,
        shown(measure.precision()),
    ))
}

/// Explains `name`.
pub fn explain(name: &str) -> Result<Explanation, Error> {
    let all = all();
    if let Some(found) = all.iter().find(|explanation| explanation.name == name) {
        return Ok(found.clone());
    }
    let nearest = all
        .iter()
        .map(|known| (strsim::damerau_levenshtein(name, &known.name), &known.name))
        .filter(|(distance, known)| *distance <= known.len().div_ceil(3))
        .min()
        .map(|(_, known)| known.clone());
    Err(Error::NothingToExplain { name: name.to_owned(), nearest })
}

fn about(class: ErrorClass) -> (&'static str, &'static str) {
    match class {
        ErrorClass::Throttled => (
            "The endpoint takes fewer requests than were sent.",
            "Fewer calls are sent at once and the refused one is sent again after the time that the endpoint names, else after a wait that doubles. It does not use up the call's attempts.",
        ),
        ErrorClass::Overloaded => (
            "The endpoint says that it is overloaded (503, 529).",
            "The call is sent again after a wait, at most five times in all. When nothing is answered any more, one call at a time probes the endpoint.",
        ),
        ErrorClass::Transient => (
            "The network or the endpoint stumbled: no connection, a reset, silence, 500, a cut body.",
            "The call is sent again after a wait, at most five times in all. An answer that was cut is never used.",
        ),
        ErrorClass::Exhausted => (
            "Money or quota is gone, or the endpoint asks for a very long wait.",
            "The run pauses at once (exit code 3). Add credit, then give the same command again; nothing is repeated.",
        ),
        ErrorClass::Auth => (
            "The endpoint does not accept the key.",
            "The run pauses (exit code 3). Put a valid key into the variable that `api_key_env` names and give the same command again.",
        ),
        ErrorClass::BadConfig => (
            "The endpoint, the model or a setting is wrong.",
            "The run stops (exit code 2). Nothing is sent again until the recipe is changed.",
        ),
        ErrorClass::BadItem => (
            "This one request can never work: too long for the model's context, or against its policy.",
            "It is not sent again. The evolution counts as failed and its parent goes on. Where no call of a role has ever worked, the run stops (exit code 2) and stores none of them.",
        ),
        ErrorClass::Truncated => (
            "The answer was cut, by the token limit or because it never ended.",
            "It is asked once more with twice the limit, then eliminated by the rule `truncated`. A cut answer is never data.",
        ),
        ErrorClass::Filtered => (
            "The provider's filter took the answer away.",
            "It is asked once more with another model seed, then the evolution has failed.",
        ),
        ErrorClass::Refused => (
            "The model refused by the protocol's own field.",
            "It is asked once more with another model seed, then the evolution has failed.",
        ),
        ErrorClass::Empty => (
            "The answer held nothing, or nothing beside reasoning.",
            "It is asked once more with another model seed, then the evolution has failed.",
        ),
        ErrorClass::Malformed => (
            "The answer was not of the agreed shape.",
            "It is asked once more, then the evolution has failed.",
        ),
        ErrorClass::LocalFault => (
            "This machine ran out of something: file descriptors, memory.",
            "Half as many calls are sent at once. It is never counted against the endpoint or the item.",
        ),
    }
}
