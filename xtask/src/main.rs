//! Chores of the project: `cargo xtask NAME`. Each does its own set-up.

mod bench;
mod deny;
mod labels;
mod prices;
mod process;
mod real_server;
mod setup;
mod start;
mod test;
mod tidy;

use anyhow::{Result, bail};

const USAGE: &str = "\
usage: cargo xtask NAME

  start               set up, build, and evolve the example seeds on the embedded model
  test                set up, build, and run every test and check
  test --real-server  the main job against llama-cpp-python's server with a real model (slow)
  bench [NAME…] [--seeds FILE] [--json FILE]
                      speed, memory and repeats against the mock server; see bench/README.md
  setup               install what the build needs (cmake, libclang), if it is missing
  prices FILE VERSION DATE
                      the table of list prices, from the price file of the PyPI package litellm
  labels DATA [HALF]  our labels with their texts, for `speciate rules measure`; HALF is tuning or table
  tidy                the arrows between rooms, file sizes, headers
";

#[expect(clippy::print_stderr, reason = "usage goes to the person")]
fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["start", rest @ ..] => start::start(rest),
        ["test", "--real-server", rest @ ..] => real_server::run(rest),
        ["test", rest @ ..] => test::test(rest),
        ["bench", rest @ ..] => bench::bench(rest),
        ["setup"] => setup::tools().map(|_tools| ()),
        ["prices", file, version, date] => prices::prices(file, version, date),
        ["labels", data] => labels::labels(data, None),
        ["labels", data, half] => labels::labels(data, Some(half)),
        ["tidy"] => tidy::tidy(),
        _ => {
            eprint!("{USAGE}");
            bail!("no such chore: {}", words.join(" "))
        }
    }
}
