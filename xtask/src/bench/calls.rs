//! The calls that a client made, read from what it left.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::load::ROUNDS;
use super::schedule::{Call, Lineage};
use super::speed::{Role, Speed};
use crate::process::{output, root};

/// One call, as `bench/calls.py` tells it.
#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Row {
    lineage: String,
    /// 0 for the response to a seed.
    round: u32,
    role: Role,
    /// Of the prompt and of the answer.
    tokens: (u64, u64),
}

/// The calls of the client that left its results in `place`, with the time that a mock of that
/// speed takes for each.
///
/// Needs Python 3 with SQLite 3.38, which reads `run.db` so that this chore need not build it.
pub(crate) fn lineages(place: &Path, speed: Speed) -> Result<Vec<Lineage>> {
    let script = root().join("bench/calls.py");
    let printed = output("python3", &[&script.to_string_lossy(), &place.to_string_lossy()])
        .context("`python3 bench/calls.py` could not read the calls")?;
    Ok(by_lineage(&parse(&printed)?, speed))
}

fn parse(text: &str) -> Result<Vec<Row>> {
    let rows = text.lines().map(serde_json::from_str).collect::<Result<_, _>>();
    rows.context("the calls are not what `bench/calls.py` prints")
}

fn by_lineage(rows: &[Row], speed: Speed) -> Vec<Lineage> {
    let mut lineages: BTreeMap<&str, Lineage> = BTreeMap::new();
    let mut kins: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows {
        let (prompt, tokens) = row.tokens;
        let service_us = speed.service_us(row.role, prompt, tokens);
        let remaining = remaining(row.round, row.role);
        let call = Call { remaining, role: row.role, tokens, service_us };
        let next = kins.len() as u64;
        // The response to a seed waits for nothing, but is of the kin of what follows from the seed.
        let kin = *kins.entry(row.lineage.trim_end_matches("/0")).or_insert(next);
        let lineage = lineages.entry(&row.lineage).or_default();
        lineage.kin = kin;
        lineage.calls.push(call);
    }
    lineages.into_values().collect()
}

/// The rank of a call, as the program ranks it: by the calls that are left of its lineage if no rule
/// ends one of them early. Nothing follows from a seed's response.
fn remaining(round: u32, role: Role) -> u32 {
    let of_attempt = match role {
        Role::Evolver => 3,
        Role::Judge => 2,
        Role::Responder => 1,
    };
    if round == 0 { 1 } else { (ROUNDS as u32).saturating_sub(round) * 3 + of_attempt }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_put_together_by_lineage_in_their_order() {
        let printed = r#"{"lineage":"b","round":1,"role":"evolver","tokens":[800,100]}
{"lineage":"a","round":4,"role":"responder","tokens":[8,0]}
{"lineage":"b","round":1,"role":"responder","tokens":[0,10]}
{"lineage":"b/0","round":0,"role":"responder","tokens":[0,1]}
"#;
        let speed = Speed { spread_percent: 100, kinship_percent: 0 };
        let lineages = by_lineage(&parse(printed).unwrap(), speed);
        let evolve = |remaining, tokens, service_us| Call {
            remaining,
            role: Role::Evolver,
            tokens,
            service_us,
        };
        let respond =
            |remaining, tokens, us| Call { role: Role::Responder, ..evolve(remaining, tokens, us) };
        let expected = [
            Lineage { kin: 1, calls: vec![respond(1, 0, 1_000)] },
            Lineage { kin: 0, calls: vec![evolve(12, 100, 227_000), respond(10, 10, 12_700)] },
            Lineage { kin: 0, calls: vec![respond(1, 1, 1_270)] },
        ];
        assert_eq!(lineages, expected);
    }

    #[test]
    fn other_lines_are_refused() {
        assert!(parse("{\"lineage\":\"a\"}").is_err());
        assert!(parse("").unwrap().is_empty());
    }
}
