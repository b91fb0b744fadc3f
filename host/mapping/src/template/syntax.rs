//! Reads a template with minijinja's lexer and parser, and closes the language to `{{path | filter}}`.
//!
//! The tokens are looked at first: blocks are refused by name, and long expressions before the parser builds a deep
//! tree of them, whose mere removal would exhaust the stack.

use minijinja::machinery::ast::{CallArg, Expr, Filter, Stmt, UnaryOpKind};
use minijinja::machinery::{Token, parse as parse_template, tokenize};
use minijinja::syntax::SyntaxConfig;
use serde_json::Value;

use super::{Expression, Part, Root, Roots, Texts};
use crate::Config;
use crate::path::{Key, Path};
use crate::transform::Transform;

/// The most tokens (names, dots, bars, texts, brackets) between `{{` and `}}`. A long path with three filters has 30.
const TOKENS_MAX: usize = 100;

pub(super) fn parse(text: &str, roots: Roots, config: &Config, texts: Option<Texts<'_>>) -> Result<Vec<Part>, String> {
    if text.len() > config.template_source_bytes_max {
        return Err(format!("the template is longer than {} bytes", config.template_source_bytes_max));
    }
    let syntax = syntax();
    only_expressions(text, &syntax)?;
    let template = parse_template(text, "template", syntax).map_err(|error| unreadable(&error))?;
    let Stmt::Template(template) = template else {
        return Err(refused("something else"));
    };
    let mut parts = Vec::with_capacity(template.children.len());
    for statement in &template.children {
        match (kept(statement)?, texts) {
            (None, _) => parts.push(part(statement, roots, config)?),
            (Some(name), None) => {
                return Err(format!(
                    "templates.{name} cannot stand here; templates stand in settings, not in templates"
                ));
            }
            (Some(name), Some(texts)) => {
                let text = texts(name).ok_or_else(|| {
                    format!("there is no template {name:?} in this workspace; add it or mend its name")
                })?;
                let spliced = parse(&text, roots, config, None);
                parts.extend(spliced.map_err(|message| format!("in the template {name:?}: {message}"))?);
            }
        }
    }
    Ok(parts)
}

/// The name in `{{templates.name}}`, if that is what the statement is.
fn kept<'s>(statement: &'s Stmt<'_>) -> Result<Option<&'s str>, String> {
    let Stmt::EmitExpr(emit) = statement else { return Ok(None) };
    let mut tree = &emit.expr;
    let mut name = None;
    let mut plain = true;
    loop {
        match tree {
            Expr::Filter(call) if call.expr.is_some() => {
                plain = false;
                tree = call.expr.as_ref().ok_or_else(|| refused("a filter without a path"))?;
            }
            Expr::GetAttr(member) => {
                plain &= name.is_none();
                name = Some(member.name);
                tree = &member.expr;
            }
            Expr::GetItem(item) => {
                plain &= name.is_none();
                name = match &item.subscript_expr {
                    Expr::Const(constant) => constant.value.as_str(),
                    _ => None,
                };
                tree = &item.expr;
            }
            Expr::Var(variable) if variable.id == "templates" => {
                return match name.filter(|_| plain) {
                    Some(name) => Ok(Some(name)),
                    None => Err(refused("templates; write {{templates.name}} and nothing more")),
                };
            }
            _ => return Ok(None),
        }
    }
}

/// Jinja's delimiters, except that `{#` is a text like any other: no comment takes a piece out of a message.
fn syntax() -> SyntaxConfig {
    SyntaxConfig::builder()
        .comment_delimiters("{\u{1}#", "#\u{1}}")
        .keep_trailing_newline(true)
        .build()
        .expect("the delimiters differ from each other")
}

fn only_expressions(text: &str, syntax: &SyntaxConfig) -> Result<(), String> {
    let mut tokens_since_open = 0;
    let mut in_block = false;
    for token in tokenize(text, false, syntax.clone()) {
        let (token, _) = token.map_err(|error| unreadable(&error))?;
        match token {
            Token::BlockStart => in_block = true,
            Token::Ident(name) if in_block => return Err(refused(&format!("{{% {name} %}}"))),
            Token::VariableStart => tokens_since_open = 0,
            _ if in_block => return Err(refused("{% … %}")),
            _ => tokens_since_open += 1,
        }
        if tokens_since_open > TOKENS_MAX {
            return Err(refused("an expression that is too long"));
        }
    }
    Ok(())
}

fn unreadable(error: &minijinja::Error) -> String {
    let line = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
    format!("the template cannot be read{line}: {}", error.detail().unwrap_or("syntax error"))
}

fn refused(found: &str) -> String {
    format!("only {{{{path | filter}}}} is allowed here; found {found}")
}

fn part(statement: &Stmt<'_>, roots: Roots, config: &Config) -> Result<Part, String> {
    match statement {
        Stmt::EmitRaw(text) => Ok(Part::Text(text.raw.to_owned())),
        Stmt::EmitExpr(emit) => expression(&emit.expr, roots, config).map(Part::Expression),
        _ => Err(refused("a block")),
    }
}

fn expression(mut tree: &Expr<'_>, roots: Roots, config: &Config) -> Result<Expression, String> {
    let mut filters = Vec::new();
    while let Expr::Filter(call) = tree {
        filters.push(filter(call)?);
        tree = call.expr.as_ref().ok_or_else(|| refused("a filter without a path"))?;
    }
    if filters.len() > config.transforms_max {
        return Err(format!("an expression has at most {} filters", config.transforms_max));
    }
    filters.reverse();
    let mut keys = Vec::new();
    let name = loop {
        match tree {
            Expr::Var(variable) => break variable.id,
            Expr::GetAttr(member) => {
                keys.push(Key::Name(member.name.to_owned()));
                tree = &member.expr;
            }
            Expr::GetItem(item) => {
                keys.push(key(&item.subscript_expr)?);
                tree = &item.expr;
            }
            other => return Err(refused(kind(other))),
        }
    };
    keys.reverse();
    let (root, path) = root(name, keys, roots)?;
    Ok(Expression { root, path, filters })
}

fn root(name: &str, mut keys: Vec<Key>, roots: Roots) -> Result<(Root, Path), String> {
    match (name, roots) {
        ("payload", Roots::All | Roots::Payload) => return Ok((Root::Payload, Path(keys))),
        ("contact" | "steps", Roots::All) => {}
        (_, Roots::All) => return Err(format!("a path begins with payload, contact or steps; found {name}")),
        (_, Roots::Payload) => return Err(format!("a path begins with payload here; found {name}")),
    }
    if !matches!(keys.first(), Some(Key::Name(_))) {
        return Err(format!("{name} needs a name: {name}.first_name or {name}[\"first name\"]"));
    }
    let Key::Name(first) = keys.remove(0) else {
        return Err(refused("an index"));
    };
    let root = if name == "contact" { Root::Contact(first) } else { Root::Step(first) };
    Ok((root, Path(keys)))
}

fn key(subscript: &Expr<'_>) -> Result<Key, String> {
    let Expr::Const(constant) = subscript else {
        return Err(refused("a computed index; write a number or a text in quotes"));
    };
    if let Some(name) = constant.value.as_str() {
        return Ok(Key::Name(name.to_owned()));
    }
    constant.value.as_usize().map(Key::Index).ok_or_else(|| refused("an index that is neither a number nor a text"))
}

fn filter(call: &Filter<'_>) -> Result<Transform, String> {
    let arguments = call.args.iter().map(argument).collect::<Result<Vec<_>, _>>()?;
    match Transform::from_call(call.name, &arguments)? {
        Transform::E164(None) => Err("e164 needs a country in a template: e164(\"US\")".to_owned()),
        transform => Ok(transform),
    }
}

fn argument(argument: &CallArg<'_>) -> Result<Value, String> {
    match argument {
        CallArg::Pos(tree) => constant(tree),
        CallArg::Kwarg(name, _) => Err(refused(&format!("the named argument {name}"))),
        CallArg::PosSplat(_) | CallArg::KwargSplat(_) => Err(refused("`*` in the arguments")),
    }
}

/// A text, a number (also a negative one), `true` or `false`; nothing is computed.
fn constant(tree: &Expr<'_>) -> Result<Value, String> {
    let value = match tree {
        Expr::Const(constant) => Some(constant.value.clone()),
        Expr::UnaryOp(minus) if matches!((&minus.op, &minus.expr), (UnaryOpKind::Neg, Expr::Const(_))) => {
            tree.as_const()
        }
        _ => None,
    };
    let value = value.ok_or_else(|| refused(&format!("{} as an argument; write a constant", kind(tree))))?;
    serde_json::to_value(value).map_err(|_| refused("an argument that is not JSON"))
}

fn kind(tree: &Expr<'_>) -> &'static str {
    match tree {
        Expr::Var(_) | Expr::GetAttr(_) | Expr::GetItem(_) => "a path",
        Expr::Const(_) => "a constant",
        Expr::Slice(_) => "a slice",
        Expr::UnaryOp(_) | Expr::BinOp(_) | Expr::Compare(_) => "an operator",
        Expr::IfExpr(_) => "an if",
        Expr::Filter(_) => "a filter",
        Expr::Test(_) => "a test",
        Expr::Call(_) => "a function call",
        Expr::List(_) | Expr::Tuple(_) => "a list",
        Expr::Map(_) => "a map",
    }
}
