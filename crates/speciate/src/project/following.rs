//! Whether the model does what the prompts ask of it. A small one often does not, and then each call
//! is paid for nothing: that is said as soon as it shows.

use speciate_engine::{Notice, NoticeKind, Observer, Progress};
use speciate_evolve::{EnvelopeError, PromptStyle};
use speciate_types::Tally;

/// Evolutions before anything is said.
const EVOLUTIONS_MIN: u64 = 12;
/// With more than one kept in so many, the model does well enough.
const ONE_IN: u64 = 10;
/// Names in the advice.
const NAMED_MAX: usize = 3;

/// Verdicts on a text that is no evolution of its source, whatever its worth otherwise.
const NO_EVOLUTION: &[&str] = &[
    "answer-leak",
    "copied-prompt",
    "identical",
    "meta-instruction",
    "near-parent",
    "no-gain",
    "not-a-request",
];

/// What to do about a model that does not follow the prompts of this style; `None` while it does, or
/// too little is known.
pub(super) fn advice(tally: &Tally, style: PromptStyle) -> Option<String> {
    let verdicts = [&tally.eliminated, &tally.failed, &tally.invalid].into_iter().flatten();
    let kept = tally.kept - tally.kept_inputs;
    let evolutions = kept + verdicts.clone().map(|(_, count)| count).sum::<u64>();
    let mut astray: Vec<_> = verdicts.filter(|(name, _)| goes_astray(name)).collect();
    let lost: u64 = astray.iter().map(|(_, count)| *count).sum();
    if evolutions < EVOLUTIONS_MIN || kept * ONE_IN > evolutions || lost * 2 < evolutions {
        return None;
    }
    astray.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let names = astray.iter().take(NAMED_MAX).map(|(name, count)| format!("{name} {count}"));
    let names = names.collect::<Vec<_>>().join(", ");
    let what_helps = match style {
        PromptStyle::Paper => {
            "`--prompt-style guided` with a new directory (-o DIR), or a larger model (--evolver)"
        }
        PromptStyle::Guided => {
            "`--prompt-style compact` with a new directory (-o DIR), or a larger model (--evolver)"
        }
        PromptStyle::Compact => "a larger model (--evolver), with a new directory (-o DIR)",
    };
    Some(format!(
        "the model does not follow the prompts of the style `{}`: {kept} of {evolutions} evolutions \
         kept ({names}); try {what_helps}",
        style.as_str()
    ))
}

fn goes_astray(name: &str) -> bool {
    NO_EVOLUTION.contains(&name) || EnvelopeError::ALL.iter().any(|error| error.name() == name)
}

/// Passes all on, and says once that the model does not follow.
pub(super) struct Following<'a> {
    pub(super) observer: &'a mut dyn Observer,
    pub(super) style: PromptStyle,
    pub(super) is_said: bool,
}

impl Observer for Following<'_> {
    fn progress(&mut self, progress: &Progress) {
        self.observer.progress(progress);
        if self.is_said {
            return;
        }
        if let Some(message) = advice(&progress.tally, self.style) {
            self.is_said = true;
            self.notice(&Notice { kind: NoticeKind::Advice, message });
        }
    }

    fn notice(&mut self, notice: &Notice) {
        self.observer.notice(notice);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(kept: u64, lost: &[(&str, u64)]) -> Tally {
        let lost = lost.iter().map(|(name, count)| ((*name).to_owned(), *count));
        Tally { kept: kept + 6, kept_inputs: 6, failed: lost.collect(), ..Tally::default() }
    }

    #[test]
    fn a_model_that_goes_astray_is_told_of_with_what_helps() {
        let lost = [("nested-tag", 9), ("no-gain", 5), ("no-envelope", 1), ("transient", 1)];
        assert_eq!(
            advice(&tally(0, &lost), PromptStyle::Paper).unwrap(),
            "the model does not follow the prompts of the style `paper`: 0 of 16 evolutions kept \
             (nested-tag 9, no-gain 5, no-envelope 1); try `--prompt-style guided` with a new \
             directory (-o DIR), or a larger model (--evolver)"
        );
        let compact = advice(&tally(1, &lost), PromptStyle::Compact).unwrap();
        assert!(compact.ends_with("try a larger model (--evolver), with a new directory (-o DIR)"));
    }

    #[test]
    fn one_that_follows_or_is_hardly_known_is_left_alone() {
        for (kept, lost) in [
            (0, [("nested-tag", 11), ("truncated", 0)]),
            (2, [("nested-tag", 15), ("truncated", 0)]),
            (0, [("nested-tag", 5), ("transient", 15)]),
        ] {
            assert_eq!(advice(&tally(kept, &lost), PromptStyle::Paper), None, "{lost:?}");
        }
    }
}
