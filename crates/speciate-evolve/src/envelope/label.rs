//! Labels that models put before an instruction, in the languages that seeds come in.

use std::sync::LazyLock;

use regex::Regex;

use crate::text::patterns;

/// A qualifier and a noun, in any decoration, closed by a colon or a line end.
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?xi)^
        [\s\#*_>\[【«]*
        (?:
            (?:the\s+|my\s+|your\s+|here\ is\ the\s+)?
            (?:(?:re-?written|new|evolved|created|final(?:ly)?|modified|updated|revised|improved|harder
               |more\s+(?:complex|difficult|challenging)|complicated|enhanced|transformed)[\s_-]+){1,3}
            (?:prompt|instruction|question|task|request|version|query|problem|test|exercise)
          | instruction
          | (?:neue|neuer|neues|umgeschriebene|überarbeitete)[rs]?\s+(?:anweisung|aufgabe|prompt|frage|eingabeaufforderung)
          | (?:nouvelle?|nouveau)\s+(?:instruction|consigne|question|prompt) | (?:instruction|consigne|prompt|question)\s+r[ée]{1,2}crite?
          | nueva\s+(?:instrucción|pregunta|consigna) | nuevo\s+(?:prompt|enunciado) | (?:instrucción|pregunta)\s+reescrita | prompt\s+reescrito
          | nuova\s+(?:istruzione|domanda) | nuovo\s+prompt | (?:istruzione|prompt)\s+riscritt[ao]
          | nova\s+(?:instrução|pergunta) | novo\s+prompt | (?:instrução|prompt)\s+reescrit[ao]
          | nieuwe\s+(?:instructie|opdracht|vraag|prompt) | herschreven\s+(?:instructie|prompt)
          | (?:новая|новый|переписанная|переписанный)\s+(?:инструкция|запрос|вопрос|промпт|задание)
          | nowa\s+instrukcja | nowe\s+polecenie | yeni\s+(?:talimat|istem|soru) | ny\s+instruktion
          | (?:改写后的|重写后的|改写的|重写的|新的|新|演化后的)(?:提示词|提示|指令|问题|任务)
          | (?:書き換えられた|書き換え後の|新しい)(?:プロンプト|指示|質問)
          | (?:새로운|새|다시\s*작성된|수정된)\s*(?:프롬프트|지시|지시문|지시사항|질문)
          | التعليمات\s+الجديدة | التعليمة\s+الجديدة | नया\s+निर्देश
        )
        (?:\s*\([^)\n]{0,40}\))?
        (?:[\s\#*_\]】»]*[:：][\s\#*_]*?(?:\s+|\b{start}|$) | \s*[\#*_\]】»]+\s*\n | \s*\#+\s+ | \s*\n)
        ",
    )
});

/// The text behind a label, if it begins with one.
pub(super) fn strip(text: &str) -> Option<&str> {
    let end = LABEL.find(text)?.end();
    Some(&text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_many_spellings_are_found() {
        for label in [
            "New instruction: ",
            "**New instruction:** ",
            "#Rewritten Prompt#: ",
            "#Rewritten Prompt#:\n",
            "# Rewritten Prompt #\n",
            "### Rewritten prompt:\n\n",
            "#Finally Rewritten Instruction#:\n",
            "The Rewritten Prompt : ",
            "REWRITTEN_PROMPT: ",
            "[New Question]: ",
            "Created Prompt\n",
            "Rewritten test: ",
            "Instruction: ",
            "Neue Anweisung: ",
            "Nouvelle consigne : ",
            "Nueva instrucción: ",
            "Новая инструкция: ",
            "改写后的提示：",
            "新しい指示：",
            "새로운 지시: ",
        ] {
            let text = format!("{label}List the rivers.");
            assert_eq!(strip(&text).map(str::trim_start), Some("List the rivers."), "{label:?}");
        }
    }

    #[test]
    fn an_instruction_about_instructions_has_no_label() {
        for text in [
            "New instruction manuals confuse people. Why?",
            "Rewritten prompts often lose detail; explain.",
            "Instructions: three of them, please.",
            "Final version control merge: how does it work?",
            "Question 3: what is next?",
        ] {
            assert_eq!(strip(text), None, "{text}");
        }
    }
}
