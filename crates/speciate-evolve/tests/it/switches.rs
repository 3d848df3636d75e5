//! `language-switch` on short requests in twelve languages.

use speciate_evolve::{Candidate, RuleSet};
use speciate_types::Kind;

use crate::data::candidate;

const REQUESTS: [(&str, [&str; 5]); 12] = [
    (
        "en",
        [
            "Explain to a child why the sky is blue.",
            "How do I keep bread fresh for a week?",
            "Write a short letter to the neighbour about the noise.",
            "Which of these rivers is the longest, and where does it end?",
            "Translate this sentence into German: \"Der Zug ist spät.\"",
        ],
    ),
    (
        "de",
        [
            "Erkläre einem Kind, warum der Himmel blau ist.",
            "Wie halte ich Brot eine Woche lang frisch?",
            "Schreibe einen kurzen Brief an die Nachbarn wegen des Lärms.",
            "Welcher dieser Flüsse ist der längste und wo endet er?",
            "Übersetze den Satz ins Englische: „The train is late.“",
        ],
    ),
    (
        "fr",
        [
            "Explique à un enfant pourquoi le ciel est bleu.",
            "Comment garder du pain frais pendant une semaine ?",
            "Écris une courte lettre au voisin au sujet du bruit.",
            "Lequel de ces fleuves est le plus long et où finit-il ?",
            "Traduis cette phrase en anglais : « Le train est en retard. »",
        ],
    ),
    (
        "es",
        [
            "Explica a un niño por qué el cielo es azul.",
            "¿Cómo mantengo fresco el pan durante una semana?",
            "Escribe una carta breve al vecino sobre el ruido.",
            "¿Cuál de estos ríos es el más largo y dónde termina?",
            "Traduce esta frase al inglés: «El tren llega tarde».",
        ],
    ),
    (
        "it",
        [
            "Spiega a un bambino perché il cielo è blu.",
            "Come posso tenere fresco il pane per una settimana?",
            "Scrivi una breve lettera al vicino per il rumore.",
            "Quale di questi fiumi è il più lungo e dove finisce?",
            "Traduci questa frase in inglese: «Il treno è in ritardo».",
        ],
    ),
    (
        "pt",
        [
            "Explica a uma criança por que o céu é azul.",
            "Como posso manter o pão fresco durante uma semana?",
            "Escreve uma carta curta ao vizinho sobre o barulho.",
            "Qual destes rios é o mais longo e onde termina?",
            "Traduz esta frase para inglês: «O comboio está atrasado».",
        ],
    ),
    (
        "nl",
        [
            "Leg aan een kind uit waarom de lucht blauw is.",
            "Hoe houd ik brood een week lang vers?",
            "Schrijf een korte brief aan de buren over het lawaai.",
            "Welke van deze rivieren is de langste en waar eindigt ze?",
            "Vertaal deze zin naar het Engels: \"De trein is te laat.\"",
        ],
    ),
    (
        "ru",
        [
            "Объясни ребёнку, почему небо голубое.",
            "Как сохранить хлеб свежим в течение недели?",
            "Напиши короткое письмо соседям о шуме.",
            "Какая из этих рек самая длинная и где она заканчивается?",
            "Переведи это предложение на английский: «Поезд опаздывает».",
        ],
    ),
    (
        "pl",
        [
            "Wyjaśnij dziecku, dlaczego niebo jest niebieskie.",
            "Jak utrzymać chleb w świeżości przez tydzień?",
            "Napisz krótki list do sąsiadów w sprawie hałasu.",
            "Która z tych rzek jest najdłuższa i gdzie się kończy?",
            "Przetłumacz to zdanie na angielski: „Pociąg się spóźnia”.",
        ],
    ),
    (
        "tr",
        [
            "Bir çocuğa gökyüzünün neden mavi olduğunu açıkla.",
            "Ekmeği bir hafta boyunca nasıl taze tutarım?",
            "Komşulara gürültü hakkında kısa bir mektup yaz.",
            "Bu nehirlerin hangisi en uzun ve nerede bitiyor?",
            "Bu cümleyi İngilizceye çevir: \"Tren gecikti.\"",
        ],
    ),
    (
        "zh",
        [
            "向孩子解释天空为什么是蓝色的。",
            "怎样让面包保鲜一个星期？",
            "给邻居写一封关于噪音的短信。",
            "这些河流中哪条最长，它在哪里结束？",
            "把这句话翻译成英语：“火车晚点了。”",
        ],
    ),
    (
        "ko",
        [
            "아이에게 하늘이 왜 파란지 설명해 주세요.",
            "빵을 일주일 동안 신선하게 보관하려면 어떻게 해야 하나요?",
            "소음에 대해 이웃에게 짧은 편지를 써 주세요.",
            "이 강들 중에서 어느 것이 가장 길고 어디에서 끝나나요?",
            "이 문장을 영어로 번역해 주세요: \"기차가 늦었어요.\"",
        ],
    ),
];

#[test]
fn requests_keep_their_language_and_a_switch_is_mostly_seen() {
    let rules = RuleSet::from_names(&["language-switch"]).unwrap();
    let is_switch = |parent: &str, child: &str| {
        let kind = Kind::InBreadth;
        rules.static_check(&Candidate { kind, ..candidate(parent, child) }).is_some()
    };
    let (mut switches, mut seen) = (0, 0);
    for (from, parents) in REQUESTS {
        for (to, children) in REQUESTS {
            for (parent, child) in parents.iter().flat_map(|p| children.map(|c| (p, c))) {
                let found = is_switch(parent, child);
                if from == to {
                    assert!(!found, "{parent} → {child}");
                } else {
                    switches += 1;
                    seen += u32::from(found);
                }
            }
        }
    }
    println!("{seen} of {switches} switches are seen");
    assert!(seen * 2 > switches, "{seen} of {switches}");
}
