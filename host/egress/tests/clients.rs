//! What the clients of a workspace hold, over loopback: connections and look-ups are few, however many places it calls.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use hookbox_egress::{Addresses, ClientLimits, Clients, Names, Transport, Url};
use hookbox_model::WorkspaceId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// Every name is this machine, but `stuck.example` is looked up without end.
struct Here(watch::Sender<usize>);

#[async_trait]
impl Names for Here {
    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        self.0.send_modify(|begun| *begun += 1);
        if name == "stuck.example" {
            std::future::pending::<()>().await;
        }
        Ok(vec!["127.0.0.1".parse().expect("an address")])
    }
}

fn clients() -> (Arc<Clients>, watch::Receiver<usize>) {
    let limits = ClientLimits {
        connect_timeout: PATIENCE,
        idle_timeout: Duration::from_secs(600),
        idle_connections_max: 4,
        workspaces_max: 3,
    };
    let (begun, look_ups) = watch::channel(0);
    let addresses = Addresses::new(&["127.0.0.1/32".parse().expect("a network")], false);
    (Arc::new(Clients::new(addresses, Arc::new(Here(begun)), limits)), look_ups)
}

async fn call(clients: &Clients, workspace: u8, url: &str) {
    let url: Url = url.parse().expect("a URL");
    let workspace = WorkspaceId::from_bytes([workspace; 16]);
    let client = clients.of(workspace, (Transport::Plain, &url), Instant::now()).expect("a client");
    let answer = client.get(url).send().await.expect("an answer");
    assert_eq!(answer.status(), 204);
}

/// Listens, and tells how many connections are open.
async fn listen() -> (u16, watch::Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("an address of this machine");
    let port = listener.local_addr().expect("it is bound").port();
    let (tell, open) = watch::channel(0);
    tokio::spawn(async move {
        let tell = Arc::new(tell);
        while let Ok((mut connection, _)) = listener.accept().await {
            let tell = Arc::clone(&tell);
            tell.send_modify(|open| *open += 1);
            tokio::spawn(async move {
                let mut head = [0; 1024];
                while let Ok(1..) = connection.read(&mut head).await {
                    let _written = connection.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
                }
                tell.send_modify(|open| *open -= 1);
            });
        }
    });
    (port, open)
}

#[tokio::test]
async fn a_workspace_that_calls_many_hosts_keeps_few_connections() {
    let ((clients, _), (port, mut open)) = (clients(), listen().await);
    for n in 0..200 {
        call(&clients, 1, &format!("http://n{n}.example:{port}/")).await;
    }
    let few = timeout(PATIENCE, open.wait_for(|&open| (1..=64).contains(&open))).await.is_ok();
    assert!(few, "{} are open", *open.borrow());
}

#[tokio::test]
async fn look_ups_that_were_given_up_do_not_pile_up_nor_hold_up_others() {
    let ((clients, mut begun), (port, _)) = (clients(), listen().await);
    for _ in 0..2 {
        let calls: Vec<_> = (0..50)
            .map(|_| {
                let clients = Arc::clone(&clients);
                tokio::spawn(async move { call(&clients, 1, "http://stuck.example/").await })
            })
            .collect();
        timeout(PATIENCE, begun.wait_for(|&begun| begun >= 8)).await.expect("they begin").expect("they are there");
        call(&clients, 2, &format!("http://name.example:{port}/")).await;
        calls.iter().for_each(tokio::task::JoinHandle::abort);
    }
    assert_eq!(*begun.borrow(), 9, "eight of the one, and one of the other, whose connection was kept");
}
