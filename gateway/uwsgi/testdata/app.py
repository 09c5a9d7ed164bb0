import hashlib
import json
import time


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return lines()
    if path == "/upload":
        digest, length = hashlib.md5(), 0
        while piece := environ["wsgi.input"].read(65536):
            digest.update(piece)
            length += len(piece)
        start_response("201 Created", [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return [f"{length} {digest.hexdigest()}".encode()]
    if path == "/fail":
        raise ValueError("as it should")
    if path == "/short":
        start_response("200 OK", [("Content-Length", "10")])
        return [b"short"]
    told = {name: value for name, value in environ.items() if isinstance(value, str)}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]


def lines():
    for i in range(5):
        yield f"line {i}\n".encode()
        time.sleep(0.1)
