//! What came compared with what should have come.

use std::collections::BTreeMap;
use std::fmt;

use hookbox_model::LogLine;
use serde::Serialize;
use serde_json::{Value, json};

use super::Ended;
use super::service::Heard;
use crate::author::fixture::{Expect, Failing, Told};

/// One thing that did not come as it should have: what was expected and what came, line by line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    /// What.
    pub(crate) what: &'static str,
    /// What should have come.
    pub(crate) expected: Vec<String>,
    /// What came.
    pub(crate) found: Vec<String>,
}

impl Difference {
    /// A call that came otherwise than it should have, or did not.
    pub(super) fn of_calls(fault: (Vec<String>, Vec<String>)) -> Self {
        Self { what: "http", expected: fault.0, found: fault.1 }
    }

    fn of(what: &'static str, expected: Vec<String>, found: Vec<String>) -> Option<Self> {
        (expected != found).then_some(Self { what, expected, found })
    }
}

/// Everything that is otherwise than expected.
pub(super) fn differences(expect: &Expect, ended: &Ended) -> Vec<Difference> {
    let Expect { effects, output, next, failure, state, log } = expect;
    let all = [
        effects.as_ref().and_then(|wanted| {
            Difference::of("effects", lines(wanted.iter().map(compared)), lines(ended.effects.iter().map(compared)))
        }),
        output.as_ref().and_then(|wanted| output_difference(wanted, ended.output.as_deref())),
        next.as_ref().and_then(|wanted| {
            Difference::of("next", lines([json!(wanted)]), lines(ended.next.map(|next| json!(next))))
        }),
        failure_difference(failure.as_ref(), ended.failure.as_ref()),
        state.as_ref().and_then(|wanted| Difference::of("state", state_lines(wanted), state_lines(&ended.state))),
        log.as_ref().and_then(|wanted| Difference::of("log", log_lines(wanted), log_lines(own_lines(ended)))),
    ];
    all.into_iter().flatten().collect()
}

/// An expected text is compared byte by byte, anything else as JSON.
fn output_difference(wanted: &Value, output: Option<&str>) -> Option<Difference> {
    let found: Vec<String> = output.map(str::to_owned).into_iter().collect();
    match wanted {
        Value::String(text) => Difference::of("output", vec![text.clone()], found),
        json => {
            let is_same = output.and_then(|text| serde_json::from_str::<Value>(text).ok()).as_ref() == Some(json);
            (!is_same).then(|| Difference { what: "output", expected: vec![json.to_string()], found })
        }
    }
}

/// Without one that is expected there must be no failure.
fn failure_difference(wanted: Option<&Failing>, failure: Option<&Value>) -> Option<Difference> {
    let (expected, found) = match (wanted, failure) {
        (None, None) => return None,
        (None, Some(failure)) => (Vec::new(), vec![failure.to_string()]),
        (Some(wanted), failure) => {
            let (kind, told) = match wanted {
                Failing::Retryable(told) => ("retryable", told),
                Failing::Permanent(told) => ("permanent", told),
                Failing::Stopped(told) => ("stopped", told),
            };
            if failure.and_then(|failure| failure.get(kind)).is_some_and(|failure| says(failure, told)) {
                return None;
            }
            let found = failure.map(Value::to_string).into_iter().collect();
            (vec![json!({ kind: told_shape(told) }).to_string()], found)
        }
    };
    Some(Difference { what: "failure", expected, found })
}

/// Whether a failure says what was given.
fn says(failure: &Value, told: &Told) -> bool {
    let Value::Object(wanted) = told_shape(told) else { return false };
    // Kinds of failure that have no delay have none, whichever way it is said.
    wanted.iter().all(|(name, value)| failure.get(name).unwrap_or(&Value::Null) == value)
}

fn told_shape(Told { code, message, after_ms }: &Told) -> Value {
    let given = [
        ("code", code.as_ref().map(|code| json!(code))),
        ("message", message.as_ref().map(|message| json!(message))),
        ("after_ms", after_ms.map(|after_ms| json!(after_ms))),
    ];
    Value::Object(given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}

/// An effect as it is compared: without what is null or empty, and without the id that a message would have.
fn compared(effect: &Value) -> Value {
    let Value::Object(members) = effect else { return effect.clone() };
    let says_nothing = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    let is_id = |name: &str| name == "message" && members.get("kind").is_some_and(|kind| kind == "send");
    let said = members.iter().filter(|(name, value)| !says_nothing(value) && !is_id(name));
    Value::Object(said.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn lines(values: impl IntoIterator<Item = Value>) -> Vec<String> {
    values.into_iter().map(|value| value.to_string()).collect()
}

fn state_lines(state: &BTreeMap<String, String>) -> Vec<String> {
    state.iter().map(|(key, value)| format!("{}: {}", json!(key), json!(value))).collect()
}

/// What was logged without the lines in which the host tells of calls (`POST https://host/path -> 200 in 34 ms`): they hold times.
fn own_lines(ended: &Ended) -> impl Iterator<Item = &LogLine> {
    let tells_of = |line: &LogLine, call: &Heard| {
        let place = call.url.split('?').next().unwrap_or_default();
        line.message.starts_with(&format!("{} {place} -> ", call.method))
    };
    ended.log.iter().filter(move |line| !ended.requests.iter().any(|call| tells_of(line, call)))
}

fn log_lines<'a>(log: impl IntoIterator<Item = &'a LogLine>) -> Vec<String> {
    log.into_iter().map(|line| json!({"level": line.level, "message": line.message}).to_string()).collect()
}

/// The lines in common at both ends stand once; between them what was expected, with a minus, and what came, with a plus.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let same = |pair: &(&String, &String)| pair.0 == pair.1;
        let front = self.expected.iter().zip(&self.found).take_while(same).count();
        let (expected, found) = (&self.expected[front..], &self.found[front..]);
        let back = expected.iter().rev().zip(found.iter().rev()).take_while(same).count();
        write!(f, "{} (- expected, + came)", self.what)?;
        let mut tell = |sign: char, lines: &[String]| lines.iter().try_for_each(|line| write!(f, "\n{sign} {line}"));
        tell(' ', &self.expected[..front])?;
        tell('-', &expected[..expected.len() - back])?;
        tell('+', &found[..found.len() - back])?;
        tell(' ', &expected[expected.len() - back..])
    }
}

#[cfg(test)]
mod tests {
    use super::{Difference, differences};
    use crate::author::fixture::Expect;
    use crate::author::trial::Ended;
    use crate::author::trial::service::Heard;
    use hookbox_model::{LogLevel, LogLine};
    use serde_json::{Value, json};

    /// What differs between what is expected and a call that ended so.
    fn differ(expect: Value, ended: &Ended) -> Vec<&'static str> {
        let expect: Expect = serde_json::from_value(expect).expect("an expectation");
        differences(&expect, ended).into_iter().map(|difference| difference.what).collect()
    }

    fn returned() -> Ended {
        let send = json!({"kind": "send", "message": "msg_1", "inbox": null, "body": "Hi", "media": []});
        let state = [("n".to_owned(), "2".to_owned())].into();
        Ended { output: Some(r#"{"b":1,"a":2}"#.into()), effects: vec![send], state, ..Ended::default() }
    }

    #[test]
    fn what_is_not_expected_is_not_compared_and_a_failure_never_is_expected_by_itself() {
        assert!(differ(json!({}), &returned()).is_empty());
        let failed = Ended { failure: Some(json!({"permanent": {"code": "x", "message": "y"}})), ..Ended::default() };
        assert_eq!(differ(json!({}), &failed), ["failure"]);
        assert_eq!(differ(json!({"failure": {"permanent": {}}}), &returned()), ["failure"]);
    }

    #[test]
    fn outputs_are_compared_as_json_or_byte_by_byte() {
        assert!(differ(json!({"output": {"a": 2, "b": 1}}), &returned()).is_empty());
        assert!(differ(json!({"output": "{\"b\":1,\"a\":2}"}), &returned()).is_empty());
        assert_eq!(differ(json!({"output": "{\"a\":2,\"b\":1}"}), &returned()), ["output"]);
        assert_eq!(differ(json!({"output": null}), &returned()), ["output"]);
    }

    #[test]
    fn effects_and_state_are_compared_whole_and_without_the_ids_of_messages() {
        assert!(
            differ(json!({"effects": [{"kind": "send", "body": "Hi"}], "state": {"n": "2"}}), &returned()).is_empty()
        );
        assert_eq!(differ(json!({"effects": [], "state": {}}), &returned()), ["effects", "state"]);
    }

    #[test]
    fn what_the_host_logs_of_calls_is_not_compared() {
        let line = |message: &str| LogLine { level: LogLevel::Info, message: message.into() };
        let call = Heard { method: "GET".into(), url: "https://h/p?q".into(), headers: [].into(), body: String::new() };
        let log = vec![line("GET https://h/p -> 200 in 3 ms"), line("GET https://h/other -> mine")];
        let ended = Ended { log, requests: vec![call], output: Some("1".into()), ..Ended::default() };
        assert!(
            differ(json!({"log": [{"level": "info", "message": "GET https://h/other -> mine"}]}), &ended).is_empty()
        );
        assert_eq!(differ(json!({ "log": [] }), &ended), ["log"]);
    }

    #[test]
    fn a_failure_is_compared_in_what_is_given() {
        let busy =
            Ended { failure: Some(json!({"retryable": {"message": "busy", "after_ms": null}})), ..Ended::default() };
        for met in [json!({}), json!({"message": "busy"}), json!({"message": "busy", "after_ms": null})] {
            assert!(differ(json!({"failure": {"retryable": met}}), &busy).is_empty(), "{met}");
        }
        for missed in
            [json!({"retryable": {"after_ms": 5}}), json!({"retryable": {"message": "x"}}), json!({"stopped": {}})]
        {
            assert_eq!(differ(json!({ "failure": missed }), &busy), ["failure"], "{missed}");
        }
    }

    #[test]
    fn a_difference_shows_what_is_common_once() {
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        let difference =
            Difference { what: "log", expected: texts(&["a", "b", "z"]), found: texts(&["a", "c", "d", "z"]) };
        assert_eq!(difference.to_string(), "log (- expected, + came)\n  a\n- b\n+ c\n+ d\n  z");
    }
}
