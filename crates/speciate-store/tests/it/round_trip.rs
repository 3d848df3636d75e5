//! Every outcome that can be said comes back exactly.

use proptest::prelude::*;
use speciate_store::{Batch, CallRow, RunReader};
use speciate_types::{
    Answer, CallOutcome, ChatResponse, ErrorClass, FailedTry, Failure, FinishReason, NanoUsd,
    UnixMillis, Usage,
};

use crate::support::{call, create, key, open, write};

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 0..24).prop_map(String::from_iter)
}

fn usage() -> impl Strategy<Value = Usage> {
    (any::<u64>(), any::<u64>(), any::<bool>()).prop_map(
        |(input_tokens, output_tokens, estimated)| Usage {
            input_tokens,
            output_tokens,
            estimated,
            ..Usage::default()
        },
    )
}

fn cost() -> impl Strategy<Value = Option<NanoUsd>> {
    prop::option::of(any::<u64>().prop_map(NanoUsd))
}

fn class() -> impl Strategy<Value = ErrorClass> {
    prop::sample::select(ErrorClass::ALL.to_vec())
}

fn response() -> impl Strategy<Value = ChatResponse> {
    let reasons = vec![
        FinishReason::Stop,
        FinishReason::Length,
        FinishReason::ContentFilter,
        FinishReason::Other,
    ];
    let reason = prop::sample::select(reasons);
    let created = prop::option::of(any::<u64>());
    (text(), prop::option::of(text()), reason, usage(), text(), created).prop_map(
        |(text, reasoning, finish_reason, usage, model, created_unix_s)| ChatResponse {
            text,
            reasoning,
            finish_reason,
            usage,
            model,
            created_unix_s,
        },
    )
}

fn outcome() -> impl Strategy<Value = CallOutcome> {
    let answered =
        (response(), any::<u32>(), usage(), cost()).prop_map(|(response, tries, usage, cost)| {
            CallOutcome::Answered(Answer { response, tries, usage, cost })
        });
    let failed = (class(), text(), any::<u32>(), usage(), cost()).prop_map(
        |(class, message, tries, usage, cost)| {
            CallOutcome::Failed(Failure { class, message, tries, usage, cost })
        },
    );
    prop_oneof![answered, failed]
}

fn failed_try() -> impl Strategy<Value = FailedTry> {
    let flags = any::<(bool, bool)>();
    (class(), prop::option::of(any::<u16>()), text(), any::<u64>(), flags).prop_map(
        |(class, status, message, duration_ms, (maybe_billed, given_up))| FailedTry {
            class,
            status,
            message,
            duration_ms,
            maybe_billed,
            given_up,
        },
    )
}

fn row() -> impl Strategy<Value = CallRow> {
    let names = (text(), text(), text());
    let rest = (any::<[u8; 16]>(), 0..1_u64 << 62, 0..1_u64 << 62);
    (names, outcome(), prop::collection::vec(failed_try(), 0..4), rest).prop_map(
        |((role, endpoint, model), outcome, failed_tries, (request_hash, latency_ms, at))| {
            CallRow {
                role,
                endpoint,
                model,
                outcome,
                failed_tries,
                request_hash,
                latency_ms,
                at: UnixMillis(at),
                ..call(0)
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn calls_come_back_exactly(rows in prop::collection::vec(row(), 1..40)) {
        let folder = tempfile::tempdir().unwrap();
        let rows: Vec<CallRow> =
            (0..).zip(rows).map(|(number, row)| CallRow { key: key(number), ..row }).collect();
        let batches = rows.iter().map(|row| Batch { call: Some(row.clone()), records: Vec::new() });
        write(create(folder.path()), batches);

        let store = open(folder.path());
        for row in &rows {
            prop_assert_eq!(store.call_outcome(&row.key).unwrap(), Some(row.outcome.clone()));
        }
        drop(store);
        let reader = RunReader::open(folder.path()).unwrap();
        for row in &rows {
            let found = reader.calls_of(row.key.as_str()).unwrap().remove(0);
            prop_assert_eq!(&found.role, &row.role);
            prop_assert_eq!(&found.endpoint, &row.endpoint);
            prop_assert_eq!(&found.model, &row.model);
            prop_assert_eq!(&found.failed_tries, &row.failed_tries);
            prop_assert_eq!(found.request_hash, row.request_hash);
            prop_assert_eq!((found.latency_ms, found.at), (row.latency_ms, row.at));
            prop_assert_eq!(found.tries, row.outcome.tries());
        }
        let report = reader.verify().unwrap();
        prop_assert!(report.is_sound(), "{:?}", report.problems);
    }
}
