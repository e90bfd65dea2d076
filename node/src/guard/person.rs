//! Personal names, as far as the words around them tell.

mod words;

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Kind;
use super::candidate::{Candidate, Weight};
use super::pattern::{regex, scan};
use words::{is_given_name, is_ordinary};

/// Words for people in a family, around it and in care.
const PEOPLE: &str = concat!(
    "daughters?|sons?|child|kids?|baby|girl|boy|mother|father|mom|mum|mam|dad|parents?|wife|husband|spouse|partner|brothers?",
    "|sisters?|twins?|twin sister|twin brother|siblings?|grandson|granddaughter|grandmother|grandfather|grandma|grandpa|granny|nana|aunt|auntie|uncle",
    "|cousins?|niece|nephew|friends?|best friend|boyfriend|girlfriend|fianc[eé]e?|neighbou?r|colleague|classmate|roommate|teacher|coach",
    "|doctor|nurse|surgeon|paediatrician|pediatrician|gp|consultant|specialist|dietitian|therapist|psychologist",
    "|social worker|midwife|carer|caregiver|roommate|boss|stepson|stepdaughter|stepmother|stepfather|patient|gastroenterologist|cardiologist"
);

const LINK: &str = r"(?:'s name is|,? is called|,? is named|,? called|,? named|,| is| was|:| -)? ";

/// "my daughter ", and then a name.
static RELATIVE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(r"(?i)\b(?:my|our|his|her|their) (?:[0-9a-z-]{{1,16}} ){{0,3}}(?:{PEOPLE}){LINK}"))
});

/// "the patient ", and then a name.
static ROLE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?i)\b(?:{PEOPLE}|clinician|physician|resident|intern|student|participant|client|pt|nurse practitioner|practice nurse|specialist nurse|case manager|coordinator|doctor|volunteer|mentor){LINK}"
    ))
});

/// A title, and then a name.
static TITLE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b(?:(?:Dr|DR|Mr|MR|Mrs|MRS|Ms|Mx|Prof|Rev|Hon|Sr|Sra|Mme|Herr|Frau)\.? {1,2}|(?:Miss|Professor|Sister|Aunt|Auntie|Uncle|Grandma|Grandpa|Coach|Doctor|Nurse|Matron) )",
    )
});

/// Words that announce a name.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:name is|name was|names are|name's|named|signed,?|signed by|sincerely,?|yours,?|name:|patient:|contact person:?|ask for|cared for by|treated by|operated by|seen by|referred by|under the care of) ?\n?",
    )
});

/// Words that announce a name, if it is one that many bear.
static MAYBE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:called|i am|i'm|this is|hi,?|hello,?|dear|love,?|thanks,?|for|with|and|by|when|met|told|says?|said|asked|meet) ",
    )
});

/// What stands behind a name: an age or a degree.
static AFTER_NAME: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:,? (?:\(?(?:aged? )?[0-9]{1,2}(?: years?(?: old)?)?\)?(?:,|\.| who| has| was)|(?:was|is) (?:diagnosed|born|admitted))|'s (?:story|diagnosis|mom|mum|dad|mother|father))",
    )
});

static DEGREE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b[A-Z][a-z]{1,20}(?: [A-Z]\.?| [A-Z][a-z]{1,20})? [A-Z][A-Za-z'-]{1,20}, ?(?:MD|M\.D\.|RN|R\.N\.|PhD|Ph\.D\.|DO|NP|PA-C|MPH|MSN|RD|LCSW|MBBS|FRCP)\b",
    )
});

/// What is named after a person.
static NAMESAKE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:'s)? (?:syndrome|disease|sequence|disorder|virus|gene|test|score|index|scale|criteria|method|procedure|operation|anomaly|tumou?r|lymphoma|malformation|type)\b",
    )
});

static CAPITAL: LazyLock<Regex> = LazyLock::new(|| regex(r"\b\p{Lu}"));

/// Names in a folded text.
pub fn find(text: &str) -> Vec<Candidate> {
    let mut found = Vec::new();
    announced(text, &RELATIVE, "a name after a word for a relative or friend", &mut found, |name, _| {
        !is_ordinary(name)
    });
    announced(text, &ROLE, "a name after a word for a person", &mut found, |name, cue| {
        let heading = cue.starts_with(|c: char| c.is_uppercase());
        is_given_name(name) || (!heading && !is_ordinary(name))
    });
    announced(text, &TITLE, "a name after a title", &mut found, |name, _| !is_ordinary(name));
    announced(text, &NAMED, "a name after words that announce one", &mut found, |name, _| !is_ordinary(name));
    announced(text, &MAYBE, "a given name after words that announce one", &mut found, |name, _| {
        is_given_name(name)
    });
    described(text, &mut found);
    scan(&DEGREE, text, |range| {
        found.push(Candidate::new(Kind::PersonName, range, Weight::Form, "a name with a degree"));
        true
    });
    found
}

/// Names behind the matches of `cue`, if `accept` takes the first name.
fn announced(
    text: &str,
    cue: &Regex,
    why: &'static str,
    found: &mut Vec<Candidate>,
    accept: impl Fn(&str, &str) -> bool,
) {
    scan(cue, text, |range| {
        let name = name_at(text, range.end)
            .filter(|name| accept(first_word(&text[name.clone()]), &text[range.clone()]));
        let taken = name.is_some();
        found.extend(name.map(|name| Candidate::new(Kind::PersonName, name, Weight::Form, why)));
        taken
    });
}

/// Given names with an age, an illness or a story behind them.
fn described(text: &str, found: &mut Vec<Candidate>) {
    scan(&CAPITAL, text, |range| {
        let name = name_at(text, range.start).filter(|name| is_given_name(first_word(&text[name.clone()])));
        let name = name.filter(|name| AFTER_NAME.is_match(&text[name.end..]));
        let taken = name.is_some();
        let why = "a given name with words about a person behind it";
        found.extend(name.map(|name| Candidate::new(Kind::PersonName, name, Weight::Form, why)));
        taken
    });
}

/// A name that begins at `at`: up to four words with capitals, initials and
/// small words between them.
fn name_at(text: &str, at: usize) -> Option<Range<usize>> {
    let first = word_at(text, at).filter(|word| is_name(word) || is_initial(text, at, word))?;
    let mut end = at + first.len();
    for _ in 0..3 {
        let Some(next) = next_word(text, end) else { break };
        end = next;
    }
    let name = &text[at..end];
    if NAMESAKE.is_match(&text[end..]) {
        return None;
    }
    name.chars().any(char::is_lowercase).then_some(at..end)
}

/// The end of the word that continues a name behind `end`.
fn next_word(text: &str, end: usize) -> Option<usize> {
    let rest = &text[end..];
    let gap = if rest.starts_with(". ") { 2 } else { usize::from(rest.starts_with([' ', '.'])) };
    let start = end + gap;
    let word = word_at(text, start).filter(|_| gap > 0)?;
    let particle = matches!(
        word,
        "van" | "von" | "de" | "der" | "den" | "del" | "da" | "di" | "la" | "al" | "bin" | "ter"
    );
    let stopped = gap == 2 && text[..end].chars().rev().nth(1).is_some_and(char::is_alphabetic);
    let continues =
        particle || ((is_name(word) || is_initial(text, start, word)) && !is_ordinary(word) && !stopped);
    continues.then(|| start + word.len())
}

/// The letters, hyphens and apostrophes from `at` on; without the ending of
/// the genitive.
fn word_at(text: &str, at: usize) -> Option<&str> {
    let rest = text.get(at..)?;
    let letters = rest.chars().take(32).take_while(|c| c.is_alphabetic() || matches!(c, '\'' | '-'));
    let word = &rest[..letters.map(char::len_utf8).sum()];
    let word = word.strip_suffix("'s").unwrap_or(word).trim_end_matches(['\'', '-']);
    (!word.is_empty()).then_some(word)
}

fn is_name(word: &str) -> bool {
    let mut letters = word.chars();
    let capital = letters.next().is_some_and(char::is_uppercase);
    let parts = word.split('-').all(|part| part.starts_with(char::is_uppercase));
    capital && parts && word.chars().count() > 1 && letters.any(char::is_lowercase)
}

/// "J." or "J" before another name.
fn is_initial(text: &str, at: usize, word: &str) -> bool {
    let rest = text.get(at + word.len()..).unwrap_or_default();
    word.len() == 1 && word.starts_with(|c: char| c.is_ascii_uppercase()) && rest.starts_with('.')
}

fn first_word(name: &str) -> &str {
    name.split([' ', '.']).next().unwrap_or(name)
}
