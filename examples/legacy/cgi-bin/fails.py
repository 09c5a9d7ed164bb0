#!/usr/bin/env python3
"""A CGI program that divides by what it was asked: ?by=0 shows how it fails."""

import os
import urllib.parse


def share(total, people):
    each = total / people
    return each


query = urllib.parse.parse_qs(os.environ.get("QUERY_STRING", ""))
by = int(query.get("by", ["4"])[0])
print("Content-Type: text/plain; charset=utf-8\n\n100 shared by %d is %g each" % (by, share(100, by)))
