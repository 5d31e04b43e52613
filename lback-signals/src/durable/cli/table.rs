//! Tables with aligned columns.

const GAP: &str = "  ";
const BOLD: &str = "\x1b[1m";
const RESET: &str = "\x1b[0m";

/// Renders rows below a header, each line without spaces at its end.
pub(super) fn table<const N: usize>(
    header: [&str; N],
    rows: &[[String; N]],
    has_colors: bool,
) -> String {
    let mut widths = header.map(width);
    for row in rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = width(cell).max(*widest);
        }
    }
    let header = line(&header, &widths);
    let mut table = if has_colors {
        format!("{BOLD}{header}{RESET}\n")
    } else {
        header + "\n"
    };
    for row in rows {
        table += &line(&row.each_ref().map(String::as_str), &widths);
        table.push('\n');
    }
    table
}

fn line(cells: &[&str], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, widest) in cells.iter().zip(widths) {
        line += cell;
        line += &" ".repeat(widest - width(cell));
        line += GAP;
    }
    line.truncate(line.trim_end().len());
    line
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [["7", "Zoë", ""], ["1000", "-", "x"]].map(|row| row.map(str::to_owned));
        let text = "NUMBER  KEY  ERROR\n7       Zoë\n1000    -    x\n";
        assert_eq!(table(["NUMBER", "KEY", "ERROR"], &rows, false), text);
        let bold = table(["NUMBER", "KEY", "ERROR"], &rows[..0], true);
        assert_eq!(bold, "\x1b[1mNUMBER  KEY  ERROR\x1b[0m\n");
    }
}
