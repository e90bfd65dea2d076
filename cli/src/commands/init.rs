//! `init`: the home of an organisation.

use crate::args::{InitArgs, Role};
use crate::commands::{Context, passphrase};
use crate::error::CliError;
use crate::local::{self, InitOptions, InitReport};
use crate::output::Answer;
use crate::output::progress::with_spinner;

/// Makes the home.
pub fn init(context: &Context, args: InitArgs) -> Result<Answer, CliError> {
    let options = options(args)?;
    let recovered = options.from_keys.is_some();
    let report = with_spinner("Making keys", || local::init(&context.home, options))?;
    Ok(Answer::new(human(context, &report, recovered), &report)?)
}

fn options(args: InitArgs) -> Result<InitOptions, CliError> {
    let keys_passphrase = match &args.from_keys {
        Some(_) => {
            Some(passphrase::existing(args.keys_passphrase_file.as_deref(), "to open the exported keys")?)
        }
        None => None,
    };
    let wants_passphrase = args.passphrase || args.passphrase_file.is_some();
    let passphrase = match wants_passphrase {
        true => {
            Some(passphrase::fresh(args.passphrase_file.as_deref(), "to protect the keys of the new home")?)
        }
        false => None,
    };
    Ok(InitOptions {
        name: args.name,
        kind: args.kind.map(|kind| kind.word().to_owned()),
        listen: args.listen,
        public: args.public,
        role: match args.role {
            Role::Member => "member".to_owned(),
            Role::Hub => "hub".to_owned(),
        },
        api: args.api,
        passphrase,
        from_keys: args.from_keys,
        keys_passphrase,
    })
}

fn human(context: &Context, report: &InitReport, recovered: bool) -> String {
    let done = match recovered {
        true => "Recovered the organisation from its keys",
        false => "Made a new organisation",
    };
    let next = match recovered {
        true => "It catches up from the other members by itself.".to_owned(),
        false => format!(
            "Then found a commons with {} or join one with {}.",
            context.command("found NAME --purpose TEXT"),
            context.command("join CODE")
        ),
    };
    format!(
        "{done} in {}.\n\
         Organisation  {} ({})\n\
         Settings      {}\n\
         Your token    {} (keep it secret)\n\
         Next: start the node with {}. {next}\n",
        report.home.display(),
        report.name,
        report.organisation,
        report.config.display(),
        report.token.display(),
        context.command("run"),
    )
}
