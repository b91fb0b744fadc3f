//! Places of faults (`steps[1].settings.list`) as JSON pointers (`/steps/1/settings/list`), which forms and editors go by.
//!
//! A place is written for people: a name with a dot or a bracket in it reads like two. What the document has by such a name
//! decides.

use serde_json::Value;

/// The JSON pointer (RFC 6901) of a place in `value`.
pub(crate) fn pointer(place: &str, value: &Value) -> String {
    let (mut pointer, mut rest, mut here) = (String::new(), place, Some(value));
    if rest == WHOLE {
        return pointer;
    }
    while !rest.is_empty() {
        let (token, after) = next(rest, here);
        here = here.and_then(|here| match here {
            Value::Array(items) => items.get(token.parse::<usize>().ok()?),
            Value::Object(members) => members.get(token),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        });
        pointer.push('/');
        pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
        rest = after;
    }
    pointer
}

/// What a place calls the whole.
const WHOLE: &str = "body";

/// The tokens of a pointer.
pub(super) fn tokens(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~"))
}

/// The first token of a place below `here`, and what follows it.
fn next<'p>(place: &'p str, here: Option<&Value>) -> (&'p str, &'p str) {
    if let Some((index, after)) = place.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        return (index, after.strip_prefix('.').unwrap_or(after));
    }
    let members = here.and_then(Value::as_object);
    let is_whole =
        |name: &&str| place.strip_prefix(*name).is_some_and(|after| after.is_empty() || after.starts_with(['.', '[']));
    let known = members.into_iter().flat_map(|members| members.keys()).map(String::as_str).filter(is_whole);
    let length = known.map(str::len).max().unwrap_or_else(|| {
        // The name of what is missing: up to the next sign, and at least one, so that every text has an end.
        place.char_indices().skip(1).find(|(_, char)| ".[".contains(*char)).map_or(place.len(), |(at, _)| at)
    });
    let (token, after) = place.split_at(length);
    (token, after.strip_prefix('.').unwrap_or(after))
}

#[cfg(test)]
mod tests {
    use super::pointer;
    use serde_json::json;

    #[test]
    fn a_place_is_found_whatever_its_names_look_like() {
        let value = json!({
            "steps": [{"settings": {"a.b": {"c": 1}, "x[0]": 1, "x": [1, 2], "m/n": 1, "": 1}}], "trigger": {"webhook": {}},
        });
        for (place, wanted) in [
            ("", ""),
            ("body", ""),
            ("name", "/name"),
            ("steps[0].settings.a.b.c", "/steps/0/settings/a.b/c"),
            ("steps[0].settings.x[0]", "/steps/0/settings/x[0]"),
            ("steps[0].settings.x[1]", "/steps/0/settings/x/1"),
            ("steps[0].settings.m/n", "/steps/0/settings/m~1n"),
            ("steps[0].settings.missing.too", "/steps/0/settings/missing/too"),
            ("steps[3].action", "/steps/3/action"),
            ("trigger.webhook.map[1].from", "/trigger/webhook/map/1/from"),
            ("trigger.webhook.identifier.from", "/trigger/webhook/identifier/from"),
            ("[", "/["),
            ("..", "/."),
        ] {
            assert_eq!(pointer(place, &value), wanted, "{place:?}");
        }
    }
}
