//! A text as the rules read it: one spelling for the many ways to write a
//! space, a hyphen or a digit, with the way back to the place in the original.

/// Where the ten digits of other scripts begin.
const ZEROS: [u32; 6] = [0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50, 0xFF10];

/// Characters that pages write as a name.
const ENTITIES: [(&str, char); 8] = [
    ("&nbsp;", ' '),
    ("&#160;", ' '),
    ("&commat;", '@'),
    ("&#64;", '@'),
    ("&#x40;", '@'),
    ("&ndash;", '-'),
    ("&shy;", '\u{ad}'),
    ("&deg;", '°'),
];

/// The folded text, with the origin of every byte.
pub struct Folded {
    /// What the rules read.
    pub text: String,
    /// For each byte of `text`, the character of the original it came from.
    origin: Vec<u32>,
    /// The character of the original with which each line begins.
    lines: Vec<u32>,
}

impl Folded {
    /// Folds `original`, which must be shorter than 4 Gi characters.
    pub fn new(original: &str) -> Self {
        let text = String::with_capacity(original.len());
        let mut folded = Self { text, origin: Vec::with_capacity(original.len()), lines: vec![0] };
        let mut rest = original;
        let mut at = 0;
        while let Some(c) = rest.chars().next() {
            let (meant, length) = folded.next(rest, c);
            let characters = u32::try_from(rest[..length].chars().count()).unwrap_or(u32::MAX);
            folded.push(meant, at);
            at = at.saturating_add(characters);
            if c == '\n' {
                folded.lines.push(at);
            }
            rest = &rest[length..];
        }
        folded
    }

    /// What `rest`, which begins with `c`, means here, and its length in bytes:
    /// an escaped punctuation mark of Markdown and a named character of HTML
    /// are one character; an underscore that doesn't join is an emphasis.
    fn next(&self, rest: &str, c: char) -> (char, usize) {
        match c {
            '_' => {
                let before = self.text.chars().next_back();
                let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                (if joins(before) && joins(rest[1..].chars().next()) { '_' } else { ' ' }, 1)
            }
            '\\' => {
                let escaped = rest[1..].chars().next().filter(char::is_ascii_punctuation);
                escaped.map_or((c, 1), |escaped| (escaped, 2))
            }
            '&' => {
                let entity = ENTITIES.iter().find(|(name, _)| rest.starts_with(name));
                entity.map_or((c, 1), |(name, meant)| (*meant, name.len()))
            }
            _ => (c, c.len_utf8()),
        }
    }

    fn push(&mut self, c: char, at: u32) {
        if let Some(c) = fold(c) {
            self.text.push(c);
            self.origin.resize(self.text.len(), at);
        }
    }

    /// The line and the character in the line, both from 1, of the original
    /// for the byte `at` of the folded text.
    pub fn place(&self, at: usize) -> (u32, u32) {
        let character = self.origin.get(at).copied().unwrap_or(0);
        let line = self.lines.partition_point(|&start| start <= character).max(1);
        let column = character - self.lines[line - 1];
        (u32::try_from(line).unwrap_or(u32::MAX), column + 1)
    }
}

/// The plain spelling of a character, or nothing if it is invisible.
fn fold(c: char) -> Option<char> {
    if c.is_ascii() {
        return Some(if c == '\t' || c == '\r' { ' ' } else { c });
    }
    Some(match c {
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' => {
            return None;
        }
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => '-',
        '\u{2018}' | '\u{2019}' | '\u{2bc}' | '\u{2032}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{2033}' => '"',
        '\u{b7}' | '\u{2024}' => '.',
        'º' | '˚' => '°',
        _ => digit(c).unwrap_or_else(|| half_width(c)),
    })
}

fn digit(c: char) -> Option<char> {
    let zero = ZEROS.iter().find(|&&zero| (zero..zero + 10).contains(&u32::from(c)))?;
    char::from_digit(u32::from(c) - zero, 10)
}

/// The ASCII character that a full-width one stands for.
fn half_width(c: char) -> char {
    let code = u32::from(c);
    let plain = (0xFF01..=0xFF5E).contains(&code).then(|| char::from_u32(code - 0xFEE0)).flatten();
    plain.unwrap_or(c)
}

/// The longest excerpt, in characters.
const MAX_EXCERPT: usize = 40;

/// The match with letters and digits masked, but for the first two characters.
pub fn masked(found: &str) -> String {
    let shown = if found.chars().count() > 4 { 2 } else { 1 };
    let mask = |(at, c): (usize, char)| match c {
        _ if at < shown => c,
        '\n' => ' ',
        c if c.is_alphanumeric() => '*',
        c => c,
    };
    let mut masked: String = found.chars().enumerate().map(mask).take(MAX_EXCERPT).collect();
    if found.chars().count() > MAX_EXCERPT {
        masked.push('…');
    }
    masked
}

/// The largest character boundary of `text` that is not after `at`.
pub fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The smallest character boundary of `text` that is not before `at`.
pub fn ceil(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}
