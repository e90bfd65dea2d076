//! In which direction a language is written.

/// Languages that are written from right to left, by their first part.
const RIGHT_TO_LEFT: &[&str] = &[
    "ar", "arc", "azb", "bal", "ckb", "dv", "fa", "glk", "he", "iw", "ji", "khw", "ks", "lrc", "mzn", "nqo",
    "pnb", "prs", "ps", "rhg", "sd", "syr", "ug", "ur", "yi",
];
/// Scripts that are written from right to left.
const SCRIPTS: &[&str] =
    &["adlm", "arab", "aran", "hebr", "mand", "mend", "nkoo", "rohg", "samr", "syrc", "thaa"];

/// The language of a tag such as `pt-BR`, in small letters.
pub(super) fn primary(tag: &str) -> String {
    tag.split('-').next().unwrap_or_default().to_ascii_lowercase()
}

/// `ltr` or `rtl`. A script that the tag names counts more than the language.
pub(super) fn direction(tag: &str) -> &'static str {
    let script =
        tag.split('-').skip(1).find(|part| part.len() == 4 && part.bytes().all(|b| b.is_ascii_alphabetic()));
    let is_right = match script {
        Some(script) => SCRIPTS.contains(&script.to_ascii_lowercase().as_str()),
        None => RIGHT_TO_LEFT.contains(&primary(tag).as_str()),
    };
    if is_right { "rtl" } else { "ltr" }
}

#[cfg(test)]
mod tests {
    use super::direction;

    #[test]
    fn the_script_decides_then_the_language() {
        for (tag, expected) in [
            ("en", "ltr"),
            ("ar", "rtl"),
            ("AR-EG", "rtl"),
            ("he", "rtl"),
            ("az-Arab", "rtl"),
            ("ks-Deva", "ltr"),
            ("ur-Latn-PK", "ltr"),
            ("de-1996", "ltr"),
            ("", "ltr"),
        ] {
            assert_eq!(direction(tag), expected, "{tag}");
        }
    }
}
