//! What to say to authors.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::RangeInclusive;

use super::{Counts, MIN_SENTENCES, MIN_WORDS, SMOG_SENTENCES, flesch_kincaid, smog, syllables};

/// Words above which a sentence is called long.
const LONG_SENTENCE: usize = 25;
/// Spoken syllables from which a word is called long.
const LONG_WORD: usize = 4;
/// Long words that are named.
const NAMED: usize = 5;
/// Words of a long sentence that are quoted.
const QUOTED: usize = 6;
/// Characters of anything that is quoted.
const QUOTED_CHARACTERS: usize = 60;
/// The grades that many councils aim for.
const AIM: RangeInclusive<f64> = 6.0..=8.0;

pub(super) fn other_language(language: &str) -> String {
    let tag: String =
        language.chars().filter(|char| char.is_ascii_alphanumeric() || *char == '-').take(35).collect();
    let tag = if tag.is_empty() { "a language that is not named".to_owned() } else { format!("\"{tag}\"") };
    format!("Readability is not computed for {tag}: the formulas are made for English.")
}

pub(super) fn too_short(counts: Counts) -> String {
    format!(
        "Readability is not computed: the text has {} and {}, the formulas need at least {MIN_SENTENCES} \
         sentences and {MIN_WORDS} words.",
        counted(counts.sentences, "sentence"),
        counted(counts.words, "word"),
    )
}

pub(super) fn about(counts: Counts, sentences: &[Vec<&str>]) -> String {
    let mut advice = grade(counts);
    if counts.sentences < SMOG_SENTENCES {
        // Writing to a `String` cannot fail, here and below.
        let _ = write!(
            advice,
            " The text has {}; SMOG is made for {SMOG_SENTENCES}, so take it as a rough guess.",
            counted(counts.sentences, "sentence")
        );
    }
    advice.push_str(&long_sentences(sentences));
    advice.push_str(&long_words(sentences));
    advice
}

fn grade(counts: Counts) -> String {
    let kincaid = flesch_kincaid(counts, counts.syllables);
    let spoken = flesch_kincaid(counts, counts.spoken);
    let aim = match kincaid {
        grade if grade < *AIM.start() => "below",
        grade if grade > *AIM.end() => "above",
        _ => "within",
    };
    format!(
        "Reads at about school grade {:.0} (Flesch-Kincaid {kincaid:.1}, SMOG {:.1}), {aim} the grade {} to {} \
         that many councils aim for. Tools that count every spoken syllable say about {:.0}.",
        kincaid.max(1.0),
        smog(counts),
        AIM.start(),
        AIM.end(),
        spoken.max(1.0),
    )
}

fn long_sentences(sentences: &[Vec<&str>]) -> String {
    let long = sentences.iter().filter(|sentence| sentence.len() > LONG_SENTENCE);
    let Some(longest) = long.clone().max_by_key(|sentence| sentence.len()) else { return String::new() };
    let start: Vec<&str> = longest.iter().copied().take(QUOTED).collect();
    format!(
        " Long sentences: {} with more than {LONG_SENTENCE} words; the longest, with {}, begins \"{} …\".",
        long.count(),
        longest.len(),
        quoted(&start.join(" ")),
    )
}

fn long_words(sentences: &[Vec<&str>]) -> String {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for word in sentences.iter().flatten().filter(|word| syllables::spoken(word) >= LONG_WORD) {
        *uses.entry(trimmed(word)).or_default() += 1;
    }
    let mut uses: Vec<(String, usize)> = uses.into_iter().filter(|(word, _)| !word.is_empty()).collect();
    // Sorting is stable: words that are used alike stay in their order.
    uses.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let named: Vec<String> =
        uses.iter().take(NAMED).map(|(word, count)| format!("{} ({count})", quoted(word))).collect();
    if named.is_empty() {
        return String::new();
    }
    format!(" Long words used most: {}; explain them or find shorter ones.", named.join(", "))
}

fn trimmed(word: &str) -> String {
    word.trim_matches(|char: char| !char.is_alphanumeric()).to_lowercase()
}

fn quoted(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).take(QUOTED_CHARACTERS).collect()
}

fn counted(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}
