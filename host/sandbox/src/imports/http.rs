//! `wasi:http`, outgoing: the library's functions, with ours where a guest's header fields take memory.
//!
//! The library bounds one set of fields and not how many there are; a guest may hold ten thousand. So the functions that make
//! fields larger charge what they add, and end the call past the limit.

use hookbox_model::WorkspaceId;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p2::HeaderResult;
use wasmtime_wasi_http::p2::bindings::http::types::{HeaderError as FieldsRefusal, Host, HostFields};
use wasmtime_wasi_http::p2::bindings::{LinkOptions, http};
use wasmtime_wasi_http::{FieldMap, WasiHttp, WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::http::{Around, HttpCall};
use crate::state::GuestState;

/// The interface as the library links it.
const TYPES: &str = "wasi:http/types@0.2.12";

/// What a header field costs besides its texts, in bytes.
const FIELD_BYTES: usize = 72;

/// The workspace of `describe`, which may call nothing.
const NOBODY: WorkspaceId = WorkspaceId::from_bytes([0; 16]);

/// What a guest is answered: a refusal is its to handle, an error ends the call.
type Answer<T> = wasmtime::Result<(Result<T, FieldsRefusal>,)>;

/// Links `wasi:http/types` and `outgoing-handler`.
pub(super) fn link(linker: &mut Linker<GuestState>) -> wasmtime::Result<()> {
    http::outgoing_handler::add_to_linker::<_, WasiHttp>(linker, GuestState::http)?;
    http::types::add_to_linker::<_, WasiHttp>(linker, &LinkOptions::default().into(), GuestState::http)?;
    linker.allow_shadowing(true);
    let linked = link_fields(linker);
    linker.allow_shadowing(false);
    linked
}

fn link_fields(linker: &mut Linker<GuestState>) -> wasmtime::Result<()> {
    let mut types = linker.instance(TYPES)?;
    types.func_wrap("[static]fields.from-list", from_list)?;
    types.func_wrap("[method]fields.set", set)?;
    types.func_wrap("[method]fields.append", append)?;
    types.func_wrap("[method]fields.clone", clone)
}

type Entries = Vec<(String, Vec<u8>)>;

fn from_list(mut store: StoreContextMut<'_, GuestState>, (entries,): (Entries,)) -> Answer<Resource<FieldMap>> {
    let state = store.data_mut();
    charge(state, entries.iter().map(|(name, value)| name.len() + value.len() + FIELD_BYTES).sum())?;
    let made = HostFields::from_list(&mut state.http(), entries);
    answer(state, made)
}

fn set(
    mut store: StoreContextMut<'_, GuestState>,
    (fields, name, values): (Resource<FieldMap>, String, Vec<Vec<u8>>),
) -> Answer<()> {
    let state = store.data_mut();
    charge(state, name.len() + values.iter().map(|value| value.len() + FIELD_BYTES).sum::<usize>())?;
    let done = HostFields::set(&mut state.http(), fields, name, values);
    answer(state, done)
}

fn append(
    mut store: StoreContextMut<'_, GuestState>,
    (fields, name, value): (Resource<FieldMap>, String, Vec<u8>),
) -> Answer<()> {
    let state = store.data_mut();
    charge(state, name.len() + value.len() + FIELD_BYTES)?;
    let done = HostFields::append(&mut state.http(), fields, name, value);
    answer(state, done)
}

/// A clone shares its fields until one of the two changes: it is charged as if it did not.
fn clone(
    mut store: StoreContextMut<'_, GuestState>,
    (fields,): (Resource<FieldMap>,),
) -> wasmtime::Result<(Resource<FieldMap>,)> {
    let state = store.data_mut();
    let of = state.resources.get(&fields)?;
    let bytes = of.iter().map(|(name, value)| name.as_str().len() + value.len() + FIELD_BYTES).sum();
    charge(state, bytes)?;
    HostFields::clone(&mut state.http(), fields).map(|fields| (fields,))
}

fn charge(state: &mut GuestState, bytes: usize) -> wasmtime::Result<()> {
    Ok(state.http_call().0.charge_fields(bytes)?)
}

fn answer<T>(state: &mut GuestState, result: HeaderResult<T>) -> Answer<T> {
    match result {
        Ok(done) => Ok((Ok(done),)),
        Err(error) => Ok((Err(Host::convert_header_error(&mut state.http(), error)?),)),
    }
}

impl WasiHttpView for GuestState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        self.http_call();
        let (call, ctx) = &mut **self.http.as_mut().expect("made just above when it was absent");
        WasiHttpCtxView { hooks: call, table: &mut self.resources, ctx }
    }
}

impl GuestState {
    /// What this call does over HTTP, begun when it is first asked for.
    fn http_call(&mut self) -> &mut (HttpCall, WasiHttpCtx) {
        if self.http.is_none() {
            self.http = Some(Box::new(begin(self)));
        }
        self.http.as_mut().expect("made just above when it was absent")
    }
}

fn begin(state: &mut GuestState) -> (HttpCall, WasiHttpCtx) {
    let around = Around {
        workspace: state.subject.workspace.unwrap_or(NOBODY),
        grants: state.grants.clone(),
        secrets: state.subject.secrets.clone(),
        log: state.log().clone(),
        step_key: format!("{}:{}", state.subject.run, state.subject.step),
        rehearsal: state.subject.rehearsal,
    };
    let mut ctx = WasiHttpCtx::new();
    ctx.set_field_size_limit(usize::try_from(state.config.http.header_bytes_max).unwrap_or(usize::MAX));
    (HttpCall::new(state.door.clone(), around), ctx)
}
