"""Qdrant's documented REST API, as far as the service uses it, over Qdrant's own engine.

The Qdrant server is a container image or a Rust build; its storage and search engine is a Python package, qdrant-edge-py.
This program puts the server's API over that engine, so that search, filters and payload indexes are Qdrant's own. It is a
stand-in all the same: one node, one thread at a time, no optimiser in the background.

A snapshot is an archive of a collection's folder, beside it a file with its SHA-256. As with the server, snapshots are
kept apart from the collections, survive them, and are listed only while the collection is there.

Stricter than the server where a mistake would otherwise go unseen: a field or parameter that it does not know is refused
with 400, and a write without wait=true is applied a moment after its answer.

    python qdrant_server.py --port 6333 --storage FOLDER [--api-key KEY]
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from urllib.parse import parse_qsl, unquote, urlsplit

import qdrant_edge as edge

from qdrant_snapshots import Damaged, Snapshots, uploaded_file

TITLE = f"stand-in for Qdrant, over qdrant-edge-py {version('qdrant-edge-py')}"
DEFERRED_WRITE_SECONDS = 0.2
MAX_BODY_BYTES = 32 * 1024 * 1024  # the server's default, service.max_request_size_mb
DISTANCES = {"Cosine": edge.Distance.Cosine, "Dot": edge.Distance.Dot, "Euclid": edge.Distance.Euclid}
NAME = re.compile(r'^[^<>:"/\\|?*\0\x1f]{1,255}$')


class Refused(Exception):
    """An answer other than 200."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def only(value, what, allowed, required=()):
    """The object itself, when it has no field beyond the allowed ones and each required one."""
    if not isinstance(value, dict):
        raise Refused(400, f"Format error in JSON body: {what} must be an object")
    unknown = sorted(set(value) - set(allowed) - set(required))
    if unknown:
        raise Refused(400, f"stand-in: {what} has fields it does not know: {', '.join(unknown)}")
    missing = sorted(set(required) - set(value))
    if missing:
        raise Refused(400, f"Format error in JSON body: missing field `{missing[0]}`")
    return value


def filter_of(body):
    """https://qdrant.tech/documentation/concepts/filtering/: clauses, match and has_id conditions."""
    if body is None:
        return None
    only(body, "filter", ("must", "should", "must_not"))
    clauses = {}
    for clause, conditions in body.items():
        listed = conditions if isinstance(conditions, list) else [conditions]
        clauses[clause] = [condition_of(condition) for condition in listed]
    return edge.Filter(**clauses)


def condition_of(body):
    if isinstance(body, dict) and "has_id" in body:
        return edge.HasIdCondition([id_of(each) for each in only(body, "condition", ("has_id",))["has_id"]])
    if isinstance(body, dict) and "key" not in body:
        return filter_of(body)
    only(body, "condition", (), ("key", "match"))
    match = only(body["match"], "match", ("value", "any", "except"))
    if len(match) != 1:
        raise Refused(400, "Format error in JSON body: match takes one of value, any, except")
    ((kind, value),) = match.items()
    matcher = {"value": edge.MatchValue, "any": edge.MatchAny, "except": edge.MatchExcept}[kind]
    return edge.FieldCondition(body["key"], match=matcher(value))


def id_of(value):
    """A point's ID: an unsigned integer or a UUID."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    try:
        return str(uuid.UUID(value))
    except (ValueError, AttributeError, TypeError):
        raise Refused(
            400,
            f"Format error in JSON body: value {value} is not a valid point ID, "
            "valid values are either an unsigned integer or a UUID",
        ) from None


def json_id(value):
    return value if isinstance(value, int) else str(value)


def payload_selector(value):
    if isinstance(value, list):
        return edge.PayloadSelector.Include(value)
    return bool(value)


class Collection:
    """A collection of one node is one shard of the engine."""

    def __init__(self, folder, params=None):
        self.folder = folder
        if params is None:
            with open(os.path.join(folder, "params.json"), encoding="utf8") as file:
                self.params = json.load(file)
            self.shard = edge.EdgeShard.load(os.path.join(folder, "shard"))
            return
        self.params = params
        os.makedirs(folder)
        vectors = edge.EdgeVectorParams(size=params["size"], distance=DISTANCES[params["distance"]])
        self.shard = edge.EdgeShard.create(os.path.join(folder, "shard"), edge.EdgeConfig(vectors=vectors))
        with open(os.path.join(folder, "params.json"), "w", encoding="utf8") as file:
            json.dump(params, file)

    def describe(self):
        info = self.shard.info()
        return {
            "status": "green",
            "optimizer_status": "ok",
            "indexed_vectors_count": info.indexed_vectors_count,
            "points_count": info.points_count,
            "segments_count": info.segments_count,
            "config": {
                "params": {
                    "vectors": {"size": self.params["size"], "distance": self.params["distance"]},
                    "shard_number": 1,
                    "replication_factor": self.params.get("replication_factor", 1),
                }
            },
            "payload_schema": {field: describe_index(index) for field, index in info.payload_schema.items()},
        }

    def shards(self, peer_id):
        shard = {"shard_id": 0, "points_count": self.shard.info().points_count, "state": "Active"}
        return {
            "peer_id": peer_id,
            "shard_count": 1,
            "local_shards": [shard],
            "remote_shards": [],
            "shard_transfers": [],
        }

    def index(self, body):
        only(body, "body", (), ("field_name", "field_schema"))
        schema = body["field_schema"]
        if isinstance(schema, str):
            schema = {"type": schema}
        kinds = {
            "keyword": (edge.KeywordIndexParams, ("type", "is_tenant")),
            "integer": (edge.IntegerIndexParams, ("type", "lookup", "range")),
        }
        if schema.get("type") not in kinds:
            raise Refused(400, f"stand-in: field_schema must be one of {', '.join(kinds)}")
        kind, fields = kinds[schema["type"]]
        only(schema, "field_schema", fields)
        options = {name: value for name, value in schema.items() if name != "type"}
        self.shard.update(edge.UpdateOperation.create_field_index(body["field_name"], kind(**options)))

    def upsert(self, body):
        only(body, "body", (), ("points",))
        points = []
        for point in body["points"]:
            only(point, "point", ("payload",), ("id", "vector"))
            if len(point["vector"]) != self.params["size"]:
                raise Refused(
                    400,
                    f"Wrong input: Vector dimension error: expected dim: {self.params['size']}, "
                    f"got {len(point['vector'])}",
                )
            points.append(edge.Point(id_of(point["id"]), point["vector"], point.get("payload") or {}))
        self.shard.update(edge.UpdateOperation.upsert_points(points))

    def delete(self, body):
        only(body, "body", ("points", "filter"))
        if "filter" in body:
            operation = edge.UpdateOperation.delete_points_by_filter(filter_of(body["filter"]))
        else:
            operation = edge.UpdateOperation.delete_points([id_of(each) for each in body.get("points", [])])
        self.shard.update(operation)

    def query(self, body):
        only(body, "body", ("filter", "limit", "offset", "score_threshold", "with_payload", "with_vector"), ("query",))
        request = edge.QueryRequest(
            limit=body.get("limit", 10),
            offset=body.get("offset", 0),
            query=edge.Query.Nearest(body["query"]),
            filter=filter_of(body.get("filter")),
            score_threshold=body.get("score_threshold"),
            with_payload=payload_selector(body.get("with_payload", False)),
            with_vector=body.get("with_vector", False),
        )
        found = self.shard.query(request)
        return {"points": [{"version": each.version, "score": each.score, **record(each)} for each in found]}

    def scroll(self, body):
        only(body, "body", ("filter", "limit", "offset", "with_payload", "with_vector"))
        offset = body.get("offset")
        request = edge.ScrollRequest(
            offset=None if offset is None else id_of(offset),
            limit=body.get("limit", 10),
            filter=filter_of(body.get("filter")),
            with_payload=payload_selector(body.get("with_payload", True)),
            with_vector=body.get("with_vector", False),
        )
        records, following = self.shard.scroll(request)
        return {
            "points": [record(each) for each in records],
            "next_page_offset": None if following is None else json_id(following),
        }

    def retrieve(self, body):
        only(body, "body", ("with_payload", "with_vector"), ("ids",))
        found = self.shard.retrieve(
            [id_of(each) for each in body["ids"]],
            payload_selector(body.get("with_payload", True)),
            body.get("with_vector", False),
        )
        return [record(each) for each in found]

    def count(self, body):
        only(body, "body", ("filter", "exact"))
        request = edge.CountRequest(exact=body.get("exact", True), filter=filter_of(body.get("filter")))
        return {"count": self.shard.count(request)}

    def facet(self, body):
        only(body, "body", ("filter", "limit", "exact"), ("key",))
        if body["key"] not in self.shard.info().payload_schema:
            raise Refused(400, f"Bad request: Index required but not found for \"{body['key']}\" of type [keyword]")
        request = edge.FacetRequest(
            key=body["key"],
            limit=body.get("limit", 10),
            exact=body.get("exact", False),
            filter=filter_of(body.get("filter")),
        )
        return {"hits": [{"value": hit.value, "count": hit.count} for hit in self.shard.facet(request).hits]}

    def close(self):
        self.shard.flush()
        self.shard.close()


def describe_index(index):
    kind = "keyword" if isinstance(index.params, edge.KeywordIndexParams) else "integer"
    params = {"type": kind}
    if getattr(index.params, "is_tenant", None) is not None:
        params["is_tenant"] = index.params.is_tenant
    return {"data_type": kind, "params": params, "points": index.points}


def record(point):
    body = {"id": json_id(point.id)}
    if point.payload is not None:
        body["payload"] = point.payload
    if point.vector is not None:
        body["vector"] = point.vector
    return body


class Node:
    """The collections of a storage folder, and the routes to them."""

    def __init__(self, storage, snapshots):
        self.storage = storage
        self.snapshots = snapshots
        os.makedirs(storage, exist_ok=True)
        self.lock = threading.RLock()
        self.operations = 0
        self.collections = {name: Collection(os.path.join(storage, name)) for name in sorted(os.listdir(storage))}

    def answer(self, method, path, query, body):
        """The result of one call, bytes for a file. Raises Refused."""
        with self.lock:
            if path == "/" and method == "GET":
                return {"title": TITLE, "version": "stand-in"}
            if path == "/cluster" and method == "GET":
                return {"status": "disabled"}
            parts = path.strip("/").split("/")
            if parts[0] != "collections":
                raise Refused(404, "")
            if len(parts) == 1 and method == "GET":
                return {"collections": [{"name": name} for name in sorted(self.collections)]}
            name, rest = parts[1], "/".join(parts[2:])
            if rest == "":
                return self.manage(method, name, query, body)
            if rest.startswith("snapshots"):
                return self.snapshot(method, name, rest.removeprefix("snapshots").strip("/"), query, body)
            collection = self.existing(name)
            if rest == "cluster" and method == "GET":
                return collection.shards(self.snapshots.peer_id)
            reads = {
                "points": collection.retrieve,
                "points/query": collection.query,
                "points/scroll": collection.scroll,
                "points/count": collection.count,
                "facet": collection.facet,
            }
            if method == "POST" and rest in reads:
                only(query, "query string", ("timeout", "consistency"))
                return reads[rest](body)
            writes = {
                ("PUT", "points"): collection.upsert,
                ("POST", "points/delete"): collection.delete,
                ("PUT", "index"): collection.index,
            }
            if (method, rest) in writes:
                only(query, "query string", ("wait", "timeout", "ordering"))
                return self.write(lambda: writes[(method, rest)](body), query.get("wait") == "true")
            raise Refused(404, "")

    def existing(self, name):
        if name not in self.collections:
            raise Refused(404, f"Not found: Collection `{name}` doesn't exist!")
        return self.collections[name]

    def manage(self, method, name, query, body):
        if not NAME.match(name):
            raise Refused(400, "Wrong input: Collection name is not valid")
        only(query, "query string", ("timeout",))
        if method == "GET":
            return self.existing(name).describe()
        folder = os.path.join(self.storage, name)
        if method == "PUT":
            if name in self.collections:
                raise Refused(409, f"Wrong input: Collection `{name}` already exists!")
            only(body, "body", ("replication_factor",), ("vectors",))
            vectors = only(body["vectors"], "vectors", (), ("size", "distance"))
            if vectors["distance"] not in DISTANCES:
                raise Refused(400, f"Format error in JSON body: unknown variant `{vectors['distance']}`")
            replicas = body.get("replication_factor", 1)
            self.collections[name] = Collection(folder, {**vectors, "replication_factor": replicas})
            return True
        if method == "DELETE":
            if name not in self.collections:
                return False
            self.collections.pop(name).close()
            shutil.rmtree(folder)
            return True
        raise Refused(405, "")

    def snapshot(self, method, name, rest, query, body):
        """Of one collection. As the server does, only for one that is there; what restores makes it."""
        only(query, "query string", ("wait", "priority", "checksum"))
        if method == "POST" and rest == "upload":
            uploaded = uploaded_file(*body) if isinstance(body, tuple) else None
            if uploaded is None:
                raise Refused(400, "Multipart deserialize error: field 'snapshot' is required")
            return self.recover(name, self.snapshots.keep(name, *uploaded), query.get("checksum"))
        if method == "PUT" and rest == "recover":
            only(body, "body", ("priority", "checksum", "api_key"), ("location",))
            location = urlsplit(body["location"])
            if location.scheme != "file" or not location.path.startswith(os.path.join(self.snapshots.folder, "")):
                raise Refused(403, "Snapshot file path must be inside the snapshots directory")
            if not os.path.exists(location.path):
                raise Refused(400, f"Snapshot file {location.path} does not exist")
            return self.recover(name, location.path, body.get("checksum"))
        collection = self.existing(name)
        if rest == "":
            if method == "GET":
                return self.snapshots.list(name)
            if method == "POST":
                collection.shard.flush()
                return self.snapshots.create(name, collection.folder)
            raise Refused(405, "")
        path = self.snapshots.find(name, rest)
        if path is None:
            raise Refused(404, f"Not found: Snapshot {rest}")
        if method == "DELETE":
            self.snapshots.remove(path)
            return True
        if method == "GET":
            with open(path, "rb") as file:
                return file.read()
        raise Refused(405, "")

    def recover(self, name, path, checksum):
        try:
            unpacked = self.snapshots.unpack(path, checksum)
        except Damaged as error:
            raise Refused(400, f"Wrong input: {error}") from None
        folder = os.path.join(self.storage, name)
        if name in self.collections:
            with open(os.path.join(unpacked, "params.json"), encoding="utf8") as file:
                size = json.load(file)["size"]
            if size != self.collections[name].params["size"]:
                shutil.rmtree(unpacked)
                raise Refused(400, "Wrong input: Snapshot is not compatible with existing collection")
            self.collections.pop(name).close()
            shutil.rmtree(folder)
        shutil.move(unpacked, folder)
        self.collections[name] = Collection(folder)
        return True

    def write(self, work, wait):
        self.operations += 1
        if wait:
            work()
            return {"operation_id": self.operations, "status": "completed"}
        threading.Timer(DEFERRED_WRITE_SECONDS, lambda: self.later(work)).start()
        return {"operation_id": self.operations, "status": "acknowledged"}

    def later(self, work):
        with self.lock:
            work()

    def close(self):
        with self.lock:
            for collection in self.collections.values():
                collection.close()


def handler_for(node, api_key):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body in one packet each would wait for the client's delayed acknowledgement.
        disable_nagle_algorithm = True
        wbufsize = -1

        def handle_call(self):
            began = time.perf_counter()
            url = urlsplit(self.path)
            try:
                body = self.read_body()
                if url.path in ("/healthz", "/readyz", "/livez"):
                    return self.send(200, b"all shards are ready", "text/plain")
                if api_key and self.headers.get("api-key") != api_key:
                    raise Refused(401, "Must provide an API key or an Authorization bearer token")
                result = node.answer(self.command, unquote(url.path), dict(parse_qsl(url.query)), body)
                if isinstance(result, bytes):
                    return self.send(200, result, "application/octet-stream")
                status, content = 200, {"result": result, "status": "ok"}
            except Refused as refused:
                status, content = refused.status, {"status": {"error": str(refused)}}
            except Exception as error:  # What the engine refuses, a wrong dimension for example.
                status, content = 400, {"status": {"error": f"Wrong input: {error}"}}
            content["time"] = time.perf_counter() - began
            self.send(status, json.dumps(content).encode(), "application/json")

        do_GET = do_PUT = do_POST = do_DELETE = handle_call

        def read_body(self):
            length = int(self.headers.get("content-length", 0))
            kind = self.headers.get("content-type", "")
            if kind.startswith("multipart/form-data"):  # The limit is not for uploads.
                return kind, self.rfile.read(length)
            if length > MAX_BODY_BYTES:
                self.close_connection = True
                raise Refused(413, "Payload reached size limit.")
            raw = self.rfile.read(length)
            if not raw:
                return None
            try:
                return json.loads(raw)
            except ValueError as error:
                raise Refused(400, f"Format error in JSON body: {error}") from None

        def send(self, status, content, kind):
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    return Handler


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = socket.SOMAXCONN


def main():
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--port", type=int, required=True, help="TCP port of the loopback address; 0 for a free one")
    parser.add_argument("--storage", required=True, help="folder of the collections; made when absent")
    parser.add_argument("--snapshots", help="folder of their snapshots; beside the other one when absent")
    parser.add_argument("--peer-id", type=int, default=1, help="in the names of snapshots")
    parser.add_argument("--api-key", default="", help="required of every call when given")
    parser.add_argument("--until-stdin-ends", action="store_true", help="end with whoever holds the other end")
    options = parser.parse_args()
    snapshots = Snapshots(os.path.abspath(options.snapshots or f"{options.storage}-snapshots"), options.peer_id)
    node = Node(options.storage, snapshots)
    server = Server(("127.0.0.1", options.port), handler_for(node, options.api_key))
    # shutdown() waits for serve_forever(), which runs in this very thread: another one has to call it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    if options.until_stdin_ends:
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    print(f"{TITLE}, listening on port {server.server_address[1]}", flush=True)
    server.serve_forever(poll_interval=0.05)
    node.close()


if __name__ == "__main__":
    sys.exit(main())
