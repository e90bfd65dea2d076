//! Generated names, dates and ages: they ask, and do not block.

use commons_node::guard::Kind;

use crate::measure::Measurement;
use crate::random::Random;

/// The least recall of what only asks.
const RECALL: f64 = 0.6;

const GIVEN: [&str; 26] = [
    "Anna",
    "Liam",
    "Xiomara",
    "Thabo",
    "Ingrid",
    "Siobhan",
    "Maria",
    "Wei",
    "Fatima",
    "Jacob",
    "Zoë",
    "Renée",
    "Björn",
    "Priya",
    "Kwame",
    "Emily",
    "Oluwaseun",
    "José",
    "Hannah",
    "Dmitri",
    "Aoife",
    "Mateo",
    "Ngozi",
    "Tyler",
    "Yuki",
    "Grace",
];
const FAMILY: [&str; 18] = [
    "Miller",
    "Okafor",
    "García",
    "O'Neill",
    "Smith-Jones",
    "van den Berg",
    "Nguyen",
    "Kowalski",
    "Haddad",
    "Johnson",
    "MacLeod",
    "Schröder",
    "Kim",
    "Patel",
    "Rossi",
    "Novak",
    "Brown",
    "D'Souza",
];

#[test]
fn names_in_context() {
    Measurement {
        kind: Kind::PersonName,
        seed: 51,
        recall: RECALL,
        announcing: &[
            "my daughter {} was seven",
            "Our son {} takes it with food.",
            "My 8-year-old son, {}, hates it.",
            "Dr. {} told us to wait",
            "Dr {} agreed",
            "Thanks to Nurse {} for this",
            "The patient {} was seen twice.",
            "Patient: {}",
            "my best friend {} drove us",
            "Mrs. {} from school",
            "Mr {} explained it",
            "a boy named {} asked",
            "Her name is {}.",
            "my husband {} and I",
            "I am {} and I live with colitis",
            "Professor {} leads the clinic",
            "our nurse {} always calls back",
            "Contact person: {}",
            "his mother, {}, wrote this",
            "Signed, {}",
            "my little sister is called {}",
            "my grandma {} helps",
        ],
        value: |random| (name(random), true),
        near_miss: near_name,
    }
    .run();
}

fn name(random: &mut Random) -> String {
    let given = random.pick(&GIVEN);
    match random.number(1, 4) {
        1 => given.to_owned(),
        2 => format!("{given} {}. {}", random.fill("A"), random.pick(&FAMILY)),
        _ => format!("{given} {}", random.pick(&FAMILY)),
    }
}

fn near_name(random: &mut Random) -> String {
    let texts = [
        "Patient Education",
        "the Patient Advisory Council",
        "Nurse Practitioner",
        "ask your doctor. The dose may change",
        "Crohn's disease",
        "our hospital in Boston",
        "the Parent Network",
        "your child's school",
        "my doctor and I",
        "Patient Safety Week",
        "a friend of the family",
        "See your nurse. Ask about diet.",
        "my son was born early",
        "patient and family partners",
        "Doctor Visits",
        "with Crohn's or colitis",
        "This is Important",
        "Mother's Day",
        "her GP in London",
        "Call your Doctor",
    ];
    random.pick(&texts).to_owned()
}

const MONTHS: [&str; 12] =
    ["January", "Feb", "March", "Apr.", "May", "June", "July", "Aug", "September", "Oct", "Nov.", "December"];

#[test]
fn full_dates_of_people() {
    Measurement {
        kind: Kind::FullDate,
        seed: 52,
        recall: RECALL,
        announcing: &[
            "She was born on {}.",
            "DOB: {}",
            "Date of birth {}",
            "He died on {} at home.",
            "admitted {} with fever",
            "was discharged on {}",
            "My son had his first flare on {}.",
            "diagnosed {}",
            "surgery was {}",
            "her transplant took place on {}",
            "born {} in Ohio",
            "On {} our daughter was diagnosed.",
            "{} was his birthday",
        ],
        value: |random| (date(random), true),
        near_miss: near_date,
    }
    .run();
}

fn date(random: &mut Random) -> String {
    let (day, month, year) = (random.number(1, 28), random.number(1, 12), random.number(1935, 2024));
    let word = random.pick(&MONTHS);
    match random.number(1, 9) {
        1 => format!("{word} {day}, {year}"),
        2 => format!("{day} {word} {year}"),
        3 => format!("{year}-{month:02}-{day:02}"),
        4 => format!("{month}/{day}/{year}"),
        5 => format!("{day:02}/{month:02}/{year}"),
        6 => format!("{day}.{month}.{year}"),
        7 => format!("{day}-{}-{year}", &word[..3]),
        8 => format!("{month}/{day}/{:02}", year % 100),
        _ => format!("{day}th of {word} {year}"),
    }
}

fn near_date(random: &mut Random) -> String {
    let date = date(random);
    match random.number(1, 6) {
        1 => format!("Last reviewed {date}"),
        2 => format!("The rule took effect {date}"),
        3 => format!("born in {}", random.number(1950, 2020)),
        4 => format!("diagnosed at {} months", random.number(2, 30)),
        5 => format!("version of {date}"),
        _ => format!("The market opened on {date}"),
    }
}

#[test]
fn high_ages() {
    Measurement {
        kind: Kind::HighAge,
        seed: 53,
        recall: RECALL,
        announcing: &[],
        value: |random| (age(random), false),
        near_miss: near_age,
    }
    .run();
}

fn age(random: &mut Random) -> String {
    let age = random.number(90, 108);
    match random.number(1, 10) {
        1 => format!("my {age}-year-old grandmother"),
        2 => format!("aged {age}"),
        3 => format!("she is {age} years old"),
        4 => format!("age {age}"),
        5 => format!("{age} y/o man"),
        6 => format!("he turned {age} in May"),
        7 => format!("at the age of {age}"),
        8 => "a ninety-four-year-old neighbour".to_owned(),
        9 => format!("{age} yrs old"),
        _ => format!("Age: {age}"),
    }
}

fn near_age(random: &mut Random) -> String {
    let (young, high) = (random.number(1, 89), random.number(90, 99));
    match random.number(1, 8) {
        1 => format!("a {young}-year-old"),
        2 => format!("aged {young}"),
        3 => format!("aged {high} and over"),
        4 => format!("{high}% of them"),
        5 => format!("{high} years of data"),
        6 => format!("{high} or older"),
        7 => format!("{high} mg a day"),
        _ => format!("adults aged {young} to 64"),
    }
}
