"""HTTP for the stand-ins: a function answers each request, in a thread of its own, until SIGTERM or SIGINT."""

import json
import signal
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # What the header `server` says, so that nobody takes it for the real one.
    server_version, sys_version = "stand-in", ""
    # Headers and body in one packet each would wait for the client's delayed acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle_call(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        status, content = self.server.answer(self.command, urlsplit(self.path).path, body)
        text = isinstance(content, str)
        raw = (content if text else json.dumps(content)).encode()
        self.send_response(status)
        self.send_header("content-type", "text/plain; charset=utf-8" if text else "application/json")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = handle_call

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = socket.SOMAXCONN

    def __init__(self, address, answer):
        super().__init__(address, Handler)
        self.answer = answer


def run(server):
    """Serves until the process is told to end; requests that run are cut off then."""
    # shutdown() waits for serve_forever(), which runs in this very thread: another one has to call it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.05)


def serve(host, port, answer):
    """`answer` is given method, path and body, and gives a status with a text, or with what becomes JSON."""
    run(Server((host, port), answer))
