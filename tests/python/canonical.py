"""Canonicalises JSON texts, one a line, with the package rfc8785: the third opinion on RFC 8785 (JCS).

It lacks any rule of this project; what a record must be is not its business.
"""

import json
import sys

import rfc8785

for line in sys.stdin.buffer:
    sys.stdout.buffer.write(rfc8785.dumps(json.loads(line)) + b"\n")
