//! A chart in letters, for a terminal.

use super::numbers::{Numbers, ticks};
use super::scale::Range;
use super::{Chart, Phase, Point, Shown, clean};

/// Bounds of width and height, in letters.
const WIDTH: (usize, usize) = (30, 400);
const HEIGHT: (usize, usize) = (9, 120);
/// Lines above and below the inside: title, signals, axis, labels, legend (2).
const AROUND: usize = 6;

/// Which letters a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letters {
    /// Lines and marks of Unicode.
    Unicode,
    /// ASCII alone; other letters in texts become `?`.
    Ascii,
}

/// The letters that a chart is drawn with.
struct Marks {
    value: char,
    signal: char,
    excluded: char,
    /// A masked interval: its middle, upper and lower end, and an open end.
    masked: [char; 4],
    /// On the axis, for a value that is withheld.
    withheld: char,
    centre: char,
    /// The centre line of a phase whose runs are a signal.
    centre_signal: char,
    limit: char,
    target: char,
    axis: [char; 3],
}

const UNICODE: Marks = Marks {
    value: '●',
    signal: '◆',
    excluded: '×',
    masked: ['│', '┬', '┴', '↑'],
    withheld: '?',
    centre: '─',
    centre_signal: '╌',
    limit: '┈',
    target: '~',
    axis: ['│', '└', '─'],
};

const ASCII: Marks = Marks {
    value: 'o',
    signal: '#',
    excluded: 'x',
    masked: ['|', '+', '+', '^'],
    withheld: '?',
    centre: '-',
    centre_signal: '=',
    limit: '.',
    target: '~',
    axis: ['|', '+', '-'],
};

pub fn text(chart: &Chart, width: usize, height: usize, letters: Letters) -> String {
    let (width, height) = (width.clamp(WIDTH.0, WIDTH.1), height.clamp(HEIGHT.0, HEIGHT.1));
    let marks = if letters == Letters::Ascii { &ASCII } else { &UNICODE };
    let board = Board::new(chart, marks, width, height - AROUND);
    let mut lines = vec![chart.title.clone(), chart.words().summary];
    lines.extend(board.lines());
    lines.push(board.labels());
    lines.extend(legend(chart, marks, &board.numbers, width));
    lines.truncate(height);
    let fit = |line: String| clean::shortened(line.trim_end(), width);
    let text = lines.into_iter().map(fit).collect::<Vec<_>>().join("\n") + "\n";
    if letters == Letters::Ascii { ascii(&text) } else { text }
}

/// The inside of the chart in rows of letters.
struct Board<'a> {
    chart: &'a Chart,
    marks: &'a Marks,
    numbers: Numbers,
    range: Range,
    /// Numbers at the left, one per row.
    gutter: Vec<String>,
    columns: usize,
    rows: Vec<Vec<char>>,
}

impl<'a> Board<'a> {
    fn new(chart: &'a Chart, marks: &'a Marks, width: usize, height: usize) -> Self {
        let (numbers, range) = (chart.numbers(), Range::of(std::iter::once(chart)));
        let mut gutter = vec![String::new(); height];
        for tick in ticks(&numbers, range.low, range.high, (height / 3).max(2)) {
            gutter[row(range, height, tick.at)] = tick.text;
        }
        let widest = gutter.iter().map(|text| text.chars().count()).max().unwrap_or(0).min(width / 3);
        let gutter: Vec<String> =
            gutter.into_iter().map(|text| format!("{:>widest$} ", clean::shortened(&text, widest))).collect();
        let columns = width - widest - 2;
        let rows = vec![vec![' '; columns]; height];
        let mut board = Self { chart, marks, numbers, range, gutter, columns, rows };
        board.lines_across();
        board.points();
        board
    }

    /// Limits, centre lines and target.
    fn lines_across(&mut self) {
        for at in 0..self.chart.points.len() {
            let point = &self.chart.points[at];
            let signal = self.chart.phases.get(point.phase).is_some_and(Phase::has_signal);
            let centre = if signal { self.marks.centre_signal } else { self.marks.centre };
            let lines = [
                (point.lower, self.marks.limit),
                (point.upper, self.marks.limit),
                (self.chart.target, self.marks.target),
                (point.centre, centre),
            ];
            for (number, letter) in lines {
                let Some(number) = number else { continue };
                let row = self.row(number);
                for column in self.column(at)..self.column(at + 1).max(self.column(at) + 1) {
                    self.put(row, column, letter);
                }
            }
        }
    }

    /// Points, those that matter most last, so that they stay visible where
    /// several share a place.
    fn points(&mut self) {
        for weight in 0..4 {
            for at in 0..self.chart.points.len() {
                if weight == weight_of(&self.chart.points[at]) {
                    self.point(at);
                }
            }
        }
    }

    fn point(&mut self, at: usize) {
        let point = &self.chart.points[at];
        let column = self.middle(at);
        match point.shown {
            Shown::Missing => {}
            Shown::Withheld => self.put(self.rows.len().saturating_sub(1), column, self.marks.withheld),
            Shown::Masked { low, high } => self.interval(column, low, high),
            Shown::Value { value } => {
                let letter = match (point.outside.is_some(), point.excluded) {
                    (true, _) => self.marks.signal,
                    (false, true) => self.marks.excluded,
                    (false, false) => self.marks.value,
                };
                let row = self.row(value);
                self.put(row, column, letter);
            }
        }
    }

    fn interval(&mut self, column: usize, low: f64, high: Option<f64>) {
        let [middle, upper, lower, open] = self.marks.masked;
        let high = high.filter(|high| *high <= self.range.high);
        let (top, bottom) = (high.map_or(0, |high| self.row(high)), self.row(low));
        for row in top..=bottom {
            self.put(row, column, middle);
        }
        self.put(bottom, column, lower);
        self.put(top, column, if high.is_some() { upper } else { open });
    }

    fn put(&mut self, row: usize, column: usize, letter: char) {
        if let Some(place) = self.rows.get_mut(row).and_then(|row| row.get_mut(column)) {
            *place = letter;
        }
    }

    fn row(&self, number: f64) -> usize {
        row(self.range, self.rows.len(), number)
    }

    /// Where a point's columns begin.
    fn column(&self, at: usize) -> usize {
        at * self.columns / self.chart.points.len().max(1)
    }

    /// The middle of a point's columns.
    fn middle(&self, at: usize) -> usize {
        usize::midpoint(self.column(at), self.column(at + 1).saturating_sub(1).max(self.column(at)))
    }

    fn lines(&self) -> Vec<String> {
        let [side, corner, bottom] = self.marks.axis;
        let inside = self.gutter.iter().zip(&self.rows);
        let mut lines: Vec<String> =
            inside.map(|(number, row)| format!("{number}{side}{}", row.iter().collect::<String>())).collect();
        let blank = " ".repeat(self.gutter.first().map_or(0, |text| text.chars().count()));
        lines.push(format!("{blank}{corner}{}", bottom.to_string().repeat(self.columns)));
        lines
    }

    /// The first and last label, and those between for which there is room.
    fn labels(&self) -> String {
        let points = &self.chart.points;
        let mut line: Vec<char> = vec![' '; self.columns];
        let last = points.len().saturating_sub(1);
        let order = std::iter::once(0).chain(std::iter::once(last)).chain(1..last);
        for at in order.filter(|at| *at < points.len()) {
            let label: Vec<char> = points[at].label.chars().collect();
            let latest = self.columns.saturating_sub(label.len());
            let start = self.middle(at).saturating_sub(label.len() / 2).min(latest);
            let end = (start + label.len()).min(self.columns);
            let around = start.saturating_sub(2)..(end + 2).min(self.columns);
            if line[around].iter().all(|letter| *letter == ' ') {
                line[start..end].copy_from_slice(&label[..end - start]);
            }
        }
        let blank = " ".repeat(self.gutter.first().map_or(0, |text| text.chars().count()) + 1);
        format!("{blank}{}", line.into_iter().collect::<String>())
    }
}

/// What is drawn later is seen where two share a place.
fn weight_of(point: &Point) -> u8 {
    match (point.shown, point.outside.is_some(), point.excluded) {
        (_, true, _) => 3,
        (Shown::Masked { .. } | Shown::Withheld, ..) => 2,
        (_, _, true) => 1,
        _ => 0,
    }
}

/// The row of a number, counted from the top.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a small number of rows"
)]
fn row(range: Range, rows: usize, number: f64) -> usize {
    let share = ((range.high - number) / (range.high - range.low)).clamp(0.0, 1.0);
    (share * (rows.saturating_sub(1)) as f64).round() as usize
}

/// What the marks on this chart mean, in at most two lines.
fn legend(chart: &Chart, marks: &Marks, numbers: &Numbers, width: usize) -> Vec<String> {
    let any = |of: fn(&Point) -> bool| chart.points.iter().any(of);
    let mut parts = Vec::new();
    let last = chart.phases.last();
    if let Some((phase, centre)) = last.and_then(|phase| Some((phase, phase.centre?))) {
        let mark = if phase.has_signal() { marks.centre_signal } else { marks.centre };
        parts.push(format!("{mark} centre {}", numbers.shown(centre)));
    }
    if any(|point| point.upper.is_some()) {
        parts.push(format!("{} limits", marks.limit));
    }
    if let Some(target) = chart.target {
        parts.push(format!("{} target {}", marks.target, numbers.shown(target)));
    }
    let known = [
        (any(|point| point.outside.is_some()), format!("{} outside the limits", marks.signal)),
        (any(|point| point.excluded), format!("{} excluded", marks.excluded)),
        (
            any(|point| matches!(point.shown, Shown::Masked { .. })),
            format!("{}{} masked, lies between", marks.masked[1], marks.masked[2]),
        ),
        (any(|point| point.shown == Shown::Withheld), format!("{} withheld", marks.withheld)),
    ];
    parts.extend(known.into_iter().filter(|(occurs, _)| *occurs).map(|(_, text)| text));
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 3 + part.chars().count() <= width => {
                line.push_str("   ");
                line.push_str(&part);
            }
            _ => lines.push(part),
        }
    }
    lines
}

/// In ASCII, with the nearest letters for those that charts use themselves.
fn ascii(text: &str) -> String {
    let near = |letter: char| match letter {
        '\u{2032}' | '\u{2019}' => '\'',
        '\u{2212}' | '\u{2013}' | '\u{2014}' | '·' => '-',
        '…' => '~',
        _ if letter.is_ascii() => letter,
        _ => '?',
    };
    text.chars().map(near).collect()
}
