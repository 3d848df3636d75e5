//! Whatever a model, a judge or an operator file says: read or refused, and never a panic.

use proptest::prelude::*;
use speciate_evolve::{
    DataFormat, EvolveInput, OperatorFile, OperatorSet, PromptStyle, parse_critic, parse_equality,
    read_evolved,
};
use speciate_types::{InstructionId, Kind};

/// Pieces of which operator files are made, and of which broken ones are.
const TEMPLATE: &str = "(\\PC{0,5}|\\+\\+\\+\n|kind = \"in-depth\"\n|summary = \"s\"\n|formats = \\[\"xml\"\\]\n|\\{% block method %\\}|\\{% endblock %\\}|\\{% extends \"frame.jinja\" %\\}|\\{\\{ name \\}\\}|\\{\\{ format.title \\}\\}|\\{%|\\}\\}|<evolved>|\n){0,20}";

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_answer_is_an_instruction_or_named_as_none(
        text in "(\\PC{0,8}|</?[eE]volved ?>|< |</?think>|```[a-z]{0,4}\n|#{1,3} |\\*\\*|\"|\n\n|Step 1|\u{0}|\u{202e}|\\|a\\|b\\|\n){0,16}",
    ) {
        for style in [PromptStyle::Paper, PromptStyle::Guided, PromptStyle::Compact] {
            for format in [None, Some(DataFormat::Json), Some(DataFormat::Xml)] {
                match read_evolved(&text, style, format) {
                    Ok(cleaned) => prop_assert!(!cleaned.text.trim().is_empty()),
                    Err(error) => prop_assert!(!error.to_string().is_empty()),
                }
            }
        }
    }

    #[test]
    fn a_verdict_is_read_only_where_one_stands(text in "\\PC{0,60}") {
        let verdict = parse_equality(&text);
        let says_equal = text.to_lowercase().contains("equal");
        prop_assert!(verdict.is_none() || says_equal, "{verdict:?} of {text:?}");
    }

    /// Lines in any order, broken, doubled or among others: all five in their order, or no verdict.
    #[test]
    fn a_critic_is_read_only_where_all_its_lines_stand(
        lines in prop::collection::vec("(request|complete|answerable|harder|natural|other)(: | - |)(yes|no|maybe|YES|)( - |, )\\PC{0,12}", 0..8),
    ) {
        let text = lines.join("\n");
        if let Some(noes) = parse_critic(&text, Kind::InDepth) {
            let said: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
            prop_assert_eq!(said.len(), 5, "{}", text);
            let n_noes = said.iter().filter(|line| !line.to_lowercase().contains(": yes")).count();
            prop_assert_eq!(noes.len(), n_noes, "{}", text);
            prop_assert!(said[0].starts_with("request") && said[4].starts_with("natural"), "{}", text);
        }
    }

    #[test]
    fn two_verdicts_that_differ_are_none(before in "[a-m ,.]{0,20}", between in "\n{1,3}") {
        let text = format!("{before}\nEqual{between}Not Equal");
        prop_assert_eq!(parse_equality(&text), None, "{:?}", text);
    }

    #[test]
    fn any_operator_file_is_used_or_refused(name in "[a-zA-Z._-]{0,12}", text in TEMPLATE) {
        let file = OperatorFile { name, text };
        match OperatorSet::builtin(PromptStyle::Paper).with_files(vec![file]) {
            Err(error) => prop_assert!(!error.to_string().is_empty() && !error.hint().is_empty()),
            Ok(set) => {
                let source = "What is {{ 7 * 7 }}? {% raw %}";
                let input = EvolveInput { source, child: InstructionId::of_seed("x"), run_seed: 1 };
                for (operator, _) in set.iter() {
                    let prompt = operator.request(&input);
                    let said: String = prompt.messages.iter().map(|m| m.content.as_str()).collect();
                    prop_assert!(said.contains(source), "{}", operator.name());
                }
            }
        }
    }
}
