//! From prose to sentences of words.

/// What can follow the mark that ends a sentence.
const CLOSING: &[char] = &['"', '\'', ')', ']', '”', '’', '»', '*', '_'];
/// Short forms whose full stop ends no sentence.
const SHORT_FORMS: &[&str] =
    &["approx", "dr", "e.g", "fig", "i.e", "mr", "mrs", "ms", "no", "nos", "prof", "st", "vol", "vs"];
/// Words above which something is a sentence.
const FRAGMENT: usize = 2;

/// The sentences of every block of a text, each as its words with the
/// punctuation around them. Blocks are parted by empty lines.
pub(super) fn split(text: &str) -> Vec<Vec<&str>> {
    text.split("\n\n").flat_map(split_block).collect()
}

/// Whether it counts as a sentence, not as a fragment.
pub(super) fn counts(sentence: &[&str]) -> bool {
    sentence.len() > FRAGMENT
}

fn split_block(block: &str) -> Vec<Vec<&str>> {
    let mut sentences = Vec::new();
    let mut current = Vec::new();
    let mut tokens = block.split_whitespace().peekable();
    while let Some(token) = tokens.next() {
        if token.contains(char::is_alphanumeric) {
            current.push(token);
        }
        if ends_sentence(token, tokens.peek().copied()) {
            sentences.push(std::mem::take(&mut current));
        }
    }
    sentences.push(current);
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

fn ends_sentence(token: &str, next: Option<&str>) -> bool {
    let token = token.trim_end_matches(CLOSING);
    if token.ends_with(['!', '?', '…']) {
        return true;
    }
    let Some(word) = token.strip_suffix('.') else { return false };
    let goes_on = next.is_some_and(|next| next.starts_with(char::is_lowercase));
    !goes_on && !is_short_form(word.trim_start_matches(|char: char| !char.is_alphanumeric()))
}

/// `Dr`, `e.g` and `U.S`. A single letter is none: "vitamin C." is more common
/// in these texts than initials.
fn is_short_form(word: &str) -> bool {
    let is_spelled = word.contains('.') && word.split('.').all(|part| part.chars().count() == 1);
    is_spelled || SHORT_FORMS.iter().any(|form| word.eq_ignore_ascii_case(form))
}
