//! Postal addresses with a postcode, and places on the map.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Match, Regex};

use super::Kind;
use super::candidate::{Candidate, Weight};
use super::links::Links;
use super::pattern::{after, before, following, in_word, previous, regex, scan};

const STATES: &str = concat!(
    "A[AEKLPRSZ]|C[AOT]|D[CE]|F[LM]|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEHINOPST]|N[CDEHJMVY]|O[HKR]|P[ARW]|RI|S[CD]|T[NX]|UT|V[AIT]|W[AIVY]",
    "|Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois",
    "|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri",
    "|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma",
    "|Oregon|Pennsylvania|Puerto Rico|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia",
    "|Washington|West Virginia|Wisconsin|Wyoming|District of Columbia|D\\.C\\.|N\\.Y\\.|N\\.J\\.|N\\.C\\.|S\\.C\\."
);

const STREETS: &str = concat!(
    "Street|St|Avenue|Ave|Av|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Terrace|Ter|Way|Circle|Cir",
    "|Parkway|Pkwy|Highway|Hwy|Pike|Square|Sq|Trail|Trl|Close|Crescent|Cres|Gardens|Gdns|Grove|Mews|Row|Walk|Hill|Rise",
    "|Green|Park|Alley|Plaza|Turnpike|Loop|Run|Path|Cottage|House|Villas|View|Mount|Parade|Bank|Quay|Wharf|Broadway",
    "|Route|Expressway|Fwy|Cove|Ridge|Bend|Crossing|Xing|Point|Heights|Meadows?|Vale|Drove|Yard|End|Gate"
);

/// A US ZIP code behind a state.
static ZIP: LazyLock<Regex> =
    LazyLock::new(|| regex(&format!(r"\b(?:{STATES}),?[ \n]{{1,3}}[0-9]{{5}}(?:-[0-9]{{4}})?\b")));

/// A US ZIP code behind a street and a town, without the state.
static TOWN_ZIP: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"\b[0-9]{{1,6}} (?:[A-Z0-9][A-Za-z0-9.'-]{{0,20}} ){{1,4}}(?:{STREETS})\b\.?,? ?(?:(?:Apt|Unit|Suite|Ste|#)\.? ?[A-Za-z0-9-]{{1,6}},? )?\n?(?:[A-Z][a-z.'-]{{1,20}} ?){{1,3}},? [0-9]{{5}}(?:-[0-9]{{4}})?\b"
    ))
});

static UK_POSTCODE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(?:[A-Z]{1,2}[0-9][A-Z0-9]?|GIR) {0,2}[0-9][ABD-HJLNP-UW-Z]{2}\b"));

/// A house number and a name, a post-office box, or a street without a number.
static HOUSE: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"\b[0-9]{1,6}(?:[A-Za-z]|[-/][0-9A-Za-z]{1,4}| 1/2)?,? (?:(?:[NSEW]|NE|NW|SE|SW)\.? )?(?:[A-Z]|[0-9]{1,3}(?:st|nd|rd|th)\b)",
        r"|\b(?i:p\.? ?o\.? ?box|post office box|box|rr|rural route|hc) ?#? ?[0-9]{1,6}\b",
        r"|\b(?i:flat|studio|apartment|apt\.?|unit|suite) [0-9]{1,4}[A-Za-z]?\b"
    ))
});

static STREET: LazyLock<Regex> =
    LazyLock::new(|| regex(&format!(r"\b[A-Z][A-Za-z'-]{{1,24}} (?:{STREETS})\b")));

/// How far before a postcode its address may begin, in bytes.
const ADDRESS: usize = 140;

static DECIMAL: LazyLock<Regex> = LazyLock::new(|| {
    let gap = r"(?:[ \n]{0,2}[,;/|][ \n]{0,2}| {1,3}|(?:[,;]? {1,2}|,)(?:and )?(?:longitude|long|lon|lng)\.?[:= ]{1,3})";
    regex(&format!(
        r"(?i)(?P<lat>[+-]?[0-9]{{1,2}}\.[0-9]{{2,12}})(?: ?°| ?deg(?:rees)?)?(?: ?(?P<ns>[NS]|north|south)\b)?{gap}(?P<lon>[+-]?[0-9]{{1,3}}\.[0-9]{{2,12}})(?: ?°| ?deg(?:rees)?)?(?: ?(?P<ew>[EW]|east|west)\b)?"
    ))
});

/// Degrees, minutes and, if given, seconds with a point of the compass.
static SEXAGESIMAL: LazyLock<Regex> = LazyLock::new(|| {
    let part = r#"[0-9]{1,3} ?(?:°|deg\.?|d) ?[0-9]{1,2}(?:\.[0-9]{1,8})? ?(?:'|min\.?|m) ?(?:[0-9]{1,2}(?:\.[0-9]{1,8})? ?(?:"|''|sec\.?|s)? ?)?"#;
    regex(&format!(
        r"(?i)(?:[NS] ?{part}[,; /]{{0,3}}[EW] ?{part}|{part}(?:[NS]|north|south)\b(?:[,;/ ]{{0,3}}{part}(?:[EW]|east|west)\b)?|{part}(?:[EW]|east|west)\b)"
    ))
});

static MAP_WORD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:\b(?:lat|latitude|lat/lon|lat/long|gps|coordinates?|coords?|geo|location|located at|position|pin|map|maps)\b[^0-9\n]{0,24}|@)$",
    )
});

/// What pairs of decimal numbers also are.
static STATISTIC: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:\b(?:ci|interval|range|mean|median|sd|se|iqr|or|rr|hr|values?|ratio|score)\b[^0-9\n]{0,8}|\b(?:between|from|to|and) |[%=≤≥±] ?)$",
    )
});

/// Addresses and coordinates in a folded text.
pub fn find(text: &str, links: &Links) -> Vec<Candidate> {
    let mut found = Vec::new();
    addresses(text, &ZIP, "a street or box with a US ZIP code", &mut found);
    addresses(text, &UK_POSTCODE, "a street or house with a UK postcode", &mut found);
    scan(&TOWN_ZIP, text, |range| {
        let why = "a street and town with a US ZIP code";
        found.push(Candidate::new(Kind::StreetAddress, range, Weight::Certain, why));
        true
    });
    decimal(text, links, &mut found);
    sexagesimal(text, &mut found);
    found
}

fn addresses(text: &str, postcode: &Regex, why: &'static str, found: &mut Vec<Candidate>) {
    let mut free = 0;
    scan(postcode, text, |range| {
        let start = house(text, range.start, free).filter(|_| !in_word(text, &range));
        if let Some(start) = start {
            free = range.end;
            found.push(Candidate::new(Kind::StreetAddress, start..range.end, Weight::Certain, why));
        }
        start.is_some()
    });
}

/// Where the address begins that ends at `end`: the first house or box of the
/// last lines before it, else the street.
fn house(text: &str, end: usize, free: usize) -> Option<usize> {
    let window = before(text, end, ADDRESS.min(end - free.min(end)));
    let lines = window.rmatch_indices('\n').nth(4).map_or(0, |(at, _)| at + 1);
    let paragraph = window.rfind("\n\n").map_or(0, |at| at + 2).max(lines);
    let sentence = sentence(window).max(paragraph);
    let part = &window[sentence..];
    let apart = |found: &Match<'_>| {
        !previous(part, found.start()).is_some_and(|c| matches!(c, '-' | '.' | '/' | '@'))
    };
    let place = HOUSE.find_iter(part).find(apart).or_else(|| STREET.find(part));
    place.map(|found| end - window.len() + sentence + found.start())
}

/// Where the last sentence of `window` begins: behind a full stop that ends a
/// longer word.
fn sentence(window: &str) -> usize {
    let mut ends = window.match_indices(['.', '!', '?']).filter(|(at, _)| {
        let word = window[..*at].rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        window[at + 1..].starts_with([' ', '\n'])
            && word.len() > 5
            && !word.starts_with(|c: char| c.is_uppercase())
    });
    ends.next_back().map_or(0, |(at, _)| at + 1)
}

fn decimal(text: &str, links: &Links, found: &mut Vec<Candidate>) {
    scan(&DECIMAL, text, |range| {
        let taken = is_place(text, &range) && !links.hold_number(&range);
        if taken {
            found.push(Candidate::new(Kind::Coordinates, range, Weight::Certain, "latitude and longitude"));
        }
        taken
    });
}

/// Whether two decimal numbers are a place: in range, and marked as one or
/// more exact than measurements are.
fn is_place(text: &str, range: &Range<usize>) -> bool {
    let Some(captures) = DECIMAL.captures_at(text, range.start) else { return false };
    let part = |name: &str| captures.name(name).map_or("", |found| found.as_str());
    let (lat, lon) = (part("lat"), part("lon"));
    let value = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN).abs();
    let attached = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '.' || c == '%');
    let next = following(text, range.end);
    let longer = attached(previous(text, range.start))
        || (next.is_some_and(|c| c.is_alphanumeric() || c == '%'))
        || (next == Some('.')
            && after(text, range.end + 1, 1).bytes().all(|byte| byte.is_ascii_digit())
            && range.end + 1 < text.len());
    if longer || value(lat).is_nan() || value(lat) > 90.0 || value(lon) > 180.0 {
        return false;
    }
    let decimals = |text: &str| text.split('.').nth(1).map_or(0, str::len);
    let (fewest, most) = (decimals(lat).min(decimals(lon)), decimals(lat).max(decimals(lon)));
    let context = before(text, range.start, 40);
    let compass = !part("ns").is_empty() && !part("ew").is_empty();
    let least = if context.ends_with(['(', '[']) { 10.0 } else { 1.0 };
    // Maps leave out a last zero, so one part may be shorter than the other.
    let exact = fewest >= 4 || (fewest == 3 && most >= 4 && value(lat) >= 10.0 && value(lon) >= 10.0);
    let plain = exact && value(lat) >= least && value(lon) >= least && !STATISTIC.is_match(context);
    compass || plain || (fewest >= 3 && MAP_WORD.is_match(context))
}

fn sexagesimal(text: &str, found: &mut Vec<Candidate>) {
    scan(&SEXAGESIMAL, text, |range| {
        let taken = !in_word(text, &range);
        if taken {
            let why = "degrees and minutes with a point of the compass";
            found.push(Candidate::new(Kind::Coordinates, range, Weight::Certain, why));
        }
        taken
    });
}
