"""Start a Jupyter server that writes its routes to routes.json: a list of [pattern, HTTP methods].

The first argument is the server's class, as module:name; the others are the server's own.
"""

import importlib
import json
import sys
from pathlib import Path

from tornado.routing import RuleRouter
from tornado.web import RequestHandler


def rules_of(router):
    for rule in router.rules:
        if isinstance(rule.target, RuleRouter):
            yield from rules_of(rule.target)
        elif hasattr(rule.matcher, "regex"):
            yield rule


def methods_of(handler):
    """Names of the HTTP methods that a handler answers."""
    unknown = RequestHandler._unimplemented_method
    return [name for name in handler.SUPPORTED_METHODS if getattr(handler, name.lower()) is not unknown]


def write_routes(application):
    routes = [[rule.matcher.regex.pattern, methods_of(rule.target)] for rule in rules_of(application.default_router)]
    Path("routes.json").write_text(json.dumps(routes), encoding="utf-8")


if __name__ == "__main__":
    module, _, name = sys.argv.pop(1).partition(":")
    server = getattr(importlib.import_module(module), name).instance()
    server.initialize(sys.argv[1:])
    server.io_loop.add_callback(write_routes, server.web_app)  # after the callbacks of extensions
    server.start()
