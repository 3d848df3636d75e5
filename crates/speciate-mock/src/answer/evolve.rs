//! The mock evolver.

use super::blemish::{self, Blemish};
use super::fill::fill;
use super::table::Table;
use super::task::{Evolve, Method, Style};
use super::{Dice, Quality, additions, breadth, demo};

/// The reply to an evolving prompt, in the shape that the prompt asks for.
pub(crate) fn reply(task: &Evolve<'_>, quality: &Quality, key: u64) -> String {
    let mut dice = Dice::new(key, "evolve");
    let blemish = blemish::draw(quality, &mut dice);
    let evolved = match blemish {
        Blemish::NearCopy => blemish::near_copy(task.source, &mut dice),
        Blemish::Meta => blemish::meta(task.source, &mut dice),
        Blemish::Scaffold => blemish::scaffold(&variation(task, &mut dice), &mut dice),
        Blemish::Wrapped | Blemish::None => variation(task, &mut dice),
    };
    let is_wrapped = blemish == Blemish::Wrapped;
    match task.style {
        Style::Paper => {
            let reply = format!("<evolved>\n{evolved}\n</evolved>");
            if is_wrapped { blemish::wrapped(&reply, &mut dice) } else { reply }
        }
        Style::Compact => {
            let line = on_one_line(&evolved);
            if is_wrapped { blemish::wrapped_line(&line, &mut dice) } else { line }
        }
    }
}

fn variation(task: &Evolve<'_>, dice: &mut Dice) -> String {
    if let Some(text) = demo::evolve(task, dice) {
        return text.to_owned();
    }
    match task.method {
        Method::Breadth => breadth::create(task.source, dice),
        Method::ComplicateInput => with_input(task, dice),
        method => {
            let addition = fill(dice.pick(additions::of(method)), &[], dice);
            joined(task.source, &addition)
        }
    }
}

/// The source, a question about a table, and the table.
fn with_input(task: &Evolve<'_>, dice: &mut Dice) -> String {
    let table = Table::draw(dice);
    let format = task.format.unwrap_or("json");
    let questions =
        if format == "formula" { &additions::FORMULA[..] } else { additions::of(task.method) };
    let question = fill(dice.pick(questions), table.columns(), dice);
    let text = joined(task.source, &question);
    match task.style {
        Style::Paper => format!("{text}\n\n{}", table.fenced(format)),
        Style::Compact => format!("{text} {}", table.inline(format)),
    }
}

/// `addition` after `source`, as a sentence or, below an input of several lines, as a paragraph.
fn joined(source: &str, addition: &str) -> String {
    if source.contains('\n') {
        return format!("{source}\n\n{addition}");
    }
    let stop = if source.ends_with(|c: char| c.is_alphanumeric()) { "." } else { "" };
    format!("{source}{stop} {addition}")
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
