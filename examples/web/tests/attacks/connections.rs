//! Clients that hold connections open.

use std::future::pending;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use axum::serve::Listener;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;
use web::serve_connections;

/// A time that passes at once, since the clock is paused.
const HOUR: Duration = Duration::from_hours(1);

/// Connections in memory. Those of the kernel would race with a paused clock.
struct Connections(mpsc::Receiver<DuplexStream>);

impl Listener for Connections {
    type Io = DuplexStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (DuplexStream, SocketAddr) {
        match self.0.recv().await {
            Some(connection) => (connection, ([127, 0, 0, 1], 1).into()),
            None => pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        unimplemented!("the server does not ask for it")
    }
}

fn listen() -> (Connections, mpsc::Sender<DuplexStream>) {
    let (sender, receiver) = mpsc::channel(1);
    (Connections(receiver), sender)
}

/// Sends a text, and returns what the server has sent when it closes the connection.
async fn exchange(server: mpsc::Sender<DuplexStream>, text: &str) -> String {
    let (mut client, connection) = tokio::io::duplex(1024);
    server.send(connection).await.unwrap();
    client.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = client.read_to_string(&mut answer);
    timeout(HOUR, read)
        .await
        .expect("the connection is closed")
        .unwrap();
    answer
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_complete_headers_is_closed() {
    let (listener, server) = listen();
    let router = Router::new().route("/", get(async || "hello"));
    tokio::spawn(serve_connections(listener, router, pending()));
    for text in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n"] {
        assert_eq!(exchange(server.clone(), text).await, "", "{text}");
    }
    let idle = exchange(server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(idle.starts_with("HTTP/1.1 200 OK\r\n"), "{idle}");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_outlasts_the_shutdown_is_cut_off() {
    let (listener, server) = listen();
    let started = Arc::new(Notify::new());
    let request = Arc::new(());
    let remains = Arc::downgrade(&request);
    let has_started = Arc::clone(&started);
    let handler = async move || {
        has_started.notify_one();
        pending::<()>().await;
        drop(request);
    };
    let router = Router::new().route("/", get(handler));
    let client = tokio::spawn(exchange(server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    let serving = serve_connections(listener, router, started.notified());
    timeout(HOUR, serving).await.expect("the server ends");
    assert!(remains.upgrade().is_none(), "the request goes on");
    assert_eq!(client.await.unwrap(), "");
}

/// A process that is killed when the test ends.
#[cfg(unix)]
struct Program(Child);

#[cfg(unix)]
impl Drop for Program {
    fn drop(&mut self) {
        // Without effect on a process that has been waited for.
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Takes 10 seconds, the grace of requests.
#[cfg(unix)]
#[test]
fn the_program_ends_although_a_client_does_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let program = Command::new(env!("CARGO_BIN_EXE_web"))
        .args(["--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("data"))
        .env_remove("WEB_MAIL")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut program = Program(program.unwrap());
    let mut stdout = BufReader::new(program.0.stdout.take().unwrap());
    let mut stderr = program.0.stderr.take().unwrap();
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let (_, address) = line.trim().split_once(" is served on ").unwrap();

    let mut client = TcpStream::connect(address).unwrap();
    client
        .set_write_timeout(Some(Duration::from_secs(1)))
        .unwrap();
    let request = format!("GET /style.css HTTP/1.1\r\nHost: {address}\r\n\r\n");
    // Until the server waits for the client to read.
    while client.write_all(request.as_bytes()).is_ok() {}
    let id = program.0.id().to_string();
    assert!(Command::new("kill").arg(id).status().unwrap().success());

    let (sender, output) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let (mut said, mut log) = (String::new(), String::new());
        stdout.read_to_string(&mut said).unwrap();
        stderr.read_to_string(&mut log).unwrap();
        sender.send((said, log))
    });
    // Without the limit, the program would not end.
    let output = output.recv_timeout(Duration::from_mins(1));
    let (said, log) = output.expect("the program ends");
    let status = program.0.wait().unwrap();
    assert!(
        status.success() && said.ends_with("closed\n"),
        "{status} {said} {log}"
    );
    assert!(log.contains("requests were cut off"), "{log}");
}
