//! Code, commands and formulas, by marks that prose does not have.

use std::sync::LazyLock;

use regex::Regex;

use super::block::fences;
use crate::text::patterns;

static SQL_LOOSE: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?is)\bselect\b.+\bfrom\b|\bcreate\s+(?:table|view|index)\b|\binsert\s+into\b.+\bvalues\b|\bupdate\b.+\bset\b.+=|\bdelete\s+from\b|\balter\s+table\b",
    )
});
/// Outside a fence only upper case counts: "select one from the list" is prose.
static SQL_STRICT: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?s)\bSELECT\b.+\bFROM\b|\bCREATE\s+(?:TABLE|VIEW|INDEX)\s+\S+|\bINSERT\s+INTO\s+\S+|\bUPDATE\s+\S+\s+SET\b|\bDELETE\s+FROM\s+\S+|\bALTER\s+TABLE\s+\S+",
    )
});

/// A statement in a fence, or one in upper case.
pub(super) fn has_sql(text: &str) -> bool {
    fences(text).iter().any(|fence| SQL_LOOSE.is_match(fence.body)) || SQL_STRICT.is_match(text)
}

static PYTHON_LINE: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?m)^\s*(?:>>>\s*)?(?:(?:async\s+)?def\s+\w+\s*\(.*|class\s+\w+.*:|import\s+\w[\w., ]*|from\s+[\w.]+\s+import\s+.+|(?:for\s+.+\s+in\s+.+|while\s+.+|if\s+.+|with\s+.+|try|else|elif\s+.+):|return\b.*|print\(.*\)|[A-Za-z_]\w*(?:\.\w+|\[[^\]]*\])*\s*[-+*/]?=\s*\S.*|@\w[\w.()]*)\s*(?:#.*)?$",
    )
});
static PYTHON_STRICT: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?m)^\s*(?:(?:async\s+)?def\s+\w+\s*\(.*\).*:|class\s+\w+(?:\(.*\))?:|import\s+\w+$|from\s+[\w.]+\s+import\s+\w|print\(.+\)|\w+\s*=\s*[\[({].*)",
    )
});

/// A statement in a fence, or a definition, import, literal or print on a line of its own.
pub(super) fn has_python(text: &str) -> bool {
    let is_other = |tag: &str| !matches!(tag, "" | "python" | "py" | "python3" | "pycon");
    fences(text).iter().any(|fence| !is_other(&fence.tag) && PYTHON_LINE.is_match(fence.body))
        || PYTHON_STRICT.is_match(text)
}

const COMMANDS: &str = "ls|cd|cat|grep|egrep|awk|sed|find|curl|wget|tar|ssh|scp|rsync|chmod|chown|mkdir|rm|cp|mv|echo|ps|kill|top|df|du|head|tail|sort|uniq|wc|cut|tr|xargs|export|sudo|apt|apt-get|yum|dnf|brew|pip|npm|git|docker|kubectl|systemctl|journalctl|ping|netstat|ss|dig|make|bash|sh|zsh|crontab|ln|touch|diff|zip|unzip|gzip|man|which|env|ip|mount|dd|lsof|free|uptime|for|while|if|openssl|jq|tee|history|nohup|useradd|psql|mysql|python3?|ffmpeg|convert";

static SHELL_LINE: LazyLock<Regex> = LazyLock::new(|| {
    patterns(&format!(
        r"(?m)^\s*(?:[\w.@~:/-]*[$#]\s+)?(?:{COMMANDS})\b{{end}}.*\S|^\s*#!/|^\s*\$\s+\S"
    ))
});
static SHELL_INLINE: LazyLock<Regex> = LazyLock::new(|| {
    patterns(&format!(
        r"`(?:\$\s*)?(?:{COMMANDS})\s+[^`\n]+`|(?m)^\s*\$\s+[a-z][\w./-]*(?:\s|$)|^#!/\S+"
    ))
});

/// A command in a fence or in backticks, or after a prompt sign.
pub(super) fn has_shell(text: &str) -> bool {
    let is_shell = |tag: &str| {
        matches!(tag, "" | "shell" | "sh" | "bash" | "zsh" | "console" | "terminal" | "text")
    };
    fences(text).iter().any(|fence| is_shell(&fence.tag) && SHELL_LINE.is_match(fence.body))
        || SHELL_INLINE.is_match(text)
}

static LATEX: LazyLock<Regex> = LazyLock::new(|| {
    patterns(
        r"(?s)\$\$.+?\$\$|\$[^$\n]*[=\\^_+*/<>][^$\n]*\$|\\\(.+?\\\)|\\\[.+?\\\]|\\begin\{(?:equation|align|pmatrix|cases|array)|\\frac\{",
    )
});
static EQUATION: LazyLock<Regex> = LazyLock::new(|| {
    // A name or bracket, an equals sign, and a right side with an operator in it.
    patterns(
        r"[\p{L}\p{N})\]'²³]\s*[=≤≥≈<>]\s*[^=\n.;]*[\p{L}\p{N})]\s*(?:[-+*/^×·÷√−]|\*\*)\s*[\p{L}\p{N}(√]",
    )
});

/// LaTeX, or an equation with an operator on its right side.
pub(super) fn has_formula(text: &str) -> bool {
    LATEX.is_match(text) || EQUATION.is_match(text)
}
