#!/usr/bin/python3
"""Stand-in for Qdrant as a container: what test/standins/qdrant_server.py is, with the image's folders, keys and metrics.

One node: it refuses to start as one of a cluster. It does not speak gRPC.
"""

import hmac
import os
import re
import sys
import time
from importlib.metadata import version
from urllib.parse import urlsplit

import http_service
import qdrant_server
from prometheus_client import REGISTRY, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from qdrant_snapshots import Snapshots

PORT = 6333
# https://qdrant.tech/documentation/ops-monitoring/monitoring/: these need no key.
OPEN = ("/", "/healthz", "/livez", "/readyz")
READS = ("points", "points/query", "points/scroll", "points/count", "facet")

LABELS = ["method", "endpoint", "status"]
RESPONSES = Counter("rest_responses", "Answers.", LABELS)
DURATION = Histogram("rest_responses_duration_seconds", "Time of answers with status 200.", LABELS)


def endpoint(path):
    """The pattern of a path: of collections and snapshots, their kind and not their names."""
    path = re.sub(r"^/collections/[^/]+", "/collections/{collection_name}", path)
    return re.sub(r"/snapshots/(?!upload$|recover$)[^/]+", "/snapshots/{snapshot_name}", path)


class Keys:
    """https://qdrant.tech/documentation/guides/security/: two keys for everything, one for reading. None where none is set."""

    def __init__(self, environment):
        names = ("API_KEY", "ALT_API_KEY", "READ_ONLY_API_KEY")
        api, alternative, read_only = (environment.get(f"QDRANT__SERVICE__{name}", "") for name in names)
        self.all = [key for key in (api, alternative) if key]
        self.reading = [key for key in (read_only,) if key]

    def refusal(self, method, path, headers):
        """Status and message; None when it is allowed."""
        if path in OPEN or not (self.all or self.reading):
            return None
        given = (headers.get("api-key") or headers.get("authorization", "").removeprefix("Bearer ")).encode()
        if any([hmac.compare_digest(given, key.encode()) for key in self.all]):
            return None
        if not any([hmac.compare_digest(given, key.encode()) for key in self.reading]):
            return 401, b"Must provide an API key or an Authorization bearer token"
        reads = method == "GET" or (method == "POST" and path.split("/", 3)[-1] in READS)
        return None if reads else (403, b"Global manage access is required")


class Node:
    """What is told of the node at each scrape."""

    def __init__(self, node):
        self.node = node

    def collect(self):
        info = GaugeMetricFamily("app_info", "What this is.", labels=["name", "version"])
        info.add_metric([qdrant_server.TITLE, version("qdrant-edge-py")], 1)
        points = GaugeMetricFamily("collection_points", "Points of a collection.", labels=["id"])
        with self.node.lock:
            for name, collection in self.node.collections.items():
                points.add_metric([name], collection.shard.info().points_count)
        with open("/proc/self/statm", encoding="ascii") as file:
            resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        yield from (info, points)
        yield GaugeMetricFamily("collections_total", "Collections.", value=len(points.samples))
        yield GaugeMetricFamily("collection_dead_replicas", "One node has no replicas.", value=0)
        yield GaugeMetricFamily("memory_resident_bytes", "Resident memory.", value=resident)


def handler(node, keys):
    class Handler(qdrant_server.handler_for(node, "")):
        def parse_request(self):
            """Called before a request is handled: refuses it, answers a scrape, or lets it pass."""
            self.began = time.perf_counter()
            if not super().parse_request():
                return False
            path = urlsplit(self.path).path
            refusal = keys.refusal(self.command, path, self.headers)
            if refusal is None and path != "/metrics":
                return True
            if refusal is not None:
                # A connection that is closed with a body unread is reset, and who sent it may never see the answer.
                self.rfile.read(min(self.length(), qdrant_server.MAX_BODY_BYTES))
                self.close_connection = True
                self.send(*refusal, "text/plain")
            else:
                self.send(200, generate_latest(), "text/plain; version=0.0.4")
            # Only what is handled further is flushed by the server itself.
            self.wfile.flush()
            return False

        def length(self):
            """Bytes of the body, as its sender says; of one in chunks nobody knows."""
            said = self.headers.get("content-length", "")
            return int(said) if said.isdigit() else 0

        def log_request(self, code="-", size="-"):
            """Called with the status of each answer."""
            path = urlsplit(getattr(self, "path", "")).path
            if path in ("", *OPEN) or path == "/metrics":
                return
            labels = (self.command, endpoint(path), str(int(code)))
            RESPONSES.labels(*labels).inc()
            if code == 200:
                DURATION.labels(*labels).observe(time.perf_counter() - self.began)

    return Handler


def main():
    if os.environ.get("QDRANT__CLUSTER__ENABLED") == "true":
        sys.exit("This stand-in for Qdrant is one node: ballast:qdrant.replicas must be 1.")
    node = qdrant_server.Node("/qdrant/storage/collections", Snapshots("/qdrant/snapshots", 1))
    REGISTRY.register(Node(node))
    server = qdrant_server.Server(("", PORT), handler(node, Keys(os.environ)))
    print(f"{qdrant_server.TITLE}, on port {PORT}", flush=True)
    http_service.run(server)
    node.close()


if __name__ == "__main__":
    main()
