"""A guest book, as Flask applications are written. ?fail makes it fail."""

import sqlite3
import os

from flask import Flask, redirect, render_template_string, request, url_for

app = Flask(__name__)
app.config["PROPAGATE_EXCEPTIONS"] = True  # the server around has an error page, and a traceback for developers
DATABASE = os.environ["GUESTBOOK"]

PAGE = """<!doctype html>
<html lang="en">
<title>A Flask application</title>
<link rel="stylesheet" href="/style.css">
<h1>A Flask application</h1>
<form method="post">
  <label>Leave a word: <input name="word" maxlength="200" required></label> <button>Sign</button>
</form>
<ul>{% for name, word in entries %}<li><b>{{ name }}</b>: {{ word }}</li>{% endfor %}</ul>
<p><a href="?fail">Make it fail</a> · <a href="/">Back</a></p>
</html>"""


def book():
    connection = sqlite3.connect(DATABASE)
    connection.execute("CREATE TABLE IF NOT EXISTS entry (name TEXT, word TEXT)")
    return connection


@app.get("/")
def read():
    if "fail" in request.args:
        entries = {"ink": 0}
        return "%d words for a drop of ink" % (100 // entries["ink"])
    with book() as b:
        return render_template_string(PAGE, entries=b.execute("SELECT name, word FROM entry ORDER BY rowid DESC LIMIT 50").fetchall())


@app.post("/")
def sign():
    with book() as b:
        b.execute("INSERT INTO entry VALUES (?, ?)", (request.remote_user or "stranger", request.form["word"]))
    return redirect(url_for("read"))
