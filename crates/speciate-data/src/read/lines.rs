//! Cuts a stream into its lines.

use std::io::{self, BufRead};

use super::frame::Frame;

/// Lines of a stream, without their ends and without blank ones.
///
/// A line ends with `\n`, `\r\n` or `\r`, and with nothing else: U+2028 and its kin belong to the
/// text. JSON has no raw `\r` inside a string, so this cuts no good record.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    input: R,
    max_bytes: usize,
    line: u64,
    after_cr: bool,
    ended: bool,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(input: R, max_bytes: usize) -> Self {
        Self { input, max_bytes, line: 0, after_cr: false, ended: false }
    }

    /// The next line that is not blank.
    pub(crate) fn next_frame(&mut self) -> io::Result<Option<Frame>> {
        while !self.ended {
            let frame = self.read_line()?;
            if !frame.is_blank() {
                return Ok(Some(frame));
            }
        }
        Ok(None)
    }

    fn read_line(&mut self) -> io::Result<Frame> {
        self.line += 1;
        let mut frame = Frame::new(self.line, 1);
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                self.ended = true;
                return Ok(frame);
            }
            let skip = usize::from(self.after_cr && chunk[0] == b'\n');
            self.after_cr = false;
            let rest = &chunk[skip..];
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            frame.push(&rest[..end.unwrap_or(rest.len())], self.max_bytes);
            self.after_cr = end.is_some_and(|end| rest[end] == b'\r');
            let used = skip + end.map_or(rest.len(), |end| end + 1);
            self.input.consume(used);
            if end.is_some() {
                return Ok(frame);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::FrameFault;
    use super::*;

    fn lines(text: &str, max: usize) -> Vec<(u64, String)> {
        // A tiny buffer, so that every line crosses its end.
        let input = io::BufReader::with_capacity(3, text.as_bytes());
        let mut lines = Lines::new(input, max);
        let mut found = Vec::new();
        while let Some(frame) = lines.next_frame().unwrap() {
            found.push((frame.line, String::from_utf8(frame.bytes).unwrap()));
        }
        found
    }

    #[test]
    fn all_line_ends_are_one_line_each() {
        let expected = vec![(1, "ab".to_owned()), (3, "cd".to_owned()), (4, "ef".to_owned())];
        for text in
            ["ab\n\ncd\nef", "ab\r\n\r\ncd\r\nef\r\n", "ab\r\rcd\ref\r", "ab\n \ncd\r\nef\n\n"]
        {
            assert_eq!(lines(text, 100), expected, "{text:?}");
        }
        assert_eq!(lines("a\u{2028}b\u{85}c", 100), [(1, "a\u{2028}b\u{85}c".to_owned())]);
    }

    #[test]
    fn a_line_beyond_the_limit_is_marked_and_the_next_is_read() {
        let mut lines = Lines::new("123456\n12".as_bytes(), 4);
        let long = lines.next_frame().unwrap().unwrap();
        assert_eq!(long.fault, Some(FrameFault::TooLong { bytes: 6, max: 4 }));
        assert_eq!(lines.next_frame().unwrap().unwrap().bytes, b"12");
    }
}
