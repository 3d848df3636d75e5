//! XML by a parser, HTML by a matching pair of known tags.

use std::sync::LazyLock;

use quick_xml::Reader;
use quick_xml::events::Event;
use regex::Regex;

use crate::text::patterns;

const TRIES_MAX: usize = 50;

/// An element that is closed and holds something: text, an element or an attribute.
pub(super) fn has_xml(text: &str) -> bool {
    let starts = text.char_indices().filter(|(_, c)| *c == '<').map(|(start, _)| start);
    starts.take(TRIES_MAX).any(|start| is_element(&text[start..]))
}

/// Whether `text` begins with one whole element. What follows it is of no interest.
fn is_element(text: &str) -> bool {
    let mut reader = Reader::from_str(text);
    let mut depth = 0_usize;
    let mut holds = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                holds |= depth > 0 || start.attributes().next().is_some();
                depth += 1;
            }
            Ok(Event::Empty(start)) => {
                holds |= depth > 0 || start.attributes().next().is_some();
                if depth == 0 {
                    return holds;
                }
            }
            Ok(Event::End(_)) => {
                depth -= 1;
                if depth == 0 {
                    return holds;
                }
            }
            Ok(Event::Text(inner)) => holds |= depth > 0 && !inner.trim_ascii().is_empty(),
            Ok(Event::CData(_) | Event::GeneralRef(_)) => holds |= depth > 0,
            Ok(Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_)) => {}
            Ok(Event::Eof) | Err(_) => return false,
        }
    }
}

static HTML_OPEN: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?i)<(html|head|body|div|span|p|a|ul|ol|li|table|tr|td|th|form|button|label|select|section|article|header|footer|nav|main|h[1-6]|script|style|title|pre|code|b|i|em|strong|figure|svg)\b[^<>]*>",
    )
});

/// A known tag that is opened and closed again.
pub(super) fn has_html(text: &str) -> bool {
    let lower = text.to_lowercase();
    HTML_OPEN.captures_iter(&lower).take(TRIES_MAX).any(|found| {
        let (Some(tag), Some(name)) = (found.get(0), found.get(1)) else { return false };
        lower[tag.end()..].contains(&format!("</{}>", name.as_str()))
    })
}
