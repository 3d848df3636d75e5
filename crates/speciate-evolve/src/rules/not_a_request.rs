//! `not-a-request`: nothing is asked.
//!
//! Sure signs come first: nothing but marks, a bare verdict, the opening of an answer, bare code. An
//! announcement in the first person ("I will write a poem about the sea.") is told in four
//! languages. All else is weighed by [`crate::request_log_odds`], which knows English, and Chinese where
//! it is plain.

mod announcement;
mod asks;
mod weighed;

use std::sync::LazyLock;

use regex::Regex;

use super::{Candidate, Evidence};
use crate::text::{Text, patterns, without_code};

use announcement::is_announcement;
use weighed::{reads_as_answer, repeats_response};

static VERDICT: LazyLock<Regex> = LazyLock::new(|| patterns(r"^\W*(?:not )?equal\W*$"));
static ANSWER: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?x)^\W*
        (?:
            (?:sure(?:\ thing)?|certainly|of\ course|absolutely|understood|got\ it|gladly|okay|ok|yes|no|great\ question)[!.,:]\s
          | (?:thank\ you|thanks)\ for\b | you['’]re\ welcome
          | (?:the|my|final|correct)\ answer\ is\b | (?:final\ )?answer\s*: | the\ (?:correct|final)\ answer\b
          | here\ (?:is|are)\ (?:the|an?|my|your|some)\ (?:answer|solution|response|result)
          | (?:i\ )?hope\ (?:this|that)\ helps | let\ me\ know\ if | how\ (?:can|may)\ i\ (?:help|assist)\ you\b | is\ there\ anything\ else
          | natürlich[!,] | gerne[!,] | bien\ sûr[!,] | claro[!,] | certo[!,] | 当然[！，,!] | 好的[，,！!] | もちろん[、！!] | 물론입니다 | конечно[!,]
        )",
    )
});

/// What only code begins with.
static CODE: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?x)^(?:```|~~~
        | select\s.{1,400}\sfrom\s+\w+(?:\s+\w+)?\s*(?:;|,|\bwhere\s|\bjoin\s|\bleft\s|\bright\s|\binner\s|\bgroup\ by\s|\border\ by\s|\blimit\s) | (?:create|drop|alter)\ (?:table|view|index)\s | insert\ into\s | update\ \w+\ set\s
        | (?:async\ )?def\ \w+\( | from\ [\w.]+\ import\s | import\ [\w.]+\s(?:as\ |import\ |from\ |def\ |class\ |$)
        | function\ \w+\( | (?:public|private)\ (?:static\ |final\ )?\w+\ \w+\( | \#include\s*<
        | (?:const|let|var)\ \w+\ = | class\ \w+\s?[:{(] )",
    )
});

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    let (child, parent) = (candidate.child.folded(), candidate.parent.folded());
    let quote = |what: &str| Some(Evidence::quote(what, &candidate.child));
    if !child.chars().any(char::is_alphanumeric) {
        return quote("nothing but marks");
    }
    if VERDICT.is_match(child) {
        return quote("a bare verdict");
    }
    if ANSWER.is_match(child) && !ANSWER.is_match(parent) {
        return quote("begins as an answer does");
    }
    if is_bare_code(child, &candidate.child) && !CODE.is_match(parent) {
        return quote("code in the place of a request");
    }
    if is_announcement(&candidate.child) && !is_announcement(&candidate.parent) {
        return quote("announces and asks nothing");
    }
    if repeats_response(candidate) {
        return quote("says what its parent was answered with");
    }
    if reads_as_answer(candidate) {
        return quote("reads as an answer, not as a request");
    }
    None
}

fn is_bare_code(folded: &str, text: &Text<'_>) -> bool {
    CODE.is_match(folded) && (!is_fenced(folded) || without_code(text).trim().is_empty())
}

fn is_fenced(text: &str) -> bool {
    text.starts_with("```") || text.starts_with("~~~")
}
