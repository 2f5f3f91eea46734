"""A collector of traces for tests: takes OTLP over HTTP, and writes each batch that it got as one line of JSON.

Runs as a file of its own, also in a container beside the platform's: `python collector.py PORT`."""

import gzip
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_WRITING = threading.Lock()


class _Collector(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        line = json.dumps(MessageToDict(ExportTraceServiceRequest.FromString(body)))
        with _WRITING:  # each request has a thread of its own, and a line is written in pieces
            print(line, flush=True)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """What comes is written, not that it came."""


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), _Collector).serve_forever()  # noqa: S104 - a container's own
