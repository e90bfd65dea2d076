//! Where two vowels in a row, or a consonant at the end, make a syllable more.

use super::is_vowel;

/// The syllables of a word that its groups of vowels do not show.
pub(super) fn count(letters: &[u8]) -> usize {
    let pairs = letters.windows(2).enumerate();
    let parted = pairs.filter(|(at, pair)| {
        is_vowel(pair[0]) && is_vowel(pair[1]) && parts_at(&letters[..*at], pair[0], &letters[at + 1..])
    });
    parted.count() + usize::from(ends_in_consonants(letters))
}

/// "spasm", "rhythms".
fn ends_in_consonants(letters: &[u8]) -> bool {
    let stem = letters.strip_suffix(b"s").filter(|stem| stem.ends_with(b"m")).unwrap_or(letters);
    stem.ends_with(b"sm") || stem.ends_with(b"thm")
}

/// Whether `vowel` and the first letter of `after` belong to two syllables;
/// `before` is what stands before the vowel.
fn parts_at(before: &[u8], vowel: u8, after: &[u8]) -> bool {
    match (vowel, after[0]) {
        (b'i', b'a') => parts_ia(before, after),
        (b'i', b'e') => parts_ie(before, after),
        (b'i', b'o') => parts_io(before, after),
        (b'i', b'u' | b'i') | (b'u', b'a' | b'o') | (b'a', b'o') => true,
        (b'u', b'e') => matches!(after.get(1), Some(b'l' | b'n')),
        (b'u', b'i') => parts_ui(after),
        (b'e', _) => parts_e(before, after),
        (b'o', b'e') => before.ends_with(b"tr"),
        (b'o', b'i') => after == b"ing" || before.ends_with(b"tr"),
        (b'y', b'i') => after == b"ing",
        (b'o', b'o') => before == b"c" && (after.starts_with(b"ope") || after.starts_with(b"ord")),
        (b'y', b'a' | b'o') => !before.is_empty(),
        (b'y', b'e') => matches!(after, b"er" | b"ers"),
        _ => false,
    }
}

/// "reliable", "associate"; not "special", "initial".
fn parts_ia(before: &[u8], after: &[u8]) -> bool {
    !matches!(before.last(), Some(b'c' | b't' | b's' | b'g')) || after.starts_with(b"at")
}

/// "diet", "client", "healthier"; not "friend", "patient".
fn parts_ie(before: &[u8], after: &[u8]) -> bool {
    let is_soft = matches!(before.last(), Some(b'c' | b't'));
    match after.get(1..).unwrap_or_default() {
        [b't', ..] => true,
        [b'n', b't' | b'c', ..] => !is_soft,
        b"r" | b"rs" | b"st" => before.iter().any(|&letter| is_vowel(letter)),
        _ => false,
    }
}

/// "period", "serious", "superior"; not "action", "million", "behavior".
fn parts_io(before: &[u8], after: &[u8]) -> bool {
    match before.last() {
        None | Some(b'c' | b't' | b's' | b'g' | b'x') => false,
        Some(b'h') => before.ends_with(b"ph"),
        Some(b'l' | b'n') if after == b"on" || after == b"ons" => false,
        Some(letter) => !after.starts_with(b"or") || *letter == b'r',
    }
}

/// "fluid", "ruin", "tuition"; not "fruit", "build".
fn parts_ui(after: &[u8]) -> bool {
    matches!(after.get(1..).unwrap_or_default(), [b'd' | b'n', ..] | [b't', b'i' | b'y', ..])
}

/// "create", "video", "area", "being", "ileum"; not "treat", "surgeon",
/// "protein".
fn parts_e(before: &[u8], after: &[u8]) -> bool {
    match after {
        [b'o', ..] => before.last() != Some(&b'g'),
        b"a" | b"as" => before.len() > 3,
        b"al" => matches!(before.last(), Some(b'n' | b'g')) || before.ends_with(b"il"),
        [b'a', b't', rest @ ..] => before == b"cr" && rest.first() != Some(&b'u'),
        [b'a', b'c', b't', ..] => before.ends_with(b"r"),
        [b'a', b'l', b'i', ..] => before == b"r",
        b"ing" | b"um" | b"us" => true,
        [b'i', b'n', b'f', ..] | [b'u', b's', ..] => before == b"r",
        _ => false,
    }
}
