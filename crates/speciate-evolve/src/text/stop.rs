//! Stop words by language.
//!
//! A response is held against the list of the instruction's language and the English one, never
//! against the union of all: "die", "man" or "war" are answers in one language and stop words in
//! another.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use foldhash::fast::FixedState;
use whatlang::Lang;

macro_rules! lists {
    ($($lang:ident $file:literal),+ $(,)?) => {
        [$((Lang::$lang, include_str!(concat!("../../words/stop/", $file, ".txt")))),+]
    };
}

/// Every word of many texts is looked up, and nobody from outside chooses what is in a list.
type Words = HashSet<&'static str, FixedState>;

static LISTS: LazyLock<BTreeMap<&'static str, Words>> = LazyLock::new(|| {
    lists![
        Eng "en", Deu "de", Fra "fr", Spa "es", Ita "it", Por "pt", Nld "nl", Rus "ru", Pol "pl", Tur "tr",
        Swe "sv", Cmn "zh", Jpn "ja", Kor "ko", Ara "ar", Hin "hi",
    ]
    .into_iter()
    .map(|(lang, list)| (lang.code(), list.split_whitespace().collect()))
    .collect()
});

static ENGLISH: LazyLock<Words> =
    LazyLock::new(|| LISTS.get(Lang::Eng.code()).cloned().unwrap_or_default());

/// Whether a folded word is a stop word of English.
pub(crate) fn is_english(word: &str) -> bool {
    ENGLISH.contains(word)
}

/// Whether a folded word is a stop word of any language with a list.
pub(crate) fn is_any(word: &str) -> bool {
    LISTS.values().any(|list| list.contains(word))
}

/// Whether there is a list for `lang`.
pub(crate) fn has_list(lang: Lang) -> bool {
    LISTS.contains_key(lang.code())
}

/// Whether a folded word is a stop word of `lang`; false for languages without a list.
pub(crate) fn is_in(lang: Lang, word: &str) -> bool {
    LISTS.get(lang.code()).is_some_and(|list| list.contains(word))
}
