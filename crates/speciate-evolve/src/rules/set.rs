//! The rules that a run turns on.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use speciate_types::{Kind, Verdict};

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
            is_led: false,
            parent_response: None,
            scaffold: &[],
        };
        let _ = (self.static_check(&candidate), self.response_check(&candidate));
        let _ = no_gain_heuristic(&candidate);
    }

    /// The verdict on the instruction itself, before any paid check; `None` if no rule drops it.
    ///
    /// A rule that panics is a bug of ours: it fails this instruction by name, and the run goes on.
    pub fn child_verdict(&self, candidate: &Candidate<'_>) -> Option<Verdict> {
        self.rules.iter().find_map(|rule| guarded(rule.name, || rule.on_child?(candidate)))
    }

    /// The verdict on the instruction for its response, which must be there; `None` if no rule drops
    /// it.
    pub fn response_verdict(&self, candidate: &Candidate<'_>) -> Option<Verdict> {
        self.rules.iter().find_map(|rule| guarded(rule.name, || rule.on_response?(candidate)))
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

/// What a rule finds, as a verdict; a panic of the rule is one too.
fn guarded(rule: &str, check: impl FnOnce() -> Option<Evidence>) -> Option<Verdict> {
    // A rule only reads: nothing is left half-done by its panic.
    match catch_unwind(AssertUnwindSafe(check)) {
        Ok(found) => found.map(|evidence| Verdict::eliminated(rule, evidence.as_str())),
        Err(panic) => {
            let said = said(panic.as_ref());
            let cause = format!(
                "rule-panic: the rule `{rule}` has a bug of ours, please report it: {said}"
            );
            Some(Verdict::Failed { cause })
        }
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::{Evidence, guarded};
    use speciate_types::Verdict;

    #[test]
    fn a_rule_that_panics_fails_its_item_by_name() {
        let verdict = guarded("repetition", || panic!("index {} is out of range", 7));
        let Some(Verdict::Failed { cause }) = verdict else { panic!("{verdict:?}") };
        assert!(cause.starts_with("rule-panic: the rule `repetition`"), "{cause}");
        assert!(cause.ends_with("index 7 is out of range"), "{cause}");
        assert_eq!(guarded("repetition", || None), None);
        let found = guarded("repetition", || Some(Evidence::new("twice")));
        assert_eq!(found, Some(Verdict::eliminated("repetition", "twice")));
    }
}
