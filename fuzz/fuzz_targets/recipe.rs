//! Recipes and assignments: a recipe that is accepted is written and read back as the same one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use speciate::evolve::PromptStyle;
use speciate::recipe::{Recipe, RecipeFile, parse_assignment};

fuzz_target!(|text: &str| {
    if let Ok(layer) = parse_assignment(text) {
        drop(layer.to_toml());
    }
    let Ok(layer) = RecipeFile::parse("x.toml", text) else { return };
    let again = RecipeFile::parse("y.toml", &layer.to_toml()).expect("a written recipe is read");
    assert_eq!(again.to_toml(), layer.to_toml());
    let paper = RecipeFile::paper().expect("the built-in recipe is one");
    drop(Recipe::resolve(paper.overlaid(layer), PromptStyle::Paper));
});
