//! WASI 0.2, inert: linked because toolchains import it unasked, made only when a guest really calls it.

use hookbox_model::LogLevel;
use wasmtime::component::{HasData, HasSelf, Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, io, random, sockets};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView as _};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::clocks::StillClock;
use super::stdio::Lines;
use crate::state::GuestState;

/// Links `wasi:cli`, `clocks`, `filesystem`, `io` and `random`; and `wasi:sockets`, of which every call is denied: what the C
/// library of an interpreter brings along imports it, whatever the plugin does.
pub(super) fn link(linker: &mut Linker<GuestState>) -> wasmtime::Result<()> {
    io::error::add_to_linker::<_, Resources>(linker, resources)?;
    io::poll::add_to_linker::<_, Resources>(linker, resources)?;
    io::streams::add_to_linker::<_, Resources>(linker, resources)?;

    clocks::wall_clock::add_to_linker::<_, WasiClocks>(linker, GuestState::clocks)?;
    clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(linker, GuestState::clocks)?;

    random::random::add_to_linker::<_, HasSelf<GuestState>>(linker, |state| state)?;
    random::insecure::add_to_linker::<_, HasSelf<GuestState>>(linker, |state| state)?;
    random::insecure_seed::add_to_linker::<_, HasSelf<GuestState>>(linker, |state| state)?;

    filesystem::types::add_to_linker::<_, WasiFilesystem>(linker, GuestState::filesystem)?;
    filesystem::preopens::add_to_linker::<_, WasiFilesystem>(linker, GuestState::filesystem)?;

    cli::exit::add_to_linker::<_, WasiCli>(linker, GuestState::cli)?;
    cli::environment::add_to_linker::<_, WasiCli>(linker, GuestState::cli)?;
    cli::stdin::add_to_linker::<_, WasiCli>(linker, GuestState::cli)?;
    cli::stdout::add_to_linker::<_, WasiCli>(linker, GuestState::cli)?;
    cli::stderr::add_to_linker::<_, WasiCli>(linker, GuestState::cli)?;
    cli::terminal_input::add_to_linker::<_, WasiCli>(linker, GuestState::cli)?;
    cli::terminal_output::add_to_linker::<_, WasiCli>(linker, GuestState::cli)?;
    cli::terminal_stdin::add_to_linker::<_, WasiCli>(linker, GuestState::cli)?;
    cli::terminal_stdout::add_to_linker::<_, WasiCli>(linker, GuestState::cli)?;
    cli::terminal_stderr::add_to_linker::<_, WasiCli>(linker, GuestState::cli)?;

    let options = sockets::network::LinkOptions::default();
    sockets::network::add_to_linker::<_, WasiSockets>(linker, &options, GuestState::sockets)?;
    sockets::instance_network::add_to_linker::<_, WasiSockets>(linker, GuestState::sockets)?;
    sockets::ip_name_lookup::add_to_linker::<_, WasiSockets>(linker, GuestState::sockets)?;
    sockets::tcp::add_to_linker::<_, WasiSockets>(linker, GuestState::sockets)?;
    sockets::tcp_create_socket::add_to_linker::<_, WasiSockets>(linker, GuestState::sockets)?;
    sockets::udp::add_to_linker::<_, WasiSockets>(linker, GuestState::sockets)?;
    sockets::udp_create_socket::add_to_linker::<_, WasiSockets>(linker, GuestState::sockets)
}

/// `wasi:io` needs the resources and nothing else.
struct Resources;

impl HasData for Resources {
    type Data<'a> = &'a mut ResourceTable;
}

fn resources(state: &mut GuestState) -> &mut ResourceTable {
    &mut state.resources
}

impl WasiView for GuestState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        if self.wasi.is_none() {
            self.wasi = Some(Box::new(inert(self)));
        }
        let ctx = self.wasi.as_mut().expect("made just above when it was absent");
        WasiCtxView { ctx, table: &mut self.resources }
    }
}

/// A context without arguments, environment, files and sockets, which are what a builder begins with.
fn inert(state: &mut GuestState) -> WasiCtx {
    let clock = StillClock(state.subject.now);
    let log = state.log().clone();
    WasiCtx::builder()
        .stdout(Lines { log: log.clone(), level: LogLevel::Info })
        .stderr(Lines { log, level: LogLevel::Error })
        .wall_clock(clock)
        .monotonic_clock(clock)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .build()
}
