//! The `speciate` command: reads what was typed, calls the library, shows what came back.
//!
//! This door knows terminals and exit codes. It must never know SQL, wire formats or how an
//! instruction is evolved.

mod args;
mod commands;
mod crash;
mod display;
mod exit;
mod layers;
mod printer;
mod signals;
mod talk;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;

fn main() -> ExitCode {
    crash::listen(printer::talk);
    let code = crash::guarded(obey, exit::BUG, printer::talk);
    talk::flush();
    let has_fallen_short = code == exit::DONE && printer::has_lost_data();
    ExitCode::from(if has_fallen_short { exit::SHORT } else { code })
}

/// Does what was typed; gives the exit code.
fn obey() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are data, and no error.
            let is_help = !error.use_stderr();
            let is_printed = error.print().is_ok();
            return if is_help && is_printed { exit::DONE } else { exit::USAGE };
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            printer::error_line(&format!("cannot start: {error}"));
            return exit::BUG;
        }
    };
    let work = async {
        if let Err(error) = signals::survive_large_files() {
            printer::error_line(&format!("cannot listen for signals: {error}"));
        }
        commands::dispatch(cli).await
    };
    // A panic is caught before the runtime goes, which could wait for calls for ever.
    let code = crash::guarded(|| runtime.block_on(work), exit::BUG, printer::talk);
    // A call that was given up must not hold the program.
    runtime.shutdown_background();
    code
}
