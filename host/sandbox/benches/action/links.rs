//! What the bare side gives to the component: just so much that it links, and that the calls of the bench are answered.

use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, HasSelf, Linker, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::p2::bindings::{LinkOptions, http};
use wasmtime_wasi_http::{WasiHttp, WasiHttpCtxView};

use crate::bindings::hookbox::plugin::{log, messages, types};

/// The least state that the components link against.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) sent: Vec<String>,
    resources: ResourceTable,
    wasi: Option<WasiCtx>,
}

/// Links WASI, messages and the log; a call of anything else that the component imports ends the bench.
pub(crate) fn link(engine: &Engine, component: &Component) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    http::types::add_to_linker::<_, WasiHttp>(&mut linker, &LinkOptions::default().into(), no_http)?;
    http::outgoing_handler::add_to_linker::<_, WasiHttp>(&mut linker, no_http)?;
    messages::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    log::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    for interface in ["contacts", "lists", "conversations", "state"] {
        trap(&mut linker, component, &format!("hookbox:plugin/{interface}@1.0.0"))?;
    }
    Ok(linker)
}

fn no_http(_: &mut State) -> WasiHttpCtxView<'_> {
    unreachable!("a lead without a company is not asked about")
}

/// Links an interface, if the component imports it, with functions that end the call.
fn trap(linker: &mut Linker<State>, component: &Component, interface: &str) -> wasmtime::Result<()> {
    let engine = component.engine();
    let component_type = component.component_type();
    let Some(import) = component_type.get_import(engine, interface) else { return Ok(()) };
    let ComponentItem::ComponentInstance(imported) = import.ty else { return Ok(()) };
    let mut linked = linker.instance(interface)?;
    for (name, item) in imported.exports(engine) {
        if let ComponentItem::ComponentFunc(_) = item.ty {
            let told = format!("the bench has no {interface} {name}");
            linked.func_new(name, move |_, _, _, _| wasmtime::bail!("{told}"))?;
        }
    }
    Ok(())
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: self.wasi.get_or_insert_default(), table: &mut self.resources }
    }
}

impl messages::Host for State {
    fn send(&mut self, message: messages::Message) -> Result<String, types::Refusal> {
        self.sent.push(message.body);
        Ok("msg_00000000000000000000000000000000".into())
    }
}

impl log::Host for State {
    fn write(&mut self, _: log::Level, _: String) {}
}
