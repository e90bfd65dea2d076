//! The file that a reviewer fills in.

use std::fmt::Write as _;

use super::{Form, Item, MAX_NOTE};

/// Columns after which a comment is wrapped.
const WIDTH: usize = 78;

/// TOML with every question as a comment and an empty answer below it.
pub fn template(form: &Form) -> String {
    let mut text = String::new();
    comment(&mut text, form.title);
    comment(&mut text, form.source);
    comment(
        &mut text,
        &format!(
            "Write each answer between the quotation marks. Notes are for the authors; they are \
             signed with your review and can be empty (at most {MAX_NOTE} bytes each)."
        ),
    );
    line(&mut text, &format!("form = \"{}\"", form.id));
    if !form.opening.is_empty() {
        line(&mut text, "\n[about]");
        for question in form.opening {
            comment(&mut text, question.question);
            line(&mut text, &format!("{} = \"\"", question.id));
        }
    }
    let mut area = "";
    for item in form.items {
        if item.area != area {
            area = item.area;
            line(&mut text, &format!("\n# ---- {area} ----"));
        }
        write_item(&mut text, item);
    }
    text
}

fn write_item(text: &mut String, item: &Item) {
    line(text, &format!("\n[item.{}]", item.id()));
    comment(text, item.question);
    if let Some(condition) = item.condition {
        comment(text, &format!("Applies {condition}."));
    }
    let words: Vec<&str> = item.answers.iter().map(|answer| answer.word()).collect();
    comment(text, &format!("Answer: {}", words.join(" | ")));
    line(text, "answer = \"\"");
    line(text, "note = \"\"");
}

/// Wraps a text into comment lines.
fn comment(text: &mut String, words: &str) {
    let mut row = String::from("#");
    for word in words.split_whitespace() {
        if row.len() > 1 && row.len() + 1 + word.len() > WIDTH {
            line(text, &row);
            row.truncate(1);
        }
        row.push(' ');
        row.push_str(word);
    }
    line(text, &row);
}

fn line(text: &mut String, row: &str) {
    // Writing to a `String` cannot fail.
    let _ = writeln!(text, "{row}");
}
