//! Sentences that are looked for in many texts.

use memchr::memmem::Finder;

/// A folded sentence that is looked for in many texts.
#[derive(Debug, Clone)]
pub struct Sentence {
    text: String,
    finder: Finder<'static>,
}

impl Sentence {
    /// This sentence, folded already.
    pub fn new(text: String) -> Self {
        Self { finder: Finder::new(text.as_bytes()).into_owned(), text }
    }

    /// The sentence.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a folded text holds it.
    pub fn is_in(&self, folded: &str) -> bool {
        self.text.len() <= folded.len() && self.finder.find(folded.as_bytes()).is_some()
    }
}
