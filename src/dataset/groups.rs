//! Reads a table that sorts images into groups: a CSV with a column of paths or file names and one column a grouping.

use std::collections::HashMap;
use std::path::Path;

use crate::domain::{GroupRow, GroupTable};
use crate::error::{Error, Result};

/// Names that the column of images goes by, whatever their case and spacing.
const IMAGE_COLUMNS: [&str; 8] = ["path", "file", "filename", "filepath", "image", "imagepath", "imageindex", "name"];
const ADVICE: &str =
    "The file needs a column “path” or “file name” and one column for each grouping, saved as CSV in UTF-8.";
/// A table of a hundred thousand images has a hundredth of this.
const MOST_BYTES: u64 = 64 << 20;

/// Reads a group table.
///
/// # Errors
/// `Error::Io` when the file cannot be read; `Error::DataSet`, naming line or column, when it is empty, not UTF-8, lacks a
/// column of images or of groups, has rows of unequal length, or names an image twice.
pub fn read_groups(path: &Path) -> Result<GroupTable> {
    let bytes = std::fs::metadata(path).map_err(Error::io("read", path))?.len();
    if bytes > MOST_BYTES {
        return Err(damaged(path, format!("{} MB are too many for a table of groups", bytes >> 20)));
    }
    let text = std::fs::read(path).map_err(Error::io("read", path))?;
    let source = path.file_name().map_or_else(|| "table".to_owned(), |name| name.to_string_lossy().into_owned());
    parse(&text, source).map_err(|message| damaged(path, message))
}

fn damaged(path: &Path, message: String) -> Error {
    Error::DataSet { message, advice: ADVICE.to_owned(), path: path.to_path_buf() }
}

fn parse(bytes: &[u8], source: String) -> std::result::Result<GroupTable, String> {
    let text = decoded(bytes)?;
    if text.trim().is_empty() {
        return Err("the file is empty".to_owned());
    }
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter(text)).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| unreadable(&error))?.clone();
    let image = header.iter().position(is_image_column).ok_or_else(|| {
        let names: Vec<&str> = header.iter().take(8).collect();
        format!("no column holds paths or file names; the columns are {}", names.join(", "))
    })?;
    // A column without a name is a row number that some program has written.
    let groups: Vec<usize> =
        (0..header.len()).filter(|&column| column != image && !header[column].is_empty()).collect();
    if groups.is_empty() {
        return Err(format!("there is no column besides “{}” to group by", &header[image]));
    }
    let columns: Vec<String> = groups.iter().map(|&column| header[column].to_owned()).collect();
    if let Some(twice) = columns.iter().enumerate().find(|(at, name)| columns[..*at].contains(name)) {
        return Err(format!("two columns are called “{}”", twice.1));
    }
    let rows = rows(&mut reader, image, &groups)?;
    Ok(GroupTable { source, columns, rows })
}

fn rows(reader: &mut csv::Reader<&[u8]>, image: usize, groups: &[usize]) -> std::result::Result<Vec<GroupRow>, String> {
    let mut rows = Vec::new();
    let mut lines: HashMap<String, u64> = HashMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(str::is_empty) {
            continue;
        }
        let name = normalised(&record[image]);
        if name.is_empty() {
            return Err(format!("line {line} names no image"));
        }
        if let Some(before) = lines.insert(name.clone(), line) {
            return Err(format!("lines {before} and {line} both name {name}"));
        }
        rows.push(GroupRow { image: name, values: groups.iter().map(|&column| record[column].to_owned()).collect() });
    }
    if rows.is_empty() { Err("there are no rows under the column names".to_owned()) } else { Ok(rows) }
}

/// Without the mark that some programs put before UTF-8.
fn decoded(bytes: &[u8]) -> std::result::Result<&str, String> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err("the file is in UTF-16, not in UTF-8".to_owned());
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].split(|&byte| byte == b'\n').count();
        format!("line {line} is not UTF-8")
    })?;
    if text.contains('\0') { Err("the file is not text".to_owned()) } else { Ok(text) }
}

/// Whichever of comma, semicolon and tab the first line has most of.
fn delimiter(text: &str) -> u8 {
    let first = text.trim_start().lines().next().unwrap_or_default();
    let count = |delimiter: &u8| first.bytes().filter(|byte| byte == delimiter).count();
    // The last of equals wins.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

fn is_image_column(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    IMAGE_COLUMNS.contains(&plain.to_ascii_lowercase().as_str())
}

/// With `/` between parts and nothing before the first.
fn normalised(path: &str) -> String {
    let path = path.replace('\\', "/");
    path.trim_start_matches("./").trim_start_matches('/').to_owned()
}

fn unreadable(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!("line {line} has {len} fields, the column names are {expected_len}")
        }
        _ => format!("it cannot be read as CSV ({error})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> std::result::Result<GroupTable, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("patients.csv");
        std::fs::write(&path, text).unwrap();
        read_groups(&path).map_err(|error| {
            let text = error.to_string();
            assert!(text.ends_with("patients.csv"), "{text}");
            text.rsplit_once(": ").unwrap().0.to_owned()
        })
    }

    fn images(table: &GroupTable) -> Vec<&str> {
        table.rows.iter().map(|row| row.image.as_str()).collect()
    }

    #[test]
    fn damaged_files_are_explained() {
        for (bytes, message) in [
            (&b""[..], "the file is empty"),
            (b" \n\n", "the file is empty"),
            (b"path,sex\n", "there are no rows under the column names"),
            (b"patient,sex\na,F\n", "no column holds paths or file names; the columns are patient, sex"),
            (b"path\na.png\n", "there is no column besides “path” to group by"),
            (b"path,sex\na.png,F\nb.png\n", "line 3 has 1 fields, the column names are 2"),
            (b"path,sex\na.png,F\n,M\n", "line 3 names no image"),
            (b"path,sex\na.png,F\nb.png,F\n./a.png,M\n", "lines 2 and 4 both name a.png"),
            (b"path,sex,sex\na.png,F,M\n", "two columns are called “sex”"),
            (b"path,sex\na.png,weiblich\nb.png,m\xe4nnlich\n", "line 3 is not UTF-8"),
            (b"\xff\xfep\0a\0", "the file is in UTF-16, not in UTF-8"),
            (b"path,sex\na.png,\0\n", "the file is not text"),
        ] {
            assert_eq!(read(bytes).unwrap_err(), message, "{bytes:?}");
        }
        let missing = read_groups(Path::new("/no/such/table.csv")).unwrap_err();
        assert!(missing.to_string().contains("/no/such/table.csv"));
        assert!(read_groups(&std::env::temp_dir()).is_err(), "a folder is no table");
    }

    #[test]
    fn tables_of_other_programs_are_understood() {
        let expected = vec![("sex", "F"), ("Patient Age", "58")];
        for text in [
            "File Name,sex,Patient Age\nb\\a.png,F,58\n",
            "\u{feff}Image Index;sex;Patient Age\r\n./b/a.png;F;58\r\n;;\r\n",
            ",path\tsex\tPatient Age\n0\t/b/a.png\tF\t58\n".trim_start_matches(','),
            "path,sex,Patient Age\n\"b/a.png\", F ,58",
        ] {
            let text = text.replace("0\t", "");
            let table = read(text.as_bytes()).unwrap();
            let row: Vec<(&str, &str)> =
                table.columns.iter().zip(&table.rows[0].values).map(|(name, value)| (&**name, &**value)).collect();
            assert_eq!((images(&table), row), (vec!["b/a.png"], expected.clone()), "{text}");
        }
        let numbered = read(b",path,sex\n0,a.png,F\n1,b.png,M\n").unwrap();
        assert_eq!(numbered.columns, ["sex"], "a nameless column of row numbers is no grouping");
        assert_eq!(numbered.source, "patients.csv");
    }
}
