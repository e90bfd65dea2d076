//! Small pieces of text: harmless, short, dated.

/// Characters of an id or digest that are shown to people.
const SHORT_HEX: usize = 12;
/// Milliseconds of a day.
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// The last moment that [`time`] shows: the end of the year 9999.
const LAST_MS: u64 = 253_402_300_799_999;

/// `text` without anything that could move the cursor, hide text or turn its
/// direction; such characters become U+FFFD. Line breaks and tabs stay.
pub fn safe(text: &str) -> String {
    text.chars().map(|c| if is_harmful(c) { '\u{fffd}' } else { c }).collect()
}

/// [`safe`] on one line: line breaks and tabs become spaces.
pub fn safe_line(text: &str) -> String {
    safe(text).chars().map(|c| if c == '\n' || c == '\t' { ' ' } else { c }).collect()
}

fn is_harmful(c: char) -> bool {
    let control = c.is_control() && c != '\n' && c != '\t';
    let turns_direction = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks_line = matches!(c, '\u{2028}' | '\u{2029}');
    control || turns_direction || breaks_line
}

/// The first characters of an id or digest; enough to tell things apart, and
/// enough to name them to a command.
pub fn short(hex: &str) -> &str {
    match hex.char_indices().nth(SHORT_HEX) {
        Some((end, _)) => &hex[..end],
        None => hex,
    }
}

/// `text` cut to `width` characters, the last one an ellipsis.
pub fn clip(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut clipped: String = text.chars().take(width.saturating_sub(1)).collect();
    clipped.push('…');
    clipped
}

/// `count` with `noun`, in the plural unless it is one.
pub fn count(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ if noun.ends_with('y') => format!("{count} {}ies", &noun[..noun.len() - 1]),
        _ => format!("{count} {noun}s"),
    }
}

/// Milliseconds since 1970 as date and time in UTC.
pub fn time(ms: u64) -> String {
    if ms > LAST_MS {
        return "far future".to_owned();
    }
    let (year, month, day) = civil_date(ms / DAY_MS);
    let minutes = ms % DAY_MS / 60_000;
    let (hour, minute) = (minutes / 60, minutes % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC")
}

/// Year, month and day of a number of days since 1970-01-01: whole years are
/// taken off first, then whole months.
fn civil_date(days: u64) -> (u64, u64, u64) {
    // Whole cycles of 400 Gregorian years keep the loop below short.
    let mut year = 1970 + days / 146_097 * 400;
    let mut rest = days % 146_097;
    while rest >= days_of_year(year) {
        rest -= days_of_year(year);
        year += 1;
    }
    let february = days_of_year(year) - 337;
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if rest < length {
            break;
        }
        rest -= length;
        month += 1;
    }
    (year, month, rest + 1)
}

fn days_of_year(year: u64) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    365 + u64::from(leap)
}

/// A span of seconds in the unit that people would use.
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..=119 => count(seconds, "second"),
        120..=7_199 => count(seconds / 60, "minute"),
        7_200..=172_799 => count(seconds / 3600, "hour"),
        _ => count(seconds / 86_400, "day"),
    }
}

/// "yes" or "no".
pub fn yes(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

/// `items` as one list in words.
pub fn list<S: AsRef<str>>(items: &[S]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.as_slice() {
        [] => "nobody".to_owned(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{clip, count, duration, list, safe, safe_line, short, time};

    #[test]
    fn escape_sequences_and_direction_marks_are_disarmed() {
        assert_eq!(safe("a\u{1b}]0;x\u{7}b\r"), "a\u{fffd}]0;x\u{fffd}b\u{fffd}");
        assert_eq!(safe("\u{202e}gnp.exe"), "\u{fffd}gnp.exe");
        assert_eq!(safe("one\n\ttwo é 文"), "one\n\ttwo é 文");
        assert_eq!(safe_line("one\ntwo"), "one two");
    }

    #[test]
    fn dates_are_right_at_the_edges() {
        assert_eq!(time(0), "1970-01-01 00:00 UTC");
        assert_eq!(time(951_782_400_000), "2000-02-29 00:00 UTC");
        assert_eq!(time(1_709_251_199_999), "2024-02-29 23:59 UTC");
        assert_eq!(time(1_709_251_200_000), "2024-03-01 00:00 UTC");
        assert_eq!(time(4_102_444_799_999), "2099-12-31 23:59 UTC");
        assert_eq!(time(253_402_300_799_999), "9999-12-31 23:59 UTC");
        assert_eq!(time(u64::MAX), "far future");
    }

    #[test]
    fn words_read_well() {
        assert_eq!(count(1, "entry"), "1 entry");
        assert_eq!(count(2, "entry"), "2 entries");
        assert_eq!(count(0, "document"), "0 documents");
        assert_eq!(duration(59), "59 seconds");
        assert_eq!(duration(7_200), "2 hours");
        assert_eq!(list(&["A", "B", "C"]), "A, B and C");
        assert_eq!(list::<&str>(&[]), "nobody");
    }

    #[test]
    fn cutting_never_splits_a_character() {
        assert_eq!(short("ééééééééééééé"), "éééééééééééé");
        assert_eq!(short("abc"), "abc");
        assert_eq!(clip("文文文", 2), "文…");
        assert_eq!(clip("ab", 2), "ab");
    }
}
