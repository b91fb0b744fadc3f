//! How the types of a component differ from the contract: which function, as the component has it and as the contract has it.
//!
//! wasmtime says which function does not fit; the signatures are put beside that, because its own words for a difference deep in
//! a type do not say what to change.

use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::{ComponentFunc, ComponentItem, Type};

use crate::compile::message_of;
use crate::report::Fault;

/// The contract, as its file says it.
const CONTRACT: &str = include_str!("../../../wit/plugin.wit");

/// The longest signature that is shown, in bytes.
const SIGNATURE_BYTES_MAX: usize = 400;

/// How deep a type is written out.
const DEPTH_MAX: u32 = 4;

/// The fault of a component that cannot be linked, for which wasmtime reported `error`.
pub(crate) fn fault(engine: &Engine, component: &Component, error: &wasmtime::Error) -> Fault {
    let said = message_of(error);
    let mend = "build it again with the hookbox:plugin and WASI files that this version of the SDK has";
    let Some(place) = Place::of(&said) else {
        return Fault::new("type-mismatch", format!("it does not fit the contract hookbox:plugin: {said}"), mend);
    };
    let of_it = place.signature_in(engine, component);
    let of_contract = place.interface.map_or_else(|| exported(place.function), |name| imported(name, place.function));
    let mut message = format!("{} does not fit the contract hookbox:plugin: {said}", place.describe());
    for (whose, signature) in [("the component has", of_it.as_deref()), ("the contract has", of_contract)] {
        if let Some(signature) = signature {
            message = format!("{message}; {whose} `{signature}`");
        }
    }
    Fault::new("type-mismatch", message, mend)
}

/// The function that does not fit.
struct Place<'a> {
    /// The imported interface; an exported function of the world when absent.
    interface: Option<&'a str>,
    function: &'a str,
}

impl<'a> Place<'a> {
    /// Reads the names out of wasmtime's message; the tests pin its form.
    fn of(said: &'a str) -> Option<Self> {
        let after = |text: &'a str, front: &str| text.split_once(front)?.1.split('`').next();
        if let Some(function) = after(said, "type-checking export func `").or_else(|| after(said, "export `")) {
            let interface = after(said, "component imports instance `");
            return Some(Self { interface, function });
        }
        None
    }

    fn describe(&self) -> String {
        match self.interface {
            Some(interface) => format!("the import {} of {interface}", self.function),
            None => format!("the export {}", self.function),
        }
    }

    fn signature_in(&self, engine: &Engine, component: &Component) -> Option<String> {
        let world = component.component_type();
        let item = match self.interface {
            None => world.get_export(engine, self.function)?.ty,
            Some(interface) => match world.get_import(engine, interface)?.ty {
                ComponentItem::ComponentInstance(instance) => instance.get_export(engine, self.function)?.ty,
                _ => return None,
            },
        };
        match item {
            ComponentItem::ComponentFunc(function) => Some(signature(&function)),
            _ => None,
        }
    }
}

/// A function of an imported interface, as the contract has it; nothing for WASI.
fn imported<'a>(interface: &str, function: &str) -> Option<&'a str> {
    let name = interface.strip_prefix("hookbox:plugin/")?.split('@').next()?;
    let block = CONTRACT.split_once(&format!("\ninterface {name} {{"))?.1.split_once("\n}")?.0;
    declared(block, &format!("{function}: "))
}

/// A function that every plugin exports, as the contract has it.
fn exported<'a>(function: &str) -> Option<&'a str> {
    declared(CONTRACT, &format!("export {function}: "))
}

fn declared<'a>(block: &'a str, front: &str) -> Option<&'a str> {
    block.lines().find_map(|line| line.trim().strip_prefix(front)?.strip_suffix(';'))
}

/// A function's type as WIT would write it, records and the like written out.
fn signature(function: &ComponentFunc) -> String {
    let mut text = String::from("func(");
    for (n, (name, of)) in function.params().enumerate() {
        let comma = if n > 0 { ", " } else { "" };
        text += &format!("{comma}{name}: ");
        write_type(&mut text, &of, DEPTH_MAX);
    }
    text.push(')');
    for of in function.results() {
        text += " -> ";
        write_type(&mut text, &of, DEPTH_MAX);
    }
    if text.len() > SIGNATURE_BYTES_MAX {
        text.truncate(text.floor_char_boundary(SIGNATURE_BYTES_MAX));
        text.push('…');
    }
    text
}

fn write_type(text: &mut String, of: &Type, depth_left: u32) {
    // Types are the guest's: neither deep nor wide ones may take long.
    let Some(depth_left) = depth_left.checked_sub(1).filter(|_| text.len() <= SIGNATURE_BYTES_MAX) else {
        text.push('…');
        return;
    };
    let optional = |of: Option<Type>| of.map_or_else(|| "_".to_owned(), |of| written(&of, depth_left));
    let joined = |names: Vec<String>| names.join(", ");
    // Names are cut off here; what is longer is not shown anyway.
    let most = SIGNATURE_BYTES_MAX / 4;
    *text += &match of {
        Type::Bool => "bool".into(),
        Type::S8 => "s8".into(),
        Type::U8 => "u8".into(),
        Type::S16 => "s16".into(),
        Type::U16 => "u16".into(),
        Type::S32 => "s32".into(),
        Type::U32 => "u32".into(),
        Type::S64 => "s64".into(),
        Type::U64 => "u64".into(),
        Type::Float32 => "f32".into(),
        Type::Float64 => "f64".into(),
        Type::Char => "char".into(),
        Type::String => "string".into(),
        Type::List(list) => format!("list<{}>", written(&list.ty(), depth_left)),
        Type::Option(option) => format!("option<{}>", written(&option.ty(), depth_left)),
        Type::Result(result) => match (result.ok(), result.err()) {
            (None, None) => "result".into(),
            (ok, None) => format!("result<{}>", optional(ok)),
            (ok, err) => format!("result<{}, {}>", optional(ok), optional(err)),
        },
        Type::Tuple(tuple) => {
            format!("tuple<{}>", joined(tuple.types().take(most).map(|of| written(&of, depth_left)).collect()))
        }
        Type::Record(record) => {
            let fields =
                record.fields().take(most).map(|field| format!("{}: {}", field.name, written(&field.ty, depth_left)));
            format!("record {{ {} }}", joined(fields.collect()))
        }
        Type::Variant(variant) => {
            let cases = variant.cases().take(most).map(|case| match case.ty {
                Some(of) => format!("{}({})", case.name, written(&of, depth_left)),
                None => case.name.to_owned(),
            });
            format!("variant {{ {} }}", joined(cases.collect()))
        }
        Type::Enum(names) => format!("enum {{ {} }}", joined(names.names().take(most).map(str::to_owned).collect())),
        Type::Flags(names) => format!("flags {{ {} }}", joined(names.names().take(most).map(str::to_owned).collect())),
        Type::Own(_) => "resource".into(),
        Type::Borrow(_) => "borrow<resource>".into(),
        Type::Map(map) => format!("map<{}, {}>", written(&map.key(), depth_left), written(&map.value(), depth_left)),
        Type::FixedLengthList(list) => format!("list<{}, {}>", written(&list.ty(), depth_left), list.len()),
        Type::Future(_) => "future".into(),
        Type::Stream(_) => "stream".into(),
        Type::ErrorContext => "error-context".into(),
    };
}

fn written(of: &Type, depth_left: u32) -> String {
    let mut text = String::new();
    write_type(&mut text, of, depth_left);
    text
}

#[cfg(test)]
mod tests {
    use super::{exported, imported};

    #[test]
    fn every_function_of_the_contract_is_found_in_it() {
        for (interface, function, expected) in [
            ("hookbox:plugin/lists@1.0.0", "add", "func(name: string) -> result<_, refusal>"),
            ("hookbox:plugin/contacts@1.0.7", "set-field", "func(name: string, value: string) -> result<_, refusal>"),
            ("hookbox:plugin/state@1.0.0", "increment", "func(key: string, by: s64) -> result<s64, refusal>"),
            ("hookbox:plugin/messages@1.0.0", "send", "func(message: message) -> result<string, refusal>"),
            ("hookbox:plugin/log@1.0.0", "write", "func(level: level, message: string)"),
        ] {
            assert_eq!(imported(interface, function), Some(expected), "{interface} {function}");
        }
        assert_eq!(exported("run"), Some("func(call: invocation) -> result<outcome, failure>"));
        assert_eq!(exported("describe"), Some("func() -> manifest"));
        assert_eq!(imported("wasi:io/poll@0.2.0", "poll"), None);
        assert_eq!(imported("hookbox:plugin/lists@1.0.0", "send"), None, "it is in another interface");
    }
}
