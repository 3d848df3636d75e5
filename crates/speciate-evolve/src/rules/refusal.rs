//! `refusal`: the model declined, where an instruction or a response should be.

use std::sync::LazyLock;

use regex::Regex;

use super::{Candidate, Evidence};
use crate::text::{Text, count_words, patterns};

/// A longer text that begins like this usually goes on to do what it was asked.
const CHILD_WORDS_MAX: usize = 60;
const RESPONSE_WORDS_MAX: usize = 80;

/// Only at the front, after an apology or a hedge: "what I cannot understand" in the middle of a
/// text is no refusal.
static REFUSAL: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?x)^\W*
        (?:
            (?:(?:i['’]?m|i\ am|we\ are|we['’]re)\ (?:very\ |truly\ |so\ |really\ )?(?:sorry|afraid)|sorry|my\ apologies|i\ apologi[sz]e|apologies|unfortunately|regrettably|as\ an?\ (?:ai|artificial|large|language)[\w\s-]*?)[\s,.:;!—–-]+
            (?:for\ (?:the|any)\ [\w\s]+?[\s,.]+)?(?:but\ |however,?\ |as\ an?\ ai[\w\s]*?,?\ |that\ )?
            (?:i|we|it)\b['’\s]*(?:(?:can(?:not|['’]?t|\ not)|could(?:n['’]?t|\ not)|am\ (?:not|unable)|['’]?m\ (?:not|unable)|is\ (?:not|im)|do(?:n['’]?t|\ not)|won['’]?t|will\ not|are\ (?:not|unable)|must\ decline|have\ to\ decline|was\ (?:not|unable)|wasn['’]?t))
          | i\ (?:can(?:not|['’]?t|\ not)|am\ (?:unable|not\ able)|won['’]?t|will\ not|must\ decline|have\ to\ decline|refuse)\b\ ?(?:to\ )?(?:\w+\ )?(?:help|assist|comply|fulfil|fulfill|do|provide|create|generate|write|rewrite|answer|engage|support|discuss|complete|process|access|produce|give|offer|continue|participate|with)\b
          | i['’]m\ (?:unable|not\ able)\ to\b
          | as\ an?\ (?:ai|artificial\ intelligence|large\ language\ model|language\ model)\b[\w\s]*,?\ i\ (?:do\ not|don['’]?t|can(?:not|['’]?t)|am\ not|am\ unable)
          | (?:es\ tut\ mir\ leid|entschuldigung|leider)\b[\s,.]*(?:aber\ )?(?:ich\ )?(?:kann|darf|bin)\b{end}
          | (?:je\ suis\ désolée?|désolée?|malheureusement)[\s,.]*(?:mais\ )?je\ ne\ (?:peux|suis|puis)
          | (?:lo\ siento|lamentablemente|desafortunadamente)\b[\s,.]*(?:pero\ )?no\ puedo
          | (?:mi\ dispiace|purtroppo)\b[\s,.]*(?:ma\ )?non\ posso
          | (?:desculpe|sinto\ muito|infelizmente)\b[\s,.]*(?:mas\ )?(?:eu\ )?não\ posso
          | (?:het\ spijt\ me|sorry|helaas)\b[\s,.]*(?:maar\ )?ik\ kan
          | (?:извините|простите|к\ сожалению|мне\ жаль)[\s,.]*(?:но\ )?я?\ ?не\ (?:могу|имею)
          | (?:很|非常)?(?:抱歉|对不起|遗憾)[，,。\s]*(?:但)?(?:作为[^，,]{0,16}[，,])?我?(?:无法|不能|没有办法|不可以)
          | (?:申し訳(?:あり|ござい)ませんが?|すみませんが?|残念ながら)[、,。\s]*[^。]{0,40}(?:できません|できかね|お手伝いできません|いたしかねます)
          | (?:죄송합니다|죄송하지만|미안하지만|유감스럽게도)[,.\s]*[^.]{0,40}(?:없습니다|못합니다|어렵습니다)
        )",
    )
});

pub(super) fn child(candidate: &Candidate<'_>) -> Option<Evidence> {
    refused(&candidate.child, CHILD_WORDS_MAX, &[&candidate.parent])
}

pub(super) fn response(candidate: &Candidate<'_>) -> Option<Evidence> {
    let sources = [&candidate.parent, &candidate.child];
    let response = candidate.response.as_ref()?;
    let is_others =
        SPEAKS_FOR.is_match(candidate.child.folded()) && !ASSISTANTS.is_match(response.folded());
    if GOES_ON.is_match(response.folded()) || is_others {
        return None;
    }
    refused(response, RESPONSE_WORDS_MAX, &sources)
}

/// What follows is an answer all the same.
static GOES_ON: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"\bhowever\b|\bbut\ i\ can\b|\bhere\ (?:is|are)\b|不过|但是|不過|例如|cependant|\bjedoch\b|sin\ embargo",
    )
});
/// What assistants alone say.
static ASSISTANTS: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"\b(?:as\ an?\ (?:ai|artificial|large|language)|this\ request|assist|help\ with\ (?:this|that))\b",
    )
});
/// The response is somebody else's words: a reply, an excuse, a sentence in another tone.
static SPEAKS_FOR: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"\b(?:repl(?:y|ies)|excuses?|dialogue|conversation|e-?mails?|letter|sentence|tone|reword|rephrase|paraphrase|translate|lyrics|common\ phrase|response)\b|回复|句子|对话",
    )
});

fn refused(text: &Text<'_>, words_max: usize, sources: &[&Text<'_>]) -> Option<Evidence> {
    let found = REFUSAL.find(text.folded())?;
    let is_quoted = sources.iter().any(|source| source.folded().contains(found.as_str()));
    (!is_quoted && count_words(text) < words_max).then(|| Evidence::quote("a refusal", text))
}
