//! Templates: text with `{{path | filter}}` in it, compiled to parts and rendered in one pass.
//!
//! The syntax is minijinja's and its parser reads it; its interpreter is not used. The tree is closed to the one form
//! when it is compiled (see `syntax`), so there is nothing to interpret: rendering copies texts and looks values up.
//! A value that looks like a template is a value; nothing reads it again.

mod syntax;

use std::fmt::Write as _;

use crate::Config;
use crate::datum::Datum;
use crate::path::{Key, Path, write_member};
use crate::scope::{Reads, Scope};
use crate::transform::{Transform, TransformError, apply_all};
use crate::work::Work;

/// A compiled template.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Expression(Expression),
}

/// What stands between `{{` and `}}`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expression {
    root: Root,
    /// What follows the root, or its first name.
    path: Path,
    filters: Vec<Transform>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Root {
    Payload,
    Contact(String),
    Step(String),
}

/// The texts that a workspace keeps, by name.
pub(crate) type Texts<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What a template may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Roots {
    /// `payload`, `contact` and `steps`: settings.
    All,
    /// `payload`: mappings, which are what makes the contact.
    Payload,
}

/// An expression could not be rendered. The messages never show a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// A filter failed.
    #[error("{filter} failed on `{path}`: {source}")]
    Filter {
        /// The path it was applied to.
        path: String,
        /// The filter's name.
        filter: &'static str,
        /// Why.
        source: TransformError,
    },
    /// The text is longer than a template may render.
    #[error("it renders to more than {bytes_max} bytes")]
    TooLong {
        /// The most it may be.
        bytes_max: usize,
    },
}

impl ExpressionError {
    /// The budget in bytes, if it was used up.
    pub(crate) fn too_much_work(&self) -> Option<usize> {
        match self {
            Self::Filter { source: TransformError::TooMuchWork { bytes_max }, .. } => Some(*bytes_max),
            Self::Filter { .. } | Self::TooLong { .. } => None,
        }
    }
}

impl Template {
    /// Whether a text has anything to compile.
    pub(crate) fn is_in(text: &str) -> bool {
        text.contains("{{") || text.contains("{%")
    }

    pub(crate) fn compile(text: &str, roots: Roots, config: &Config) -> Result<Self, String> {
        Ok(Self { parts: syntax::parse(text, roots, config, None)? })
    }

    /// As [`Self::compile`] for settings, with `{{templates.name}}` replaced by what the texts of that name say.
    pub(crate) fn compile_with(text: &str, config: &Config, templates: Texts<'_>) -> Result<Self, String> {
        Ok(Self { parts: syntax::parse(text, Roots::All, config, Some(templates))? })
    }

    /// The expression, if there is nothing else; its value keeps its type.
    pub(crate) fn whole(&self) -> Option<&Expression> {
        match self.parts.as_slice() {
            [Part::Expression(expression)] => Some(expression),
            _ => None,
        }
    }

    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Expression(expression) => Some(expression),
        })
    }

    /// The rendered text. A missing value is empty.
    pub(crate) fn render(&self, scope: &Scope<'_>, work: &Work<'_>) -> Result<String, ExpressionError> {
        let bytes_max = work.config().template_bytes_max;
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Expression(expression) => match expression.evaluate(scope, work)? {
                    Some(Datum::Text(text)) => out.push_str(&text),
                    Some(datum) => write!(out, "{datum}").expect("a String takes every text"),
                    None => {}
                },
            }
            if out.len() > bytes_max {
                return Err(ExpressionError::TooLong { bytes_max });
            }
        }
        Ok(out)
    }
}

impl Expression {
    /// The value after its filters; `None` if it is missing or null.
    pub(crate) fn evaluate<'a>(
        &'a self,
        scope: &Scope<'a>,
        work: &Work<'_>,
    ) -> Result<Option<Datum<'a>>, ExpressionError> {
        // Filters that need a country name one: `syntax` sees to it.
        apply_all(&self.filters, self.look_up(scope), "", work).map_err(|(index, source)| ExpressionError::Filter {
            path: self.path(),
            filter: self.filters[index].name(),
            source,
        })
    }

    /// Whether a missing value is provided for.
    pub(crate) fn has_default(&self) -> bool {
        self.filters.iter().any(|filter| matches!(filter, Transform::Default(_)))
    }

    /// Whether the value is part of the payload, and hence of a sample.
    pub(crate) fn reads_payload(&self) -> bool {
        self.root == Root::Payload
    }

    /// Notes what it reads of the contact or of steps.
    pub(crate) fn note_reads(&self, reads: &mut Reads) {
        match &self.root {
            Root::Payload => reads.payload = true,
            Root::Contact(name) => drop(reads.contact.insert(name.clone())),
            Root::Step(name) => drop(reads.steps.insert(name.clone())),
        }
    }

    /// The path as it is written, without filters.
    pub(crate) fn path(&self) -> String {
        let (mut out, name) = match &self.root {
            Root::Payload => ("payload".to_owned(), None),
            Root::Contact(name) => ("contact".to_owned(), Some(name)),
            Root::Step(name) => ("steps".to_owned(), Some(name)),
        };
        if let Some(name) = name {
            write_member(&mut out, name).expect("a String takes every text");
        }
        out + &self.path.to_string()
    }

    fn look_up<'a>(&'a self, scope: &Scope<'a>) -> Option<Datum<'a>> {
        let found = match &self.root {
            Root::Payload => return self.path.find(scope.payload).and_then(Datum::of),
            Root::Contact(name) => scope.contact.look_up(name),
            Root::Step(name) => scope.steps.look_up(name),
        };
        self.path.0.iter().try_fold(found?, |datum, key: &Key| datum.child(key))
    }
}
