//! From an attempt or a seed to its full record.

use std::collections::BTreeMap;

use speciate_types::{
    CallOutcome, InstructionId, InstructionRecord, Kind, NanoUsd, Role, RoleModels, Step,
    StoredRecord, Usage, Verdict, VerdictKind, format_rfc3339,
};

use super::attempt::Attempt;
use super::{EVOLVER, EvolveJob, JUDGE};

/// What an instruction's calls add up to.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) response: Option<String>,
    pub(super) cleaned: Vec<String>,
    models: RoleModels,
    usage: Usage,
    cost: Option<NanoUsd>,
    tries: u32,
    finish_reason: Option<String>,
    created_unix_s: Option<u64>,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            response: None,
            cleaned: Vec::new(),
            models: RoleModels::default(),
            usage: Usage::default(),
            cost: Some(NanoUsd(0)),
            tries: 0,
            finish_reason: None,
            created_unix_s: None,
        }
    }
}

impl Draft {
    /// Adds one call.
    pub(super) fn take(&mut self, role: Role, outcome: &CallOutcome) {
        self.usage += outcome.usage();
        self.tries += outcome.tries();
        self.cost = self.cost.zip(outcome.cost()).map(|(sum, cost)| sum.saturating_add(cost));
        let CallOutcome::Answered(answer) = outcome else { return };
        let response = &answer.response;
        self.finish_reason = Some(response.finish_reason.as_str().to_owned());
        self.created_unix_s = response.created_unix_s.or(self.created_unix_s);
        let model = match role {
            EVOLVER => &mut self.models.evolver,
            JUDGE => &mut self.models.judge,
            _ => &mut self.models.responder,
        };
        *model = Some(response.model.clone());
    }

    /// The record of `id` with what has been added up.
    pub(super) fn into_record(self, id: InstructionId, root: InstructionId) -> InstructionRecord {
        InstructionRecord {
            id,
            root,
            parent: None,
            round: 0,
            operator: None,
            kind: Kind::Seed,
            verdict: VerdictKind::Kept,
            rule: None,
            evidence: None,
            cause: None,
            instruction: None,
            response: self.response,
            models: self.models,
            usage: self.usage,
            cost_usd: self.cost.map(NanoUsd::as_usd),
            finish_reason: self.finish_reason,
            attempts: self.tries,
            scores: BTreeMap::new(),
            created_at: self.created_unix_s.map(format_rfc3339),
            branch: 0,
            format: None,
            cleaned: self.cleaned,
            source: None,
        }
    }
}

impl EvolveJob {
    pub(super) fn attempt_record(&self, attempt: Attempt, verdict: Verdict) -> InstructionRecord {
        let operator = attempt.operator(&self.settings);
        let format = operator.draw_format(self.settings.run_seed, attempt.id);
        let root = self.counts.root(attempt.node.lineage);
        let mut record = attempt.draft.into_record(attempt.id, root);
        record.parent = Some(attempt.node.id);
        record.round = attempt.place.round;
        record.branch = attempt.place.branch;
        record.operator = Some(operator.name().to_owned());
        record.kind = operator.kind();
        record.format = format.map(|format| format.as_str().to_owned());
        record.instruction = attempt.child.map(String::from);
        record.set_verdict(verdict);
        record
    }

    pub(super) fn store(&mut self, lineage: u32, record: &InstructionRecord, step: &mut Step) {
        self.counts.ended(record);
        step.records.push(StoredRecord {
            kind: InstructionRecord::STORED_KIND,
            id: record.id.to_string(),
            position: position(lineage, record.round, record.id),
            body: body(record),
        });
    }
}

/// A record as JSON, written into one piece of memory.
fn body(record: &InstructionRecord) -> String {
    /// What stands beside the texts, with room to spare.
    const BESIDE_TEXTS_BYTES: usize = 640;
    let texts: usize = [&record.instruction, &record.response]
        .into_iter()
        .flatten()
        .map(|text| text.len() + text.len() / 8)
        .sum();
    let mut body = Vec::with_capacity(texts + BESIDE_TEXTS_BYTES);
    // A record holds only texts, numbers and maps keyed by text, which JSON always takes.
    let _ = serde_json::to_writer(&mut body, record);
    String::from_utf8(body).unwrap_or_default()
}

/// Seeds in their order, then round by round within a lineage, whatever the order of answers.
fn position(lineage: u32, round: u32, id: InstructionId) -> u128 {
    u128::from(lineage) << 96 | u128::from(round & 0xFFFF) << 80 | id.as_u80()
}
