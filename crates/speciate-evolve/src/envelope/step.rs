//! The cleaning steps, each with a name that is kept in the record.

use std::sync::LazyLock;

use regex::Regex;

use super::label;
use crate::text::patterns;

/// The step that takes an assent or an announcement off: "Sure, here is the new version:".
pub(crate) const PREAMBLE_STEP: &str = "preamble";
/// The step that takes a label off.
pub(super) const LABEL: &str = "label";

type Step = (&'static str, fn(&str) -> Option<&str>);

/// In this order; each gives the shorter text if it has something to take off.
const STEPS: [Step; 5] = [
    (PREAMBLE_STEP, preamble),
    (LABEL, label::strip),
    ("outer-fence", outer_fence),
    ("outer-quotes", outer_quotes),
    ("chatter", chatter),
];

/// Takes off everything around the instruction, until no step applies.
///
/// Ends because every step makes the text shorter; applying it twice changes nothing.
pub(super) fn clean(text: &str, steps: &mut Vec<&'static str>) -> String {
    let text = with_plain_line_ends(text);
    let mut rest = text.trim();
    while let Some((name, shorter)) =
        STEPS.iter().find_map(|(name, step)| Some((*name, step(rest)?.trim())))
    {
        if !steps.contains(&name) {
            steps.push(name);
        }
        rest = shorter;
    }
    rest.to_owned()
}

/// Any number of carriage returns before a line end goes with it, so that none is left to find.
fn with_plain_line_ends(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(|line| line.trim_end_matches('\r')).collect();
    lines.join("\n")
}

static PREAMBLE: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?xi)^
        (?:
            # An assent, whatever follows it up to a colon at the end of its line.
            (?:sure(?:\ thing)?|certainly|of\ course|absolutely|gladly|okay|ok|understood|got\ it|great|alright)\b{end}[^\n]{0,160}[:：][*_\ ]*(?:\n|$)
            # An assent or an opener and the thing itself, also on the same line.
          | (?:(?:sure(?:\ thing)?|certainly|of\ course|absolutely|okay|ok)\b[\s,.!-]*)?
            (?:here(?:'s|’s|\ is|\ are|\ you\ go)|below\ is|this\ is|i(?:'ve|\ have)?\ (?:rewrote|rewritten|made))
            [^\n:：]{0,60}\b(?:re-?written|new|evolved|modified|updated|revised|improved|complex|difficult|challenging|harder|complicated|enhanced|specific)
            [^\n:：]{0,60}\b(?:prompt|instruction|question|task|request|version|one)\b[^\n:：]{0,60}[:：]
          | (?:natürlich|gerne|sicher|hier\ ist)\b[^\n:]{0,80}\b(?:anweisung|prompt|frage|version|aufgabe)\b[^\n:]{0,40}:
          | (?:bien\ sûr|voici)\b[^\n:]{0,80}\b(?:instruction|prompt|question|version|consigne)\b[^\n:]{0,40}:
          | (?:claro\b|por\ supuesto\b|aquí\ (?:está|tienes))[^\n:]{0,80}\b(?:instrucción|prompt|pregunta|versión)\b[^\n:]{0,40}:
          | (?:好的|当然)[，,。！!\s]*[^\n:：]{0,40}[:：]
          | (?:もちろん|はい)[、,。！!\s]*[^\n:：]{0,40}[:：]
          | (?:물론입니다|네)[,.！!\s]*[^\n:：]{0,40}[:：]
        )",
    )
});

fn preamble(text: &str) -> Option<&str> {
    let end = PREAMBLE.find(text)?.end();
    Some(&text[end..])
}

/// A fence around the whole text, without a language or with one that only means text. A block of
/// code that is all of the instruction, or has text around it, belongs to the instruction.
fn outer_fence(text: &str) -> Option<&str> {
    let mark = ["```", "~~~"].into_iter().find(|mark| text.starts_with(mark))?;
    let (info, body) = text[mark.len()..].split_once('\n')?;
    let is_plain = matches!(
        info.trim().to_ascii_lowercase().as_str(),
        "" | "text" | "txt" | "plaintext" | "plain" | "markdown" | "md"
    );
    let inner = body.trim_end().strip_suffix(mark)?;
    // Another fence inside: the outer two are not a pair, or the text quotes code.
    (is_plain && (inner.is_empty() || inner.ends_with('\n')) && !inner.contains(mark))
        .then_some(inner)
}

/// One pair of quotes around the whole text, with no quote of that kind inside.
fn outer_quotes(text: &str) -> Option<&str> {
    let pairs = [
        ('"', '"'),
        ('“', '”'),
        ('„', '“'),
        ('«', '»'),
        ('‘', '’'),
        ('\'', '\''),
        ('`', '`'),
        ('「', '」'),
        ('『', '』'),
        ('*', '*'),
    ];
    pairs.into_iter().find_map(|(open, close)| {
        let mut inner = text.strip_prefix(open)?.strip_suffix(close)?;
        if open == '*' {
            // Bold marks are two stars on either side.
            inner = inner.strip_prefix('*')?.strip_suffix('*')?;
        }
        (!inner.trim().is_empty() && !inner.contains([open, close])).then_some(inner)
    })
}

static CHATTER: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?xi)\n\s*[*_(\[]*
        (?:
            let\ me\ know\ (?:if|how|whether|what)\b
          | (?:i\ )?hope\ (?:this|that|it)\ (?:helps|is|meets|works)
          | feel\ free\ to\ (?:ask|reach|let|adjust\ the\ (?:prompt|instruction))
          | would\ you\ like\ me\ to
          | is\ there\ anything\ else
          | (?:note|explanation)\s*[:：][^\n]*\b(?:prompt|instruction|rewritten|version|original|added)\b
          | this\ (?:re-?written|new|revised|evolved|modified|updated|version|instruction|prompt|rewrite)\b[^\n]*\b(?:adds?|requires?|now|more|original|include[sd]?|introduces?)\b
          | i(?:'ve|\ have)?\ (?:added|rewritten|rewrote|made\ (?:it|the)|increased|kept|changed)\b
          | in\ this\ (?:re-?written|new|revised|evolved|modified)\ (?:version|prompt|instruction)
          | lass(?:en\ sie)?\ (?:es\ )?mich\ wissen | n'hésitez\ pas | avísame | faites-moi\ savoir
          | 希望(?:这|以上|对)|如果您?(?:需要|还有)
        )[^\n]*(?:\n[^\n]+)*\s*$",
    )
});

/// A closing remark to the user, on lines of its own at the end.
fn chatter(text: &str) -> Option<&str> {
    let found = CHATTER.find(text)?;
    (found.start() > 0).then(|| &text[..found.start()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_inside_an_instruction_stays() {
        let text = "Explain this:\n\n```python\nprint(1)\n```\n\nWhat is printed?";
        let mut steps = Vec::new();
        assert_eq!(clean(text, &mut steps), text);
        assert_eq!(clean("```python\nprint(1)\n```", &mut steps), "```python\nprint(1)\n```");
        assert!(steps.is_empty());
    }
}
