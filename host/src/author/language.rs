//! The languages that plugins are written in, and how a project shows its own.

use std::path::Path;

use anyhow::{Result, bail};

/// A language with an SDK of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    /// Rust, built by cargo.
    Rust,
    /// JavaScript or TypeScript, built by componentize-js.
    #[value(name = "js", alias = "javascript")]
    JavaScript,
    /// Python, built by componentize-py.
    Python,
}

impl Language {
    /// Each of them.
    pub(crate) const ALL: [Self; 3] = [Self::Rust, Self::JavaScript, Self::Python];

    /// Its folder in `sdk/` and in `sdk/templates/`, which is also what `--lang` takes.
    pub(crate) const fn folder(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::JavaScript => "js",
            Self::Python => "python",
        }
    }

    /// The file that a project of this language has and no other.
    pub(crate) const fn mark(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::JavaScript => "build.mjs",
            Self::Python => "build.py",
        }
    }

    /// The language of the project in `dir`, by its files.
    pub(crate) fn of(dir: &Path) -> Result<Self> {
        if !dir.is_dir() {
            bail!("there is no folder {}", dir.display());
        }
        let found: Vec<Self> = Self::ALL.into_iter().filter(|language| dir.join(language.mark()).is_file()).collect();
        match found.as_slice() {
            [language] => Ok(*language),
            [] => bail!(
                "{} is no plugin project: it has none of Cargo.toml (Rust), build.mjs (JavaScript), build.py (Python); \
                 `hookbox plugin new` makes one",
                dir.display()
            ),
            [first, second, ..] => bail!(
                "{} has both {} and {}, so its language is not clear; take one of them out of the way",
                dir.display(),
                first.mark(),
                second.mark()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Language;
    use std::fs;

    #[test]
    fn a_project_shows_its_language_by_one_file() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let of = || Language::of(dir.path()).map_err(|error| error.to_string());
        assert!(of().expect_err("nothing is there").contains("no plugin project"));
        fs::write(dir.path().join("build.py"), "").expect("a writable folder");
        assert_eq!(of(), Ok(Language::Python));
        fs::write(dir.path().join("Cargo.toml"), "").expect("a writable folder");
        assert!(of().expect_err("two languages").contains("both Cargo.toml and build.py"));
        assert!(Language::of(&dir.path().join("nowhere")).expect_err("no folder").to_string().contains("no folder"));
    }
}
