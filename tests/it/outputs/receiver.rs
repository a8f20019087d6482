//! Another system that gets messages: a small server of its own, on this machine.

use std::{
    collections::{BTreeMap, VecDeque},
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// A message as it arrived.
#[derive(Clone, Debug)]
pub struct Arrived {
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Arrived {
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// Which of the signatures are by this secret, as the standard tells receivers to check them.
    pub fn is_signed_by(&self, secret: &str) -> Vec<bool> {
        let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("Base64");
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
        mac.update(format!("{}.{}.{}", self.id(), self.headers["webhook-timestamp"], self.body).as_bytes());
        let wanted = format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()));
        self.headers["webhook-signature"].split(' ').map(|signature| signature == wanted).collect()
    }
}

/// Answers whatever arrives with the next of its answers, then with 204.
pub struct Receiver {
    pub url: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    answers: Arc<Mutex<VecDeque<String>>>,
}

impl Receiver {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/hooks", listener.local_addr().expect("an address"));
        let receiver = Self { url, arrived: Arc::default(), answers: Arc::default() };
        let (arrived, answers) = (receiver.arrived.clone(), receiver.answers.clone());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (arrived, answers) = (arrived.clone(), answers.clone());
                thread::spawn(move || serve(stream, &arrived, &answers));
            }
        });
        receiver
    }

    /// Has it answer so once: a status and headers, such as `503 Service Unavailable\r\nRetry-After: 600`, and a body.
    pub fn answers(&self, head: &str, body: &str) {
        let answer = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        self.answers.lock().expect("a lock").push_back(answer);
    }

    /// What arrived so far.
    pub fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().expect("a lock").clone()
    }

    /// The only message that arrived since the last look.
    #[track_caller]
    pub fn take_one(&self) -> Arrived {
        let mut arrived = self.arrived.lock().expect("a lock");
        assert_eq!(arrived.len(), 1, "{arrived:?}");
        arrived.remove(0)
    }
}

fn serve(stream: TcpStream, arrived: &Mutex<Vec<Arrived>>, answers: &Mutex<VecDeque<String>>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let mut headers = BTreeMap::new();
    for header in reader.by_ref().lines().map_while(Result::ok).take_while(|header| !header.is_empty()) {
        let (name, value) = header.split_once(':').expect("a header");
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let body = String::from_utf8(body).expect("text");
    arrived.lock().expect("a lock").push(Arrived { line: line.trim().to_owned(), headers, body });
    let next = answers.lock().expect("a lock").pop_front();
    let answer = next.unwrap_or_else(|| "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".to_owned());
    // Whoever reads only the beginning of a long answer may have gone.
    let _ = (&stream).write_all(answer.as_bytes());
}
