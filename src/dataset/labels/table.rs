//! From a file's bytes to rows with named columns, whatever wrote it.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;

use csv::StringRecord;

use super::readers;
use super::{MOST_BYTES, Problems, Table, TableKind};

/// Bytes that hold any header.
const HEADER_BYTES: u64 = 16 << 10;

/// Columns by name, and what a row has in them.
pub(super) struct Header {
    /// In small letters, without blanks at the ends → position.
    columns: HashMap<String, usize>,
    /// In order, as written.
    pub names: Vec<String>,
}

impl Header {
    fn of(record: &StringRecord) -> Self {
        let names: Vec<String> = record.iter().map(|name| name.trim().to_owned()).collect();
        let mut columns = HashMap::new();
        for (index, name) in names.iter().enumerate() {
            columns.entry(name.to_lowercase()).or_insert(index);
        }
        Self { columns, names }
    }

    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.get(name).copied()
    }

    pub fn has(&self, name: &str) -> bool {
        self.columns.contains_key(name)
    }
}

/// Whose columns the file has; `None` for another table, or none.
pub(super) fn kind_of(file: &Path) -> Option<TableKind> {
    let mut head = Vec::new();
    std::fs::File::open(file).ok()?.take(HEADER_BYTES).read_to_end(&mut head).ok()?;
    let text = String::from_utf8_lossy(head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&head)).into_owned();
    let first = text.lines().next()?;
    let header = csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter(first)).from_reader(first.as_bytes());
    let record = header.into_records().next()?.ok()?;
    readers::kind(&Header::of(&record)).ok().flatten()
}

/// Reads a table; `None` when its columns are of no kind known here. What is wrong with one that is known is told in it.
pub(super) fn read(path: &Path) -> Option<Table> {
    let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut problems = Problems::default();
    let broken = |kind, problem: String| {
        let mut problems = Problems::default();
        problems.push(problem);
        Table { file: file.clone(), kind, rows: HashMap::new(), boxes: HashMap::new(), problems }
    };
    let text = match text(path) {
        Ok((text, problem)) => {
            if let Some(problem) = problem {
                problems.push(problem);
            }
            text
        }
        // Which kind cannot be seen; that it is named a table and cannot be read is worth a line.
        Err(problem) => return Some(broken(TableKind::Nih, problem)),
    };
    let first = text.lines().next().unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter(first)).flexible(true).from_reader(text.as_bytes());
    let header = Header::of(reader.headers().ok()?);
    let kind = match readers::kind(&header) {
        Ok(kind) => kind?,
        Err((kind, missing)) => return Some(broken(kind, missing)),
    };
    let mut records = Vec::new();
    for (index, record) in reader.into_records().enumerate() {
        let line = index + 2;
        match record {
            Ok(record) if record.iter().all(|cell| cell.trim().is_empty()) => {}
            Ok(record) => records.push((line, record)),
            Err(error) => problems.push(format!("Line {line} cannot be read ({error}).")),
        }
    }
    if records.is_empty() {
        problems.push("It has a header and no rows.".to_owned());
    }
    let (rows, boxes) = readers::rows(kind, &header, &records, &mut problems);
    Some(Table { file, kind, rows, boxes, problems })
}

/// The file as text, and what had to be guessed for it.
fn text(path: &Path) -> Result<(String, Option<String>), String> {
    let length = std::fs::metadata(path).map_err(|error| format!("It cannot be opened ({error})."))?.len();
    if length > MOST_BYTES {
        return Err(format!("It has {} MB; at most {} MB are read.", length >> 20, MOST_BYTES >> 20));
    }
    let bytes = std::fs::read(path).map_err(|error| format!("It cannot be read ({error})."))?;
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err("It is written in UTF-16; save it as UTF-8.".to_owned());
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").map(<[u8]>::to_vec).unwrap_or(bytes);
    if bytes.contains(&0) {
        return Err("It is no text: it has bytes of value 0.".to_owned());
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok((text, None)),
        Err(error) => {
            let problem = "It is not in UTF-8; letters beyond ASCII may be wrong.".to_owned();
            Ok((String::from_utf8_lossy(error.as_bytes()).into_owned(), Some(problem)))
        }
    }
}

/// What parts the columns: the most frequent of comma, semicolon and tab.
fn delimiter(first_line: &str) -> u8 {
    let count = |delimiter: u8| first_line.bytes().filter(|&byte| byte == delimiter).count();
    [b',', b';', b'\t'].into_iter().max_by_key(|&delimiter| (count(delimiter), delimiter == b',')).unwrap_or(b',')
}
