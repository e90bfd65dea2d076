//! Content that wants out of its place.

use super::pages::{check_outline, json_ld};
use super::samples::{Sample, particulars, released, version};
use commons_node::export::{self, AttachedFile};
use commons_node::view::ReviewView;
use commons_protocol::collection::DocumentKind;
use commons_protocol::document::{Fields, Particulars};
use std::collections::BTreeMap;

const SCRIPT: &str = "</script><script>alert(1)</script><!-- \" onload='x' ]]>";

/// A document that is hostile wherever it can be.
pub fn sample() -> Sample {
    let fields = Fields {
        title: format!("</title>{SCRIPT}"),
        language: "en".to_owned(),
        summary: format!("\"><img src=x onerror=alert(1)>\n---\n{SCRIPT}"),
        text: format!(
            "---\nkind: guidance\n---\n{SCRIPT}\n\n<iframe src=\"https://evil.example\"></iframe>\n\n\
             [x](javascript:alert(1)) ![x](attachment:a) ![y](https://evil.example/y.png)\n\n# One\n\n###### Six\n"
        ),
        particulars: particulars(&[
            ("audience", SCRIPT),
            ("author/1", "} , note = {\\input{/etc/passwd}} and {Nobody, \"x\" 100% & $1 #_~^"),
            ("author/2", "a\nb and c"),
            ("call", "\u{2028}</bdi></section></main><h1>Free money</h1>"),
            ("condition/a:b:c", SCRIPT),
            ("condition/..", SCRIPT),
            ("evidence/1", SCRIPT),
            ("funding", "\\\\ \\n \" '"),
            ("stage", "--- \n# x: y\n---"),
        ]),
    };
    let mut sample = released(version(DocumentKind::Toolkit, &fields));
    let release = sample.release.as_mut().expect("a release");
    release.person = SCRIPT.to_owned();
    release.id = SCRIPT.to_owned();
    release.due = Some(SCRIPT.to_owned());
    release.reviews.push(ReviewView {
        verdict: SCRIPT.to_owned(),
        role: SCRIPT.to_owned(),
        person: SCRIPT.to_owned(),
        organisation: SCRIPT.to_owned(),
        comment: SCRIPT.to_owned(),
        conflicts: SCRIPT.to_owned(),
        time_ms: u64::MAX,
        ..ReviewView::default()
    });
    sample.standing.notices = vec![SCRIPT.to_owned()];
    sample.files =
        [("..", "x"), ("CON", "text/html\"><script>"), ("a", "image/svg+xml"), ("A", "text/plain")]
            .map(|(name, media_type)| AttachedFile {
                name: name.to_owned(),
                media_type: media_type.to_owned(),
                hash: SCRIPT.to_owned(),
                alt: SCRIPT.to_owned(),
                bytes: Some(b"<svg onload='alert(1)'/>".to_vec()),
                ..AttachedFile::default()
            })
            .to_vec();
    sample
}

#[test]
fn nothing_gets_out_of_the_page() {
    let html = export::html(&sample().published());
    check_outline(&html);
    assert_eq!(html.matches("<script").count(), 1);
    assert_eq!(html.matches("</script").count(), 1);
    assert_eq!(html.matches("<h1").count(), 1);
    assert_eq!(html.matches("<main").count(), 1);
    for tag in ["<img", "<iframe", "<svg", "href=\"javascript", "Free money</h1>", "<!--"] {
        assert!(!html.contains(tag), "{tag}");
    }
    let (_, body) = html.split_once("<body>").expect("a body");
    assert!(!body.contains("onload='") && !body.contains("onerror=alert(1)>"), "{body}");
    assert_eq!(json_ld(&html)["name"], format!("</title>{SCRIPT}"));
}

#[test]
fn the_largest_document_still_has_a_page() {
    let long = |letter: &str, length: usize| letter.repeat(length);
    let values: BTreeMap<String, String> =
        (0..512).map(|number| (format!("evidence/{number}"), long("ß", 2_000))).collect();
    let fields = Fields {
        title: long("T", 300),
        language: "en".to_owned(),
        summary: long("S", 2_000),
        text: long("# Heading\n\n> > > * *x* [a](b)\n\n", 250_000),
        particulars: Particulars::new(values).expect("values that fit"),
    };
    let sample = released(version(DocumentKind::Toolkit, &fields));
    let html = export::html(&sample.published());
    check_outline(&html);
    assert!(html.len() < 12 * 1024 * 1024, "{} bytes", html.len());
    let back = export::read_markdown(&export::markdown(&sample.published())).expect("it reads back");
    assert_eq!((back.text, back.particulars.len()), (fields.text, 512));
    assert!(export::ro_crate(&sample.published()).is_ok());
}
