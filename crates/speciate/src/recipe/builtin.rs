//! The built-in recipes: the paper's with every key, and others as what they change in it.

use super::PAPER;

/// Their names, the default first.
pub const NAMES: [&str; 5] = ["standard", "careful", "paper", "code", "maths"];

/// What a built-in recipe says beyond [`PAPER`].
pub(super) fn overlay(name: &str) -> Option<&'static str> {
    Some(match name {
        "paper" => "",
        "standard" => include_str!("../../recipes/standard.toml"),
        "careful" => include_str!("../../recipes/careful.toml"),
        "code" => include_str!("../../recipes/code.toml"),
        "maths" => include_str!("../../recipes/maths.toml"),
        _ => return None,
    })
}

/// A built-in recipe as one text with every key, for people to start from; `None` if there is none of
/// this name.
pub fn starting_text(name: &str) -> Option<String> {
    let overlay = overlay(name)?;
    let (comment, settings): (Vec<&str>, Vec<&str>) =
        overlay.lines().partition(|line| line.starts_with('#'));
    let mut text = PAPER.to_owned();
    if !comment.is_empty() {
        // The first comment says what the recipe is for.
        let end = text.find("\nname = ").unwrap_or(0);
        text.replace_range(..end, &comment.join("\n"));
    }
    for line in settings {
        text = with_line(&text, line);
    }
    Some(text)
}

/// Puts `key = value` in the place of the key's own line, also one behind a `#`, and keeps the comment
/// of that line. A key that has none is a weight.
fn with_line(text: &str, line: &str) -> String {
    let Some((key, _)) = line.split_once(" = ") else { return text.to_owned() };
    let is_its = |old: &&str| {
        let bare = old.strip_prefix("# ").unwrap_or(old);
        bare.split_once(" = ").is_some_and(|(other, _)| other == key)
    };
    let Some(old) = text.lines().find(is_its) else {
        // The weight of an operator of a pack.
        return text.replacen("# constraints = ", &format!("{line}\n# constraints = "), 1);
    };
    let comment = old.split_once("  #").map_or("", |(_, comment)| comment);
    let new = if comment.is_empty() { line.to_owned() } else { format!("{line:<29} #{comment}") };
    text.replacen(old, &new, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::RecipeFile;

    #[test]
    fn a_text_to_start_from_is_the_recipe_itself() {
        for name in NAMES {
            let text = starting_text(name).unwrap();
            let written = RecipeFile::parse(name, &text).unwrap();
            let builtin = RecipeFile::builtin(name).unwrap().unwrap();
            assert_eq!(written, builtin, "{text}");
            assert_eq!(written.name.as_deref(), Some(name));
        }
    }

    #[test]
    fn names_are_those_of_the_files() {
        assert!(RecipeFile::builtin("papers").is_none());
        assert_eq!(RecipeFile::standard().unwrap().name.as_deref(), Some("standard"));
    }
}
