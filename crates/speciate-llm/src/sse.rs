//! Server-sent events: bytes in, events out. Pure.
//!
//! As the HTML standard's section on server-sent events has it: lines end with LF, CRLF or CR,
//! a blank line ends an event, lines that begin with a colon are comments. Text is never decoded
//! here, so that no character can be torn between two pieces of the network.

/// Most bytes of one event. Beyond it a line that never ends would fill the memory.
const FRAME_BYTES_MAX: usize = 8 * 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One event with data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SseEvent {
    /// The event's type, if it names one.
    pub name: Vec<u8>,
    /// Its data; several lines are joined with LF.
    pub data: Vec<u8>,
}

/// One event is larger than 8 MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is larger than {} MiB", FRAME_BYTES_MAX >> 20)]
pub struct FrameTooLarge;

/// The state between two pieces of a stream.
#[derive(Debug, Clone, Default)]
pub struct SseDecoder {
    /// The line that has begun.
    line: Vec<u8>,
    /// The event that has begun.
    event: SseEvent,
    has_data: bool,
    /// The last byte was a CR, so an LF belongs to it.
    after_cr: bool,
    /// A line has ended, so a byte order mark can no longer come.
    is_past_start: bool,
}

impl SseDecoder {
    /// Takes the next bytes, whatever their borders, and appends the events that they complete.
    ///
    /// # Errors
    ///
    /// [`FrameTooLarge`]; the decoder is of no use afterwards.
    pub fn push(&mut self, bytes: &[u8], events: &mut Vec<SseEvent>) -> Result<(), FrameTooLarge> {
        let mut rest = bytes;
        if self.after_cr && !rest.is_empty() {
            self.after_cr = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.extend(&rest[..end])?;
            events.extend(self.end_line());
            let is_cr = rest[end] == b'\r';
            rest = &rest[end + 1..];
            self.after_cr = is_cr && rest.is_empty();
            if is_cr {
                rest = rest.strip_prefix(b"\n").unwrap_or(rest);
            }
        }
        self.extend(rest)
    }

    /// The event that the end of the stream left without its blank line.
    ///
    /// The standard drops it. Some servers end like that all the same; whether it is whole, its
    /// data has to tell.
    pub fn end(mut self) -> Option<SseEvent> {
        if !self.line.is_empty()
            && let Some(event) = self.end_line()
        {
            return Some(event);
        }
        self.end_event()
    }

    fn extend(&mut self, bytes: &[u8]) -> Result<(), FrameTooLarge> {
        if self.line.len() + self.event.data.len() + bytes.len() > FRAME_BYTES_MAX {
            return Err(FrameTooLarge);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self) -> Option<SseEvent> {
        let mut line = std::mem::take(&mut self.line);
        if !std::mem::replace(&mut self.is_past_start, true) && line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        if line.is_empty() {
            return self.end_event();
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match &line[..colon] {
            b"data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push(b'\n');
                }
                self.event.data.extend_from_slice(value);
            }
            b"event" => self.event.name = value.to_vec(),
            // Comments, `id` and `retry`, and fields that nobody knows.
            _ => {}
        }
        None
    }

    fn end_event(&mut self) -> Option<SseEvent> {
        let event = std::mem::take(&mut self.event);
        std::mem::take(&mut self.has_data).then_some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The events of a stream that comes in these pieces.
    fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<SseEvent> {
        let (mut decoder, mut events) = (SseDecoder::default(), Vec::new());
        for piece in pieces {
            decoder.push(piece, &mut events).unwrap();
        }
        events.extend(decoder.end());
        events
    }

    fn shown(text: &str) -> Vec<(String, String)> {
        let shown = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        decode([text.as_bytes()]).into_iter().map(|e| (shown(e.name), shown(e.data))).collect()
    }

    fn event(name: &str, data: &str) -> (String, String) {
        (name.to_owned(), data.to_owned())
    }

    #[test]
    fn as_the_standard_has_it() {
        for (text, expected) in [
            ("data: a\n\ndata: b\n\n", vec![event("", "a"), event("", "b")]),
            ("data: a\r\rdata:b\r\n\r\n", vec![event("", "a"), event("", "b")]),
            ("\u{feff}data: a\n\n", vec![event("", "a")]),
            ("data: a\n\n\u{feff}data: b\n\n", vec![event("", "a")]),
            ("data: a\ndata:\ndata:  b\n\n", vec![event("", "a\n\n b")]),
            (": note\nevent: x\nid: 7\nretry: 5\ndata: a\n\n", vec![event("x", "a")]),
            ("event: x\n\ndata: a\n\n", vec![event("", "a")]),
            ("data\n\n", vec![event("", "")]),
            (": only\n\n: comments\n\n", vec![]),
            ("dat: a\n\nDATA: b\n\n", vec![]),
            ("data: no blank line", vec![event("", "no blank line")]),
            ("data: one line end\n", vec![event("", "one line end")]),
            ("", vec![]),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let (mut decoder, mut events) = (SseDecoder::default(), Vec::new());
        let piece = vec![b'a'; 1 << 20];
        let taken = (0..100).take_while(|_| decoder.push(&piece, &mut events).is_ok()).count();
        assert_eq!((taken, events.len()), (8, 0));
        let (mut decoder, line) = (SseDecoder::default(), [b"data: ", &piece[..], b"\n"].concat());
        let taken = (0..100).take_while(|_| decoder.push(&line, &mut events).is_ok()).count();
        assert_eq!((taken, events.len()), (7, 0));
    }

    #[derive(Debug, Clone)]
    struct Framing {
        line_end: &'static str,
        has_blank: bool,
        name: Option<&'static str>,
        comments: usize,
    }

    fn framing() -> impl Strategy<Value = Framing> {
        let line_end = prop::sample::select(vec!["\n", "\r\n", "\r"]);
        let name = prop::option::of(prop::sample::select(vec!["message", "error", "ü"]));
        (line_end, any::<bool>(), name, 0..3_usize).prop_map(
            |(line_end, has_blank, name, comments)| Framing { line_end, has_blank, name, comments },
        )
    }

    /// One way to write an event.
    fn framed(data: &str, framing: &Framing) -> String {
        let Framing { line_end, has_blank, name, comments } = framing;
        let mut text = format!(": keep-alive{line_end}").repeat(*comments);
        if let Some(name) = name {
            text.push_str(&format!("event: {name}{line_end}"));
        }
        // Without its blank, a value that begins with one would lose it.
        let blank =
            if *has_blank || data.split('\n').any(|line| line.starts_with(' ')) { " " } else { "" };
        for line in data.split('\n') {
            text.push_str(&format!("data:{blank}{line}{line_end}"));
        }
        text + line_end
    }

    proptest! {
        /// However it is written and wherever the network cuts it, the same events come out.
        #[test]
        fn every_framing_and_every_cut(
            datas in prop::collection::vec(("[a{\" é日🦀\n:]{0,12}", framing()), 0..6),
            has_mark in any::<bool>(),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let mut text = if has_mark { "\u{feff}".to_owned() } else { String::new() };
            text.extend(datas.iter().map(|(data, framing)| framed(data, framing)));
            let expected: Vec<_> = datas.iter().map(|(data, framing)| SseEvent {
                name: framing.name.unwrap_or_default().as_bytes().to_vec(),
                data: data.as_bytes().to_vec(),
            }).collect();
            let bytes = text.as_bytes();
            prop_assert_eq!(&decode([bytes]), &expected);
            prop_assert_eq!(&decode(bytes.chunks(1)), &expected);
            let mut at: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            at.extend([0, bytes.len()]);
            at.sort_unstable();
            prop_assert_eq!(&decode(at.windows(2).map(|ends| &bytes[ends[0]..ends[1]])), &expected);
        }

        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400), cut in any::<prop::sample::Index>()) {
            let at = cut.index(bytes.len() + 1);
            let events = decode([bytes.as_slice()]);
            prop_assert_eq!(&events, &decode([&bytes[..at], &bytes[at..]]));
            let data: usize = events.iter().map(|event| event.data.len()).sum();
            prop_assert!(data <= bytes.len());
        }
    }
}
