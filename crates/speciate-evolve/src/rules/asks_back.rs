//! `asks-back`: a short response that asks for what the instruction should have brought along.
//!
//! Then the instruction cannot be answered as it stands, or the model did not read it: either way the
//! row teaches to ask instead of to answer.

use std::sync::LazyLock;

use regex::Regex;

use super::{Candidate, Evidence};
use crate::text::{count_words, patterns};

/// A longer response does more than ask.
const WORDS_MAX: usize = 60;

static ASKS: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?x)
        (?:
            (?:please|kindly|could\ you|can\ you|would\ you|i\ need\ you\ to|i(?:['’]d|\ would)\ need\ you\ to)
            \ (?:please\ |kindly\ |first\ )?(?:provide|share|paste|send|supply|upload|attach|include|give|tell|show|specify|insert)
            (?:\ (?:me|us))?(?:\ with)?\ (?:the|your|a|an|more|some|which|what|any|this|that|it)\b
          | (?:i|we)\ (?:don['’]?t|do\ not|can(?:no|['’]?)t|cannot)\ (?:see|find|have)\ (?:any|the|a|an)\ (?:\w+\ ){0,3}(?:text|code|article|passage|document|paragraph|file|image|attachment|table|data|list|story|poem|email|e-mail|sentence|input)\b
          | you\ (?:haven['’]?t|have\ not|didn['’]?t|did\ not|forgot\ to)\ (?:yet\ )?(?:provide[d]?|share[d]?|paste[d]?|include[d]?|attach(?:ed)?|give[n]?)\b
          | bitte\ (?:geben|teilen|senden|stellen|fügen|nennen)\ sie\ (?:mir\ )?(?:den|die|das|ihren|ihre)\b
          | (?:veuillez|pourriez-vous|merci\ de)\ (?:me\ )?(?:fournir|partager|envoyer|donner|coller|préciser)\b
          | (?:por\ favor,?\ (?:proporcion|compart|envi|peg|indic)|¿?podrías\ (?:proporcionar|compartir|enviar|pegar))
          | 请(?:您)?(?:提供|给出|分享|发送|粘贴)(?:一下)?(?:您|你|具体|需要|要|相关|原|该)
          | (?:を)(?:提供|共有|送信|教えて|貼り付けて)(?:して)?ください
        )",
    )
});

/// What is to be written speaks to other people, who may well be asked for something in it.
static TO_OTHERS: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"\b(?:respond|reply)\ to\b|\b(?:writ|generat|creat|design|compos|draft|transform|rewrit|make|construct|develop|formulat|role)\w*\b.{0,120}\b(?:e-?mail|letter|message|response|reply|survey|questionnaire|conversation|chatbot|dialogue|dialog|script|question|sentence|statement|form|notice|announcement|phrase|line|prompt)",
    )
});

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    let response = candidate.folded_response();
    let found = ASKS.find(response)?;
    let (child, parent) = (candidate.child.folded(), candidate.parent.folded());
    let is_subject = ASKS.is_match(child) || ASKS.is_match(parent);
    let answers_all_the_same = response.contains("however");
    let asks_to_ask =
        answers_all_the_same || is_subject || child.contains("ask") || TO_OTHERS.is_match(child);
    let n_words = count_words(candidate.response());
    // Whoever writes a letter or a form asks in it for other people; the request stands at the front.
    let is_first = count_words(&response[..found.start()]) <= FIRST_WORDS_MAX;
    (!asks_to_ask && is_first && n_words < WORDS_MAX)
        .then(|| Evidence::quote("the response asks for what is missing", candidate.response()))
}

/// Words before the request: an assent, a greeting, half a sentence.
const FIRST_WORDS_MAX: usize = 12;
