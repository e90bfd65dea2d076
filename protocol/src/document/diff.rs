//! The shortest list of replacements that turns one text into another, word by word.
//!
//! Saving a text writes only what changed, so that edits of two people to one paragraph both
//! survive, and so that characters keep their authors. The search is Myers' greedy algorithm
//! over words. Its cost grows with the number of differing words, which is therefore bounded;
//! beyond that, everything between the common start and the common end is replaced.

/// The most differing words looked for. Keeps one comparison below some megabytes.
const DIFFERENCES: usize = 600;

/// One replacement. Positions count characters, in a text whose earlier replacements are done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) at: usize,
    pub(super) delete: usize,
    pub(super) insert: String,
}

/// The replacements that turn `old` into `new`, in order.
pub(super) fn splices(old: &str, new: &str) -> Vec<Splice> {
    let start = common_start(old, new);
    let (old, new) = (&old[start.bytes..], &new[start.bytes..]);
    let end = common_end(old, new);
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    let (old, new) = (words(old), words(new));
    let mut writer = Writer { at: start.characters, splices: Vec::new() };
    let matches = common_words(&old, &new).unwrap_or_default();
    let (mut left, mut right) = (0, 0);
    for (l, r) in matches {
        writer.replace(&old[left..l], &new[right..r]);
        writer.at += old[l].chars().count();
        (left, right) = (l + 1, r + 1);
    }
    writer.replace(&old[left..], &new[right..]);
    writer.splices
}

struct Writer {
    at: usize,
    splices: Vec<Splice>,
}

impl Writer {
    fn replace(&mut self, old: &[&str], new: &[&str]) {
        let (old, new) = (old.concat(), new.concat());
        let start = common_start(&old, &new);
        let (old, new) = (&old[start.bytes..], &new[start.bytes..]);
        let end = common_end(old, new);
        let (cut, insert) = (&old[..old.len() - end], &new[..new.len() - end]);
        let at = self.at + start.characters;
        self.at = at + new.chars().count();
        if !cut.is_empty() || !insert.is_empty() {
            self.splices.push(Splice { at, delete: cut.chars().count(), insert: insert.to_owned() });
        }
    }
}

struct Start {
    bytes: usize,
    characters: usize,
}

fn common_start(a: &str, b: &str) -> Start {
    let equal = a.chars().zip(b.chars()).take_while(|(a, b)| a == b);
    let mut start = Start { bytes: 0, characters: 0 };
    for (character, _) in equal {
        start.bytes += character.len_utf8();
        start.characters += 1;
    }
    start
}

fn common_end(a: &str, b: &str) -> usize {
    let equal = a.chars().rev().zip(b.chars().rev());
    let equal = equal.take_while(|(a, b)| a == b);
    equal.map(|(character, _)| character.len_utf8()).sum()
}

/// Splits a text into words, each with the white space behind it.
fn words(text: &str) -> Vec<&str> {
    text.split_inclusive(char::is_whitespace).collect()
}

/// Pairs of positions of equal words, rising on both sides; `None` if too much differs.
fn common_words(old: &[&str], new: &[&str]) -> Option<Vec<(usize, usize)>> {
    if old.is_empty() || new.is_empty() {
        return Some(Vec::new());
    }
    let rounds = search(old, new)?;
    Some(trace_back(&rounds, old.len(), new.len()))
}

/// For each number of differences, how far along `old` each diagonal reaches. Diagonal `k` of
/// round `d` stands at `(k + d) / 2`, because only every second one is reachable.
type Rounds = Vec<Vec<usize>>;

fn search(old: &[&str], new: &[&str]) -> Option<Rounds> {
    let mut rounds: Rounds = Vec::new();
    for d in 0..=DIFFERENCES.min(old.len() + new.len()) {
        let mut reach = Vec::with_capacity(d + 1);
        for slot in 0..=d {
            let mut x = step(rounds.last(), d, slot);
            // Diagonal k is x - y; with slots, y is x + d - 2 * slot.
            while let Some(y) = (x + d).checked_sub(2 * slot)
                && x < old.len()
                && y < new.len()
                && old[x] == new[y]
            {
                x += 1;
            }
            reach.push(x);
        }
        // The end lies on one diagonal, which only every second round reaches.
        let end = (old.len() + d).checked_sub(new.len());
        let end = end.filter(|end| end % 2 == 0).and_then(|end| reach.get(end / 2));
        let done = end.is_some_and(|x| *x >= old.len());
        rounds.push(reach);
        if done {
            return Some(rounds);
        }
    }
    None
}

/// Where diagonal `slot` of round `d` starts: one deletion or one insertion after round `d - 1`.
fn step(before: Option<&Vec<usize>>, d: usize, slot: usize) -> usize {
    let Some(before) = before else {
        return 0;
    };
    let deletion = slot.checked_sub(1).map(|slot| before[slot] + 1);
    let insertion = (slot < d).then(|| before[slot]);
    deletion.max(insertion).unwrap_or(0)
}

fn trace_back(rounds: &Rounds, old: usize, new: usize) -> Vec<(usize, usize)> {
    let mut matches = Vec::new();
    let (mut x, mut y) = (old, new);
    let last = rounds.len() - 1;
    let mut slot = (x + last - y) / 2;
    for d in (0..=last).rev() {
        let start = step(d.checked_sub(1).map(|d| &rounds[d]), d, slot);
        while x > start {
            x -= 1;
            y -= 1;
            matches.push((x, y));
        }
        if d == 0 {
            break;
        }
        let deletion = slot.checked_sub(1).map(|slot| rounds[d - 1][slot] + 1);
        if deletion == Some(start) {
            x -= 1;
            slot -= 1;
        } else {
            y -= 1;
        }
    }
    matches.reverse();
    matches
}

#[cfg(test)]
mod tests {
    use super::{DIFFERENCES, Splice, splices};

    fn applied(old: &str, splices: &[Splice]) -> String {
        let mut characters: Vec<char> = old.chars().collect();
        for splice in splices {
            let end = splice.at + splice.delete;
            characters.splice(splice.at..end, splice.insert.chars());
        }
        characters.into_iter().collect()
    }

    fn assert_turns(old: &str, new: &str) -> usize {
        let splices = splices(old, new);
        assert_eq!(applied(old, &splices), new, "from {old:?}");
        splices.len()
    }

    #[test]
    fn equal_texts_need_nothing() {
        assert_eq!(assert_turns("", ""), 0);
        assert_eq!(assert_turns("one two ✓", "one two ✓"), 0);
    }

    #[test]
    fn one_letter_is_one_small_splice() {
        let splices = splices("a ward round", "a word round");
        let expected = Splice { at: 3, delete: 1, insert: "o".into() };
        assert_eq!(splices, [expected]);
    }

    #[test]
    fn distant_edits_stay_apart() {
        let old = "one two three four five six seven eight nine";
        let new = "one 2 three four five six seven 8 nine";
        assert_eq!(assert_turns(old, new), 2);
        assert_eq!(assert_turns(new, old), 2);
    }

    #[test]
    fn characters_of_any_width_are_counted_once() {
        assert_turns("é✓😀 a b c", "✓é😀 a c b");
        assert_turns("", "neu");
        assert_turns("alt", "");
        assert_turns("aa aa aa", "aa");
        assert_turns("x y z x y z", "z y x z y x q");
    }

    #[test]
    fn everything_is_replaced_if_too_much_differs() {
        let words =
            |prefix: &str| -> String { (0..=DIFFERENCES).map(|n| format!("{prefix}{n} same ")).collect() };
        assert_eq!(assert_turns(&words("a"), &words("b")), 1);
    }

    #[test]
    fn every_pair_of_short_texts_is_turned() {
        let all: Vec<String> = (0..256_u32)
            .map(|n| (0..4).map(move |place| ["a ", "b ", "c ", ""][(n >> (2 * place)) as usize % 4]))
            .map(Iterator::collect)
            .collect();
        for old in all.iter().step_by(3) {
            for new in &all {
                assert_turns(old, new);
            }
        }
    }
}
