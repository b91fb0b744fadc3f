//! `hookbox serve`: run a host.

use std::path::PathBuf;

use anyhow::Result;
use hookbox_admin::FirstToken;
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;

use crate::assemble::Start;
use crate::config::{ConfigFile, Layers};
use crate::logging::{self, LogStyle};
use crate::output::{Format, print_json, print_line};
use crate::serve::{Started, serve};

/// Run a host: take webhooks, run automations, answer the admin API
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox serve --data ./data
  hookbox serve --data /var/lib/hookbox --listen 0.0.0.0:8080 --plugins /etc/hookbox/plugins --log json
  HOOKBOX_ADMIN_TOKEN=… hookbox serve --config hookbox.toml

The first start makes an admin token and prints it once, unless HOOKBOX_ADMIN_TOKEN gives one. SIGTERM and Ctrl-C stop it:
it accepts no more, finishes or hands back what runs, and closes the store; a second one does not wait. HOOKBOX_LOG says
what is logged (info; or info,hookbox_runner=debug). With --json the first line of stdout is {\"listening\": URL}.")]
pub(super) struct Serve {
    /// The directory of the store; made when absent [default: hookbox-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// A folder of .wasm plugins to install; putting a file there grants what it asks for
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
    #[command(flatten)]
    file: ConfigFile,
    /// Start although the store lacks what was acknowledged, and go on without it
    #[arg(long)]
    accept_loss: bool,
    /// What log lines look like
    #[arg(long, value_enum, value_name = "STYLE")]
    log: Option<LogStyle>,
    /// An admin token that has to work; taken from the environment so that it shows in no list of processes
    #[arg(skip = std::env::var("HOOKBOX_ADMIN_TOKEN").ok())]
    token: Option<String>,
}

impl Serve {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let layers = Layers::of(&self.file)?
            .path_flag("host.data", self.data.as_deref())?
            .path_flag("host.plugins", self.plugins.as_deref())?
            .flag("host.listen", self.listen)
            .flag("host.log", self.log.map(LogStyle::as_str));
        let config = layers.config()?;
        logging::start(config.host.log, LevelFilter::INFO)?;
        let start = Start { accept_loss: self.accept_loss, token: self.token };
        serve(config, start, |started| tell(started, format))
    }
}

/// Says where it listens, and the admin token when one was made: the only time it can be seen.
fn tell(started: &Started, format: Format) -> Result<()> {
    let token = match &started.token {
        FirstToken::Made(token) => Some(token),
        FirstToken::Kept | FirstToken::Added => None,
    };
    match (format, token) {
        (Format::Json, None) => print_json(&json!({"listening": started.url})),
        (Format::Json, Some(token)) => print_json(&json!({"listening": started.url, "admin_token": token})),
        (Format::Human, None) => print_line(&format!("listening on {}", started.url)),
        (Format::Human, Some(token)) => print_line(&format!(
            "listening on {}\nadmin token, shown only now: {token}\nfor the command line: export HOOKBOX_URL={} HOOKBOX_TOKEN={token}",
            started.url, started.url,
        )),
    }
}
