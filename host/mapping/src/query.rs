//! JSONPath (RFC 9535): exactly one value is wanted, so a path is refused if it could cost far more than one walk of the payload.
//!
//! Three forms multiply work: several `..`, a `$` inside a filter (every element walks the whole payload), and many
//! selectors side by side, which repeat nodes. None of them is needed to name one value.

use serde_json::Value;
use serde_json_path::JsonPath;

use crate::Config;
use crate::path::{Key, Path};

/// The deepest nesting of brackets and parentheses; keeps the parser's recursion small.
const NESTING_MAX: usize = 8;
/// The most commas; `$['a','b']` is a useful fallback, hundreds of selectors are not.
const COMMAS_MAX: usize = 4;

/// A compiled JSONPath.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    text: String,
    plan: Plan,
}

#[derive(Debug, Clone)]
enum Plan {
    /// Names and indexes only, which nearly every mapping uses: looked up directly.
    Plain(Path),
    Search(JsonPath),
}

impl Query {
    pub(crate) fn compile(text: &str, config: &Config) -> Result<Self, String> {
        affordable(text, config)?;
        let search = JsonPath::parse(text).map_err(|error| {
            format!(
                "`{text}` is not a JSONPath: {} at position {}; write it like `$.buyer.phone`",
                error.message(),
                error.position()
            )
        })?;
        let plan = plain(text).map_or(Plan::Search(search), Plan::Plain);
        Ok(Self { text: text.to_owned(), plan })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The path, if it names one place.
    pub(crate) fn plain(&self) -> Option<&Path> {
        match &self.plan {
            Plan::Plain(path) => Some(path),
            Plan::Search(_) => None,
        }
    }

    /// Whether it has to search: more than one place may match.
    pub(crate) fn searches(&self) -> bool {
        matches!(self.plan, Plan::Search(_))
    }

    /// The one value there is, null included; or how many there are if several.
    pub(crate) fn one<'a>(&self, payload: &'a Value) -> Result<Option<&'a Value>, usize> {
        match &self.plan {
            Plan::Plain(path) => Ok(path.find(payload)),
            Plan::Search(search) => {
                let nodes = search.query(payload);
                nodes.at_most_one().map_err(|_| nodes.len())
            }
        }
    }
}

/// Reads the path's punctuation outside quotes; the grammar is the parser's matter.
fn affordable(text: &str, config: &Config) -> Result<(), String> {
    if text.len() > config.path_bytes_max {
        return Err(format!("the path is longer than {} bytes", config.path_bytes_max));
    }
    let (mut quote, mut escaped, mut before) = (None, false, ' ');
    let (mut nesting, mut commas, mut descents) = (0_usize, 0, 0);
    for (at, c) in text.char_indices() {
        if let Some(open) = quote {
            quote = if c == open && !escaped { None } else { quote };
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            '\'' | '"' => quote = Some(c),
            '[' | '(' => nesting += 1,
            ']' | ')' => nesting = nesting.saturating_sub(1),
            ',' => commas += 1,
            '.' if before == '.' => descents += 1,
            '$' if at > 0 => return Err(format!("`{text}`: `$` stands at the beginning only; use `@` in a filter")),
            _ => {}
        }
        if nesting > NESTING_MAX {
            return Err(format!("`{text}` nests more than {NESTING_MAX} brackets"));
        }
        before = c;
    }
    if descents > 1 {
        return Err(format!("`{text}`: `..` may stand once in a path"));
    }
    if commas > COMMAS_MAX {
        return Err(format!("`{text}` has more than {COMMAS_MAX} commas"));
    }
    Ok(())
}

/// The path if it is names and indexes only (`$.a['b c'][0]`, without escapes and blanks).
fn plain(text: &str) -> Option<Path> {
    let mut rest = text.strip_prefix('$')?;
    let mut keys = Vec::new();
    while !rest.is_empty() {
        let key;
        (key, rest) = member(rest).or_else(|| quoted(rest)).or_else(|| index(rest))?;
        keys.push(key);
    }
    Some(Path(keys))
}

fn member(rest: &str) -> Option<(Key, &str)> {
    let rest = rest.strip_prefix('.')?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    (end > 0).then(|| (Key::Name(rest[..end].to_owned()), &rest[end..]))
}

fn quoted(rest: &str) -> Option<(Key, &str)> {
    let rest = rest.strip_prefix('[')?;
    let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let (name, rest) = rest[1..].split_once(quote)?;
    let rest = rest.strip_prefix(']')?;
    (!name.contains('\\')).then(|| (Key::Name(name.to_owned()), rest))
}

fn index(rest: &str) -> Option<(Key, &str)> {
    let (digits, rest) = rest.strip_prefix('[')?.split_once(']')?;
    Some((Key::Index(digits.parse().ok()?), rest))
}

#[cfg(test)]
mod tests {
    use super::{Config, Plan, Query};
    use serde_json::{Value, json};
    use serde_json_path::JsonPath;

    fn compile(path: &str) -> Result<Query, String> {
        Query::compile(path, &Config::default())
    }

    #[test]
    fn plain_paths_find_what_the_jsonpath_crate_finds() {
        let payload = json!({
            "a": {"b": [1, {"c d": "x", "0": "zero", "": "none", "ü": 1}], "_e": null}, "0": {"1": 2}, "\"q\"": true,
        });
        for (path, is_plain) in [
            ("$", true),
            ("$.a", true),
            ("$.a.b[1]['c d']", true),
            ("$.a.b[1][\"0\"]", true),
            ("$.a.b[1]['']", true),
            ("$['\"q\"']", true),
            ("$.a.b[0]", true),
            ("$.a.b[7]", true),
            ("$.a.b.c", true),
            ("$.a[0]", true),
            ("$.a._e", true),
            ("$['0']['1']", true),
            ("$.a.b[-1]['c d']", false),
            ("$.a.b[1].ü", false),
            ("$['\\\"q\\\"']", false),
            ("$ .a", false),
            ("$.a.b[?@['c d']==\"x\"]['c d']", false),
            ("$..['c d']", false),
        ] {
            let Ok(search) = JsonPath::parse(path) else {
                assert!(compile(path).is_err(), "{path} is not a JSONPath");
                continue;
            };
            let query = compile(path).expect(path);
            assert_eq!(matches!(query.plan, Plan::Plain(_)), is_plain, "{path}");
            assert_eq!(query.one(&payload), Ok(search.query(&payload).at_most_one().expect(path)), "{path}");
        }
    }

    #[test]
    fn several_values_are_counted() {
        assert_eq!(compile("$.a[*]").expect("valid").one(&json!({"a": [1, 2, 3]})), Err(3));
        assert_eq!(compile("$['a','b']").expect("valid").one(&json!({"b": 1})), Ok(Some(&Value::from(1))));
    }

    #[test]
    fn paths_that_are_wrong_or_cost_too_much_are_refused() {
        for (path, expected) in [
            ("", "not a JSONPath"),
            ("phone", "write it like `$.buyer.phone`"),
            ("$.", "at position"),
            ("$.a[", "not a JSONPath"),
            ("$..a..b", "`..` may stand once"),
            ("$.a[?@.x==$.y]", "`$` stands at the beginning only"),
            ("$[0,0,0,0,0,0]", "more than 4 commas"),
            ("$[?(((((((((@.a)))))))))]", "nests more than 8"),
            (&format!("$.{}", "a".repeat(600)), "longer than 256 bytes"),
        ] {
            let message = compile(path).expect_err(path);
            assert!(message.contains(expected), "{path}: {message}");
        }
        assert!(compile("$['a..b..c,$,[((((((((((']").is_ok(), "punctuation in quotes is a name");
    }
}
