//! A scripted world for the evolution as a job: answers by hashes, a store, a driver and an oracle.

use std::collections::{BTreeMap, BTreeSet};

use speciate_evolve::work::{
    EVOLVER, EvolveJob, EvolveSettings, GainCheck, JUDGE, RoleSampling, SeedResponses,
};
use speciate_evolve::{DataFormat, OperatorSet, PAPER_RULES, Procedure, PromptStyle, RuleSet};
use speciate_types::{
    Answer, CallOutcome, ChatRequest, ChatResponse, ErrorClass, Failure, FinishReason,
    InstructionId, InstructionRecord, Job, NanoUsd, Role, Seed, SeedSource, Step, StoredRecord,
    Usage, Wanted,
};

/// What a run is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) seeds: usize,
    pub(crate) rounds: u32,
    pub(crate) branching: u32,
    pub(crate) redraws: u32,
    pub(crate) regenerate: bool,
    pub(crate) run_seed: u64,
    pub(crate) target: Option<u64>,
}

impl Shape {
    pub(crate) const PLAIN: Self = Self {
        seeds: 3,
        rounds: 4,
        branching: 1,
        redraws: 0,
        regenerate: false,
        run_seed: 11,
        target: None,
    };

    pub(crate) fn settings(&self) -> EvolveSettings {
        EvolveSettings {
            run_seed: self.run_seed,
            rounds: self.rounds,
            branching: self.branching,
            redraws: self.redraws,
            target: self.target,
            seed_responses: if self.regenerate {
                SeedResponses::Regenerate
            } else {
                SeedResponses::Keep
            },
            operators: OperatorSet::builtin(PromptStyle::Paper).with_formats(&[DataFormat::Json]),
            rules: RuleSet::from_names(PAPER_RULES).unwrap(),
            procedure: Procedure::Paper,
            gain_check: GainCheck::Judge,
            sampling: RoleSampling::default(),
            respond_system: None,
        }
    }

    pub(crate) fn job(&self) -> EvolveJob {
        EvolveJob::new(self.settings(), self.made_seeds())
    }

    /// Seeds that hold a block of JSON, so that no operator's format is ever missing. Every second
    /// one comes with its response.
    pub(crate) fn made_seeds(&self) -> Vec<Seed> {
        let text = |n: usize| format!("Explain idea {n} to a baker:\n```json\n{{\"n\": {n}}}\n```");
        (0..self.seeds).map(|n| seed(&text(n), n.is_multiple_of(2).then_some("Bread."))).collect()
    }
}

pub(crate) fn seed(text: &str, response: Option<&str>) -> Seed {
    Seed {
        text: text.to_owned(),
        response: response.map(str::to_owned),
        source: SeedSource { file: "seeds.jsonl".to_owned(), line: 1 },
    }
}

/// How a call ends, and with what text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Good,
    Identical,
    CopiedPrompt,
    Meta,
    Unclosed,
    Several,
    Reasoning,
    Empty,
    NoEnvelope,
    Equal,
    Nonsense,
    Sorry,
    Marks,
    StopWords,
    Failed(ErrorClass),
}

/// Answers by role, key and request, and by nothing else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct World {
    pub(crate) salt: u64,
    /// Without faults every evolution goes all the way.
    pub(crate) faults: bool,
}

fn hash(salt: u64, text: &str) -> u64 {
    let hash = blake3::hash(format!("{salt}/{text}").as_bytes());
    u64::from_le_bytes(hash.as_bytes()[..8].try_into().unwrap())
}

impl World {
    pub(crate) fn end(&self, role: Role, key: &str) -> End {
        if !self.faults {
            return End::Good;
        }
        let roll = hash(self.salt, key);
        match (role, roll % 24) {
            (EVOLVER, 0) => End::Identical,
            (EVOLVER, 1) => End::CopiedPrompt,
            (EVOLVER, 2) => End::Meta,
            (EVOLVER, 3) => End::Unclosed,
            (EVOLVER, 4) => End::Several,
            (EVOLVER, 5) => End::Reasoning,
            (EVOLVER, 6) => End::Empty,
            (EVOLVER, 7) => End::NoEnvelope,
            (EVOLVER, 8) | (JUDGE, 10) => End::Failed(ErrorClass::Truncated),
            (EVOLVER, 9) => End::Failed(ErrorClass::BadItem),
            (JUDGE, 0..=2) => End::Equal,
            (JUDGE, 3..=8) => End::Nonsense,
            (JUDGE, 9) => End::Failed(ErrorClass::Refused),
            (JUDGE, 11) => End::Failed(ErrorClass::Transient),
            (EVOLVER | JUDGE, _) => End::Good,
            (_, 0) => End::Sorry,
            (_, 1) => End::Marks,
            (_, 2) => End::StopWords,
            (_, 3) => End::Failed(ErrorClass::Truncated),
            (_, 4) => End::Failed(ErrorClass::BadItem),
            (_, 5) => End::Failed(ErrorClass::Filtered),
            (_, _) => End::Good,
        }
    }

    /// What a good evolution of `source` is.
    pub(crate) fn evolved(&self, source: &str, key: &str) -> String {
        format!("Weigh reason {:x} first. {source}", hash(self.salt, key) >> 32)
    }

    pub(crate) fn answer(&self, role: Role, key: &str, request: &ChatRequest) -> CallOutcome {
        // Everything of the request goes into the answer: no part of it may depend on timing.
        let body = serde_json::to_string(request).unwrap();
        let mark = hash(self.salt, &body);
        let source = source_of(request);
        let text = match self.end(role, key) {
            End::Failed(class) => return failed(class, key),
            End::Good if role == EVOLVER => {
                format!("<evolved>{}</evolved>", self.evolved(&source, key))
            }
            End::Good if role == JUDGE => "Not Equal".to_owned(),
            End::Good => format!("A useful response, number {mark:x}."),
            End::Identical => format!("<evolved>{source}</evolved>"),
            End::CopiedPrompt => {
                format!("<evolved>Think more about the given prompt: {source}</evolved>")
            }
            End::Meta => format!("<evolved>Rewrite the prompt {source}</evolved>"),
            End::Unclosed => "<evolved>Explain".to_owned(),
            End::Several => {
                "<evolved>Explain tides.</evolved>\n<evolved>Explain rain.</evolved>".to_owned()
            }
            End::Reasoning => "<think>Hm.\n<evolved>Explain tides.</evolved>".to_owned(),
            End::Empty => "<evolved>...</evolved>".to_owned(),
            End::NoEnvelope => "Explain tides to a baker.\n\nExplain rain to a baker.".to_owned(),
            End::Equal => "Equal".to_owned(),
            End::Nonsense => format!("Hard to say, see {mark:x}."),
            End::Sorry => "I'm sorry, but I cannot help with that.".to_owned(),
            End::Marks => "... !".to_owned(),
            End::StopWords => "and of the".to_owned(),
        };
        let roll = hash(self.salt ^ 1, key);
        let usage = Usage {
            input_tokens: body.len() as u64,
            output_tokens: text.len() as u64,
            ..Usage::default()
        };
        CallOutcome::Answered(Answer {
            response: ChatResponse {
                text,
                reasoning: None,
                finish_reason: FinishReason::Stop,
                usage,
                model: format!("model-{}", role.0),
                created_unix_s: Some(1_700_000_000 + roll % 100_000),
            },
            tries: 1 + (roll % 3) as u32,
            usage,
            cost: (!roll.is_multiple_of(40)).then_some(NanoUsd(roll % 1_000)),
        })
    }
}

/// The text between the tags that carry the request's token.
fn source_of(request: &ChatRequest) -> String {
    let text = request.messages.last().map_or("", |message| message.content.as_str());
    let inner = || {
        let start = text.find("<source-")?;
        let token = text.get(start + 8..start + 14)?;
        let begin = start + 15;
        Some(text.get(begin..text.rfind(&format!("</source-{token}>"))?)?.trim())
    };
    inner().unwrap_or(text).to_owned()
}

pub(crate) fn failed(class: ErrorClass, key: &str) -> CallOutcome {
    CallOutcome::Failed(Failure {
        class,
        message: format!("scripted for {key}"),
        tries: 2,
        usage: Usage { input_tokens: 7, output_tokens: 0, estimated: true, ..Usage::default() },
        cost: Some(NanoUsd(5)),
    })
}

pub(crate) fn answered(text: impl Into<String>) -> CallOutcome {
    let usage = Usage { input_tokens: 10, output_tokens: 5, ..Usage::default() };
    CallOutcome::Answered(Answer {
        response: ChatResponse {
            text: text.into(),
            reasoning: None,
            finish_reason: FinishReason::Stop,
            usage,
            model: "scripted".to_owned(),
            created_unix_s: Some(7),
        },
        tries: 1,
        usage,
        cost: Some(NanoUsd(3)),
    })
}

/// What a run has stored: records once for each id, outcomes once for each key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Store {
    pub(crate) records: Vec<StoredRecord>,
    pub(crate) outcomes: BTreeMap<String, CallOutcome>,
    ids: BTreeSet<String>,
    /// The most calls that were open at once, and the largest ticket.
    pub(crate) open_max: usize,
    pub(crate) ticket_max: u64,
}

impl Store {
    fn commit(&mut self, records: Vec<StoredRecord>) {
        for record in records {
            assert!(self.ids.insert(record.id.clone()), "`{}` ends twice", record.id);
            self.records.push(record);
        }
    }

    /// Makes room for the record of this id.
    pub(crate) fn set_record_aside(&mut self, id: &str) {
        self.ids.remove(id);
        let record = self.records.iter_mut().find(|record| record.id == id).unwrap();
        record.kind = InstructionRecord::RETRIED_KIND;
        record.id = format!("{id}~{}", self.ids.len());
        self.ids.insert(record.id.clone());
    }

    /// Bodies in the order of exports.
    pub(crate) fn exported(&self) -> Vec<(u128, String)> {
        let of = |record: &StoredRecord| (record.position, record.body.clone());
        let current = |record: &&StoredRecord| record.kind == InstructionRecord::STORED_KIND;
        let mut rows: Vec<_> = self.records.iter().filter(current).map(of).collect();
        rows.sort();
        assert!(rows.windows(2).all(|pair| pair[0].0 < pair[1].0), "positions are unique");
        rows
    }

    pub(crate) fn parsed(&self) -> Vec<InstructionRecord> {
        self.exported().iter().map(|(_, body)| serde_json::from_str(body).unwrap()).collect()
    }
}

/// One session of a run, as the engine holds it: what is stored first, then at most `calls_max`
/// new calls in an order that `dice` chooses. True when nothing is left.
pub(crate) fn session(
    job: &mut EvolveJob,
    store: &mut Store,
    world: World,
    mut dice: u64,
    calls_max: usize,
) -> bool {
    let mut open = Vec::new();
    let mut all_begun = false;
    if !store.outcomes.is_empty() || !store.records.is_empty() {
        replay(job, store, &mut open);
        all_begun = true;
    }
    let mut roll = |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % sides
    };
    let mut calls = 0;
    loop {
        if !all_begun && (open.is_empty() || roll(4) == 0) {
            match job.begin() {
                None => all_begun = true,
                Some(Step { wanted, records }) => {
                    store.commit(records);
                    open.extend(wanted);
                }
            }
            continue;
        }
        store.open_max = store.open_max.max(open.len());
        if open.is_empty() {
            return true;
        }
        if calls == calls_max {
            return false;
        }
        let wanted: Wanted = open.swap_remove(roll(open.len()));
        store.ticket_max = store.ticket_max.max(wanted.ticket.0);
        let key = job.key(wanted.ticket).to_string();
        let outcome = world.answer(wanted.role, &key, &job.request(wanted.ticket));
        calls += 1;
        let step = job.answered(wanted.ticket, outcome.clone());
        assert!(store.outcomes.insert(key.clone(), outcome).is_none(), "`{key}` is asked twice");
        store.commit(step.records);
        open.extend(step.wanted);
    }
}

/// Folds the stored past in, as `speciate-engine` does.
fn replay(job: &mut EvolveJob, store: &mut Store, open: &mut Vec<Wanted>) {
    for kind in [InstructionRecord::RETRIED_KIND, InstructionRecord::STORED_KIND] {
        for record in store.records.iter().filter(|record| record.kind == kind) {
            job.restore(record).unwrap();
        }
    }
    while let Some(step) = job.begin() {
        store.commit(step.records);
        let mut asked = step.wanted;
        while let Some(wanted) = asked.pop() {
            let stored = store.outcomes.get(job.key(wanted.ticket).as_str()).cloned();
            let Some(outcome) = stored else {
                open.push(wanted);
                continue;
            };
            let follows = job.answered(wanted.ticket, outcome);
            assert!(follows.records.is_empty(), "a stored call leads to a record once more");
            asked.extend(follows.wanted);
        }
    }
}

/// The whole run in one session.
pub(crate) fn whole(shape: Shape, world: World, dice: u64) -> (Store, EvolveJob) {
    let (mut job, mut store) = (shape.job(), Store::default());
    assert!(session(&mut job, &mut store, world, dice, usize::MAX));
    (store, job)
}

/// Two orders of answers give the same records and ask the same calls.
pub(crate) fn check_order(shape: Shape, world: World, [a, b]: [u64; 2]) {
    let (first, second) = (whole(shape, world, a).0, whole(shape, world, b).0);
    assert_eq!(first.exported(), second.exported());
    assert_eq!(first.outcomes, second.outcomes);
}

/// The run in sessions of at most so many calls, and one to its end: it is that of one session.
pub(crate) fn check_stops(
    shape: Shape,
    world: World,
    dice: u64,
    cuts: Vec<usize>,
) -> (Store, EvolveJob) {
    let expected = whole(shape, world, 0).0;
    let (mut store, mut ended) = (Store::default(), false);
    let mut job = shape.job();
    for (n, calls_max) in cuts.into_iter().chain([usize::MAX]).enumerate() {
        job = shape.job();
        ended = session(&mut job, &mut store, world, dice.wrapping_add(n as u64), calls_max);
    }
    assert!(ended);
    assert_eq!(store.exported(), expected.exported());
    assert_eq!(store.outcomes, expected.outcomes, "no call more, and none less");
    (store, job)
}

/// How a record has to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) id: InstructionId,
    pub(crate) parent: Option<InstructionId>,
    pub(crate) round: u32,
    pub(crate) branch: u32,
    pub(crate) end: String,
    /// The text, if it is kept.
    pub(crate) text: Option<String>,
}

impl Expected {
    pub(crate) fn of(record: &InstructionRecord) -> Self {
        let cause = record.cause.as_deref().and_then(|cause| cause.split(':').next());
        let reason = record.rule.as_deref().or(cause).unwrap_or_default();
        let end = format!("{} {reason}", record.verdict.as_str()).trim_end().to_owned();
        Self {
            id: record.id,
            parent: record.parent,
            round: record.round,
            branch: record.branch,
            text: record.instruction.clone().filter(|_| end == "kept"),
            end,
        }
    }
}

/// The method written down once more as plain recursion: sections 1 and 3 of `method.md`.
#[derive(Debug)]
pub(crate) struct Oracle {
    shape: Shape,
    world: World,
    pub(crate) keys: BTreeSet<String>,
    pub(crate) rows: Vec<Expected>,
}

impl Oracle {
    pub(crate) fn of(shape: Shape, world: World) -> Self {
        let mut oracle = Self { shape, world, keys: BTreeSet::new(), rows: Vec::new() };
        for seed in shape.made_seeds() {
            let (first, id) = (oracle.rows.len(), InstructionId::of_seed(&seed.text));
            let is_given = seed.response.is_some() && !shape.regenerate;
            let end = if is_given { "kept".to_owned() } else { oracle.respond(id) };
            let text = (end == "kept").then(|| seed.text.clone());
            oracle.rows.push(Expected { id, parent: None, round: 0, branch: 0, end, text });
            oracle.expand(id, &seed.text, 1);
            oracle.rows[first..].sort_by_key(|row| (row.round, row.id));
        }
        oracle
    }

    fn expand(&mut self, parent: InstructionId, text: &str, round: u32) {
        if round > self.shape.rounds {
            return;
        }
        let mut any = false;
        for branch in 0..self.shape.branching {
            for number in 0..=self.shape.redraws {
                let id = parent.child(round, branch, number);
                let (end, child) = self.attempt(id, text);
                let text = (end == "kept").then_some(child);
                let kept = text.clone();
                self.rows.push(Expected { id, parent: Some(parent), round, branch, end, text });
                if let Some(child) = kept {
                    any = true;
                    self.expand(id, &child, round + 1);
                    break;
                }
            }
        }
        if !any {
            self.expand(parent, text, round + 1);
        }
    }

    fn ask(&mut self, role: Role, key: String) -> End {
        let end = self.world.end(role, &key);
        self.keys.insert(key);
        end
    }

    fn attempt(&mut self, id: InstructionId, text: &str) -> (String, String) {
        let key = format!("{id}/evolve");
        let child = self.world.evolved(text, &key);
        let dropped = match self.ask(EVOLVER, key) {
            End::Identical => "eliminated identical",
            End::CopiedPrompt => "eliminated copied-prompt",
            End::Meta => "eliminated meta-instruction",
            End::Unclosed => "failed unclosed-tag",
            End::Several => "failed several-answers",
            End::Reasoning => "failed reasoning-left",
            End::Empty => "failed empty-answer",
            End::NoEnvelope => "failed no-envelope",
            End::Failed(ErrorClass::Truncated) => "eliminated truncated",
            End::Failed(_) => "failed bad-item",
            _ => return (self.judge(id), child),
        };
        (dropped.to_owned(), child)
    }

    fn judge(&mut self, id: InstructionId) -> String {
        for asked in 0..3 {
            let end = match self.ask(JUDGE, format!("{id}/judge/{asked}")) {
                End::Good => return self.respond(id),
                End::Nonsense => continue,
                End::Equal => "eliminated no-gain",
                End::Failed(ErrorClass::Transient) => "failed transient",
                _ => "invalid no-gain",
            };
            return end.to_owned();
        }
        "invalid no-gain".to_owned()
    }

    fn respond(&mut self, id: InstructionId) -> String {
        let end = self.ask(speciate_evolve::work::RESPONDER, format!("{id}/respond"));
        match end {
            End::Sorry => "eliminated apology",
            End::Marks | End::StopWords => "eliminated stop-words-only",
            End::Failed(ErrorClass::Truncated) => "eliminated truncated",
            End::Failed(ErrorClass::BadItem) => "failed bad-item",
            End::Failed(_) => "failed filtered",
            _ => "kept",
        }
        .to_owned()
    }
}
