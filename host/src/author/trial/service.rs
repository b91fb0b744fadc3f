//! The servers on this machine that stand in for what a plugin calls: one for each place that fixtures name. What they are asked is
//! compared with what has to come, in order, and answered as the fixture says.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::convert::Infallible;
use std::future::pending;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};

use super::origins::{Origin, Origins};
use crate::author::fixture::{Answer, Exchange, Fixture, Silence, Wanted};

/// The largest body that is read, in bytes; more than the sandbox lets out.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What was expected and what came instead, line by line.
type Fault = (Vec<String>, Vec<String>);

/// A call that came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Heard {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// The servers; they end with the runtime they were started on.
pub(crate) struct Service {
    origins: Origins,
    script: Arc<Mutex<Script>>,
}

/// What has to come, and what came.
#[derive(Default)]
struct Script {
    wanted: VecDeque<Exchange>,
    heard: Vec<Heard>,
    faults: Vec<Fault>,
}

/// The call was to get no answer: the connection ends.
#[derive(Debug, thiserror::Error)]
#[error("the fixture has no answer for this call")]
struct NoAnswer;

impl Service {
    /// Starts a server for each place that the fixtures name.
    pub(crate) async fn start(fixtures: &[Fixture]) -> Result<Self> {
        let mut places = BTreeSet::new();
        for exchange in fixtures.iter().flat_map(|fixture| &fixture.http) {
            places.insert(Origin::of(&exchange.request.url)?);
        }
        let script = Arc::<Mutex<Script>>::default();
        let mut servers = Vec::new();
        for origin in places {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
            let listener = listener.context("no server can be started that stands in for others")?;
            servers.push((origin.clone(), listener.local_addr().context("the server has no address")?));
            tokio::spawn(serve(listener, origin, Arc::clone(&script)));
        }
        Ok(Self { origins: Origins::new(servers), script })
    }

    /// The places, and what stands in for them.
    pub(crate) fn origins(&self) -> &Origins {
        &self.origins
    }

    /// From now on these calls have to come.
    pub(super) fn expect(&self, exchanges: &[Exchange]) {
        *held(&self.script) = Script { wanted: exchanges.iter().cloned().collect(), ..Script::default() };
    }

    /// The calls that came, and what was otherwise than it has to be.
    pub(super) fn heard(&self) -> (Vec<Heard>, Vec<Fault>) {
        let Script { wanted, heard, mut faults } = std::mem::take(&mut *held(&self.script));
        faults.extend(wanted.iter().map(|exchange| (vec![shown(&exchange.request)], Vec::new())));
        (heard, faults)
    }
}

async fn serve(listener: TcpListener, origin: Origin, script: Arc<Mutex<Script>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(talk(stream, origin.clone(), Arc::clone(&script)));
    }
}

async fn talk(stream: TcpStream, origin: Origin, script: Arc<Mutex<Script>>) {
    let service = service_fn(|request| answer(request, &origin, &script));
    // A connection that ends badly is the caller's to tell of; what has to come is compared all the same.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    request: Request<Incoming>,
    origin: &Origin,
    script: &Mutex<Script>,
) -> Result<Response<Full<Bytes>>, NoAnswer> {
    let heard = hear(request, origin).await;
    let answer = held(script).take(heard);
    match answer.error {
        Some(Silence::Timeout) => {
            // Until the caller goes away, and this with it.
            let never: Infallible = pending().await;
            match never {}
        }
        Some(Silence::Closed) => Err(NoAnswer),
        None => {
            Ok(response(answer).unwrap_or_else(|why| plain(&format!("the fixture's answer cannot be sent: {why}"))))
        }
    }
}

async fn hear(request: Request<Incoming>, origin: &Origin) -> Heard {
    let (head, body) = request.into_parts();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())));
    let body = Limited::new(body, BODY_BYTES_MAX).collect().await;
    Heard {
        method: head.method.to_string(),
        url: format!("{}{path}", origin.text()),
        headers: headers.collect(),
        body: body.map_or_else(|error| format!("(not read: {error})"), |body| text(&body.to_bytes())),
    }
}

impl Script {
    /// Notes a call and gives its answer.
    fn take(&mut self, heard: Heard) -> Answer {
        let answer = match self.wanted.pop_front() {
            None => {
                self.faults.push((Vec::new(), vec![format!("{} {}", heard.method, heard.url)]));
                Answer { status: Some(404), text: Some("the fixture has no such call".to_owned()), ..Answer::default() }
            }
            Some(Exchange { request, answer }) => {
                self.faults.extend(fault_of(&request, &heard));
                answer
            }
        };
        self.heard.push(heard);
        answer
    }
}

/// What of a call is otherwise than it has to be.
fn fault_of(wanted: &Wanted, heard: &Heard) -> Option<Fault> {
    let (mut expected, mut found) = (Vec::new(), Vec::new());
    let mut compare = |wanted: String, heard: String| {
        if wanted != heard {
            expected.push(wanted);
            found.push(heard);
        }
    };
    compare(shown(wanted), format!("{} {}", heard.method, heard.url));
    for (name, value) in &wanted.headers {
        let came = heard.headers.get(&name.to_ascii_lowercase());
        let line = |value: Option<&String>| value.map_or(format!("no {name}"), |value| format!("{name}: {value}"));
        compare(line(value.as_ref()), line(came));
    }
    if let Some(json) = &wanted.json {
        let came = serde_json::from_str::<Value>(&heard.body);
        compare(json.to_string(), came.map_or_else(|_| heard.body.clone(), |came| came.to_string()));
    }
    if let Some(text) = &wanted.text {
        compare(text.clone(), heard.body.clone());
    }
    (!expected.is_empty()).then_some((expected, found))
}

/// The method and the URL as [`Heard`] has them.
fn shown(wanted: &Wanted) -> String {
    let path = wanted.url.parse::<hyper::Uri>().ok().and_then(|uri| uri.path_and_query().map(ToString::to_string));
    match Origin::of(&wanted.url) {
        Ok(origin) => format!("{} {}{}", wanted.method, origin.text(), path.as_deref().unwrap_or("/")),
        Err(_) => format!("{} {}", wanted.method, wanted.url),
    }
}

fn response(answer: Answer) -> Result<Response<Full<Bytes>>, hyper::http::Error> {
    let mut response = Response::builder().status(answer.status.unwrap_or(200));
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    let body = match (answer.json, answer.text) {
        (Some(json), _) => json.to_string(),
        (None, text) => text.unwrap_or_default(),
    };
    response.body(Full::new(body.into()))
}

fn plain(text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.to_owned().into()));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

fn held(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{Heard, fault_of};
    use crate::author::fixture::Wanted;
    use serde_json::{Value, json};

    fn check(wanted: Value, expected: &[&str], found: &[&str]) {
        let heard = Heard {
            method: "POST".into(),
            url: "https://api.example.com/v1?a=b".into(),
            headers: [("authorization".to_owned(), "Bearer k".to_owned())].into(),
            body: r#"{"a": 1}"#.into(),
        };
        let wanted: Wanted = serde_json::from_value(wanted).expect("a call");
        let (is_expected, is_found) = fault_of(&wanted, &heard).unwrap_or_default();
        assert_eq!((is_expected, is_found), (texts(expected), texts(found)));
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn a_call_is_compared_in_what_the_fixture_says_of_it() {
        let call = json!({"method": "POST", "url": "https://API.example.com/v1?a=b"});
        let with = |name: &str, value: Value| {
            let mut call = call.clone();
            call[name] = value;
            call
        };
        check(call.clone(), &[], &[]);
        check(with("json", json!({"a": 1})), &[], &[]);
        check(with("headers", json!({"Authorization": "Bearer k", "x": null})), &[], &[]);
        check(
            with("method", json!("GET")),
            &["GET https://api.example.com/v1?a=b"],
            &["POST https://api.example.com/v1?a=b"],
        );
        check(with("headers", json!({"authorization": null})), &["no authorization"], &["authorization: Bearer k"]);
        check(with("headers", json!({"x": "y"})), &["x: y"], &["no x"]);
        check(with("json", json!({"a": 2})), &[r#"{"a":2}"#], &[r#"{"a":1}"#]);
        check(with("text", json!("a")), &["a"], &[r#"{"a": 1}"#]);
    }
}
