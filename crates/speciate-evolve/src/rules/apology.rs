//! `apology`: a short response that says "sorry". The paper's second rule.
//!
//! The paper says: contains "sorry" and has fewer than 80 words. Case does not matter, words are
//! counted by UAX 29 and, where there are no blanks, at two characters a word. Other languages
//! have their own words. An instruction that is about apologies is exempt.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{Candidate, Evidence};
use crate::text::{Text, count_words, fold, patterns, without_code};

const WORDS_MAX: usize = 80;

/// "sorry" and what other languages say when a model declines. No general words of regret: the
/// paper's rule looks for one word and so does ours, once for each language.
static SORRY: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?x)
        \bsorry\b
        | \btut\ mir\ (?:sehr\ )?leid\b | \bbedau(?:e)?re\b | \bentschuldig(?:ung|en\ sie|e)\b
        | \bdésolée?s? | \bexcusez-moi\b
        | \blo\ siento\b | \blamento\b | \bdisculp[ae]n?\b
        | \bmi\ dispiace\b | \bmi\ scus[oi]\b
        | \bdesculpe\b | \bsinto\ muito\b | \blamento\b
        | \bhet\ spijt\ m[ei]j?\b
        | \bprzepraszam\b | \bprzykro\ mi\b
        | üzgünüm\b | özür\ dilerim\b
        | \bförlåt\b | \bledsen\b | \bbeklager\b | \bundskyld\b
        | извините | простите | сожалению | мне\ жаль
        | вибачте
        | 抱歉 | 对不起 | 對不起 | 遗憾 | 很遺憾
        | 申し訳 | すみません | ごめんなさい | 恐れ入りますが
        | 죄송 | 미안 | 유감
        | آسف | عذرا | أعتذر
        | क्षमा\ करें | खेद | माफ़\ करें
        | \bxin\ lỗi\b | \bmaaf\b | ขออภัย | ขอโทษ
        ",
    )
});

/// Words that make an instruction one about apologies.
static TOPIC: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"apolog|\bregret|\bforgiv|condolence|entschuldig|excuse|disculp|scusa|desculp|извин|道歉|歉|謝罪|お詫び|사과|اعتذار",
    )
});

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    if !SORRY.is_match(candidate.folded_response()) {
        return None;
    }
    // What a program prints is said by nobody.
    let response = &fold(&without_code(candidate.response()));
    let found = SORRY.find_iter(response).find(|found| stands_alone(response, found.range()))?;
    let is_topic = [&candidate.parent, &candidate.child]
        .map(Text::folded)
        .iter()
        .any(|text| text.contains(found.as_str()) || SORRY.is_match(text) || TOPIC.is_match(text));
    let n_words = count_words(candidate.response());
    (!is_topic && n_words < WORDS_MAX).then(|| {
        Evidence::quote(
            &format!("`{}` in a response of {n_words} words", found.as_str()),
            candidate.response(),
        )
    })
}

/// Whether no letter stands beside a word of a script that sets its words apart. What begins and ends with
/// letters of ASCII has seen to that itself.
fn stands_alone(text: &str, word: Range<usize>) -> bool {
    /// The first character behind Latin, Greek and Cyrillic.
    const NEXT_SCRIPT: char = '\u{530}';
    let sets_apart = text[word.clone()].starts_with(|c| c < NEXT_SCRIPT);
    let before = text[..word.start].chars().next_back();
    let after = text[word.end..].chars().next();
    !sets_apart || ![before, after].into_iter().flatten().any(char::is_alphabetic)
}
