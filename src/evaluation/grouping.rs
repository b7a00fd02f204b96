//! Sorts test images into groups: by what their file names say, or by the columns of a table.

use std::collections::{BTreeMap, HashMap};

use crate::domain::{BenchmarkCase, GroupRow, GroupTable, Label};

/// Numbers with more different values than this are cut at their terciles; fewer are groups as they are.
const MOST_NUMBERS_AS_GROUPS: usize = 6;
/// A column with more different words than this names images or patients, not groups.
const MOST_GROUPS: usize = 20;
/// Said instead of a value.
const UNKNOWN: [&str; 6] = ["", "na", "n/a", "nan", "none", "null"];

/// One way to sort the test images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grouping {
    /// "Finding", or the column's name.
    pub name: String,
    /// From where: "file names", or the table's file name and what was done to it.
    pub source: String,
    pub groups: Vec<Group>,
}

/// Images that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    /// Indices into `Benchmark::cases`, ascending.
    pub cases: Vec<usize>,
}

/// What a table makes of the test images.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groupings {
    /// One a usable column.
    pub groupings: Vec<Grouping>,
    /// What of the table was not used, and why.
    pub cautions: Vec<String>,
}

/// Diseased images by what their file names say: "bacterial", "viral"; "not named" where they do not. Healthy images are in
/// no group. `None` when there are no diseased images.
pub fn by_finding(cases: &[BenchmarkCase]) -> Option<Grouping> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, case) in cases.iter().enumerate().filter(|(_, case)| case.label == Label::Diseased) {
        groups.entry(case.finding.as_deref().unwrap_or("not named")).or_default().push(index);
    }
    let named = |(name, cases): (&str, Vec<usize>)| Group { name: name.to_owned(), cases };
    let groups: Vec<Group> = groups.into_iter().map(named).collect();
    (!groups.is_empty()).then(|| Grouping { name: "Finding".to_owned(), source: "file names".to_owned(), groups })
}

/// Test images by every column of a table.
pub fn by_table(table: &GroupTable, cases: &[BenchmarkCase]) -> Groupings {
    let Matches { row_of_image, shared_names } = matches(table, cases.iter().map(|case| case.path.as_str()));
    let mut found = Groupings::default();
    let known = row_of_image.iter().flatten().count();
    if known == 0 {
        found.cautions.push(format!(
            "{} names none of the test images. Its first row is {}; a test image is {}.",
            table.source,
            table.rows.first().map_or("missing", |row| &row.image),
            cases.first().map_or("missing", |case| &case.path),
        ));
        return found;
    }
    if shared_names > 0 {
        found.cautions.push(format!(
            "{shared_names} file names in {} belong to several test images each: name those by their paths.",
            table.source
        ));
    }
    if known < cases.len() {
        let missing = cases.len() - known;
        found.cautions.push(format!(
            "{missing} of {} test images are not in {}, so in no group.",
            cases.len(),
            table.source
        ));
    }
    for (column, name) in table.columns.iter().enumerate() {
        let value = |row: usize| table.rows[row].values.get(column).map(|value| value.trim());
        let values: Vec<(usize, &str)> = row_of_image
            .iter()
            .enumerate()
            .filter_map(|(image, row)| Some((image, value((*row)?)?)))
            .filter(|(_, value)| !UNKNOWN.contains(&value.to_ascii_lowercase().as_str()))
            .collect();
        match sorted(name, &values) {
            Ok((groups, cut)) => {
                let source = format!("{}{}", table.source, if cut { ", cut at the terciles" } else { "" });
                found.groupings.push(Grouping { name: name.clone(), source, groups });
            }
            Err(why) => found.cautions.push(why),
        }
    }
    found
}

/// How many of these images a table has a row for.
pub fn count_in_table<'a>(table: &GroupTable, paths: impl IntoIterator<Item = &'a str>) -> usize {
    matches(table, paths.into_iter()).row_of_image.iter().flatten().count()
}

struct Matches {
    /// One an image.
    row_of_image: Vec<Option<usize>>,
    /// Rows that say only a file name which several images have.
    shared_names: usize,
}

/// A row means an image when one's path is the end of the other's; the file's ending may be missing. Of several rows the
/// most exact one counts.
fn matches<'a>(table: &GroupTable, paths: impl Iterator<Item = &'a str>) -> Matches {
    let mut rows_by_stem: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, row) in table.rows.iter().enumerate() {
        rows_by_stem.entry(stem(last_part(&row.image))).or_default().push(index);
    }
    let of_image = |path: &str| -> Option<usize> {
        let rows = rows_by_stem.get(stem(last_part(path)))?;
        let exact = |&&row: &&usize| means(&table.rows[row], path);
        rows.iter().filter(exact).max_by_key(|&&row| table.rows[row].image.len()).copied()
    };
    let mut row_of_image: Vec<Option<usize>> = paths.map(of_image).collect();
    let mut uses = vec![0usize; table.rows.len()];
    row_of_image.iter().flatten().for_each(|&row| uses[row] += 1);
    for row in &mut row_of_image {
        *row = row.filter(|&row| uses[row] == 1);
    }
    Matches { row_of_image, shared_names: uses.iter().filter(|&&uses| uses > 1).count() }
}

fn means(row: &GroupRow, path: &str) -> bool {
    let ends = |long: &str, short: &str| {
        long.strip_suffix(short).is_some_and(|before| before.is_empty() || before.ends_with('/'))
    };
    ends(path, &row.image) || ends(&row.image, path) || ends(stem(path), &row.image)
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Without an ending that may be an image's: "1.2.840.113" is a name with dots.
fn stem(path: &str) -> &str {
    let is_ending = |ending: &str| (2..=5).contains(&ending.len()) && ending.chars().any(|c| c.is_ascii_alphabetic());
    path.rsplit_once('.').filter(|(_, ending)| is_ending(ending)).map_or(path, |(stem, _)| stem)
}

/// Groups of images by their values in one column, and whether numbers were cut.
fn sorted(name: &str, values: &[(usize, &str)]) -> Result<(Vec<Group>, bool), String> {
    if values.is_empty() {
        return Err(format!("The column {name} is empty for the test images."));
    }
    let mut by_value: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for &(image, value) in values {
        by_value.entry(value).or_default().push(image);
    }
    let numbers: Option<Vec<(usize, f64)>> =
        values.iter().map(|&(image, value)| Some((image, number(value)?))).collect();
    if let Some(numbers) = numbers {
        let mut distinct: Vec<f64> = numbers.iter().map(|&(_, number)| number).collect();
        distinct.sort_by(f64::total_cmp);
        let all = distinct.clone();
        distinct.dedup();
        if distinct.len() > MOST_NUMBERS_AS_GROUPS {
            return Ok((terciles(&numbers, &all), true));
        }
        let of = |value: f64| numbers.iter().filter(move |&&(_, number)| number == value).map(|&(image, _)| image);
        let group = |&value: &f64| Group { name: value.to_string(), cases: of(value).collect() };
        return Ok((distinct.iter().map(group).collect(), false));
    }
    if by_value.len() > MOST_GROUPS {
        return Err(format!("The column {name} has {} different values: too many for groups.", by_value.len()));
    }
    let groups = by_value.into_iter().map(|(name, cases)| Group { name: name.to_owned(), cases });
    Ok((groups.collect(), false))
}

/// A finite number, or a DICOM age in years ("058Y").
fn number(value: &str) -> Option<f64> {
    let value = value.strip_suffix(['Y', 'y']).unwrap_or(value);
    value.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Three groups of about equal size; equal values stay together. `ascending` holds the numbers in order.
fn terciles(numbers: &[(usize, f64)], ascending: &[f64]) -> Vec<Group> {
    let at = |third: usize| ascending[(third * ascending.len()).div_ceil(3).max(1) - 1];
    let (low, high) = (at(1), at(2));
    let group = |name: String, within: &dyn Fn(f64) -> bool| Group {
        name,
        cases: numbers.iter().filter(|&&(_, number)| within(number)).map(|&(image, _)| image).collect(),
    };
    let groups = [
        group(format!("≤ {low}"), &|number| number <= low),
        group(format!("> {low} to {high}"), &|number| number > low && number <= high),
        group(format!("> {high}"), &|number| number > high),
    ];
    groups.into_iter().filter(|group| !group.cases.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures::benchmark;

    fn table(columns: &[&str], rows: &[(&str, &[&str])]) -> GroupTable {
        let row = |&(image, values): &(&str, &[&str])| GroupRow {
            image: image.to_owned(),
            values: values.iter().map(|&value| value.to_owned()).collect(),
        };
        GroupTable {
            source: "patients.csv".to_owned(),
            columns: columns.iter().map(|&name| name.to_owned()).collect(),
            rows: rows.iter().map(row).collect(),
        }
    }

    fn cases(paths: &[&str]) -> Vec<BenchmarkCase> {
        let one = benchmark().cases[0].clone();
        paths.iter().map(|&path| BenchmarkCase { path: path.to_owned(), ..one.clone() }).collect()
    }

    fn shape(grouping: &Grouping) -> Vec<(&str, Vec<usize>)> {
        grouping.groups.iter().map(|group| (group.name.as_str(), group.cases.clone())).collect()
    }

    #[test]
    fn findings_hold_diseased_images_only() {
        let benchmark = benchmark();
        let grouping = by_finding(&benchmark.cases).unwrap();
        let sizes: Vec<(&str, usize)> =
            grouping.groups.iter().map(|group| (group.name.as_str(), group.cases.len())).collect();
        assert_eq!(sizes, [("bacterial", 234), ("viral", 156)]);
        assert_eq!(by_finding(&benchmark.cases[..10]), None);
    }

    #[test]
    fn images_are_found_by_path_by_name_and_without_ending() {
        let cases = cases(&["test/N/a.jpeg", "test/N/b.jpeg", "test/P/c.jpeg", "test/P/1.2.840"]);
        for keys in [
            ["test/N/a.jpeg", "test/N/b.jpeg", "test/P/c.jpeg", "test/P/1.2.840"],
            ["a.jpeg", "b.jpeg", "c.jpeg", "1.2.840"],
            ["a", "N/b", "P/c.jpeg", "1.2.840"],
            ["data/x/test/N/a.jpeg", "C:/x/test/N/b.jpeg", "c", "x/test/P/1.2.840"],
        ] {
            let rows: Vec<(&str, &[&str])> = keys.into_iter().map(|key| (key, &["F"][..])).collect();
            let found = by_table(&table(&["sex"], &rows), &cases);
            assert_eq!(shape(&found.groupings[0]), [("F", vec![0, 1, 2, 3])], "{keys:?}");
            assert!(found.cautions.is_empty(), "{:?}", found.cautions);
        }
        let near = table(&["sex"], &[("xa.jpeg", &["F"]), ("M/a.jpeg", &["F"]), ("a.png", &["F"])]);
        assert_eq!(count_in_table(&near, cases.iter().map(|case| case.path.as_str())), 0);
    }

    #[test]
    fn a_name_that_several_images_have_and_strangers_are_cautioned() {
        let cases = cases(&["test/N/a.jpeg", "test/P/a.jpeg", "test/P/b.jpeg"]);
        let found = by_table(&table(&["sex"], &[("a.jpeg", &["F"]), ("b.jpeg", &["M"]), ("z.jpeg", &["M"])]), &cases);
        assert_eq!(shape(&found.groupings[0]), [("M", vec![2])]);
        assert!(found.cautions[0].starts_with("1 file names in patients.csv belong to several"));
        assert!(found.cautions[1].starts_with("2 of 3 test images are not in patients.csv"));
        // The path decides where it is given.
        let exact = by_table(&table(&["sex"], &[("a.jpeg", &["F"]), ("P/a.jpeg", &["M"])]), &cases);
        assert_eq!(shape(&exact.groupings[0]), [("F", vec![0]), ("M", vec![1])]);
        let none = by_table(&table(&["sex"], &[("z.jpeg", &["M"])]), &cases);
        assert!(none.groupings.is_empty());
        assert_eq!(
            none.cautions,
            ["patients.csv names none of the test images. Its first row is z.jpeg; a test image is test/N/a.jpeg."]
        );
    }

    #[test]
    fn few_numbers_are_groups_and_many_are_cut_at_their_terciles() {
        let names: Vec<String> = (0..9).map(|index| format!("{index}.png")).collect();
        let cases = cases(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let ages = ["31", "32Y", "033Y", "50", "50", "60", "70.5", "70.5", "90"];
        let stages = ["10", "9", "9", "9", "9", "10", "10", "NA", ""];
        let rows: Vec<(String, [&str; 2])> =
            (0..9).map(|index| (names[index].clone(), [ages[index], stages[index]])).collect();
        let rows: Vec<(&str, &[&str])> = rows.iter().map(|(name, values)| (name.as_str(), &values[..])).collect();
        let found = by_table(&table(&["age", "stage"], &rows), &cases);
        let [age, stage] = &found.groupings[..] else { panic!("two columns") };
        assert_eq!(shape(age), [("≤ 33", vec![0, 1, 2]), ("> 33 to 60", vec![3, 4, 5]), ("> 60", vec![6, 7, 8])]);
        assert_eq!(age.source, "patients.csv, cut at the terciles");
        assert_eq!(shape(stage), [("9", vec![1, 2, 3, 4]), ("10", vec![0, 5, 6])], "ordered as numbers");
    }

    #[test]
    fn heavy_ties_leave_fewer_groups_and_names_of_patients_none() {
        let numbers: Vec<(usize, f64)> =
            (0..30).map(|index| (index, if index < 25 { 1.0 } else { index as f64 })).collect();
        let ascending: Vec<f64> = numbers.iter().map(|&(_, number)| number).collect();
        let sizes: Vec<usize> = terciles(&numbers, &ascending).iter().map(|group| group.cases.len()).collect();
        assert_eq!(sizes, [25, 5]);
        let names: Vec<String> = (0..30).map(|index| format!("p{index}")).collect();
        let values: Vec<(usize, &str)> = names.iter().map(String::as_str).enumerate().collect();
        assert_eq!(
            sorted("patient", &values).unwrap_err(),
            "The column patient has 30 different values: too many for groups."
        );
        assert_eq!(sorted("site", &[]).unwrap_err(), "The column site is empty for the test images.");
    }
}
