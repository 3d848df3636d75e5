//! What can be measured, by name.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use super::load::{Client, Load, PAPER_SEEDS};

pub(crate) const GROWTH_SEEDS: [u64; 4] = [1_000, 5_000, 20_000, PAPER_SEEDS];

/// How a load is put to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Once(Load),
    /// Without its faults first, then with them.
    Faults(Load),
    /// Killed half-way, then the same command again.
    Kill(Load),
    /// Several sizes of one job.
    Growth,
}

/// Something to measure.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Whether it is measured when nothing is named; the others take minutes.
    pub(crate) by_default: bool,
}

const fn usual(name: &'static str, kind: Kind) -> Scenario {
    Scenario { name, kind, by_default: true }
}

const fn long(name: &'static str, kind: Kind) -> Scenario {
    Scenario { name, kind, by_default: false }
}

/// Those that are compared stand side by side, so that both see the machine in the same state.
pub(crate) const ALL: [Scenario; 28] = [
    usual("slots-64", Kind::Once(Load::at(Client::Speciate, 1_000, 64))),
    usual("script-64", Kind::Once(Load::at(Client::Script, 1_000, 64))),
    usual("auto-64", Kind::Once(Load::auto(1_000, 64))),
    usual("slots-256", Kind::Once(Load::at(Client::Speciate, 1_000, 256))),
    usual("script-256", Kind::Once(Load::at(Client::Script, 1_000, 256))),
    usual("auto-256", Kind::Once(Load::auto(1_000, 256))),
    usual("slots-1024", Kind::Once(Load::at(Client::Speciate, 2_000, 1_024))),
    usual("script-1024", Kind::Once(Load::at(Client::Script, 2_000, 1_024))),
    usual("slots-256-narrow", Kind::Once(Load::at(Client::Speciate, 1_000, 256).narrow())),
    usual("script-256-narrow", Kind::Once(Load::at(Client::Script, 1_000, 256).narrow())),
    usual("slots-256-wide", Kind::Once(Load::at(Client::Speciate, 1_000, 256).wide())),
    usual("slots-64-alike", Kind::Once(Load::at(Client::Speciate, 1_000, 64).alike())),
    usual("slots-256-alike", Kind::Once(Load::at(Client::Speciate, 1_000, 256).alike())),
    usual("script-256-alike", Kind::Once(Load::at(Client::Script, 1_000, 256).alike())),
    usual("slots-1024-narrow", Kind::Once(Load::at(Client::Speciate, 2_000, 1_024).narrow())),
    usual("script-1024-narrow", Kind::Once(Load::at(Client::Script, 2_000, 1_024).narrow())),
    usual("slots-1024-wide", Kind::Once(Load::at(Client::Speciate, 2_000, 1_024).wide())),
    usual("instant", Kind::Once(Load::instant(1_000))),
    usual("faults", Kind::Faults(Load::with_faults(Client::Speciate))),
    usual("script-faults", Kind::Faults(Load::with_faults(Client::Script))),
    usual("refusals", Kind::Faults(Load::at(Client::Speciate, 300, 64).refused())),
    usual("refusals-auto", Kind::Faults(Load::auto(300, 64).refused())),
    usual("script-refusals", Kind::Faults(Load::at(Client::Script, 300, 64).refused())),
    usual("kill", Kind::Kill(Load::at(Client::Speciate, 375, 64))),
    long("slots-1024-alike", Kind::Once(Load::at(Client::Speciate, 4_000, 1_024).alike())),
    long("slots-1024-long", Kind::Once(Load::at(Client::Speciate, 16_000, 1_024))),
    long("paper", Kind::Once(Load::instant(PAPER_SEEDS))),
    long("growth", Kind::Growth),
];

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) scenarios: Vec<&'static Scenario>,
    pub(crate) seeds: Option<PathBuf>,
    pub(crate) json: Option<PathBuf>,
    /// How often the jobs with slots are measured, each time with other answers.
    pub(crate) draws: u32,
}

/// Reads `[SCENARIO…] [--seeds FILE] [--json FILE] [--draws N]`.
pub(crate) fn parse(words: &[&str]) -> Result<Wish> {
    let (mut names, mut seeds, mut json, mut draws) = (Vec::new(), None, None, 1);
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        let place = match word {
            "--seeds" => &mut seeds,
            "--json" => &mut json,
            "--draws" => {
                draws = number(words.next())?;
                continue;
            }
            name if ALL.iter().any(|scenario| scenario.name == name) => {
                names.push(name);
                continue;
            }
            other => bail!("no scenario is named `{other}`; there are: {}", known()),
        };
        let file = words.next().with_context(|| format!("`{word}` wants a file"))?;
        *place = Some(PathBuf::from(file));
    }
    let is_wanted = |scenario: &&Scenario| {
        if names.is_empty() { scenario.by_default } else { names.contains(&scenario.name) }
    };
    Ok(Wish { scenarios: ALL.iter().filter(is_wanted).collect(), seeds, json, draws })
}

fn number(word: Option<&str>) -> Result<u32> {
    let number = word.and_then(|word| word.parse().ok()).filter(|number| *number > 0);
    number.context("`--draws` wants a number from 1 on")
}

fn known() -> String {
    ALL.map(|scenario| scenario.name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &[&str]) -> Vec<&'static str> {
        parse(words).unwrap().scenarios.iter().map(|scenario| scenario.name).collect()
    }

    #[test]
    fn nothing_named_means_all_but_the_long_ones() {
        let names = names(&[]);
        assert_eq!(names.len(), 24);
        assert!(
            !["slots-1024-alike", "slots-1024-long", "paper", "growth"]
                .iter()
                .any(|long| names.contains(long))
        );
    }

    #[test]
    fn named_ones_run_in_the_order_of_the_list() {
        assert_eq!(names(&["paper", "slots-64"]), ["slots-64", "paper"]);
        let wish = parse(&["kill", "--json", "a.json", "--seeds", "b.gz"]).unwrap();
        assert_eq!(wish.json, Some("a.json".into()));
        assert_eq!(wish.seeds, Some("b.gz".into()));
        assert_eq!((wish.draws, parse(&["--draws", "5"]).unwrap().draws), (1, 5));
    }

    #[test]
    fn unknown_words_are_refused() {
        let refused = parse(&["slots-65"]).unwrap_err().to_string();
        assert!(refused.contains("`slots-65`; there are: slots-64, "), "{refused}");
        assert!(parse(&["--json"]).is_err());
        assert!(parse(&["--draws", "0"]).is_err() && parse(&["--draws"]).is_err());
    }
}
