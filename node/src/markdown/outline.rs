//! Levels and anchors of headings.

use std::collections::{HashMap, HashSet};

use pulldown_cmark::HeadingLevel;

/// Bytes of an anchor.
const MAX_ANCHOR: usize = 80;

/// What the headings so far have come to.
#[derive(Default)]
pub(super) struct Outline {
    /// Levels in the source of the headings that the next one may stand below.
    above: Vec<HeadingLevel>,
    anchors: HashSet<String>,
    /// The number to try next for an anchor that is wanted again.
    next: HashMap<String, usize>,
}

impl Outline {
    /// The depth of a heading, from 1: never more than one below the heading
    /// before it, however its author counted.
    pub(super) fn depth(&mut self, level: HeadingLevel) -> u8 {
        while self.above.last().is_some_and(|&above| above >= level) {
            self.above.pop();
        }
        self.above.push(level);
        // At most six levels are above each other.
        u8::try_from(self.above.len()).unwrap_or(6)
    }

    /// An anchor that no other heading has: the heading's words with hyphens.
    pub(super) fn anchor(&mut self, heading: &str) -> String {
        let wanted = slug(heading);
        let mut anchor = wanted.clone();
        while self.anchors.contains(&anchor) {
            let number = self.next.entry(wanted.clone()).or_insert(1);
            *number += 1;
            anchor = format!("{wanted}-{number}");
        }
        self.anchors.insert(anchor.clone());
        anchor
    }
}

fn slug(heading: &str) -> String {
    let mut slug = String::new();
    for char in heading.chars().flat_map(char::to_lowercase) {
        if slug.len() + char.len_utf8() > MAX_ANCHOR {
            break;
        }
        if char.is_alphanumeric() {
            slug.push(char);
        } else if !slug.is_empty()
            && !slug.ends_with('-')
            && (char.is_whitespace() || matches!(char, '-' | '_' | '/'))
        {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    if slug.is_empty() { "section".to_owned() } else { slug }
}
