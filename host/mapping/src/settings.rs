//! A step's settings: a JSON object whose texts may be templates, compiled to the JSON text it renders to.
//!
//! What has no template is serialised once, when it is compiled. Values are encoded as JSON texts, so no value can
//! break out of its place.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::datum::Datum;
use crate::path::write_member;
use crate::scope::{Nothing, Reads, Remembered, Scope};
use crate::template::{ExpressionError, Template, Texts};
use crate::work::Work;
use crate::{Config, MappingFault};

/// Compiled settings. Immutable; share them in an `Arc`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// JSON text with templates between, in order.
    pieces: Vec<Piece>,
    reads: Reads,
    config: Config,
}

#[derive(Debug, Clone)]
enum Piece {
    Json(String),
    Template { place: String, template: Template },
}

/// Settings could not be rendered. Trying again changes nothing until the settings or the sender is mended. The
/// messages name the place and the path and never show a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// One template failed.
    #[error("{place}: {source}")]
    Expression {
        /// Where in the step (`settings.body`).
        place: String,
        /// Why.
        source: ExpressionError,
    },
    /// All together are too long.
    #[error("the settings render to more than {bytes_max} bytes")]
    TooLong {
        /// The most they may be.
        bytes_max: usize,
    },
    /// The filters were given too much text in all.
    #[error(
        "{place}: the filters of all settings together may go through {bytes_max} bytes of text and were given more"
    )]
    TooMuchWork {
        /// Where in the step it was too much.
        place: String,
        /// The most they may go through.
        bytes_max: usize,
    },
}

impl RenderError {
    /// A short word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Expression { .. } => "template-failed",
            Self::TooLong { .. } => "settings-too-long",
            Self::TooMuchWork { .. } => "too-much-work",
        }
    }

    fn of(source: ExpressionError, place: &str) -> Self {
        let place = place.to_owned();
        match source.too_much_work() {
            Some(bytes_max) => Self::TooMuchWork { place, bytes_max },
            None => Self::Expression { place, source },
        }
    }
}

impl Settings {
    /// Compiles with the default limits; all faults at once, each with its place in the step (`settings.body`).
    pub fn compile(settings: &Map<String, Value>) -> Result<Self, Vec<MappingFault>> {
        Self::compile_within(settings, &Config::default())
    }

    /// As [`Self::compile`], with other limits.
    pub fn compile_within(settings: &Map<String, Value>, config: &Config) -> Result<Self, Vec<MappingFault>> {
        Self::compile_with(settings, config, &|_| None)
    }

    /// As [`Self::compile_within`], with the workspace's templates: `{{templates.name}}` is replaced by the text that
    /// `templates` has of that name, as if it were written there. An unknown name is a fault, and so is a template that
    /// mentions templates.
    pub fn compile_with(
        settings: &Map<String, Value>,
        config: &Config,
        templates: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Vec<MappingFault>> {
        let (pieces, faults) = (Vec::new(), Vec::new());
        let mut compiler = Compiler {
            pieces,
            json: String::new(),
            expressions: 0,
            reads: Reads::default(),
            faults,
            config,
            templates,
        };
        compiler.object(settings, &mut "settings".to_owned());
        compiler.finish()
    }

    /// Whether any text may name a template: such settings have to be compiled anew when templates change.
    pub fn may_name_templates(settings: &Map<String, Value>) -> bool {
        settings.values().any(may_name_templates)
    }

    /// What their templates read.
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// The settings as JSON text. Borrowed, and no work, if there is no template in them.
    pub fn render(&self, scope: &Scope<'_>) -> Result<Cow<'_, str>, RenderError> {
        if let [Piece::Json(json)] = self.pieces.as_slice() {
            return Ok(Cow::Borrowed(json));
        }
        let (contact, steps) =
            (Remembered::new(scope.contact, &self.reads.contact), Remembered::new(scope.steps, &self.reads.steps));
        let scope = Scope { payload: scope.payload, contact: &contact, steps: &steps };
        let work = Work::new(&self.config);
        let mut out = String::with_capacity(self.pieces.len() * 64);
        for piece in &self.pieces {
            match piece {
                Piece::Json(json) => out.push_str(json),
                Piece::Template { place, template } => {
                    push_template(&mut out, template, &scope, &work).map_err(|source| RenderError::of(source, place))?
                }
            }
            if out.len() > self.config.settings_bytes_max {
                return Err(RenderError::TooLong { bytes_max: self.config.settings_bytes_max });
            }
        }
        Ok(Cow::Owned(out))
    }

    /// The templates that read something of the payload that `sample` does not have, and have no default for it. A
    /// null sample is none: nothing is checked.
    pub fn check_sample(&self, sample: &Value) -> Vec<MappingFault> {
        if sample.is_null() {
            return Vec::new();
        }
        let scope = Scope { payload: sample, contact: &Nothing, steps: &Nothing };
        let work = Work::new(&self.config);
        let mut faults = Vec::new();
        for piece in &self.pieces {
            let Piece::Template { place, template } = piece else { continue };
            for expression in template.expressions().filter(|expression| expression.reads_payload()) {
                match expression.evaluate(&scope, &work) {
                    Ok(None) if !expression.has_default() => faults.push(MappingFault::new(
                        place,
                        format!("`{}` finds nothing in the sample; mend it, or add a default", expression.path()),
                    )),
                    Ok(_) => {}
                    Err(error) => faults.push(MappingFault::new(place, format!("with the sample: {error}"))),
                }
            }
        }
        faults
    }
}

struct Compiler<'a> {
    pieces: Vec<Piece>,
    /// What follows the last piece.
    json: String,
    /// How many there are in all templates so far.
    expressions: usize,
    reads: Reads,
    faults: Vec<MappingFault>,
    config: &'a Config,
    templates: Texts<'a>,
}

/// As deep as the document, whose nesting its parser bounds.
fn may_name_templates(value: &Value) -> bool {
    match value {
        Value::String(text) => Template::is_in(text) && text.contains("templates"),
        Value::Array(items) => items.iter().any(may_name_templates),
        Value::Object(members) => members.values().any(may_name_templates),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

impl Compiler<'_> {
    fn object(&mut self, members: &Map<String, Value>, place: &mut String) {
        self.json.push('{');
        for (index, (name, value)) in members.iter().enumerate() {
            if index > 0 {
                self.json.push(',');
            }
            push_json_text(&mut self.json, name);
            self.json.push(':');
            let outer = place.len();
            write_member(place, name).expect("a String takes every text");
            self.value(value, place);
            place.truncate(outer);
        }
        self.json.push('}');
    }

    fn array(&mut self, items: &[Value], place: &mut String) {
        self.json.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.json.push(',');
            }
            let outer = place.len();
            write!(place, "[{index}]").expect("a String takes every text");
            self.value(item, place);
            place.truncate(outer);
        }
        self.json.push(']');
    }

    fn value(&mut self, value: &Value, place: &mut String) {
        match value {
            Value::Object(members) => self.object(members, place),
            Value::Array(items) => self.array(items, place),
            Value::String(text) if Template::is_in(text) => {
                match Template::compile_with(text, self.config, self.templates) {
                    Ok(template) => self.template(place, template),
                    Err(message) => self.faults.push(MappingFault::new(place.as_str(), message)),
                }
            }
            Value::String(text) => push_json_text(&mut self.json, text),
            Value::Null | Value::Bool(_) | Value::Number(_) => {
                write!(self.json, "{value}").expect("a String takes every text");
            }
        }
    }

    fn template(&mut self, place: &str, template: Template) {
        for expression in template.expressions() {
            self.expressions += 1;
            expression.note_reads(&mut self.reads);
        }
        self.pieces.push(Piece::Json(std::mem::take(&mut self.json)));
        self.pieces.push(Piece::Template { place: place.to_owned(), template });
    }

    fn finish(mut self) -> Result<Settings, Vec<MappingFault>> {
        let expressions_max = self.config.expressions_max;
        if self.expressions > expressions_max {
            let message = format!("a step has at most {expressions_max} expressions, these are {}", self.expressions);
            self.faults.push(MappingFault::new("settings", message));
        }
        if self.faults.is_empty() {
            self.pieces.push(Piece::Json(self.json));
            Ok(Settings { pieces: self.pieces, reads: self.reads, config: *self.config })
        } else {
            Err(self.faults)
        }
    }
}

/// A template that is one expression keeps the type of its value; a missing value is an empty text.
fn push_template(
    out: &mut String,
    template: &Template,
    scope: &Scope<'_>,
    work: &Work<'_>,
) -> Result<(), ExpressionError> {
    let Some(expression) = template.whole() else {
        push_json_text(out, &template.render(scope, work)?);
        return Ok(());
    };
    let begin = out.len();
    match expression.evaluate(scope, work)? {
        Some(Datum::Text(text)) => push_json_text(out, &text),
        Some(datum) => write!(out, "{datum}").expect("a String takes every text"),
        None => out.push_str("\"\""),
    }
    let bytes_max = work.config().template_bytes_max;
    if out.len() - begin > bytes_max { Err(ExpressionError::TooLong { bytes_max }) } else { Ok(()) }
}

/// The text as a JSON string. Nothing is escaped but what JSON demands: settings are not HTML.
fn push_json_text(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
        out.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => write!(out, "\\u{control:04x}").expect("a String takes every text"),
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}
