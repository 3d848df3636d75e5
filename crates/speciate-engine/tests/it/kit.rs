//! A job, a model and a run to test with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use speciate_engine::{
    Control, LanePlan, Lateness, ModelPlan, Notice, Observer, Plan, Progress, RolePlan, RunOptions,
    RunSummary, run,
};
use speciate_llm::limit::{Concurrency, LimitConfig};
use speciate_llm::retry::RetryPolicy;
use speciate_llm::{CallFuture, Model, ModelInfo};
use speciate_store::{RunInfo, RunReader, RunStore};
use speciate_types::{
    CallError, CallKey, CallOutcome, ChatMessage, ChatRequest, ChatResponse, Clock, ErrorClass,
    FinishReason, Job, JobError, MessageRole, NanoUsd, Price, Role, Sampling, Step, StoredRecord,
    Tally, Ticket, UnixMillis, Usage, Wanted,
};
use tokio::sync::mpsc;

pub(crate) const KIND: &str = "chain";
pub(crate) const STEPS: u64 = 3;

/// `items` chains of three calls each; a record at the end of each.
#[derive(Debug)]
pub(crate) struct Chains {
    items: u64,
    done: BTreeSet<u64>,
    texts: BTreeMap<u64, String>,
    tally: Tally,
    begun: bool,
}

impl Chains {
    pub(crate) fn new(items: u64) -> Self {
        let tally = Tally { items, ..Tally::default() };
        Self { items, done: BTreeSet::new(), texts: BTreeMap::new(), tally, begun: false }
    }

    fn wanted(ticket: u64) -> Wanted {
        let remaining = (STEPS - ticket % STEPS) as u32;
        Wanted { ticket: Ticket(ticket), role: Role(0), remaining, kin: ticket / STEPS }
    }

    fn record(&mut self, item: u64, verdict: &str) -> StoredRecord {
        let text = self.texts.remove(&item).unwrap_or_default();
        match verdict {
            "kept" => self.tally.kept += 1,
            other => *self.tally.failed.entry(other.to_owned()).or_default() += 1,
        }
        self.tally.items_done += 1;
        StoredRecord {
            kind: KIND,
            id: item.to_string(),
            position: u128::from(item),
            body: serde_json::json!({ "verdict": verdict, "text": text }).to_string(),
        }
    }
}

impl Job for Chains {
    fn restore(&mut self, record: &StoredRecord) -> Result<(), JobError> {
        self.done.insert(record.id.parse().unwrap());
        self.tally.items_done += 1;
        Ok(())
    }

    fn begin(&mut self) -> Option<Step> {
        if std::mem::replace(&mut self.begun, true) {
            return None;
        }
        let open = (0..self.items).filter(|item| !self.done.contains(item));
        Some(Step {
            wanted: open.map(|item| Self::wanted(item * STEPS)).collect(),
            records: vec![],
        })
    }

    fn key(&self, ticket: Ticket) -> CallKey {
        CallKey::new(format!("{}/{}", ticket.0 / STEPS, ticket.0 % STEPS))
    }

    fn request(&self, ticket: Ticket) -> ChatRequest {
        ChatRequest {
            messages: vec![ChatMessage::new(MessageRole::User, self.key(ticket).to_string())],
            sampling: Sampling { max_tokens: Some(100), ..Sampling::default() },
            stop: vec![],
            seed: 0,
            shared_messages: 0,
        }
    }

    fn answered(&mut self, ticket: Ticket, outcome: CallOutcome) -> Step {
        let item = ticket.0 / STEPS;
        match outcome {
            CallOutcome::Failed(failure) => {
                Step { wanted: vec![], records: vec![self.record(item, failure.class.as_str())] }
            }
            CallOutcome::Answered(answer) => {
                self.texts.entry(item).or_default().push_str(&answer.response.text);
                if ticket.0 % STEPS + 1 == STEPS {
                    return Step { wanted: vec![], records: vec![self.record(item, "kept")] };
                }
                Step { wanted: vec![Self::wanted(ticket.0 + 1)], records: vec![] }
            }
        }
    }

    fn tally(&self) -> Tally {
        self.tally.clone()
    }
}

/// What a model saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) prompts: Vec<String>,
    pub(crate) seeds: Vec<u64>,
    pub(crate) limits: Vec<u32>,
    pub(crate) sent_ms: Vec<u64>,
    began: Option<tokio::time::Instant>,
    pub(crate) in_flight: u32,
    pub(crate) in_flight_max: u32,
}

impl Seen {
    pub(crate) fn of(&self, prompt: &str) -> usize {
        self.prompts.iter().filter(|seen| *seen == prompt).count()
    }
}

type Script = dyn Fn(&str, usize) -> Result<(), CallError> + Send + Sync;

/// Answers each prompt after a time that depends on it; `script` may fail its n-th try.
#[derive(Clone)]
pub(crate) struct Scripted {
    pub(crate) seen: Arc<Mutex<Seen>>,
    script: Arc<Script>,
    /// The prompt whose first try is never answered.
    pub(crate) hangs: Option<&'static str>,
}

impl std::fmt::Debug for Scripted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scripted")
    }
}

impl Scripted {
    pub(crate) fn new(
        script: impl Fn(&str, usize) -> Result<(), CallError> + Send + Sync + 'static,
    ) -> Self {
        Self { seen: Arc::default(), script: Arc::new(script), hangs: None }
    }

    pub(crate) fn faultless() -> Self {
        Self::new(|_, _| Ok(()))
    }
}

impl Model for Scripted {
    fn call(&self, request: ChatRequest) -> CallFuture {
        let this = self.clone();
        Box::pin(async move {
            let prompt = request.messages[0].content.clone();
            let nth = {
                let mut seen = this.seen.lock().unwrap();
                let nth = seen.of(&prompt);
                let began = *seen.began.get_or_insert_with(tokio::time::Instant::now);
                seen.sent_ms.push(began.elapsed().as_millis() as u64);
                seen.prompts.push(prompt.clone());
                seen.seeds.push(request.seed);
                seen.limits.push(request.sampling.max_tokens.unwrap());
                seen.in_flight += 1;
                seen.in_flight_max = seen.in_flight_max.max(seen.in_flight);
                nth
            };
            if this.hangs == Some(prompt.as_str()) && nth == 0 {
                std::future::pending::<()>().await;
            }
            let hash: u64 =
                prompt.bytes().fold(7, |hash, byte| hash.wrapping_mul(31) + u64::from(byte));
            tokio::time::sleep(Duration::from_millis(20 + hash % 180)).await;
            this.seen.lock().unwrap().in_flight -= 1;
            (this.script)(&prompt, nth)?;
            Ok(ChatResponse {
                text: format!("[{prompt}]"),
                reasoning: None,
                finish_reason: FinishReason::Stop,
                usage: Usage { input_tokens: 10, output_tokens: 20, ..Usage::default() },
                model: "scripted".to_owned(),
                created_unix_s: Some(1),
            })
        })
    }

    fn info(&self) -> ModelInfo {
        ModelInfo {
            name: "scripted".to_owned(),
            endpoint: "test".to_owned(),
            slots: None,
            is_free: true,
        }
    }
}

pub(crate) fn plan(model: &Scripted, slots: u32) -> Plan {
    Plan {
        lanes: vec![LanePlan {
            endpoint: "test".to_owned(),
            limits: LimitConfig {
                concurrency: Concurrency::Fixed(slots),
                requests_per_minute: None,
                tokens_per_minute: None,
            },
        }],
        models: vec![ModelPlan {
            model: Arc::new(model.clone()),
            name: "scripted".to_owned(),
            lane: 0,
            price: Some(Price::new(1.0, 1.0)),
            lateness: Lateness::Wait,
        }],
        roles: vec![RolePlan { name: "chain".to_owned(), models: vec![0], fallbacks: vec![] }],
        retry: RetryPolicy::default(),
        cost_limit: None,
        jitter_seed: 1,
    }
}

/// The same with several endpoints, each with a model of its own.
pub(crate) fn pool(models: &[&Scripted], slots: u32) -> Plan {
    let mut plan = plan(models[0], slots);
    for (number, model) in models.iter().enumerate().skip(1) {
        let lane = LanePlan { endpoint: format!("test-{number}"), ..plan.lanes[0].clone() };
        let of_lane =
            ModelPlan { model: Arc::new((*model).clone()), lane: number, ..plan.models[0].clone() };
        plan.lanes.push(lane);
        plan.models.push(of_lane);
    }
    plan.roles[0].models = (0..models.len()).collect();
    plan
}

pub(crate) struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(1_700_000_000_000)
    }
}

#[derive(Default)]
pub(crate) struct Watcher {
    pub(crate) looks: Vec<Progress>,
    pub(crate) notices: Vec<Notice>,
}

impl Observer for Watcher {
    fn progress(&mut self, progress: &Progress) {
        self.looks.push(progress.clone());
    }

    fn notice(&mut self, notice: &Notice) {
        self.notices.push(notice.clone());
    }
}

pub(crate) fn store(directory: &Path) -> RunStore {
    if RunStore::exists(directory) {
        return RunStore::open(directory, FixedClock.now()).unwrap();
    }
    let info = RunInfo {
        run_id: "test".to_owned(),
        created: FixedClock.now(),
        program_version: "0".to_owned(),
        recipe_toml: String::new(),
        identity: serde_json::json!({}),
        seeds_hash: String::new(),
        seed_count: 0,
    };
    RunStore::create(directory, &info, FixedClock.now()).unwrap()
}

pub(crate) async fn drive(
    plan: Plan,
    items: u64,
    directory: &Path,
    controls: mpsc::Receiver<Control>,
    watcher: &mut Watcher,
) -> RunSummary {
    let options = RunOptions { kinds: &[KIND], grace: Duration::from_secs(20) };
    let job = Box::new(Chains::new(items));
    run(plan, job, store(directory), &FixedClock, options, controls, watcher).await.unwrap()
}

/// Runs to the end without anybody interfering.
pub(crate) async fn complete(plan: Plan, items: u64, directory: &Path) -> RunSummary {
    let (_sender, controls) = mpsc::channel(1);
    drive(plan, items, directory, controls, &mut Watcher::default()).await
}

/// All records, in the order of exports.
pub(crate) fn export(directory: &Path) -> Vec<String> {
    let reader = RunReader::open(directory).unwrap();
    let mut bodies = Vec::new();
    reader
        .for_each_in_position_order::<speciate_store::StoreError>(KIND, &mut |record| {
            bodies.push(format!("{} {}", record.id, record.body));
            Ok(())
        })
        .unwrap();
    bodies
}

pub(crate) fn fail(class: ErrorClass) -> Result<(), CallError> {
    Err(CallError::new(class, format!("scripted {}", class.as_str())))
}

pub(crate) fn nano(usd: f64) -> NanoUsd {
    NanoUsd::from_usd(usd)
}

/// Some answer.
pub(crate) fn response() -> ChatResponse {
    ChatResponse {
        text: "<0>".to_owned(),
        reasoning: None,
        finish_reason: FinishReason::Stop,
        usage: Usage { input_tokens: 10, output_tokens: 20, ..Usage::default() },
        model: "simulated".to_owned(),
        created_unix_s: None,
    }
}
