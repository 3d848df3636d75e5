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
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are data, and no error.
            let is_help = !error.use_stderr();
            if error.print().is_err() {
                return ExitCode::from(exit::USAGE);
            }
            return ExitCode::from(if is_help { exit::DONE } else { exit::USAGE });
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let code = match runtime {
        Ok(runtime) => {
            let work = async {
                if let Err(error) = signals::survive_large_files() {
                    printer::error_line(&format!("cannot listen for signals: {error}"));
                }
                commands::dispatch(cli).await
            };
            let code = crash::guarded(|| runtime.block_on(work), exit::BUG, printer::talk);
            // A call that was given up must not hold the program.
            runtime.shutdown_background();
            code
        }
        Err(error) => {
            printer::error_line(&format!("cannot start: {error}"));
            exit::BUG
        }
    };
    talk::flush();
    let has_fallen_short = code == exit::DONE && printer::has_lost_data();
    ExitCode::from(if has_fallen_short { exit::SHORT } else { code })
}
