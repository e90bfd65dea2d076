//! The page: what it says, its outline, what it can't do.

use super::samples::{Sample, arabic, guidance, measure, toolkit};
use commons_node::export;
use commons_node::view::ReleaseView;

/// Level and words of each heading.
pub fn outline(html: &str) -> Vec<String> {
    let mut outline = Vec::new();
    for (at, _) in html.match_indices("<h") {
        let Some(level) = html[at + 2..].chars().next().filter(char::is_ascii_digit) else { continue };
        let from = at + html[at..].find('>').expect("a tag's end") + 1;
        let to = from + html[from..].find(&format!("</h{level}>")).expect("a heading's end");
        outline.push(format!("{level} {}", &html[from..to]));
    }
    outline
}

/// The description for machines.
pub fn json_ld(html: &str) -> serde_json::Value {
    let (_, rest) = html.split_once("<script type=\"application/ld+json\">").expect("a description");
    let (json, rest) = rest.split_once("</script>").expect("its end");
    assert!(!rest.contains("<script"), "a second script");
    serde_json::from_str(json).expect("JSON")
}

pub fn check_outline(html: &str) {
    let levels: Vec<u32> = outline(html).iter().filter_map(|one| one.chars().next()?.to_digit(10)).collect();
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{levels:?}");
    assert_eq!(levels.first(), Some(&1), "{levels:?}");
    for pair in levels.windows(2) {
        assert!(pair[1] <= pair[0] + 1, "{levels:?}");
    }
}

#[test]
fn the_outline_of_a_toolkit() {
    let html = export::html(&toolkit().published());
    check_outline(&html);
    let expected = [
        "1 Ten days at home",
        "2 Who to call",
        "2 Day one",
        "3 What to drink",
        "2 When to call",
        "2 Evidence",
        "2 Who reviewed it",
        "2 About this toolkit",
        "2 Attached files",
        "2 Where this comes from",
    ];
    assert_eq!(outline(&html), expected);
}

#[test]
fn the_outline_of_guidance() {
    let html = export::html(&guidance().published());
    check_outline(&html);
    let expected = [
        "1 Fever at home",
        "2 Recommendations",
        "2 Deep first",
        "2 Then high",
        "2 Evidence",
        "2 Who reviewed it",
        "2 About this guidance",
        "2 Where this comes from",
    ];
    assert_eq!(outline(&html), expected);
}

#[test]
fn the_page_says_who_reviewed_it_and_where_it_comes_from() {
    let sample = toolkit();
    let html = export::html(&sample.published());
    for words in [
        "Reviewer 6</bdi> (<bdi>Riverside patient council</bdi>), as family, approved it on 2026-11-19. Declared no conflicts",
        "Hill hospital</bdi>), as clinician, approved it on 2026-11-19. Declared conflicts of interest: <bdi>Paid by &quot;Drip&quot; Ltd.",
        "Your team: 555 0100, day and night",
        "https://creativecommons.org/licenses/by/4.0/",
        "<dt>To be reviewed by</dt>\n<dd><bdi>2027-11-20</bdi></dd>",
        "Crohn disease (ICD-10 K50)",
        "Released by</dt>\n<dd><bdi>Mina</bdi>",
        "alt=\"A glass of water\"",
        "src=\"data:image/png;base64,",
        &sample.version.name().blake3.to_string(),
        &sample.version.name().sha256.to_string(),
    ] {
        assert!(html.contains(words), "{words} is not in\n{html}");
    }
    let evidence: Vec<usize> = ["A trial (2020)</bdi>", "A survey", "Ten families"]
        .map(|words| html.rfind(words).expect("evidence"))
        .to_vec();
    assert!(evidence.is_sorted(), "items are in the order of their numbers");
}

#[test]
fn the_page_fetches_and_runs_nothing() {
    for sample in [toolkit(), guidance(), arabic(), super::hostile::sample()] {
        let html = export::html(&sample.published());
        assert!(html.contains("content=\"default-src 'none'; "));
        for fetched in [
            "<link",
            "<iframe",
            "<object",
            "<embed",
            "@import",
            "url(",
            "src=\"http",
            "srcset",
            "<form",
            "<base",
        ] {
            assert!(!html.contains(fetched), "{fetched}");
        }
        json_ld(&html);
    }
}

fn banner(sample: &Sample) -> String {
    let html = export::html(&sample.published());
    let (_, rest) = html.split_once("<section class=\"status ").expect("a banner");
    rest.split_once("</section>").expect("its end").0.to_owned()
}

type Change = fn(&mut Sample);

fn release(sample: &mut Sample) -> &mut ReleaseView {
    sample.release.as_mut().expect("a release")
}

#[test]
fn nothing_but_a_release_that_counts_is_called_released() {
    let cases: [(&str, &str, Change); 12] = [
        ("good", "Released 2026-11-20, to be reviewed again by 2027-11-20", |_| {}),
        ("open", "DRAFT – not reviewed", |sample| sample.release = None),
        ("open", "There is a released version; read that one.", |sample| sample.release = None),
        ("open", "What was released of it was withdrawn because: <bdi>old</bdi>", |sample| {
            sample.release = None;
            sample.standing.retracted_because = Some("old".to_owned());
        }),
        ("open", "DRAFT – its release does not count", |sample| release(sample).counts = false),
        ("open", "DRAFT – its release does not count", |sample| release(sample).version = "00".repeat(32)),
        ("open", "DRAFT – in review, not released", |sample| {
            sample.release = None;
            sample.standing.draft = Some("in review".to_owned());
        }),
        ("open", "DRAFT – reviewed, but not released", |sample| {
            sample.release = None;
            sample.standing.status = "eligible".to_owned();
        }),
        ("open", "Released 2026-11-20, now due for review", |sample| {
            sample.standing.status = "review due".to_owned()
        }),
        ("open", "superseded by another document", |sample| {
            sample.standing.superseded_by = Some("<x>".to_owned())
        }),
        ("gone", "WITHDRAWN because: <bdi>wrong &lt;dose&gt;</bdi>", |sample| {
            sample.standing.retracted_because = Some("wrong <dose>".to_owned());
        }),
        ("gone", "WITHDRAWN because: <bdi>no reason is known here</bdi>", |sample| {
            release(sample).retracted = Some("ef".repeat(32));
        }),
    ];
    for (class, words, change) in cases {
        let mut sample = toolkit();
        change(&mut sample);
        let banner = banner(&sample);
        assert!(banner.starts_with(&format!("{class}\"")) && banner.contains(words), "{words}: {banner}");
        let is_released = class == "good" || words.starts_with("Released") || words.contains("superseded");
        let described = json_ld(&export::html(&sample.published()));
        assert_eq!(described["datePublished"].is_string(), is_released || class == "gone", "{words}");
    }
}

#[test]
fn a_page_in_arabic_is_read_from_the_right() {
    let html = export::html(&arabic().published());
    check_outline(&html);
    assert!(html.contains("<html lang=\"ar\" dir=\"rtl\">"));
    assert!(html.contains("<title>WITHDRAWN – عشرة أيام في المنزل</title>"));
    assert!(html.contains("<section class=\"status gone\" aria-label=\"Status\" lang=\"en\" dir=\"ltr\">"));
    assert!(html.contains("<bdi lang=\"ar\">مينا</bdi>"));
}

#[test]
fn machines_read_of_a_toolkit_what_people_read() {
    let page = json_ld(&export::html(&toolkit().published()));
    assert_eq!(page["@type"], "MedicalWebPage");
    assert_eq!(page["lastReviewed"], "2026-11-19");
    assert_eq!(page["datePublished"], "2026-11-20");
    assert_eq!(page["creativeWorkStatus"], "Published");
    assert_eq!(page["reviewedBy"][1]["jobTitle"], "clinician");
    assert_eq!(page["reviewedBy"][1]["affiliation"]["name"], "Hill hospital");
    assert_eq!(page["audience"]["audienceType"], "Parents of small children");
    assert_eq!(page["audience"]["suggestedMinAge"], 5);
    assert_eq!(page["about"][0]["code"]["codeValue"], "K50");
    assert_eq!(page["about"][0]["code"]["codingSystem"], "ICD-10");
    assert_eq!(page["about"][1]["code"]["codeValue"], "own");
    assert_eq!(page["license"], "https://creativecommons.org/licenses/by/4.0/");
    assert_eq!(page["inLanguage"], "en");
    assert_eq!(page["publisher"]["name"], "Riverside patient council");
    assert!(page["mainEntity"].is_null());
}

#[test]
fn machines_read_of_guidance_how_strong_and_how_certain_it_is() {
    let page = json_ld(&export::html(&guidance().published()));
    let entities = page["mainEntity"].as_array().expect("entities");
    let kinds: Vec<&str> = entities.iter().filter_map(|one| one["@type"].as_str()).collect();
    assert_eq!(
        kinds,
        ["MedicalGuideline", "MedicalGuidelineRecommendation", "MedicalGuidelineRecommendation"]
    );
    assert_eq!(entities[0]["guidelineDate"], "2026-11-20");
    assert_eq!(entities[0]["recognizingAuthority"]["name"], "Riverside patient council");
    assert_eq!(entities[0]["guidelineSubject"][0]["name"], "Fever");
    assert_eq!(entities[1]["recommendationStrength"], "strong");
    assert_eq!(entities[1]["evidenceLevel"], "https://schema.org/EvidenceLevelB");
    assert_eq!(entities[2]["evidenceLevel"], "https://schema.org/EvidenceLevelC");
    let draft = json_ld(&export::html(&guidance().draft().published()));
    assert!(draft["mainEntity"][0]["recognizingAuthority"].is_null(), "nobody recognizes a draft");
}

/// Relative luminance, WCAG 2.2.
#[test]
fn a_measure_says_what_is_counted() {
    let html = export::html(&measure().published());
    check_outline(&html);
    assert!(outline(&html).contains(&"2 What is counted, and how".to_owned()), "{:?}", outline(&html));
    assert!(html.contains("<dt>Numerator</dt>\n<dd><bdi>Visits &lt;without&gt; a plan</bdi></dd>"), "{html}");
    assert!(html.contains("<dt>Counts are masked up to</dt>\n<dd><bdi>20</bdi></dd>"), "{html}");
    assert!(html.contains("<dd><bdi>Under five (age:0-4)</bdi></dd>"), "{html}");
    let page = json_ld(&html);
    assert_eq!(page["mainEntity"]["@type"], "DefinedTerm");
    assert_eq!(page["mainEntity"]["name"], "Visits without a plan");
    let words = page["mainEntity"]["description"].as_str().expect("words");
    assert!(words.contains("Denominator: All visits. Better is: decrease. Target: 4.5."), "{words}");
    let other = export::html(&toolkit().published());
    assert!(!other.contains("What is counted"));
}

fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).expect("two digits")) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

#[test]
fn everything_can_be_read_in_light_in_darkness_and_on_paper() {
    let style = include_str!("../../src/export/page/style.css");
    let themes: Vec<&str> = style.split(":root {").skip(1).collect();
    assert_eq!(themes.len(), 3);
    for theme in themes {
        let colour = |name: &str| {
            let (_, rest) = theme.split_once(&format!("--{name}: ")).expect(name);
            rest.split(';').next().expect("a value")
        };
        let pairs = [
            ("ink", "paper", 7.0),
            ("quiet", "paper", 7.0),
            ("link", "paper", 7.0),
            ("line", "paper", 3.0),
            ("good-ink", "good", 7.0),
            ("open-ink", "open", 7.0),
            ("gone-ink", "gone", 7.0),
        ];
        for (front, back, least) in pairs {
            let (front, back) = (luminance(colour(front)), luminance(colour(back)));
            let ratio = (front.max(back) + 0.05) / (front.min(back) + 0.05);
            assert!(ratio >= least, "{front} on {back}: {ratio:.2}");
        }
    }
}
