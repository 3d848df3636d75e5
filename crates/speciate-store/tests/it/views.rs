//! The views for people who know SQL.

use rusqlite::Connection;
use speciate_store::Batch;
use speciate_types::{
    InstructionId, InstructionRecord, Kind, RoleModels, StoredRecord, Usage, Verdict, VerdictKind,
};

use crate::support::{NOW, batch, create, write};

/// DESIGN 5.3.
const COLUMNS: &str = "id, root, parent, round, operator, kind, verdict, rule, evidence, cause, \
    instruction, response, models, usage, cost_usd, finish_reason, attempts, scores, created_at";

fn instruction() -> InstructionRecord {
    let id = InstructionId::of_seed("1+1=?");
    let mut record = InstructionRecord {
        id: id.child(1, 0, 0),
        root: id,
        parent: Some(id),
        round: 1,
        operator: Some("deepening".to_owned()),
        kind: Kind::InDepth,
        verdict: VerdictKind::Kept,
        rule: None,
        evidence: None,
        cause: None,
        instruction: Some("What is \"1+1\", \u{0} and why?".to_owned()),
        response: Some("2".to_owned()),
        models: RoleModels { judge: Some("a-model".to_owned()), ..RoleModels::default() },
        usage: Usage { input_tokens: 12, output_tokens: 3, ..Usage::default() },
        cost_usd: Some(0.25),
        finish_reason: Some("stop".to_owned()),
        attempts: 3,
        scores: [("length".to_owned(), 1.5)].into(),
        created_at: Some("2024-05-01T12:00:00Z".to_owned()),
        branch: 0,
        format: None,
        cleaned: Vec::new(),
        source: None,
    };
    record.set_verdict(Verdict::eliminated("no-gain", "equal"));
    record
}

#[test]
fn instructions_has_the_columns_of_the_full_record() {
    let folder = tempfile::tempdir().unwrap();
    let record = instruction();
    let stored = |kind| StoredRecord {
        kind,
        id: record.id.to_string(),
        position: 1,
        body: serde_json::to_string(&record).unwrap(),
    };
    let records = vec![stored(InstructionRecord::STORED_KIND), stored("another")];
    write(create(folder.path()), [Batch { call: None, records }]);

    let conn = Connection::open(folder.path().join("run.db")).unwrap();
    let mut all = conn.prepare("SELECT * FROM instructions").unwrap();
    assert_eq!(all.column_names().collect::<Vec<_>>().join(", "), COLUMNS);
    assert_eq!(all.query_map([], |_| Ok(())).unwrap().count(), 1, "of no other kind");
    let found = conn
        .query_row(
            "SELECT id, parent, round, kind, verdict, rule, evidence, cause, instruction,
                models ->> 'judge', usage ->> 'input_tokens', cost_usd, attempts,
                scores ->> 'length' FROM instructions",
            [],
            |row| {
                assert_eq!(row.get::<_, String>(0)?, record.id.to_string());
                assert_eq!(row.get::<_, String>(1)?, record.root.to_string());
                assert_eq!(row.get::<_, u32>(2)?, 1);
                assert_eq!(row.get::<_, String>(3)?, "in-depth");
                assert_eq!(row.get::<_, String>(4)?, "eliminated");
                assert_eq!(row.get::<_, String>(5)?, "no-gain");
                assert_eq!(row.get::<_, String>(6)?, "equal");
                assert_eq!(row.get::<_, Option<String>>(7)?, None);
                assert_eq!(row.get::<_, Option<String>>(8)?, record.instruction);
                assert_eq!(row.get::<_, String>(9)?, "a-model");
                assert_eq!(row.get::<_, i64>(10)?, 12);
                assert_eq!(row.get::<_, Option<f64>>(11)?, record.cost_usd);
                assert_eq!(row.get::<_, u32>(12)?, 3);
                row.get::<_, f64>(13)
            },
        )
        .unwrap();
    assert!((found - 1.5).abs() < f64::EPSILON);
}

#[test]
fn calls_has_readable_names() {
    let folder = tempfile::tempdir().unwrap();
    write(create(folder.path()), (0..10).map(batch));
    let conn = Connection::open(folder.path().join("run.db")).unwrap();
    let sql = "SELECT text, error, outcome, failed_tries, ended_at, cost_usd FROM calls ORDER BY ended_at";
    let rows = conn
        .prepare(sql)
        .unwrap()
        .query_map([], |row| {
            let texts: (Option<String>, Option<String>) = (row.get(0)?, row.get(1)?);
            Ok((texts, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        })
        .unwrap()
        .collect::<Result<Vec<(_, String, u32, String, Option<f64>)>, _>>()
        .unwrap();
    let ((text, error), outcome, failed_tries, ended_at, cost) = &rows[1];
    assert!(text.as_ref().unwrap().starts_with("answer 1:"));
    assert_eq!((error, outcome.as_str(), *failed_tries), (&None, "answered", 0));
    assert_eq!(ended_at, "2024-05-01T12:00:00.001Z");
    assert_eq!(NOW.0 % 1_000, 0);
    assert!((cost.unwrap() - 1.001e-6).abs() < 1e-15);
    let ((text, error), _, failed_tries, ..) = &rows[4];
    assert_eq!((text, error.as_deref(), *failed_tries), (&None, Some("no \"answer\" to 4"), 2));
}
