//! The work: each item is a chain of calls, then some calls side by side, then one record.

use std::collections::{BTreeMap, BTreeSet};

use speciate_types::{
    CallKey, CallOutcome, ChatMessage, ChatRequest, Job, JobError, MessageRole, Role, Sampling,
    Step, StoredRecord, Tally, Ticket, Wanted,
};

use crate::random::Random;

pub(crate) const ITEM: &str = "item";
pub(crate) const SEED: &str = "seed";
/// Most tokens that a request allows.
pub(crate) const MAX_TOKENS: u32 = 100;

/// What shape the work has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) items: u64,
    /// Calls one after another.
    pub(crate) chain: u64,
    /// Calls side by side after them.
    pub(crate) fan: u64,
    /// Parts in which the job begins.
    pub(crate) parts: u64,
    /// Whether each part stores a record of each of its items first.
    pub(crate) stores_seeds: bool,
    pub(crate) roles: u64,
}

impl Shape {
    pub(crate) fn calls_of_item(&self) -> u64 {
        self.chain + self.fan
    }

    pub(crate) fn calls(&self) -> u64 {
        self.items * self.calls_of_item()
    }

    /// The call whose answer led to this one.
    pub(crate) fn leads_to(&self, call: u64) -> Option<u64> {
        let index = call % self.calls_of_item();
        (index > 0).then(|| call - index + index.min(self.chain) - 1)
    }

    /// The role of a call: the calls side by side have the last one.
    pub(crate) fn role(&self, call: u64) -> u64 {
        let index = call % self.calls_of_item();
        if index < self.chain { index % self.roles } else { self.roles - 1 }
    }
}

/// An item on its way.
#[derive(Debug, Default)]
struct Open {
    texts: BTreeMap<u64, String>,
    has_failed: bool,
}

#[derive(Debug)]
pub(crate) struct Work {
    shape: Shape,
    done: BTreeSet<u64>,
    seeds: BTreeSet<u64>,
    open: BTreeMap<u64, Open>,
    tally: Tally,
    parts_begun: u64,
}

impl Work {
    pub(crate) fn new(shape: Shape) -> Self {
        Self {
            shape,
            done: BTreeSet::new(),
            seeds: BTreeSet::new(),
            open: BTreeMap::new(),
            tally: Tally { items: shape.items, ..Tally::default() },
            parts_begun: 0,
        }
    }

    fn wanted(&self, item: u64, index: u64) -> Wanted {
        let per_item = self.shape.calls_of_item();
        let call = item * per_item + index;
        let remaining = if index < self.shape.chain { per_item - index } else { 1 } as u32;
        let role = Role(self.shape.role(call) as u8);
        Wanted { ticket: Ticket(call), role, remaining, kin: item }
    }

    fn count(&mut self, verdict: &str) {
        self.tally.items_done += 1;
        match verdict {
            "kept" => self.tally.kept += 1,
            other => *self.tally.failed.entry(other.to_owned()).or_default() += 1,
        }
    }

    fn record(&mut self, item: u64, verdict: &str, text: &str) -> StoredRecord {
        self.count(verdict);
        StoredRecord {
            kind: ITEM,
            id: item.to_string(),
            // Backwards, so that it is not the order of storing.
            position: u128::from(self.shape.items - item),
            body: format!("{verdict}|{text}"),
        }
    }

    /// What follows the answer to `index`: the next in the chain, or all that stand side by side.
    fn follows(&self, item: u64, index: u64) -> Vec<Wanted> {
        let Shape { chain, fan, .. } = self.shape;
        match index + 1 {
            next if next < chain => vec![self.wanted(item, next)],
            next if next == chain => (0..fan).map(|n| self.wanted(item, chain + n)).collect(),
            _ => vec![],
        }
    }
}

impl Job for Work {
    fn restore(&mut self, record: &StoredRecord) -> Result<(), JobError> {
        let item = record
            .id
            .parse()
            .map_err(|_| JobError { id: record.id.clone(), reason: "not a number".to_owned() })?;
        if record.kind == SEED {
            self.seeds.insert(item);
            return Ok(());
        }
        self.done.insert(item);
        self.count(record.body.split('|').next().unwrap_or_default());
        Ok(())
    }

    fn begin(&mut self) -> Option<Step> {
        let Shape { items, parts, stores_seeds, .. } = self.shape;
        if self.parts_begun == parts {
            return None;
        }
        let part = self.parts_begun;
        self.parts_begun += 1;
        let of_part = (0..items).filter(|item| item % parts == part);
        let mut step = Step::default();
        for item in of_part {
            if stores_seeds && !self.seeds.contains(&item) {
                let (kind, position) = (SEED, u128::from(item));
                let body = "seed".to_owned();
                step.records.push(StoredRecord { kind, id: item.to_string(), position, body });
            }
            if !self.done.contains(&item) {
                step.wanted.push(self.wanted(item, 0));
            }
        }
        Some(step)
    }

    fn key(&self, ticket: Ticket) -> CallKey {
        CallKey::new(ticket.0.to_string())
    }

    fn request(&self, ticket: Ticket) -> ChatRequest {
        let padding = Random::keyed(ticket.0, &[]).below(80) as usize;
        let content = format!("{} {}", ticket.0, "p".repeat(padding));
        ChatRequest {
            messages: vec![ChatMessage::new(MessageRole::User, content)],
            sampling: Sampling { max_tokens: Some(MAX_TOKENS), ..Sampling::default() },
            stop: vec![],
            seed: 0,
            shared_messages: 0,
        }
    }

    fn answered(&mut self, ticket: Ticket, outcome: CallOutcome) -> Step {
        let per_item = self.shape.calls_of_item();
        let (item, index) = (ticket.0 / per_item, ticket.0 % per_item);
        let open = self.open.entry(item).or_default();
        if open.has_failed || self.done.contains(&item) {
            return Step::default();
        }
        match outcome {
            CallOutcome::Failed(failure) => {
                open.has_failed = true;
                let record = self.record(item, failure.class.as_str(), "");
                Step { wanted: vec![], records: vec![record] }
            }
            CallOutcome::Answered(answer) => {
                open.texts.insert(index, answer.response.text);
                if open.texts.len() as u64 == per_item {
                    let text = open.texts.values().cloned().collect::<Vec<_>>().join(" ");
                    self.open.remove(&item);
                    let record = self.record(item, "kept", &text);
                    return Step { wanted: vec![], records: vec![record] };
                }
                Step { wanted: self.follows(item, index), records: vec![] }
            }
        }
    }

    fn tally(&self) -> Tally {
        self.tally.clone()
    }
}

/// The number of the call that a request belongs to; `None` if it asks for a sign of life.
pub(crate) fn call_of(request: &ChatRequest) -> Option<u64> {
    request.messages[0].content.split(' ').next()?.parse().ok()
}
