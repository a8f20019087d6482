//! The real binary, run as people run it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// A command line of kith without any of our settings in its environment.
pub struct Program(Command);

impl Program {
    pub fn new(args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kith"));
        let ours = |name: &str| name.starts_with("KITH_") || name.starts_with("PG") || name == "DATABASE_URL";
        for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
            command.env_remove(name);
        }
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command)
    }

    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    pub fn folder(mut self, folder: &Path) -> Self {
        self.0.current_dir(folder);
        self
    }

    /// Runs it to its end.
    pub fn run(self) -> Done {
        self.run_with("")
    }

    /// Runs it to its end with this on its standard input.
    pub fn run_with(mut self, input: &str) -> Done {
        let mut child = self.0.stdin(Stdio::piped()).spawn().expect("the binary runs");
        child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
        Done::new(child.wait_with_output().expect("it ends"))
    }

    /// Starts it and leaves it running.
    pub fn start(mut self) -> Running {
        let mut child = self.0.spawn().expect("the binary runs");
        let (sender, said) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut errors = child.stderr.take().expect("a pipe");
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = errors.read_to_string(&mut text);
            text
        });
        Running { child, said, errors: Some(errors) }
    }
}

/// What a finished command said.
#[derive(Debug)]
pub struct Done {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Done {
    fn new(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Fails unless it ended with this code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "out: {}\nerr: {}", self.out, self.err);
        self
    }
}

/// A command that runs; killed when dropped.
pub struct Running {
    child: Child,
    said: mpsc::Receiver<String>,
    errors: Option<std::thread::JoinHandle<String>>,
}

impl Running {
    /// Waits for a line of its output that has this.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> String {
        let since = Instant::now();
        while let Ok(line) = self.said.recv_timeout(Duration::from_secs(30).saturating_sub(since.elapsed())) {
            if line.contains(text) {
                return line;
            }
        }
        self.signal(Signal::SIGKILL);
        let errors = self.errors.take().and_then(|errors| errors.join().ok());
        panic!("it never said {text:?}; on standard error: {}", errors.unwrap_or_default());
    }

    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("a process id");
        let _ = kill(Pid::from_raw(pid), signal);
    }

    /// The most memory that it ever held, in KB, as the kernel counts it.
    pub fn peak_memory(&self) -> u64 {
        self.status("VmHWM:")
    }

    /// The memory that it holds now, in KB.
    pub fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    fn status(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find(|line| line.starts_with(name)).expect("it is told");
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end; returns its code, none if a signal ended it, and what it said on standard error.
    #[track_caller]
    pub fn ended(mut self) -> (Option<i32>, String) {
        let since = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                let errors = self.errors.take().and_then(|errors| errors.join().ok());
                return (status.code(), errors.unwrap_or_default());
            }
            assert!(since.elapsed() < Duration::from_secs(30), "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.is_running() {
            self.signal(Signal::SIGKILL);
            let _ = self.child.wait();
        }
    }
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

/// Asks a running console over the wire: status and body.
pub fn fetch(port: u16, path: &str) -> (u16, String) {
    send(port, &format!("GET {path} HTTP/1.1"), "", b"")
}

/// Sends a call over the wire, with headers that each end their line: status and body.
pub fn send(port: u16, line: &str, headers: &str, body: &[u8]) -> (u16, String) {
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    write!(stream, "{line}\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{length}{headers}\r\n").expect("it reads");
    // It may answer before it has read everything.
    let _ = stream.write_all(body);
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    (status.unwrap_or_else(|| panic!("no status in {answer:?}")), body.to_owned())
}
