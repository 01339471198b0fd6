#!/usr/bin/python3
"""Stand-in for Text Embeddings Inference: its documented API over real weights, of another model than the one asked for.

`/embed`, `/health`, `/info` and `/metrics` as https://huggingface.github.io/text-embeddings-inference has them. `/info` tells
the model that makes the vectors. As in test/standins/tei.ts, a field that is not known is refused.
"""

import argparse
import json
import threading
import time
from concurrent.futures import Future
from queue import PriorityQueue
from statistics import mean

import numpy as np
from http_service import serve
from minilm import MAX_TOKENS, MODEL, MiniLM
from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest

# What it allows unless it is told otherwise: https://huggingface.co/docs/text-embeddings-inference/cli_arguments
MAX_TEXTS = 32
MAX_WAITING = 512
# Texts that are worked on at once: as many as its limit of processors.
WORKERS = 2

REGISTRY = CollectorRegistry()
# The client gives every counter a suffix, which the server's have not: to Prometheus a gauge looks the same.
REQUESTS = Gauge("te_request_count", "Requests.", ["method"], registry=REGISTRY)
SUCCESSES = Gauge("te_request_success", "Requests that succeeded.", ["method"], registry=REGISTRY)
FAILURES = Gauge("te_request_failure", "Requests that failed.", ["err"], registry=REGISTRY)
QUEUE = Gauge("te_queue_size", "Texts that wait.", registry=REGISTRY)
SECONDS = [20e-6 * 2**step for step in range(24)]
DURATION, QUEUED, INFERENCE = (
    Histogram(name, f"{what}, in seconds.", buckets=SECONDS, registry=REGISTRY)
    for name, what in (
        ("te_request_duration", "The whole request"),
        ("te_request_queue_duration", "Mean wait of a request's texts"),
        ("te_request_inference_duration", "Mean work on a request's texts"),
    )
)


class Refused(Exception):
    def __init__(self, status, kind, message, reason="validation"):
        super().__init__(message)
        self.status, self.kind, self.reason = status, kind, reason


class Text:
    """One text on its way: its turn among those of its request, then when it came."""

    def __init__(self, turn, tokens):
        self.tokens = tokens
        self.came = time.perf_counter()
        self.order = (turn, self.came)
        self.queued = self.worked = 0.0
        self.done = Future()

    def __lt__(self, other):
        return self.order < other.order


class Embedder:
    """The first text of each request comes before the second of any, so that a question does not wait for all of an import."""

    def __init__(self, model):
        self.model = model
        self.waiting = PriorityQueue()
        self.counting = threading.Lock()
        self.texts = 0
        for _ in range(WORKERS):
            threading.Thread(target=self.work, daemon=True).start()

    def work(self):
        while True:
            text = self.waiting.get()
            QUEUE.dec()
            began = time.perf_counter()
            text.queued = began - text.came
            try:
                vector = self.model.embed(text.tokens)
                text.worked = time.perf_counter() - began
                text.done.set_result(vector)
            except Exception as error:  # Whatever it is, who waits is told.
                text.done.set_exception(Refused(424, "Backend", str(error), "inference"))

    def embed(self, texts, truncate, normalize):
        began = time.perf_counter()
        tokens = [self.model.tokens(text) for text in texts]
        longest = max(len(each) for each in tokens)
        if longest > MAX_TOKENS and not truncate:
            raise Refused(413, "Validation", f"`inputs` must have less than {MAX_TOKENS} tokens. Given: {longest}")
        self.enter(len(texts))
        try:
            under_way = [Text(turn, each) for turn, each in enumerate(tokens)]
            QUEUE.inc(len(under_way))
            for text in under_way:
                self.waiting.put(text)
            vectors = [written(text.done.result(), normalize) for text in under_way]
        finally:
            self.enter(-len(texts))
        QUEUED.observe(mean(text.queued for text in under_way))
        INFERENCE.observe(mean(text.worked for text in under_way))
        DURATION.observe(time.perf_counter() - began)
        return vectors

    def enter(self, texts):
        with self.counting:
            if self.texts + texts > MAX_WAITING:
                raise Refused(429, "Overloaded", "Model is overloaded", "overloaded")
            self.texts += texts


def written(vector, normalize):
    """As numbers of JSON; a 32-bit number has no more than eight digits to tell."""
    return (vector / (np.linalg.norm(vector) if normalize else 1)).astype(float).round(8).tolist()


def asked(body):
    """Texts, truncate and normalize of a request. Raises Refused."""
    try:
        parsed = json.loads(body)
    except ValueError:
        raise Refused(400, "Validation", "the body is not JSON") from None
    if not isinstance(parsed, dict) or set(parsed) - {"inputs", "truncate", "normalize"}:
        raise Refused(422, "Validation", "there are inputs, truncate and normalize")
    inputs, truncate, normalize = parsed.get("inputs"), parsed.get("truncate", False), parsed.get("normalize", True)
    texts = [inputs] if isinstance(inputs, str) else inputs
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise Refused(422, "Validation", "inputs must be strings")
    if not isinstance(truncate, bool) or not isinstance(normalize, bool):
        raise Refused(422, "Validation", "truncate and normalize are true or false")
    if not texts or "" in texts:
        raise Refused(400, "Empty", "`inputs` cannot be empty")
    if len(texts) > MAX_TEXTS:
        message = f"batch size {len(texts)} > maximum allowed batch size {MAX_TEXTS}"
        raise Refused(413, "Validation", message, "batch_size")
    return texts, truncate, normalize, "single" if isinstance(inputs, str) else "batch"


def answer_with(embedder):
    info = {
        "model_id": MODEL,
        "model_sha": None,
        "model_dtype": "float32",
        "model_type": {"embedding": {"pooling": "mean"}},
        "max_concurrent_requests": MAX_WAITING,
        "max_input_length": MAX_TOKENS,
        "max_client_batch_size": MAX_TEXTS,
        "version": "stand-in",
    }

    def embed(body):
        try:
            texts, truncate, normalize, method = asked(body)
            REQUESTS.labels(method).inc()
            vectors = embedder.embed(texts, truncate, normalize)
        except Refused as refused:
            FAILURES.labels(refused.reason).inc()
            return refused.status, {"error": str(refused), "error_type": refused.kind}
        SUCCESSES.labels(method).inc()
        return 200, vectors

    def answer(method, path, body):
        routes = {
            ("GET", "/health"): lambda: (200, ""),
            ("GET", "/info"): lambda: (200, info),
            ("GET", "/metrics"): lambda: (200, generate_latest(REGISTRY).decode()),
            ("POST", "/embed"): lambda: embed(body),
        }
        return routes.get((method, path), lambda: (404, ""))()

    return answer


def main():
    parser = argparse.ArgumentParser(description="Stand-in for Text Embeddings Inference")
    parser.add_argument("--model-id", required=True)
    parser.add_argument("--revision")
    parser.add_argument("--hostname", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--huggingface-hub-cache")
    parser.add_argument("--json-output", action="store_true")
    options = parser.parse_args()
    embedder = Embedder(MiniLM())
    embedder.embed(["warm-up"], truncate=True, normalize=True)
    print(json.dumps({"message": f"stand-in: asked for {options.model_id}, serves {MODEL}"}), flush=True)
    serve(options.hostname, options.port, answer_with(embedder))


if __name__ == "__main__":
    main()
