//! Printing a page of records: as the API gave it, or the columns that people look for.

use anyhow::Result;
use serde_json::Value;

use super::connection::Paging;
use crate::client::Client;
use crate::output::{Format, clean, print_answer, table};

/// A column: its heading, and where in a record its value is (a JSON pointer).
pub(super) type Column = (&'static str, &'static str);

/// Fetches a page and prints it.
pub(super) fn print_page(
    client: &Client,
    path: &str,
    filters: &[(&str, Option<&str>)],
    paging: &Paging,
    columns: &[Column],
    format: Format,
) -> Result<()> {
    let limit = paging.limit();
    print_records(&client.get(path, &paging.query(&limit, filters))?, columns, format)
}

/// Prints records that are there already.
pub(super) fn print_records(page: &Value, columns: &[Column], format: Format) -> Result<()> {
    print_answer(page, format, |page| page_text(page, columns))
}

/// A page as a table, and how to go on.
fn page_text(page: &Value, columns: &[Column]) -> String {
    let headings: Vec<&str> = columns.iter().map(|(heading, _)| *heading).collect();
    let mut rows = table(&headings);
    for record in page["items"].as_array().into_iter().flatten() {
        rows.add_row(columns.iter().map(|(_, pointer)| cell(record.pointer(pointer))));
    }
    match page["next"].as_str() {
        Some(next) => format!("{rows}\nthere are more: --after {next}"),
        None => rows.to_string(),
    }
}

/// A record on lines of its own: each heading with its value, what is absent left out.
pub(super) fn record_text(record: &Value, rows: &[Column]) -> String {
    let width = rows.iter().map(|(heading, _)| heading.chars().count()).max().unwrap_or_default();
    let shown = rows.iter().map(|(heading, pointer)| (heading, cell(record.pointer(pointer))));
    let lines =
        shown.filter(|(_, value)| !value.is_empty()).map(|(heading, value)| format!("{heading:width$}  {value}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The text at a JSON pointer, harmless for a terminal; empty when there is none.
pub(super) fn text_at(record: &Value, pointer: &str) -> String {
    clean(record.pointer(pointer).and_then(Value::as_str).unwrap_or_default())
}

/// A value as a cell shows it; what is absent is left empty.
pub(super) fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => clean(text),
        Some(Value::Array(items)) => items.iter().map(|item| cell(Some(item))).collect::<Vec<_>>().join(", "),
        // Other records are referred to as `{id, name}`.
        Some(Value::Object(fields))
            if ["id", "name"].iter().all(|key| fields.get(*key).is_some_and(Value::is_string)) =>
        {
            cell(fields.get("name"))
        }
        Some(value @ (Value::Bool(_) | Value::Number(_) | Value::Object(_))) => clean(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{cell, page_text, record_text};
    use serde_json::json;

    #[test]
    fn a_record_shows_what_it_has_and_leaves_out_the_rest() {
        let record = json!({"id": "inb_1", "quiet_hours": null, "channel": {"webhook": {"url": "https://x"}}});
        let rows = [("id", "/id"), ("quiet", "/quiet_hours/from"), ("url", "/channel/webhook/url")];
        assert_eq!(record_text(&record, &rows), "id     inb_1\nurl    https://x");
    }

    #[test]
    fn what_has_a_name_but_is_no_reference_is_shown_whole() {
        assert_eq!(cell(Some(&json!({"id": "lst_1", "name": "leads"}))), "leads");
        let effect = cell(Some(&json!({"kind": "set-field", "name": "source", "value": "fair"})));
        assert!(effect.contains("set-field") && effect.contains("source") && effect.contains("fair"), "{effect}");
    }

    #[test]
    fn a_page_shows_its_columns_and_how_to_go_on() {
        let page = json!({
            "items": [{"id": "con_1", "fields": {"first_name": "John"}, "lists": [{"id": "lst_1", "name": "a"}, {"id": "lst_2", "name": "b"}],
                "email": null}],
            "next": "c2",
        });
        let columns = [("id", "/id"), ("first name", "/fields/first_name"), ("lists", "/lists"), ("email", "/email")];
        let text = page_text(&page, &columns);
        for expected in ["con_1", "first name", "John", "a, b", "--after c2"] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
        assert!(!text.contains("null"), "{text}");
    }
}
