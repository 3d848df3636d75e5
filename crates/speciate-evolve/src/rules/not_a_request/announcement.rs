//! Texts that announce: "I will write a poem about the sea."
//!
//! Tiny models answer an evolving prompt with what they are going to do. People who ask also begin
//! this way ("I will travel to Japan. Suggest a route."), so every sentence has to tell, no clause
//! may begin as an order does, and no word may turn to the reader. What is in doubt is no
//! announcement.

use std::sync::LazyLock;

use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

use crate::request::signs::{FIRST_WORDS, REQUEST_WORDS};
use crate::text::{Text, fold, patterns, stop, words};

/// First person and future, after the small words that chat begins with.
static ANNOUNCING: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?x)^\W*
        (?:(?:sure|okay|ok|alright|all\ right|yes|well|so|now|first|then|next|finally|today|here|nun|jetzt|zuerst|dann|maintenant|d['’]abord|ensuite|ahora|primero|luego)[,!.]?\s+)*
        (?:
            (?<english>i|we)(?:['’]ll|\ will|\ shall|\ am\ going\ to|['’]m\ going\ to|\ are\ going\ to|['’]re\ going\ to|\ am\ about\ to|['’]m\ about\ to|['’]m\ gonna)\s
          | (?:ich\ werde|wir\ werden|werde\ ich|werden\ wir)\s
          | (?:je\ vais|nous\ allons)\s | j(?:e\ |['’])\p{L}+rai\s
          | (?:yo\ )?voy\ a\s
          | (?:yo\ )?\p{L}+[aei]ré\s(?:un|una|unos|unas|el|la|los|las|lo|dos|tres|sobre|con|en|cómo)\s
        )",
    )
});

/// How a sentence goes on that only tells more.
static TELLING: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?x)^\W*(?:
            (?:i|we|it|he|she|they|this|these|those|there|the|a|an|my|our|its)\b{end}
          | (?:ich|wir|es|er|sie|dies|dieses?|dieser|das|der|die|ein|eine|mein|meine|darin|dabei)\b{end}
          | (?:je|nous|il|elle|ils|elles|ce|cet|cette|c['’]est|un|une|mon|ma|mes|les)\b{end}
          | (?:yo|él|ella|esto|este|esta|será|tendrá|un|una|los|las|mi|mis)\b{end}
        )",
    )
});

/// Words that turn to the one who reads, or say that something is wanted.
static WISH: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?x)\b{start}(?: t['’] | (?:
            you|your|yours|yourself|me|please|need|want|wish|would|could|should|must|help|advice|advise|assistance|recommend\p{L}*|suggestions?|tips|looking\ for|can\ (?:i|we)|how\ (?:do|to|can)\ ?(?:i|we)?
          | du|dir|dich|dein\p{L}*|sie\ (?:mir|bitte|sollen)|ihnen|ihr\p{L}*|mir|mich|bitte|brauche|möchte|hilf\p{L}*|soll\p{L}*
          | tu|te|toi|vous|votre|vos|ton|ta|tes|moi|veuillez|besoin|aide\p{L}*|voudrais|merci|s['’]il
          | tú|ti|usted\p{L}*|tus?|su|sus|dime|dame|por\ favor|necesito|quiero|quisiera|ayuda\p{L}*|gracias|me
        )\b{end})",
    )
});

/// Where a further clause begins, which can be an order.
static CLAUSE: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?:[,;]|\s[-–—]+)\s*(?:and\s|but\s|so\s|then\s|und\s|dann\s|et\s|puis\s|y\s|luego\s)*|\bthen\s",
    )
});

/// A longer text holds a request somewhere.
const STATEMENT_WORDS_MAX: usize = 60;

/// Signs of a question, a gap to fill, a formula, a code block or a line to be completed.
fn has_open_end(text: &str) -> bool {
    text.contains(['?', '？', '_', '=', '`', '{', '<', '…'])
        || text.trim_end().ends_with([':', ','])
        || text.trim_end().ends_with("...")
}

/// Whether all that is said is what the speaker is going to do.
pub(super) fn is_announcement(text: &Text<'_>) -> bool {
    // After a colon stands what the rest is about.
    if has_open_end(text) || text.contains([':', '：']) {
        return false;
    }
    let folded = text.folded();
    let Some(opening) = ANNOUNCING.captures(folded) else { return false };
    let is_english = opening.name("english").is_some();
    let rest = &folded[opening.get_match().end()..];
    let can_order = |clause: &str| {
        clause.unicode_words().next().is_some_and(|word| can_order(word, is_english))
    };
    // Cut before folding: a full stop before a small letter ends no sentence.
    let mut sentences = text.lines().flat_map(UnicodeSegmentation::unicode_sentences).map(fold);
    words(folded).len() <= STATEMENT_WORDS_MAX
        && !WISH.is_match(rest)
        && sentences.all(|sentence| ANNOUNCING.is_match(&sentence) || TELLING.is_match(&sentence))
        && !CLAUSE.find_iter(rest).any(|mark| can_order(&rest[mark.end()..]))
}

/// Whether an order can begin with this word. In a language without a list of such words, all but
/// stop words can.
fn can_order(word: &str, is_english: bool) -> bool {
    const NEVER: [&str; 7] = ["which", "who", "where", "when", "including", "using", "step"];
    if is_english {
        !NEVER.contains(&word) && (REQUEST_WORDS.contains(word) || FIRST_WORDS.contains(word))
    } else {
        !stop::is_any(word)
    }
}
