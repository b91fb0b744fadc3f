//! Conditions of steps: one CEL expression over `payload`, `contact`, `steps` and `now` that is true or false.
//!
//! The language is closed when it is compiled: known names and functions, no regular expressions, no comprehension within
//! or upon another. What an evaluation reads is charged as bytes times the size of the expression, so that its cost is
//! bounded whatever the payload holds. Only what the expression names is converted.

mod check;
mod reader;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use cel::common::types::CelBool;
use cel::parser::{Expression, Parser};
use cel::{Context, Env, ExecutionError, Value};

use crate::scope::{Reads, Scope};
use crate::{Config, MappingFault};
use check::Names;
use reader::Reader;

/// The functions and types of CEL; built once.
static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// A compiled condition. Immutable; share it in an `Arc`.
#[derive(Debug)]
pub struct Condition {
    text: String,
    expression: Expression,
    names: Names,
    work_bytes_max: usize,
}

/// A condition is neither true nor false. Trying again changes nothing until the condition or the sender is mended. The
/// messages never show a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// Something it reads is not there, or of another kind than it takes.
    #[error("the condition cannot be evaluated: {why}")]
    Failed {
        /// Why, without values.
        why: String,
    },
    /// It gives something else than true or false.
    #[error("the condition gives neither true nor false; compare the value with something")]
    NotBoolean,
    /// It goes through too much.
    #[error(
        "the condition may go through {bytes_max} bytes and would go through more; let it read less of the payload"
    )]
    TooMuchWork {
        /// The most it may go through.
        bytes_max: usize,
    },
}

impl Condition {
    /// Compiles a condition; the fault's place is `when`.
    pub fn compile(text: &str, config: &Config) -> Result<Self, MappingFault> {
        let fault = |message: String| MappingFault::new("when", message);
        check::affordable(text, config).map_err(fault)?;
        let nesting_max = u16::try_from(config.condition_nesting_max).unwrap_or(u16::MAX);
        let parsed = catch_unwind(|| Parser::default().max_recursion_depth(nesting_max).parse(text));
        let expression = match parsed {
            Ok(Ok(expression)) => expression,
            Ok(Err(errors)) => {
                let why = errors.errors.first().map_or_else(String::new, |error| format!(": {}", error.msg));
                return Err(fault(format!("this is not a CEL expression{why}; write it like `payload.total > 100`")));
            }
            Err(_) => return Err(fault("this cannot be read as a CEL expression".to_owned())),
        };
        let names = check::names(&expression).map_err(fault)?;
        Ok(Self { text: text.to_owned(), expression, names, work_bytes_max: config.condition_work_bytes_max })
    }

    /// What it names, also where an evaluation may not come to.
    pub fn reads(&self) -> &Reads {
        &self.names.reads
    }

    /// Whether it is true. `now_ms` is the time in milliseconds since 1970.
    pub fn evaluate(&self, scope: &Scope<'_>, now_ms: u64) -> Result<bool, ConditionError> {
        let reader = Reader::new(scope, &self.names, self.work_bytes_max);
        let result = catch_unwind(AssertUnwindSafe(|| self.result(&reader, now_ms)));
        if reader.exhausted() {
            return Err(ConditionError::TooMuchWork { bytes_max: self.work_bytes_max });
        }
        match result {
            Ok(Ok(Some(truth))) => Ok(truth),
            Ok(Ok(None)) => Err(ConditionError::NotBoolean),
            Ok(Err(error)) => Err(ConditionError::Failed { why: without_values(&error, &self.text) }),
            Err(_) => Err(ConditionError::Failed { why: "its values cannot be computed".to_owned() }),
        }
    }

    fn result(&self, reader: &Reader<'_>, now_ms: u64) -> Result<Option<bool>, ExecutionError> {
        let mut context = Context::with_env(ENV.clone());
        context.set_variable_resolver(reader);
        if self.names.now {
            context.add_variable_from_value("now", moment(now_ms)?);
        }
        let result = Value::resolve_val(&self.expression, &context)?;
        Ok(result.downcast_ref::<CelBool>().map(|truth| *truth.inner()))
    }
}

/// The time as CEL has it.
fn moment(now_ms: u64) -> Result<Value, ExecutionError> {
    static MOMENT: LazyLock<Option<Expression>> =
        LazyLock::new(|| Parser::default().parse("timestamp(seconds) + duration(rest)").ok());
    let mut context = Context::with_env(ENV.clone());
    context.add_variable_from_value("seconds", i64::try_from(now_ms / 1_000).unwrap_or(i64::MAX));
    context.add_variable_from_value("rest", format!("{}ms", now_ms % 1_000));
    match &*MOMENT {
        Some(expression) => Value::resolve(expression, &context),
        None => Err(ExecutionError::undeclared_reference("now")),
    }
}

/// What went wrong, by types and by names that stand in the condition: a key may be a value of the payload.
fn without_values(error: &ExecutionError, text: &str) -> String {
    match error {
        ExecutionError::NoSuchKey(key) if !text.contains(key.as_str()) => {
            "an object has no member of a name that is computed; ask with `in` first".to_owned()
        }
        ExecutionError::NoSuchKey(name) => format!("there is no `{name}`; ask with `has(…)` first"),
        ExecutionError::UndeclaredReference(name) => format!("there is no `{name}`; ask with `has(…)` first"),
        ExecutionError::NoSuchOverload(error) => error.to_string(),
        ExecutionError::UnexpectedType { got, want } => format!("a {want} is wanted where a {got} is"),
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "a division by zero".to_owned(),
        ExecutionError::Overflow(..) => "a number grows too large".to_owned(),
        ExecutionError::IndexOutOfBounds(_) => "an array is shorter than the index says".to_owned(),
        ExecutionError::UnsupportedBinaryOperator(operator, ..) => format!("{operator} does not take these types"),
        ExecutionError::FunctionError { function, .. } => format!("`{function}` cannot read its argument"),
        _ => "its values have kinds that it does not take".to_owned(),
    }
}
