//! What becomes of a file of figures, in words: what is sent, masked and why,
//! held and why, refused and how to mend it.

use std::collections::BTreeMap;
use std::fmt::Write;

use commons_node::figures::Remark;
use commons_node::figures::formula::cell;

use crate::commands::feed::table::some;
use crate::output::text::{count, short};
use crate::view::{CellView, SubmissionView, TableView};

/// Lines of a kind that are shown before "and N more".
const SHOWN: usize = 5;
/// Places that are named in a line.
const PLACES: usize = 3;

/// Everything that would become of the file.
pub fn told(view: &SubmissionView) -> String {
    let mut text = sending(view);
    text.push_str(&masking(view));
    text.push_str(&kept(view, "hold", "Held, not sent"));
    text.push_str(&kept(view, "withhold", "Withheld: no masks make it safe"));
    text.push_str(&refused(view));
    text.push_str(&notes(view));
    text
}

/// How many lines and tables are refused.
pub fn refusals(view: &SubmissionView) -> u64 {
    let lines = view.remarks.iter().filter(|remark| remark.refused).count();
    (lines + of_outcome(view, "refuse").count()) as u64
}

/// Everything that is refused, as a table in CSV.
pub fn refusal_table(view: &SubmissionView) -> String {
    let remarks = view.remarks.iter().filter(|remark| remark.refused);
    let remarks = remarks.map(|one| [&one.at, &one.code, &one.text, &one.advice].map(|text| cell(text)));
    let tables = of_outcome(view, "refuse");
    let tables =
        tables.map(|one| [cell(&table_name(view, one)), cell(&one.code), cell(&one.reason), String::new()]);
    let head = ["where", "code", "why", "advice"].map(str::to_owned);
    std::iter::once(head).chain(remarks).chain(tables).map(|cells| cells.join(",") + "\r\n").collect()
}

/// How many tables no masks make safe.
pub fn withheld(view: &SubmissionView) -> u64 {
    of_outcome(view, "withhold").count() as u64
}

/// Whether the file has figures, and each of them is sent, held, or known to
/// readers already: so that nobody has to do anything.
pub fn is_settled(view: &SubmissionView) -> bool {
    let is_any = has_any(view) || view.held > 0 || view.unchanged > 0;
    is_any && refusals(view) == 0 && withheld(view) == 0
}

/// Whether there is anything to send.
pub fn has_any(view: &SubmissionView) -> bool {
    of_outcome(view, "send").next().is_some()
}

fn of_outcome<'a>(view: &'a SubmissionView, outcome: &'a str) -> impl Iterator<Item = &'a TableView> {
    view.tables.iter().filter(move |table| table.outcome == outcome)
}

/// What is sent, measure by measure.
fn sending(view: &SubmissionView) -> String {
    let mut measures: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for table in of_outcome(view, "send") {
        measures.entry((&table.title, &table.measure)).or_default().push(&table.period);
    }
    let verb = if view.sent { "Sent" } else { "To send" };
    let mut text = format!(
        "{verb}: {}, with {} told and {} masked.\n",
        count(of_outcome(view, "send").count() as u64, "table"),
        count(view.told, "number"),
        view.masked
    );
    for ((title, id), periods) in measures {
        let _ = writeln!(text, "  {title} ({}): {}", short(id), span(&periods));
    }
    let replaced: Vec<&str> =
        of_outcome(view, "send").filter(|table| table.replaces).map(|table| table.period.as_str()).collect();
    if !replaced.is_empty() {
        let tables = count(replaced.len() as u64, "table");
        let _ = writeln!(text, "Of these, {tables} replace what readers have: {}.", span(&replaced));
    }
    if view.unchanged > 0 {
        let tables = count(view.unchanged, "table");
        let _ = writeln!(text, "Not sent again, as readers would see the same: {tables}.");
    }
    text
}

/// A few periods by name, many by the first and the last one.
fn span(periods: &[&str]) -> String {
    match periods {
        [first, .., last] if periods.len() > PLACES => format!("{} from {first} to {last}", periods.len()),
        few => few.join(", "),
    }
}

/// What is masked, by reason, with the first places of each.
fn masking(view: &SubmissionView) -> String {
    let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for table in of_outcome(view, "send") {
        for cell in &table.cells {
            for reason in &cell.masked_because {
                reasons.entry(reason).or_default().push(place(view, table, cell));
            }
        }
    }
    let mut text = String::new();
    if !reasons.is_empty() {
        text.push_str("\nMasked, and why:\n");
    }
    let mut reasons: Vec<(&str, Vec<String>)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, places)| std::cmp::Reverse(places.len()));
    for (reason, places) in reasons {
        let _ = writeln!(text, "  {} {reason}\n    {}", places.len(), some(&places, PLACES));
    }
    for table in of_outcome(view, "send").filter(|table| !table.reason.is_empty()).take(SHOWN) {
        let _ = writeln!(text, "  {}: {}", table_name(view, table), table.reason);
    }
    text
}

/// Period and stratum of a cell.
fn place(view: &SubmissionView, table: &TableView, cell: &CellView) -> String {
    let name = table_name(view, table);
    match (&cell.stratifier, &cell.stratum) {
        (Some(stratifier), Some(stratum)) => format!("{name} {stratifier}:{stratum}"),
        _ => format!("{name} all"),
    }
}

/// The period, with the measure if there are several.
fn table_name(view: &SubmissionView, table: &TableView) -> String {
    let is_other = |one: &TableView| one.measure != table.measure;
    match view.tables.iter().any(is_other) {
        true => format!("{} {}", table.title, table.period),
        false => table.period.clone(),
    }
}

/// Tables that stay on this node.
fn kept(view: &SubmissionView, outcome: &str, heading: &str) -> String {
    let tables: Vec<&TableView> = of_outcome(view, outcome).collect();
    let lines: Vec<String> =
        tables.iter().map(|table| format!("{}: {}", table_name(view, table), table.reason)).collect();
    section(&format!("{heading} ({})", tables.len()), &lines)
}

/// What is refused, with how to mend it.
fn refused(view: &SubmissionView) -> String {
    let remarks = view.remarks.iter().filter(|remark| remark.refused).map(remark);
    let tables = of_outcome(view, "refuse");
    let tables = tables.map(|table| format!("{}: {}", table_name(view, table), table.reason));
    let lines: Vec<String> = remarks.chain(tables).collect();
    section(&format!("Refused ({})", lines.len()), &lines)
}

/// What is unusual, but taken.
fn notes(view: &SubmissionView) -> String {
    let lines: Vec<String> = view.remarks.iter().filter(|remark| !remark.refused).map(remark).collect();
    section("Look at", &lines)
}

fn remark(remark: &Remark) -> String {
    let Remark { at, text, advice, .. } = remark;
    // Some readers give advice as a sentence, some as the rest of one.
    match advice.chars().next() {
        None => format!("{at}: {text}"),
        Some(first) if first.is_uppercase() => format!("{at}: {text}. {advice}"),
        Some(_) => format!("{at}: {text}; {advice}"),
    }
}

/// A heading with the first lines under it; nothing without lines.
fn section(heading: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{heading}:\n");
    for line in lines.iter().take(SHOWN) {
        let _ = writeln!(text, "  {line}");
    }
    if let more @ 1.. = lines.len().saturating_sub(SHOWN) {
        let _ = writeln!(text, "  and {more} more (--json lists all)");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{refusal_table, refusals, told};
    use crate::view::SubmissionView;
    use serde_json::{Value, json};

    fn table(period: &str, outcome: &str, because: &[&str]) -> Value {
        let known = json!({"status": "known", "number": 90});
        let masked = json!({"status": "masked", "low": 0, "high": null});
        json!({"measure": "d0d0d0d0d0d0d0", "title": "Visits", "period": period, "outcome": outcome,
            "reason": if outcome == "send" { "" } else { "the difference is small" }, "code": "", "replaces": false,
            "cells": [{"stratifier": "age", "stratum": "0-4", "numerator": masked, "denominator": known,
                       "excluded": null, "masked_because": because}]})
    }

    fn view(tables: &[Value]) -> SubmissionView {
        let remarks: Vec<Value> = (1..=7)
            .map(|line| {
                json!({"at": format!("line {line}"), "refused": line < 7, "code": "number",
                       "text": "\"x\" is no number", "advice": if line == 7 { "Look at it." } else { "write digits" }})
            })
            .collect();
        serde_json::from_value(json!({"sent": false, "entries": [], "remarks": remarks, "tables": tables,
            "told": 12, "masked": 4, "held": 1, "unchanged": 2}))
        .unwrap()
    }

    #[test]
    fn a_plan_says_what_is_sent_masked_held_and_refused() {
        let small = "numerator: small enough to show single people";
        let months: Vec<Value> =
            (1..=4).map(|month| table(&format!("2026-0{month}"), "send", &[small])).collect();
        let all: Vec<Value> = months.into_iter().chain([table("2026-05", "hold", &[])]).collect();
        let view = view(&all);
        let text = told(&view);
        assert_eq!(
            text,
            "To send: 4 tables, with 12 numbers told and 4 masked.\n  Visits (d0d0d0d0d0d0): 4 from 2026-01 to \
             2026-04\nNot sent again, as readers would see the same: 2 tables.\n\nMasked, and why:\n  4 numerator: \
             small enough to show single people\n    2026-01 age:0-4, 2026-02 age:0-4, 2026-03 age:0-4 and 1 \
             more\n\nHeld, not sent (1):\n  2026-05: the difference is small\n\nRefused (6):\n  line 1: \"x\" is no \
             number; write digits\n  line 2: \"x\" is no number; write digits\n  line 3: \"x\" is no number; write \
             digits\n  line 4: \"x\" is no number; write digits\n  line 5: \"x\" is no number; write digits\n  and 1 \
             more (--json lists all)\n\nLook at:\n  line 7: \"x\" is no number. Look at it.\n"
        );
        assert_eq!(refusals(&view), 6);
        let table = refusal_table(&view);
        assert_eq!(table.lines().count(), 7, "{table}");
        assert!(table.starts_with(
            "where,code,why,advice\r\nline 1,number,\"\"\"x\"\" is no number\",write digits\r\n"
        ));
    }
}
