//! Which format a file has, by how it begins.

use serde::Deserialize;

/// A format of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table of text.
    Csv,
    /// One object of JSON in a line.
    Ndjson,
    /// A resource of FHIR, a Bundle of them, or one in a line.
    Fhir,
}

/// How far a resource's type is looked for where the first line alone is not
/// an object.
const MAX_LOOK: usize = 64 * 1024;

/// What only resources have.
#[derive(Deserialize)]
struct Resource {
    #[serde(rename = "resourceType")]
    kind: Option<serde::de::IgnoredAny>,
}

/// Recognises the format. What is neither is taken for CSV, whose reader says
/// best what is wrong.
pub fn detect(bytes: &[u8]) -> Format {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    match text.first() {
        Some(b'<') => Format::Fhir,
        Some(b'{' | b'[') => of_json(text),
        _ => Format::Csv,
    }
}

fn of_json(text: &[u8]) -> Format {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    // A list could be read as the members of the structure, in their order.
    let first = line.starts_with(b"{").then(|| serde_json::from_slice::<Resource>(line));
    let is_fhir = match first {
        Some(Ok(resource)) => resource.kind.is_some(),
        Some(Err(_)) | None => {
            let start = &text[..text.len().min(MAX_LOOK)];
            let name = b"\"resourceType\"";
            start.windows(name.len()).any(|window| window == name)
        }
    };
    if is_fhir { Format::Fhir } else { Format::Ndjson }
}

#[cfg(test)]
mod tests {
    use super::{Format, detect};

    #[test]
    fn formats_are_recognised() {
        for (text, format) in [
            ("period,numerator\n", Format::Csv),
            ("", Format::Csv),
            ("\u{feff}{\"period\":\"2026-03\",\"numerator\":3}\n", Format::Ndjson),
            ("{\"period\":\"2026-03\",\"measure\":\"\\\"resourceType\\\"\"}\n{}", Format::Ndjson),
            ("{\"period\":\"2026-03\"}\n{\"resourceType\":\"MeasureReport\"}", Format::Ndjson),
            ("[1]", Format::Ndjson),
            ("{", Format::Ndjson),
            ("{\"resourceType\":\"MeasureReport\"}", Format::Fhir),
            ("  {\n  \"id\": \"a\",\n  \"resourceType\": \"Bundle\"\n}", Format::Fhir),
            ("[{\"resourceType\":\"MeasureReport\"}]", Format::Fhir),
            ("<MeasureReport/>", Format::Fhir),
        ] {
            assert_eq!(detect(text.as_bytes()), format, "{text}");
        }
    }
}
