//! Text of strangers inside other languages.

/// Text that stays text in HTML, in elements and in quoted attributes.
/// Control characters and overrides of the writing direction, with which a
/// text can show other than it says, become a visible mark.
pub(super) fn html(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' | '\t' => html.push(char),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => html.push('\u{fffd}'),
            _ if char.is_control() => html.push('\u{fffd}'),
            _ => html.push(char),
        }
    }
    html
}

/// JSON that can stand in a `script` element: nothing in it ends the element
/// or opens a comment, and it reads as the same JSON.
pub(super) fn script(json: &str) -> String {
    let mut script = String::with_capacity(json.len());
    for char in json.chars() {
        match char {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                script.push_str(&format!("\\u{:04x}", u32::from(char)))
            }
            _ => script.push(char),
        }
    }
    script
}

/// Text inside braces of a BibTeX entry. BibTeX counts braces even behind a
/// backslash, so none of the text's own are left.
pub(super) fn bibtex(text: &str) -> String {
    let mut tex = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' => tex.push_str("\\textbackslash{}"),
            '{' => tex.push_str("\\textbraceleft{}"),
            '}' => tex.push_str("\\textbraceright{}"),
            '^' => tex.push_str("\\textasciicircum{}"),
            '~' => tex.push_str("\\textasciitilde{}"),
            '$' | '&' | '#' | '_' | '%' => {
                tex.push('\\');
                tex.push(char);
            }
            _ if char.is_whitespace() || char.is_control() => tex.push(' '),
            _ => tex.push(char),
        }
    }
    tex
}

/// Text on one line.
pub(super) fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{bibtex, html, line, script};

    #[test]
    fn text_stays_text() {
        assert_eq!(html("<a b='\"&"), "&lt;a b=&#39;&quot;&amp;");
        assert_eq!(html("a\u{202e}b\u{2066}c\u{7}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
        assert_eq!(line(" a\n\tb\u{a0}c "), "a b c");
    }

    #[test]
    fn a_script_element_can_not_be_left() {
        let json = serde_json::json!("</script><!--<script>&\u{2028}").to_string();
        let script = script(&json);
        assert!(!script.contains(['<', '>', '&', '\u{2028}']), "{script}");
        let back: String = serde_json::from_str(&script).unwrap();
        assert_eq!(back, "</script><!--<script>&\u{2028}");
    }

    #[test]
    fn braces_of_an_entry_stay_balanced() {
        let tex = bibtex("}, note = {\\input{/etc/passwd} 100% & #1_~^$\n@misc");
        let mut depth = 0_i32;
        for char in tex.chars() {
            depth += i32::from(char == '{') - i32::from(char == '}');
            assert!((0..=1).contains(&depth), "{tex}");
        }
        assert_eq!(depth, 0);
        assert!(!tex.contains("\\input") && !tex.contains('\n'), "{tex}");
    }
}
