//! Syllables of English words, by rules of spelling and a short list of
//! exceptions.

mod hiatus;

/// Letters of one part of a word that are looked at: nothing spoken is longer.
const MAX_LETTERS: usize = 60;

/// Words that the rules get wrong, with their spoken syllables.
const EXCEPTIONS: &[(&str, usize)] = &[
    ("area", 3),
    ("argue", 2),
    ("business", 2),
    ("carriage", 2),
    ("colonel", 2),
    ("diabetes", 4),
    ("element", 3),
    ("every", 2),
    ("everybody", 4),
    ("everyday", 3),
    ("everyone", 3),
    ("everything", 3),
    ("everywhere", 3),
    ("herpes", 2),
    ("idea", 3),
    ("marriage", 2),
    ("miscarriage", 3),
    ("people", 2),
    ("poem", 2),
    ("poet", 2),
    ("prediabetes", 5),
    ("recipe", 3),
    ("science", 2),
    ("scientific", 4),
    ("scientist", 3),
    ("wednesday", 2),
];

/// First parts of compound words whose last e is silent.
const COMPOUNDS: &[&str] = &[
    "care", "face", "guide", "home", "life", "like", "safe", "side", "some", "there", "time", "where",
    "white",
];

/// Endings before which a silent e stays silent.
const ENDINGS: &[&str] = &["ly", "ment", "ments", "ful", "fully", "less", "lessly", "lessness", "ness"];

/// Syllables as they are spoken; one for a number or an address, and a letter
/// each (three for W) for what is spelled, like HPV.
pub(super) fn spoken(word: &str) -> usize {
    if is_address(word) {
        return 1;
    }
    if let Some(letters) = spelled(word) {
        return letters;
    }
    parts(word).map(|part| spoken_part(&part)).sum::<usize>().max(1)
}

/// Syllables that hyphenation could part: without a single letter at the
/// beginning, without fewer than three at the end (or a mere -le), and never
/// between two vowels.
pub(super) fn printed(word: &str) -> usize {
    if is_address(word) {
        return 1;
    }
    parts(word).map(|part| printed_part(&part)).sum::<usize>().max(1)
}

/// Nobody reads these aloud.
fn is_address(word: &str) -> bool {
    word.contains('@') || word.contains("://") || word.contains("www.")
}

fn spoken_part(part: &Part) -> usize {
    let singular = part.letters.strip_suffix('s').unwrap_or(&part.letters);
    let exception = |word: &str| EXCEPTIONS.iter().find(|(known, _)| *known == word);
    let base = match exception(&part.letters).or_else(|| exception(singular)) {
        Some((_, syllables)) => *syllables,
        None => {
            let letters = sounded(&part.letters);
            (vowel_groups(&letters) + hiatus::count(&letters)).max(1)
        }
    };
    base + usize::from(part.has_extra)
}

fn printed_part(part: &Part) -> usize {
    let letters = sounded(&part.letters);
    let groups = vowel_groups(&letters);
    let cut = usize::from(starts_alone(&letters)) + usize::from(ends_short(&letters));
    groups.saturating_sub(cut).max(1)
}

/// What is spoken as one piece.
struct Part {
    /// Lower case, a to z.
    letters: String,
    /// Whether an apostrophe ending adds a syllable: "doesn't", "nurse's".
    has_extra: bool,
}

/// The pieces of a word with hyphens or slashes.
fn parts(word: &str) -> impl Iterator<Item = Part> {
    word.split(['-', '–', '—', '/']).map(part).filter(|part| !part.letters.is_empty())
}

fn part(text: &str) -> Part {
    let lower = text.to_lowercase().replace('’', "'");
    let trimmed = lower.trim_matches(|char: char| !char.is_alphanumeric());
    let (stem, ending) = trimmed.split_once('\'').unwrap_or((trimmed, ""));
    let stem = if ending == "t" { stem.strip_suffix('n').unwrap_or(stem) } else { stem };
    let has_extra = match ending {
        "t" => stem.ends_with(['d', 's', 't']) || stem.ends_with("ve"),
        "s" => ["s", "se", "x", "ch", "sh", "ce", "ge", "z"].iter().any(|sound| stem.ends_with(sound)),
        _ => false,
    };
    // "ve", "ll", "re" and "d" join the word before them.
    let kept = if ending.len() > 2 { trimmed } else { stem };
    Part { letters: kept.chars().filter_map(plain_letter).take(MAX_LETTERS).collect(), has_extra }
}

fn plain_letter(char: char) -> Option<char> {
    match char {
        'a'..='z' => Some(char),
        'à'..='æ' => Some('a'),
        'è'..='ë' => Some('e'),
        'ì'..='ï' => Some('i'),
        'ò'..='ö' | 'ø' | 'œ' => Some('o'),
        'ù'..='ü' => Some('u'),
        'ç' => Some('c'),
        'ñ' => Some('n'),
        _ => None,
    }
}

/// How many letter names a word in capitals without vowels is read as.
fn spelled(word: &str) -> Option<usize> {
    let letters: Vec<char> = word.chars().filter(|char| char.is_alphabetic()).collect();
    let is_spelled = (2..=5).contains(&letters.len())
        && letters.iter().all(|char| matches!(char, 'B'..='Z') && !"EIOUY".contains(*char));
    is_spelled.then(|| letters.iter().map(|letter| if *letter == 'W' { 3 } else { 1 }).sum())
}

pub(super) fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// The letters without those vowels that are not sounded; a consonant y
/// becomes j.
fn sounded(word: &str) -> Vec<u8> {
    let mut letters = word.as_bytes().to_vec();
    drop_inner_e(&mut letters);
    drop_last_e(&mut letters);
    drop_u(&mut letters);
    for index in 0..letters.len() {
        let has_vowel =
            |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(|&one| is_vowel(one));
        if letters[index] == b'y'
            && has_vowel(Some(index + 1))
            && (index == 0 || has_vowel(index.checked_sub(1)))
        {
            letters[index] = b'j';
        }
    }
    letters
}

/// "caregiver", "movement".
fn drop_inner_e(letters: &mut Vec<u8>) {
    for first in COMPOUNDS.iter().map(|first| first.as_bytes()) {
        if letters.starts_with(first) && letters.len() >= first.len() + 3 && !is_vowel(letters[first.len()]) {
            letters.remove(first.len() - 1);
            return;
        }
    }
    for ending in ENDINGS {
        let stem = letters.strip_suffix(ending.as_bytes()).unwrap_or_default();
        if stem.len() >= 3 && ends_in_silent_e(stem) {
            letters.remove(stem.len() - 1);
            return;
        }
    }
}

/// "care", "cares", "cared", "tongue".
fn drop_last_e(letters: &mut Vec<u8>) {
    for ending in [&b"ue"[..], b"ues"] {
        let stem = letters.strip_suffix(ending).unwrap_or_default();
        if stem.len() >= 2 && matches!(stem.last(), Some(b'g' | b'q')) {
            letters.truncate(stem.len());
            return;
        }
    }
    let (stem, last) = match letters.as_slice() {
        [stem @ .., b'e'] => (stem, 0),
        [stem @ .., b'e', last @ (b's' | b'd')] => (stem, *last),
        _ => return,
    };
    let is_sounded = match last {
        b's' => {
            matches!(stem.last(), Some(b's' | b'x' | b'z' | b'c' | b'g'))
                || stem.ends_with(b"ch")
                || stem.ends_with(b"sh")
        }
        b'd' => matches!(stem.last(), Some(b'd' | b't')),
        _ => false,
    };
    let length = stem.len();
    if !is_sounded && ends_in_silent_e(&letters[..=length]) {
        letters.remove(length);
    }
}

/// Whether the e at the end is silent: after a consonant, in a word that has
/// another vowel; "table" and "centre" sound theirs.
fn ends_in_silent_e(word: &[u8]) -> bool {
    let [start @ .., before, b'e'] = word else { return false };
    let sounds = match (start.last(), before) {
        (Some(earlier), b'l' | b'r') => !is_vowel(*earlier) && !matches!(earlier, b'l' | b'r'),
        _ => false,
    };
    !sounds && !is_vowel(*before) && start.iter().any(|&letter| is_vowel(letter))
}

/// "question", "guide".
fn drop_u(letters: &mut Vec<u8>) {
    let mut index = 1;
    while index + 1 < letters.len() {
        if letters[index] == b'u' && matches!(letters[index - 1], b'q' | b'g') && is_vowel(letters[index + 1])
        {
            letters.remove(index);
        }
        index += 1;
    }
}

fn vowel_groups(letters: &[u8]) -> usize {
    letters.chunk_by(|&one, &next| is_vowel(one) == is_vowel(next)).filter(|group| is_vowel(group[0])).count()
}

/// "a-bout", "a-gree", "e-ven".
fn starts_alone(letters: &[u8]) -> bool {
    match letters {
        [first, second, third, rest @ ..] if is_vowel(*first) && !is_vowel(*second) => {
            let is_onset =
                matches!(third, b'l' | b'r') && rest.first().is_some_and(|&letter| is_vowel(letter));
            is_vowel(*third) || *third == b'h' || is_onset
        }
        _ => false,
    }
}

/// "bod-y", "al-so", "ta-ble".
fn ends_short(letters: &[u8]) -> bool {
    let letters = match letters {
        [stem @ .., b'e', b's'] if stem.ends_with(b"l") => &letters[..=stem.len()],
        _ => letters,
    };
    match letters {
        [.., before, b'l', b'e'] => !is_vowel(*before),
        [.., before, b'a' | b'i' | b'o' | b'u' | b'y'] => !is_vowel(*before),
        _ => false,
    }
}
