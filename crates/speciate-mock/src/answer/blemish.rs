//! The ways in which an answer of the mock model falls short.

use super::{Dice, Quality};

/// What is wrong with one evolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blemish {
    None,
    NearCopy,
    Scaffold,
    Meta,
    Wrapped,
}

/// Draws at most one blemish for an evolution.
pub(crate) fn draw(quality: &Quality, dice: &mut Dice) -> Blemish {
    let rates = [
        (quality.near_copy, Blemish::NearCopy),
        (quality.scaffold, Blemish::Scaffold),
        (quality.meta, Blemish::Meta),
        (quality.wrapped, Blemish::Wrapped),
    ];
    let mut left = dice.unit();
    for (rate, blemish) in rates {
        if left < rate {
            return blemish;
        }
        left -= rate;
    }
    Blemish::None
}

/// The source with next to no change.
pub(crate) fn near_copy(source: &str, dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => format!("Please {source}"),
        1 => format!("{source}\n"),
        _ => format!("{}!", source.trim_end_matches(['.', '?', '!'])),
    }
}

/// The evolution behind a label that belongs to a prompt.
pub(crate) fn scaffold(evolved: &str, dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => format!("#Rewritten Prompt#: {evolved}"),
        1 => format!("#Rewritten Prompt#:\n{evolved}"),
        _ => format!("{evolved} Keep every part of the #Given Prompt#."),
    }
}

/// An order to rewrite in place of an evolution.
pub(crate) fn meta(source: &str, dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => format!("Rewrite the prompt {source}"),
        1 => format!("Modify this question so that it is harder: {source}"),
        _ => format!("Add one more requirement to the instruction \"{source}\""),
    }
}

/// A good reply with talk, a fence or a label around it.
pub(crate) fn wrapped(reply: &str, dice: &mut Dice) -> String {
    match dice.below(4) {
        0 => format!("Sure, here is a harder version:\n\n{reply}"),
        1 => format!("```\n{reply}\n```"),
        2 => format!("New instruction: {reply}"),
        _ => format!("{reply}\n\nI hope this helps! Let me know if you want another one."),
    }
}

/// A good reply of one line with talk, quotes or a label around it.
pub(crate) fn wrapped_line(reply: &str, dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => format!("Sure, here is a harder version: {reply}"),
        1 => format!("\"{reply}\""),
        _ => format!("New instruction: {reply}"),
    }
}

/// A response that declines.
pub(crate) fn refusal(dice: &mut Dice) -> String {
    const REFUSALS: [&str; 4] = [
        "I'm sorry, but I cannot help with that request.",
        "I'm sorry, but I do not have enough information to answer this. Could you tell me more?",
        "Sorry, this is beyond what I am able to do as a language model.",
        "I am sorry, but I can't assist with that. Is there anything else you would like to know?",
    ];
    dice.pick(&REFUSALS).to_owned()
}

/// A response without content.
pub(crate) fn stop_words(dice: &mut Dice) -> String {
    const EMPTY: [&str; 4] =
        ["It is what it is.", "And so on, and so on...", "...", "To be or not to be, is it?"];
    dice.pick(&EMPTY).to_owned()
}

/// Puts a `<think>` block before `text`, at the rate of `quality`.
pub(crate) fn think(text: &mut String, quality: &Quality, key: u64) {
    const THOUGHTS: [&str; 4] = [
        "What is asked here has two parts, so I take them one after the other.",
        "I should keep to the form that is asked for and leave out the rest.",
        "A first idea would be too short. Better to name one case and stay with it.",
        "Nothing is missing, so I can start right away.",
    ];
    let mut dice = Dice::new(key, "think");
    if dice.chance(quality.think) {
        let (first, second) = (dice.pick(&THOUGHTS), dice.pick(&THOUGHTS));
        text.insert_str(0, &format!("<think>\n{first} {second}\n</think>\n\n"));
    }
}
