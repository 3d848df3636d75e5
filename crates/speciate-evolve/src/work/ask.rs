//! What an attempt asks of the models.

use speciate_types::{ChatRequest, InstructionId};

use super::EvolveSettings;
use super::attempt::{Attempt, Phase, Place};
use super::judge::Inquiry;
use crate::prompts::shorten_messages;
use crate::{EvolveInput, Operator, Procedure, critic_prompt, judge_prompt, respond_messages};

impl Attempt {
    pub(super) fn request(&self, settings: &EvolveSettings) -> ChatRequest {
        let child = self.child.as_deref().unwrap_or_default();
        match self.phase {
            Phase::Evolve => self.evolve_request(settings),
            Phase::Shorten => self.shorten_request(settings),
            Phase::Judge(asked) => {
                let (parent, seed) = (&self.node.text, settings.run_seed);
                let prompt = match self.inquiry(settings) {
                    Inquiry::Equality => judge_prompt(parent, child, seed, self.id),
                    Inquiry::Critic(kind) => critic_prompt(parent, child, kind, seed, self.id),
                };
                ChatRequest {
                    messages: prompt.messages,
                    sampling: settings.judge_sampling(asked),
                    stop: Vec::new(),
                    seed: settings.model_seed(self.id, &format!("judge/{asked}"), self.redraw),
                    shared_messages: prompt.shared_messages,
                }
            }
            Phase::Respond => ChatRequest {
                messages: respond_messages(child, settings.respond_system.as_deref()),
                sampling: settings.sampling.responder.clone(),
                stop: Vec::new(),
                seed: settings.model_seed(self.id, "respond", self.redraw),
                shared_messages: 0,
            },
        }
    }

    /// The operator of this draw; in our procedure never one of the draws before it in the round.
    pub(super) fn operator<'a>(&self, settings: &'a EvolveSettings) -> &'a Operator {
        let Place { round, branch, number, .. } = self.place;
        let before: Vec<InstructionId> = match settings.procedure {
            Procedure::Paper => Vec::new(),
            Procedure::Standard => {
                (0..number).map(|earlier| self.node.id.child(round, branch, earlier)).collect()
            }
        };
        settings.operators.draw_other(settings.run_seed, &before, self.id)
    }

    /// What the judge is asked about the child.
    pub(super) fn inquiry(&self, settings: &EvolveSettings) -> Inquiry {
        if settings.has_critic() {
            Inquiry::Critic(self.operator(settings).kind())
        } else {
            Inquiry::Equality
        }
    }

    /// The first answer, and what was too long about it.
    fn shorten_request(&self, settings: &EvolveSettings) -> ChatRequest {
        let mut request = self.evolve_request(settings);
        let child = self.child.as_deref().unwrap_or_default();
        let words_max = self.operator(settings).words_max(&self.node.text).unwrap_or(usize::MAX);
        request.messages.extend(shorten_messages(child, words_max));
        request.seed = settings.model_seed(self.id, "evolve/1", self.redraw);
        request
    }

    pub(super) fn evolve_input(&self, settings: &EvolveSettings) -> EvolveInput<'_> {
        EvolveInput { source: &self.node.text, child: self.id, run_seed: settings.run_seed }
    }

    fn evolve_request(&self, settings: &EvolveSettings) -> ChatRequest {
        let prompt = self.operator(settings).request(&self.evolve_input(settings));
        ChatRequest {
            messages: prompt.messages,
            sampling: settings.sampling.evolver.clone(),
            stop: prompt.stop,
            seed: settings.model_seed(self.id, "evolve", self.redraw),
            shared_messages: prompt.shared_messages,
        }
    }
}
