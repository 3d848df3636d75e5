//! Fixed evolutions of `1+1=?`, so that the tree of the demonstration reads well.

mod formats;
mod texts;

use super::Dice;
use super::task::{Evolve, Method};
use formats::FORMATS;
use texts::TEXTS;

/// One fixed instruction and its answer.
struct Entry {
    /// Evolutions away from `1+1=?`; the last level is evolved like any other text.
    level: u8,
    method: Method,
    /// The format of a `complicate-input`, otherwise empty.
    format: &'static str,
    text: &'static str,
    answer: &'static str,
}

/// A fixed evolution of the task's source, if that is `1+1=?` or one of its children.
pub(crate) fn evolve(task: &Evolve<'_>, dice: &mut Dice) -> Option<&'static str> {
    let level = level_of(task.source)? + 1;
    let is_wanted = |entry: &&Entry| match task.method {
        Method::ComplicateInput => entry.format == task.format.unwrap_or("json"),
        Method::Other => entry.method == Method::Constraints && entry.level == level,
        method => entry.method == method && entry.level == level,
    };
    let is_other = |entry: &&Entry| !is_same(entry.text, task.source);
    let wanted: Vec<_> = entries().filter(is_wanted).filter(is_other).collect();
    (level <= 2 && !wanted.is_empty()).then(|| dice.pick(&wanted).text)
}

/// The fixed answer to `instruction`, if it has one.
pub(crate) fn response(instruction: &str) -> Option<&'static str> {
    if is_root(instruction) {
        return Some("1 + 1 = 2.");
    }
    entries().find(|entry| is_same(entry.text, instruction)).map(|entry| entry.answer)
}

fn entries() -> impl Iterator<Item = &'static Entry> {
    TEXTS.iter().chain(&FORMATS)
}

fn level_of(source: &str) -> Option<u8> {
    if is_root(source) {
        return Some(0);
    }
    entries().find(|entry| is_same(entry.text, source)).map(|entry| entry.level)
}

fn is_root(text: &str) -> bool {
    text.len() <= 16 && text.chars().filter(|c| !c.is_whitespace()).eq("1+1=?".chars())
}

/// Whether two texts are the same but for their white space, which compact prompts fold.
fn is_same(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

#[cfg(test)]
mod tests {
    use super::super::task::Style;
    use super::*;

    const METHODS: [Method; 7] = [
        Method::Constraints,
        Method::Deepening,
        Method::Concretizing,
        Method::Reasoning,
        Method::ComplicateInput,
        Method::Breadth,
        Method::Other,
    ];

    #[test]
    fn every_operator_goes_two_levels_down() {
        for method in METHODS {
            for key in 0..20 {
                let mut dice = Dice::new(key, "demo");
                let task =
                    Evolve { method, format: None, source: "1 + 1 = ?", style: Style::Paper };
                let child = evolve(&task, &mut dice).expect("a child");
                assert!(response(child).is_some(), "{child}");
                let grandchild = evolve(&Evolve { source: child, ..task }, &mut dice);
                assert!(
                    method == Method::ComplicateInput
                        || grandchild.is_some_and(|text| text != child)
                );
            }
        }
    }

    #[test]
    fn every_format_is_there() {
        for format in super::super::table::FORMATS {
            let task = Evolve {
                method: Method::ComplicateInput,
                format: Some(format),
                source: "1+1=?",
                style: Style::Paper,
            };
            assert!(evolve(&task, &mut Dice::new(1, "demo")).is_some(), "{format}");
        }
    }
}
