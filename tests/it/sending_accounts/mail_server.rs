//! A mail server that answers as it is told, on this machine.

use std::{
    collections::{BTreeMap, VecDeque},
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// Answers by what is said, each once: the first word of a command, `.` for a whole message, `""` for the greeting. `None`: it hangs up.
type Answers = BTreeMap<&'static str, VecDeque<Option<&'static str>>>;

#[derive(Default)]
struct State {
    answers: Answers,
    heard: Vec<String>,
    connections: usize,
    /// Whole messages that it got.
    messages: usize,
    /// How long it thinks about one.
    pause: Duration,
}

pub struct MailServer {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl MailServer {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = Self { port, state: Arc::default() };
        let state = server.state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                state.lock().expect("a lock").connections += 1;
                let state = state.clone();
                thread::spawn(move || serve(stream, &state));
            }
        });
        server
    }

    /// One that takes its time to answer to a whole message.
    pub fn slow(pause: Duration) -> Self {
        let server = Self::new();
        server.state.lock().expect("a lock").pause = pause;
        server
    }

    /// Has it answer so, once.
    pub fn answers(&self, to: &'static str, answer: Option<&'static str>) {
        self.state.lock().expect("a lock").answers.entry(to).or_default().push_back(answer);
    }

    /// All lines that it heard.
    pub fn heard(&self) -> Vec<String> {
        self.state.lock().expect("a lock").heard.clone()
    }

    /// Number of whole messages that it got, whether it answered or not.
    pub fn messages(&self) -> usize {
        self.state.lock().expect("a lock").messages
    }

    pub fn connections(&self) -> usize {
        self.state.lock().expect("a lock").connections
    }
}

fn usual(word: &str) -> &'static str {
    match word {
        "" => "220 test ESMTP",
        "EHLO" => "250-test\r\n250 AUTH PLAIN LOGIN",
        "AUTH" => "235 2.7.0 welcome",
        "DATA" => "354 go on",
        "." => "250 2.0.0 Ok: queued as Q1",
        "QUIT" => "221 bye",
        _ => "250 2.1.0 Ok",
    }
}

/// Answers; false if it hangs up.
fn answer(stream: &mut TcpStream, state: &Mutex<State>, word: &str) -> bool {
    let pause = state.lock().expect("a lock").pause;
    if word == "." {
        state.lock().expect("a lock").messages += 1;
        thread::sleep(pause);
    }
    let told = state.lock().expect("a lock").answers.get_mut(word).and_then(VecDeque::pop_front);
    match told.unwrap_or_else(|| Some(usual(word))) {
        Some(text) => stream.write_all(format!("{text}\r\n").as_bytes()).is_ok(),
        None => false,
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let lines = BufReader::new(stream.try_clone().expect("a stream")).lines().map_while(Result::ok);
    if !answer(&mut stream, state, "") {
        return;
    }
    let mut is_in_data = false;
    for line in lines {
        state.lock().expect("a lock").heard.push(line.clone());
        let word = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        let word = match (is_in_data, line.as_str()) {
            (true, ".") => ".",
            (true, _) => continue,
            (false, _) => word.as_str(),
        };
        let told = state.lock().expect("a lock").answers.get(word).is_some_and(|told| !told.is_empty());
        is_in_data = word == "DATA" && !told;
        if !answer(&mut stream, state, word) {
            return;
        }
    }
}
