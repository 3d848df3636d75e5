//! A small invented table, written in each of the formats of `complicate-input`.

use super::Dice;

/// The names of the known formats.
#[cfg(test)]
pub(crate) const FORMATS: [&str; 11] = [
    "xml",
    "sql",
    "python",
    "html",
    "shell",
    "json",
    "csv",
    "markdown-table",
    "yaml",
    "log-lines",
    "formula",
];

/// What a table is about: its name, its two number columns, and the rows to draw from.
struct Theme {
    name: &'static str,
    columns: [&'static str; 2],
    rows: [&'static str; 6],
}

const THEMES: [Theme; 8] = [
    Theme {
        name: "greenhouse",
        columns: ["temp_c", "water_l"],
        rows: ["fennel", "chard", "okra", "sorrel", "leek", "celery"],
    },
    Theme {
        name: "ferries",
        columns: ["delay_min", "passengers"],
        rows: ["Alma", "Brise", "Corvo", "Delta", "Erna", "Fjord"],
    },
    Theme {
        name: "kilns",
        columns: ["peak_c", "hours"],
        rows: ["north", "east", "south", "west", "small", "raku"],
    },
    Theme {
        name: "loans",
        columns: ["days_out", "reminders"],
        rows: ["atlas", "score", "map", "diary", "reel", "globe"],
    },
    Theme {
        name: "wells",
        columns: ["depth_m", "nitrate_mg"],
        rows: ["mill", "church", "bridge", "quarry", "chalk", "orchard"],
    },
    Theme {
        name: "sensors",
        columns: ["battery_pct", "errors"],
        rows: ["roof", "cellar", "stairs", "attic", "yard", "lift"],
    },
    Theme {
        name: "hives",
        columns: ["weight_kg", "mites"],
        rows: ["linden", "heather", "clover", "ivy", "acacia", "thyme"],
    },
    Theme {
        name: "trams",
        columns: ["energy_kwh", "stops"],
        rows: ["line2", "line5", "line7", "line11", "line14", "line20"],
    },
];

/// A drawn table.
pub(crate) struct Table {
    name: &'static str,
    columns: [&'static str; 2],
    rows: Vec<(&'static str, [usize; 2])>,
}

impl Table {
    /// Draws a theme, three to five of its rows, and their numbers.
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let theme = &THEMES[dice.below(THEMES.len())];
        let first = dice.below(theme.rows.len());
        let rows = (0..dice.between(3, 5)).map(|row_idx| {
            let name = theme.rows[(first + row_idx) % theme.rows.len()];
            (name, [dice.between(11, 99), dice.between(2, 480)])
        });
        let rows = rows.collect();
        Self { name: theme.name, columns: theme.columns, rows }
    }

    /// The names of its number columns.
    pub(crate) fn columns(&self) -> &[&'static str] {
        &self.columns
    }

    /// The table as a fenced block of `format`; JSON where the format is unknown.
    pub(crate) fn fenced(&self, format: &str) -> String {
        let (tag, body) = self.body(format);
        format!("```{tag}\n{body}\n```")
    }

    /// The table on one line, for replies that have no room for more.
    pub(crate) fn inline(&self, format: &str) -> String {
        let (_, body) = self.body(format);
        let lines: Vec<_> = body.lines().map(str::trim).collect();
        match format {
            "csv" | "yaml" | "log-lines" | "markdown-table" | "python" => lines.join("; "),
            "shell" => format!("`{}`", lines.join("; ")),
            _ => lines.join(" "),
        }
    }

    fn body(&self, format: &str) -> (&'static str, String) {
        match format {
            "xml" => ("xml", self.xml()),
            "sql" => ("sql", self.sql()),
            "python" => ("python", self.python()),
            "html" => ("html", self.html()),
            "shell" => ("shell", self.shell()),
            "csv" => ("csv", self.csv()),
            "markdown-table" => ("markdown", self.markdown()),
            "yaml" => ("yaml", self.yaml()),
            "log-lines" => ("log", self.log_lines()),
            "formula" => ("latex", self.formula()),
            _ => ("json", self.json()),
        }
    }

    /// One line for each row, of its name and its two numbers.
    fn each(&self, line: impl Fn(&str, usize, usize) -> String) -> Vec<String> {
        self.rows.iter().map(|(name, [a, b])| line(name, *a, *b)).collect()
    }

    fn xml(&self) -> String {
        let [x, y] = self.columns;
        let rows = self.each(|name, a, b| {
            format!("  <entry name=\"{name}\"><{x}>{a}</{x}><{y}>{b}</{y}></entry>")
        });
        format!("<{0}>\n{1}\n</{0}>", self.name, rows.join("\n"))
    }

    fn sql(&self) -> String {
        let [x, y] = self.columns;
        let rows = self.each(|name, a, b| format!("  ('{name}', {a}, {b})"));
        let table = self.name;
        format!(
            "CREATE TABLE {table} (name TEXT, {x} INT, {y} INT);\nINSERT INTO {table} VALUES\n{};\nSELECT name FROM {table} WHERE {x} > (SELECT AVG({x}) FROM {table});",
            rows.join(",\n")
        )
    }

    fn python(&self) -> String {
        let [x, y] = self.columns;
        let rows = self.each(|name, a, b| format!("(\"{name}\", {a}, {b})"));
        format!(
            "{0} = [{1}]\nfor name, {x}, {y} in {0}: print(name, {x} / {y})",
            self.name,
            rows.join(", ")
        )
    }

    fn html(&self) -> String {
        let [x, y] = self.columns;
        let rows =
            self.each(|name, a, b| format!("  <tr><td>{name}</td><td>{a}</td><td>{b}</td></tr>"));
        format!(
            "<table id=\"{}\">\n  <tr><th>name</th><th>{x}</th><th>{y}</th></tr>\n{}\n</table>",
            self.name,
            rows.join("\n")
        )
    }

    fn shell(&self) -> String {
        let rows = self.each(|name, a, b| format!("{name} {a} {b}\\n"));
        let file = self.name;
        format!(
            "printf '{}' > {file}.txt\nsort -k 2 -n {file}.txt | head -n 2\nawk '{{ sum += $3 }} END {{ print sum }}' {file}.txt",
            rows.concat()
        )
    }

    fn json(&self) -> String {
        let [x, y] = self.columns;
        let rows = self
            .each(|name, a, b| format!("  {{\"name\": \"{name}\", \"{x}\": {a}, \"{y}\": {b}}}"));
        format!("{{\"{}\": [\n{}\n]}}", self.name, rows.join(",\n"))
    }

    fn csv(&self) -> String {
        let rows = self.each(|name, a, b| format!("{name},{a},{b}"));
        format!("name,{}\n{}", self.columns.join(","), rows.join("\n"))
    }

    fn markdown(&self) -> String {
        let rows = self.each(|name, a, b| format!("| {name} | {a} | {b} |"));
        format!("| name | {} |\n|---|---:|---:|\n{}", self.columns.join(" | "), rows.join("\n"))
    }

    fn yaml(&self) -> String {
        let [x, y] = self.columns;
        let rows = self.each(|name, a, b| format!("  - name: {name}\n    {x}: {a}\n    {y}: {b}"));
        format!("{}:\n{}", self.name, rows.join("\n"))
    }

    fn log_lines(&self) -> String {
        let [x, y] = self.columns;
        let rows = self.rows.iter().enumerate().map(|(idx, (name, [a, b]))| {
            let level = if b % 4 == 0 { "WARN" } else { "INFO" };
            format!(
                "2031-03-07T10:{:02}:{:02}Z {level} {} {name} {x}={a} {y}={b}",
                10 + idx,
                a % 60,
                self.name
            )
        });
        rows.collect::<Vec<_>>().join("\n")
    }

    fn formula(&self) -> String {
        let terms: Vec<_> =
            self.rows.iter().map(|(_, [a, b])| format!("\\frac{{{a}}}{{{b}}}\\,x")).collect();
        let sum: usize = self.rows.iter().map(|(_, [a, _])| a).sum();
        format!("$$ f(x) = {} - {sum}, \\qquad x > 0 $$", terms.join(" + "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_a_block_of_its_own() {
        let bodies: Vec<_> = FORMATS
            .iter()
            .map(|format| {
                let table = Table::draw(&mut Dice::new(3, "table"));
                let fenced = table.fenced(format);
                assert!(fenced.starts_with("```") && fenced.ends_with("\n```"), "{fenced}");
                assert!(fenced.len() > 60, "{fenced}");
                assert!(!table.inline(format).contains('\n'));
                fenced
            })
            .collect();
        for (idx, body) in bodies.iter().enumerate() {
            assert!(!bodies[..idx].contains(body), "{body}");
        }
    }

    #[test]
    fn json_is_json() {
        for key in 0..50 {
            let table = Table::draw(&mut Dice::new(key, "table"));
            let value: serde_json::Value = serde_json::from_str(&table.json()).unwrap();
            assert!(value[table.name].as_array().unwrap().len() >= 3);
        }
    }
}
