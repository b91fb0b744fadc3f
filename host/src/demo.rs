//! The demo: the whole product in one command, on a store of its own, through the same doors that everyone uses.
//!
//! It sets up an automation, sends the webhook that it prints, shows what became of it, and checks every part of that.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use tempfile::TempDir;
use tokio::task::spawn_blocking;

use checks::checks;
use example::Example;
use report::{found_text, request_text, verdict};

use crate::assemble::Start;
use crate::client::Client;
use crate::config::Config;
use crate::drain::Signals;
use crate::fresh::random;
use crate::output::{Format, print_json, print_line, progress};
use crate::serve::{self, Started};

mod checks;
mod example;
mod found;
mod report;
mod scene;

/// How the demo is to go.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    /// End after the one webhook instead of serving on.
    pub(crate) once: bool,
    /// Tables, or one JSON document.
    pub(crate) format: Format,
    /// A store to use instead of a new one.
    pub(crate) data: Option<PathBuf>,
    /// The admin token to use; a new one when absent.
    pub(crate) token: Option<String>,
}

/// Where the demo keeps its data: a directory of the user's, or one that goes away with this value.
enum Home {
    Given(PathBuf),
    Own(TempDir),
}

/// Shows the product at work; an error names what was not as it should be.
pub(crate) fn run(mut config: Config, wish: &Wish) -> Result<()> {
    let home = Home::open(wish.data.clone())?;
    config.host.data = home.path();
    progress(&home.told());
    progress("Loading the built-in plugins; a first start compiles them, which takes some seconds …");
    let token = admin_token(wish)?;
    let runtime = serve::runtime(&config)?;
    let ended = runtime.block_on(show_and_serve(config, wish.clone(), token));
    serve::leave(runtime);
    ended
}

/// Starts a host, shows it at work, serves on unless the wish was to end, and ends in order. A signal ends all of it.
async fn show_and_serve(config: Config, wish: Wish, token: String) -> Result<()> {
    let mut signals = Signals::listen()?;
    let start = Start { accept_loss: false, token: Some(token.clone()) };
    let (running, started) = serve::begin(config, start).await?;
    let once = wish.once;
    let showing = spawn_blocking(move || show(&started, &token, &wish));
    let shown = tokio::select! {
        shown = showing => shown.context("the demo broke off").flatten(),
        signal = signals.next() => Err(anyhow!("ended by {signal} before everything was shown")),
    };
    let shown = match shown {
        Ok(()) if !once => running.wait(&mut signals).await,
        shown => shown,
    };
    let drained = running.drain(&mut signals).await;
    shown.and(drained)
}

fn admin_token(wish: &Wish) -> Result<String> {
    if let Some(token) = &wish.token {
        return Ok(token.clone());
    }
    let hex: String = random::<32>()?.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("hbt_{hex}"))
}

/// Sets up, sends, waits, shows and checks, over HTTP.
fn show(started: &Started, token: &str, wish: &Wish) -> Result<()> {
    progress(&format!("Serving at {}\n", started.url));
    let client = Client::new(started.url.clone(), token.to_owned(), None);
    let scene = scene::prepare(&client).context("the demo was not set up")?;
    let example = Example { url: scene.url, key: scene.key };
    if wish.format == Format::Human {
        print_line(&request_text(&example))?;
    }
    let answer = example.send()?;
    let found = found::find(&client, &answer)?;
    match wish.format {
        Format::Human => print_line(&found_text(&answer, &found))?,
        Format::Json => print_json(&found)?,
    }
    let verdict = verdict(&checks(&answer, &found))?;
    if wish.format == Format::Human {
        print_line(&verdict)?;
        if !wish.once {
            print_line(&more_text(started, token, &scene.automation))?;
        }
    }
    Ok(())
}

/// What to try next, while it keeps serving.
fn more_text(started: &Started, token: &str, automation: &str) -> String {
    let page = match &started.setup_url {
        Some(setup) => format!("The admin page begins with its first user:\n\n  {setup}"),
        None => format!("The admin page:\n\n  {}/", started.url),
    };
    format!(
        "\nServing on at {url} until Ctrl-C. {page}\n\n\
         Send the line above again, and in another terminal:\n\n  \
         export HOOKBOX_URL={url} HOOKBOX_TOKEN={token}\n  \
         hookbox run page\n  hookbox automation export {automation}",
        url = started.url,
    )
}

impl Home {
    fn open(data: Option<PathBuf>) -> Result<Self> {
        match data {
            Some(path) => Ok(Self::Given(path)),
            None => {
                let folder = tempfile::Builder::new().prefix("hookbox-demo-").tempdir();
                Ok(Self::Own(folder.context("no temporary directory could be made; name one with --data")?))
            }
        }
    }

    fn path(&self) -> PathBuf {
        match self {
            Self::Given(path) => path.clone(),
            Self::Own(folder) => folder.path().to_owned(),
        }
    }

    fn told(&self) -> String {
        match self {
            Self::Given(path) => format!("Store: {}", path.display()),
            Self::Own(folder) => {
                format!("Store: {} (removed at the end; --data DIR keeps one)", folder.path().display())
            }
        }
    }
}
