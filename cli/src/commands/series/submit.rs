//! `series submit`: plans, tells, asks, sends.

use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::Path;

use super::plan::{has_any, is_settled, refusal_table, refusals, told, withheld};
use crate::args::SubmitArgs;
use crate::client::{Client, encode};
use crate::commands::Context;
use crate::commands::file::write_new;
use crate::commands::source::{SourceError, display_name};
use crate::error::CliError;
use crate::output::progress::with_upload;
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
    if let Some(file) = &args.refused {
        write_new(file, refusal_table(&plan).as_bytes())?;
    }
    if args.dry_run {
        return planned(context, args, &plan);
    }
    if !has_any(&plan) && plan.held == 0 {
        let human = format!("{}\n{}", told(&plan), nothing(context, &plan));
        return Ok(Answer::new(human, &plan)?.with_ok(is_settled(&plan)));
    }
    if is_asked {
        context.output.say(&told(&plan))?;
        if !asked(&question(&plan, refused, args.skip_refused))? {
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
    if !has_any(plan) && refused == 0 {
        human.push_str(&nothing(context, plan));
    }
    Ok(Answer::new(human, plan)?.with_ok(is_settled(plan)))
}

/// Why nothing can be sent.
fn nothing(context: &Context, plan: &SubmissionView) -> String {
    let refused = refusals(plan);
    match (refused + withheld(plan), plan.held, plan.unchanged) {
        (1.., ..) if refused > 0 => format!("NOT SENT.{}", mending(context, refused, false)),
        (1.., ..) => "NOT SENT: no masks make any of it safe.\n".to_owned(),
        (0, 1.., _) => held(context, plan),
        (0, 0, 1..) => "There is nothing to send: readers would see the same.\n".to_owned(),
        (0, 0, 0) => "NOT SENT: the file holds no figures.\n".to_owned(),
    }
}

/// What is held, and what becomes of it.
fn held(context: &Context, view: &SubmissionView) -> String {
    if view.held == 0 {
        return String::new();
    }
    let what = if view.sent { "NOT SENT but held on this node" } else { "To be held on this node, not sent" };
    format!(
        "{what}: {}. What is held goes with a later submission, once it can't show single people: {}.\n",
        count(view.held, "table"),
        context.command("series held")
    )
}

/// What to do about what is refused.
fn mending(context: &Context, refused: u64, can_skip: bool) -> String {
    if refused == 0 {
        return "\n".to_owned();
    }
    let skip = if can_skip { ", or send the rest with --skip-refused" } else { "" };
    format!(
        " {} refused. Fix the file{skip}. {} prints a table in the right form.\n",
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
        (true, 0) if sent.held == 0 => human.push_str(&nothing(context, sent)),
        (true, 0) => {}
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
    human.push_str(&held(context, sent));
    if let tables @ 1.. = withheld(sent) {
        human.push_str(&format!("NOT SENT, since no masks make it safe: {}.\n", count(tables, "table")));
    }
    if !sent.entries.is_empty() {
        human.push_str(&format!("What has left so far is in {}.\n", context.command("egress")));
    }
    Ok(Answer::new(human, sent)?.with_ok(is_settled(sent) && sent.sent))
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

/// Asks the person at the terminal; anything but a yes is a no.
pub fn asked(question: &str) -> Result<bool, OutputError> {
    let mut input = io::stdin().lock().take(MAX_ANSWER);
    confirmed(question, &mut input, &mut io::stderr())
}

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
    let told = ("Sending the file to the node", "The node looks at every figure");
    Ok(with_upload(bytes, told, |file| client.upload(&path, file, length))?)
}

/// The options as a query; nothing if there are none.
fn query(args: &SubmitArgs, skip_refused: bool) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(args.measure.as_ref().map(|measure| format!("measure={}", encode(measure))));
    parts.extend(args.format.map(|format| format!("format={}", format.word())));
    let flags = [
        (args.missing_is_zero, "missing_is_zero=true"),
        (skip_refused, "skip_refused=true"),
        (args.mask_corrections, "mask_corrections=true"),
        (args.take_over, "take_over=true"),
    ];
    parts.extend(flags.iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| (*flag).to_owned()));
    parts.extend(args.column.iter().map(|column| format!("column={}", encode(column))));
    parts.extend(args.only.iter().map(|only| format!("only={}", encode(only))));
    parts.extend(args.map.iter().map(|map| format!("map={}", encode(map))));
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
