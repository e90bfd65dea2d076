//! How hard an English text is to read, as advice and never as a gate.
//!
//! *Flesch-Kincaid grade* = 0.39 × words per sentence + 11.8 × syllables per
//! word − 15.59 (Kincaid, Fishburne, Rogers and Chissom, "Derivation of New
//! Readability Formulas", Navy Research Branch Report 8-75, 1975).
//! *SMOG grade* = 3.1291 + 1.043 × √(30 × words of three or more syllables per
//! sentence) (McLaughlin, "SMOG Grading", Journal of Reading 12, 1969), which
//! was made for samples of 30 sentences.
//!
//! The formulas are exact, what they count is not. The grades here are on the
//! scale of textstat 0.7.4 with British hyphenation: a syllable is one that
//! hyphenation could part from the word, so that *about* and *many* have one.
//! Who counts what is spoken gets grades one to three higher; the advice names
//! that figure too. Sentences end at full stops, question and exclamation marks
//! and, unlike in textstat, at the end of a paragraph, list item or table cell:
//! a list without full stops is not one long sentence. What has one or two
//! words is no sentence. Headings, code, images and addresses of links do not
//! count.

mod advice;
mod sentences;
mod syllables;

/// Sentences below which nothing is computed.
const MIN_SENTENCES: usize = 3;
/// Words below which nothing is computed.
const MIN_WORDS: usize = 30;
/// Sentences of the samples that SMOG was made for.
const SMOG_SENTENCES: usize = 30;

/// How hard a text is to read.
#[derive(Clone, Debug, PartialEq)]
pub struct Readability {
    /// Flesch-Kincaid grade (US school years), to one decimal; `None` if not
    /// computed.
    pub flesch_kincaid: Option<f64>,
    /// SMOG grade (US school years), to one decimal; `None` if not computed.
    pub smog: Option<f64>,
    /// Words counted.
    pub words: usize,
    /// Sentences counted.
    pub sentences: usize,
    /// What to say about it to the authors.
    pub advice: String,
}

/// What the formulas take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    words: usize,
    sentences: usize,
    /// As hyphenation parts them.
    syllables: usize,
    /// As they are spoken.
    spoken: usize,
    /// Words of three or more syllables, as hyphenation parts them.
    long_words: usize,
}

/// Assesses a text in Markdown. `language` is its BCP 47 tag; only English is
/// computed.
pub fn assess(language: &str, markdown: &str) -> Readability {
    if !is_english(language) {
        let advice = advice::other_language(language);
        return Readability { flesch_kincaid: None, smog: None, words: 0, sentences: 0, advice };
    }
    let text = crate::markdown::plain_text(markdown);
    let sentences = sentences::split(&text);
    let counts = count(&sentences);
    let is_enough = counts.sentences >= MIN_SENTENCES && counts.words >= MIN_WORDS;
    Readability {
        flesch_kincaid: is_enough.then(|| flesch_kincaid(counts, counts.syllables)),
        smog: is_enough.then(|| smog(counts)),
        words: counts.words,
        sentences: counts.sentences,
        advice: if is_enough { advice::about(counts, &sentences) } else { advice::too_short(counts) },
    }
}

fn is_english(language: &str) -> bool {
    language.split(['-', '_']).next().is_some_and(|primary| primary.eq_ignore_ascii_case("en"))
}

fn count(sentences: &[Vec<&str>]) -> Counts {
    let mut counts = Counts::default();
    for sentence in sentences {
        counts.sentences += usize::from(sentences::counts(sentence));
        counts.words += sentence.len();
        for word in sentence {
            let syllables = syllables::printed(word);
            counts.syllables += syllables;
            counts.spoken += syllables::spoken(word);
            counts.long_words += usize::from(syllables >= 3);
        }
    }
    counts
}

fn flesch_kincaid(counts: Counts, syllables: usize) -> f64 {
    rounded(0.39 * ratio(counts.words, counts.sentences) + 11.8 * ratio(syllables, counts.words) - 15.59)
}

fn smog(counts: Counts) -> f64 {
    rounded(3.1291 + 1.043 * (30.0 * ratio(counts.long_words, counts.sentences)).sqrt())
}

/// Both are far below the 2^53 at which `f64` would lose a unit.
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

fn rounded(grade: f64) -> f64 {
    (grade * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests;
