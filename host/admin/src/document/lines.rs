//! In which line of a text each part of a document stands.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::pointer;
use super::syntax::spanned;
use crate::config::Config;

/// The lines of a document's parts.
pub(crate) struct Lines(Part);

/// A part of a document: the line where it begins, and the parts of it.
struct Part {
    line: u64,
    inner: Inner,
}

/// What a part consists of.
enum Inner {
    Scalar,
    Items(Vec<Part>),
    /// By name, each with the line of its name.
    Members(Vec<(String, Part)>),
}

impl Lines {
    /// The lines of a text in YAML, or in JSON as far as that is YAML too; nothing for what cannot be read.
    pub(crate) fn of(text: &str, config: &Config) -> Option<Self> {
        let read: Spanned<Inner> = spanned(text, config).ok()?;
        Some(Self(Part { line: read.referenced.line(), inner: read.value }))
    }

    /// The line, from 1, of what a JSON pointer names; of the part around it when it is not there.
    pub(crate) fn at(&self, pointer: &str) -> u64 {
        let mut part = &self.0;
        for token in pointer::tokens(pointer) {
            let next = match &part.inner {
                Inner::Scalar => None,
                Inner::Items(items) => token.parse::<usize>().ok().and_then(|index| items.get(index)),
                Inner::Members(members) => members.iter().find(|(name, _)| *name == token).map(|(_, part)| part),
            };
            let Some(next) = next else { break };
            part = next;
        }
        part.line
    }
}

impl<'de> Deserialize<'de> for Inner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(InnerVisitor)
    }
}

struct InnerVisitor;

impl<'de> Visitor<'de> for InnerVisitor {
    type Value = Inner;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Inner, E> {
        Ok(Inner::Scalar)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Inner, E> {
        Ok(Inner::Scalar)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Inner, E> {
        Ok(Inner::Scalar)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Inner, E> {
        Ok(Inner::Scalar)
    }

    fn visit_str<E>(self, _: &str) -> Result<Inner, E> {
        Ok(Inner::Scalar)
    }

    fn visit_unit<E>(self) -> Result<Inner, E> {
        Ok(Inner::Scalar)
    }

    fn visit_none<E>(self) -> Result<Inner, E> {
        Ok(Inner::Scalar)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Inner, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Inner::Scalar)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Inner, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<Spanned<Inner>>()? {
            items.push(Part { line: item.referenced.line(), inner: item.value });
        }
        Ok(Inner::Items(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Inner, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = map.next_key::<Spanned<String>>()? {
            members.push((name.value, Part { line: name.referenced.line(), inner: map.next_value()? }));
        }
        Ok(Inner::Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;
    use crate::config::Config;

    fn check(text: &str, pointer: &str, line: u64) {
        let lines = Lines::of(text, &Config::default()).expect("it can be read");
        assert_eq!(lines.at(pointer), line, "{pointer} in\n{text}");
    }

    #[test]
    fn a_part_is_at_the_line_of_its_name_and_what_is_missing_at_that_around_it() {
        let text = "name: x\n\n# said\nsteps:\n  - action: a\n    settings:\n      body: |\n        one\n        two\n      list: l\n  - wait: 1m\n";
        for (pointer, line) in [
            ("", 1),
            ("/name", 1),
            ("/inbox", 1),
            ("/steps", 4),
            ("/steps/0", 5),
            ("/steps/0/action", 5),
            ("/steps/0/settings", 6),
            ("/steps/0/settings/body", 7),
            ("/steps/0/settings/list", 10),
            ("/steps/0/settings/none", 6),
            ("/steps/1/wait", 11),
            ("/steps/7", 4),
        ] {
            check(text, pointer, line);
        }
    }

    #[test]
    fn json_has_lines_too() {
        let text = "{\n  \"name\": \"x\",\n  \"steps\": [\n    {\"action\": \"a\",\n     \"a/b\": null}\n  ]\n}\n";
        check(text, "/steps/0/action", 4);
        check(text, "/steps/0/a~1b", 5);
    }
}
