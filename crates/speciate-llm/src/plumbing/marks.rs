//! The marks, by what they do. Their sources are the chat templates that models publish.

/// Marks around reasoning, each with the mark that ends it.
pub(super) const REASONING: [(&str, &str); 12] = [
    // DeepSeek R1, Qwen 3, GLM and most others.
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<thoughts>", "</thoughts>"),
    ("<reasoning>", "</reasoning>"),
    ("<reflection>", "</reflection>"),
    ("<seed:think>", "</seed:think>"),
    // Magistral.
    ("[THINK]", "[/THINK]"),
    // Kimi.
    ("◁think▷", "◁/think▷"),
    // Sky-T1 and OpenThinker.
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    // Cohere.
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    // Gemma.
    ("<|channel>thought", "<channel|>"),
];

/// Marks that mean reasoning wherever they stand. The other names are also XML that a text may hold.
pub(super) const NEVER_TEXT: [&str; 6] = [
    "<think>",
    "[THINK]",
    "◁think▷",
    "<|begin_of_thought|>",
    "<|START_THINKING|>",
    "<|channel>thought",
];

/// Marks that open the answer behind the reasoning.
pub(super) const ANSWER_OPENERS: [&str; 3] =
    ["<|begin_of_solution|>", "<|START_RESPONSE|>", "<|START_TEXT|>"];

/// Marks that end a turn.
pub(super) const TURN_ENDS: [&str; 24] = [
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|eot|>",
    "<|end_of_text|>",
    "<|end_of_turn|>",
    "<|endofturn|>",
    "[|endofturn|]",
    "<|end|>",
    "<|return|>",
    "<end_of_turn>",
    "<turn|>",
    "<eos>",
    "</s>",
    "<|END_OF_TURN_TOKEN|>",
    "<|END_RESPONSE|>",
    "<|END_TEXT|>",
    "<|end_of_solution|>",
    "<｜end▁of▁sentence｜>",
    "<|end▁of▁sentence|>",
    "<|end_of_sentence|>",
    "<|endofassistant|>",
    "<|im_sep|>",
];

/// Marks that open a turn, with the word or mark behind them that says whose it is.
pub(super) const TURN_OPENERS: [&str; 11] = [
    "<|im_start|>",
    "<|start_header_id|>",
    "<start_of_turn>",
    "<|turn>",
    "<|start_of_role|>",
    "<|START_OF_TURN_TOKEN|>",
    "<|header_start|>",
    "<|role_start|>",
    "<|start|>",
    "<|begin_of_text|>",
    "<|startoftext|>",
];

/// Marks that open a turn of the user and nothing else.
pub(super) const USER_OPENERS: [&str; 7] =
    ["[INST]", "<|user|>", "<｜User｜>", "<|User|>", "[|user|]", "<|im_user|>", "<|USER_TOKEN|>"];

/// Marks that open a turn of the assistant and nothing else.
pub(super) const ASSISTANT_OPENERS: [&str; 5] =
    ["<|assistant|>", "<｜Assistant｜>", "<|Assistant|>", "[|assistant|]", "<|im_assistant|>"];

/// What may stand between a mark that opens a turn and its text.
pub(super) const HEADER_ENDS: [&str; 5] = [
    "<|end_header_id|>",
    "<|header_end|>",
    "<|end_of_role|>",
    "<|im_middle|>",
    "<|CHATBOT_TOKEN|>",
];
