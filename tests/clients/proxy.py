"""Stands between a client and kith, and fails as networks and servers do: proxy.py READY [--to URL] [--first FAULTS] [--then FAULTS] [--record FILE]

FAULTS are separated by commas, one a request: `429` (with `Retry-After: 1`), `503`, `lost` (forwarded, and the connection
closed in place of an answer) and `pass`. `--then` begins again when it is through. The address is written to the file
READY. Told to stop, it says what it did, and fails if a fault of `--first` was never reached.
Without `--to` it answers by itself. `--record` writes what was asked, for tests that replay it."""

import argparse
import base64
import http.client
import itertools
import json
import signal
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

SUCCESS = {"/api/v2": b'{"status":200,"message":"Success."}', "/v1": b'{"success":true}'}


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with lock:
            fault = next(plan)
            done[fault] += 1
            if arguments.record:
                kept = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                text = base64.b64encode(body).decode()
                recorded.append({"method": self.command, "path": self.path, "headers": kept, "body": text})
        if fault in ("429", "503"):
            return self.answer(int(fault), {"Retry-After": "1"} if fault == "429" else {}, b"")
        status, headers, answer = self.forward(body)
        if fault == "lost":
            self.close_connection = True
            return None
        return self.answer(status, headers, answer)

    def forward(self, body):
        if not arguments.to:
            answer = next(text for start, text in SUCCESS.items() if self.path.startswith(start))
            return 200, {"Content-Type": "application/json"}, answer
        to = urlsplit(arguments.to)
        connection = http.client.HTTPConnection(to.hostname, to.port, timeout=60)
        own = ("host", "connection", "keep-alive")
        headers = {name: value for name, value in self.headers.items() if name.lower() not in own}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        kept = {name: value for name, value in answer.getheaders() if name.lower() in ("content-type", "content-encoding", "retry-after")}
        text = answer.read()
        connection.close()
        return answer.status, kept, text

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        # A client that ends closes its connections as it likes.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def stop(*_):
    if arguments.record:
        with open(arguments.record, "w", encoding="utf-8") as file:
            json.dump(recorded, file, indent=1, ensure_ascii=False)
            file.write("\n")
    print("  " + ", ".join(f"{count} {fault}" for fault, count in sorted(done.items())), flush=True)
    raise SystemExit(0 if sum(done.values()) >= len(first) else "proxy: too few requests came for all faults")


def faults(text):
    named = text.split(",") if text else []
    if not set(named) <= {"429", "503", "lost", "pass"}:
        raise argparse.ArgumentTypeError("429, 503, lost and pass are known")
    return named


parser = argparse.ArgumentParser()
parser.add_argument("ready")
parser.add_argument("--to")
parser.add_argument("--first", type=faults, default=[])
parser.add_argument("--then", type=faults, default=["pass"])
parser.add_argument("--record")
arguments = parser.parse_args()

first = arguments.first
plan = itertools.chain(first, itertools.cycle(arguments.then))
done, recorded, lock = Counter(), [], threading.Lock()
server = Server(("127.0.0.1", 0), Proxy)
signal.signal(signal.SIGTERM, stop)
with open(arguments.ready, "w", encoding="utf-8") as file:
    file.write(f"http://127.0.0.1:{server.server_port}\n")
server.serve_forever(poll_interval=0.1)
