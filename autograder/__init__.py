"""The trusted side of the kit: reads submissions, scores them in a sandbox, and keeps the marks."""

import sys

# Where this package is installed, jsonschema imports it for formats that no notebook has, and then every command that
# reads a notebook builds a grammar for three seconds.
sys.modules.setdefault("rfc3987_syntax", None)
