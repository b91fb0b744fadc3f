//! What a store lies on: a directory of the file system, or what a test puts in its place to take the power away.
//!
//! Everything that must be found again after a power cut is written through here. The ballast is not: it holds nothing.

use std::fmt::Debug;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use redb::{Builder, Database, DatabaseError, StorageError};

use crate::edge::{Edge, pass};

/// The name of the store's file.
pub(crate) const STORE_FILE: &str = "store.redb";

/// The name of a new one until redb can open it.
const NEXT_FILE: &str = "store.redb.next";

/// The few acts on files that a store is made of. Names are relative to its directory.
pub trait Disk: Debug + Send + Sync + 'static {
    /// Opens a file of redb, making it if there is none. Its name is safe only after [`Disk::sync_folder`].
    fn open(&self, name: &Path, builder: &Builder) -> Result<Database, DatabaseError>;

    /// How many bytes the store's file has; 0 when there is none.
    fn bytes(&self) -> io::Result<u64>;

    /// Makes a folder and all above it, for us alone. Their names are safe when this returns.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;

    /// The content of a file.
    fn read(&self, name: &Path) -> io::Result<Vec<u8>>;

    /// Writes a file anew. Its content is safe when this returns, its name is not.
    fn write(&self, name: &Path, content: &[u8]) -> io::Result<()>;

    /// Gives a file another name, in the place of the file that had it. Not safe when this returns.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Takes a file away. Not safe when this returns.
    fn remove(&self, name: &Path) -> io::Result<()>;

    /// The names in a folder.
    fn names(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;

    /// Makes safe which names a folder has; the store's directory is the empty name.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
}

/// Puts a file in the place of the one that has its name. Whatever happens meanwhile, the one or the other is there whole; it is
/// this one when this returns.
pub(crate) fn replace(disk: &dyn Disk, name: &Path, next: &Path, content: &[u8]) -> io::Result<()> {
    disk.write(next, content)?;
    pass(Edge::FileWritten);
    disk.rename(next, name)?;
    pass(Edge::FileRenamed);
    disk.sync_folder(name.parent().unwrap_or(Path::new("")))
}

/// Opens the store's file. One that is not there yet is made under another name: whatever happens meanwhile, the store's name is
/// never that of a file which redb cannot open.
pub(crate) fn open(disk: &dyn Disk, builder: &Builder) -> Result<Database, DatabaseError> {
    let (store, next) = (Path::new(STORE_FILE), Path::new(NEXT_FILE));
    let failed = |error: io::Error| DatabaseError::Storage(StorageError::Io(error));
    let is_there = || disk.bytes().map(|bytes| bytes > 0).map_err(failed);
    if is_there()? {
        return disk.open(store, builder);
    }
    let database = match disk.open(next, builder) {
        Err(error) if is_unusable(&error) => {
            // It was left by a start that was over too soon.
            disk.remove(next).map_err(failed)?;
            disk.open(next, builder)?
        }
        opened => opened?,
    };
    // Nobody else has the other file open now, so that whoever was quicker is through.
    if is_there()? {
        drop(database);
        disk.remove(next).map_err(failed)?;
        return disk.open(store, builder);
    }
    disk.rename(next, store).and_then(|()| disk.sync_folder(Path::new(""))).map_err(failed)?;
    Ok(database)
}

/// Whether the content of a file is to blame.
pub(crate) fn is_unusable(error: &DatabaseError) -> bool {
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => false,
        DatabaseError::Storage(StorageError::Io(error)) => {
            matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
        }
        _ => true,
    }
}

/// A directory of the file system.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
}

impl Directory {
    /// The one with this path, which need not be there yet.
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf() }
    }
}

impl Disk for Directory {
    fn open(&self, name: &Path, builder: &Builder) -> Result<Database, DatabaseError> {
        builder.create(self.path.join(name))
    }

    fn bytes(&self) -> io::Result<u64> {
        match fs::metadata(self.path.join(STORE_FILE)) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        let path = std::path::absolute(self.path.join(folder))?;
        let made: Vec<&Path> = path.ancestors().take_while(|above| !above.exists()).collect();
        // What is in here is personal data: a directory that we make is ours alone.
        DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        made.into_iter().filter_map(Path::parent).try_for_each(sync)
    }

    fn read(&self, name: &Path) -> io::Result<Vec<u8>> {
        fs::read(self.path.join(name))
    }

    fn write(&self, name: &Path, content: &[u8]) -> io::Result<()> {
        let mut file = File::create(self.path.join(name))?;
        file.write_all(content)?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &Path) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        fs::read_dir(self.path.join(folder))?.map(|entry| entry.map(|entry| entry.file_name().into())).collect()
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        sync(&self.path.join(folder))
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
