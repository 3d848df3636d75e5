//! What endpoints do not take is kept in the run, so that a continued one does not ask them again.

use std::collections::BTreeSet;

use speciate_store::{Learned, RunStore, StoreError, Writer};

use crate::event::{Notice, NoticeKind};
use crate::plan::{ModelPlan, Plan};

/// What all models of a run have learned, as it is stored.
#[derive(Debug)]
pub(crate) struct Lessons {
    stored: Vec<Learned>,
    /// What a person has been told, in this session or an earlier one.
    said: BTreeSet<String>,
}

impl Lessons {
    /// Teaches the models of `plan` what earlier sessions have stored.
    pub(crate) fn restore(plan: &Plan, store: &RunStore) -> Result<Self, StoreError> {
        let stored = store.learned()?;
        for model in &plan.models {
            if let Some(learned) = stored.iter().find(|learned| is_of(learned, plan, model)) {
                model.model.teach(&learned.refused);
            }
        }
        Ok(Self { said: stored.iter().flat_map(sentences).collect(), stored })
    }

    /// Has what is new stored, and gives what is to be said of it.
    pub(crate) fn look(&mut self, plan: &Plan, writer: &Writer) -> Vec<Notice> {
        let mut is_news = false;
        for model in &plan.models {
            let (left_out, refused) = (model.model.learned(), model.model.refused());
            is_news |= self.take(plan, model, left_out, refused);
        }
        if !is_news {
            return Vec::new();
        }
        writer.note_learned(self.stored.clone());
        let mut notices = Vec::new();
        for message in self.stored.iter().flat_map(sentences) {
            if self.said.insert(message.clone()) {
                notices.push(Notice { kind: NoticeKind::Learned, message });
            }
        }
        notices
    }

    /// Whether the model has learned something that is not stored.
    fn take(
        &mut self,
        plan: &Plan,
        model: &ModelPlan,
        left_out: Vec<String>,
        refused: Vec<String>,
    ) -> bool {
        let known = self.stored.iter_mut().find(|learned| is_of(learned, plan, model));
        if let Some(known) = known {
            if knows(&known.left_out, &left_out) && knows(&known.refused, &refused) {
                return false;
            }
            add(&mut known.left_out, left_out);
            add(&mut known.refused, refused);
            return true;
        }
        if left_out.is_empty() && refused.is_empty() {
            return false;
        }
        let endpoint = plan.lanes[model.lane].endpoint.clone();
        self.stored.push(Learned { endpoint, model: model.name.clone(), left_out, refused });
        true
    }
}

fn is_of(learned: &Learned, plan: &Plan, model: &ModelPlan) -> bool {
    learned.endpoint == plan.lanes[model.lane].endpoint && learned.model == model.name
}

/// Whether nothing of `names` is new: a limit is old news where a lower one is known.
fn knows(all: &[String], names: &[String]) -> bool {
    names.iter().all(|name| match limit(name) {
        Some((kind, tokens)) => all
            .iter()
            .filter_map(|known| limit(known))
            .any(|(known_kind, known_tokens)| kind == known_kind && known_tokens <= tokens),
        None => all.contains(name),
    })
}

/// Adds what is new; of limits of one kind only the lowest stays.
fn add(all: &mut Vec<String>, more: Vec<String>) {
    for name in more {
        if knows(all, std::slice::from_ref(&name)) {
            continue;
        }
        if let Some((kind, _)) = limit(&name) {
            all.retain(|known| limit(known).is_none_or(|(known_kind, _)| known_kind != kind));
        }
        all.push(name);
    }
    all.sort_unstable();
}

/// The kind and the number of a lesson such as `max_tokens<=1024`.
fn limit(lesson: &str) -> Option<(&str, u64)> {
    let (kind, tokens) = lesson.split_once("<=")?;
    Some((kind, tokens.parse().ok()?))
}

/// What is said of each thing that an endpoint has taught.
pub fn sentences(learned: &Learned) -> impl Iterator<Item = String> {
    learned.left_out.iter().map(|lesson| sentence(&learned.endpoint, lesson))
}

fn sentence(endpoint: &str, lesson: &str) -> String {
    match (lesson, limit(lesson)) {
        ("system", _) => format!(
            "{endpoint} has no system role: the system text goes before the first user message"
        ),
        ("finish_reason", _) => format!(
            "{endpoint} never gives a finish reason: an answer counts as whole if its token count \
             stays below the limit"
        ),
        (_, Some(("max_tokens", tokens))) => {
            format!("{endpoint} limits answers to {} tokens; asking for no more", thousands(tokens))
        }
        (_, Some(("context", tokens))) => format!(
            "{endpoint} has room for {} tokens of prompt and answer together; asking for no more",
            thousands(tokens)
        ),
        _ => format!("{endpoint} does not support `{lesson}`; omitting it"),
    }
}

/// `1,024`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().copied().map(str::to_owned).collect()
    }

    #[test]
    fn each_lesson_has_its_sentence() {
        let lessons = ["system", "finish_reason", "max_tokens<=1024", "context<=1234567", "seed"];
        let learned = Learned {
            endpoint: "http://a".to_owned(),
            model: "m".to_owned(),
            left_out: names(&lessons),
            refused: Vec::new(),
        };
        assert_eq!(
            sentences(&learned).collect::<Vec<_>>(),
            [
                "http://a has no system role: the system text goes before the first user message",
                "http://a never gives a finish reason: an answer counts as whole if its token \
                 count stays below the limit",
                "http://a limits answers to 1,024 tokens; asking for no more",
                "http://a has room for 1,234,567 tokens of prompt and answer together; asking for \
                 no more",
                "http://a does not support `seed`; omitting it",
            ]
        );
        assert_eq!(
            (thousands(7), thousands(999), thousands(10_000)),
            ("7".to_owned(), "999".to_owned(), "10,000".to_owned())
        );
    }

    /// Two roles of one model may know different limits; neither is said twice.
    #[test]
    fn only_the_lowest_limit_stays() {
        let mut all = names(&["seed", "max_tokens<=1024"]);
        for known in ["max_tokens<=1024", "max_tokens<=2048", "seed"] {
            assert!(knows(&all, &names(&[known])), "{known}");
        }
        for news in ["max_tokens<=512", "context<=4096", "stop"] {
            assert!(!knows(&all, &names(&[news])), "{news}");
        }
        add(&mut all, names(&["max_tokens<=2048", "max_tokens<=512", "context<=4096", "seed"]));
        assert_eq!(all, ["context<=4096", "max_tokens<=512", "seed"]);
    }
}
