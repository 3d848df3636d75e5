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
            let is_known = |names: &[String], all: &[String]| names.iter().all(|n| all.contains(n));
            if is_known(&left_out, &known.left_out) && is_known(&refused, &known.refused) {
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

fn add(all: &mut Vec<String>, more: Vec<String>) {
    all.extend(more);
    all.sort_unstable();
    all.dedup();
}

fn sentences(learned: &Learned) -> impl Iterator<Item = String> {
    let sentence = |parameter: &String| {
        format!("{} does not take `{parameter}`: it is left out", learned.endpoint)
    };
    learned.left_out.iter().map(sentence)
}
