//! `copied-prompt`: words of the evolving prompt in the instruction.
//!
//! The paper lists "given prompt", "rewritten prompt", "#Rewritten Prompt#", "etc.". The last is
//! the authors' own "and so on", not a phrase to look for: "etc." is a common word of good
//! instructions. The list is that of the open implementations taken together, and our own marks.

use std::sync::LazyLock;

use regex::Regex;
use speciate_types::Kind;

use super::{Candidate, Evidence};
use crate::text::{Sentence, fold, patterns};

const PHRASES: [&str; 4] = ["given prompt", "rewritten prompt", "created prompt", "new prompt"];

/// Our own marks, and headings of the scratch pads that prompts of this family ask for.
static MARKS: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?xi)
        </?\s*evolved\s*> | </?source-[a-z]{6}> | </?(?:first|second)-[a-z]{6}>
        | (?:^|\n)\s*Method:\s*(?:constraints|deepening|concretizing|reasoning|complicate-input|breadth)\s*(?:\n|$)
        | \#+\s*(?:the\s+)?(?:given|original|old|(?:finally?\s+)?re-?written|created|new|evolved|final)\s+(?:prompt|instruction|question|test)\s*\#*
        | \bin\s+(?:the|this)\s+(?:re-?written|modified|evolved)\s+(?:prompt|instruction|question|test|version),?\s+(?:i|we)\b
        | \#\s*(?:methods?\s+list|plan)\s*\#
        | \#+\s*(?:erroneous|incorrect|wrong)\s+code\s+(?:reference|example)\s*\#* | (?:^|\n)\W*misdirection\s*:
        | \bincreas(?:e|es|ing)\s+(?:the\s+)?(?:misdirection|(?:difficulty|complexity)(?:\s+and\s+(?:difficulty|complexity|challenge))?\s+of\s+the\s+(?:given|original)\s+(?:\w+\s+)?(?:test|question|problem|prompt|task|instruction))\b
        | \#+\s*(?:higher|increased)\s+difficulty\b | \#+\s*difficulty\s+increase\b | (?:^|\n)\W*given\s+test\s*: | \brewritten\s+test\b
        | (?:^|\n)\s*(?:New|Rewritten|Evolved|Original|Old)\ (?:instruction|prompt)\s*:
        ",
    )
});

/// A prompt that a text is to be written from stands behind the words that name it.
static MATERIAL: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?i)\b(?:(?:related|according)\ to|for|on|from|with|using|by|under|around)\ (?:the|a)?\ ?(?:given|new)\ prompt[^\n:]{0,80}\n\s*\S",
    )
});
/// The same of a new instruction, which has no prompt to copy from but its own.
static OWN_MATERIAL: LazyLock<Regex> =
    LazyLock::new(|| patterns(r"(?i)\b(?:given|new)\ prompt\b[^\n:]{0,80}\n\s*\S"));

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    let child = candidate.child.folded();
    let in_parent = |phrase: &str| candidate.parent.folded().contains(phrase);
    let is_new = |phrase: &str| child.contains(phrase) && !in_parent(phrase);
    if let Some(found) =
        MARKS.find(&candidate.child).filter(|found| !in_parent(&fold(found.as_str())))
    {
        return Some(Evidence::quote("mark of the evolving prompt", found.as_str()));
    }
    let is_material = || {
        MATERIAL.is_match(&candidate.child)
            || candidate.kind == Kind::InBreadth && OWN_MATERIAL.is_match(&candidate.child)
    };
    if let Some(phrase) = PHRASES.into_iter().find(|phrase| is_new(phrase) && !is_material()) {
        return Some(Evidence::quote("phrase of the evolving prompt", phrase));
    }
    let is_new = |known: &&Sentence| known.is_in(child) && !in_parent(known.as_str());
    let sentence = candidate.scaffold.iter().find(is_new)?;
    Some(Evidence::quote("sentence of the evolving prompt", sentence.as_str()))
}
