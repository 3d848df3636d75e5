//! The language of a text, when it can be told.

use whatlang::Lang;

use super::without_code;

/// Fewer letters than this say too little.
const LETTERS_MIN: usize = 40;
/// More than this adds nothing to the guess but time.
const CHARS_MAX: usize = 800;
/// Fewer characters of a dense script say too little.
const DENSE_MIN: usize = 6;
const CONFIDENCE_MIN: f64 = 0.9;

/// The language of the prose of `text`, if the text is long enough and the guess is firm.
pub(crate) fn of(text: &str) -> Option<Lang> {
    let prose: String = without_code(text).chars().take(CHARS_MAX).collect();
    if let Some(lang) = of_dense(&prose) {
        return Some(lang);
    }
    if prose.chars().filter(|c| c.is_alphabetic()).count() < LETTERS_MIN {
        return None;
    }
    let info = whatlang::detect(&prose)?;
    (info.is_reliable() && info.confidence() >= CONFIDENCE_MIN).then(|| info.lang())
}

/// The language that a text is most like, however short it is.
pub(crate) fn guess(text: &str) -> Option<Lang> {
    of_dense(text).or_else(|| whatlang::detect_lang(text))
}

/// Chinese or Japanese, told by their characters even among quoted words of another script.
fn of_dense(prose: &str) -> Option<Lang> {
    // Not all of the block are letters: the middle dot between two names is none.
    let is_kana = |c: char| matches!(c, '\u{3040}'..='\u{30ff}') && c.is_alphabetic();
    let is_han = |c: char| matches!(c, '\u{3400}'..='\u{9fff}') && c.is_alphabetic();
    let n_dense = prose.chars().filter(|c| is_kana(*c) || is_han(*c)).count();
    let n_letters = prose.chars().filter(|c| c.is_alphabetic()).count();
    // One such character says as much as about three letters.
    if n_dense < DENSE_MIN || n_dense * 3 < n_letters - n_dense {
        return None;
    }
    Some(if prose.chars().any(is_kana) { Lang::Jpn } else { Lang::Cmn })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_among_japanese_letters_are_no_letters() {
        assert_eq!(of("比較・検討・・・・・・・・・・・・・・"), None);
        assert_eq!(of("次の二つの案を比較・検討してください。"), Some(Lang::Jpn));
    }
}
