//! Which parameters a sentence names as such, and not as words of its own.

use super::Quirks;

/// Names that differ from those in requests: in other formats (Google, Bedrock, xAI) and in prose.
/// The longer ones stand first.
const ALIASES: [(&str, Quirks); 19] = [
    ("frequencypenalty", Quirks::FREQUENCY_PENALTY),
    ("frequency penalty", Quirks::FREQUENCY_PENALTY),
    ("presencepenalty", Quirks::PRESENCE_PENALTY),
    ("presence penalty", Quirks::PRESENCE_PENALTY),
    ("repetitionpenalty", Quirks::REPEAT_PENALTY),
    ("repetition penalty", Quirks::REPEAT_PENALTY),
    ("repeat penalty", Quirks::REPEAT_PENALTY),
    ("stopsequences", Quirks::STOP),
    ("stop sequences", Quirks::STOP),
    ("stop_sequence", Quirks::STOP),
    ("streamoptions", Quirks::STREAM_OPTIONS),
    ("include_usage", Quirks::STREAM_OPTIONS),
    ("streaming", Quirks::STREAM),
    ("random_seed", Quirks::SEED),
    ("topp", Quirks::TOP_P),
    ("top-p", Quirks::TOP_P),
    ("top p", Quirks::TOP_P),
    ("minp", Quirks::MIN_P),
    ("penalty", Quirks::FREQUENCY_PENALTY.with(Quirks::PRESENCE_PENALTY)),
];

/// From here on a sentence says what may be sent instead.
const ALLOWED: [&str; 16] = [
    "expected one of",
    "supported parameters",
    "supported params",
    "supported openai params",
    "supported fields",
    "supported values",
    "supported arguments",
    "allowed parameters",
    "allowed fields",
    "allowed values",
    "valid parameters",
    "valid fields",
    "valid arguments",
    "valid values",
    "permitted fields",
    "must be one of",
];

/// What stands in front of a parameter, or of a list of them.
const OPENERS: [&str; 14] = [
    "parameter",
    "parameters",
    "param",
    "params",
    "argument",
    "arguments",
    "field",
    "fields",
    "property",
    "properties",
    "name",
    "option",
    "options",
    "supplied",
];

/// What follows a parameter that begins its sentence.
const FOLLOWERS: [&str; 10] =
    ["is", "are", "must", "cannot", "can", "does", "not", "parameter", "has", "should"];

/// Words behind an opener that may be parameters; what follows is a sentence.
const LISTED_MAX: usize = 8;

/// All parameters that `lower`, in small letters, names as such.
pub(super) fn mentioned(lower: &str) -> Quirks {
    let end = ALLOWED.iter().filter_map(|words| lower.find(words)).min().unwrap_or(lower.len());
    let text = &lower[..end];
    let listed = listed(text);
    let of = |quirks: Quirks, (name, quirk): (&str, Quirks)| {
        let is_named =
            listed.contains(&name) || places(text, name).any(|at| is_marked(text, at, name));
        if is_named { quirks.with(quirk) } else { quirks }
    };
    Quirks::parameters().chain(ALIASES).fold(Quirks::default(), of)
}

/// Where `name` stands as a whole word.
fn places<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).map(|(at, _)| at).filter(move |at| {
        !text[..*at].ends_with(is_part) && !text[at + name.len()..].starts_with(is_part)
    })
}

/// Whether the word at `at` can be nothing but a parameter: by its form, in marks, in front of a
/// colon, or as the subject of a sentence.
fn is_marked(text: &str, at: usize, name: &str) -> bool {
    const OPEN: [char; 5] = ['\'', '`', '"', '[', '.'];
    const CLOSE: [char; 5] = ['\'', '`', '"', ']', '\\'];
    let (before, after) = (&text[..at], &text[at + name.len()..]);
    let is_own_word = !matches!(name, "temperature" | "seed" | "stop" | "stream" | "penalty");
    let is_quoted = before.ends_with(OPEN) && after.starts_with(CLOSE);
    let next = after.split_whitespace().next().unwrap_or_default();
    let next = next.trim_end_matches(['.', ',', ';']);
    let is_label = before.ends_with("body.")
        || [": ", " : ", "="].iter().any(|mark| after.starts_with(mark))
        || (after.starts_with(' ') && OPENERS.contains(&next));
    let begins = before.trim_end().is_empty() || before.trim_end().ends_with(['.', ';', ':', ',']);
    is_own_word || is_quoted || is_label || (begins && FOLLOWERS.contains(&next))
}

/// The words behind "parameters:" and the like.
fn listed(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for opener in OPENERS {
        for at in places(text, opener) {
            found.extend(list_at(&text[at + opener.len()..]));
        }
    }
    found
}

/// The words of a list, up to the end of its sentence.
fn list_at(text: &str) -> Vec<&str> {
    let text = text.trim_start_matches("(s)").trim_start_matches([':', ' ']);
    let end = text
        .find(['\n', ';', '('])
        .unwrap_or(text.len())
        .min(text.find(". ").unwrap_or(text.len()));
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut words = Vec::new();
    for piece in text[..end]
        .split([',', '[', ']', '\'', '"', '`', '\\'])
        .flat_map(|piece| piece.split(" and "))
    {
        let piece = piece.trim();
        if piece.is_empty() {
            continue;
        }
        let word = piece.split(|c| !is_of_name(c)).next().unwrap_or_default();
        words.push(word);
        // More than a word: the sentence goes on, and no list does.
        if word.len() < piece.trim_end_matches('.').len() || words.len() >= LISTED_MAX {
            break;
        }
    }
    words
}
