//! The look of a problem: place, code, message, the line, the caret, the help.

use std::fmt;

use super::Problem;
use crate::visible::visible;

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, code, message, .. } = self;
        write!(f, "{}:{line}:{column}: {code}: {message}", visible(file))?;
        let number = line.to_string();
        let gutter = " ".repeat(number.len() + 1);
        if !self.excerpt.is_empty() {
            let indent = " ".repeat(self.caret.start);
            let caret = "^".repeat(self.caret.len().max(1));
            write!(f, "\n{gutter}|\n{number} | {}\n{gutter}| {indent}{caret}", self.excerpt)?;
        }
        match &self.help {
            Some(help) => write!(f, "\n{gutter}= help: {help}"),
            None => Ok(()),
        }
    }
}
