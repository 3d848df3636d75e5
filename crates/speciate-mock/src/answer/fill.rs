//! Fills the gaps of a template with drawn details.

use super::Dice;

const AUDIENCES: [&str; 16] = [
    "a school class",
    "a new colleague",
    "a retired engineer",
    "a town council",
    "a first-year student",
    "a night-shift nurse",
    "a volunteer fire brigade",
    "a group of beekeepers",
    "a court interpreter",
    "a small bakery",
    "a museum guide",
    "a ferry crew",
    "an amateur radio club",
    "a village choir",
    "a repair workshop",
    "a parent with little time",
];
const PLACES: [&str; 16] = [
    "Tromsø",
    "Nairobi",
    "Valparaíso",
    "Tbilisi",
    "Hanoi",
    "Cork",
    "Oaxaca",
    "Graz",
    "Dunedin",
    "Thessaloniki",
    "Recife",
    "Tartu",
    "Kyoto",
    "Halifax",
    "Porto",
    "Marrakesh",
];
const TRADES: [&str; 16] = [
    "carpenter",
    "pharmacist",
    "violin maker",
    "surveyor",
    "dairy farmer",
    "tram driver",
    "registrar",
    "gardener",
    "glazier",
    "printer",
    "roofer",
    "midwife",
    "translator",
    "diver",
    "potter",
    "baker",
];
const SUBJECTS: [&str; 8] =
    ["cost", "safety", "accuracy", "time", "upkeep", "noise", "waste", "fairness"];

/// Replaces each gap of `template` by a draw; an unknown gap stays as it is.
///
/// Gaps: `{n}` 2–9, `{nn}` 12–96, `{year}` 1890–2019, `{who}` an audience, `{place}` a town,
/// `{trade}` a person's trade, `{side}` an aspect, `{k}` one of `keywords`.
pub(crate) fn fill(template: &str, keywords: &[&str], dice: &mut Dice) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let Some(len) = rest[open..].find('}') else { break };
        out.push_str(&rest[..open]);
        match &rest[open + 1..open + len] {
            "n" => push_number(&mut out, dice.between(2, 9)),
            "nn" => push_number(&mut out, dice.between(12, 96)),
            "year" => push_number(&mut out, dice.between(1890, 2019)),
            "who" => out.push_str(dice.pick(&AUDIENCES)),
            "place" => out.push_str(dice.pick(&PLACES)),
            "trade" => out.push_str(dice.pick(&TRADES)),
            "side" => out.push_str(dice.pick(&SUBJECTS)),
            "k" if !keywords.is_empty() => out.push_str(dice.pick(keywords)),
            _ => out.push_str(&rest[open..=open + len]),
        }
        rest = &rest[open + len + 1..];
    }
    out.push_str(rest);
    out
}

fn push_number(out: &mut String, number: usize) {
    out.push_str(&number.to_string());
}

/// Up to six of the long words of `text`, in their order, or a stand-in where it has none.
pub(crate) fn keywords(text: &str) -> Vec<&str> {
    const SCANNED: usize = 60;
    const DULL: [&str; 17] = [
        "about",
        "above",
        "after",
        "answer",
        "between",
        "during",
        "while",
        "without",
        "could",
        "every",
        "explain",
        "instruction",
        "please",
        "should",
        "their",
        "which",
        "write",
    ];
    let mut found: Vec<&str> = Vec::new();
    for word in
        text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).take(SCANNED)
    {
        let is_long = word.is_ascii() && (5..=16).contains(&word.len());
        let is_dull = DULL.iter().any(|dull| dull.eq_ignore_ascii_case(word));
        if is_long && !is_dull && !found.contains(&word) {
            found.push(word);
        }
        if found.len() == 6 {
            break;
        }
    }
    if found.is_empty() {
        found.push("matter");
    }
    found
}
