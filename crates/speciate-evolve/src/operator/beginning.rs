//! Answers that are begun for the model.
//!
//! A model of 135M parameters rarely rewrites an instruction, but it goes on with one. So the
//! answer is begun with the source's own words and a phrase that belongs to the operator, such as
//! "What would change if", and the model has only to say the rest.

use whatlang::{Detector, Info, Lang};

use crate::envelope::{Cleaned, is_labelled};
use crate::text::{fold, language};

/// How answers are begun.
#[derive(Debug, Clone)]
pub(crate) struct Beginning {
    pub(super) repeats: Repeats,
    /// The phrase behind what is repeated.
    pub(super) text: String,
    /// What the rest ends with; models like to say more behind a closed list.
    pub(super) end: Option<String>,
    /// The language of the sources that it is for; `None` for any.
    pub(super) language: Option<Lang>,
}

/// How much of the source an answer repeats at its front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeats {
    /// Its first line, where the request stands: an in-depth evolution goes on from there.
    Line,
    /// So many words: an in-breadth evolution asks for something else of the same kind.
    Words(usize),
}

impl Beginning {
    /// Whether it says no more than the source does, or nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() && !matches!(self.repeats, Repeats::Words(1..))
    }

    /// What stands before the rest that the model writes.
    pub(super) fn of(&self, source: &str) -> String {
        let mut begun = self.repeated(source);
        if !self.text.is_empty() {
            begun.push(' ');
            begun.push_str(&self.text);
        }
        begun
    }

    fn repeated(&self, source: &str) -> String {
        let line = first_line(source).0;
        match self.repeats {
            Repeats::Line => closed(line),
            Repeats::Words(n_words) => {
                line.split_whitespace().take(n_words).collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// `rest` behind this beginning.
    pub(super) fn with_rest(&self, source: &str, rest: &str) -> String {
        let begun = self.of(source);
        let rest = rest.trim();
        let is_tight = begun.ends_with(['[', '{', '(', '"', '|', '$', '`', '<', '>', '/'])
            || rest.starts_with(['.', ',', ';', ':', '?', '!', ')']);
        let blank = if is_tight { "" } else { " " };
        format!("{begun}{blank}{rest}")
    }

    /// The whole instruction. The source's other lines, which are its input, come back behind it.
    ///
    /// Servers do not go on with a begun answer: what they write has a label before it or begins
    /// as the source does, and is whole already.
    pub(super) fn complete(&self, source: &str, answer: Cleaned) -> Cleaned {
        let repeated = self.repeated(source);
        if is_labelled(&answer) || fold(&answer.text).starts_with(&fold(&repeated)) {
            return answer;
        }
        let input = match self.repeats {
            Repeats::Line => first_line(source).1,
            Repeats::Words(_) => "",
        };
        Cleaned { text: self.with_rest(source, self.cut(&answer.text)) + input, ..answer }
    }

    fn cut<'a>(&self, rest: &'a str) -> &'a str {
        let end = self.end.as_deref().and_then(|end| Some(rest.find(end)? + end.len()));
        end.map_or(rest, |end| &rest[..end])
    }
}

/// The language of `source`; a short text is taken to be in one of `known`, or in English.
pub(super) fn language_of(source: &str, known: Vec<Lang>) -> Lang {
    let line = first_line(source).0;
    let likely = || whatlang::detect(line).filter(Info::is_reliable).map(|info| info.lang());
    language::of(line)
        .or_else(likely)
        .or_else(|| Detector::with_allowlist(known).detect_lang(line))
        .unwrap_or(Lang::Eng)
}

/// The first line, where the request stands, and what is behind it.
fn first_line(source: &str) -> (&str, &str) {
    let source = source.trim();
    source.find('\n').map_or((source, ""), |end| source.split_at(end))
}

/// Ended as a sentence, so that another can follow.
fn closed(line: &str) -> String {
    let line = line.trim_end();
    let bare = line.trim_end_matches(['"', '”', '“', '’', '\'', ')', ']', '»', '`']);
    if bare.ends_with(['.', '?', '!', '…', '。', '？', '！']) {
        return line.to_owned();
    }
    format!("{}.", line.trim_end_matches([':', ',', ';', ' ', '：']))
}
