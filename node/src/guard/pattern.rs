//! How the rules use regular expressions: linear in time, with the look-around
//! done by hand on a few bytes before and after a match.

use std::ops::Range;

use regex::Regex;

use super::text::{ceil, floor};

/// A pattern that is written in the source.
pub fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns are constants, and the tests compile each of them")
}

/// Calls `judge` with the matches from left to right. After one that it takes
/// the search goes on behind it; after one that it refuses, one character on,
/// so that nothing hides inside a refused match. Patterns have no unbounded
/// repetition, which keeps the whole linear.
pub fn scan(regex: &Regex, text: &str, mut judge: impl FnMut(Range<usize>) -> bool) {
    let mut at = 0;
    while let Some(found) = regex.find_at(text, at) {
        let next = if judge(found.range()) { found.end() } else { found.start() };
        at = ceil(text, next.max(found.start() + 1));
        if found.start() == text.len() {
            return;
        }
    }
}

/// At most `length` bytes before `at`.
pub fn before(text: &str, at: usize, length: usize) -> &str {
    &text[ceil(text, at.saturating_sub(length)).min(at)..at]
}

/// At most `length` bytes from `at` on.
pub fn after(text: &str, at: usize, length: usize) -> &str {
    &text[at..floor(text, at.saturating_add(length)).max(at)]
}

/// The character before `at`.
pub fn previous(text: &str, at: usize) -> Option<char> {
    text[..at].chars().next_back()
}

/// The character at `at`.
pub fn following(text: &str, at: usize) -> Option<char> {
    text[at..].chars().next()
}

/// Whether a letter, a digit or an underscore stands directly before or after.
pub fn in_word(text: &str, range: &Range<usize>) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    previous(text, range.start).is_some_and(word) || following(text, range.end).is_some_and(word)
}

/// Whether the match is a part of a longer number: a digit on one side, also
/// behind one of the joining characters.
pub fn in_number(text: &str, range: &Range<usize>, joining: &[char]) -> bool {
    let mut left = text[..range.start].chars().rev();
    let mut right = text[range.end..].chars();
    reaches_digit(left.next(), left.next(), joining) || reaches_digit(right.next(), right.next(), joining)
}

fn reaches_digit(first: Option<char>, second: Option<char>, joining: &[char]) -> bool {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    digit(first) || (first.is_some_and(|c| joining.contains(&c)) && digit(second))
}

/// The digits of a match as numbers.
pub fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}
