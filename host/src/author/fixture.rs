//! A fixture: one call of a plugin as its author writes it down. `sdk/fixtures.md` is the reference of the format.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use hookbox_model::{ConversationState, LogLine, Next, Timestamp};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// The largest file, in bytes: a payload and settings of 1 MiB each, and what is around them.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// The folder of a project's fixtures.
const FOLDER: &str = "fixtures";

/// One call, what is around it, and what should come of it.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Fixture {
    pub(crate) name: Option<String>,
    pub(crate) payload: Option<Box<RawValue>>,
    pub(crate) settings: Value,
    pub(crate) contact: Person,
    pub(crate) conversation: Option<GivenConversation>,
    pub(crate) inbox: String,
    pub(crate) steps: Vec<Earlier>,
    pub(crate) step: String,
    pub(crate) attempt: u32,
    pub(crate) now: Timestamp,
    pub(crate) lists: Vec<String>,
    pub(crate) inboxes: Vec<String>,
    pub(crate) members: Vec<String>,
    pub(crate) grants: Option<Vec<Granted>>,
    pub(crate) state: BTreeMap<String, String>,
    pub(crate) secrets: BTreeMap<String, Secret>,
    pub(crate) http: Vec<Exchange>,
    pub(crate) expect: Expect,
}

/// The contact.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Person {
    pub(crate) id: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) fields: BTreeMap<String, Value>,
    pub(crate) tags: Vec<String>,
    pub(crate) lists: Vec<String>,
    pub(crate) opted_out: bool,
}

/// The conversation of the automation's inbox with the contact.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct GivenConversation {
    pub(crate) assignee: Option<String>,
    pub(crate) state: ConversationState,
}

/// The output of an earlier step.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Earlier {
    pub(crate) name: String,
    pub(crate) output: Box<RawValue>,
}

/// What an admin granted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Granted {
    pub(crate) capability: String,
    pub(crate) scope: Vec<String>,
}

/// A plugin secret.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Secret {
    pub(crate) text: String,
    pub(crate) hosts: Vec<String>,
}

/// A call that has to come, and its answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exchange {
    pub(crate) request: Wanted,
    #[serde(default)]
    pub(crate) answer: Answer,
}

/// What a call has to look like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    pub(crate) method: String,
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Option<String>>,
    #[serde(default, deserialize_with = "present")]
    pub(crate) json: Option<Value>,
    #[serde(default)]
    pub(crate) text: Option<String>,
}

/// What it is answered.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Answer {
    pub(crate) status: Option<u16>,
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(deserialize_with = "present")]
    pub(crate) json: Option<Value>,
    pub(crate) text: Option<String>,
    pub(crate) error: Option<Silence>,
}

/// How an answer stays away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Silence {
    /// Nothing ever comes.
    Timeout,
    /// The connection ends.
    Closed,
}

/// What should come of the call; what is absent is not compared.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Expect {
    pub(crate) effects: Option<Vec<Value>>,
    #[serde(deserialize_with = "present")]
    pub(crate) output: Option<Value>,
    pub(crate) next: Option<Next>,
    pub(crate) failure: Option<Failing>,
    pub(crate) state: Option<BTreeMap<String, String>>,
    pub(crate) log: Option<Vec<LogLine>>,
}

/// How it should fail.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Failing {
    /// The plugin says that it may succeed later.
    Retryable(Told),
    /// The plugin says that it never will.
    Permanent(Told),
    /// The sandbox ended the call.
    Stopped(Told),
}

/// What a failure should say; what is absent is not compared.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Told {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    /// Within: `null`, that is no delay.
    #[serde(deserialize_with = "present")]
    pub(crate) after_ms: Option<Option<u64>>,
}

impl Default for Fixture {
    fn default() -> Self {
        Self {
            name: None,
            payload: None,
            settings: Value::Object(serde_json::Map::new()),
            contact: Person::default(),
            conversation: None,
            inbox: "support".to_owned(),
            steps: Vec::new(),
            step: "step".to_owned(),
            attempt: 1,
            // 2026-01-02T03:04:05Z, the moment at which the mock hosts of the SDKs stand too.
            now: Timestamp::from_millis(1_767_323_045_000),
            lists: Vec::new(),
            inboxes: Vec::new(),
            members: Vec::new(),
            grants: None,
            state: BTreeMap::new(),
            secrets: BTreeMap::new(),
            http: Vec::new(),
            expect: Expect::default(),
        }
    }
}

impl Default for Person {
    fn default() -> Self {
        Self {
            id: None,
            phone: Some("+12155556677".to_owned()),
            email: None,
            external_id: None,
            fields: BTreeMap::new(),
            tags: Vec::new(),
            lists: Vec::new(),
            opted_out: false,
        }
    }
}

impl Default for GivenConversation {
    fn default() -> Self {
        Self { assignee: None, state: ConversationState::Open }
    }
}

impl Fixture {
    /// Reads a fixture; an error names the file and the place in it.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let shown = file.display();
        let bytes = std::fs::metadata(file).with_context(|| format!("cannot read the fixture {shown}"))?.len();
        if bytes > FILE_BYTES_MAX {
            bail!("the fixture {shown} has {bytes} bytes and may have {FILE_BYTES_MAX}");
        }
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the fixture {shown}"))?;
        Self::parse(&text).with_context(|| format!("the fixture {shown} is not as sdk/fixtures.md has it"))
    }

    fn parse(text: &str) -> Result<Self> {
        let fixture: Self = serde_json::from_str(text)?;
        for (number, Exchange { request, answer }) in fixture.http.iter().enumerate() {
            if request.json.is_some() && request.text.is_some() || answer.json.is_some() && answer.text.is_some() {
                bail!("http[{number}] has both json and text");
            }
        }
        Ok(fixture)
    }

    /// Every fixture of a project, by name; none when it has no folder for them.
    pub(crate) fn files(project: &Path) -> Result<Vec<PathBuf>> {
        let folder = project.join(FOLDER);
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let unreadable = || format!("cannot read the folder {}", folder.display());
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&folder).with_context(unreadable)? {
            let path = entry.with_context(unreadable)?.path();
            if path.extension().is_some_and(|ending| ending == "json") {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }
}

/// What is there, `null` included; serde takes `null` for absent otherwise.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::{Failing, Fixture};
    use serde_json::Value;

    #[test]
    fn an_empty_fixture_is_a_call_about_somebody() {
        let fixture = Fixture::parse("{}").expect("everything may be left out");
        assert_eq!(fixture.contact.phone.as_deref(), Some("+12155556677"));
        assert_eq!((fixture.attempt, fixture.now.to_string()), (1, "2026-01-02T03:04:05.000Z".to_owned()));
    }

    #[test]
    fn null_is_something_to_expect() {
        let fixture = Fixture::parse(r#"{"expect": {"output": null, "failure": {"retryable": {"after_ms": null}}}}"#)
            .expect("a fixture");
        assert_eq!(fixture.expect.output, Some(Value::Null));
        let Some(Failing::Retryable(told)) = fixture.expect.failure else { panic!("it is retryable") };
        assert_eq!((told.after_ms, told.message), (Some(None), None));
    }

    #[test]
    fn what_is_misspelt_or_said_twice_is_refused() {
        for (text, expected) in [
            (r#"{"pay": {}}"#, "unknown field `pay`"),
            (r#"{"contact": {"name": "Ada"}}"#, "unknown field `name`"),
            (r#"{"expect": {"failure": {"fatal": {}}}}"#, "unknown variant `fatal`"),
            (r#"{"http": [{"request": {"method": "GET", "url": "x", "json": 1, "text": "1"}}]}"#, "http[0] has both"),
            ("[", "EOF"),
        ] {
            let error = format!("{:#}", Fixture::parse(text).expect_err(text));
            assert!(error.contains(expected), "{error}");
        }
    }
}
