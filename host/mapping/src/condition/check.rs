//! What a condition may say, looked at when it is compiled.

use std::collections::BTreeSet;

use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, LiteralValue};
use cel::parser::Expression;

use crate::Config;
use crate::scope::Reads;

/// What a condition may call besides operators. Regular expressions are not among them: compiling one can cost far more
/// than everything else here.
const FUNCTIONS: [&str; 20] = [
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "int",
    "uint",
    "double",
    "string",
    "bool",
    "timestamp",
    "duration",
    "getFullYear",
    "getMonth",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getHours",
    "getMinutes",
    "getSeconds",
    "dyn",
];

/// What a condition names.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The members of the payload.
    pub(super) payload: BTreeSet<String>,
    /// Whether the payload is named as a whole.
    pub(super) whole_payload: bool,
    /// What of the contact and of steps, and whether anything of the payload.
    pub(super) reads: Reads,
    pub(super) now: bool,
    /// How many parts the expression has: so often may one byte be looked at.
    pub(super) parts: usize,
}

/// Refuses what would be a deep tree before the parser builds it. Marks in quoted texts count too: that is simple and safe.
pub(super) fn affordable(text: &str, config: &Config) -> Result<(), String> {
    if text.len() > config.condition_bytes_max {
        return Err(format!("a condition is at most {} bytes", config.condition_bytes_max));
    }
    let marks = text.bytes().filter(|byte| byte.is_ascii_punctuation() && !matches!(byte, b'_' | b'"' | b'\'')).count();
    if marks > config.condition_marks_max {
        return Err(format!("a condition has at most {} operators, dots and brackets", config.condition_marks_max));
    }
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    if deepest > config.condition_nesting_max {
        return Err(format!("a condition nests at most {} brackets", config.condition_nesting_max));
    }
    Ok(())
}

/// What the expression names, if it says nothing that is not allowed.
pub(super) fn names(expression: &Expression) -> Result<Names, String> {
    let mut walk = Walk { names: Names::default(), bound: Vec::new(), looping: false };
    walk.expression(expression)?;
    let mut names = walk.names;
    names.reads.payload = names.whole_payload || !names.payload.is_empty();
    Ok(names)
}

struct Walk<'e> {
    names: Names,
    /// The variables of the comprehension around.
    bound: Vec<&'e str>,
    /// Within a comprehension, or in what it goes through.
    looping: bool,
}

impl<'e> Walk<'e> {
    fn expression(&mut self, expression: &'e Expression) -> Result<(), String> {
        self.names.parts += 1;
        match &expression.expr {
            Expr::Literal(_) => Ok(()),
            Expr::Ident(name) => self.alone(name),
            Expr::Select(select) => match self.root(&select.operand) {
                Some(root) => self.member(root, &select.field),
                None => self.expression(&select.operand),
            },
            Expr::Call(call) => {
                let operator = call.func_name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                if !operator && !FUNCTIONS.contains(&&*call.func_name) {
                    return Err(format!(
                        "there is no function `{}`; there are {}",
                        call.func_name,
                        FUNCTIONS.join(", ")
                    ));
                }
                if let ("_[_]", [container, key]) = (&*call.func_name, call.args.as_slice())
                    && let (Some(root), Expr::Literal(LiteralValue::String(name))) = (self.root(container), &key.expr)
                {
                    return self.member(root, name.inner());
                }
                call.target.iter().try_for_each(|target| self.expression(target))?;
                call.args.iter().try_for_each(|argument| self.expression(argument))
            }
            Expr::List(list) => list.elements.iter().try_for_each(|element| self.expression(element)),
            Expr::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => {
                    self.expression(&entry.key)?;
                    self.expression(&entry.value)
                }
                EntryExpr::StructField(_) => Err(NO_TYPES.to_owned()),
            }),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
            Expr::Struct(_) | Expr::Unspecified => Err(NO_TYPES.to_owned()),
        }
    }

    /// `payload`, `contact` or `steps`, if that is what the expression is.
    fn root(&self, expression: &'e Expression) -> Option<&'e str> {
        match &expression.expr {
            Expr::Ident(name) if matches!(name.as_str(), "payload" | "contact" | "steps") => {
                (!self.bound.contains(&name.as_str())).then_some(name.as_str())
            }
            _ => None,
        }
    }

    fn member(&mut self, root: &str, name: &str) -> Result<(), String> {
        self.names.parts += 1;
        let members = match root {
            "payload" => &mut self.names.payload,
            "contact" => &mut self.names.reads.contact,
            _ => &mut self.names.reads.steps,
        };
        members.insert(name.to_owned());
        Ok(())
    }

    fn alone(&mut self, name: &str) -> Result<(), String> {
        match name {
            _ if self.bound.contains(&name) || name.starts_with('@') => {}
            "payload" => self.names.whole_payload = true,
            "now" => self.names.now = true,
            "contact" | "steps" => return Err(format!("`{name}` needs a name: `{name}.first_name`")),
            _ => return Err(format!("there is no `{name}`; a condition reads payload, contact, steps and now")),
        }
        Ok(())
    }

    fn comprehension(&mut self, comprehension: &'e ComprehensionExpr) -> Result<(), String> {
        if self.looping {
            return Err("`all`, `exists`, `map` and `filter` stand neither within nor upon each other".to_owned());
        }
        self.looping = true;
        self.expression(&comprehension.iter_range)?;
        self.bound.push(&comprehension.iter_var);
        self.bound.extend(comprehension.iter_var2.as_deref());
        self.expression(&comprehension.accu_init)?;
        self.expression(&comprehension.loop_cond)?;
        self.expression(&comprehension.loop_step)?;
        self.expression(&comprehension.result)?;
        self.bound.clear();
        self.looping = false;
        Ok(())
    }
}

const NO_TYPES: &str = "a condition makes no values of named types";
