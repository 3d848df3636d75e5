//! One file for each command.

mod check;
mod demo;
mod doctor;
mod explain;
mod export;
mod init;
mod mock;
mod model;
mod plan;
mod rules;
mod run;
mod status;
mod tree;
mod verify;

use crate::args::{Cli, Command};
use crate::printer;

/// Runs the command that was typed; gives the exit code.
pub(crate) async fn dispatch(cli: Cli) -> u8 {
    let result = match cli.command {
        Command::Run(args) => Box::pin(run::run(args)).await,
        Command::Plan(args) => plan::plan(&args),
        Command::Check(args) => check::check(&args),
        Command::Init(args) => init::init(&args),
        Command::Status(args) => status::status(&args).await,
        Command::Tree(args) => tree::tree(&args),
        Command::Export(args) => export::export(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Rules(command) => rules::rules(&command),
        Command::Verify(args) => verify::verify(&args),
        Command::Model(args) => model::model(args.command).await,
        Command::Doctor(args) => Box::pin(doctor::doctor(&args)).await,
        Command::Mock(args) => mock::mock(args).await,
        Command::Demo(args) => Box::pin(demo::demo(args)).await,
    };
    result.unwrap_or_else(|error| {
        printer::error(&error);
        error.exit_code()
    })
}
