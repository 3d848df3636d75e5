//! What outlives a session: the disk, the endpoints' memory of calls, the person, the clock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use speciate_engine::{Ending, LanePlan, ModelPlan, Plan, Progress, RolePlan, StopReason};
use speciate_llm::limit::LimitConfig;
use speciate_llm::retry::RetryPolicy;
use speciate_llm::{CallFuture, Model, ModelInfo};
use speciate_types::{CallKey, CallOutcome, ChatRequest, NanoUsd};

use crate::job::ITEM;
use crate::scenario::Scenario;
use crate::session::{Session, SessionEnd};
use crate::shown::Shown;
use crate::store::Durable;
use crate::trace::Trace;
use crate::violation::{Violation, broken, must};

/// Sessions that a run takes at most, whatever cuts it short.
const SESSIONS_MOST: u64 = 80;
/// How long a person takes to start it again.
const PAUSE_MS: u64 = 1_000;

pub(crate) struct World<'a> {
    pub(crate) scenario: &'a Scenario,
    /// When the session began, in the world's time.
    pub(crate) base_ms: u64,
    pub(crate) durable: Durable,
    /// Tries of each call, or for a sign of life, that reached a healthy endpoint.
    pub(crate) tries: BTreeMap<Option<u64>, usize>,
    /// When calls were sent to each lane, in the world's time.
    pub(crate) sends: Vec<Vec<u64>>,
    concluded: BTreeSet<CallKey>,
    pub(crate) cost_limit: Option<NanoUsd>,
    /// The person has seen that a role never worked, and wants its failures kept.
    pub(crate) keeps_failures: bool,
    pub(crate) shown: Shown,
    pub(crate) last: Progress,
    pub(crate) sessions: u64,
    pub(crate) rounds: u64,
    pub(crate) events: u64,
    pub(crate) trace: Trace,
    pub(crate) violation: Option<Violation>,
}

impl<'a> World<'a> {
    pub(crate) fn new(scenario: &'a Scenario, trace: Trace) -> Self {
        Self {
            scenario,
            base_ms: 0,
            durable: Durable::default(),
            tries: BTreeMap::new(),
            sends: vec![Vec::new(); scenario.lanes.len()],
            concluded: BTreeSet::new(),
            cost_limit: scenario.cost_limit,
            keeps_failures: false,
            shown: Shown::default(),
            last: Progress::default(),
            sessions: 0,
            rounds: 0,
            events: 0,
            trace,
            violation: None,
        }
    }

    /// Runs sessions until the work is done, and checks what came of it.
    pub(crate) fn complete(&mut self) -> Result<(), Violation> {
        while self.sessions < SESSIONS_MOST {
            self.concluded = self.durable.calls.keys().cloned().collect();
            self.shown.begin_session();
            let cut = self.scenario.cuts.get(self.sessions as usize).copied();
            let (end, took_ms) = Session::begin(self, cut)?.run()?;
            self.sessions += 1;
            self.base_ms += took_ms;
            if end == SessionEnd::Reached(Ending::Done) {
                return self.check_result();
            }
            self.base_ms += PAUSE_MS;
            match end {
                SessionEnd::Reached(Ending::Stopped(StopReason::Budget)) => self.pay_more(),
                SessionEnd::Reached(Ending::Stopped(StopReason::NeverWorked(_))) => {
                    self.keeps_failures = true;
                }
                SessionEnd::Reached(_)
                | SessionEnd::Crashed
                | SessionEnd::StoreFailed
                | SessionEnd::Panicked => {}
            }
        }
        broken("a run ends", format!("not within {SESSIONS_MOST} sessions"))
    }

    /// The roles that need no proof.
    pub(crate) fn worked(&self) -> Vec<usize> {
        let role = |key: &CallKey| self.scenario.shape.role(key.as_str().parse().unwrap()) as usize;
        let answered = self.durable.calls.iter();
        let answered = answered.filter(|(_, outcome)| matches!(outcome, CallOutcome::Answered(_)));
        let worked: BTreeSet<_> = answered.map(|(key, _)| role(key)).collect();
        let all = 0..self.scenario.roles.len();
        all.filter(|role| self.keeps_failures || worked.contains(role)).collect()
    }

    fn pay_more(&mut self) {
        let more = self.scenario.cost_limit.unwrap_or_default();
        self.cost_limit = self.cost_limit.map(|limit| limit.saturating_add(more));
    }

    pub(crate) fn is_concluded(&self, key: &CallKey) -> bool {
        self.concluded.contains(key)
    }

    pub(crate) fn conclude(&mut self, key: &CallKey) -> Result<(), Violation> {
        must(self.concluded.insert(key.clone()), "a call ends once", || key.to_string())
    }

    /// The export is that of a run in which nothing goes wrong, and every number agrees with it.
    fn check_result(&self) -> Result<(), Violation> {
        let expected = self.scenario.expected();
        let found: Vec<_> = self
            .durable
            .export(ITEM)
            .iter()
            .map(|record| format!("{} {}", record.id, record.body))
            .collect();
        must(found == expected, "the result does not depend on what went wrong", || {
            let differs = found.iter().zip(&expected).find(|(found, expected)| found != expected);
            format!("{} of {} items, {differs:?}", found.len(), expected.len())
        })?;
        let tally = &self.last.tally;
        let kept = found.iter().filter(|line| line.contains(" kept|")).count() as u64;
        let failed: u64 = tally.failed.values().sum();
        let agrees = tally.kept == kept
            && tally.kept + failed == tally.items_done
            && tally.items_done == tally.items;
        must(agrees, "every item ends in one state", || format!("{tally:?}, {kept} kept"))?;
        let calls = self.durable.calls.len() as u64;
        must(self.last.calls_done == calls, "every call is counted once", || {
            format!("{} shown, {calls} stored", self.last.calls_done)
        })
    }

    pub(crate) fn plan(&self) -> Plan {
        let scenario = self.scenario;
        let lane = |(number, lane): (usize, &crate::scenario::Lane)| LanePlan {
            endpoint: format!("lane-{number}"),
            limits: LimitConfig {
                concurrency: lane.concurrency,
                requests_per_minute: lane.requests_per_minute,
                tokens_per_minute: lane.tokens_per_minute,
            },
        };
        let model = |lane| ModelPlan {
            model: Arc::new(Nobody),
            name: format!("model-{lane}"),
            lane,
            price: scenario.lanes[lane].price,
            lateness: scenario.lanes[lane].lateness,
        };
        let role = |(number, role): (usize, &crate::scenario::Answerers)| RolePlan {
            name: format!("role-{number}"),
            models: role.models.clone(),
            fallbacks: role.fallbacks.clone(),
        };
        Plan {
            lanes: scenario.lanes.iter().enumerate().map(lane).collect(),
            models: (0..scenario.lanes.len()).map(model).collect(),
            roles: scenario.roles.iter().enumerate().map(role).collect(),
            retry: RetryPolicy { tries_max: scenario.tries_max, ..RetryPolicy::default() },
            cost_limit: self.cost_limit,
            jitter_seed: scenario.seed,
        }
    }
}

/// The plan wants a model; the simulation answers in its place.
#[derive(Debug)]
struct Nobody;

impl Model for Nobody {
    fn call(&self, _request: ChatRequest) -> CallFuture {
        Box::pin(std::future::pending())
    }

    fn info(&self) -> ModelInfo {
        ModelInfo {
            name: "nobody".to_owned(),
            endpoint: "nowhere".to_owned(),
            slots: None,
            is_free: true,
        }
    }
}
