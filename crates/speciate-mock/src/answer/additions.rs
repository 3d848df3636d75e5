//! What each in-depth operator adds to an instruction: 10 to 20 words with drawn details.

use super::task::Method;

/// The additions of an operator, as templates of [`super::fill::fill`].
pub(crate) fn of(method: Method) -> &'static [&'static str] {
    match method {
        Method::Constraints | Method::Other => &CONSTRAINTS,
        Method::Deepening | Method::Breadth => &DEEPENING,
        Method::Concretizing => &CONCRETIZING,
        Method::Reasoning => &REASONING,
        Method::ComplicateInput => &INPUT,
    }
}

const CONSTRAINTS: [&str; 16] = [
    "Limit the answer to {n} sentences and name one source for each claim that you make.",
    "Use no more than {nn} words and leave out every term that {who} would not know.",
    "Present the result as a table with {n} rows, one of them about {side}.",
    "Leave out anything that costs more than {nn} euros or takes longer than {n} days.",
    "Every statement must come with a number and its unit, and {n} of them with a source.",
    "Write it so that {who} in {place} could act on it within {n} hours.",
    "Do not use any example from before {year}, and mark what is uncertain as such.",
    "Give exactly {n} points, ordered by {side}, and close with one objection to the first of them.",
    "It has to hold even if only {nn} percent of the usual means are at hand.",
    "Mention one risk for {side} after each step, in no more than {nn} letters.",
    "Avoid lists altogether: a single paragraph of at most {nn} words, without adjectives.",
    "Include one case from {place} and one from {place}, each in {n} lines.",
    "Neither the letter sequence \"very\" nor any question may occur in the text that you hand in.",
    "Add a budget of {nn} units, and show how much of it each part uses up.",
    "State for each part who is responsible for it: {who} or a {trade}.",
    "The first {n} words must already name the outcome; reasons come only after that.",
];

const DEEPENING: [&str; 16] = [
    "Which causes lie behind this, and how would {who} picture it without the strongest one of them?",
    "Go into the limits as well: under which conditions does the usual view of {side} break down in {place}?",
    "How did the understanding of this change since {year}, and what brought about that change?",
    "Compare it with its nearest neighbour and explain why {who} would so often confuse the two.",
    "What follows from this for {side}, at once and again after {nn} years?",
    "Discuss also the strongest argument against it, and what evidence would settle the dispute for a {trade} in {place}.",
    "Trace one consequence for {who} that is rarely mentioned, down to its root.",
    "Which part of it is settled, which part has been debated since {year}, and what keeps that debate about {side} alive?",
    "Explain what changes when the scale grows by a factor of {nn}, and where it stops working.",
    "Why do practice in {place} and theory differ here, and which of them should give way?",
    "Look at the mechanism one level further down, and say which observation in {place} could first reveal it.",
    "What would have to be measured, and how precisely, before a {trade} could rely on it?",
    "Include the history of its most common misunderstanding since {year} and the reason why it survives in {place}.",
    "Consider its side effects on {side} and on {side}, and weigh them against each other.",
    "How does it depend on place and season, and which of the two matters more in {place}?",
    "Which question comes next once this one is answered, and why could a {trade} not put it first?",
];

const CONCRETIZING: [&str; 16] = [
    "Take the case of a {trade} in {place} who has {nn} minutes and {n} helpers for it.",
    "Answer it for {who} in {place} that works with a budget of {nn} euros a month.",
    "Assume a room of {nn} square metres, {n} people and a single week in November.",
    "Base it on what was available to a {trade} in {place} in the year {year}.",
    "Speak about the {n} most common kinds in {place}, each with its own name and size.",
    "Suppose the person asking is a {trade} who tried it {n} times and failed at {side}.",
    "Put it in terms of a journey of {nn} kilometres from {place} with {n} stops.",
    "Let the example be a stock of {nn} pieces, of which {n} were damaged on arrival.",
    "The setting is a workshop in {place} with {n} machines that each run {nn} hours a week.",
    "Have {who} in mind, of whom {n} have never heard of it before.",
    "Use the figures of one town, {place}, with {nn} thousand inhabitants and {n} schools.",
    "Think of a single day, from six in the morning in {place} until {n} in the evening.",
    "Name the tools by their kind and size, as a {trade} would order {nn} of them.",
    "Work with a sample of {nn} people, {n} of them older than seventy, in {place}.",
    "Refer to one event of the year {year} in {place} and to the people who took part in it.",
    "It concerns {n} households that share one garden of {nn} square metres in {place}.",
];

const REASONING: [&str; 16] = [
    "First list what is known, then derive {n} intermediate results, and only then conclude, step by step.",
    "Start from {n} assumptions, show what each of them implies, and find the one that can be dropped.",
    "Work out the result twice, by {n} steps forwards and once backwards, and explain any difference.",
    "Reason through each of {n} cases separately before you say which of them decides the matter.",
    "Show how the answer changes if the first quantity doubles while the second falls by {nn} percent.",
    "Justify each step by the one before it, and check the last {n} against an estimate for {place}.",
    "Break it into {n} smaller questions, answer them in order, and combine the answers into one.",
    "Before concluding, rule out {n} tempting but wrong answers and say where each of them fails.",
    "Derive what must hold at the start if the outcome is to be {nn} percent better at the end.",
    "Explain step by step which of {who} and a {trade} would notice a mistake in it first.",
    "Estimate the unknown parts, carry the uncertainty through all {n} steps, and state it at the end.",
    "Rank {n} options by {side} first and then by {side}, and reconcile the two rankings.",
    "Find the step on which {n} others depend, and redo the reasoning of a {trade} without it.",
    "Calculate the effect after one week, then after {nn} weeks, and explain why it does not grow evenly.",
    "Argue in a chain of {n} steps, each no longer than one sentence, from the facts to the decision.",
    "If two of {n} conditions contradict each other, show how {who} would notice it and which one yields.",
];

/// What to ask about a formula.
pub(super) const FORMULA: [&str; 8] = [
    "Use the function below as its model: where is it zero, and what does that point stand for?",
    "Suppose the relation below holds: how does it change if x grows by {nn} percent in {place}?",
    "Read the formula below term by term: which term weighs most, and would {who} agree?",
    "Apply it to the formula below: for which x does it reach {nn}, and is that plausible?",
    "Given the function below, explain what its slope means and what a {trade} could read from it.",
    "With the formula below, work out the value at x = {n} and say which rounding is sensible.",
    "A {trade} in {place} wrote down the relation below. For which x does it stop making sense, and why?",
    "Take the formula below into account: what follows if its last constant is off by {nn} percent?",
];

/// What to ask about a table; `{k}` is one of its number columns.
const INPUT: [&str; 12] = [
    "Answer it from the records below alone: which entry has the highest {k}, and what explains it?",
    "Use the data below: by how much does the lowest {k} differ from the mean, and does that matter?",
    "Take these records into account, and say which one contradicts the others in its {k}.",
    "Apply it to the data below, and decide which {n} entries you would check again because of their {k}.",
    "With the records below, work out the total of {k} and tell what a {trade} should do with it.",
    "Here is what was recorded in {place}: what does the column {k} tell that the other one hides?",
    "Refer to the data below throughout: how would the answer change if every {k} fell by {nn} percent?",
    "Which two of the records below belong together by {k}, and what does that mean for the rest?",
    "Explain it by means of these records, and point out the entry whose {k} is hardest to believe.",
    "Sort the data below by {k}: is the order what {who} would expect, and why?",
    "The records below come from {place}. Which entry should be dropped, judging by its {k}, and why?",
    "Read the data below carefully: what is the ratio of the largest {k} to the smallest one?",
];
