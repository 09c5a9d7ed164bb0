"""Applications that do something with their process, or to it."""

import hashlib
import os
import sys
import threading
import time

TEXT = [("Content-Type", "text/plain")]
held = []
notes = []


def respond(start, text):
    start("200 OK", list(TEXT))
    return [text.encode()]


def environment(environ, start):
    return respond(start, "".join("%s=%s\n" % pair for pair in sorted(os.environ.items())))


def mirror(environ, start):
    source, path = environ["wsgi.input"], environ["PATH_INFO"]
    if path == "/hash":
        digest = hashlib.sha256()
        while True:
            data = source.read(100_000)
            if not data:
                return respond(start, digest.hexdigest())
            digest.update(data)
    if path == "/echo":
        start("200 OK", [("Content-Length", environ["CONTENT_LENGTH"])])
        return iter(lambda: source.read(1 << 20), b"")
    if path == "/count":
        total = 0
        while True:
            n = len(source.read(1 << 20))
            if n == 0:
                return respond(start, str(total))
            total += n
    if path == "/much":
        start("200 OK", list(TEXT))
        return (b"x" * (1 << 20) for _ in range(int(environ["QUERY_STRING"])))
    return respond(start, "unread")


class Endless:
    """An answer without an end that notes when it is closed."""

    def __init__(self, size):
        self.size = size

    def __iter__(self):
        return self

    def __next__(self):
        time.sleep(0.01)
        return b"x" * self.size

    def close(self):
        notes.append("closed")


def application(environ, start):
    path = environ["PATH_INFO"]
    if path == "/pid":
        return respond(start, str(os.getpid()))
    if path == "/slow":
        time.sleep(0.3)
        return respond(start, str(os.getpid()))
    if path == "/hang":
        time.sleep(3600)
    if path == "/spin":  # in C, with the GIL held
        sum(iter(int, 1))
    if path == "/exit":
        os._exit(7)
    if path == "/suicide":
        os.kill(os.getpid(), 9)
    if path == "/segfault":
        os.kill(os.getpid(), 11)
    if path == "/leak":
        held.append(bytearray(b"x" * (20 << 20)))
        return respond(start, str(os.getpid()))
    if path == "/endless":
        start("200 OK", list(TEXT))
        return Endless(10)
    if path == "/flood":
        start("200 OK", list(TEXT))
        return Endless(1 << 20)
    if path == "/upload":
        try:
            while environ["wsgi.input"].read(1000):
                pass
            notes.append("whole")
        except OSError as e:
            notes.append("upload: OSError")
            raise
        return respond(start, "whole")
    if path == "/notes":
        text = ",".join(notes)
        notes.clear()
        return respond(start, text)
    if path == "/broken-off":
        start("200 OK", list(TEXT))
        return iter_then_exit()
    if path == "/fds":  # closes what is not its own
        os.closerange(3, 256)
        return respond(start, "closed all")
    if path == "/garbage":
        for fd in range(3, 64):
            try:
                os.write(fd, b"Z" * 100)
            except OSError:
                pass
        return respond(start, "never")
    if path == "/forge":  # sends what the query says in place of an answer
        forged = bytes.fromhex(environ["QUERY_STRING"])
        os.write(environ["wsgi.input"]._sock.fileno(), forged)
        if forged.endswith(b"E\0\0\0\0") and len(forged) > 5:
            os._exit(1)
        time.sleep(3600)
    if path == "/thread":
        return respond(start, threading.current_thread().name)
    if path == "/stream":
        start("200 OK", list(TEXT))
        return stream()
    return respond(start, "hello")


def iter_then_exit():
    yield b"begun"
    os._exit(3)


def stream():
    for i in range(3):
        yield b"%d\n" % i
        time.sleep(0.2)


def hello(environ, start):
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"hello\n"]
