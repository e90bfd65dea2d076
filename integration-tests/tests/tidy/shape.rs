//! How long things are, and idioms that stay out.

use crate::source::{block_end, code, files, files_with, is_test, name, production_code, read};

/// The longest function, in lines.
const MAX_FUNCTION: usize = 70;
/// The longest file, in lines.
const MAX_FILE: usize = 600;
/// Functions and files above the limit, with the length that they must not
/// exceed. Entries leave this list; none enters it.
const RATCHET: [(&str, usize); 0] = [];

#[test]
fn functions_and_files_are_short() {
    let mut wrong = Vec::new();
    for path in files_with("", "rs") {
        let text = read(&path);
        let lines = text.lines().count();
        if lines > allowed(&name(&path), MAX_FILE) {
            wrong.push(format!("{} has {lines} lines; at most {MAX_FILE}: split it by idea", name(&path)));
        }
        for (function, line, length) in functions(&code(&text)) {
            let place = format!("{}:{function}", name(&path));
            if length > allowed(&place, MAX_FUNCTION) {
                wrong.push(format!("{place} (line {line}) has {length} lines; at most {MAX_FUNCTION}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn allowed(place: &str, limit: usize) -> usize {
    let known = RATCHET.iter().find(|(name, _)| *name == place);
    known.map_or(limit, |(_, length)| *length)
}

/// Name, first line and length of each function with a body.
fn functions(code: &str) -> Vec<(String, usize, usize)> {
    let mut functions = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if code[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at..];
        let name: String = rest[3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let Some(body) = rest.find('{').filter(|body| !ends_before(rest, *body)) else { continue };
        if name.is_empty() {
            continue;
        }
        let end = body + block_end(&rest[body..]);
        functions.push((name, code[..at].matches('\n').count() + 1, rest[..end].lines().count()));
    }
    functions
}

/// Whether the signature ends with `;`, outside of array types, before `body`.
fn ends_before(rest: &str, body: usize) -> bool {
    let mut depth = 0usize;
    for c in rest[..body].chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

#[test]
fn the_length_of_a_function_is_counted() {
    let found = functions("trait T {\n fn a(x: [u8; 4]);\n fn b() {\n  {}\n }\n}\nfn c(x: [u8; 4]) {}\n");
    assert_eq!(found, [("b".to_owned(), 3, 3), ("c".to_owned(), 7, 1)]);
}

/// What stays out of production code, and why.
const BANNED: [(&str, &[&str], &str); 12] = [
    ("todo!", &["protocol", "node", "cli"], "finish it or leave it out"),
    ("unimplemented!", &["protocol", "node", "cli"], "finish it or leave it out"),
    ("dbg!", &["protocol", "node", "cli"], "log it or leave it out"),
    ("println!", &["protocol", "node"], "a library does not print; log it"),
    ("std::time::Instant", &["protocol"], "time is passed in"),
    ("SystemTime", &["protocol"], "time is passed in"),
    ("std::fs", &["protocol"], "files are the node's"),
    ("std::net", &["protocol"], "the network is the node's"),
    ("thread::spawn", &["protocol"], "the core has no threads"),
    ("thread::sleep", &["protocol"], "the core never waits"),
    ("getrandom", &["protocol"], "randomness is passed in"),
    ("thread_rng", &["protocol"], "randomness is passed in"),
];

#[test]
fn banned_idioms_stay_out() {
    let mut wrong = Vec::new();
    for (idiom, packages, reason) in BANNED {
        for package in packages {
            for path in files_with(&format!("{package}/src"), "rs") {
                if !is_test(&path) && production_code(&read(&path)).contains(idiom) {
                    wrong.push(format!("{} has {idiom}: {reason}", name(&path)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_for_later() {
    // In pieces, so that this file does not find itself.
    let marks = [["FIX", "ME"].concat(), ["TO", "DO"].concat(), ["X", "XX"].concat()];
    for path in files_with("", "rs") {
        let text = read(&path);
        for mark in &marks {
            let found = text.split(|c: char| !c.is_alphanumeric()).any(|word| word == mark);
            assert!(!found, "{} has {mark}: do it, or open an issue", name(&path));
        }
    }
}

#[test]
fn the_text_speaks_of_this_project_alone() {
    let words = [
        ["/wo", "rk/"].concat(),
        ["scr", "atch/"].concat(),
        ["cla", "ude"].concat(),
        ["open", "ai"].concat(),
        ["anth", "ropic"].concat(),
        ["chat", "gpt"].concat(),
        ["co", "pilot"].concat(),
    ];
    for path in files("") {
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", name(&path)));
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        for word in &words {
            assert!(!text.contains(word.as_str()), "{} names {word:?}", name(&path));
        }
    }
}
