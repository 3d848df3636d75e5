//! Cuts a stream into JSON values: the elements of an array, or values one after the other.

use std::io::{self, BufRead};

use super::cutter::{Cutter, Within};
use super::frame::Frame;

/// JSON values of a stream.
///
/// Commas between the elements of an array may be missing, and one may follow the last: nothing is
/// lost by that. Two in a row, an array that does not end and whatever follows one are faults.
#[derive(Debug)]
pub(super) struct Values<R> {
    input: R,
    cutter: Cutter,
}

impl<R: BufRead> Values<R> {
    pub(super) fn new(input: R, within: Within, max_bytes: usize) -> Self {
        Self { input, cutter: Cutter::new(within, max_bytes) }
    }

    pub(super) fn next_frame(&mut self) -> io::Result<Option<Frame>> {
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() || self.cutter.is_done() {
                return Ok(self.cutter.finish());
            }
            let (n_used, frame) = self.cutter.take(chunk);
            self.input.consume(n_used);
            if frame.is_some() {
                return Ok(frame);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str, within: Within) -> Vec<String> {
        let input = io::BufReader::with_capacity(2, text.as_bytes());
        let mut values = Values::new(input, within, 100);
        let mut found = Vec::new();
        while let Some(frame) = values.next_frame().unwrap() {
            let text = String::from_utf8(frame.bytes).unwrap();
            let fault = frame.fault.map_or(String::new(), |fault| format!(" {fault:?}"));
            found.push(format!("{}:{} {text}{fault}", frame.line, frame.column));
        }
        found
    }

    #[test]
    fn elements_of_an_array() {
        let found = values("[{\"a\": \"]\"},\r\n  [1, 2] , 42, null,\n \"s\"\n]\n", Within::Array);
        assert_eq!(
            found,
            ["1:2 {\"a\": \"]\"}", "2:3 [1, 2]", "2:12 42", "2:16 null", "3:2 \"s\""]
        );
        assert_eq!(values("[]", Within::Array), [""; 0]);
        assert_eq!(values("[{},]", Within::Array), ["1:2 {}"]);
        assert_eq!(values("[{} {}]", Within::Array), ["1:2 {}", "1:5 {}"]);
    }

    #[test]
    fn faults_of_an_array() {
        assert_eq!(values("[,]", Within::Array), ["1:2 , EmptyElement"]);
        assert_eq!(values("[{},,{}]", Within::Array), ["1:2 {}", "1:5 , EmptyElement", "1:6 {}"]);
        assert_eq!(values("[{}\n", Within::Array), ["1:2 {}", "2:1  UnclosedArray"]);
        assert_eq!(values("[{}, {\"a\"", Within::Array), ["1:2 {}", "1:6 {\"a\""]);
        assert_eq!(values("[{}]\n[{}] x", Within::Array), ["1:2 {}", "2:1 [ AfterArray"]);
    }

    #[test]
    fn values_one_after_the_other() {
        let found = values("{\"a\":1}{\"é\": 2} {\n}\n# no\n}x\n{}", Within::Nothing);
        let expected =
            ["1:1 {\"a\":1}", "1:8 {\"é\": 2}", "1:17 {\n}", "3:1 # no", "4:1 }x", "5:1 {}"];
        assert_eq!(found, expected);
    }
}
