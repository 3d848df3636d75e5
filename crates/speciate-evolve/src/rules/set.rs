//! The rules that a run turns on.

use speciate_types::Kind;

use super::{Candidate, Evidence, RULES, RuleInfo, no_gain_heuristic};
use crate::text::suggestion;

/// A set of rules, checked in the order of [`RULES`].
#[derive(Debug, Clone)]
pub struct RuleSet {
    rules: Vec<&'static RuleInfo>,
}

/// A rule that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot turn on rule `{name}`: no rule has this name")]
pub struct UnknownRule {
    /// The unknown name.
    pub name: String,
    /// The name that was probably meant.
    pub suggestion: Option<&'static str>,
}

impl RuleSet {
    /// The rules of these names, in any order.
    ///
    /// # Errors
    ///
    /// [`UnknownRule`] for the first name that no rule has.
    pub fn from_names(names: &[&str]) -> Result<Self, UnknownRule> {
        let known: Vec<&'static str> = RULES.iter().map(|rule| rule.name).collect();
        if let Some(name) = names.iter().find(|name| !known.contains(name)) {
            return Err(UnknownRule {
                name: (*name).to_owned(),
                suggestion: suggestion(name, &known),
            });
        }
        Ok(Self { rules: RULES.iter().filter(|rule| names.contains(&rule.name)).collect() })
    }

    /// Whether a rule is on.
    pub fn contains(&self, name: &str) -> bool {
        self.rules.iter().any(|rule| rule.name == name)
    }

    /// The rules, in the order of checking.
    pub fn iter(&self) -> impl Iterator<Item = &'static RuleInfo> {
        self.rules.iter().copied()
    }

    /// Compiles the patterns that the rules use, which takes a tenth of a second the first time.
    ///
    /// Worth doing while something else is waited for.
    pub fn warm_up(&self) {
        let candidate = Candidate {
            parent: "Explain the tides to a child.".into(),
            child: "Explain the tides to a child, with one example from the North Sea.".into(),
            kind: Kind::InDepth,
            operator: "constraints",
            format: None,
            response: Some(
                "The moon pulls the water, so the sea rises and falls twice a day.".into(),
            ),
            scaffold: &[],
        };
        let _ = (self.static_check(&candidate), self.response_check(&candidate));
        let _ = no_gain_heuristic(&candidate);
    }

    /// The first rule that drops the instruction itself, before any paid check.
    pub fn static_check(&self, candidate: &Candidate<'_>) -> Option<(&'static str, Evidence)> {
        self.rules.iter().find_map(|rule| Some((rule.name, rule.on_child?(candidate)?)))
    }

    /// The first rule that drops it for its response, which must be there.
    pub fn response_check(&self, candidate: &Candidate<'_>) -> Option<(&'static str, Evidence)> {
        self.rules.iter().find_map(|rule| Some((rule.name, rule.on_response?(candidate)?)))
    }
}

impl RuleInfo {
    /// The rule of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.name == name)
    }
}
