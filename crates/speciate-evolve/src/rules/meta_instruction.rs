//! `meta-instruction`: an order to change a prompt, where a prompt should be.
//!
//! "Rewrite the prompt 1+1=?" holds none of the paper's phrases and is its own example of what
//! has to go. Only the front of the text counts, so that "… then rewrite the question as a
//! statement" stays.

use std::sync::LazyLock;

use regex::Regex;
use speciate_types::Kind;

use super::{Candidate, Evidence};
use crate::text::patterns;

static META: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?x)^
        (?:[\W\d_]*(?:(?:please|kindly|now|next|then|first|your\ (?:task|job)\ is\ to|you\ (?:are|have)\ to|i\ want\ you\ to|could\ you|can\ you|try\ to)[\s,:]+)*)
        (?:
            (?:re-?write|rephrase|reformulate|modify|complicate|evolve|make|revise|transform|enhance|improve|upgrade|alter|adapt|increase|turn|convert|change)
            (?:\s+the\s+(?:complexity|difficulty|depth)\s+of)?
            \s+(?:the|this|that|my|your|a)\s+
            (?:(?:given|following|above|original|provided|simple|existing|current|input|below|old)\s+){0,3}
            (?:prompt|instruction|question\s+(?:to\s+(?:make|be)|so\s+that\s+it|into\s+a\s+(?:more|harder))|task\s+(?:to\s+make|more))s?\b
          | (?:increase|raise)\s+the\s+(?:difficulty|complexity)\s+of\s+(?:the|this)\s+(?:(?:given|programming|coding)\s+){0,2}(?:test|problem|question|exercise|task)\b
          | (?:rewrite|re-write)\s+the\s+given\s+(?:\w+\s+)?(?:test|problem|question|task)\s+(?:to|so\ that|as|into)\b
          | (?:add|introduce|include|insert)\s+(?:[\w-]+\s+){0,6}(?:to|into|for|in)\s+(?:the|this)\s+(?:(?:given|following|above|original|provided|existing)\s+){0,2}(?:prompt|instruction)\b
          | (?:replace|concretize)\s+(?:[\w-]+\s+){0,5}(?:in|of)\s+(?:the|this)\s+(?:(?:given|following|above|original|provided)\s+)?(?:prompt|instruction)\b
          | (?:create|write|generate|provide|come\ up\ with)\s+(?:a|an|one)\s+(?:brand[\s-]new|rewritten|more\s+(?:complex|difficult|challenging)|harder|new\s+and\s+rarer|complicated)\s+(?:version\s+of\s+(?:the|this)\s+)?(?:\w+\s+)?(?:prompt|instruction)\b
          | (?:schreibe?|formuliere?|ändere?|überarbeite)\s+(?:bitte\s+)?(?:den|die|diese[nrs]?|das)\s+(?:(?:gegebenen?|folgenden?|obigen?|ursprünglichen?)\s+)?(?:prompt|anweisung|eingabeaufforderung|aufgabenstellung)\b
          | (?:réécri[st](?:vez)?|réécrivez|reformule[rz]?|modifie[rz]?)\s+(?:le|la|ce|cette|l['’])\s*(?:prompt|instruction|consigne|invite)\b
          | (?:reescrib[ae]|reformul[ae]|modific[ao]|modifique)\s+(?:el|la|este|esta)\s+(?:siguiente\s+)?(?:prompt|instrucción|indicación|consigna)\b
          | (?:riscrivi|riformula|modifica)\s+(?:il|la|questo|questa|l['’])\s*(?:seguente\s+)?(?:prompt|istruzione)\b
          | (?:reescrev[ae]|reformul[ae]|modifique)\s+(?:o|a|este|esta)\s+(?:seguinte\s+)?(?:prompt|instrução|comando)\b
          | (?:herschrijf|wijzig)\s+(?:de|deze|het)\s+(?:volgende\s+)?(?:prompt|instructie|opdracht)\b
          | (?:перепиши(?:те)?|измени(?:те)?|переформулируй(?:те)?)\s+(?:этот\s+|эту\s+|данный\s+|данную\s+|следующий\s+|следующую\s+)?(?:промпт|запрос|инструкцию|подсказку)
          | (?:请)?(?:改写|重写|修改|重新编写|改编)(?:以下|下面|上述|给定|这个|该)?的?(?:提示词|提示|指令|问题提示)
          | (?:この|次の|以下の|与えられた)?(?:プロンプト|指示文|指示)を(?:書き換え|書き直|修正|複雑)
          | (?:이|다음|주어진|위)?\s*(?:프롬프트|지시문|지시)(?:를|을)\s*(?:다시\s*작성|수정|재작성|바꾸)
        )",
    )
});

/// Words that make another thing of the noun before them, as in "instruction set".
const COMPOUNDS: [&str; 9] =
    ["set", "sets", "manual", "manuals", "booklet", "cache", "pipeline", "pointer", "sheet"];

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Evidence> {
    // A seed that asks for this itself is evolved into more of the same.
    if META.is_match(candidate.parent.folded()) {
        return None;
    }
    // A new instruction that brings an instruction along to be put into other words.
    let brings_text = candidate.child.trim().contains("\n\n");
    if candidate.kind == Kind::InBreadth && brings_text {
        return None;
    }
    let child = candidate.child.folded();
    let found = META.find(child)?;
    let next_word = child[found.end()..].split_whitespace().next().unwrap_or_default();
    if COMPOUNDS.contains(&next_word) {
        return None;
    }
    Some(Evidence::quote("an order about a prompt", found.as_str()))
}
