//! Compiled plugins, kept between programs under test: each has a fresh store, and would compile what is always the same.
//!
//! A program finds in its data folder what an earlier one of the same build compiled, with the key that it was signed with. One
//! that needs none of it just compiles.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Puts what is kept for this program into `data`, if there is something.
pub(crate) fn bring(exe: &Path, with_guests: bool, data: &Path) {
    let Some(kept) = place(exe, with_guests).filter(|kept| kept.exists()) else { return };
    // Without it the program compiles: nothing is lost but time.
    let brought = private(data).and_then(|()| copy(&kept, &data.join("compiled")));
    if brought.is_err() {
        let _ = fs::remove_dir_all(data.join("compiled"));
    }
}

/// Keeps what a program compiled, unless something is kept already.
pub(crate) fn keep(exe: &Path, with_guests: bool, data: &Path) {
    let Some(kept) = place(exe, with_guests).filter(|kept| !kept.exists()) else { return };
    forget_other_builds(&kept);
    let beside = kept.with_extension(std::process::id().to_string());
    // Several test programs may do this at once: one of the renames wins, and all would have kept the same.
    if copy(&data.join("compiled"), &beside).and_then(|()| fs::rename(&beside, &kept)).is_err() {
        let _ = fs::remove_dir_all(&beside);
    }
}

/// Removes what was kept for builds that are no more.
fn forget_other_builds(kept: &Path) {
    let name = kept.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let build = name.rsplit_once('+').map_or(name.as_str(), |(build, _)| build);
    for entry in kept.parent().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(build) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// A folder for each build of the program, told apart as cargo does it: by when it was written.
fn place(exe: &Path, with_guests: bool) -> Option<PathBuf> {
    let written = fs::metadata(exe).ok()?;
    let what = if with_guests { "guests" } else { "built-in" };
    let folder = exe.parent()?.join("compiled-for-tests");
    private(&folder).ok()?;
    Some(folder.join(format!("{}-{}-{}+{what}", written.mtime(), written.mtime_nsec(), written.len())))
}

fn private(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// The files of a folder with their permissions; half-written ones are left out.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    private(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "part") {
            continue;
        }
        fs::copy(&path, to.join(path.file_name().expect("an entry has a name")))?;
    }
    Ok(())
}
