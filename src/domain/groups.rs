//! Who belongs together: age, sex, site, or whatever else a table says about images.

/// A table of what is known about images, one row each, as read from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupTable {
    /// The file's name, without its folders.
    pub source: String,
    /// Names of the columns that group.
    pub columns: Vec<String>,
    /// At least one; no image twice.
    pub rows: Vec<GroupRow>,
}

/// What a table says about one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow {
    /// Its path, or the end of it, with `/` between parts; the ending may be missing.
    pub image: String,
    /// One a column; empty where unknown.
    pub values: Vec<String>,
}
