#!/usr/bin/python3
"""Stand-in for Grafana: it answers those who ask after its health and its metrics, and shows nothing.

What it was given to show it reads, so that a dashboard that is no JSON ends it at its start.
"""

import json
import os
from pathlib import Path

from http_service import serve
from prometheus_client import generate_latest

DASHBOARDS = Path("/etc/grafana/dashboards")


def main():
    titles = sorted(json.loads(file.read_text())["title"] for file in DASHBOARDS.glob("*.json"))
    page = "\n".join(["This is a stand-in for Grafana. It was given these dashboards, and shows none:", *titles, ""])
    routes = {
        # https://grafana.com/docs/grafana/latest/developer-resources/api-reference/http-api/other/
        "/api/health": lambda: {"database": "ok", "version": "stand-in"},
        "/healthz": lambda: "Ok",
        "/metrics": lambda: generate_latest().decode(),
        "/": lambda: page,
    }

    def answer(method, path, _):
        if method != "GET" or path not in routes:
            return 404, {"message": "Not found. This is a stand-in for Grafana."}
        return 200, routes[path]()

    port = int(os.environ.get("GF_SERVER_HTTP_PORT", "3000"))
    print(f"stand-in for Grafana on port {port}, with {len(titles)} dashboards that it does not show", flush=True)
    serve("", port, answer)


if __name__ == "__main__":
    main()
