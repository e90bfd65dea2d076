//! What a site says over time, and what a reader makes of it.

use crate::attacker::{Item, Place, Reader, item, numbers, stated, told_by};
use crate::hidden::{Shape, Truth, World};
use crate::kit::{Measure, Site};
use commons_protocol::disclosure::{Account, Fault, Reported};
use commons_protocol::measure::Component;
use commons_protocol::series::{Table, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub const PERIOD: &str = "2026-01";

/// One random history.
#[derive(Clone, Debug)]
pub struct Case {
    pub shape: Shape,
    pub moves: Vec<Move>,
    pub threshold: u16,
}

/// Something changes, and then something is reported.
#[derive(Clone, Debug)]
pub struct Move {
    /// Which measures are reported: the first, the second, both, both.
    pub measures: u8,
    /// Where something changes.
    pub place: usize,
    pub number: usize,
    pub by: i64,
    /// What is masked beyond what must be.
    pub masks: u64,
    /// Of ten numbers, how many are masked beyond what must be.
    pub share: u8,
    /// What is left out, and whether the rules are kept.
    pub style: u8,
}

/// How the reader takes what was said before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Only what is in force counts.
    InForce,
    /// What is hidden did not change, as long as that can be.
    Linked,
    /// The same, but sums of numerators, of denominators and of what is
    /// excluded by themselves, and each measure by itself.
    Apart,
}

/// What became of histories.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub accepted: u64,
    pub refused: BTreeMap<&'static str, u64>,
    pub masked: u64,
    pub guessed: u64,
    pub gave_up: u64,
}

impl Outcome {
    pub fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.masked += other.masked;
        self.guessed += other.guessed;
        self.gave_up += other.gave_up;
        for (code, number) in &other.refused {
            *self.refused.entry(code).or_default() += number;
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} accepted, {} of them with masks; {} masked numbers guessed at, {} given up; refused: {:?}",
            self.accepted, self.masked, self.guessed, self.gave_up, self.refused
        )
    }
}

/// One accepted statement, and what was true then.
struct Said {
    submission: usize,
    measure: usize,
    table: Table,
    truth: BTreeMap<(String, Component), u64>,
}

struct Play {
    world: World,
    site: Site,
    threshold: u64,
    said: Vec<Said>,
    accepted: Vec<Vec<Reported>>,
    /// All numbers that were ever told.
    told: BTreeMap<Item, BTreeSet<u64>>,
    /// The last number told of each place.
    last: BTreeMap<Place, u64>,
    outcome: Outcome,
}

/// Plays a case.
///
/// # Errors
/// What somebody worked out, or what else is wrong.
pub fn play(case: &Case, reading: Reading) -> Result<Outcome, String> {
    let mut play = Play {
        world: World::new(&case.shape, case.threshold),
        site: Site::default(),
        threshold: u64::from(case.threshold),
        said: Vec::new(),
        accepted: Vec::new(),
        told: BTreeMap::new(),
        last: BTreeMap::new(),
        outcome: Outcome::default(),
    };
    for one in &case.moves {
        if play.step(one)? {
            play.attack(reading)?;
        }
    }
    play.replay()?;
    Ok(play.outcome)
}

/// The case as a person reads it.
pub fn describe(case: &Case) -> String {
    let mut world = World::new(&case.shape, case.threshold);
    let mut site = Site::default();
    let mut text = String::new();
    for measure in &world.measures {
        let definition = &measure.definition;
        text += &format!(
            "measure {}: {} of {:?} / {:?}, sensitive {}\n",
            measure.number,
            definition.kind,
            definition.numerator.as_deref(),
            definition.denominator.as_deref(),
            definition.extremes_are_sensitive
        );
    }
    let mut last = BTreeMap::new();
    for one in &case.moves {
        world.change(one.place % 2, one.place, one.number, one.by);
        let reported = report(&world, one, &last, u64::from(case.threshold));
        for part in &reported {
            let measure = world.measures.iter().find(|measure| measure.id() == part.ground.measure);
            for table in &part.tables {
                text += &format!("  {}\n", line(measure.expect("declared"), table));
            }
        }
        let verdict = site.submit(reported.clone());
        text += &format!("    {}\n", verdict.map_or_else(|fault| fault.code(), |()| "accepted"));
        if verdict.is_ok() {
            remember(&world, &reported, &mut last);
        }
    }
    text
}

fn line(measure: &Measure, table: &Table) -> String {
    let number = |value: Value| value.known().map_or("*".to_owned(), |number| number.to_string());
    let cells = stated(measure, table).into_iter().map(|(stratum, cell)| {
        let mut text =
            format!("{} {}", if stratum.is_empty() { "all" } else { &stratum }, number(cell.numerator));
        text += &cell.denominator.map_or(String::new(), |one| format!("/{}", number(one)));
        text + &cell.excluded.map_or(String::new(), |one| format!("x{}", number(one)))
    });
    format!("{}: {}", measure.number, cells.collect::<Vec<_>>().join(", "))
}

/// What is reported in a move.
fn report(world: &World, one: &Move, last: &BTreeMap<Place, u64>, threshold: u64) -> Vec<Reported> {
    let count = world.measures.len();
    let chosen = (0..count).filter(|index| match one.measures {
        number @ (0 | 1) => usize::from(number) % count == *index,
        _ => true,
    });
    let withdraws = one.style == 0;
    let tables = chosen.map(|index| {
        let measure = &world.measures[index];
        let mut draw = Draw(one.masks ^ (index as u64));
        let has_total = one.style % 5 != 4;
        let splits = [one.style % 4 != 3, one.style % 3 != 2];
        let table = world.table(index, PERIOD, |stratum, truth| {
            let is_here = match stratum {
                None => has_total,
                Some(("ward", _)) => splits[0],
                Some(_) => splits[1],
            };
            let name = stratum.map_or(String::new(), |(one, two)| format!("{one}:{two}"));
            let masks = masks(measure, &name, truth, last, threshold, one, &mut draw);
            (is_here && !withdraws).then_some(masks)
        });
        Reported { ground: measure.ground(), tables: vec![table] }
    });
    tables.collect()
}

/// Which numbers of a cell are masked: what must be, and more by chance. A few
/// moves forget what must be.
pub fn masks(
    measure: &Measure,
    stratum: &str,
    truth: &Truth,
    last: &BTreeMap<Place, u64>,
    threshold: u64,
    one: &Move,
    draw: &mut Draw,
) -> [bool; 3] {
    let definition = &measure.definition;
    let small = |number: u64| (1..=threshold).contains(&number);
    let moved = |component: Component| {
        let before = last.get(&(measure.number, stratum.to_owned(), component));
        before.is_some_and(|before| small(before.abs_diff(truth.of(component))))
    };
    let must = |component: Component| {
        let counts = component != Component::Numerator || definition.kind.counts_numerator();
        (counts && small(truth.of(component))) || moved(component)
    };
    let has_denominator = definition.kind.has_denominator();
    let is_part = definition.kind.is_part_of_denominator();
    let is_extreme = definition.extremes_are_sensitive
        && has_denominator
        && definition.kind.counts_numerator()
        && truth.denominator > 0
        && (truth.numerator == 0 || (is_part && truth.numerator == truth.denominator));
    let careless = one.style == 1;
    let mut more = || draw.below(10) < u64::from(one.share / 2);
    let denominator = has_denominator && (more() || (!careless && must(Component::Denominator)));
    let rest = is_part && must(Component::Complement);
    let numerator =
        denominator || more() || (!careless && (must(Component::Numerator) || rest || is_extreme));
    [numerator, denominator, more() || must(Component::Excluded)]
}

/// Cheap random numbers, the same everywhere.
pub struct Draw(pub u64);

impl Draw {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn remember(world: &World, reported: &[Reported], last: &mut BTreeMap<Place, u64>) {
    for part in reported {
        let measure = world.measures.iter().find(|one| one.id() == part.ground.measure).expect("declared");
        for (stratum, cell) in part.tables.iter().flat_map(|table| stated(measure, table)) {
            for (component, number) in told_by(measure, &cell) {
                last.insert((measure.number, stratum.clone(), component), number);
            }
        }
    }
}

impl Play {
    /// Changes something and reports; whether that was accepted.
    fn step(&mut self, one: &Move) -> Result<bool, String> {
        self.world.change(one.place % 2, one.place, one.number, one.by);
        let reported = report(&self.world, one, &self.last, self.threshold);
        let judged = self.site.account.judge(reported.clone());
        let again = self.site.account.judge(reported.clone());
        match (judged, again) {
            (Ok(judged), Ok(again)) => {
                let mut other = self.site.account.clone();
                other.take(again);
                self.site.account.take(judged);
                if other != self.site.account {
                    return Err("judged twice, it is not the same".to_owned());
                }
            }
            (Err(breach), Err(again)) if breach == again => {
                *self.outcome.refused.entry(breach.fault.code()).or_default() += 1;
                return match (one.style, breach.fault) {
                    (0, fault) => Err(format!("a withdrawal was refused: {}", fault.code())),
                    (_, Fault::TooComplex) => Err("too complex".to_owned()),
                    _ => Ok(false),
                };
            }
            _ => return Err("judged twice, it is not the same".to_owned()),
        }
        self.keep(&reported)?;
        Ok(true)
    }

    /// Keeps what was accepted, after a look at the plain rules.
    fn keep(&mut self, reported: &[Reported]) -> Result<(), String> {
        self.outcome.accepted += 1;
        for part in reported {
            let measure = self.world.measures.iter().position(|one| one.id() == part.ground.measure);
            let index = measure.expect("declared");
            let measure = self.world.measures[index].clone();
            for table in &part.tables {
                self.check_plain(&measure, table)?;
                let cells = stated(&measure, table);
                for (stratum, cell) in &cells {
                    for (component, number) in told_by(&measure, cell) {
                        self.told.entry(item(&measure, stratum, component)).or_default().insert(number);
                    }
                }
                let hides = cells.iter().any(|(_, cell)| numbers(cell).any(|one| one.1 == Value::Masked));
                self.outcome.masked += u64::from(hides);
                let submission = self.accepted.len();
                let truth = self.truth(index);
                self.said.push(Said { submission, measure: index, table: table.clone(), truth });
            }
        }
        remember(&self.world, reported, &mut self.last);
        self.accepted.push(reported.to_vec());
        Ok(())
    }

    fn truth(&self, measure: usize) -> BTreeMap<(String, Component), u64> {
        let mut all = BTreeMap::new();
        for (stratum, truth) in self.world.truth(measure) {
            let name = stratum.map_or(String::new(), |(one, two)| format!("{one}:{two}"));
            for component in
                [Component::Numerator, Component::Denominator, Component::Excluded, Component::Complement]
            {
                all.insert((name.clone(), component), truth.of(component));
            }
        }
        all
    }

    /// No small count, no small change, and what is told adds up.
    fn check_plain(&self, measure: &Measure, table: &Table) -> Result<(), String> {
        let small = |number: u64| (1..=self.threshold).contains(&number);
        for (stratum, cell) in stated(measure, table) {
            for (component, number) in told_by(measure, &cell) {
                let counts = component != Component::Numerator || measure.definition.kind.counts_numerator();
                let place = (measure.number, stratum.clone(), component);
                if counts && small(number) {
                    return Err(format!("{place:?} tells {number}"));
                }
                if self.last.get(&place).is_some_and(|last| small(last.abs_diff(number))) {
                    return Err(format!("{place:?} changes a little, to {number}"));
                }
            }
        }
        Ok(())
    }

    fn attack(&mut self, reading: Reading) -> Result<(), String> {
        match reading {
            Reading::InForce => self.attack_in_force(),
            Reading::Linked => self.attack_linked(None, &[0, 1]),
            Reading::Apart => {
                for only in [Component::Numerator, Component::Denominator, Component::Excluded] {
                    self.attack_linked(Some(only), &[0, 1])?;
                    self.attack_linked(Some(only), &[0])?;
                    self.attack_linked(Some(only), &[1])?;
                }
                self.attack_linked(None, &[0])?;
                self.attack_linked(None, &[1])
            }
        }
    }

    /// What is in force: of each measure alone, and of all together.
    fn attack_in_force(&mut self) -> Result<(), String> {
        let mut latest: BTreeMap<usize, usize> = BTreeMap::new();
        for (index, said) in self.said.iter().enumerate() {
            latest.insert(said.measure, index);
        }
        let all: Vec<usize> = latest.into_values().collect();
        let mut groups: Vec<Vec<usize>> = all.iter().map(|one| vec![*one]).collect();
        groups.push(all);
        for group in groups {
            let mut reader = Reader::default();
            for index in &group {
                let said = &self.said[*index];
                reader.read(&self.world.measures[said.measure], &said.table);
            }
            if reader.is_possible() == Some(true) {
                self.guess(&reader)?;
            }
        }
        Ok(())
    }

    /// Everything that can be true at once, from some statement on.
    fn attack_linked(&mut self, only: Option<Component>, measures: &[usize]) -> Result<(), String> {
        let start = Reader::of(only);
        let mut reader = start.clone();
        let mut index = 0;
        while index < self.said.len() {
            let submission = self.said[index].submission;
            let together = self.said[index..].iter().take_while(|said| said.submission == submission);
            let together: Vec<&Said> = together.collect();
            index += together.len();
            let own = together.iter().filter(|said| measures.contains(&said.measure));
            let mut next = reader.clone();
            let mut anew = start.clone();
            for said in own {
                let measure = &self.world.measures[said.measure];
                next.read_later(measure, &said.table);
                anew.read(measure, &said.table);
            }
            match next.is_possible() {
                Some(true) => reader = next,
                Some(false) => reader = anew,
                None => return Ok(()),
            }
        }
        self.guess(&reader)
    }

    /// Of every masked number that was never told there must be enough left.
    fn guess(&mut self, reader: &Reader) -> Result<(), String> {
        let enough = usize::try_from(self.threshold).expect("a small number");
        for ((number, stratum, component), left) in reader.guesses(enough) {
            let measure = self.world.measures.iter().position(|one| one.number == number).expect("declared");
            let said = self.said.iter().rev().find(|said| said.measure == measure).expect("it was said");
            let truth = said.truth[&(stratum.clone(), component)];
            let item = item(&self.world.measures[measure], &stratum, component);
            if self.told.get(&item).is_some_and(|told| told.contains(&truth)) {
                continue;
            }
            self.outcome.guessed += 1;
            match left {
                None => self.outcome.gave_up += 1,
                Some(left) if left < enough => {
                    return Err(format!(
                        "{component:?} of measure {number}, \"{stratum}\", has {left} possible values; it is {truth}"
                    ));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Another node that gets the same submissions says the same.
    fn replay(&self) -> Result<(), String> {
        let mut account = Account::default();
        for reported in &self.accepted {
            let judged = account.judge(reported.clone()).map_err(|breach| format!("replayed: {breach}"))?;
            account.take(judged);
        }
        if account == self.site.account { Ok(()) } else { Err("replayed, it is not the same".to_owned()) }
    }
}
