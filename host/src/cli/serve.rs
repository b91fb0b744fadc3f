//! `hookbox serve`: run a host.

use std::path::PathBuf;

use anyhow::Result;
use hookbox_admin::FirstToken;
use serde_json::{Value, json};
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

While there is no user, each start prints a link by which the first one is made in a browser. The first start also makes an
admin token for the command line and prints it once, unless HOOKBOX_ADMIN_TOKEN gives one. SIGTERM and Ctrl-C stop it:
it accepts no more, finishes or hands back what runs, and closes the store; a second one does not wait. HOOKBOX_LOG says
what is logged (info; or info,hookbox_runner=debug). With --json the first line of stdout is {\"listening\": URL},
with \"setup_url\" and \"admin_token\" when there are any.")]
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

/// Says where it listens, where to make the first user while there is none, and the admin token when one was made: the only time
/// that either can be seen.
fn tell(started: &Started, format: Format) -> Result<()> {
    match format {
        Format::Json => print_json(&told(started)),
        Format::Human => print_line(&told_text(started)),
    }
}

fn told(started: &Started) -> Value {
    let mut told = json!({"listening": started.url});
    if let Some(url) = &started.setup_url {
        told["setup_url"] = json!(url);
    }
    if let FirstToken::Made(token) = &started.token {
        told["admin_token"] = json!(token);
    }
    told
}

fn told_text(started: &Started) -> String {
    let url = &started.url;
    let mut text = format!("listening on {url}");
    if let Some(setup) = &started.setup_url {
        text.push_str(&format!("\nopen this to make the first user; the link is good until there is one, or until the next start:\n  {setup}"));
    }
    if let FirstToken::Made(token) = &started.token {
        text.push_str(&format!(
            "\nadmin token, shown only now: {token}\nfor the command line: export HOOKBOX_URL={url} HOOKBOX_TOKEN={token}"
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use hookbox_admin::FirstToken;
    use serde_json::json;

    use super::{told, told_text};
    use crate::serve::Started;

    #[test]
    fn a_start_tells_what_can_be_seen_only_then() {
        let (url, setup) = ("http://127.0.0.1:1", "http://127.0.0.1:1/app/setup#s");
        let first = Started { url: url.into(), token: FirstToken::Made("hbt_1".into()), setup_url: Some(setup.into()) };
        assert_eq!(told(&first), json!({"listening": url, "setup_url": setup, "admin_token": "hbt_1"}));
        let text = told_text(&first);
        assert!(text.contains(setup) && text.contains("HOOKBOX_TOKEN=hbt_1"), "{text}");
        let later = Started { url: url.into(), token: FirstToken::Kept, setup_url: None };
        assert_eq!(told(&later), json!({"listening": url}));
        assert_eq!(told_text(&later), "listening on http://127.0.0.1:1");
    }
}
