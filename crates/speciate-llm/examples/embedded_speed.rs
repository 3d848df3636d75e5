//! Measures the embedded engine on this machine: tokens a second by batch size, and requests a
//! second with and without a shared beginning.
//!
//! `cargo run -p speciate-llm --example embedded_speed [MODEL [THREADS]]`

use std::time::Instant;

use speciate_llm::Model;
use speciate_llm::embedded::{EmbeddedModel, EmbeddedOptions};
use speciate_llm::local::{ModelEnv, resolve};
use speciate_types::{ChatMessage, ChatRequest, ErrorClass, MessageRole, Sampling};

const OUTPUT_TOKENS: u32 = 64;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the measurements are this program's output")]
async fn main() -> Outcome<()> {
    let mut args = std::env::args().skip(1);
    let env = ModelEnv::from_process();
    let found = resolve(&args.next().unwrap_or_else(|| "smollm2-135m".to_owned()), &env)?;
    let threads = args.next().map_or(Ok(env.threads()), |text| text.parse())?;
    let options = EmbeddedOptions {
        threads,
        sampling: found.sampling(),
        cache_dir: env.cache_dir.clone(),
        ..EmbeddedOptions::new(&found.name)
    };
    println!("{} with {threads} threads", found.path.display());
    for batch in [1, 4, 8] {
        let model =
            EmbeddedModel::load(&found.path, &EmbeddedOptions { slots: batch, ..options.clone() })?;
        let rate = generation_rate(&model, batch).await?;
        println!("batch {batch}: {rate:.1} tokens/s written");
    }
    for (budget, name) in [(0, "without"), (options.prefix_cache_bytes, "with")] {
        let options = EmbeddedOptions { prefix_cache_bytes: budget, ..options.clone() };
        let model = EmbeddedModel::load(&found.path, &options)?;
        let rate = request_rate(&model).await?;
        println!("batch 8, {name} prefix sharing: {rate:.2} requests/s");
    }
    Ok(())
}

/// Tokens written a second, prompts read included but short.
async fn generation_rate(model: &EmbeddedModel, batch: u32) -> Outcome<f64> {
    run(model, &[talk("Say hello.", 0, 0)]).await?;
    let requests: Vec<ChatRequest> = (0..2 * batch)
        .map(|idx| talk("Write a long story about the sea.", u64::from(idx), 0))
        .collect();
    let start = Instant::now();
    let tokens = run(model, &requests).await?;
    Ok(tokens as f64 / start.elapsed().as_secs_f64())
}

/// Requests a second that share about 300 tokens and have about 40 of their own.
async fn request_rate(model: &EmbeddedModel) -> Outcome<f64> {
    let requests: Vec<ChatRequest> = (0..16)
        .map(|idx| {
            let own =
                format!("Rewrite request number {idx}: {}", "tell me of the old town. ".repeat(4));
            talk(&own, idx, 1)
        })
        .collect();
    let start = Instant::now();
    run(model, &requests).await?;
    Ok(requests.len() as f64 / start.elapsed().as_secs_f64())
}

/// Sends all at once, waits, and counts the tokens written. Cut answers are what is wanted here.
async fn run(model: &EmbeddedModel, requests: &[ChatRequest]) -> Outcome<u64> {
    let calls = requests.iter().map(|request| model.call(request.clone()));
    let mut tokens = 0;
    for outcome in futures_util::future::join_all(calls).await {
        tokens += match outcome {
            Ok(response) => response.usage.output_tokens,
            Err(error) if error.class == ErrorClass::Truncated => {
                error.usage.map_or(0, |usage| usage.output_tokens)
            }
            Err(error) => return Err(error.into()),
        };
    }
    Ok(tokens)
}

fn talk(text: &str, seed: u64, shared_messages: usize) -> ChatRequest {
    let mut messages = Vec::new();
    if shared_messages > 0 {
        let rules = "You rewrite requests so that they become harder, and keep their language. ";
        messages.push(ChatMessage::new(MessageRole::System, rules.repeat(20)));
    }
    messages.push(ChatMessage::new(MessageRole::User, text));
    ChatRequest {
        messages,
        sampling: Sampling { max_tokens: Some(OUTPUT_TOKENS), ..Sampling::default() },
        stop: Vec::new(),
        seed,
        shared_messages,
    }
}
