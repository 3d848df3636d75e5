//! Texts that are taken for answers by what they say, or by what their words weigh.

use std::collections::BTreeSet;

use speciate_types::Kind;
use whatlang::Lang;

use super::asks::{ends_with_question, is_plain_order};
use crate::request::request_log_odds;
use crate::rules::Candidate;
use crate::text::{Text, containment, content_words, count_words, fold, language, without_code};

/// An edit of its parent keeps so much of it that little doubt is enough. Measured on public sets:
/// `cargo run -p speciate-evolve --example request_weights -- DATA --test`.
const IN_DEPTH_LOG_ODDS_MIN: f64 = -1.0;
/// A new request has only its own words to speak for it.
const IN_BREADTH_LOG_ODDS_MIN: f64 = -3.0;
/// Chinese was learned from few texts.
const CHINESE_LOG_ODDS_MIN: f64 = -3.0;
/// A list of names has more words than this.
const NAMED_WORDS_MIN: usize = 8;
/// Of the words of content that a child adds to its parent.
const RESPONSE_SHARE_MIN: f64 = 0.6;
/// From here on a text is a request whatever it repeats.
const SURE_LOG_ODDS_MIN: f64 = 2.0;
/// "Sure, here is …:" stood before the text: the assent of one who answers.
const LED_LOG_ODDS_MIN: f64 = 0.0;

/// Whether most of what the child adds to its parent stands in the parent's response. What is surely a
/// request may well take up words of an answer.
pub(super) fn repeats_response(candidate: &Candidate<'_>) -> bool {
    let Some(response) = candidate.parent_response.filter(|response| !response.is_empty()) else {
        return false;
    };
    let (child, response) = (candidate.child.folded(), fold(response));
    let known = content_words(candidate.parent.folded());
    let added: BTreeSet<&str> = &content_words(child) - &known;
    !added.is_empty()
        && containment(&added, &content_words(&response)) >= RESPONSE_SHARE_MIN
        && request_log_odds(Some(&candidate.parent), &candidate.child) < SURE_LOG_ODDS_MIN
        && !ends_with_question(&candidate.child)
        && !is_plain_order(candidate)
}

/// Whether the words speak for an answer, and those of the parent do not.
pub(super) fn reads_as_answer(candidate: &Candidate<'_>) -> bool {
    let least = match candidate.kind {
        _ if candidate.is_led => LED_LOG_ODDS_MIN,
        Kind::InBreadth => IN_BREADTH_LOG_ODDS_MIN,
        _ => IN_DEPTH_LOG_ODDS_MIN,
    };
    let log_odds = request_log_odds(Some(&candidate.parent), &candidate.child);
    log_odds < least
        && !ends_with_question(&candidate.child)
        && !is_plain_order(candidate)
        && reads_better(&candidate.parent, log_odds, least)
        && match language_of(candidate) {
            Some(Lang::Eng) => true,
            Some(Lang::Cmn) => log_odds < CHINESE_LOG_ODDS_MIN,
            _ => false,
        }
}

/// Whether the parent reads as a request, or at least far more so than its child: seeds may be odd.
fn reads_better(parent: &Text<'_>, log_odds: f64, least: f64) -> bool {
    const MARGIN: f64 = 2.0;
    let parent = request_log_odds(None, parent);
    parent >= least || parent >= log_odds + MARGIN
}

/// Both texts together are long enough for a guess where one of them is not.
fn language_of(candidate: &Candidate<'_>) -> Option<Lang> {
    let both = format!("{}\n{}", without_code(&candidate.parent), without_code(&candidate.child));
    match language::guess(&both) {
        Some(lang @ (Lang::Eng | Lang::Cmn)) => Some(lang),
        // Names and numbers are of no language; few words may be of any.
        other if count_words(&candidate.child) >= NAMED_WORDS_MIN => {
            language::guess(&candidate.parent).or(other)
        }
        other => other,
    }
}
