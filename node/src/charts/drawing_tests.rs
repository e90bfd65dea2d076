//! What is drawn: shapes and texts of pictures, pixels, letters of a terminal.

use tiny_skia::Pixmap;

use super::font::Font;
use super::numbers::{Numbers, fixed, ticks};
use super::{Annotation, Chart, Entry, Input, Kind, Letters, Multiples, Panel, Size, Value};

/// A chart with one of everything.
fn full() -> Chart {
    let numbers = [20.0, 22.0, 19.0, 21.0, 24.0, 20.0, 18.0, 21.0, 22.0, 48.0, 20.0, 23.0];
    let mut entries: Vec<Entry> = numbers
        .iter()
        .zip(1..)
        .map(|(n, month)| Entry::ratio(format!("2026-{month:02}"), *n, 50.0))
        .collect();
    entries[2].excluded = true;
    entries[5].value = Value::Masked { low: 0.02, high: Some(0.18) };
    entries[7].value = Value::Missing;
    let mut input = Input::new("Remission", entries).in_percent();
    input.axis = "patients in remission".into();
    input.target = Some(0.7);
    input.annotations = vec![Annotation { point: 4, text: "New clinic".into() }];
    Chart::new(Kind::P, input).unwrap()
}

fn size() -> Size {
    Size::new(800, 420).unwrap()
}

/// The name of the group that shows a point, and what is drawn in it.
fn group<'a>(svg: &'a str, label: &str) -> (&'a str, &'a str) {
    let start = svg.find(&format!("<g><title>{label}:")).unwrap_or_else(|| panic!("no mark for {label}"));
    let group = &svg[start + "<g><title>".len()..];
    let group = &group[..group.find("</g>").unwrap()];
    group.split_once("</title>").unwrap()
}

#[test]
fn each_state_has_a_shape_of_its_own() {
    let svg = full().svg(size());
    let (told, value) = group(&svg, "2026-01");
    assert_eq!(told, "2026-01: 40 %");
    assert_eq!((value.matches("<circle").count(), value.matches("<path").count()), (1, 0), "{value}");
    let (told, excluded) = group(&svg, "2026-03");
    assert_eq!(told, "2026-03: 38 %, excluded");
    assert_eq!(
        (excluded.matches("<circle").count(), excluded.matches("<path").count()),
        (1, 1),
        "a crossed circle"
    );
    let (told, masked) = group(&svg, "2026-06");
    assert_eq!(told, "2026-06: masked, between 2 % and 18 %");
    assert_eq!(
        (masked.matches("<circle").count(), masked.matches("<path").count()),
        (0, 3),
        "bar, hatch, caps"
    );
    let (told, signal) = group(&svg, "2026-10");
    assert_eq!(told, "2026-10: 96 %, outside the limits");
    assert!(signal.contains("Z\"") && !signal.contains("<circle"), "a diamond: {signal}");
    assert!(!svg.contains("<title>2026-08"), "nothing is drawn where nothing is known");
}

#[test]
fn what_is_withheld_is_marked_on_the_axis_and_told() {
    let mut entries: Vec<Entry> =
        (1..=12).map(|month| Entry::ratio(format!("2026-{month:02}"), 20.0, 50.0)).collect();
    entries[3].value = Value::Withheld;
    entries[11].value = Value::Withheld;
    let chart = Chart::new(Kind::P, Input::new("Remission", entries).in_percent()).unwrap();
    let svg = chart.svg(size());
    let (told, cross) = group(&svg, "2026-04");
    assert_eq!(told, "2026-04: withheld");
    assert!(cross.contains("<path") && !cross.contains("<circle"), "{cross}");
    for text in ["withheld: too few organisations, or one too large", "2 of 12 points withheld. No signals"] {
        assert!(svg.contains(text), "{text:?} is missing");
    }
    let words = chart.words().description;
    for text in ["The last point, 2026-12, is withheld.", "one is too large: 2026-04, 2026-12."] {
        assert!(words.contains(text), "{words}");
    }
    for letters in [Letters::Unicode, Letters::Ascii] {
        let text = chart.text(80, 20, letters);
        let axis = text.lines().rev().find(|line| line.contains(['└', '+'])).unwrap();
        let above = text.lines().take_while(|line| *line != axis).last().unwrap();
        assert_eq!(above.matches('?').count(), 2, "{text}");
        assert!(text.contains("? withheld") && text.contains("2 of 12 points withheld"), "{text}");
    }
    let all = vec![Entry::new("2026-01", Value::Withheld); 3];
    let empty = Chart::new(Kind::P, Input::new("Remission", all)).unwrap();
    assert_eq!(empty.svg(size()).matches(": withheld</title>").count(), 3);
    assert_eq!(empty.extent(), None);
}

#[test]
fn a_masked_point_is_drawn_over_its_interval_and_not_at_zero() {
    let chart = full();
    let svg = chart.svg(size());
    // The circle of 40 % and the bar from 2 % to 18 % give the scale.
    let number = |text: &str, name: &str| -> f64 {
        let start = text.find(name).unwrap() + name.len();
        let rest = &text[start..];
        rest[..rest.find('"').unwrap()].parse().unwrap()
    };
    let down = |label: &str| number(group(&svg, label).1, "cy=\"");
    let unit = (down("2026-01") - down("2026-02")) / (22.0 - 20.0) * 50.0;
    let zero = down("2026-01") + unit * 0.4;
    let bar = group(&svg, "2026-06").1;
    let path = &bar[bar.find("d=\"M").unwrap() + 4..];
    let corners = path[..path.find('Z').unwrap()].split('L').map(|place| {
        let (_, down) = place.trim().split_once(' ').unwrap();
        down.parse::<f64>().unwrap()
    });
    let corners: Vec<f64> = corners.collect();
    let (top, bottom) = (corners[0], corners[2]);
    assert!((zero - unit * 0.18 - top).abs() < 1.5, "top {top}, zero at {zero}, unit {unit}");
    assert!((zero - unit * 0.02 - bottom).abs() < 1.5, "bottom {bottom}");
}

#[test]
fn a_wide_interval_does_not_flatten_what_is_known() {
    let chart = |high| {
        let mut entries: Vec<Entry> = (1..=12)
            .map(|month| Entry::ratio(format!("2026-{month:02}"), 4.0 + f64::from(month % 3), 400.0))
            .collect();
        entries[5].value = Value::Masked { low: 0.0, high: Some(high) };
        Chart::new(Kind::P, Input::new("Waiting", entries).in_percent()).unwrap()
    };
    let (near, far) = (chart(0.02), chart(1.0));
    assert!(near.extent().unwrap().1 < 0.05 && far.extent().unwrap().1 < 0.05, "{:?}", far.extent());
    let bar = |chart: &Chart| group(&chart.svg(size()), "2026-06").1.to_owned();
    assert_ne!(bar(&near), bar(&far), "the far one ends in an arrow");
    assert!(far.words().description.contains("between 0 % and 100 %"), "{}", far.words().description);
    let hidden = vec![Entry::new("2026-01", Value::Masked { low: 0.2, high: Some(0.9) })];
    let only = Chart::new(Kind::P, Input::new("Waiting", hidden)).unwrap();
    assert_eq!(only.extent(), Some((0.2, 0.9)), "nothing else gives the scale");
}

#[test]
fn the_picture_says_what_it_shows() {
    let svg = full().svg(size());
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"800\" height=\"420\""));
    assert!(
        svg.contains("role=\"img\"") && svg.contains("<title>Remission</title>\n<desc>Remission. A p chart")
    );
    for text in [
        "Target 70 %",
        "Upper limit",
        "Centre ",
        "masked: lies within the bar",
        "1 · 2026-05: New clinic",
        "Signals: 1 point outside the limits",
    ] {
        assert!(svg.contains(text), "{text:?} is missing");
    }
    assert!(!svg.contains("unusually long run"), "the legend explains only what occurs");
}

#[test]
fn a_runs_signal_changes_the_centre_line() {
    let of = |numbers: &[f64]| {
        let entries =
            numbers.iter().zip(1..).map(|(number, at)| Entry::number(format!("{at}"), *number)).collect();
        Chart::new(Kind::Run, Input::new("Run", entries)).unwrap().svg(size())
    };
    let dash = "stroke-dasharray=\"9 4.5\"";
    let shifted: Vec<f64> = (0..24).map(|at| f64::from(at % 2) + if at < 12 { 5.0 } else { 9.0 }).collect();
    let steady: Vec<f64> = (0..24).map(|at| f64::from(at % 3)).collect();
    assert!(of(&shifted).contains(dash) && of(&shifted).contains("unusually long run"));
    assert!(!of(&steady).contains(dash));
}

/// Elements and attributes of our own writer, whatever stands in the texts.
#[test]
fn hostile_texts_stay_texts() {
    let bad = "</title><script>alert(1)</script>\"' onload='x' &amp; <![CDATA[ \u{0}\u{8}\u{1b}\u{202e}\u{ffff} ]]>";
    let long = bad.repeat(400);
    let mut entries = vec![Entry::number(bad, 1.0), Entry::number(long.as_str(), 2.0)];
    entries.push(Entry::new(bad, Value::Masked { low: 0.0, high: None }));
    let mut input = Input::new(long.as_str(), entries);
    (input.axis, input.unit) = (long.clone(), long.clone());
    input.annotations = vec![Annotation { point: 1, text: long.clone() }];
    let chart = Chart::new(Kind::I, input).unwrap();
    let grid = Multiples::new(&long, None, vec![Panel { name: long.clone(), chart: chart.clone() }]).unwrap();
    for svg in [chart.svg(size()), grid.svg(600).unwrap()] {
        assert!(!svg.contains("<script") && !svg.contains("<![") && !svg.contains("onload='"));
        assert!(svg.chars().all(|c| c == '\n' || !c.is_control()) && !svg.contains(['\u{202e}', '\u{ffff}']));
        for tag in svg.split('<').skip(1) {
            let name = tag.trim_start_matches('/').split([' ', '>', '/']).next().unwrap();
            assert!(
                ["svg", "title", "desc", "rect", "path", "circle", "text", "g"].contains(&name),
                "<{tag}"
            );
        }
        assert!(svg.len() < 40_000, "{} bytes", svg.len());
    }
    let text = chart.text(60, 16, Letters::Ascii);
    assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 60), "{text}");
    assert!(!text.contains('\u{1b}'));
}

fn pixels(png: &[u8]) -> Pixmap {
    Pixmap::decode_png(png).unwrap()
}

/// How many pixels have this colour.
fn count(map: &Pixmap, [red, green, blue]: [u8; 3]) -> usize {
    let same = |pixel: &&tiny_skia::PremultipliedColorU8| {
        (pixel.red(), pixel.green(), pixel.blue()) == (red, green, blue)
    };
    map.pixels().iter().filter(same).count()
}

#[test]
fn pixels_show_the_same_drawing() {
    let chart = full();
    let map = pixels(&chart.png(size()).unwrap());
    assert_eq!((map.width(), map.height()), (800, 420));
    let sharp = pixels(&chart.png(size().sharp()).unwrap());
    assert_eq!((sharp.width(), sharp.height()), (1600, 840));
    for ink in [super::picture::SIGNAL, super::picture::VALUE, super::picture::MASKED, super::picture::BAND] {
        let (once, twice) = (count(&map, ink), count(&sharp, ink));
        assert!(once > 10 && twice > once, "{ink:?}: {once}, sharp {twice}");
    }
    let plain = Input::new("Plain", vec![Entry::number("1", 4.0), Entry::number("2", 5.0)]);
    let plain = pixels(&Chart::new(Kind::Run, plain).unwrap().png(size()).unwrap());
    assert_eq!(count(&plain, super::picture::SIGNAL), 0);
}

#[test]
fn the_font_has_the_letters_that_charts_use() {
    let font = Font::new();
    let used = "abcxyzABCXYZ0123456789 %.,:;()…·–\u{2032}\u{2212}äöüßéñčłőαΩжЯ";
    for letter in used.chars() {
        assert_ne!(font.glyph(letter).0, 0, "{letter:?}");
    }
    assert_eq!(font.glyph('日').0, 0);
    assert!(font.width("日", 10.0) > 2.0, "what the font hasn't is a box that can be seen");
}

#[test]
fn letters_without_a_shape_are_boxes() {
    let title = |title: &str| {
        let chart = Chart::new(Kind::Run, Input::new(title, Vec::new())).unwrap();
        count(&pixels(&chart.png(Size::new(160, 160).unwrap()).unwrap()), super::picture::PAPER)
    };
    assert!(title("日本") < title(""), "the boxes leave less paper");
}

#[test]
fn texts_fit_their_room() {
    let font = Font::new();
    assert_eq!(font.fitted("short", 12.0, 100.0), "short");
    let fitted = font.fitted("a text that is far too long for its room", 12.0, 100.0);
    assert!(fitted.ends_with('…') && font.room(&fitted, 12.0) <= 100.0 && fitted.len() > 10, "{fitted}");
    assert_eq!(font.fitted("anything", 12.0, 0.0), "…");
    let lines = font.wrapped("one two three four five six seven eight", 12.0, 80.0);
    assert!(lines.len() > 2 && lines.iter().all(|line| font.room(line, 12.0) <= 80.0), "{lines:?}");
    assert_eq!(lines.join(" "), "one two three four five six seven eight");
}

#[test]
fn numbers_are_round_and_readable() {
    let texts = |multiplier, low, high| -> Vec<String> {
        let numbers = Numbers::new(multiplier, "", low, high);
        ticks(&numbers, low, high, 4).into_iter().map(|tick| tick.text).collect()
    };
    assert_eq!(texts(1.0, 0.0, 10.0), ["0", "2", "4", "6", "8", "10"]);
    assert_eq!(texts(100.0, 0.41, 0.83), ["50", "60", "70", "80"]);
    assert_eq!(texts(1.0, -3.0, 3.0), ["\u{2212}2", "0", "2"]);
    assert_eq!(texts(1.0, 0.0, 0.004), ["0.000", "0.001", "0.002", "0.003", "0.004"]);
    assert_eq!(texts(1.0, 0.0, 70_000.0), ["0", "20,000", "40,000", "60,000"]);
    assert_eq!(fixed(-0.001, 2), "0.00");
    assert_eq!(fixed(-1_234_567.891, 1), "\u{2212}1,234,567.9");
    let numbers = Numbers::new(100.0, " %", 0.1, 0.6);
    assert_eq!((numbers.shown(0.25), numbers.shown(0.2549)), ("25 %".to_owned(), "25.5 %".to_owned()));
    // 12 of 8,000 beside values near 1 are not nothing; what rounding leaves is.
    let numbers = Numbers::new(1.0, "", 0.0, 1.4);
    for (number, expected) in
        [(12.0 / 8000.0, "0.0015"), (-0.000_41, "\u{2212}0.00041"), (0.0, "0"), (1e-17, "0")]
    {
        assert_eq!(numbers.shown(number), expected);
    }
}

#[test]
fn labels_below_the_axis_do_not_touch() {
    let entries = (0..60).map(|at| Entry::number(format!("2026-{at:02}"), f64::from(at % 7))).collect();
    let svg = Chart::new(Kind::I, Input::new("Thin", entries)).unwrap().svg(size());
    let labels = svg.lines().filter(|line| line.starts_with("<text") && line.contains(">2026-"));
    let across: Vec<f64> = labels.map(|line| line.split('"').nth(1).unwrap().parse().unwrap()).collect();
    let room = Font::new().room("2026-00", super::axes::SIZE);
    assert!(across.len() > 5 && across.windows(2).all(|pair| pair[1] - pair[0] >= room), "{across:?}");
}

#[test]
fn a_terminal_shows_the_same_marks() {
    let text = full().text(80, 24, Letters::Unicode);
    assert!(text.lines().count() <= 24 && text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let marks =
        |letter: char| text.lines().skip(2).take(18).flat_map(str::chars).filter(|c| *c == letter).count();
    assert_eq!((marks('●'), marks('◆'), marks('×'), marks('┬'), marks('┴')), (8, 1, 1, 1, 1), "{text}");
    let ascii = full().text(80, 24, Letters::Ascii);
    assert!(ascii.is_ascii() && ascii.contains('#') && ascii.contains("target 70 %"), "{ascii}");
    // Smaller and larger than any terminal.
    for (width, height) in [(0, 0), (usize::MAX, usize::MAX)] {
        let text = full().text(width, height, Letters::Unicode);
        assert!(text.lines().count() <= 120 && text.lines().all(|line| line.chars().count() <= 400));
    }
}

#[test]
fn signals_stay_visible_among_many_points() {
    let entries = |odd: usize| {
        let number = |at: usize| if at == odd { 500.0 } else { 50.0 + (at % 5) as f64 };
        (0..3000).map(|at| Entry::number(at.to_string(), number(at))).collect()
    };
    let chart = Chart::new(Kind::I, Input::new("Many", entries(1234))).unwrap();
    assert!(group(&chart.svg(size()), "1234").1.contains("Z\""));
    assert!(chart.text(60, 20, Letters::Unicode).contains('◆'));
    assert!(chart.svg(size()).len() < 100_000, "marks that would touch are left out");
}

#[test]
fn sizes_out_of_bounds_are_refused() {
    for (width, height) in [(0, 400), (159, 400), (400, 4001), (u32::MAX, u32::MAX)] {
        assert!(Size::new(width, height).is_err(), "{width} by {height}");
    }
    let largest = Size::new(4000, 4000).unwrap();
    assert_eq!(largest.sharp(), largest, "no more pixels than allowed");
}

#[test]
fn small_multiples_draw_the_network_in_each() {
    let of = |shift: f64| {
        let entries = (0..12).map(|at| Entry::ratio(format!("{at}"), 20.0 + shift + f64::from(at % 4), 50.0));
        Chart::new(Kind::P, Input::new("", entries.collect()).in_percent()).unwrap()
    };
    let panels = (0..7).map(|at| Panel { name: format!("Site {at}"), chart: of(f64::from(at)) }).collect();
    let all = Multiples::new("Sites", Some(of(3.0)), panels).unwrap();
    let svg = all.svg(900).unwrap();
    let network = "stroke=\"#52606d\" stroke-width=\"1.3\" stroke-dasharray=\"4 2.5\"";
    assert_eq!(svg.matches(network).count(), 7 + 1, "each panel, and the legend");
    assert!((0..7).all(|at| svg.contains(&format!(">Site {at}</text>"))));
    assert!(svg.contains("Site 6: No signals."), "the description tells of each site");
    // The same height means the same number everywhere.
    assert_eq!(pixels(&all.png(900).unwrap()).width(), 900);
    assert!(all.svg(100).is_err() && all.png(5000).is_err());
}

#[test]
fn there_is_room_for_the_points_at_every_size() {
    let mut crowded = full();
    let note = crowded.annotations[0].clone();
    crowded.annotations = vec![note; 40];
    for (width, height) in
        [(160, 160), (420, 259), (420, 260), (420, 330), (900, 260), (4000, 160), (900, 600)]
    {
        let svg = crowded.svg(Size::new(width, height).unwrap());
        let down = |label: &str| -> f64 {
            let mark = group(&svg, label).1;
            let start = mark.find("cy=\"").unwrap() + 4;
            mark[start..start + mark[start..].find('"').unwrap()].parse().unwrap()
        };
        // 40 % and 36 %, of an axis from 0 to about 100 %.
        let inside = (down("2026-07") - down("2026-01")) / 0.04;
        assert!(inside > 55.0, "{width} by {height}: the inside is {inside} high");
        let texts = svg.lines().filter(|line| line.starts_with("<text"));
        let lowest =
            texts.map(|line| line.split('"').nth(3).unwrap().parse::<f64>().unwrap()).fold(0.0, f64::max);
        assert!(lowest < f64::from(height), "{width} by {height}: text at {lowest}");
    }
}
