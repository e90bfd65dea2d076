//! Aligned columns for people.

use super::text::{clip, safe_line};

/// Widest cell; the full value is in the JSON output.
const MAX_CELL: usize = 60;
/// Space between columns.
const GAP: &str = "  ";

/// Rows under a heading, aligned by the widest cell of each column.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these column headings.
    pub fn new(headings: &[&str]) -> Self {
        let headings = headings.iter().map(|heading| (*heading).to_owned());
        Self { rows: vec![headings.collect()] }
    }

    /// Adds a row. Cells are put on one line, made harmless and cut if long.
    pub fn row<S: AsRef<str>>(&mut self, cells: &[S]) {
        let cells = cells.iter().map(|cell| clip(&safe_line(cell.as_ref()), MAX_CELL));
        self.rows.push(cells.collect());
    }

    /// The table as lines, each starting with `indent`.
    pub fn render(&self, indent: &str) -> String {
        let widths = self.widths();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = indent.to_owned();
            for (cell, width) in row.iter().zip(&widths) {
                let padding = width - cell.chars().count();
                line.push_str(cell);
                line.push_str(&" ".repeat(padding));
                line.push_str(GAP);
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        (0..columns).map(|column| self.column_width(column)).collect()
    }

    fn column_width(&self, column: usize) -> usize {
        self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_CELL, Table};

    #[test]
    fn columns_line_up_whatever_the_alphabet() {
        let mut table = Table::new(&["id", "title", "edits"]);
        table.row(&["ab", "Übergang", "3"]);
        table.row(&["abcd", "x", "12"]);
        assert_eq!(
            table.render("  "),
            "  id    title     edits\n  ab    Übergang  3\n  abcd  x         12\n"
        );
    }

    #[test]
    fn a_hostile_cell_stays_one_short_line() {
        let mut table = Table::new(&["a"]);
        table.row(&[format!("x\n\u{1b}[31m{}", "y".repeat(500))]);
        let text = table.render("");
        assert_eq!(text.lines().count(), 2);
        assert!(!text.contains('\u{1b}'));
        assert_eq!(text.lines().nth(1).unwrap().chars().count(), MAX_CELL);
    }

    #[test]
    fn rows_of_other_lengths_do_no_harm() {
        let mut table = Table::new(&["a"]);
        table.row(&["1", "2"]);
        table.row::<&str>(&[]);
        assert_eq!(table.render(""), "a\n1  2\n\n");
    }
}
