//! The state machine that finds the bounds of JSON values; it knows no stream.

use super::frame::{Frame, FrameFault};
use super::scan::{Scanner, is_json_space};

/// Whether the values stand in an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    Array,
    Nothing,
}

#[derive(Debug)]
enum State {
    BeforeArray,
    Between { value_since_comma: bool },
    Inside { frame: Frame, scanner: Scanner, form: Form },
    AfterArray,
    Done,
}

/// How the end of a value is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// By its brackets or quotes.
    Enclosed,
    /// By what follows: numbers and words.
    Bare,
    /// By the line's end: comments and markup that have no place here.
    RestOfLine,
}

impl Form {
    fn of(first: u8) -> Self {
        match first {
            b'{' | b'[' | b'"' => Self::Enclosed,
            b'/' | b'#' | b'<' => Self::RestOfLine,
            _ => Self::Bare,
        }
    }
}

/// What a byte did.
enum Step {
    Taken,
    Ends(Frame),
    /// The frame ended before this byte, which is to be pushed again.
    EndedBefore(Frame),
}

/// Takes bytes and gives frames.
#[derive(Debug)]
pub(super) struct Cutter {
    within: Within,
    max_bytes: usize,
    state: State,
    line: u64,
    column: u64,
    after_cr: bool,
}

impl Cutter {
    pub(super) fn new(within: Within, max_bytes: usize) -> Self {
        let state = match within {
            Within::Array => State::BeforeArray,
            Within::Nothing => State::Between { value_since_comma: false },
        };
        Self { within, max_bytes, state, line: 1, column: 1, after_cr: false }
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Pushes bytes until a frame is complete; says how many were used.
    pub(super) fn take(&mut self, chunk: &[u8]) -> (usize, Option<Frame>) {
        for (index, &byte) in chunk.iter().enumerate() {
            match self.push(byte) {
                Step::Taken => self.advance(byte),
                Step::Ends(frame) => {
                    self.advance(byte);
                    return (index + 1, Some(frame));
                }
                Step::EndedBefore(frame) => return (index, Some(frame)),
            }
        }
        (chunk.len(), None)
    }

    fn advance(&mut self, byte: u8) {
        match byte {
            b'\n' if self.after_cr => {}
            b'\n' | b'\r' => (self.line, self.column) = (self.line + 1, 1),
            0x80..=0xbf => {}
            _ => self.column += 1,
        }
        self.after_cr = byte == b'\r';
    }

    fn push(&mut self, byte: u8) -> Step {
        match self.state {
            State::Inside { .. } => self.push_inside(byte),
            State::Done => Step::Taken,
            _ if is_json_space(byte) => Step::Taken,
            State::BeforeArray => {
                self.state = State::Between { value_since_comma: false };
                Step::Taken
            }
            State::Between { .. } => self.push_between(byte),
            State::AfterArray => {
                self.state = State::Done;
                Step::Ends(self.faulty(&[byte], FrameFault::AfterArray))
            }
        }
    }

    fn push_between(&mut self, byte: u8) -> Step {
        let in_array = self.within == Within::Array;
        match (byte, &mut self.state) {
            (b',', State::Between { value_since_comma }) if in_array && *value_since_comma => {
                *value_since_comma = false;
                Step::Taken
            }
            (b',', _) if in_array => Step::Ends(self.faulty(b",", FrameFault::EmptyElement)),
            (b']', _) if in_array => {
                self.state = State::AfterArray;
                Step::Taken
            }
            _ => {
                let frame = Frame::new(self.line, self.column);
                let form = Form::of(byte);
                self.state = State::Inside { frame, scanner: Scanner::default(), form };
                self.push_inside(byte)
            }
        }
    }

    fn push_inside(&mut self, byte: u8) -> Step {
        let in_array = self.within == Within::Array;
        let State::Inside { frame, scanner, form } = &mut self.state else {
            return Step::Taken;
        };
        let line_end = matches!(byte, b'\n' | b'\r');
        let ends_before = match form {
            Form::Enclosed => false,
            Form::RestOfLine => line_end,
            Form::Bare => line_end || (in_array && matches!(byte, b',' | b']')),
        };
        // A bare value has at least its first byte, or the same byte would come for ever.
        if ends_before && !frame.bytes.is_empty() {
            return self.close().map_or(Step::Taken, Step::EndedBefore);
        }
        frame.push(&[byte], self.max_bytes);
        if scanner.push(byte) && *form == Form::Enclosed {
            return self.close().map_or(Step::Taken, Step::Ends);
        }
        Step::Taken
    }

    /// Ends the value that is being read.
    fn close(&mut self) -> Option<Frame> {
        let next = State::Between { value_since_comma: true };
        match std::mem::replace(&mut self.state, next) {
            State::Inside { frame, .. } => Some(frame),
            _ => None,
        }
    }

    /// What is left when the stream has ended.
    pub(super) fn finish(&mut self) -> Option<Frame> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Inside { frame, .. } => Some(frame),
            State::BeforeArray | State::Between { .. } if self.within == Within::Array => {
                Some(self.faulty(b"", FrameFault::UnclosedArray))
            }
            _ => None,
        }
    }

    fn faulty(&self, bytes: &[u8], fault: FrameFault) -> Frame {
        let mut frame = Frame::new(self.line, self.column);
        frame.bytes.extend_from_slice(bytes);
        frame.fault = Some(fault);
        frame
    }
}
