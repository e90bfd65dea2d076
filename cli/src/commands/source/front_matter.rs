//! Front matter: `key: value` lines between two lines `---` at the start of a
//! text. `show` writes it, `new` and `edit` read it, so that a shown document
//! can be changed in any editor and saved back.

use std::collections::BTreeMap;

use commons_node::export::{quote, unquote};

use super::SourceError;
use super::particulars::{is_known, splits_at};

/// The line that opens and closes front matter.
const FENCE: &str = "---";
/// Key of the version that a shown document came from.
const VERSION_KEY: &str = "commons-version";
/// Characters of a head. Anything shorter was cut or comes from another tool.
const HEAD_LENGTH: usize = 64;

/// A text with what its front matter says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// `toolkit` or `guidance`, if it says so.
    pub kind: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Language, BCP 47.
    pub language: Option<String>,
    /// One or two sentences on what it is for.
    pub description: Option<String>,
    /// Everything else that the document says, by name.
    pub particulars: BTreeMap<String, String>,
    /// Keys that documents don't have, as with files of other tools.
    pub unknown: Vec<String>,
    /// Heads of the version that it was made from.
    pub base: Option<Vec<String>>,
    /// The text without front matter.
    pub text: String,
}

/// Splits `input`, which came from `name`, into front matter and text.
pub fn parse(input: &str, name: &str) -> Result<Content, SourceError> {
    let Some(rest) = after_fence(input) else {
        return Ok(Content { text: input.to_owned(), ..Content::default() });
    };
    let mut content = Content::default();
    let mut lines = Vec::new();
    let mut offset = 0;
    for line in rest.split_inclusive('\n') {
        offset += line.len();
        let line = line.trim_end();
        if line == FENCE {
            let text = &rest[offset..];
            // `render` writes one empty line; taking just that one back keeps
            // the text as it is.
            content.text = text.strip_prefix('\n').unwrap_or(text).to_owned();
            for (key, value) in fields(&lines) {
                set(&mut content, &key, value);
            }
            return Ok(content);
        }
        lines.push(line);
    }
    let name = name.to_owned();
    Err(SourceError::OpenFrontMatter { name })
}

/// What follows the opening fence. A thematic break in Markdown looks the
/// same, so the next line has to look like a field or like the other fence.
fn after_fence(input: &str) -> Option<&str> {
    let rest = input.strip_prefix(FENCE)?;
    let rest = rest.trim_start_matches([' ', '\t']).strip_prefix('\n')?;
    let next = rest.lines().next().unwrap_or_default();
    let key = next.split_once(':').map(|(key, _)| key);
    let is_field = key.is_some_and(|key| !key.is_empty() && !key.contains(char::is_whitespace));
    (is_field || next.starts_with('#') || next.trim_end() == FENCE).then_some(rest)
}

/// Keys with their values; indented lines belong to the value above.
fn fields(lines: &[&str]) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in lines.iter().filter(|line| !line.starts_with('#')) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((key, value)) = splits_at(line) {
            fields.push((key, value.trim().to_owned()));
        }
    }
    fields
}

fn set(content: &mut Content, key: &str, value: String) {
    let value = unquote(without_fold(&value));
    match key {
        _ if value.is_empty() => {}
        "kind" => content.kind = Some(value),
        "title" => content.title = Some(value),
        "language" | "lang" => content.language = Some(value),
        "summary" | "description" => content.description = Some(value),
        VERSION_KEY => content.base = heads(&value),
        name if is_known(name) => _ = content.particulars.insert(name.to_owned(), value),
        unknown => content.unknown.push(unknown.to_owned()),
    }
}

/// A value without the sign that announces it in the lines below.
fn without_fold(value: &str) -> &str {
    value.trim_start_matches(['>', '|'])
}

fn heads(value: &str) -> Option<Vec<String>> {
    let heads: Vec<String> = value.split(',').map(|head| head.trim().to_owned()).collect();
    let plain =
        |head: &String| head.len() == HEAD_LENGTH && head.bytes().all(|byte| byte.is_ascii_hexdigit());
    heads.iter().all(plain).then_some(heads)
}

/// `content` with front matter, so that [`parse`] gives it back. `notes` come
/// first: lines for the reader that [`parse`] leaves out.
pub fn render(content: &Content, notes: &[String]) -> String {
    let mut text = format!("{FENCE}\n");
    for note in notes {
        text.push_str(&format!("# {}\n", note.replace('\n', " ")));
    }
    let mut field = |key: &str, value: &Option<String>| {
        if let Some(value) = value {
            text.push_str(&format!("{key}: {}\n", quote(value)));
        }
    };
    field("title", &content.title);
    field("language", &content.language);
    field("summary", &content.description);
    for (name, value) in &content.particulars {
        text.push_str(&format!("{name}: {}\n", quote(value)));
    }
    if let Some(base) = &content.base {
        text.push_str(&format!("{VERSION_KEY}: {}\n", base.join(", ")));
    }
    format!("{text}{FENCE}\n\n{}", content.text)
}

#[cfg(test)]
mod tests {
    use super::{Content, parse, render};

    fn parsed(input: &str) -> Content {
        parse(input, "f").unwrap()
    }

    #[test]
    fn fields_are_read_and_unknown_ones_are_told_apart() {
        let content = parsed(
            "---\ntitle: School: a plan\nLang: pt-BR\n# a note\ntags: [a]\nsummary: >\n  two\n  \
             lines\nversion: 1.2\n---\n\n# Body\n",
        );
        assert_eq!(content.title.as_deref(), Some("School: a plan"));
        assert_eq!(content.language.as_deref(), Some("pt-BR"));
        assert_eq!(content.description.as_deref(), Some("two lines"));
        assert_eq!(content.base, None);
        assert_eq!(content.unknown, ["tags", "version"]);
        assert_eq!(content.text, "# Body\n");
    }

    #[test]
    fn particulars_are_read_by_their_names() {
        let content = parsed(
            "---\nAudience: Parents\ncondition/ICD-10:K50: Crohn\ncondition/a:: b: c\nages:5-11\n\
             recommendation/1/strength: 'strong'\nstage:\ncondition: x\n---\n",
        );
        let found: Vec<(&str, &str)> =
            content.particulars.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            found,
            [
                ("ages", "5-11"),
                ("audience", "Parents"),
                ("condition/ICD-10:K50", "Crohn"),
                ("condition/a:", "b: c"),
                ("recommendation/1/strength", "strong"),
            ]
        );
        assert_eq!(content.unknown, ["condition"]);
    }

    #[test]
    fn text_without_front_matter_stays_whole() {
        for input in ["# Body\n", "", "--- \n\ntext\n---\n", "---", "----\na: b\n----\n"] {
            assert_eq!(parsed(input).text, input, "{input:?}");
        }
    }

    #[test]
    fn front_matter_without_end_is_an_error() {
        let error = parse("---\ntitle: x\ntext\n", "plan.md").unwrap_err();
        assert!(error.to_string().contains("plan.md"));
    }

    #[test]
    fn what_is_shown_can_be_saved_back() {
        let values = ["plain", "a: b", "\"q\" \\ 'r'", "two\nlines", "> x", " #", "---"];
        for value in values {
            let content = Content {
                kind: None,
                title: Some(value.to_owned()),
                language: Some("en".to_owned()),
                description: Some(value.to_owned()),
                particulars: [("audience", value), ("condition/ICD-10:K50", value), ("evidence/a:", value)]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .into(),
                unknown: Vec::new(),
                base: Some(vec!["a1".repeat(32), "b2".repeat(32)]),
                text: "---\nx: y\n---\n\nBody: text\n".to_owned(),
            };
            let shown = render(&content, &["by\nsomebody".to_owned()]);
            assert_eq!(parsed(&shown), content, "{shown}");
        }
    }

    #[test]
    fn only_whole_heads_count_as_a_version() {
        let content = parsed("---\ncommons-version: abc\ntitle: t\n---\nx");
        assert_eq!(content.base, None);
        assert_eq!(content.title.as_deref(), Some("t"));
    }
}
