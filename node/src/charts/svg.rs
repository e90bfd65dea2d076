//! A picture as SVG: no scripts, no styles, no links, every text escaped.

use std::fmt::Write;

use super::picture::{Anchor, Ink, Item, PAPER, Picture, Place, Stroke, Words};

pub fn svg(picture: &Picture) -> String {
    let (width, height) = (length(picture.width), length(picture.height));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} \
         {height}\" role=\"img\" font-family=\"Roboto, Helvetica, Arial, sans-serif\">\n<title>{}</title>\n\
         <desc>{}</desc>\n<rect width=\"{width}\" height=\"{height}\"{}/>\n",
        escaped(&picture.title),
        escaped(&picture.description),
        fill(Some(PAPER)),
    );
    for item in &picture.items {
        write(&mut svg, item);
    }
    svg.push_str("</svg>\n");
    svg
}

fn write(svg: &mut String, item: &Item) {
    match item {
        Item::Lines(lines, line) => {
            let path: String = lines.iter().map(|places| path(places)).collect();
            push(svg, &format!("<path d=\"{path}\" fill=\"none\"{}/>", stroke(Some(*line))));
        }
        Item::Shape(places, inside, edge) => {
            let path = path(places);
            push(svg, &format!("<path d=\"{path}Z\"{}{}/>", fill(*inside), stroke(*edge)));
        }
        Item::Circle(at, radius, inside, edge) => {
            let (x, y, radius) = (length(at.0), length(at.1), length(*radius));
            let (inside, edge) = (fill(*inside), stroke(*edge));
            push(svg, &format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"{inside}{edge}/>"));
        }
        Item::Text(words) => push(svg, &text(words)),
        Item::Named(name, items) => {
            push(svg, &format!("<g><title>{}</title>", escaped(name)));
            items.iter().for_each(|item| write(svg, item));
            push(svg, "</g>");
        }
    }
}

fn push(svg: &mut String, line: &str) {
    svg.push_str(line);
    svg.push('\n');
}

fn text(words: &Words) -> String {
    let anchor = match words.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    format!(
        "<text x=\"{}\" y=\"{}\" font-size=\"{}\"{anchor}{}>{}</text>",
        length(words.at.0),
        length(words.at.1),
        length(words.size),
        fill(Some(words.ink)),
        escaped(&words.text)
    )
}

fn path(places: &[Place]) -> String {
    let mut path = String::new();
    for (at, (x, y)) in places.iter().enumerate() {
        let step = if at == 0 { 'M' } else { 'L' };
        // Writing to a text can't fail.
        let _ = write!(path, "{step}{} {}", length(*x), length(*y));
    }
    path
}

fn fill(ink: Option<Ink>) -> String {
    ink.map_or_else(|| " fill=\"none\"".to_owned(), |ink| format!(" fill=\"{}\"", colour(ink)))
}

fn stroke(stroke: Option<Stroke>) -> String {
    let Some(stroke) = stroke else { return String::new() };
    let dash = stroke.dash.map_or_else(String::new, |(drawn, left_out)| {
        format!(" stroke-dasharray=\"{} {}\"", length(drawn), length(left_out))
    });
    format!(" stroke=\"{}\" stroke-width=\"{}\"{dash}", colour(stroke.ink), length(stroke.width))
}

fn colour([red, green, blue]: Ink) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// To a tenth, as short as possible.
fn length(length: f64) -> String {
    let text = format!("{length:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}
