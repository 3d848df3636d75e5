//! Brand-new instructions on rarer topics: the mock's in-breadth operator.

use super::Dice;
use super::fill::fill;

/// A field: words that betray it, and rare subjects of it.
struct Field {
    marks: &'static [&'static str],
    subjects: [&'static str; 12],
}

const FIELDS: [Field; 9] = [
    Field {
        marks: &[
            "number",
            "math",
            "equation",
            "sum",
            "calculate",
            "percent",
            "triangle",
            "prove",
            "integer",
        ],
        subjects: [
            "continued fractions in the tuning of instruments",
            "casting out nines in old account books",
            "Egyptian fractions",
            "the packing of coins in a round tray",
            "calendars with leap weeks",
            "magic squares in borders of mosaics",
            "the geometry of a folded paper map",
            "knots that a sailor can count",
            "random walks on a town plan",
            "voting by ranked ballots",
            "slide rules with three scales",
            "the shortest net that joins four villages",
        ],
    },
    Field {
        marks: &["cook", "recipe", "food", "meal", "bake", "soup", "kitchen"],
        subjects: [
            "koji grown on barley",
            "bread risen with wild yeast from grapes",
            "salted green plums",
            "cheese ripened in hay",
            "vinegar from birch sap",
            "noodles pulled by hand",
            "preserves without sugar",
            "smoking fish over alder",
            "cooking at three thousand metres",
            "flatbread baked on a stove wall",
            "black garlic",
            "soup stock from dried mushrooms",
        ],
    },
    Field {
        marks: &[
            "code",
            "program",
            "function",
            "python",
            "software",
            "algorithm",
            "data",
            "computer",
        ],
        subjects: [
            "Bloom filters",
            "ropes for editing long texts",
            "clock skew between two servers",
            "reservoir sampling",
            "a parser for broken dates",
            "interval trees",
            "checksums of punched cards",
            "bit-reversed ordering",
            "undo in a shared document",
            "sorting on tape",
            "a scheduler for lifts",
            "string search with wildcards",
        ],
    },
    Field {
        marks: &["history", "war", "king", "century", "ancient", "revolution", "empire"],
        subjects: [
            "the semaphore lines before the telegraph",
            "guild marks on roof tiles",
            "salt roads across the Alps",
            "the postal system of the Mongols",
            "lighthouses run by families",
            "the first census of a river delta",
            "plague columns in market squares",
            "the trade in ice before refrigeration",
            "treaties written on wampum belts",
            "strikes of lamplighters",
            "town clocks and the railway hour",
            "the salvage of sunken bells",
        ],
    },
    Field {
        marks: &["health", "body", "doctor", "exercise", "sleep", "disease", "diet"],
        subjects: [
            "the sense of balance after a long voyage",
            "hand grip strength in old age",
            "hiccups that last for days",
            "night vision at sea",
            "the healing of climbers' finger pulleys",
            "hearing in drummers",
            "thirst in cold climates",
            "the afternoon dip of attention",
            "scar tissue and movement",
            "breath holding in pearl divers",
            "posture at a potter's wheel",
            "cold hands of string players",
        ],
    },
    Field {
        marks: &["animal", "plant", "tree", "bird", "nature", "species", "forest", "ocean"],
        subjects: [
            "lichens on gravestones",
            "the drumming of woodpeckers",
            "seeds that wait for fire",
            "eels on their way to the sea",
            "mosses on tin roofs",
            "the dances of water birds",
            "figs and their wasps",
            "burrows shared by two species",
            "trees that grow on nurse logs",
            "the winter sleep of snails",
            "salt marshes behind a new dyke",
            "swifts that sleep on the wing",
        ],
    },
    Field {
        marks: &["write", "story", "poem", "essay", "letter", "novel", "character", "language"],
        subjects: [
            "a ballad told by a ferry",
            "letters between two lighthouses",
            "a story in which nobody is named",
            "proverbs that contradict each other",
            "a glossary for an invented craft",
            "the diary of a weather station",
            "a dialogue of two maps",
            "rhymes for the months",
            "an obituary of a word",
            "stage directions without a play",
            "a fable without animals",
            "a travel guide to a single street",
        ],
    },
    Field {
        marks: &["money", "business", "market", "company", "price", "customer", "tax", "budget"],
        subjects: [
            "a cooperative that shares one truck",
            "prices at a fish auction that runs downwards",
            "the bookkeeping of a choir",
            "leasing of beehives to orchards",
            "a tool library",
            "deposits on glass bottles",
            "the insurance of a single painting",
            "barter between two workshops",
            "a market stall that opens at night",
            "shares in a village shop",
            "the pricing of repairs",
            "a currency for one valley",
        ],
    },
    Field {
        marks: &[],
        subjects: [
            "the restoration of pipe organs",
            "the signs that trail runners leave",
            "the naming of streets in new towns",
            "sundials on north walls",
            "the etiquette of sauna rooms",
            "bell ringing by mathematics",
            "the storage of seed potatoes",
            "radio plays with no words",
            "the cleaning of old maps",
            "ropeways over gorges",
            "games played with pebbles",
            "the care of a tidal pool",
        ],
    },
];

const TEMPLATES: [&str; 14] = [
    "Explain to {who} how {s} came about, and which {n} mistakes people make most often when they first meet it.",
    "Describe a working day of a {trade} in {place} who depends on {s}, in {n} short scenes with one setback.",
    "Draw up a plan of {n} steps for {who} in {place} to learn about {s} within {nn} days.",
    "Compare two ways of dealing with {s}, one from {place} and one from {place}, with regard to {side}.",
    "What would have to be true for {s} to become common in {place} again, and what stands in the way?",
    "Write a quiz of {n} questions on {s} for {who}, with one question that most people get wrong.",
    "Which {n} measurements would tell you whether {s} is improving or getting worse, and how are they taken?",
    "Prepare a talk of {nn} minutes about {s} for {who}, with an opening that surprises.",
    "Suppose that {place} had banned {s} in {year}: trace what would be different for a {trade} today.",
    "Give a {trade} from {place} advice on {s}, when {side} matters more than anything else.",
    "Sketch an exhibition of {n} objects on {s} for a small museum in {place}, with a label for each.",
    "How do {side} and {side} work against each other in the case of {s}, and how would {who} balance them?",
    "Tell the story of {s} since {year} through the eyes of three people, one of them a {trade}.",
    "Invent a fair rule for {who} that share {s}, and test it on {n} difficult cases.",
];

/// What is asked on top, so that a large run does not meet the same text twice.
const TAILS: [&str; 10] = [
    "Use about {nn}0 words and one example from {place}.",
    "Assume that the reader is a {trade} with {n} years of practice.",
    "Say at the end what {who} should do differently from {year} onwards.",
    "Leave {side} aside and give {side} the most room, in {n} paragraphs.",
    "Quote one imagined {trade} from {place} in {nn} words or fewer.",
    "Close with {n} questions that {who} could ask a {trade}.",
    "Name what had already been tried by {year} in {place}, and why it failed.",
    "Weigh {side} at {nn} percent and everything else at the remainder.",
    "Mark each statement that a {trade} in {place} would doubt.",
    "Allow for {n} helpers, {nn} euros and one rainy week in {place}.",
];

/// A new instruction from the field of `source`, on a rarer subject of it.
pub(crate) fn create(source: &str, dice: &mut Dice) -> String {
    let subject = dice.pick(&field_of(source, dice.clone()).subjects);
    let request = dice.pick(&TEMPLATES).replace("{s}", subject);
    fill(&format!("{request} {}", dice.pick(&TAILS)), &[], dice)
}

/// The first field that `source` betrays; otherwise, now and then, any field.
fn field_of(source: &str, mut dice: Dice) -> &'static Field {
    let is_betrayed = |field: &&Field| {
        source.split(|c: char| !c.is_ascii_alphabetic()).take(80).any(|word| {
            let is_mark = |mark: &&str| {
                word.len() >= mark.len()
                    && word.as_bytes()[..mark.len()].eq_ignore_ascii_case(mark.as_bytes())
            };
            field.marks.iter().any(is_mark)
        })
    };
    FIELDS.iter().find(is_betrayed).unwrap_or(&FIELDS[dice.below(FIELDS.len())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn there_are_many() {
        let source = "Name a colour.";
        let texts: HashSet<_> =
            (0..20_000).map(|key| create(source, &mut Dice::new(key, "breadth"))).collect();
        assert!(texts.len() > 19_900, "{}", texts.len());
        assert!(texts.iter().all(|text| !text.contains('{')));
    }

    #[test]
    fn the_field_is_kept() {
        let text = create("Write a recipe for cake.", &mut Dice::new(1, "breadth"));
        assert!(FIELDS[1].subjects.iter().any(|subject| text.contains(subject)), "{text}");
    }
}
