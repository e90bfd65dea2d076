//! The `commons` command: makes and runs a node, and talks to a running one.

mod args;
mod client;
mod commands;
mod demo;
mod editor;
mod error;
mod local;
mod output;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use commons_node::view;

use args::Cli;
use commands::Context;
use error::{CliError, DONE, FAILED};
use output::{Answer, Output, OutputError};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::detect(cli.global.json);
    let result = Context::new(cli.global, output)
        .and_then(|context| commands::run(&context, cli.verb))
        .and_then(|answer| finish(output, answer));
    ExitCode::from(match result {
        Ok(code) => code,
        Err(error) => report(output, &error),
    })
}

fn finish(output: Output, answer: Option<Answer>) -> Result<u8, CliError> {
    let Some(answer) = answer else {
        return Ok(DONE);
    };
    output.print(&answer)?;
    Ok(if answer.ok { DONE } else { FAILED })
}

fn report(output: Output, error: &CliError) -> u8 {
    // `commons … | head` is not a failure.
    if matches!(error, CliError::Output(OutputError::Gone)) {
        return DONE;
    }
    let message = output::text::safe(&error.to_string());
    // Nothing is left to tell if standard error is closed too.
    let _ = writeln!(std::io::stderr(), "Error: {message}");
    if output.json {
        let _ = output.print_json(&error.to_json());
    }
    error.exit_code()
}
