//! The loop that owns the state and connects it with calls, store, person and time.

use std::any::Any;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use speciate_store::{CallTally, RunStore, StoreError, Writer};
use speciate_types::{CallError, ChatResponse, Clock, Job};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use crate::event::{Command, Ending, Event, Notice};
use crate::lessons::Lessons;
use crate::plan::{Plan, RolePlan};
use crate::progress::Progress;
use crate::replay::{ReplayError, replay};
use crate::state::State;

/// What a person or the system asks of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Launch nothing more; let calls in flight finish within the grace period.
    Stop,
    /// Give calls in flight up.
    Abort,
}

/// Watches a run. Called on the dispatcher's thread: must return at once.
pub trait Observer {
    /// Several times a second.
    fn progress(&mut self, progress: &Progress);
    /// When something should be said.
    fn notice(&mut self, notice: &Notice);
}

/// How a session ended and what it reached.
#[derive(Debug, Clone)]
pub struct RunSummary {
    /// Done, or why not.
    pub ending: Ending,
    /// The last numbers; all durable.
    pub progress: Progress,
    /// Calls that were answered from the store at the start.
    pub calls_replayed: u64,
    /// Calls that were given up in flight, so they may be paid without a result.
    pub calls_dropped: u32,
    /// How long this session took.
    pub duration: Duration,
}

/// The run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// What is stored could not be read back.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// Results could not be made durable, so nothing more is sent.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Several calls in a row ended in a panic, which is a bug of ours.
    #[error("call after call ended in a panic, the last one with: {0}")]
    Panic(String),
}

/// Far enough that it never matters: a century.
const NEVER: Duration = Duration::from_secs(3_155_760_000);
/// How often displays are told.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Events taken together before new calls are sent.
const EVENTS_AT_ONCE: usize = 256;

/// More of a panic's message is not kept: it may quote a whole text.
const PANIC_CHARS: usize = 200;

type Ended = (u64, Result<ChatResponse, CallError>);

/// How a job is run.
#[derive(Debug, Clone, Copy)]
pub struct RunOptions<'a> {
    /// The kinds of records that the job stores and wants restored.
    pub kinds: &'a [&'static str],
    /// How long calls in flight may take after [`Control::Stop`].
    pub grace: Duration,
}

/// Runs `job` until it is done or has to stop. `store` holds what earlier sessions reached.
pub async fn run(
    plan: Plan,
    mut job: Box<dyn Job + Send>,
    store: RunStore,
    clock: &dyn Clock,
    options: RunOptions<'_>,
    controls: mpsc::Receiver<Control>,
    observer: &mut dyn Observer,
) -> Result<RunSummary, EngineError> {
    let replayed = replay(job.as_mut(), &store, options.kinds)?;
    let totals = store.totals().map_err(ReplayError::from)?;
    let lessons = Lessons::restore(&plan, &store)?;
    let at_risk = store.at_risk();
    let worked = worked(&plan, &store)?;
    let (told, commits) = watch::channel(Ok(0));
    let writer = store.into_writer(Box::new(move |result| {
        drop(told.send_replace(result));
    }));
    let mut dispatcher = Dispatcher {
        state: State::new(plan.clone(), job, &totals).with_at_risk(at_risk).with_worked(&worked),
        plan,
        writer,
        commits,
        controls,
        calls: JoinSet::new(),
        handles: BTreeMap::new(),
        lessons,
        clock,
        observer,
        began: Instant::now(),
        grace: options.grace,
        stop_by: None,
        dropped: 0,
        commands: Vec::new(),
    };
    dispatcher.state.begin(replayed.step, &mut dispatcher.commands);
    let result = match dispatcher.begin() {
        Ok(()) => dispatcher.serve().await,
        Err(error) => Err(error),
    };
    dispatcher.close(result, replayed.calls)
}

/// The roles of which a call to one of their models has been answered.
fn worked(plan: &Plan, store: &RunStore) -> Result<Vec<usize>, StoreError> {
    let tallies = store.tallies()?;
    let is_of = |tally: &CallTally, model: &usize| {
        let model = &plan.models[*model];
        tally.model == model.name && tally.endpoint == plan.lanes[model.lane].endpoint
    };
    let has_worked = |role: &usize| {
        let RolePlan { name, models, fallbacks } = &plan.roles[*role];
        let answered = tallies.iter().filter(|tally| tally.totals.answered > 0);
        let mut of_role = answered.filter(|tally| tally.role == *name);
        of_role.any(|tally| models.iter().chain(fallbacks).any(|model| is_of(tally, model)))
    };
    Ok((0..plan.roles.len()).filter(has_worked).collect())
}

struct Dispatcher<'a> {
    state: State,
    plan: Plan,
    writer: Writer,
    commits: watch::Receiver<Result<u64, StoreError>>,
    controls: mpsc::Receiver<Control>,
    calls: JoinSet<Ended>,
    /// To give up single calls, by number.
    handles: BTreeMap<u64, AbortHandle>,
    lessons: Lessons,
    clock: &'a dyn Clock,
    observer: &'a mut dyn Observer,
    began: Instant,
    grace: Duration,
    stop_by: Option<Instant>,
    dropped: u32,
    commands: Vec<Command>,
}

impl Dispatcher<'_> {
    /// Takes the job's beginning a part at a time; a full writer holds it back.
    fn begin(&mut self) -> Result<(), EngineError> {
        while self.state.begin_next(&mut self.commands) {
            self.obey()?;
        }
        Ok(())
    }

    async fn serve(&mut self) -> Result<Ending, EngineError> {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // Kept, because each timer that is set anew wakes the runtime once more.
        let mut wake = pin!(sleep_until(self.began + NEVER));
        loop {
            self.state.advance(self.now_ms(), &mut self.commands);
            let ending = self.obey()?;
            self.writer.note_in_flight(self.state.in_flight_max());
            self.writer.note_at_risk(self.state.at_risk());
            if let Some(ending) = ending {
                return Ok(ending);
            }
            let wake_at = self.wake_at();
            if wake.deadline() != wake_at {
                wake.as_mut().reset(wake_at);
            }
            tokio::select! {
                biased;
                Some(control) = self.controls.recv() => self.control(control),
                Some(ended) = self.calls.join_next() => self.take_ended(ended),
                Ok(()) = self.commits.changed() => self.take_commit()?,
                () = &mut wake => self.tick(),
                _ = looks.tick() => self.look(),
            }
        }
    }

    fn take_ended(&mut self, first: Result<Ended, JoinError>) {
        let mut next = Some(first);
        for _ in 0..EVENTS_AT_ONCE {
            let Some(ended) = next else { break };
            match ended {
                Ok((number, result)) => {
                    self.handles.remove(&number);
                    self.event(Event::Ended { number, result });
                }
                Err(error) => self.take_dead(error),
            }
            next = self.calls.try_join_next();
        }
    }

    /// A call's task has died: it was given up, or ended in a panic.
    fn take_dead(&mut self, error: JoinError) {
        let is_its = |(_, handle): &(&u64, &AbortHandle)| handle.id() == error.id();
        // What was given up has no handle any more.
        let Some(number) = self.handles.iter().find(is_its).map(|(number, _)| *number) else {
            return;
        };
        let Ok(payload) = error.try_into_panic() else { return };
        self.handles.remove(&number);
        self.event(Event::Panicked { number, message: panic_message(payload.as_ref()) });
    }

    fn take_commit(&mut self) -> Result<(), EngineError> {
        let batches = self.commits.borrow_and_update().clone()?;
        self.event(Event::Committed { batches });
        Ok(())
    }

    fn control(&mut self, control: Control) {
        match control {
            Control::Stop if self.stop_by.is_none() => {
                self.stop_by = Some(Instant::now() + self.grace);
                self.event(Event::StopAsked);
            }
            Control::Stop | Control::Abort => self.abort(),
        }
    }

    fn abort(&mut self) {
        self.stop_by = None;
        self.event(Event::AbortAsked);
    }

    fn tick(&mut self) {
        if self.stop_by.is_some_and(|stop_by| stop_by <= Instant::now()) {
            self.abort();
        } else {
            self.event(Event::Tick);
        }
    }

    fn look(&mut self) {
        self.state.look(self.now_ms());
        self.observer.progress(self.state.progress());
        self.say_learned();
    }

    /// Says once of each parameter that an endpoint refuses and that is left out since.
    fn say_learned(&mut self) {
        for notice in self.lessons.look(&self.plan, &self.writer) {
            self.observer.notice(&notice);
        }
    }

    fn event(&mut self, event: Event) {
        let (now_ms, wall) = (self.now_ms(), self.clock.now());
        self.state.apply(now_ms, wall, event, &mut self.commands);
    }

    fn obey(&mut self) -> Result<Option<Ending>, EngineError> {
        let mut ending = None;
        let mut batches = Vec::new();
        for command in std::mem::take(&mut self.commands) {
            match command {
                Command::Send { number, model, request } => {
                    // All of it within the task, so that a panic is this call's alone.
                    let model = Arc::clone(&self.plan.models[model].model);
                    let handle =
                        self.calls.spawn(async move { (number, model.call(*request).await) });
                    self.handles.insert(number, handle);
                }
                Command::Cancel { number } => {
                    if let Some(handle) = self.handles.remove(&number) {
                        handle.abort();
                    }
                }
                Command::Store(batch) => batches.push(*batch),
                Command::Abort => {
                    self.dropped += self.calls.len() as u32;
                    self.calls.abort_all();
                }
                Command::Notice(notice) => self.observer.notice(&notice),
                Command::Panic(message) => {
                    self.writer.submit_all(batches)?;
                    return Err(EngineError::Panic(message));
                }
                Command::Finish(reached) => ending = Some(reached),
            }
        }
        // Together, so that they share a commit; after the calls, which go out at once.
        self.writer.submit_all(batches)?;
        Ok(ending)
    }

    fn wake_at(&self) -> Instant {
        let state = self.state.wake_at_ms().map(|at_ms| self.began + Duration::from_millis(at_ms));
        [state, self.stop_by].into_iter().flatten().min().unwrap_or(self.began + NEVER)
    }

    fn now_ms(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }

    fn close(
        mut self,
        result: Result<Ending, EngineError>,
        calls_replayed: u64,
    ) -> Result<RunSummary, EngineError> {
        let how = match &result {
            Ok(Ending::Done) => "done",
            Ok(Ending::Stopped(_)) => "stopped",
            Err(_) => "error",
        };
        self.calls.abort_all();
        self.say_learned();
        self.writer.note_at_risk(self.state.at_risk());
        let closed = self.writer.close(how, self.state.in_flight_max());
        let is_echo = matches!(result, Err(EngineError::Store(StoreError::Poisoned { .. })));
        if is_echo && let Err(failure) = closed {
            // The failure itself says more, and has the better hint, than that there was one.
            return Err(failure.into());
        }
        let ending = result?;
        closed?;
        // All is durable now, so the last look shows everything.
        self.state.look(self.began.elapsed().as_millis() as u64);
        self.state.look(self.began.elapsed().as_millis() as u64);
        let progress = self.state.progress().clone();
        self.observer.progress(&progress);
        Ok(RunSummary {
            ending,
            progress,
            calls_replayed,
            calls_dropped: self.dropped,
            duration: self.began.elapsed(),
        })
    }
}

/// What a panic said, as far as it can be read: at most [`PANIC_CHARS`] of it.
fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("it said nothing").chars().take(PANIC_CHARS).collect()
}
