"""Applications by path, each for one case of pep3333_test.go."""

import io
import sys
import tempfile
from wsgiref.validate import validator

TEXT = [("Content-Type", "text/plain")]
events = []


class Answer:
    """An iterable that notes that it was closed."""

    def __init__(self, *pieces, fail=None):
        self.pieces = iter(pieces)
        self.fail = fail

    def __iter__(self):
        return self

    def __next__(self):
        for piece in self.pieces:
            return piece
        if self.fail:
            raise self.fail
        raise StopIteration

    def close(self):
        events.append("closed")


def respond(start, *pieces, status="200 OK", headers=TEXT):
    start(status, list(headers))
    return list(pieces)


def written(environ, start):
    write = start("200 OK", list(TEXT))
    write(b"one ")
    write(b"two ")
    return [b"three"]


def generated(environ, start):
    start("200 OK", list(TEXT))
    yield b""
    yield b"one "
    yield b"two"


def late(environ, start):
    yield b""
    start("201 Created", list(TEXT))
    yield b"late"


def replaced(environ, start):
    start("200 OK", list(TEXT))
    try:
        raise ValueError("first")
    except ValueError:
        start("404 Not Found", list(TEXT), sys.exc_info())
    return [b"replaced"]


def too_late(environ, start):
    start("200 OK", list(TEXT))(b"begun")
    try:
        raise ValueError("too late to say so")
    except ValueError:
        start("500 Oops", list(TEXT), sys.exc_info())
    return [b"never"]


def twice(environ, start):
    start("200 OK", list(TEXT))
    start("200 OK", list(TEXT))
    return [b""]


def raised_between(environ, start):
    start("200 OK", list(TEXT))
    yield b"begun"
    raise ValueError("in the midst")


def caught(environ, start):
    """An application that goes on after a start_response that was refused."""
    try:
        start("200 OK", [("Connection", "close")])
    except AssertionError:
        start("200 OK", list(TEXT))
    return [b"went on"]


def chained(environ, start):
    try:
        raise KeyError("inner")
    except KeyError as e:
        raise ValueError("outer") from e


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def unspeakable(environ, start):
    raise Unspeakable()


def exits(environ, start):
    sys.exit("leaving")


def noted(environ, start):
    text = ",".join(events).encode()
    events.clear()
    return respond(start, text)


def closed_at_error(environ, start):
    start("200 OK", list(TEXT))
    return Answer(fail=ValueError("of the iterator"))


def closed_fails(environ, start):
    class Bad(Answer):
        def close(self):
            raise ValueError("in close")
    start("200 OK", list(TEXT))
    return Bad(b"fine")


def errors(environ, start):
    print("to wsgi.errors", file=environ["wsgi.errors"])
    environ["wsgi.errors"].write("without an end")
    print("to stdout")
    sys.stderr.write("to stderr\n")
    return respond(start, b"ok")


def kept(environ, start):
    """Uses what belonged to the request before."""
    global last
    before, last = last, environ
    text = b"first"
    if before:
        try:
            before["wsgi.input"].read()
        except ValueError as e:
            text = str(e).encode()
        print("said later", file=before["wsgi.errors"])
    return respond(start, text)


last = None

CASES = {
    "/list": lambda e, s: respond(s, b"one ", b"two"),
    "/single": lambda e, s: respond(s, b"x" * 10000),
    "/tuple": lambda e, s: tuple(respond(s, b"one ", b"two")),
    "/bytes": lambda e, s: respond(s) or b"abc",
    "/empty": lambda e, s: respond(s),
    "/empty-piece": lambda e, s: respond(s, b""),
    "/written": written,
    "/generated": generated,
    "/late": late,
    "/replaced": replaced,
    "/too-late": too_late,
    "/twice": twice,
    "/never": lambda e, s: [b"no start_response"],
    "/never-empty": lambda e, s: [],
    "/none": lambda e, s: respond(s) and None or None,
    "/str": lambda e, s: respond(s, "text"),
    "/str-iterated": lambda e, s: iter(respond(s, "text")),
    "/written-str": lambda e, s: s("200 OK", list(TEXT))("text"),
    "/raised": lambda e, s: 1 / 0,
    "/raised-between": raised_between,
    "/chained": chained,
    "/unspeakable": unspeakable,
    "/exits": exits,
    "/caught": caught,
    "/status-short": lambda e, s: respond(s, status="200"),
    "/status-text": lambda e, s: respond(s, status="OK 200"),
    "/status-099": lambda e, s: respond(s, status="099 Low"),
    "/status-100": lambda e, s: respond(s, status="100 Continue"),
    "/status-lf": lambda e, s: respond(s, status="200 OK\nX-A: b"),
    "/status-999": lambda e, s: respond(s, b"odd", status="999 Odd"),
    "/status-bytes": lambda e, s: respond(s, status=b"200 OK"),
    "/header-tuple": lambda e, s: s("200 OK", tuple(TEXT)),
    "/header-bytes": lambda e, s: respond(s, headers=[(b"X-A", "b")]),
    "/header-value": lambda e, s: respond(s, headers=[("X-A", 1)]),
    "/header-name": lambda e, s: respond(s, headers=[("X A", "b")]),
    "/header-lf": lambda e, s: respond(s, headers=[("X-A", "b\nX-C: d")]),
    "/header-cr": lambda e, s: respond(s, headers=[("X-A", "b\rX-C: d")]),
    "/header-nul": lambda e, s: respond(s, headers=[("X-A", "b\0")]),
    "/header-unicode": lambda e, s: respond(s, headers=[("X-A", "\u20ac")]),
    "/header-latin1": lambda e, s: respond(s, b"ok", headers=[("X-A", "caf\xe9")]),
    "/header-hop": lambda e, s: respond(s, headers=[("transfer-encoding", "chunked")]),
    "/header-status": lambda e, s: respond(s, headers=[("Status", "200")]),
    "/cookies": lambda e, s: respond(s, b"ok", headers=[("Set-Cookie", "a=1"), ("set-cookie", "b=2")]),
    "/length": lambda e, s: respond(s, b"12", b"345", headers=[("Content-Length", "5")]),
    "/length-short": lambda e, s: respond(s, b"12", headers=[("Content-Length", "5")]),
    "/length-short-head": lambda e, s: iter(respond(s, b"12", headers=[("Content-Length", "5")])),
    "/length-long": lambda e, s: respond(s, b"1234567", headers=[("Content-Length", "5")]),
    "/length-long-later": lambda e, s: respond(s, b"12345", b"67", headers=[("Content-Length", "5")]),
    "/length-twice": lambda e, s: respond(s, headers=[("Content-Length", "5"), ("content-length", "5")]),
    "/length-text": lambda e, s: respond(s, headers=[("Content-Length", "five")]),
    "/304": lambda e, s: respond(s, b"dropped", status="304 Not Modified", headers=[("ETag", '"a"')]),
    "/204": lambda e, s: respond(s, b"dropped", status="204 No Content", headers=[]),
    "/closed": lambda e, s: respond(s) or Answer(b"one ", b"two"),
    "/closed-at-error": closed_at_error,
    "/closed-fails": closed_fails,
    "/noted": noted,
    "/errors": errors,
    "/kept": kept,
    "/headless-empty": lambda e, s: iter(respond(s)),
}


def application(environ, start_response):
    return CASES[environ["PATH_INFO"]](environ, start_response)


def echo(environ, start_response):
    """What there is in environ, and of the body."""
    body = environ["wsgi.input"].read()
    lines = ["%s=%r" % (name, value) for name, value in sorted(environ.items()) if isinstance(value, (str, bool, tuple))]
    return respond(start_response, "\n".join(lines + ["body=%d" % len(body), ""]).encode())


def bodies(environ, start_response):
    """Reads wsgi.input by the calls in the query: read(3),readline(),..."""
    source = environ["wsgi.input"]
    results = [repr(eval("source." + call, {"source": source, "list": list})) for call in environ["QUERY_STRING"].split(";")]
    return respond(start_response, " ".join(results).encode())


def everything(environ, start_response):
    """For wsgiref.validate: uses all of what there is."""
    source, log = environ["wsgi.input"], environ["wsgi.errors"]
    line = source.readline()
    lines = source.readlines()
    rest = source.read(10)
    log.write("a line\n")
    log.writelines(["more\n"])
    log.flush()
    write = start_response("200 OK", [("Content-Type", "text/plain"), ("X-Lines", str(len(lines)))])
    write(line)
    if environ["QUERY_STRING"] == "file":
        return environ["wsgi.file_wrapper"](io.BytesIO(b"of a file"))
    return Answer(b"and ", rest, b"more")


valid = validator(everything)


def files(environ, start_response):
    """wsgi.file_wrapper, as the query says."""
    wrapper = environ["wsgi.file_wrapper"]
    how = environ["QUERY_STRING"]
    f = tempfile.TemporaryFile()
    f.write(b"0123456789" * 100000)
    f.seek(0)
    headers = list(TEXT)
    if how == "offset":
        f.read(999990)
    elif how == "length":
        headers.append(("Content-Length", "15"))
    elif how == "short":
        headers.append(("Content-Length", "1000001"))
    elif how == "memory":
        f = io.BytesIO(b"0123456789")
    elif how == "iterated":
        start_response("200 OK", headers)
        return iter(wrapper(f))
    elif how == "pipe":
        import os
        r, w = os.pipe()
        os.write(w, b"of a pipe")
        os.close(w)
        f = os.fdopen(r, "rb")
    start_response("200 OK", headers)
    return wrapper(f, 4096)
