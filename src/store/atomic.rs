//! The one way in which this program writes files: beside the target, flushed to disk, then renamed.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write as _};
use std::path::Path;

use crate::error::{Error, Result};

/// How names of files that are not finished begin.
pub(super) const UNFINISHED_PREFIX: &str = ".unfinished-";

/// Writes a file so that at every moment, even of a crash or on a full disk, either the old or the new one is there.
///
/// # Errors
/// `Error::Io` that names the file, or what `fill` returns; the old file, if any, is then untouched.
pub fn write_file(path: &Path, fill: impl FnOnce(&mut BufWriter<&mut File>) -> Result<()>) -> Result<()> {
    let folder = folder_of(path);
    std::fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
    let mut file = unfinished(folder).map_err(Error::io("write", path))?;
    let mut buffer = BufWriter::new(file.as_file_mut());
    fill(&mut buffer)?;
    buffer.flush().map_err(Error::io("write", path))?;
    drop(buffer);
    file.as_file().sync_all().map_err(Error::io("write", path))?;
    file.persist(path).map_err(|error| error.error).map_err(Error::io("write", path))?;
    sync_folder(folder)
}

/// Makes a folder where it is missing and tries to write in it, so that nobody works for what cannot be kept.
///
/// # Errors
/// `Error::Io` that names the folder.
pub fn check_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
    unfinished(folder).map(drop).map_err(Error::io("write in the folder", folder))
}

/// [`check_folder`] of where a file is to be.
///
/// # Errors
/// `Error::Io` that names the folder, or the file where a folder is in its place.
pub fn check_file(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Err(Error::io("write", path)(ErrorKind::IsADirectory.into()));
    }
    check_folder(folder_of(path))
}

/// [`write_file`] for what is in memory already.
pub(super) fn write_bytes(path: &Path, bytes: &[u8]) -> Result<()> {
    write_file(path, |file| file.write_all(bytes).map_err(Error::io("write", path)))
}

/// Makes renames and removals in a folder last, where the system can.
pub(super) fn sync_folder(folder: &Path) -> Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    match synced {
        // Some network file systems do not know this.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        other => other.map_err(Error::io("write in the folder", folder)),
    }
}

/// Removes a folder, unless something is in it.
pub(super) fn remove_folder_when_empty(folder: &Path) -> Result<()> {
    match std::fs::remove_dir(folder) {
        Err(error) if error.kind() != ErrorKind::DirectoryNotEmpty => Err(Error::io("delete", folder)(error)),
        _ => Ok(()),
    }
}

/// The folder a path is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn unfinished(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED_PREFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any program's files; less what the user's umask takes away.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_bytes(&path, b"old").unwrap();
        let failed = write_file(&path, |file| {
            file.write_all(b"half of the n").unwrap();
            Err(Error::Other("no more".to_owned()))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        write_bytes(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = write_bytes(&file.path().join("x/log.txt"), b"x").unwrap_err();
        assert!(error.to_string().contains(&file.path().display().to_string()), "{error}");
    }

    #[test]
    fn what_cannot_be_written_is_known_before_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("new/out");
        check_folder(&new).unwrap();
        check_file(&new.join("scores.csv")).unwrap();
        assert_eq!(std::fs::read_dir(&new).unwrap().count(), 0, "nothing is left behind");
        let file = folder.path().join("file");
        std::fs::write(&file, b"x").unwrap();
        for error in [check_folder(&file.join("out")), check_file(&file.join("scores.csv")), check_file(&new)] {
            let error = error.unwrap_err().to_string();
            assert!(error.contains(&folder.path().display().to_string()), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_what_is_written() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let plain = folder.path().join("plain.txt");
        write_bytes(&path, b"x").unwrap();
        std::fs::write(&plain, b"x").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&plain));
    }
}
