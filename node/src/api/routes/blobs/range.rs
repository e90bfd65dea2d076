//! The `Range` header: one range of bytes. What is malformed, or several
//! ranges, is answered with the whole file, as HTTP allows.

use axum::http::{HeaderMap, header};

/// Bytes of a file, the end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub start: u64,
    pub end: u64,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    All,
    Part(Range),
    /// Nothing that the file has.
    Nothing,
}

/// Reads the headers of a request for a file of `size` bytes. `tag` is the
/// file's entity tag: a range of another file is not given.
pub(super) fn wanted(headers: &HeaderMap, size: u64, tag: &str) -> Wanted {
    let same = headers.get(header::IF_RANGE).is_none_or(|wanted| wanted.as_bytes() == tag.as_bytes());
    let mut ranges = headers.get_all(header::RANGE).iter();
    match (same, ranges.next(), ranges.next()) {
        (true, Some(range), None) => {
            range.to_str().ok().and_then(|text| parse(text, size)).unwrap_or(Wanted::All)
        }
        _ => Wanted::All,
    }
}

fn parse(text: &str, size: u64) -> Option<Wanted> {
    let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
    let range = match (number(first)?, number(last)?) {
        (Some(start), None) => Range { start, end: size },
        (Some(start), Some(last)) if start <= last => Range { start, end: last.saturating_add(1).min(size) },
        (None, Some(length)) => Range { start: size.saturating_sub(length), end: size },
        _ => return None,
    };
    Some(if range.start < range.end { Wanted::Part(range) } else { Wanted::Nothing })
}

/// A number, or nothing; `None` for what is neither.
fn number(text: &str) -> Option<Option<u64>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(None);
    }
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(range: &str) -> Wanted {
        let headers = HeaderMap::from_iter([(header::RANGE, range.parse().unwrap())]);
        wanted(&headers, 100, "\"x\"")
    }

    fn part(start: u64, end: u64) -> Wanted {
        Wanted::Part(Range { start, end })
    }

    #[test]
    fn ranges_are_read() {
        assert_eq!(wanted(&HeaderMap::new(), 100, "\"x\""), Wanted::All);
        for (text, is) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=10-19", part(10, 20)),
            ("bytes= 10 - 19 ", part(10, 20)),
            ("bytes=90-", part(90, 100)),
            ("bytes=90-1000", part(90, 100)),
            ("bytes=-10", part(90, 100)),
            ("bytes=-1000", part(0, 100)),
            ("bytes=100-", Wanted::Nothing),
            ("bytes=100-200", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
        ] {
            assert_eq!(asked(text), is, "{text}");
        }
    }

    #[test]
    fn what_is_malformed_is_as_if_it_were_not_there() {
        for text in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5",
            "bytes=7-3",
            "bytes=1-2,4-5",
            "items=1-2",
            "bytes=+1-2",
        ] {
            assert_eq!(asked(text), Wanted::All, "{text}");
        }
        assert_eq!(asked("bytes=99999999999999999999-"), Wanted::All);
    }

    #[test]
    fn a_range_of_another_file_is_not_given() {
        let with = |tag: &str| {
            let range = (header::RANGE, "bytes=1-2".parse().unwrap());
            wanted(&HeaderMap::from_iter([range, (header::IF_RANGE, tag.parse().unwrap())]), 100, "\"x\"")
        };
        assert_eq!(with("\"x\""), part(1, 3));
        assert_eq!(with("\"y\""), Wanted::All);
        assert_eq!(with("W/\"x\""), Wanted::All);
    }
}
