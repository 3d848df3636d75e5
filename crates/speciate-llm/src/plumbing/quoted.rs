//! Whether a mark is part of what a text says.

/// The request, in which marks may be the subject.
pub(super) struct Subject<'a> {
    asked: &'a str,
}

impl<'a> Subject<'a> {
    pub(super) fn new(asked: &'a str) -> Self {
        Self { asked }
    }

    /// Where `mark` stands in `text` and is not part of what it says, from the left.
    pub(super) fn find(&self, text: &str, mark: &str) -> Option<usize> {
        if self.is_about(mark) {
            return None;
        }
        text.match_indices(mark).map(|(at, _)| at).find(|at| !is_quoted(text, *at, mark.len()))
    }

    /// Whether the request itself contains the mark.
    pub(super) fn is_about(&self, mark: &str) -> bool {
        self.asked.contains(mark)
    }
}

/// Whether the piece stands in a code block, in code within a line, or in quotation marks.
fn is_quoted(text: &str, at: usize, n_bytes: usize) -> bool {
    let (before, behind) = (&text[..at], &text[at + n_bytes..]);
    // A mark at the very end ends the text, also where a block of code was never closed.
    if behind.trim().is_empty() {
        return false;
    }
    in_block(before) || in_code(before, behind) || in_quotation_marks(before, behind)
}

fn in_block(before: &str) -> bool {
    let is_fence =
        |line: &&str| line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
    before.lines().filter(is_fence).count() % 2 == 1
}

fn in_code(before: &str, behind: &str) -> bool {
    let line_before = before.rsplit('\n').next().unwrap_or_default();
    let line_behind = behind.split('\n').next().unwrap_or_default();
    line_before.matches('`').count() % 2 == 1 && line_behind.contains('`')
}

fn in_quotation_marks(before: &str, behind: &str) -> bool {
    const PAIRS: [(char, char); 8] = [
        ('"', '"'),
        ('\'', '\''),
        ('“', '”'),
        ('‘', '’'),
        ('«', '»'),
        ('„', '“'),
        ('「', '」'),
        ('(', ')'),
    ];
    let (Some(left), Some(right)) = (before.chars().next_back(), behind.chars().next()) else {
        return false;
    };
    PAIRS.contains(&(left, right))
}
