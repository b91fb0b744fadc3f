//! The words check: one word for each concept, the same in code, WIT, API, documents and store.
//!
//! The table under "Words" in CONTRIBUTING.md decides. Its third column lists words that are never written, its
//! fourth names that are never given (they may stand in a sentence), its fifth the phrases in which they mean something
//! else.

use crate::code::{Code, line_of};
use crate::source::{Finding, Tree};

/// The document that holds the table.
pub const DOCUMENT: &str = "CONTRIBUTING.md";

/// The heading above the table.
const HEADING: &str = "## Words";

/// The table, read.
#[derive(Debug, Default)]
pub struct Vocabulary {
    nowhere: Vec<Forbidden>,
    no_name: Vec<Forbidden>,
    except: Vec<String>,
}

/// A word, in lower case, and what to say instead.
#[derive(Debug)]
struct Forbidden {
    word: String,
    instead: String,
}

impl Vocabulary {
    /// Reads the table of the document.
    pub fn read(document: &str) -> Result<Self, String> {
        let section = document.split_once(HEADING).ok_or(format!("{DOCUMENT} has no section {HEADING:?}"))?.1;
        let section = section.split("\n## ").next().unwrap_or(section);
        let mut words = Self::default();
        for row in section.lines().filter(|line| line.starts_with("| ")) {
            let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
            let [say, _means, nowhere, no_name, except] = cells.as_slice() else {
                return Err(format!("a row of the table of words has not five cells: {row}"));
            };
            let forbidden = |cell: &str| -> Vec<Forbidden> {
                quoted(cell)
                    .into_iter()
                    .map(|word| Forbidden { word: word.to_lowercase(), instead: say.trim().to_owned() })
                    .collect()
            };
            words.nowhere.extend(forbidden(nowhere));
            words.no_name.extend(forbidden(no_name));
            words.except.extend(quoted(except));
        }
        if words.nowhere.is_empty() || words.no_name.is_empty() {
            return Err(format!("the table of words in {DOCUMENT} forbids nothing"));
        }
        // The longest phrase first: `tracing::Event` before `Event`.
        words.except.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
        Ok(words)
    }
}

/// Every forbidden word in `tree`.
pub fn check(tree: &Tree, vocabulary: &Vocabulary) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files() {
        // A changelog of dependencies or a manifest names packages of others; the table itself has to name the words.
        if file.path.ends_with(".toml") || file.path == DOCUMENT {
            continue;
        }
        let text = without_exceptions(&file.text, &vocabulary.except);
        let mut search = |text: &str, forbidden: &[Forbidden]| {
            for found in find(text, forbidden) {
                let what = format!("says {:?}; the word is {}", found.1.word, found.1.instead);
                findings.push(Finding::new(&file.path, line_of(text, found.0), what));
            }
        };
        search(&text, &vocabulary.nowhere);
        if file.path.ends_with(".rs") {
            search(&names_of_rust(&text), &vocabulary.no_name);
        } else if file.path.ends_with(".wit") {
            search(&without_line_comments(&text), &vocabulary.no_name);
        }
    }
    findings
}

/// Rust names, and what stands in quotes without a space: paths of the API, keys of JSON, labels of metrics.
fn names_of_rust(text: &str) -> String {
    let code = Code::of(text);
    let mut names = code.code.clone().into_bytes();
    let mut at = 0;
    for part in text.split_inclusive('"') {
        let (start, end) = (at, at + part.len());
        at = end;
        let inside = part.trim_end_matches('"');
        let is_quoted = start > 0 && end <= names.len() && code.code.as_bytes()[start - 1] == b'"';
        if is_quoted
            && !inside.contains(char::is_whitespace)
            && code.comments.as_bytes()[start..end].iter().all(|b| *b == b' ')
        {
            names[start..start + inside.len()].copy_from_slice(inside.as_bytes());
        }
    }
    String::from_utf8_lossy(&names).into_owned()
}

fn without_line_comments(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_once("//").map_or(line, |(before, _)| before));
    lines.collect::<Vec<_>>().join("\n")
}

fn without_exceptions(text: &str, except: &[String]) -> String {
    except.iter().fold(text.to_owned(), |text, phrase| text.replace(phrase.as_str(), &" ".repeat(phrase.len())))
}

/// Where a forbidden word stands: as a word, or as a part of a name (`org_id`, `OrgId`, `org-id`), in either number.
fn find<'a>(text: &str, forbidden: &'a [Forbidden]) -> Vec<(usize, &'a Forbidden)> {
    let mut found = Vec::new();
    for (at, part) in parts_of_names(text) {
        let part = part.to_lowercase();
        let matches =
            |forbidden: &&Forbidden| part == forbidden.word || part.strip_suffix('s') == Some(&forbidden.word);
        if let Some(forbidden) = forbidden.iter().find(matches) {
            found.push((at, forbidden));
        }
    }
    found
}

/// Words, cut further where the case changes: `OrgId` is `Org` and `Id`.
fn parts_of_names(text: &str) -> Vec<(usize, &str)> {
    let (mut parts, mut start) = (Vec::new(), None);
    let mut before = ' ';
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        let ends = !letter.is_alphabetic() || (letter.is_uppercase() && before.is_lowercase());
        if let (Some(from), true) = (start, ends) {
            parts.push((from, &text[from..at]));
            start = None;
        }
        if start.is_none() && letter.is_alphabetic() {
            start = Some(at);
        }
        before = letter;
    }
    parts
}

fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
