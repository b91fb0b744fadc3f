//! Waiting for the end, and ending: stop accepting, finish or hand back what runs, close the store.
//!
//! Whatever is unfinished when the grace time is over is on disk and found again at the next start.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use hookbox_admin::Readiness;
use hookbox_store::Store;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::{error, info, warn};

use crate::assemble::Rooms;

/// The signals that ask for the end.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// A host that serves.
pub(crate) struct Running {
    store: Arc<dyn Store>,
    readiness: Readiness,
    stop: watch::Sender<bool>,
    ended: watch::Receiver<Option<&'static str>>,
    rooms: JoinHandle<()>,
    grace: Duration,
}

impl Signals {
    /// From now on SIGTERM and SIGINT no longer end the process by themselves.
    pub(crate) fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).context("signals cannot be listened for");
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    /// The next signal's name.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

impl Running {
    /// Sets the rooms to work on this socket.
    pub(crate) fn spawn(rooms: Rooms, listener: TcpListener, grace: Duration) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (end, ended) = watch::channel(None);
        let Rooms { store, runner, dispatcher, doors, retention, readiness, token: _, setup_url: _ } = rooms;
        let doors = tokio::spawn(doors(listener, Box::pin(asked_to_stop(stopped.clone()))));
        let runner = tokio::spawn(runner.run(asked_to_stop(stopped.clone())));
        let dispatcher = tokio::spawn(dispatcher.run(asked_to_stop(stopped.clone())));
        let retention = tokio::spawn(retention.run(asked_to_stop(stopped)));
        let rooms = tokio::spawn(async move {
            let watch = |name, room: JoinHandle<()>| {
                let end = end.clone();
                async move {
                    if let Err(error) = room.await {
                        warn!(room = name, %error, "a room broke down");
                    }
                    // Nobody waits any more when the receiver is gone.
                    let _ = end.send(Some(name));
                }
            };
            tokio::join!(
                watch("ingress", doors),
                watch("runner", runner),
                watch("dispatch", dispatcher),
                looked_after("retention", retention)
            );
        });
        Self { store, readiness, stop, ended, rooms, grace }
    }

    /// Waits until a signal asks for the end (`Ok`), or the store or a room can go on no more.
    pub(crate) async fn wait(&self, signals: &mut Signals) -> Result<()> {
        let mut ended = self.ended.clone();
        tokio::select! {
            name = signals.next() => {
                info!(signal = name, "asked to stop");
                Ok(())
            }
            error = self.store.broken() => {
                Err(anyhow!(error).context("the store can write no more; start again to have what is on disk checked"))
            }
            room = ended.wait_for(Option::is_some) => {
                let room = room.ok().and_then(|room| *room).unwrap_or("a room");
                bail!("{room} ended without being asked to; the log says why")
            }
        }
    }

    /// Ends everything in order. A second signal cuts the grace time short.
    pub(crate) async fn drain(self, signals: &mut Signals) -> Result<()> {
        self.readiness.drain();
        // The rooms hold receivers; when they are gone there is nothing to stop.
        let _ = self.stop.send(true);
        let mut rooms = self.rooms;
        let drained = tokio::select! {
            drained = timeout(self.grace, &mut rooms) => drained.is_ok(),
            _ = signals.next() => false,
            _ = self.store.broken() => false,
        };
        if !drained {
            warn!(
                grace_ms = self.grace.as_millis(),
                "stopped before everything was finished; the next start goes on with it"
            );
        }
        timeout(self.grace, self.store.close())
            .await
            .context("the store did not close in time; what was acknowledged is on disk")?;
        info!("stopped");
        Ok(())
    }
}

/// Waits for a room without which the host goes on until somebody starts it again.
async fn looked_after(name: &'static str, room: JoinHandle<()>) {
    if let Err(error) = room.await {
        error!(room = name, %error, "a room broke down; the host goes on without it until the next start");
    }
}

/// Resolves when the rooms are to stop, also when whoever would say so is gone.
async fn asked_to_stop(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is the same wish.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
