//! `series submit`: plans, tells, asks, sends.

use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::Path;

use super::plan::{has_any, refusals, told};
use crate::args::SubmitArgs;
use crate::client::{Client, encode};
use crate::commands::Context;
use crate::commands::source::{SourceError, display_name};
use crate::error::CliError;
use crate::output::progress::with_spinner;
use crate::output::text::{count, safe};
use crate::output::{Answer, OutputError};
use crate::view::SubmissionView;

/// Longest file of figures: the node takes no more.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// Longest answer of a person that is read.
const MAX_ANSWER: u64 = 64;

/// Reports the figures of a file.
pub fn submit(context: &Context, args: &SubmitArgs) -> Result<Answer, CliError> {
    let is_asked = !args.yes && !args.dry_run;
    if is_asked && (context.output.json || !io::stdin().is_terminal()) {
        return Err(CliError::Usage(
            "There is nobody to ask whether to send it. Look with --dry-run, then send with --yes. Nothing was sent."
                .to_owned(),
        ));
    }
    let bytes = read(&args.file)?;
    let client = context.client()?;
    let plan = send(&client, "/v1/series/plan", args, args.skip_refused, &bytes)?;
    let refused = refusals(&plan);
    if args.dry_run {
        return planned(context, args, &plan);
    }
    if !has_any(&plan) && plan.held == 0 {
        let human = format!("{}\nThere is nothing to send.\n", told(&plan));
        return Ok(Answer::new(human, &plan)?.with_ok(refused == 0));
    }
    if is_asked {
        context.output.say(&told(&plan))?;
        let mut input = io::stdin().lock().take(MAX_ANSWER);
        if !confirmed(&question(&plan, refused, args.skip_refused), &mut input, &mut io::stderr())? {
            let human = format!("Nothing was sent.{}", mending(context, refused, true));
            return Ok(Answer::new(human, &plan)?.with_ok(false));
        }
    } else if refused > 0 && !args.skip_refused {
        let human = format!("{}\nNOT SENT.{}", told(&plan), mending(context, refused, true));
        return Ok(Answer::new(human, &plan)?.with_ok(false));
    }
    let sent = send(&client, "/v1/series", args, refused > 0, &bytes)?;
    sent_answer(context, args, &sent, is_asked)
}

/// What a dry run says.
fn planned(context: &Context, args: &SubmitArgs, plan: &SubmissionView) -> Result<Answer, CliError> {
    let refused = refusals(plan);
    let mut human = format!("{}\nThis was a dry run: nothing was sent.", told(plan));
    human.push_str(&mending(context, refused, !args.skip_refused && has_any(plan)));
    Ok(Answer::new(human, plan)?.with_ok(refused == 0))
}

/// What to do about what is refused.
fn mending(context: &Context, refused: u64, can_skip: bool) -> String {
    if refused == 0 {
        return "\n".to_owned();
    }
    let skip = if can_skip { ", or send the rest with --skip-refused" } else { "" };
    format!(
        " {} refused. Mend the file{skip}. {} prints a table in the right form.\n",
        if refused == 1 { "1 thing is".to_owned() } else { format!("{refused} things are") },
        context.command("series template MEASURE")
    )
}

/// What came of it, in short where the person has just read the plan.
fn sent_answer(
    context: &Context,
    args: &SubmitArgs,
    sent: &SubmissionView,
    is_told: bool,
) -> Result<Answer, CliError> {
    let refused = refusals(sent);
    let mut human = if is_told { String::new() } else { format!("{}\n", told(sent)) };
    match (sent.sent, sent.entries.len() as u64) {
        (true, 0) => human.push_str("There was nothing to send.\n"),
        (true, entries) => human.push_str(&format!(
            "Signed and sent: {} told, {} masked, in {}.\n",
            count(sent.told, "number"),
            sent.masked,
            count(entries, "contribution")
        )),
        (false, _) => human.push_str(&format!("NOT SENT.{}", mending(context, refused, !args.skip_refused))),
    }
    match (sent.sent, refused) {
        (false, _) | (true, 0) => {}
        (true, 1) => human.push_str("1 thing was left out because it is refused.\n"),
        (true, _) => human.push_str(&format!("{refused} things were left out because they are refused.\n")),
    }
    if sent.held > 0 {
        let verb = context.command("series held");
        human.push_str(&format!("{} held on this node: {verb}.\n", count(sent.held, "table")));
    }
    if !sent.entries.is_empty() {
        human.push_str(&format!("What has left so far is in {}.\n", context.command("egress")));
    }
    Ok(Answer::new(human, sent)?.with_ok(refused == 0 && sent.sent))
}

fn question(plan: &SubmissionView, refused: u64, is_skipping: bool) -> String {
    let what = match (has_any(plan), refused) {
        (false, _) => "Keep what is held on this node",
        (true, 0) => "Sign and send it",
        (true, _) if is_skipping => "Sign and send it without what is refused",
        (true, _) => "Something is refused. Sign and send the rest",
    };
    format!("\n{what}? What was sent can't be called back from those who read it. [y/N] ")
}

/// Asks a person; anything but a yes is a no.
fn confirmed(question: &str, input: &mut impl BufRead, out: &mut impl Write) -> Result<bool, OutputError> {
    out.write_all(safe(question).as_bytes())?;
    out.flush()?;
    let mut line = String::new();
    input.read_line(&mut line)?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Sends the file to be planned, or to be signed and sent.
fn send(
    client: &Client,
    path: &str,
    args: &SubmitArgs,
    skip_refused: bool,
    bytes: &[u8],
) -> Result<SubmissionView, CliError> {
    let length = bytes.len() as u64;
    let path = format!("{path}{}", query(args, skip_refused));
    Ok(with_spinner("The node looks at every figure", || client.upload(&path, bytes, length))?)
}

/// The options as a query; nothing if there are none.
fn query(args: &SubmitArgs, skip_refused: bool) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(args.measure.as_ref().map(|measure| format!("measure={}", encode(measure))));
    parts.extend(args.format.map(|format| format!("format={}", format.word())));
    let flags = [
        (args.missing_is_zero, "missing=zero"),
        (skip_refused, "skip_bad=true"),
        (args.mask_corrections, "mask_corrections=true"),
        (args.take_over, "take_over=true"),
    ];
    parts.extend(flags.iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| (*flag).to_owned()));
    parts.extend(args.column.iter().map(|column| format!("column={}", encode(column))));
    parts.extend(args.only.iter().map(|only| format!("only={}", encode(only))));
    if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
}

/// The bytes of a file, or of standard input when it is `-`.
fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    let unreadable = |source| SourceError::Unreadable { name: display_name(path), source };
    let mut bytes = Vec::new();
    let read = match path == Path::new("-") {
        true => io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes),
        false => File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)),
    };
    read.map_err(unreadable)?;
    match bytes.len() as u64 > MAX_BYTES {
        true => Err(CliError::Usage(format!(
            "{} has more than {} MiB, the most that is taken at once. Split it and send the parts.",
            display_name(path),
            MAX_BYTES / 1024 / 1024
        ))),
        false => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::confirmed;

    #[test]
    fn anything_but_a_yes_is_a_no() {
        for (typed, expected) in
            [("y\n", true), ("YES\n", true), ("", false), ("\n", false), ("no\n", false), ("yeah\n", false)]
        {
            let mut shown = Vec::new();
            assert_eq!(
                confirmed("Send it? ", &mut typed.as_bytes(), &mut shown).unwrap(),
                expected,
                "{typed:?}"
            );
            assert_eq!(shown, b"Send it? ");
        }
    }
}
