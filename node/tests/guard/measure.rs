//! Recall and false alarms of one kind on generated cases.

use commons_node::guard::{Finding, Kind, Severity, examine_text};

use crate::random::Random;

/// Cases of each sort, per kind.
const CASES: u64 = 300;

/// The greatest share of near misses that may raise an alarm of the kind.
const FALSE_ALARMS: f64 = 0.05;

/// Sentences around a value that say nothing about it.
pub const NEUTRAL: [&str; 22] = [
    "{}",
    "Please use {} from now on.",
    "({})",
    "- {}",
    "* item: {}",
    "| a | {} | b |",
    "**{}**",
    "_{}_",
    "> {}",
    "\"{}\"",
    "We wrote {}, then went home.",
    "What helped us most in the first year was to have {} at hand.",
    "Keep this with you: {}",
    "{} is what the letter said",
    "After school\n{}\nand so on",
    "First line.\r\nSecond: {}.\r\nThird.",
    "Ask at the desk ({}) before noon.",
    "see also: {}; it changed in spring",
    "1. {}\n2. something else",
    "Ärztin und Köchin – {} – naïve café",
    "`{}`",
    "<p>{}</p>",
];

/// What one kind is measured with.
pub struct Measurement {
    pub kind: Kind,
    pub seed: u64,
    /// The least share of values that must be found.
    pub recall: f64,
    /// Sentences that announce a value of the kind, used for half of them.
    pub announcing: &'static [&'static str],
    /// A value of the kind, and whether it needs a sentence that announces it.
    pub value: fn(&mut Random) -> (String, bool),
    /// A text that only looks like it.
    pub near_miss: fn(&mut Random) -> String,
}

impl Measurement {
    /// Measures, prints and judges.
    pub fn run(&self) {
        let missed = self.missed();
        let (alarms, hard) = self.false_alarms();
        let share = |part: usize| part as f64 / CASES as f64;
        let recall = 1.0 - share(missed.len());
        let (kind, seed) = (self.kind, self.seed);
        println!(
            "generated: {kind}: recall {recall:.3} of {CASES}; false alarms {:.3} of {CASES} near misses ({hard} with a \
             hard finding of any kind); seed {seed}",
            share(alarms.len())
        );
        missed.iter().take(12).for_each(|text| println!("    missed: {text:?}"));
        alarms.iter().take(12).for_each(|(text, finding)| println!("    false: {text:?}: {finding}"));
        assert!(recall >= self.recall, "{kind}: recall {recall:.3} with seed {seed}; missed: {missed:#?}");
        assert!(share(alarms.len()) <= FALSE_ALARMS, "{kind}: false alarms with seed {seed}: {alarms:#?}");
    }

    fn missed(&self) -> Vec<String> {
        let mut random = Random::new(self.seed);
        let mut missed = Vec::new();
        for _ in 0..CASES {
            let (value, announce) = (self.value)(&mut random);
            let announced = announce || (random.chance(50) && !self.announcing.is_empty());
            let sentence = random.pick(if announced { self.announcing } else { &NEUTRAL });
            let text = sentence.replace("{}", &value);
            if !self.finds(&text, &value) {
                missed.push(text);
            }
        }
        missed
    }

    /// Whether a finding of the kind begins inside of the value.
    fn finds(&self, text: &str, value: &str) -> bool {
        let start = text.find(value).expect("the value is in the text");
        let places = start..start + value.len();
        examine_text("text", text, &[])
            .iter()
            .any(|finding| finding.kind == self.kind && places.contains(&offset(text, finding)))
    }

    fn false_alarms(&self) -> (Vec<(String, Finding)>, usize) {
        let mut random = Random::new(self.seed ^ 0xFFFF);
        let mut alarms = Vec::new();
        let mut hard = 0;
        for _ in 0..CASES {
            let near_miss = (self.near_miss)(&mut random);
            let text = random.pick(&NEUTRAL).replace("{}", &near_miss);
            let findings = examine_text("text", &text, &[]);
            hard += usize::from(findings.iter().any(|finding| finding.kind.severity() == Severity::Hard));
            let alarm = findings.into_iter().find(|finding| finding.kind == self.kind);
            alarms.extend(alarm.map(|finding| (text, finding)));
        }
        (alarms, hard)
    }
}

/// The byte of `text` that the finding's line and column name.
fn offset(text: &str, finding: &Finding) -> usize {
    let line_start: usize = text.split_inclusive('\n').take(finding.line as usize - 1).map(str::len).sum();
    let column = finding.column as usize - 1;
    line_start + text[line_start..].chars().take(column).map(char::len_utf8).sum::<usize>()
}
