//! Over a real socket: what cannot be seen inside one process.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use crate::support::{
    App, Program,
    program::{free_port, send},
    sender::server,
};

#[test]
fn a_bomb_is_refused_without_being_held() {
    let app = App::new();
    let key = app.key(server());
    let port = free_port();
    let mut console = Program::new(&["serve", "--metrics", "off"])
        .env("DATABASE_URL", app.db.url())
        .env("KITH_BIND", format!("127.0.0.1:{port}"))
        .start();
    console.wait_for("kith is at");
    let headers = format!("Authorization: {}\r\nContent-Encoding: gzip\r\n", key.bearer());
    let post = |body: &[u8]| send(port, "POST /v1/batch HTTP/1.1", &headers, body);
    let (status, _) = post(br#"{"batch": []}"#);
    assert_eq!(status, 200);
    let before = console.peak_memory();
    // A gigabyte of zeros.
    let mut member = GzEncoder::new(Vec::new(), Compression::best());
    member.write_all(&vec![0; 1 << 20]).expect("memory");
    let bomb = member.finish().expect("memory").repeat(1024);
    for _ in 0..8 {
        let (status, body) = post(&bomb);
        assert_eq!(status, 413, "{body}");
        assert!(body.contains("\"code\":\"too_large\"") && body.contains("\"message\""), "{body}");
    }
    // The answer arrives although nobody read all of the body.
    let (status, body) = send(port, "POST /v1/batch HTTP/1.1", &headers, &vec![b' '; 13 << 20]);
    assert_eq!(status, 413, "{body}");
    let (status, body) =
        send(port, "POST /v1/batch HTTP/1.1", "Authorization: Bearer kith_live_x\r\n", &vec![b' '; 13 << 20]);
    assert_eq!(status, 401, "{body}");
    let grown = (console.peak_memory() - before) / 1024;
    assert!(grown < 80, "{grown} MB");
    let (status, _) = post(br#"{"batch": []}"#);
    assert_eq!(status, 200);
}
