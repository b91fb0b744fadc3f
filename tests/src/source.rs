//! The repository as text: every file that people write, with its path from the root.
//!
//! The checks of the source (`tidy`, `words`, `layers`) read a [`Tree`] and answer [`Finding`]s, so that a test can hand
//! them a tree with a fault in it and see that they find it. Build output, vendored WIT and lock files are left out.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Names of folders that hold nothing that people write here.
const SKIPPED_FOLDERS: [&str; 4] = [".git", "target", "node_modules", "deps"];

/// The endings of files that are read.
const READ_ENDINGS: [&str; 11] = [".rs", ".wit", ".md", ".toml", ".yaml", ".yml", ".js", ".ts", ".py", ".html", ".css"];

/// Files by path, in order.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    files: Vec<SourceFile>,
}

/// One file.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// From the root, with `/` (`host/model/src/id.rs`).
    pub path: String,
    /// Its content.
    pub text: String,
}

/// Something that should not be as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub path: String,
    /// The line, counted from 1; 0 when the whole file is meant.
    pub line: usize,
    /// What is wrong and what to do.
    pub what: String,
}

impl Tree {
    /// Reads everything under `root`.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        collect(root, root, &mut files)?;
        files.sort_by(|one: &SourceFile, other| one.path.cmp(&other.path));
        Ok(Self { files })
    }

    /// This repository.
    pub fn of_repository() -> Self {
        Self::read(&repository()).expect("the repository these tests were built from is readable")
    }

    /// A tree that exists in a test only: paths and texts.
    pub fn of_texts(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| SourceFile { path: (*path).into(), text: (*text).into() });
        Self { files: files.collect() }
    }

    /// Every file.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The files whose path ends so.
    pub fn ending<'a>(&'a self, ending: &'a str) -> impl Iterator<Item = &'a SourceFile> {
        self.files.iter().filter(move |file| file.path.ends_with(ending))
    }

    /// The text of one file, if it is there.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }
}

impl Finding {
    /// A finding in a line; 0 means the whole file.
    pub fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Fails with the whole list, so that one run shows everything there is to mend.
#[track_caller]
pub fn assert_clean(findings: &[Finding]) {
    let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
    assert!(findings.is_empty(), "{} findings:\n{}", lines.len(), lines.join("\n"));
}

/// The root of this repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this package stands in a folder of the repository")
        .to_owned()
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<SourceFile>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if entry.file_type()?.is_dir() {
            if !SKIPPED_FOLDERS.contains(&name.as_str()) {
                collect(root, &path, files)?;
            }
            continue;
        }
        if READ_ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            files.push(SourceFile { path: relative, text: fs::read_to_string(&path)? });
        }
    }
    Ok(())
}
