//! `speciate explain`: what a name means.

use speciate::Error;
use speciate::explain::{Explanation, all, explain as look_up};

use crate::args::ExplainArgs;
use crate::{exit, printer};

pub(crate) fn explain(args: &ExplainArgs) -> Result<u8, Error> {
    let Some(name) = &args.name else {
        let all = all();
        if args.json {
            printer::json(&all);
        } else {
            for known in &all {
                printer::data_line(&format!(
                    "{:<9} {:<18} {}",
                    known.kind, known.name, known.summary
                ));
            }
        }
        return Ok(exit::DONE);
    };
    let explanation = look_up(name)?;
    if args.json {
        printer::json(&explanation);
    } else {
        printer::data(&text(&explanation));
    }
    Ok(exit::DONE)
}

fn text(explanation: &Explanation) -> String {
    let mut text = format!(
        "{} ({})\n\n{}\n\n{}\n",
        explanation.name, explanation.kind, explanation.summary, explanation.detail
    );
    if let Some(example) = &explanation.example {
        text.push_str(&format!("\nExample: {example}\n"));
    }
    text
}
