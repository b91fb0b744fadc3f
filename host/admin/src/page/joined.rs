//! Files of the page joined for the way: a module, or a style sheet, with all that it imports in one answer.
//!
//! What a browser begins with is sixty files, and it takes longer to ask for them than to run them. So the program joins them when it
//! starts: `app.js` holds every module that it imports, each module that is loaded later holds those that `app.js` does not. Modules
//! run once, whichever answer brings them first: `joined.js` of the page keeps them by their names. What stands in `ui/` are
//! plain modules, and from a folder they are served as they are.
//!
//! It reads the page's own style and no more of the language: an import is one line, what is exported is said where it is declared, and a
//! module that is loaded later is written `() => import("./it.js")`. A ring, a name that no file has and any other form are refused.
//! Called once, by `files`.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

/// What the page begins with.
pub(super) const BEGINNING: &str = "app.js";

/// What keeps modules by their names; it stands in front of the first answer.
const KEEPER: &str = "joined.js";

/// The style sheet that imports those which the page begins with.
const STYLES: &str = "css/first.css";

/// How a module that is loaded later is written.
const LATER: &str = "=> import(\"";

/// Texts of files by their names below `ui`.
pub(super) type Texts = BTreeMap<String, String>;

/// Names in braces, each with what it is called on the other side.
type Names<'a> = Vec<(&'a str, &'a str)>;

/// Why files cannot be joined.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum Unjoined {
    /// A file imports what is not there.
    #[error("{by} imports {name}, which no file is called")]
    NoSuchFile {
        /// What is imported.
        name: String,
        /// By which file.
        by: String,
    },
    /// Modules that need each other to begin.
    #[error("{name} is imported by what it imports")]
    Ring {
        /// One of them.
        name: String,
    },
    /// An import or export of another form than the page's.
    #[error("{name}: `{line}` is not how modules of the page import and export")]
    Form {
        /// In which file.
        name: String,
        /// The line.
        line: String,
    },
}

/// A module as it stands in an answer.
struct Module {
    /// What it imports before it begins.
    needs: Vec<String>,
    /// What it loads later.
    later: Vec<String>,
    /// Its text as the body of a function that returns what it exports.
    body: String,
}

/// What is answered in place of each file that something begins with: the page, what is loaded later, the styles.
pub(super) fn joined(texts: &Texts) -> Result<Texts, Unjoined> {
    let scripts = texts.iter().filter(|(name, _)| name.ends_with(".js") && name.as_str() != KEEPER);
    let modules = scripts.map(|(name, text)| Ok((name.as_str(), module(name, text)?))).collect::<Result<_, _>>()?;
    let mut answers = Texts::new();
    let keeper = text_of(texts, KEEPER, BEGINNING)?;
    let first = in_order(&modules, BEGINNING, &[])?;
    answers.insert(BEGINNING.to_owned(), format!("{keeper}{}", written(&modules, &first)));
    let later: BTreeSet<&String> = modules.values().flat_map(|module| &module.later).collect();
    for name in later {
        let rest = in_order(&modules, name, &first)?;
        let up = if name.contains('/') { "../".repeat(name.matches('/').count()) } else { "./".to_owned() };
        let head = format!("import {{ $modules }} from \"{up}{BEGINNING}\";\n");
        answers.insert(name.clone(), head + &written(&modules, &rest));
    }
    answers.insert(STYLES.to_owned(), styles(texts, STYLES)?);
    Ok(answers)
}

/// The names of a module and of all that it needs and `known` does not have; what is needed comes first.
fn in_order(modules: &BTreeMap<&str, Module>, name: &str, known: &[String]) -> Result<Vec<String>, Unjoined> {
    let mut order: Vec<String> = Vec::new();
    // What was begun, and how many of its needs were looked at.
    let mut begun = vec![(name, 0)];
    while let Some((current, at)) = begun.pop() {
        let by = begun.last().map_or(BEGINNING, |(by, _)| by);
        let missing = || Unjoined::NoSuchFile { name: current.to_owned(), by: by.to_owned() };
        let Some(need) = modules.get(current).ok_or_else(missing)?.needs.get(at) else {
            order.push(current.to_owned());
            continue;
        };
        begun.push((current, at + 1));
        if begun.iter().any(|(name, _)| name == need) {
            return Err(Unjoined::Ring { name: need.clone() });
        }
        if !known.contains(need) && !order.contains(need) {
            begun.push((need, 0));
        }
    }
    Ok(order)
}

/// Modules one after the other. The brackets around each function say to a browser that it is called at once.
fn written(modules: &BTreeMap<&str, Module>, order: &[String]) -> String {
    let one = |name: &String| {
        let body = modules.get(name.as_str()).map_or("", |module| &module.body);
        format!("$modules.run(\"{name}\", (() => {{\n{body}}}));\n")
    };
    order.iter().map(one).collect()
}

/// Reads a module.
fn module(name: &str, text: &str) -> Result<Module, Unjoined> {
    let folder = folder_of(name);
    let mut module = Module { needs: Vec::new(), later: Vec::new(), body: String::new() };
    let mut exported: Vec<String> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let is_list = rest.starts_with("import {") || rest.starts_with("export {");
        let end = if is_list { rest.find(";\n").map(|at| at + 2) } else { rest.find('\n').map(|at| at + 1) };
        let (line, following) = rest.split_at(end.unwrap_or(rest.len()));
        rest = following;
        let unknown = || Unjoined::Form { name: name.to_owned(), line: line.trim_end().to_owned() };
        if is_list {
            let (names, from) = listed(line).ok_or_else(unknown)?;
            let from = from.map(|from| path_from(folder, from));
            if line.starts_with("import ") {
                let from = from.as_ref().ok_or_else(unknown)?;
                let locals: Vec<String> = names.iter().map(|(name, local)| format!("{name}: {local}")).collect();
                module.body += &format!("const {{ {} }} = $modules.of(\"{from}\");\n", locals.join(", "));
            } else if let Some(from) = &from {
                exported.extend(names.iter().map(|(name, told)| format!("{told}: $modules.of(\"{from}\").{name}")));
            } else {
                exported.extend(names.iter().map(|(name, told)| format!("{told}: {name}")));
            }
            module.needs.extend(from);
        } else if let Some(declared) = line.strip_prefix("export ") {
            let (told, declared) =
                declared.strip_prefix("default ").map_or((None, declared), |rest| (Some("default"), rest));
            let local = declared_name(declared).ok_or_else(unknown)?;
            exported.push(format!("{}: {local}", told.unwrap_or(local)));
            module.body += &line_of(declared, name, &mut module.later);
        } else if line.starts_with("import ") || line.starts_with("import\"") {
            return Err(unknown());
        } else if let Some((before, list)) = line.rsplit_once("export{") {
            // The last line of a library, whose text stands in front of it.
            let (names, _) = listed(list).ok_or_else(unknown)?;
            exported.extend(names.iter().map(|(name, told)| format!("{told}: {name}")));
            module.body += before;
            module.body.push('\n');
        } else {
            module.body += &line_of(line, name, &mut module.later);
        }
    }
    module.body += &format!("return {{ {} }};\n", exported.join(", "));
    Ok(module)
}

/// The names of a list in braces, each with what it is called on the other side, and the file that they are from.
fn listed(text: &str) -> Option<(Names<'_>, Option<&str>)> {
    let (names, after) = text.split_once('}')?;
    let names = names.rsplit_once('{').map_or(names, |(_, names)| names);
    let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
    let names = names.map(|name| name.split_once(" as ").unwrap_or((name, name))).collect();
    let after = after.trim().strip_suffix(';')?;
    if after.is_empty() {
        return Some((names, None));
    }
    let from = after.strip_prefix("from \"")?.strip_suffix('"')?;
    from.starts_with('.').then_some((names, Some(from)))
}

/// What a declaration declares.
fn declared_name(declaration: &str) -> Option<&str> {
    let declaration = declaration.strip_prefix("async ").unwrap_or(declaration);
    let rest = ["function ", "class ", "const "].iter().find_map(|kind| declaration.strip_prefix(kind))?;
    let name = rest.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_' || letter == '$')).next()?;
    (!name.is_empty()).then_some(name)
}

/// A line in which modules that are loaded later, and the address of the module itself, are asked of the keeper.
fn line_of(line: &str, name: &str, later: &mut Vec<String>) -> String {
    let mut parts = line.split(LATER);
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (path, rest) = part.split_once('"').unwrap_or((part, ""));
        let path = path_from(folder_of(name), path);
        told += &format!("=> $modules.later(\"{path}\"{rest}");
        later.push(path);
    }
    told.replace("import.meta.url", &format!("$modules.address(\"{name}\")"))
}

/// The style sheet with those that it imports in their places; they import nothing.
fn styles(texts: &Texts, name: &str) -> Result<String, Unjoined> {
    let mut all = String::new();
    for line in text_of(texts, name, super::DOCUMENT)?.split_inclusive('\n') {
        match line.strip_prefix("@import \"").and_then(|rest| rest.trim_end().strip_suffix("\";")) {
            Some(path) => all += text_of(texts, &path_from(folder_of(name), path), name)?,
            None => all += line,
        }
    }
    Ok(all)
}

/// The text of a file that another one names.
fn text_of<'a>(texts: &'a Texts, name: &str, by: &str) -> Result<&'a str, Unjoined> {
    let missing = || Unjoined::NoSuchFile { name: name.to_owned(), by: by.to_owned() };
    texts.get(name).map(String::as_str).ok_or_else(missing)
}

/// The folder of a file; empty for those at the top.
fn folder_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A relative path from a folder, without its dots.
fn path_from(folder: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests;
