//! Texts from outside, made fit to be shown: no control or invisible
//! characters, no breaks, and no longer than there is room for.

const TITLE: usize = 120;
const AXIS: usize = 60;
const LABEL: usize = 32;
const UNIT: usize = 16;
const ANNOTATION: usize = 160;

pub fn title(text: &str) -> String {
    shortened(text.trim(), TITLE)
}

pub fn axis(text: &str) -> String {
    shortened(text.trim(), AXIS)
}

pub fn label(text: &str) -> String {
    shortened(text.trim(), LABEL)
}

/// Keeps the blank before a unit.
pub fn unit(text: &str) -> String {
    shortened(text.trim_end(), UNIT)
}

pub fn annotation(text: &str) -> String {
    shortened(text.trim(), ANNOTATION)
}

/// At most `most` characters; what was cut shows as `…`.
pub fn shortened(text: &str, most: usize) -> String {
    let mut kept: String = text.chars().map(visible).filter(|c| *c != '\0').take(most + 1).collect();
    if kept.chars().count() > most {
        kept = kept.chars().take(most.saturating_sub(1)).collect();
        kept = kept.trim_end().to_owned();
        kept.push('…');
    }
    kept
}

/// Breaks become blanks; what can't be seen, turns the direction of writing or
/// isn't allowed in XML becomes `\0`.
fn visible(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => '\0',
        '\u{ad}' | '\u{61c}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => '\0',
        '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}' => '\0',
        _ if c.is_control() => '\0',
        _ => c,
    }
}
