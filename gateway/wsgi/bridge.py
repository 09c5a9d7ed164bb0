"""The Python half of surcoat's wsgi.App: runs a WSGI application (PEP 3333) in worker processes.

The first process, started by the Go program, forks workers when it is told to, says how they
ended, and does nothing else; with preload it imports the application before. A worker makes a
pair of sockets for each of its threads and hands one end to the Go program, over which requests
come one after the other. What the messages look like is described in message.go and control.go.

Standard library only; Python 3.9 and later.
"""

import array
import faulthandler
import fcntl
import gc
import importlib
import os
import re
import select
import signal
import socket
import stat
import struct
import sys
import threading
import traceback
from time import monotonic

SOURCE = "surcoat-bridge"  # as tracebacks name this file
CONTROL, LIFELINE = 3, 5  # descriptors from the Go program; 4 was this text
MAX_TEXT = 12 << 10  # characters of a traceback, or of what is logged at once

REQUEST = struct.Struct("!BII")  # kind, length of the variables, length of the body's beginning
PIECE = struct.Struct("!BI")  # kind, length
WHOLE, MORE, STOP = range(3)  # kinds of what comes
FILE = struct.Struct("!BIQQ")  # "F", length, offset, count

pack = PIECE.pack
unpack_request = REQUEST.unpack_from
frame = PIECE.size
request_frame = REQUEST.size

HEAD, FILE_HEAD, DATA, RAISED = b"HhDX"  # kinds of what goes
END, ANSWERED, IDLE, WANTED = (pack(kind, 0) for kind in b"EeIW")


# Applications mostly have nothing to do after an answer, and then its end can say that the thread
# is free. One that once took longer than SLOW, in seconds, is not trusted to be quick again.
SLOW = 0.005
slow = False


class Gone(ConnectionError):
    """The client, or the Go program, has gone."""


# ---- What a response may look like


status_line = re.compile(r"[2-9][0-9][0-9] ").match
controls = re.compile("[\0-\x08\x0b-\x1f\x7f]").search
ORDINARY, LENGTH = 0, 1
kinds = {}  # of header fields, by the names that applications spell


def kind_of(name):
    """Says whether a field's name is Content-Length; refuses those that an application must not send."""
    lower = name.lower()
    if lower in ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
                 "status", "te", "trailer", "trailers", "transfer-encoding", "upgrade"):
        raise AssertionError("the header field %r is the server's, not the application's (PEP 3333)" % name)
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        raise ValueError("not the name of a header field: %r" % name)
    kind = LENGTH if lower == "content-length" else ORDINARY
    if len(kinds) < 1000:
        kinds[name] = kind
    return kind


def encode_head(status, headers):
    """Returns a head as it is sent, and the Content-Length in it, -1 for none."""
    if not isinstance(status, str):
        raise TypeError("the status is a %s, not a str" % type(status).__name__)
    if not status_line(status):
        raise ValueError("not a status: %r" % status)
    if not isinstance(headers, list):
        raise TypeError("the headers are a %s, not a list" % type(headers).__name__)
    parts = [status]
    length = -1
    for name, value in headers:
        kind = kinds.get(name)
        if kind is None:
            if not isinstance(name, str):
                raise TypeError("a header field's name is a %s, not a str" % type(name).__name__)
            kind = kind_of(name)
        if kind == LENGTH:
            if length >= 0:
                raise ValueError("a second Content-Length")
            if not re.fullmatch("[0-9]{1,18}", value):
                raise ValueError("not a Content-Length: %r" % value)
            length = int(value)
        parts.append(name)
        parts.append(value)
    text = "\n".join(parts)  # refuses what is no str
    if text.count("\n") != len(parts) - 1 or controls(text):
        raise ValueError("a control character in the status or the headers")
    return text.encode("latin-1"), length


# ---- A request


class Input:
    """wsgi.input: what has come with the request, then pieces that are asked for one by one."""

    __slots__ = ("_sock", "_buf", "_pos", "_more")

    def __init__(self, sock, first, more):
        self._sock = sock
        self._buf = first
        self._pos = 0
        self._more = more

    def _fill(self):
        """Puts the next piece in place of one that was read. False: there is none."""
        while self._more:
            if self._sock is None:
                raise ValueError("wsgi.input is read after the request's end")
            self._sock.sendall(WANTED)
            kind, length = PIECE.unpack(receive(self._sock, frame))
            self._buf, self._pos, self._more = receive(self._sock, length), 0, kind == MORE
            if length:
                return True
        return False

    def _rest(self):
        rest = self._buf[self._pos:] if self._pos else self._buf
        self._buf, self._pos = b"", 0
        return rest

    def read(self, size=-1):
        if size is None or size < 0:
            pieces = [self._rest()]
            while self._fill():
                pieces.append(self._rest())
            return b"".join(pieces)
        pieces = []
        while size > 0:
            if self._pos >= len(self._buf) and not self._fill():
                break
            piece = self._buf[self._pos:self._pos + size]
            self._pos += len(piece)
            size -= len(piece)
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def readline(self, size=-1):
        if size is None or size < 0:
            size = sys.maxsize
        pieces = []
        while size > 0:
            if self._pos >= len(self._buf) and not self._fill():
                break
            at = self._buf.find(b"\n", self._pos)
            end = min(len(self._buf) if at < 0 else at + 1, self._pos + size)
            piece = self._buf[self._pos:end]
            self._pos = end
            size -= len(piece)
            pieces.append(piece)
            if piece.endswith(b"\n"):
                break
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def readlines(self, hint=-1):
        lines, total = [], 0
        for line in self:
            lines.append(line)
            total += len(line)
            if hint is not None and 0 < hint <= total:
                break
        return lines

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line


class Errors:
    """wsgi.errors: whole lines go to the Go program's log, with the request's path."""

    __slots__ = ("_script", "_path", "_text")

    def __init__(self, script, path):
        # Not environ: a circle of references would leave each request to the garbage collector.
        self._script = script
        self._path = path
        self._text = ""

    def write(self, text):
        text = self._text + text
        cut = text.rfind("\n") + 1
        self._text = text[cut:]
        if cut:
            self._send(text[:cut])

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        text, self._text = self._text, ""
        if text:
            self._send(text)

    def _send(self, text):
        log(self._script + self._path, text)


def log(path, text):
    """Has text logged."""
    tell(b"L", path.encode("latin-1", "replace") + b"\0" + shortened(text).encode("utf-8", "replace"))


def shortened(text):
    """Takes the middle out of a text that is too long."""
    if len(text) <= MAX_TEXT:
        return text
    return text[:MAX_TEXT // 4] + "\n[...]\n" + text[-3 * MAX_TEXT // 4:]


class FileWrapper:
    """wsgi.file_wrapper. Returned as it is, around a file of the file system, it is handed to the
    Go program as a descriptor, and neither Python nor this process copies it."""

    def __init__(self, filelike, blksize=8192):
        self.filelike = filelike
        self.blksize = blksize
        if hasattr(filelike, "close"):
            self.close = filelike.close

    def __iter__(self):
        return self

    def __next__(self):
        data = self.filelike.read(self.blksize)
        if not data:
            raise StopIteration
        return data


class Exchange:
    """One request's answer."""

    __slots__ = ("sock", "index", "bare", "empty", "head", "length", "left", "sent", "ended", "end", "done")

    def __init__(self, sock, index, bare):
        self.sock = sock
        self.index = index
        self.bare = bare  # HEAD
        self.empty = bare  # the answer has no body
        self.head = None
        self.length = -1
        self.left = -1  # of what Content-Length says; below zero: it says nothing
        self.sent = False  # the head
        self.ended = 0.0  # when the end was sent
        if slow:
            self.end, self.done = ANSWERED, IDLE
        else:
            self.end, self.done = END, b""

    def start(self, status, headers, exc_info=None):
        """start_response."""
        if exc_info:
            try:
                if self.sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # no circle of references
        elif self.head is not None:
            raise AssertionError("start_response is called a second time, without exc_info (PEP 3333)")
        self.head, self.length = encode_head(status, headers)
        self.left = self.length
        self.empty = self.bare or status.startswith(("204", "304"))
        return self.write

    def write(self, data):
        """The write() that start_response returns. Sends at once."""
        if not isinstance(data, bytes):
            raise TypeError("a piece of the answer is a %s, not bytes" % type(data).__name__)
        self.send(data, False)

    def send(self, data, last):
        """Sends data, the head before it, and the end after it where it is known."""
        if self.head is None:
            raise AssertionError("start_response was not called before the answer's first bytes (PEP 3333)")
        if self.ended:
            if data and not self.empty:
                raise AssertionError("the answer is longer than its Content-Length, which is %d" % self.length)
            return
        size = len(data)
        excess = False
        if self.empty:
            last, data, size = True, b"", 0
        elif self.left >= 0:
            if size > self.left:
                data, size, excess = data[:self.left], self.left, True
            self.left -= size
            if self.left == 0:
                last = True
            elif last:
                raise AssertionError("the answer is %d bytes shorter than its Content-Length, which is %d" % (self.left, self.length))
        out = b""
        if not self.sent:
            self.sent = True
            out = pack(HEAD, len(self.head)) + self.head
        if size > 32768:
            self.send_large(out, data)
            out = b""
        elif size:
            out += pack(DATA, size) + data
        if last:
            self.ended = monotonic()
            out += self.end
        if out:
            self.sock.sendall(out)
        if excess:
            raise AssertionError("the answer is longer than its Content-Length, which is %d" % self.length)

    def send_large(self, out, data):
        with memoryview(data) as view:
            for at in range(0, len(data), 1 << 30):
                piece = view[at:at + (1 << 30)]
                self.sock.sendall(out + pack(DATA, len(piece)))
                self.sock.sendall(piece)
                out = b""

    def send_file(self, wrapper):
        """Hands over the file of a FileWrapper. False: it has to be read."""
        if self.sent or self.head is None or self.empty:
            return False
        try:
            descriptor = wrapper.filelike.fileno()
            info = os.fstat(descriptor)
            offset = wrapper.filelike.tell()
        except (AttributeError, OSError, ValueError):
            return False
        if not stat.S_ISREG(info.st_mode):
            return False
        count = max(info.st_size - offset, 0)
        if self.length >= 0:
            if self.length > count:
                raise AssertionError("the file is %d bytes shorter than Content-Length, which is %d" % (self.length - count, self.length))
            count = self.length
        tell(b"F", struct.pack("!I", self.index), descriptor)
        self.sent = True
        self.ended = monotonic()
        self.sock.sendall(pack(FILE_HEAD, len(self.head)) + self.head + FILE.pack(b"F"[0], 16, offset, count) + self.end)
        return True

    def run(self, environ, errors):
        """Calls the application. False: the connection is of no use any more."""
        result = None
        try:
            try:
                result = application(environ, self.start)
                if type(result) is list and len(result) == 1 and not self.sent:
                    data = result[0]
                    if type(data) is not bytes:
                        raise TypeError("a piece of the answer is a %s, not bytes" % type(data).__name__)
                    if self.left < 0 and len(data) > 2048 and self.head is not None and not self.empty:
                        self.head += b"\nContent-Length\n%d" % len(data)
                    self.send(data, True)
                elif isinstance(result, FileWrapper) and self.send_file(result):
                    pass
                else:
                    for data in result:
                        if not isinstance(data, bytes):
                            raise TypeError("a piece of the answer is a %s, not bytes" % type(data).__name__)
                        if data:
                            self.send(data, False)
                            if self.empty:
                                break
                    self.send(b"", True)
            finally:
                if type(result) is not list:
                    close = getattr(result, "close", None)
                    if close is not None:
                        close()
            self.finish()
            return True
        except BaseException as e:
            return self.fail(e, errors)

    def finish(self):
        """Says that the thread is free, if its answer's end has not said so."""
        global slow
        if monotonic() - self.ended > SLOW:
            slow = True
        if self.done:
            self.sock.sendall(self.done)

    def fail(self, e, errors):
        if lost(self.sock):
            if not isinstance(e, OSError):
                errors.write("After the client had gone:\n" + described(e))
            return False
        try:
            if self.ended:  # the client has its answer
                errors.write(described(e))
                self.finish()
                return True
            errors.flush()
            text = described(e).encode("utf-8", "replace")
            self.sock.sendall(pack(RAISED, len(text)) + text)
            return True
        except OSError:
            return False


def lost(sock):
    """Reports whether the other end of a connection has been closed."""
    if sock.fileno() < 0:
        return True
    try:
        return sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def described(e):
    """An exception's traceback, from the application's first frame on."""
    tb = e.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename == SOURCE:
        tb = tb.tb_next
    try:
        text = "".join(traceback.format_exception(type(e), e, tb))
    except Exception:  # of the exception's own __str__
        text = "%s, which cannot be described\n" % type(e).__name__
    return shortened(text)


# ---- A worker


telling = threading.Lock()
control = None
application = None
template = {}  # what is the same in the environ of all requests


def tell(kind, payload=b"", descriptor=None):
    """Sends a message to the Go program, with a descriptor if need be."""
    ancillary = []
    if descriptor is not None:
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))]
    data = pack(kind[0], len(payload)) + payload
    with telling:
        sent = control.sendmsg([data], ancillary)
        if sent < len(data):
            control.sendall(data[sent:])


def receive(sock, size):
    """Returns exactly size bytes."""
    data = bytearray(size)
    view = memoryview(data)
    at = 0
    while at < size:
        n = sock.recv_into(view[at:])
        if n == 0:
            raise Gone("the client has gone")
        at += n
    return bytes(data)


def connect(index):
    """Gives the Go program a new connection to this thread."""
    ours, theirs = socket.socketpair()
    with theirs:
        tell(b"C", struct.pack("!I", index), theirs.fileno())
    return ours


def serve(index):
    """Takes requests until it is told to stop, or the Go program is not there any more."""
    buf = bytearray(128 << 10)
    view = memoryview(buf)
    try:
        while True:
            with connect(index) as sock:
                if converse(sock, index, buf, view):
                    return
    except OSError:  # the Go program is gone
        return
    except BaseException:  # of this file, not of the application
        traceback.print_exc()
        os._exit(70)


def converse(sock, index, buf, view):
    """Takes the requests of one connection. True: the last was to stop."""
    recv_into = sock.recv_into
    while True:
        n = recv_into(buf)
        if n == 0:
            return False
        if n < request_frame:
            head = bytes(view[:n]) + receive(sock, request_frame - n)
            buf[:request_frame] = head
            n = request_frame
        kind, named, bodied = unpack_request(buf)
        if kind == STOP:
            return True
        end = request_frame + named
        total = end + bodied
        if n >= total:
            text = str(view[request_frame:end], "latin-1")
            first = bytes(view[end:total]) if bodied else b""
        else:
            data = bytes(view[request_frame:n]) + receive(sock, total - n)
            text = str(data[:named], "latin-1")
            first = data[named:]
        environ = template.copy()
        fields = iter(text.split("\0"))
        environ.update(zip(fields, fields))
        environ["wsgi.input"] = body = Input(sock, first, kind == MORE)
        environ["wsgi.errors"] = errors = Errors(environ["SCRIPT_NAME"], environ["PATH_INFO"])
        exchange = Exchange(sock, index, environ["REQUEST_METHOD"] == "HEAD")
        try:
            if not exchange.run(environ, errors):
                return False
        finally:
            body._sock = None
            if errors._text:
                errors.flush()
            if known is not None:
                report_modules()


def load(name):
    """Imports the application."""
    module, _, attributes = name.partition(":")
    found = importlib.import_module(module)
    for attribute in (attributes or "application").split("."):
        found = getattr(found, attribute)
    if not callable(found):
        raise TypeError("%s is a %s, which cannot be called" % (name, type(found).__name__))
    return found


known = None  # files of modules that were told of; None: nobody wants to know


def report_modules(failure=None):
    """Tells the Go program which files have been imported since it was last told."""
    names = set()
    if failure is not None:
        while failure is not None:
            names.add(getattr(failure, "filename", None))  # a SyntaxError's
            tb = failure.__traceback__
            while tb is not None:
                names.add(tb.tb_frame.f_code.co_filename)
                tb = tb.tb_next
            failure = failure.__cause__ or failure.__context__
    for module in list(sys.modules.values()):
        names.add(getattr(module, "__file__", None))
    lines = []
    for name in names:
        if not isinstance(name, str) or name in known:
            continue
        known.add(name)
        try:
            lines.append("%d %s" % (os.stat(name).st_mtime_ns, os.path.abspath(name)))
        except (OSError, ValueError):
            pass
    for at in range(0, len(lines), 200):
        tell(b"M", "\0".join(lines[at:at + 200]).encode("utf-8", "surrogateescape"))


def reporting(application):
    """Tells of what a request imports before it is answered: then whoever sees the answer may go
    and change it."""
    def reports(environ, start_response):
        try:
            return application(environ, start_response)
        finally:
            report_modules()
    return reports


def imported(name):
    """Imports the application, or tells the Go program why that does not go."""
    global application
    try:
        application = load(name)
        if known is not None:
            report_modules()
            application = reporting(application)
        return True
    except BaseException as e:
        if known is not None:
            report_modules(e)
        while e.__traceback__ is not None and importing(e.__traceback__.tb_frame.f_code.co_filename):
            e.__traceback__ = e.__traceback__.tb_next
        tell(b"E", described(e).encode("utf-8", "replace"))
        return False


def importing(file):
    return file == SOURCE or file == importlib.__file__ or file.startswith("<frozen importlib")


def work(name, threads, processes):
    """A worker from its first to its last moment."""
    if hasattr(signal, "SIGRTMAX"):  # where it hangs is told before it is killed
        faulthandler.register(signal.SIGRTMAX - 1, all_threads=True)
    if application is None and not imported(name):
        return 3
    template.update({
        "wsgi.version": (1, 0),
        "wsgi.multithread": threads > 1,
        "wsgi.multiprocess": processes > 1,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
        "wsgi.input_terminated": True,
    })
    if threads == 1:
        serve(0)
        return 0
    running = [threading.Thread(target=serve, args=(i,), name="wsgi-%d" % i, daemon=True) for i in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return 0


# ---- The first process


class Parent:
    """Forks workers and says how they ended."""

    def __init__(self, sock):
        self.sock = sock
        self.children = set()

    def reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.children.discard(pid)
            tell(b"X", b"%d %d" % (pid, status))

    def run(self):
        """Returns in a worker, with its socket; in the first process never."""
        wake, woken = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        while True:
            ready, _, _ = select.select([self.sock, wake], [], [])
            if wake in ready:
                os.read(wake, 4096)
                self.reap()
            if self.sock in ready:
                child = self.obey()
                if child is not None:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    os.close(wake)
                    os.close(woken)
                    self.sock.close()
                    return child

    def obey(self):
        """Does what the Go program says. In a worker that came of it returns its socket."""
        try:
            data, ancillary, _, _ = self.sock.recvmsg(5, socket.CMSG_SPACE(4))
            if not data:
                os._exit(0)  # the Go program is done with this process
            kind, number = data[:1], int.from_bytes(data[1:] + receive(self.sock, 5 - len(data)), "big")
        except OSError:
            os._exit(0)
        if kind == b"F":
            descriptor = array.array("i", ancillary[0][2])[0]
            os.set_inheritable(descriptor, False)
            pid = os.fork()
            if pid == 0:
                return socket.socket(fileno=descriptor)
            os.close(descriptor)
            self.children.add(pid)
            tell(b"P", b"%d" % pid)
        elif number in self.children:  # not any other process that has got its number since
            if kind == b"K":
                os.kill(number, signal.SIGKILL)
            elif kind == b"D" and hasattr(signal, "SIGRTMAX"):
                os.kill(number, signal.SIGRTMAX - 1)
        return None


def die_with_the_program():
    """Has the kernel kill this process group when the Go program ends, however it does, and
    whatever a worker is doing. Elsewhere than on Linux workers find out when they are idle."""
    if not hasattr(fcntl, "F_SETSIG"):
        return
    fcntl.fcntl(LIFELINE, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(LIFELINE, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(LIFELINE, fcntl.F_SETFL, fcntl.fcntl(LIFELINE, fcntl.F_GETFL) | os.O_ASYNC | os.O_NONBLOCK)
    try:
        if os.read(LIFELINE, 1) == b"":  # it has ended meanwhile
            os._exit(1)
    except BlockingIOError:
        pass


def main(name, threads, processes, flags):
    global control, known
    os.set_inheritable(CONTROL, False)
    os.set_inheritable(LIFELINE, False)
    die_with_the_program()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # it is the Go program's to end this
    sys.argv = [name]
    if sys.path[0] == "":  # what it stands for should stay the same when the application changes folders
        sys.path[0] = os.getcwd()
    else:  # PYTHONSAFEPATH
        sys.path.insert(0, os.getcwd())
    sys.stdout.reconfigure(line_buffering=True)
    control = socket.socket(fileno=CONTROL)
    if "reload" in flags:
        known = set()
    if "preload" in flags:
        if not imported(name):
            os._exit(3)
        gc.collect()
        gc.freeze()  # so that the collector's marks do not copy shared memory
    tell(b"R")
    control = Parent(control).run()
    sys.exit(work(name, threads, processes))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4].split(","))
