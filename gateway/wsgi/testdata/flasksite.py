"""A Flask application."""

import hashlib

from flask import Flask, Response, jsonify, redirect, request, send_file, session, url_for

application = Flask(__name__)
application.secret_key = "of a test"


@application.route("/")
def home():
    return "<a href='%s'>hello</a>" % url_for("hello", name="café")


@application.route("/hello/<name>")
def hello(name):
    session["name"] = name
    return redirect(url_for("who"))


@application.route("/who")
def who():
    return jsonify(name=session.get("name"), root=request.script_root, url=request.url)


@application.route("/upload", methods=["POST"])
def upload():
    file = request.files["file"]
    digest = hashlib.sha256()
    for block in iter(lambda: file.stream.read(1 << 16), b""):
        digest.update(block)
    return "%s %s %s" % (file.filename, request.form["name"], digest.hexdigest())


@application.route("/stream")
def stream():
    return Response(("%d\n" % i for i in range(1000)), mimetype="text/plain")


@application.route("/file")
def file():
    return send_file(__file__, mimetype="text/x-python", conditional=True)


@application.route("/json", methods=["POST"])
def json():
    return jsonify(request.get_json())


@application.route("/broken")
def broken():
    application.config["PROPAGATE_EXCEPTIONS"] = True
    raise RuntimeError("as it was meant to")
