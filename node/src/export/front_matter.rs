//! Front matter: what a document says beside its text, as lines between two
//! lines `---` at the start of a Markdown file. A small part of YAML:
//!
//! ```text
//! ---
//! # a note that is not read
//! title: "A \"quoted\" title"
//! condition/ICD-10:K50: Crohn disease
//! summary: >
//!   lines with white space in front
//!   belong to the value above
//! ---
//! ```
//!
//! - A name ends at the first colon that white space or the line's end
//!   follows, so that a name can hold colons; if there is none, at the first
//!   colon, unless the name has a slash.
//! - A value in double quotes knows `\"`, `\\` and `\n`; one in single quotes
//!   doubles them; any other is taken as it stands, without the white space
//!   around it. [`write_line`] always writes double quotes.
//! - The letters of a name count as small ones, except in an item's own name
//!   (`K50`).
//! - One empty line after the closing line belongs to neither part.

/// The line that opens and closes front matter.
const FENCE: &str = "---";
/// Fields that are read: more than the values that a document has.
const MAX_LINES: usize = 1_024;

/// Front matter and the text below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FrontMatter<'a> {
    /// The fields in the order of the file; empty if there is no front matter.
    pub lines: Vec<Line>,
    /// The text.
    pub text: &'a str,
}

/// One field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Number of its line in the file, from 1.
    pub number: usize,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Why front matter can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrontMatterError {
    /// No closing line.
    #[error("the front matter does not end; put a line --- below its last field")]
    Open,
    /// A line that is no field.
    #[error("line {number} of the front matter is no field; write one such as title: My title")]
    NoField {
        /// The line, from 1.
        number: usize,
    },
    /// A field that stands there twice.
    #[error("{name:?} stands twice in the front matter, in line {number} again; keep one")]
    Twice {
        /// Its name.
        name: String,
        /// The second line, from 1.
        number: usize,
    },
    /// More fields than a document can have.
    #[error("the front matter has more than {MAX_LINES} fields; no document has as many")]
    TooMany,
}

/// Splits a file into front matter and text.
///
/// # Errors
/// [`FrontMatterError`].
pub(super) fn read(input: &str) -> Result<FrontMatter<'_>, FrontMatterError> {
    let Some(rest) = after_fence(input) else { return Ok(FrontMatter { lines: Vec::new(), text: input }) };
    let mut lines = Vec::new();
    let mut offset = 0;
    for (number, line) in (2..).zip(rest.split_inclusive('\n')) {
        offset += line.len();
        let line = line.trim_end();
        if line == FENCE {
            let text = &rest[offset..];
            lines.iter_mut().for_each(|line: &mut Line| line.value = unquote(&line.value));
            return Ok(FrontMatter { lines, text: text.strip_prefix('\n').unwrap_or(text) });
        }
        take(&mut lines, number, line)?;
    }
    Err(FrontMatterError::Open)
}

/// What follows the opening line. A thematic break in Markdown looks the same,
/// so the next line has to look like a field, a note, or the other fence.
fn after_fence(input: &str) -> Option<&str> {
    let rest = input.strip_prefix(FENCE)?;
    let rest = rest.trim_start_matches([' ', '\t']).strip_prefix('\n')?;
    let next = rest.split('\n').next().unwrap_or_default().trim_end();
    let is_field = split(next).is_some_and(|(name, _)| !name.contains(char::is_whitespace));
    (is_field || next.starts_with('#') || next == FENCE).then_some(rest)
}

fn take(lines: &mut Vec<Line>, number: usize, line: &str) -> Result<(), FrontMatterError> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(());
    }
    if line.starts_with([' ', '\t']) {
        let above = lines.last_mut().ok_or(FrontMatterError::NoField { number })?;
        above.value.push(' ');
        above.value.push_str(line.trim());
        return Ok(());
    }
    let (name, value) = split(line).ok_or(FrontMatterError::NoField { number })?;
    let name = small(name);
    if lines.iter().any(|line| line.name == name) {
        return Err(FrontMatterError::Twice { name: name.chars().take(100).collect(), number });
    }
    if lines.len() == MAX_LINES {
        return Err(FrontMatterError::TooMany);
    }
    // These alone on their line announce a value in the lines below.
    let is_below = matches!(value, ">" | "|" | ">-" | "|-");
    let value = if is_below { String::new() } else { value.to_owned() };
    lines.push(Line { number, name, value });
    Ok(())
}

/// Name and value of a field.
fn split(line: &str) -> Option<(&str, &str)> {
    let is_end = |at: &usize| line[at + 1..].chars().next().is_none_or(char::is_whitespace);
    let colons = || line.match_indices(':').map(|(at, _)| at);
    let first = colons().next().filter(|at| !line[..*at].contains('/'));
    let at = colons().find(is_end).or(first)?;
    let (name, value) = (line[..at].trim(), line[at + 1..].trim());
    (!name.is_empty()).then_some((name, value))
}

/// A name in small letters, except for the item of a list.
fn small(name: &str) -> String {
    let mut parts = name.splitn(3, '/');
    let first = parts.next().unwrap_or_default().to_ascii_lowercase();
    match (parts.next(), parts.next()) {
        (None, _) => first,
        (Some(item), None) => format!("{first}/{item}"),
        (Some(item), Some(part)) => format!("{first}/{item}/{}", part.to_ascii_lowercase()),
    }
}

/// The value that a field's text stands for.
pub fn unquote(value: &str) -> String {
    let value = value.trim();
    if let Some(inner) = inside(value, '"') {
        return unescape(inner);
    }
    match inside(value, '\'') {
        Some(inner) => inner.replace("''", "'"),
        None => value.to_owned(),
    }
}

fn inside(value: &str, quote: char) -> Option<&str> {
    value.strip_prefix(quote)?.strip_suffix(quote)
}

fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => text.push('\n'),
            Some(other) => text.push(other),
            None => text.push('\\'),
        }
    }
    text
}

/// A value in double quotes, so that [`unquote`] gives it back.
pub fn quote(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

/// A field as a line with its line feed, so that [`read`] gives it back.
pub(super) fn write_line(name: &str, value: &str) -> String {
    format!("{name}: {}\n", quote(value))
}

/// A whole file of `lines`, each with its line feed.
pub(super) fn write(lines: &str, text: &str) -> String {
    format!("{FENCE}\n{lines}{FENCE}\n\n{text}")
}

#[cfg(test)]
mod tests {
    use super::{FrontMatterError, read, write, write_line};

    fn pairs(input: &str) -> Vec<(String, String)> {
        read(input).unwrap().lines.into_iter().map(|line| (line.name, line.value)).collect()
    }

    #[test]
    fn names_hold_colons_and_keep_the_letters_of_items() {
        let read = pairs(
            "---\nTitle: School: a plan\ncondition/ICD-10:K50: Crohn: small intestine\nAudience:\n# x: y\n\
             Recommendation/A/Strength: strong\nsummary: >\n  two\n  lines\nstage: 'it''s'\n---\n",
        );
        let expected = [
            ("title", "School: a plan"),
            ("condition/ICD-10:K50", "Crohn: small intestine"),
            ("audience", ""),
            ("recommendation/A/strength", "strong"),
            ("summary", "two lines"),
            ("stage", "it's"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read, expected);
    }

    #[test]
    fn what_is_no_front_matter_is_text() {
        for input in
            ["# Body\n", "", "--- \n\ntext\n---\n", "---", "----\na: b\n----\n", "---\nplain text\n---\n"]
        {
            let read = read(input).unwrap();
            assert_eq!((read.lines.len(), read.text), (0, input));
        }
    }

    #[test]
    fn what_is_wrong_is_named_by_its_line() {
        assert_eq!(read("---\ntitle: x\ntext\n"), Err(FrontMatterError::NoField { number: 3 }));
        assert_eq!(read("---\ntitle: x\n"), Err(FrontMatterError::Open));
        let joined = Err(FrontMatterError::NoField { number: 3 });
        assert_eq!(read("---\nages:5-11\ncondition/ICD-10:K50\n---\n"), joined);
        let twice = FrontMatterError::Twice { name: "title".to_owned(), number: 4 };
        assert_eq!(read("---\ntitle: x\n\nTITLE: y\n---\n"), Err(twice));
        assert_eq!(read("---\n#\n x\n---\n"), Err(FrontMatterError::NoField { number: 3 }));
        let many: String = (0..1_025).map(|number| format!("a{number}: b\n")).collect();
        assert_eq!(read(&format!("---\n{many}---\n")), Err(FrontMatterError::TooMany));
    }

    #[test]
    fn every_value_is_read_back() {
        for value in
            ["plain", "a: b", "\"q\" \\ 'r'", "two\nlines\n", "> x", " #", "---", "\\n", "\"", "", "\u{2028}"]
        {
            let file = write(&write_line("title", value), "---\nx: y\n---\n");
            let read = read(&file).unwrap();
            assert_eq!((read.lines[0].value.as_str(), read.text), (value, "---\nx: y\n---\n"), "{file}");
        }
    }
}
