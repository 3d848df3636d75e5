//! The fixed instructions without data.

use super::Entry;
use crate::answer::task::Method::{self, Breadth, Concretizing, Constraints, Deepening, Reasoning};

const fn entry(level: u8, method: Method, text: &'static str, answer: &'static str) -> Entry {
    Entry { level, method, format: "", text, answer }
}

pub(super) const TEXTS: [Entry; 22] = [
    entry(
        1,
        Constraints,
        "When does 1 + 1 not make 2? Name three such systems and the rule that holds in each of them.",
        "In arithmetic modulo 2 every number is replaced by its remainder after division by 2, so 1 + 1 = 0. In Boolean algebra the plus sign means \"or\", so 1 + 1 = 1. In modulo 1 there is only one residue, and 1 + 1 = 0 holds because every sum is 0.",
    ),
    entry(
        1,
        Constraints,
        "Show that 1 + 1 = 2 with Peano's axioms alone, in at most four lines.",
        "Write 1 = S(0) and 2 = S(S(0)).\nAddition obeys a + 0 = a and a + S(b) = S(a + b).\nThen 1 + 1 = 1 + S(0) = S(1 + 0) = S(1).\nAnd S(1) = S(S(0)) = 2.",
    ),
    entry(
        1,
        Deepening,
        "Why does every even number from 4 to 30 split into two primes, and what keeps this from being a proof for all even numbers?",
        "Each of these numbers can be checked by hand: 4 = 2 + 2, 28 = 5 + 23, 30 = 7 + 23, and so for the others. That every larger even number splits as well is Goldbach's conjecture. It has been checked far beyond 10^18, but finitely many checks say nothing about the infinitely many numbers that remain.",
    ),
    entry(
        1,
        Deepening,
        "What makes addition of natural numbers commutative, and for which objects is a + b no longer the same as b + a?",
        "For natural numbers it follows by induction from the definition a + S(b) = S(a + b). It fails for infinite ordinals: 1 + ω is just ω, while ω + 1 has a last element and is larger. It also fails where + joins texts, since \"ab\" and \"ba\" differ.",
    ),
    entry(
        1,
        Concretizing,
        "One litre of water and one litre of ethanol are poured together. Why is the mixture less than two litres?",
        "The mixture has about 1.93 litres. Water molecules hold each other in an open network; ethanol breaks that network up and its small molecules fill the gaps, so the same mass needs less room. Mass adds up exactly, volume does not.",
    ),
    entry(
        1,
        Concretizing,
        "A basket holds one pear, and a neighbour adds one plum. How many fruits are in it, and how many kinds?",
        "Two fruits of two kinds. A pear and a plum can only be added once they are counted as the same thing, here as fruits; as pears there is still one, and as plums there is one.",
    ),
    entry(
        1,
        Reasoning,
        "A number plus its own reciprocal makes 5/2. Which numbers are possible, and how do you check them?",
        "From x + 1/x = 5/2, multiplying by 2x gives 2x^2 - 5x + 2 = 0. It factors into (2x - 1)(x - 2) = 0, so x = 1/2 or x = 2. Check: 2 + 1/2 = 5/2 and 1/2 + 2 = 5/2.",
    ),
    entry(
        1,
        Reasoning,
        "Find x if x^3 + x = 10, and show step by step that there is no other real solution.",
        "Trying small numbers gives 2^3 + 2 = 10, so x = 2 is a solution. The slope of x^3 + x is 3x^2 + 1, which is positive everywhere, so the left side grows all the time and reaches 10 only once.",
    ),
    entry(
        1,
        Breadth,
        "How can the speed of light be estimated from the eclipses of Jupiter's moon Io?",
        "The eclipses come later and later while the Earth moves away from Jupiter, because light has further to go. Across the diameter of the Earth's orbit, about 300 million kilometres, the delay adds up to about 1,000 seconds, which gives 300,000 kilometres per second. Rømer noticed the delay in 1676.",
    ),
    entry(
        1,
        Breadth,
        "By how much does a clock on a mountain of 3,000 metres run ahead of one at sea level after a year?",
        "Clocks run faster by the share gh/c^2. With g = 9.8 m/s^2 and h = 3,000 m this is about 3.3 × 10^-13. A year has 3.16 × 10^7 seconds, so the clock on the mountain is ahead by about 10 microseconds.",
    ),
    entry(
        1,
        Breadth,
        "Which constants of nature fix the size of a hydrogen atom, and how do they combine to a radius?",
        "Planck's constant, the mass and the charge of the electron, and the electric constant. They combine to the Bohr radius 4πε₀ħ²/(me²), about 5.3 × 10^-11 metres: a larger ħ spreads the electron out, a larger charge or mass pulls it in.",
    ),
    entry(
        2,
        Constraints,
        "Which rings with a unit and with two to four elements satisfy 1 + 1 = 0? List them without leaving one out.",
        "There are four. With two elements it is the field F2. With four elements there are the field F4, the product F2 × F2, and the polynomials over F2 modulo x^2. The ring of integers modulo 4 is left out because there 1 + 1 = 2 is not 0.",
    ),
    entry(
        2,
        Constraints,
        "Prove without induction that the sum of two odd numbers is even, and name the facts about integers that you rely on.",
        "Let the numbers be 2a + 1 and 2b + 1. Their sum is 2a + 2b + 2 = 2(a + b + 1), which is twice an integer. This relies on the distributive law, on the freedom to reorder a sum, and on a + b + 1 being an integer.",
    ),
    entry(
        2,
        Deepening,
        "Why did Gödel's theorems end the hope of proving arithmetic consistent from within, and which part of arithmetic escapes them?",
        "A consistent theory that can express addition and multiplication can talk about its own proofs, and then it cannot prove its own consistency. With addition alone this coding is impossible: Presburger arithmetic is complete and decidable.",
    ),
    entry(
        2,
        Deepening,
        "How dense are the primes near a large number n, and what does that suggest about the ways to write n as a sum of two primes?",
        "Near n about one number in ln n is prime. If primes behaved like independent draws, an even n would have of the order of n/(ln n)^2 such sums, a number that grows without limit. This makes Goldbach's conjecture very plausible, but it is no proof, since primes are not drawn at random.",
    ),
    entry(
        2,
        Concretizing,
        "Two trains 60 kilometres apart approach each other at 20 and 40 kilometres per hour. When and where do they meet?",
        "Their distance shrinks by 60 kilometres per hour, so they meet after one hour. The slower train has then covered 20 kilometres and the faster one 40.",
    ),
    entry(
        2,
        Concretizing,
        "Resistors of 6 ohms and 3 ohms are joined in parallel. What is the total, and why is it less than each of them?",
        "The conductances add: 1/6 + 1/3 = 1/2, so the total is 2 ohms. The second path lets more current through at the same voltage, so together they must resist less than either one alone.",
    ),
    entry(
        2,
        Reasoning,
        "Two numbers have the sum 10, and their squares the sum 58. Find the sum of their cubes without finding the numbers first.",
        "Their product is p = (10^2 - 58)/2 = 21. The cubes add up to s^3 - 3ps = 1000 - 3 · 21 · 10 = 370. Check: the numbers are 3 and 7, and 27 + 343 = 370.",
    ),
    entry(
        2,
        Reasoning,
        "A stone is thrown straight up at 20 m/s. With g = 10 m/s^2, when is it 15 metres high, and why are there two answers?",
        "From 20t - 5t^2 = 15 follows t^2 - 4t + 3 = 0, so t = 1 s or t = 3 s. It passes the height of 15 metres once on its way up and once on its way down, one second before and after the top at 2 s.",
    ),
    entry(
        2,
        Breadth,
        "Why can no engine turn all of its heat into work, and what is the best share between 600 and 300 kelvin?",
        "The heat that enters brings entropy with it, and this entropy has to leave as heat at the cold side. At best the share 1 - 300/600, one half, becomes work; real engines reach less.",
    ),
    entry(
        2,
        Breadth,
        "How did Cavendish weigh the Earth with a few lead balls, and which quantity did he really measure?",
        "Two large lead balls pulled two small ones that hung from a thin wire, and the twist of the wire showed the force. Compared with the weight of the balls, it gave the mean density of the Earth, about 5.4 times that of water.",
    ),
    entry(
        2,
        Breadth,
        "Why does a pendulum clock that is taken from Paris to the equator lose time, and what did this reveal about the Earth?",
        "Gravity is a little weaker at the equator, so the pendulum swings more slowly; Richer lost about two and a half minutes a day in Cayenne in 1672. It showed that the Earth turns and bulges at the equator.",
    ),
];
