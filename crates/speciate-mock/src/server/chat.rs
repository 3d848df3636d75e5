//! Serves one chat completion.

use std::io;
use std::time::Duration;

use super::connection::{Connection, error_body};
use super::route::ChatCall;
use super::shared::Visit;
use crate::answer::{MockAnswer, answer};
use crate::completion::Completion;
use crate::fault::{Case, FaultRule, Stage, message, plan};
use crate::http::{After, Head, LAST_CHUNK, chunk};
use crate::slots::{QueueFull, Slot};

/// Most pieces of content in a stream.
const PIECES_MAX: usize = 16;

/// A slot that gives its time to the tally when it is free again.
struct Work<'a>(Option<Slot>, &'a super::Shared);

impl Drop for Work<'_> {
    fn drop(&mut self) {
        if let Some(slot) = self.0.take() {
            self.1.tally().held(slot.held());
        }
    }
}

impl Connection {
    /// Answers `call`, or lets it meet its fault.
    pub(super) async fn chat(&mut self, call: &ChatCall, after: After) -> io::Result<After> {
        let mut visit = self.shared.arrive(&call.request, call.body);
        let answer = answer(&call.request, &self.shared.config.quality);
        let served = self.serve_chat(call, &mut visit, &answer, after).await;
        if served.is_err() && visit.fault.is_none() {
            self.shared.tally().abandoned();
        }
        served
    }

    async fn serve_chat(
        &mut self,
        call: &ChatCall,
        visit: &mut Visit,
        answer: &MockAnswer,
        after: After,
    ) -> io::Result<After> {
        let fault = visit.fault.clone();
        if let Some(rule) = fault.as_ref().filter(|rule| rule.kind.stage() == Stage::Refusal) {
            return self.meet(rule, call, visit, answer, after).await;
        }
        let shared = self.shared.clone();
        let Ok(slot) = self.slot().await? else {
            return self.turn_away(call, after).await;
        };
        let work = Work(slot, &shared);
        let prefill = shared.config.capacity.prefill(answer.prompt_tokens);
        let decode = shared.config.capacity.decode(answer.kind, answer.completion_tokens);
        let end = if fault.is_none() && call.request.is_stream {
            self.stream(call, answer, (prefill, decode), after).await?
        } else {
            self.work(prefill + decode).await?;
            let body = sound(call, answer).body();
            message(200, "application/json", &body, after, &[])
        };
        drop(work);
        if let Some(rule) = &fault {
            return self.meet(rule, call, visit, answer, after).await;
        }
        visit.answered(call.body, answer);
        self.send(&end).await?;
        Ok(after)
    }

    /// A slot, in turn; none is needed in instant mode.
    async fn slot(&mut self) -> io::Result<Result<Option<Slot>, QueueFull>> {
        let shared = self.shared.clone();
        if shared.config.capacity.instant {
            return Ok(Ok(None));
        }
        let taken = self.while_connected(shared.slots.take()).await?;
        Ok(taken.map(Some))
    }

    /// Works for some time.
    async fn work(&mut self, time: Duration) -> io::Result<()> {
        if self.shared.config.capacity.instant {
            return Ok(());
        }
        self.while_connected(tokio::time::sleep(time)).await
    }

    async fn turn_away(&mut self, call: &ChatCall, after: After) -> io::Result<After> {
        self.shared.tally().turned_away();
        let status = self.shared.config.capacity.queue_full_status;
        let text = "The queue is full. Please try again later.";
        self.reply(status, &error_body(status, text, call.request.dialect), after).await
    }

    /// Sends the answer as events while it is written; returns the last bytes, still to be sent.
    async fn stream(
        &mut self,
        call: &ChatCall,
        answer: &MockAnswer,
        (prefill, decode): (Duration, Duration),
        after: After,
    ) -> io::Result<Vec<u8>> {
        let completion = sound(call, answer);
        let events = completion.events(PIECES_MAX, call.request.wants_usage);
        let pause = decode / u32::try_from(events.len()).unwrap_or(u32::MAX).max(1);
        self.work(prefill).await?;
        let mut out = Vec::new();
        Head { status: 200, content_type: "text/event-stream", n_bytes: None, after }
            .write(&mut out, &[]);
        for event in &events {
            chunk(&mut out, event);
            // In instant mode nobody waits between the events, so all of them go out together.
            if !self.shared.config.capacity.instant {
                self.send(&out).await?;
                out.clear();
                self.work(pause).await?;
            }
        }
        chunk(&mut out, completion.done());
        out.extend_from_slice(LAST_CHUNK);
        Ok(out)
    }

    async fn meet(
        &mut self,
        rule: &FaultRule,
        call: &ChatCall,
        visit: &Visit,
        answer: &MockAnswer,
        after: After,
    ) -> io::Result<After> {
        let case = Case {
            number: visit.number,
            dialect: call.request.dialect,
            model: &call.request.model,
            authorization: call.authorization.as_deref(),
            is_stream: call.request.is_stream,
            wants_usage: call.request.wants_usage,
            parameter: rule.parameter(),
            answer,
            after,
        };
        self.play(plan(rule, &case)).await
    }
}

/// The answer as it goes on the wire if nothing goes wrong.
fn sound<'a>(call: &'a ChatCall, answer: &'a MockAnswer) -> Completion<'a> {
    Completion::of(answer, &call.request.model, call.request.dialect)
}
