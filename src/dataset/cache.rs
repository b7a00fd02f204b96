//! Prepared images on disk: files of equal rows, mapped into memory.
//!
//! A file is `header | rows | meta | count, meta length | BLAKE3 of all before`. It is written to a temporary sibling and
//! renamed, so that a reader, of this process or another, sees all of it or none; a file that fails its checksum counts
//! as absent. Hence no locks and no fsync: the worst that a crash can do is cost one preparation.
//!
//! This module holds the only `unsafe` of the data set: mapping a file.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// Changes whenever the layout of files or what is in them does.
const VERSION: u32 = 1;
const MAGIC: &[u8; 8] = b"NSCANIMG";
const HEADER: usize = 64;
/// Count of rows, length of meta, hash.
const FOOTER: usize = 8 + 8 + 32;
/// The cache is kept below this size by deleting what has not been used for longest, in bytes.
const MAX_CACHE_BYTES: u64 = 6 << 30;
const ENDING: &str = "nscache";

/// Where prepared images are kept. Clones name the same folder.
#[derive(Clone, Debug, Default)]
pub struct CacheDir {
    folder: Option<PathBuf>,
}

impl CacheDir {
    /// Keeps prepared images in `folder`, which is made when first written to.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()) }
    }

    /// The platform's cache folder of this user, or memory when there is none.
    pub fn standard() -> Self {
        let dirs = directories::ProjectDirs::from("", "", "neuroscan");
        Self { folder: dirs.map(|dirs| dirs.cache_dir().join("images")) }
    }

    /// Keeps nothing on disk.
    pub fn memory_only() -> Self {
        Self { folder: None }
    }

    fn file(&self, name: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(format!("{name}.{ENDING}")))
    }

    /// Opens a file written before. `None` when there is none, it is damaged, or its rows have another length.
    pub(super) fn open(&self, name: &str, row_len: usize) -> Option<(Rows, Vec<u8>)> {
        let path = self.file(name)?;
        let file = File::open(&path).ok()?;
        let mapped = map(&file).ok()?;
        let (count, meta) = check(&mapped, row_len)?;
        let meta = meta.to_vec();
        // Marks it as used, for `prune`.
        let _ = file.set_modified(std::time::SystemTime::now());
        Some((Rows { storage: Storage::Mapped(mapped), row_len, count }, meta))
    }

    /// Begins a file; without a usable folder its rows stay in memory.
    pub(super) fn writer(&self, name: &str, row_len: usize) -> RowWriter {
        let mut writer = RowWriter {
            target: Target::Memory(Vec::new()),
            path: self.file(name),
            hasher: blake3::Hasher::new(),
            row_len,
            count: 0,
            problem: None,
        };
        if let (Some(folder), Some(_)) = (&self.folder, &writer.path) {
            match begin(folder, row_len) {
                Ok((temp, header)) => {
                    writer.hasher.update(&header);
                    writer.target = Target::File(temp);
                }
                Err(error) => writer.problem = Some(Error::io("write the image cache", folder)(error).to_string()),
            }
        }
        writer
    }

    /// Deletes the files that were not used for longest, and left-overs of crashes, until the cache is small enough.
    pub(super) fn prune(&self) {
        let Some(entries) = self.folder.as_ref().and_then(|folder| std::fs::read_dir(folder).ok()) else { return };
        let mut files: Vec<(std::time::SystemTime, u64, PathBuf)> = entries
            .flatten()
            .filter_map(|entry| {
                let metadata = entry.metadata().ok()?;
                Some((metadata.modified().ok()?, metadata.len(), entry.path()))
            })
            .collect();
        files.sort();
        let mut total: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        let day = std::time::Duration::from_hours(24);
        for (modified, bytes, path) in files {
            let ours = path.extension().is_some_and(|ending| ending == ENDING);
            let left_over = path.extension().is_some_and(|ending| ending == "partial")
                && modified.elapsed().is_ok_and(|age| age > day);
            // Other people's files in a folder that was chosen by hand are left alone.
            if (left_over || (ours && total > MAX_CACHE_BYTES)) && std::fs::remove_file(&path).is_ok() {
                total -= bytes;
            }
        }
    }
}

fn begin(folder: &Path, row_len: usize) -> std::io::Result<(NamedTempFile, Vec<u8>)> {
    std::fs::create_dir_all(folder)?;
    let mut temp = tempfile::Builder::new().prefix("new-").suffix(".partial").tempfile_in(folder)?;
    let mut header = Vec::with_capacity(HEADER);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&VERSION.to_le_bytes());
    header.extend_from_slice(&(row_len as u64).to_le_bytes());
    header.resize(HEADER, 0);
    temp.write_all(&header)?;
    Ok((temp, header))
}

/// Maps a cache file for reading.
#[allow(unsafe_code)]
fn map(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: the mapping is read-only. Its bytes must not change under it: this program never writes to a cache file
    // in place (it renames complete ones into place, and deleting or replacing a file leaves its mapping whole), and
    // the files lie in this program's own cache folder. Any byte values are valid for `[u8]`.
    unsafe { Mmap::map(file) }
}

/// The count of rows and the meta of a whole, undamaged file.
fn check(bytes: &[u8], row_len: usize) -> Option<(usize, &[u8])> {
    let (body, hash) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    if bytes.len() < HEADER + FOOTER
        || body.get(..8)? != MAGIC
        || body.get(8..12)? != VERSION.to_le_bytes()
        || body.get(12..20)? != (row_len as u64).to_le_bytes()
    {
        return None;
    }
    let (rest, lengths) = body.split_at_checked(body.len() - 16)?;
    let number = |at: usize| Some(u64::from_le_bytes(lengths.get(at..at + 8)?.try_into().ok()?) as usize);
    let (count, meta_len) = (number(0)?, number(8)?);
    let meta_at = count.checked_mul(row_len)?.checked_add(HEADER)?;
    if meta_at.checked_add(meta_len)? != rest.len() || blake3::hash(body) != *hash {
        return None;
    }
    Some((count, &rest[meta_at..]))
}

/// Rows of equal length, on disk or in memory.
#[derive(Debug)]
pub(super) struct Rows {
    storage: Storage,
    row_len: usize,
    count: usize,
}

#[derive(Debug)]
enum Storage {
    Memory(Vec<u8>),
    Mapped(Mmap),
}

impl Rows {
    /// All rows one after the other.
    pub fn bytes(&self) -> &[u8] {
        let length = self.count * self.row_len;
        match &self.storage {
            Storage::Memory(bytes) => &bytes[..length],
            Storage::Mapped(mapped) => &mapped[HEADER..HEADER + length],
        }
    }

    pub fn row(&self, index: usize) -> Option<&[u8]> {
        self.bytes().get(index.checked_mul(self.row_len)?..)?.get(..self.row_len)
    }

    pub fn count(&self) -> usize {
        self.count
    }
}

enum Target {
    File(NamedTempFile),
    Memory(Vec<u8>),
}

/// Takes rows one batch at a time. When the disk fails it goes on in memory and says so at the end.
pub(super) struct RowWriter {
    target: Target,
    path: Option<PathBuf>,
    hasher: blake3::Hasher,
    row_len: usize,
    count: usize,
    problem: Option<String>,
}

impl RowWriter {
    /// Adds whole rows.
    ///
    /// # Errors
    /// Only when neither disk nor what was written before can be used any more.
    pub fn append(&mut self, rows: &[u8]) -> Result<()> {
        debug_assert_eq!(rows.len() % self.row_len, 0);
        if let Target::File(temp) = &mut self.target {
            match temp.write_all(rows) {
                Ok(()) => {
                    self.hasher.update(rows);
                }
                Err(error) => self.move_to_memory(error)?,
            }
        }
        if let Target::Memory(bytes) = &mut self.target {
            bytes.extend_from_slice(rows);
        }
        self.count += rows.len() / self.row_len;
        Ok(())
    }

    /// Rows written so far, which is the index of the next.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Reads back what the disk holds; a full disk can still be read.
    fn move_to_memory(&mut self, error: std::io::Error) -> Result<()> {
        let path = self.path.clone().unwrap_or_default();
        self.problem = Some(Error::io("write the image cache", &path)(error).to_string());
        if let Target::File(temp) = &mut self.target {
            let mut bytes = vec![0; self.count * self.row_len];
            let file = temp.as_file_mut();
            file.seek(SeekFrom::Start(HEADER as u64))
                .and_then(|_| file.read_exact(&mut bytes))
                .map_err(Error::io("read the image cache", &path))?;
            self.target = Target::Memory(bytes);
        }
        Ok(())
    }

    /// Completes the file with `meta` and puts it in its place. The second value says why the rows are not on disk.
    pub fn finish(mut self, meta: &[u8]) -> Result<(Rows, Option<String>)> {
        if let Err(error) = self.complete(meta) {
            self.move_to_memory(error)?;
        }
        let path = self.path.clone().unwrap_or_default();
        match std::mem::replace(&mut self.target, Target::Memory(Vec::new())) {
            Target::Memory(bytes) => Ok((self.rows(Storage::Memory(bytes)), self.problem)),
            Target::File(temp) => match temp.persist(&path) {
                // Mapped through the open handle: what is mapped is what was written, whoever renames over it.
                Ok(file) => {
                    let mapped = map(&file).map_err(Error::io("read the image cache", &path))?;
                    Ok((self.rows(Storage::Mapped(mapped)), self.problem))
                }
                Err(failed) => {
                    self.target = Target::File(failed.file);
                    self.move_to_memory(failed.error)?;
                    self.finish(meta)
                }
            },
        }
    }

    fn rows(&self, storage: Storage) -> Rows {
        Rows { storage, row_len: self.row_len, count: self.count }
    }

    fn complete(&mut self, meta: &[u8]) -> std::io::Result<()> {
        let Target::File(temp) = &mut self.target else { return Ok(()) };
        let mut tail = meta.to_vec();
        tail.extend_from_slice(&(self.count as u64).to_le_bytes());
        tail.extend_from_slice(&(meta.len() as u64).to_le_bytes());
        self.hasher.update(&tail);
        tail.extend_from_slice(self.hasher.finalize().as_bytes());
        temp.write_all(&tail)?;
        temp.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(cache: &CacheDir, name: &str, rows: &[u8], meta: &[u8]) -> Option<String> {
        let mut writer = cache.writer(name, 4);
        writer.append(&rows[..4]).unwrap();
        writer.append(&rows[4..]).unwrap();
        let (written, problem) = writer.finish(meta).unwrap();
        assert_eq!(written.bytes(), rows);
        problem
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let cache = CacheDir::at(folder.path().join("deep/er"));
        assert!(cache.open("a", 4).is_none());
        assert_eq!(write(&cache, "a", b"0123abcdwxyz", b"meta"), None);
        let (rows, meta) = cache.open("a", 4).unwrap();
        assert_eq!(
            (rows.count(), rows.row(1), rows.row(3), meta.as_slice()),
            (3, Some(&b"abcd"[..]), None, &b"meta"[..])
        );
        assert!(cache.open("a", 2).is_none(), "rows of another length");
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = CacheDir::at(folder.path());
        write(&cache, "a", b"0123abcdwxyz", b"meta");
        let path = cache.file("a").unwrap();
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            for bit in [0x01, 0x80] {
                let mut damaged = whole.clone();
                damaged[at] ^= bit;
                std::fs::write(&path, &damaged).unwrap();
                assert!(cache.open("a", 4).is_none(), "byte {at}");
            }
        }
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(cache.open("a", 4).is_none(), "cut to {length} bytes");
        }
        std::fs::write(&path, [&whole[..], b"x"].concat()).unwrap();
        assert!(cache.open("a", 4).is_none(), "one byte more");
        write(&cache, "a", b"0123abcdwxyz", b"meta");
        assert!(cache.open("a", 4).is_some(), "written anew over the damaged one");
    }

    #[test]
    fn an_unusable_folder_means_memory_and_a_word_about_it() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("file");
        std::fs::write(&blocked, b"").unwrap();
        let cache = CacheDir::at(blocked.join("cache"));
        let problem = write(&cache, "a", b"0123abcdwxyz", b"meta").unwrap();
        assert!(problem.contains("cannot write the image cache"), "{problem}");
        assert_eq!(write(&CacheDir::memory_only(), "a", b"0123abcdwxyz", b""), None);
    }

    #[test]
    fn a_disk_that_fills_up_means_memory() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = CacheDir::at(folder.path()).writer("a", 4);
        writer.append(b"0123").unwrap();
        writer.move_to_memory(std::io::ErrorKind::StorageFull.into()).unwrap();
        writer.append(b"abcd").unwrap();
        let (rows, problem) = writer.finish(b"meta").unwrap();
        assert_eq!(rows.bytes(), b"0123abcd");
        assert!(problem.is_some());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing half-written stays");
    }

    #[test]
    fn two_writers_at_once_leave_one_whole_file() {
        let folder = tempfile::tempdir().unwrap();
        let cache = CacheDir::at(folder.path());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        write(&cache, "a", b"0123abcdwxyz", b"meta");
                        assert!(cache.open("a", 4).is_some());
                    }
                });
            }
        });
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn pruning_leaves_other_files_alone() {
        let folder = tempfile::tempdir().unwrap();
        let cache = CacheDir::at(folder.path());
        write(&cache, "a", b"0123abcdwxyz", b"meta");
        std::fs::write(folder.path().join("thesis.doc"), b"").unwrap();
        let old = folder.path().join("new-1.partial");
        let two_days_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(48);
        File::create(&old).unwrap().set_modified(two_days_ago).unwrap();
        cache.prune();
        assert!(!old.exists() && folder.path().join("thesis.doc").exists() && cache.open("a", 4).is_some());
    }
}
