//! Text in HTML.

/// What stands for a character that could deceive or is not allowed.
const MARK: &str = "\u{fffd}";

/// Appends text so that it stays text, inside elements and in attributes with
/// double quotes. Control characters and overrides of the writing direction,
/// with which a text can show other than it says, become a visible mark.
pub(super) fn text(html: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(is_special) {
        let (plain, from) = rest.split_at(at);
        html.push_str(plain);
        let mut chars = from.chars();
        html.push_str(chars.next().map_or("", escaped));
        rest = chars.as_str();
    }
    html.push_str(rest);
}

fn is_special(char: char) -> bool {
    matches!(char, '&' | '<' | '>' | '"' | '\'' | '\u{202a}'..='\u{202e}')
        || (char.is_control() && !matches!(char, '\n' | '\t'))
}

fn escaped(special: char) -> &'static str {
    match special {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        '\'' => "&#39;",
        '\r' => "",
        _ => MARK,
    }
}
