//! The mock responder: prose of a sensible length about the words of the instruction.

mod length;

use super::fill::{fill, keywords};
use super::{Dice, Quality, blemish, demo};

/// A response to `instruction`.
pub(crate) fn reply(instruction: &str, quality: &Quality, key: u64) -> String {
    let mut dice = Dice::new(key, "respond");
    if dice.chance(quality.refusal) {
        return blemish::refusal(&mut dice);
    }
    if dice.chance(quality.stop_words) {
        return blemish::stop_words(&mut dice);
    }
    let n_words = length::n_words(instruction, quality.kinship, &mut dice);
    demo::response(instruction)
        .map_or_else(|| prose(instruction, n_words, &mut dice), str::to_owned)
}

fn prose(instruction: &str, n_words: usize, dice: &mut Dice) -> String {
    let keywords = keywords(instruction);
    let mut text = fill(dice.pick(&OPENINGS), &keywords, dice);
    let is_list = dice.chance(0.3);
    // A start and a stride that shares no factor with the number of sentences visit all of them
    // before one comes again.
    let (start, stride) = (dice.below(BODY.len()), *dice.pick(&[&5, &7, &11, &13]));
    let mut words = count(&text);
    let mut n_sentences = 0;
    while words < n_words {
        let sentence = fill(BODY[(start + n_sentences * stride) % BODY.len()], &keywords, dice);
        words += count(&sentence);
        n_sentences += 1;
        push(&mut text, &sentence, n_sentences, is_list);
    }
    text.push_str("\n\n");
    text.push_str(&fill(dice.pick(&CLOSINGS), &keywords, dice));
    text
}

fn push(text: &mut String, sentence: &str, number: usize, is_list: bool) {
    match (is_list, number) {
        (true, 1) => text.push_str("\n\n1. "),
        (true, _) => text.extend(["\n", &number.to_string(), ". "]),
        (false, _) if number.is_multiple_of(5) => text.push_str("\n\n"),
        (false, _) => text.push(' '),
    }
    text.push_str(sentence);
}

fn count(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b' ').count() + 1
}

const OPENINGS: [&str; 10] = [
    "The short answer is that {k} decides most of it, and the rest follows from {side}.",
    "There are {n} things to keep apart here, and {k} is the one that people overlook.",
    "It helps to begin with {k}, because everything else is measured against it.",
    "Seen from a practical side, {k} and {side} pull in different directions.",
    "A good way in is a small case: a {trade} in {place} who meets {k} for the first time.",
    "Let us take this in order, from what is certain about {k} to what is only likely.",
    "Most of the difficulty lies in {k}; once that is clear, the remainder is routine.",
    "Two questions are hidden in this one, and both of them turn on {k}.",
    "The usual account of {k} is right in its outline and wrong in one detail.",
    "To answer this, I first fix what {k} means here, and then build on it.",
];

const BODY: [&str; 36] = [
    "The first thing to settle is {k}, since a mistake there carries through to the end.",
    "In {place}, for example, the same approach was tried in {year} and held for {nn} years.",
    "A {trade} would notice the difference at once, because {side} suffers before anything else does.",
    "About {nn} percent of the effect comes from {k}, and the remainder is spread over smaller causes.",
    "That is why it pays to write down the assumptions before any numbers are compared.",
    "If {k} changes by a tenth, the outcome shifts by roughly {n} percent, which is easy to check.",
    "The opposite view has its merits: it treats {side} as the goal rather than as a limit.",
    "Once this is in place, the second step is to look at {k} from the point of view of {who}.",
    "None of this requires special tools; a notebook, a clock and {n} careful trials are enough.",
    "Where the evidence is thin, it is safer to give a range than a single figure.",
    "The older sources, up to about {year}, describe {k} in different terms but mean the same.",
    "A common error is to treat {k} as fixed, although it depends on the season and on the place.",
    "Consider what happens at the edges: with very little of it nothing moves, with too much it breaks.",
    "This also explains why {who} and a {trade} often disagree about {side}.",
    "Put as a rule of thumb, {n} parts of preparation save {nn} parts of repair.",
    "The cost is modest at first and grows later, so an early decision about {k} is worth the effort.",
    "To test the idea, change one condition at a time and keep a record of {side}.",
    "What remains open is whether the result carries over from {place} to other regions.",
    "Here the order matters: {k} has to come before the rest, otherwise the steps undo each other.",
    "Measured over {nn} weeks, the difference is small but steady, and it does not fade.",
    "It would be tempting to stop at this point, yet the interesting part begins with {k}.",
    "Each of the {n} variants has a weakness, and the weakness of the simplest one is the least harmful.",
    "For {who}, the most useful piece of advice is to start small and to compare notes after {n} days.",
    "Neither speed nor {side} alone is a good guide; the two have to be weighed together.",
    "An exception is worth a mention: in {place} the relation runs the other way round.",
    "The reason is simple enough, since {k} limits how much of the remaining work can be done at once.",
    "By contrast, a plan that ignores {side} looks better on paper than it turns out to be.",
    "Between {year} and today the method itself has hardly changed, only its price has.",
    "One sign that things go well is that questions about {k} become rarer and more precise.",
    "If two of these points conflict, the one that can be reversed later should give way.",
    "A sketch with {n} boxes is often clearer than a page of text about the same relation.",
    "Keep in mind that averages hide the spread: one case in {nn} behaves quite differently.",
    "The last step closes the circle, because it brings {side} back to where the reasoning began.",
    "Several independent observations point the same way, which makes chance an unlikely explanation.",
    "Anyone who repeats this should expect the first attempt to fail and a later one to be convincing.",
    "Taken together, these points narrow the choice to {n} options, of which one is clearly cheaper.",
];

const CLOSINGS: [&str; 8] = [
    "In sum, start with {k}, watch {side}, and correct the course after {n} days.",
    "So the answer holds under the stated conditions, and {k} is the first thing to check if it fails.",
    "With that, every part of the task is covered, and the weakest link is named.",
    "If only one point is to be remembered, let it be the role of {k}.",
    "The next useful step would be a trial of {n} days with {who}.",
    "All of this can be done with what a {trade} has at hand.",
    "What decides in the end is not {side} but how early {k} is taken seriously.",
    "A second look after {nn} days will show whether the conclusion still stands.",
];
