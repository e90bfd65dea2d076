//! Generated addresses and coordinates.

use commons_node::guard::Kind;

use crate::measure::Measurement;
use crate::random::Random;

const STREETS: [&str; 22] = [
    "Main Street",
    "Oak St.",
    "N. 5th Ave",
    "Martin Luther King Jr Blvd",
    "Elm Court",
    "W Lake View Dr",
    "County Road 12",
    "Broadway",
    "Old Mill Ln",
    "Calle Ocho",
    "State Route 9",
    "King's Highway",
    "Paseo del Norte",
    "East 42nd Street",
    "Chestnut Hill Rd",
    "Magnolia Terrace",
    "Pkwy North",
    "Avenue of the Americas",
    "SW 8th Street",
    "Peachtree Pl NE",
    "Rue Royale",
    "Willow Creek Circle",
];
const TOWNS: [&str; 12] = [
    "Springfield",
    "St. Paul",
    "New York",
    "Winston-Salem",
    "Coeur d'Alene",
    "Salt Lake City",
    "Cincinnati",
    "Ames",
    "Los Angeles",
    "O'Fallon",
    "Fort Worth",
    "Bangor",
];
const STATES: [&str; 12] =
    ["IL", "MN", "NY", "NC", "ID", "UT", "OH", "Iowa", "California", "MO", "TX", "Maine"];

#[test]
fn street_addresses() {
    Measurement {
        kind: Kind::StreetAddress,
        seed: 41,
        recall: 0.95,
        announcing: &[
            "We live at {}.",
            "Address: {}",
            "Send the form to {} please",
            "Home:\n{}\nThanks",
            "Mail it to: {}",
            "The family moved to {} in spring.",
        ],
        value: |random| (address(random), false),
        near_miss: near_address,
    }
    .run();
}

fn address(random: &mut Random) -> String {
    if random.chance(35) { british(random) } else { american(random) }
}

fn american(random: &mut Random) -> String {
    let number = random.number(1, 19_999);
    let street = random.pick(&STREETS);
    let (town, state) = (random.pick(&TOWNS), random.pick(&STATES));
    let zip = if random.chance(25) { random.fill("89999-9999") } else { random.fill("89999") };
    let unit = random.pick(&["", "", ", Apt 4B", " #12", ", Unit 7", " Suite 300"]);
    let letter = random.pick(&["", "", "", "A", "-12", " 1/2"]);
    match random.number(1, 8) {
        1 => format!("P.O. Box {number}, {town}, {state} {zip}"),
        2 => format!("{number} {street}\n{town}, {state} {zip}"),
        3 => format!("{number} {street}{unit}\n{town} {state}  {zip}"),
        4 => format!("{number} {street}, {town}, {state}, {zip}"),
        5 => format!("{number}{letter} {street}{unit}, {town} {state} {zip}"),
        _ => format!("{number}{letter} {street}{unit}, {town}, {state} {zip}"),
    }
}

fn british(random: &mut Random) -> String {
    let streets = [
        "High Street",
        "Mill Lane",
        "Baker Street",
        "Church Road",
        "The Green",
        "Queensway",
        "St Mary's Close",
        "Station Approach",
    ];
    let towns = ["London", "Ambridge", "Newcastle upon Tyne", "Leeds", "Bath", "Stoke-on-Trent"];
    let postcode = random.pick(&[
        "NW1 6XE", "BM1 2AB", "NE1 4LP", "LS1 3EX", "BA2 7AY", "ST4 6QG", "W1A 1AA", "EC1A 1BB", "M1 1AE",
        "SW1A2AA",
    ]);
    let (street, town) = (random.pick(&streets), random.pick(&towns));
    let number = random.number(1, 240);
    match random.number(1, 7) {
        1 => format!("Flat {}, {number} {street}, {town} {postcode}", random.number(1, 30)),
        2 => format!("{number} {street}\n{town}\n{postcode}"),
        3 => format!("Rose Cottage, {street}, {town}, {postcode}"),
        4 => format!("{number}B {street}, {town} {postcode}"),
        5 => format!("{number}, {street}, {town}. {postcode}"),
        _ => format!("{number} {street}, {town}, {postcode}"),
    }
}

fn near_address(random: &mut Random) -> String {
    let (town, state) = (random.pick(&TOWNS), random.pick(&STATES));
    match random.number(1, 10) {
        1 => format!("{} {}, {town}", random.number(1, 9999), random.pick(&STREETS)),
        2 => format!("the hospital in {town}, {state} {}", random.fill("89999")),
        3 => format!("{} weeks in {town}, {state}", random.number(2, 90)),
        4 => format!("in the NW1 area of {town}"),
        5 => format!("room {} on the second floor, {town}", random.number(1, 400)),
        6 => format!("{} people in {state}", random.fill("89999")),
        7 => format!("vitamin B12 3 times a week in {town}"),
        8 => format!("Children's Hospital, {town}, {state}"),
        9 => format!("{} Main ideas for {town}", random.number(2, 9)),
        _ => format!("{town}, {}", random.pick(&["NW1 6XE", "BA2 7AY", "ST4 6QG"])),
    }
}

#[test]
fn coordinates() {
    Measurement {
        kind: Kind::Coordinates,
        seed: 42,
        recall: 0.95,
        announcing: &[
            "GPS: {}",
            "coordinates {}",
            "We are at {}.",
            "location: {}",
            "pin dropped at {}",
            "meet at ({})",
        ],
        value: |random| (coordinate(random), false),
        near_miss: near_coordinate,
    }
    .run();
}

/// A degree below `most`, with `decimals` decimals.
fn degree(random: &mut Random, least: u64, most: u64, decimals: usize) -> String {
    format!("{}.{}{}", random.number(least, most), random.digits(decimals - 1), random.number(1, 9))
}

fn coordinate(random: &mut Random) -> String {
    let decimals = usize::try_from(random.number(4, 7)).expect("few");
    let (lat, lon) = (degree(random, 10, 69, decimals), degree(random, 10, 179, decimals));
    let sign = random.pick(&["", "-"]);
    let (degrees, minutes, seconds) = (random.number(10, 69), random.number(0, 59), random.number(0, 59));
    match random.number(1, 13) {
        1 => format!("{lat}° N, {lon}° W"),
        2 => format!("{lat}°N {lon}°E"),
        3 => format!("lat: {lat}, lon: {sign}{lon}"),
        4 => format!("latitude {lat}, longitude {sign}{lon}"),
        5 => format!("{degrees}°{minutes:02}'{seconds:02}\"N {degrees}°{minutes:02}'{seconds:02}\"W"),
        6 => format!("{degrees}° {minutes}′ {seconds}.5″ N, {degrees}° {minutes}′ {seconds}.2″ E"),
        7 => format!("N {degrees}° {minutes}.{seconds:03}' W {degrees}° {minutes}.{seconds:03}'"),
        8 => format!("geo:{lat},{sign}{lon}"),
        9 => format!("{sign}{lat},{sign}{lon}"),
        10 => format!("({lat}, {sign}{lon})"),
        11 => format!("{lat}N, {lon}W"),
        12 => format!("{sign}{lat} {sign}{lon}"),
        _ => format!("{sign}{lat}, {sign}{lon}"),
    }
}

fn near_coordinate(random: &mut Random) -> String {
    match random.number(1, 9) {
        1 => format!("95% CI {}, {}", random.fill("8.9999"), random.fill("8.9999")),
        2 => random.fill("0.9999, 0.9999"),
        3 => random.fill("189.9, 189.9 mg/dL"),
        4 => random.fill("98.9, 99.9"),
        5 => format!("{}, {}", degree(random, 91, 99, 5), degree(random, 10, 99, 5)),
        6 => format!("{}, {}", degree(random, 10, 80, 5), degree(random, 181, 400, 5)),
        7 => format!("HR {} ({}, {})", random.fill("8.99"), random.fill("0.999"), random.fill("8.999")),
        8 => random.fill("98°F to 99°F"),
        _ => random.fill("8.99, 8.99"),
    }
}
