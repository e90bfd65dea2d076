//! The files of the repository, and Rust source without what only looks like
//! code.

use std::fs;
use std::path::{Path, PathBuf};

/// Directories that hold nothing of ours.
const NOT_OURS: [&str; 2] = ["target", ".git"];

/// The root of the repository.
pub fn root() -> PathBuf {
    let crate_directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_directory.parent().expect("the crate lies in the workspace").to_owned()
}

/// All files below `directory` of the repository, by path.
pub fn files(directory: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(&root().join(directory), &mut files);
    files.sort();
    files
}

/// Those with one of these extensions.
pub fn files_with(directory: &str, extension: &str) -> Vec<PathBuf> {
    let mut files = files(directory);
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    for entry in entries {
        let path = entry.expect("a directory can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !NOT_OURS.contains(&name.as_str()) {
            collect(&path, files);
        } else if path.is_file() {
            files.push(path);
        }
    }
}

/// A file's text.
pub fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The path as people name it.
pub fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// Whether the whole file is a test.
pub fn is_test(path: &Path) -> bool {
    let name = name(path);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    stem == "tests" || stem.ends_with("_tests") || name.contains("/tests/") || name.contains("/benches/")
}

/// Rust source with comments, texts and characters replaced by blanks, line by
/// line as long as before.
pub fn code(text: &str) -> String {
    let mut rest = text;
    let mut code = String::with_capacity(text.len());
    while let Some(first) = rest.chars().next() {
        let length = blank_length(rest, code.chars().next_back());
        let Some(length) = length else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        code.extend(rest[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &rest[length..];
    }
    code
}

/// How long the comment, text or character is that begins here, if one does.
fn blank_length(rest: &str, before: Option<char>) -> Option<usize> {
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(rest.find("*/").map_or(rest.len(), |end| end + 2));
    }
    if rest.starts_with('"') {
        return Some(text_length(rest));
    }
    if !in_word && (rest.starts_with('r') || rest.starts_with("br")) {
        return raw_text_length(rest);
    }
    rest.starts_with('\'').then(|| character_length(rest)).flatten()
}

fn text_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

fn raw_text_length(rest: &str) -> Option<usize> {
    let start = rest.find('r')? + 1;
    let hashes = rest[start..].bytes().take_while(|&byte| byte == b'#').count();
    if !rest[start + hashes..].starts_with('"') {
        return None;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let body = start + hashes + 1;
    Some(rest[body..].find(&end).map_or(rest.len(), |found| body + found + end.len()))
}

/// A character, not a lifetime.
fn character_length(rest: &str) -> Option<usize> {
    let mut characters = rest.char_indices().skip(1);
    let (_, first) = characters.next()?;
    if first == '\\' {
        return rest[2..].char_indices().skip(1).find(|(_, c)| *c == '\'').map(|(at, _)| at + 3);
    }
    let (at, second) = characters.next()?;
    (second == '\'').then_some(at + 1)
}

/// [`code`] without what only tests see.
pub fn production_code(text: &str) -> String {
    let mut code = code(text);
    while let Some(start) = code.find("#[cfg(test)]") {
        let end = start + item_end(&code[start..]);
        let blank: String = code[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        code.replace_range(start..end, &blank);
    }
    code
}

/// Where the item at the beginning of `code` ends: with its block, or with `;`.
fn item_end(code: &str) -> usize {
    let semicolon = code.find(';').map(|at| at + 1);
    let block = code.find('{');
    match (semicolon, block) {
        (Some(end), Some(block)) if end < block => end,
        (Some(end), None) => end,
        _ => block_end(code),
    }
}

/// Where the first block in `code` ends.
pub fn block_end(code: &str) -> usize {
    let mut depth = 0usize;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

#[test]
fn only_code_is_left() {
    let text = "let a = \"fn x { \\\" }\"; // fn y\nlet b = r#\"} \"# ; let c = '{'; fn f<'a>() {}\n";
    let code = code(text);
    assert_eq!(code.lines().count(), 2);
    assert!(!code.contains('x') && !code.contains('y') && code.contains("fn f<'a>() {}"), "{code}");
    assert_eq!(code.matches('{').count(), 1);
}
