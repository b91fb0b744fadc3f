//! Who looks names up: the system, or for tests whoever answers as they need it.
//!
//! The system's look-up occupies a thread until it has an answer, also when nobody waits for that any more. So there are only so
//! many at once, and of one workspace fewer; past that they wait.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Look-ups of the whole program at once: far fewer than there are threads for work that blocks.
const AT_ONCE_MAX: usize = 32;

/// Look-ups of one workspace at once.
const SHARE: usize = 8;

/// The turns of the program.
static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(AT_ONCE_MAX)));

/// Looks names up. Called once for each new connection; its answers are checked before anything is connected to.
#[async_trait]
pub trait Names: Send + Sync + 'static {
    /// All addresses of a name.
    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The names that the system knows.
#[derive(Debug, Clone, Copy)]
pub struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let name = name.to_owned();
        in_turn(&TURNS, move || Ok((name.as_str(), 0).to_socket_addrs()?.map(|address| address.ip()).collect())).await
    }
}

/// Does what blocks when it is its turn, which lasts until it is done and not only as long as somebody waits for it.
async fn in_turn<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    blocks: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let turn = Arc::clone(turns).acquire_owned().await.map_err(io::Error::other)?;
    let work = move || {
        let _turn = turn;
        blocks()
    };
    spawn_blocking(work).await.map_err(io::Error::other)?
}

/// What one workspace may look up at once.
pub(crate) struct SharedNames {
    names: Arc<dyn Names>,
    turns: Arc<Semaphore>,
}

impl SharedNames {
    /// Looks names up with `names`.
    pub(crate) fn new(names: Arc<dyn Names>) -> Self {
        Self { names, turns: Arc::new(Semaphore::new(SHARE)) }
    }
}

#[async_trait]
impl Names for SharedNames {
    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(io::Error::other)?;
        let (names, name) = (Arc::clone(&self.names), name.to_owned());
        // A task of its own: it holds its turn to the end, also when nobody waits for it any more.
        let looking = tokio::spawn(async move {
            let _turn = turn;
            names.look_up(&name).await
        });
        looking.await.map_err(io::Error::other)?
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::{Arc, mpsc};
    use std::task::{Context, Waker};

    use tokio::sync::Semaphore;

    use super::in_turn;

    #[tokio::test]
    async fn a_look_up_that_nobody_waits_for_keeps_its_turn_until_it_ends() {
        let turns = Arc::new(Semaphore::new(1));
        let (end, ended) = mpsc::channel::<()>();
        {
            let mut given_up = pin!(in_turn(&turns, move || ended.recv().map_err(std::io::Error::other)));
            assert!(given_up.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        assert_eq!(turns.available_permits(), 0);
        let next = in_turn(&turns, || Ok(7));
        end.send(()).expect("it is looked up still");
        assert_eq!(next.await.expect("its turn came"), 7);
    }
}
