//! A new project: the template of its language with its name in it, and what of ours it is built with, vendored.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::language::Language;
use super::{embedded, vendored};
use crate::usage::UsageError;

/// What stands in templates for the plugin's name, and for its title.
const NAME: &str = "{{name}}";
const TITLE: &str = "{{title}}";

/// What every project has, whatever its language.
const SHARED: &str = "automation.yaml";

/// How the names of the packages begin that every project of Rust depends on: cargo refuses a second package of their name.
const SDK: &str = "hookbox-sdk";

/// The folder of what is ours.
const VENDORED: &str = "hookbox";

/// A name that a plugin and all of its packages can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProjectName(String);

impl std::str::FromStr for ProjectName {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, UsageError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let begins = text.starts_with(|first: char| first.is_ascii_lowercase());
        if text.starts_with(SDK) {
            return Err(UsageError(format!(
                "{text} is no name for a plugin: those that begin with {SDK} are packages of the SDK"
            )));
        }
        if (1..=64).contains(&text.len()) && begins && !text.ends_with('-') && text.bytes().all(plain) {
            return Ok(Self(text.to_owned()));
        }
        let shown: String = text.chars().filter(|shown| !shown.is_control()).take(80).collect();
        Err(UsageError(format!(
            "{shown:?} is no name for a plugin: it has 1 to 64 lower case letters, digits and dashes, begins with a letter and \
             does not end with a dash, like score-lead"
        )))
    }
}

impl std::fmt::Display for ProjectName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl ProjectName {
    /// The folder that a project of this name gets when none is given.
    pub(crate) fn folder(&self) -> PathBuf {
        PathBuf::from(&self.0)
    }

    /// The name as people read it: `score-lead` is `Score lead`.
    fn title(&self) -> String {
        let mut title = self.0.replace('-', " ");
        title[..1].make_ascii_uppercase();
        title
    }
}

/// Writes a project into `dir`, which must be empty or not there; gives the paths of its files, those vendored not counted.
pub(crate) fn write(name: &ProjectName, language: Language, dir: &Path) -> Result<Vec<String>> {
    refuse_what_is_not_empty(dir)?;
    let template = template(name, language)?;
    let vendored = vendored::files(language)?;
    for (path, text) in &template {
        write_file(&dir.join(path), text)?;
    }
    for (path, text) in &vendored {
        write_file(&dir.join(VENDORED).join(path), text)?;
    }
    Ok(template.into_iter().map(|(path, _)| path).collect())
}

/// The files of the language's template, with the name filled in.
fn template(name: &ProjectName, language: Language) -> Result<Vec<(String, String)>> {
    let folder = format!("sdk/templates/{}/", language.folder());
    let shared = embedded::under("sdk/templates/").filter(|(path, _)| *path == SHARED);
    let filled: Vec<_> = embedded::under(&folder)
        .chain(shared)
        .map(|(path, text)| (path.to_owned(), text.replace(NAME, &name.0).replace(TITLE, &name.title())))
        .collect();
    if filled.len() < 2 {
        bail!("this program was built without a template for {}", language.folder());
    }
    Ok(filled)
}

fn refuse_what_is_not_empty(dir: &Path) -> Result<()> {
    if !dir.exists() {
        return Ok(());
    }
    let mut entries = fs::read_dir(dir).with_context(|| format!("cannot look into {}", dir.display()))?;
    if entries.next().is_some() {
        bail!("{} is not empty; choose another folder with --dir, nothing was written", dir.display());
    }
    Ok(())
}

fn write_file(path: &Path, text: &str) -> Result<()> {
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text));
    written.with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{ProjectName, write};
    use crate::author::language::Language;
    use std::fs;

    #[test]
    fn a_name_is_refused_with_the_rule() {
        for good in ["a", "score-lead", "v2", &"a".repeat(64)] {
            assert!(good.parse::<ProjectName>().is_ok(), "{good}");
        }
        for bad in ["", "Score", "2fast", "-a", "a-", "a_b", "a b", "../a", "ä", &"a".repeat(65)] {
            let refusal = bad.parse::<ProjectName>().expect_err(bad).0;
            assert!(refusal.contains("lower case letters"), "{refusal}");
        }
        for ours in ["hookbox-sdk", "hookbox-sdk-macros"] {
            let refusal = ours.parse::<ProjectName>().expect_err(ours).0;
            assert!(refusal.contains("packages of the SDK"), "{refusal}");
        }
    }

    #[test]
    fn every_language_has_a_project_with_the_name_in_it_and_nothing_left_to_fill() {
        for language in Language::ALL {
            let home = tempfile::tempdir().expect("a temporary folder");
            let dir = home.path().join("new");
            let name: ProjectName = "score-lead".parse().expect("a name");
            let files = write(&name, language, &dir).expect("a project");
            assert_eq!(Language::of(&dir).expect("its language shows"), language);
            assert!(files.iter().any(|file| file == ".gitignore"), "{files:?}");
            assert!(files.iter().any(|file| file.starts_with("fixtures/")), "{files:?}");
            let texts: Vec<_> = files.iter().map(|file| fs::read_to_string(dir.join(file)).expect("a text")).collect();
            assert!(texts.iter().any(|text| text.contains("score-lead")), "{language:?}");
            for (file, text) in files.iter().zip(&texts) {
                assert!(!text.contains("{{name}}") && !text.contains("{{title}}"), "{file}");
            }
        }
    }

    #[test]
    fn a_folder_with_something_in_it_is_left_alone() {
        let home = tempfile::tempdir().expect("a temporary folder");
        fs::write(home.path().join("mine"), "mine").expect("a writable folder");
        let name: ProjectName = "x".parse().expect("a name");
        let refusal = write(&name, Language::Rust, home.path()).expect_err("not empty").to_string();
        assert!(refusal.contains("is not empty"), "{refusal}");
        assert_eq!(fs::read_dir(home.path()).expect("readable").count(), 1);
    }
}
