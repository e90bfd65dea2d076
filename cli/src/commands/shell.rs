//! `completions` and `man`.

use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;
use serde_json::json;

use crate::args::Cli;
use crate::error::CliError;
use crate::output::text::count;
use crate::output::{Answer, OutputError};

/// The completion script for `shell`.
pub fn completions(shell: Shell) -> Result<Answer, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "commons", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    let json = json!({ "shell": shell.to_string(), "script": script });
    Ok(Answer::trusted(script, json))
}

/// Writes one manual page per verb into `dir`.
pub fn man(dir: &Path) -> Result<Answer, CliError> {
    let failed = |source| OutputError::File { path: dir.to_owned(), source };
    std::fs::create_dir_all(dir).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), dir).map_err(failed)?;
    let mut files: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("commons") && name.ends_with(".1") {
            files.push(name);
        }
    }
    files.sort();
    let human = format!(
        "Wrote {} to {}. Read one with `man -l {}`.\n",
        count(files.len() as u64, "manual page"),
        dir.display(),
        dir.join("commons.1").display()
    );
    Ok(Answer::new(human, &json!({ "dir": dir, "files": files }))?)
}
