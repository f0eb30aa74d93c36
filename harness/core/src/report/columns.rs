//! Rows of text under one another.

/// Columns that are set to the right: numbers.
pub(super) type Right = &'static [usize];

/// The rows as lines, two spaces in front and between, each column as wide as its widest cell.
pub(super) fn columns(rows: &[Vec<String>], right: Right) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(number, (cell, width))| {
            if right.contains(&number) { format!("  {cell:>width$}") } else { format!("  {cell:<width$}") }
        });
        cells.collect::<String>().trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::columns;

    #[test]
    fn cells_stand_under_one_another() {
        let rows = [vec!["set".to_owned(), "cases".to_owned()], vec!["größe".to_owned(), "7".to_owned()], Vec::new()];
        assert_eq!(columns(&rows, &[1]), "  set    cases\n  größe      7\n\n");
    }
}
