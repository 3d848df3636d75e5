//! `lost-input`: what the parent brought along is gone, and the child still speaks of it.
//!
//! Only for in-depth evolutions, which must keep it. Code is compared by its lines, a table by
//! its cells, links whole, and the text behind the first line by its words. An example that is left out
//! of a child that can be answered without it is no loss: so the child has to point to what is not there
//! ("this matrix", "the following code", "the passage"), and must bring nothing of its own in its place.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use speciate_types::Kind;

use super::{Candidate, Evidence};
use crate::format::block::fences;
use crate::format::table::has_markdown_table;
use crate::text::{Text, containment, content_words, fold, patterns};

/// How much of a block or of an input has to survive; evolutions mend typing errors and spacing.
const BLOCK_SHARE_MIN: f64 = 0.5;
const INPUT_SHARE_MIN: f64 = 0.4;
/// Fewer numbers say little: "5 ideas" may become "seven ideas".
const NUMBERS_MIN: usize = 5;
const NUMBER_SHARE_MIN: f64 = 0.34;

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    if candidate.kind != Kind::InDepth {
        return None;
    }
    let (parent, child) = (&candidate.parent, &candidate.child);
    // Nobody draws a table for an example that is not needed.
    if let Some(lost) = lost_table(parent, child) {
        return Some(lost);
    }
    if let Some(lost) = lost_figures(parent, child) {
        return Some(lost);
    }
    let lost = lost_link(parent, child)
        .or_else(|| lost_block(parent, child))
        .or_else(|| lost_input(parent, child))
        .or_else(|| lost_numbers(parent, child))?;
    (points(child.folded()) && !brings_data(child)).then_some(lost)
}

/// Whether a text speaks of something that stands beside it.
///
/// A program to be written for "the given array" works on any; a text that is to be shortened is the one
/// that was given.
fn points(folded: &str) -> bool {
    let without_conditions = CONDITIONS.replace_all(folded, " ");
    POINTER.is_match(&without_conditions)
        || (!CREATES.is_match(folded)
            && OBJECT.find_iter(&without_conditions).any(|object| {
                !is_introduced(&without_conditions[..object.start()], object.as_str())
            }))
}

/// Whether the words before speak of such a thing in general: "an HTML page … the page".
fn is_introduced(before: &str, object: &str) -> bool {
    let noun = object.rsplit(' ').next().unwrap_or(object);
    let mut places = before.match_indices(noun).map(|(at, _)| &before[..at]);
    places.any(|place| {
        let mut words =
            place.trim_end_matches(['\'', '"']).rsplit(' ').filter(|word| !word.is_empty());
        let is_quoted = place.ends_with(['\'', '"']);
        is_quoted || words.by_ref().take(3).any(|word| ["a", "an", "any"].contains(&word))
    })
}

/// What follows is written in the request itself.
static CONDITIONS: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"\bfollowing (?:\w+ ){0,2}(?:constraints?|requirements?|conditions?|rules?|criteria|features?|steps?|formats?|properties|methods|points|aspects|topics|questions?|ways|order|manner|terms|restrictions|specifications?|guidelines)\b",
    )
});
static CREATES: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"^\W*(?:please )?(?:write|create|design|implement|develop|construct|generate|build|make|suggest|compose|draft|use)\b",
    )
});

/// Words that speak of something that stands beside the request.
static POINTER: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?x)
        \bthe\ (?:following|provided|above|below|attached|enclosed)\b | \bfollowing\ (?:\w+\ ){0,3}(?:code|text|words|sentences?|numbers|list|array|matrix|table|data|passage|paragraph|function|program|query|string|snippet|equations?|items|lines?)\b
        | \b(?:this|these|those)\ (?:\w+\ )?(?:code|text|words?|sentences?|numbers?|list|array|matrix|table|data|passage|paragraph|function|program|query|string|snippet|equations?|points|items|lines?|article|story|poem|letter|e-?mail|image|picture|url|link|page|site|website|tweet|review|dialogue|conversation|class|method|script|error|log|json|xml|names?|animals?|countries|values|sets?)\b
        | \b(?:diese[rsnm]?|folgende[rsnm]?)\b | \b(?:ce|cet|cette|ces|suivante?s?)\b | \b(?:este|esta|estos|estas|siguientes?)\b
        | 下面|以下|上述|上面|这段|这个|这些|该段|給定|给定|次の|この|これらの|下記|다음|이\ (?:글|문장|코드|표)
        ",
    )
});

/// What is to be worked on, named as if it were there.
static OBJECT: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?x)
        \bthe\ (?:\w+\ )?(?:text|passage|article|paragraph|excerpt|snippet|poem|tweet|quote|link|url|page)\b
        | ^\W*(?:edit|fix|rewrite|debug|explain|refactor|correct|complete|proofread|translate|summari[sz]e|shorten|analy[sz]e)\ the\ (?:\w+\ )?(?:code|program|function|query|script|snippet|sentence|words?)\b | ^\W*(?:sort|count|order|rank|arrange|classify|add\ up)\ the\ (?:\w+\ )?(?:numbers|words|items|values|names|lines|cities|animals|countries)\b
        | \b(?:der|den|dem)\ text\b | \b(?:die|der)\ tabelle\b | \b(?:le|du)\ texte\b | \ble\ tableau\b | \bel\ texto\b | \bla\ tabla\b
        ",
    )
});

/// Data of its own: a block, lines of code or values, or a list of values within the sentence.
static DATA: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r#"(?mx)
        ^\s*(?:```|~~~|\|) | ^[^\n]*[;{}]\s*$ | ^\s*\w[\w.]*(?:\[[^\]]*\])?\s*=\s*\S
        | \bfollowing\b[^.\n:]{0,40}:[ \t]*\w | [\[({][^\n\])}]*,[^\n\])}]*[\])}] | \d+(?:\s*,\s*-?\d+){2,} | [:：]\s*\S+\s*[,、，]\s*\S+
        | "[^"\n]{12,}" | “[^”\n]{12,}” | https?://"#,
    )
});

fn brings_data(child: &str) -> bool {
    DATA.is_match(child) || behind_first_line(child).is_some_and(|rest| !is_list(rest))
}

/// Conditions written as a list bring no data.
fn is_list(text: &str) -> bool {
    let is_point = |line: &str| {
        let bare = line.trim_start();
        let behind_number = bare.trim_start_matches(|c: char| c.is_ascii_digit());
        bare.starts_with(['-', '*', '•', '#'])
            || (behind_number.len() < bare.len() && behind_number.starts_with(['.', ')']))
    };
    text.lines().filter(|line| !line.trim().is_empty()).all(is_point)
}

fn behind_first_line(text: &str) -> Option<&str> {
    let (_, rest) = text.trim().split_once('\n')?;
    Some(rest.trim()).filter(|rest| !rest.is_empty())
}

static LINK: LazyLock<Regex> = LazyLock::new(|| patterns(r#"https?://[^\s<>"'`)\]]+"#));

fn lost_link(parent: &str, child: &str) -> Option<Evidence> {
    let mut links = LINK
        .find_iter(parent)
        .map(|found| found.as_str().trim_end_matches(['.', ',', ';', ':', '?', '!']));
    let lost = links.find(|link| !child.contains(link))?;
    Some(Evidence::quote("a link is gone", lost))
}

fn lost_block(parent: &str, child: &str) -> Option<Evidence> {
    let text = squeeze(child);
    let lost = fences(parent).into_iter().find(|fence| {
        let lines: Vec<String> =
            fence.body.lines().map(squeeze).filter(|line| line.len() > 2).collect();
        let n_kept = lines.iter().filter(|line| text.contains(line.as_str())).count();
        !lines.is_empty() && (n_kept as f64) < BLOCK_SHARE_MIN * lines.len() as f64
    })?;
    Some(Evidence::quote("a block is gone", lost.body))
}

/// Without any white space, so that indentation does not matter.
fn squeeze(text: &str) -> String {
    text.split_whitespace().collect()
}

fn lost_table(parent: &str, child: &str) -> Option<Evidence> {
    if !has_markdown_table(parent) || has_markdown_table(child) {
        return None;
    }
    let row = parent.lines().find(|line| line.trim_start().starts_with('|')).unwrap_or_default();
    Some(Evidence::quote("a table is gone", row))
}

/// The input stands behind the first line: that is how seeds are joined, and how people write.
fn lost_input(parent: &str, child: &Text<'_>) -> Option<Evidence> {
    let input = behind_first_line(parent)?;
    let folded_input = fold(input);
    let words = content_words(&folded_input);
    if words.is_empty() {
        return None;
    }
    let share = containment(&words, &content_words(child.folded()));
    (share < INPUT_SHARE_MIN)
        .then(|| Evidence::quote(&format!("{:.0} % of the input is left", share * 100.0), input))
}

static NUMBER: LazyLock<Regex> = LazyLock::new(|| patterns(r"\d+(?:[.,]\d+)*"));
/// Numbers that count the lines of a list hold no data.
static LIST_NUMBER: LazyLock<Regex> = LazyLock::new(|| patterns(r"(?m)^\s*\d+[.)]\s"));

/// A problem in figures of which none is left: nobody can work out what it still asks for.
fn lost_figures(parent: &Text<'_>, child: &Text<'_>) -> Option<Evidence> {
    static ASKS_FIGURE: LazyLock<Regex> = LazyLock::new(|| {
        patterns(
            r"\b(?:how (?:many|much|long|far|fast|old|tall)|average speed|calculate|what (?:is|was) the (?:\w+ )?(?:total|sum|average|cost|price|distance|time|number|speed|area|volume|probability|profit))\b",
        )
    });
    let has_figure = |text: &str| text.chars().any(|c| c.is_ascii_digit()) || has_number_word(text);
    let is_problem = |text: &Text<'_>| ASKS_FIGURE.is_match(text.folded());
    let figures: BTreeSet<&str> = NUMBER.find_iter(parent).map(|found| found.as_str()).collect();
    let is_lost = figures.len() >= NUMBERS_MIN
        && is_problem(parent)
        && is_problem(child)
        && !has_figure(child.folded())
        && !CREATES.is_match(child.folded());
    let lost = || figures.iter().copied().collect::<Vec<_>>().join(", ");
    is_lost.then(|| Evidence::quote("every figure of the problem is gone", &lost()))
}

fn has_number_word(folded: &str) -> bool {
    static NUMBER_WORD: LazyLock<Regex> = LazyLock::new(|| {
        patterns(
            r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|thousand|half|twice|double|dozen)\b",
        )
    });
    NUMBER_WORD.is_match(folded)
}

fn lost_numbers(parent: &str, child: &str) -> Option<Evidence> {
    let numbers = |text: &str| -> BTreeSet<String> {
        let text = fold(&LIST_NUMBER.replace_all(text, ""));
        NUMBER.find_iter(&text).map(|found| found.as_str().to_owned()).collect()
    };
    let (before, after) = (numbers(parent), numbers(child));
    if before.len() < NUMBERS_MIN || containment(&before, &after) >= NUMBER_SHARE_MIN {
        return None;
    }
    let lost: Vec<&str> = before.difference(&after).map(String::as_str).collect();
    Some(Evidence::quote("numbers are gone", &lost.join(", ")))
}
