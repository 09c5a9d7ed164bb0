// Package wsgi runs a Python application that speaks WSGI (PEP 3333) as an http.Handler: Django,
// Flask, Trac, MoinMoin, anything that gunicorn, uWSGI or mod_wsgi would serve.
//
//	app := &wsgi.App{Module: "mysite.wsgi", Dir: "/srv/mysite", Virtualenv: "/srv/venv"}
//	if err := app.Start(ctx); err != nil {
//		log.Fatal(err)
//	}
//	defer app.Close()
//	log.Fatal(http.ListenAndServe("localhost:8080", app))
//
// The application runs in worker processes of the machine's python3, which need nothing but
// Python 3.9's standard library: their half of the bridge is in this package. They are started,
// watched and replaced; they end with this program, on Linux even when it is killed.
//
// An application sees environ as PEP 3333 says, with REQUEST_URI, and wsgi.input ends where the
// body ends (wsgi.input_terminated). A body whose length the client does not say is taken in
// before, up to [App.MaxSpool], as frameworks read only what CONTENT_LENGTH tells. What the
// application sends leaves as it comes; a file in wsgi.file_wrapper leaves without it, from the
// descriptor, and its worker is free for the next request. Where the client has gone, reading
// wsgi.input and writing raise an OSError, and close() of the application's answer is called as
// ever. Worker processes are trusted no more than any application: what they send is checked, and
// bounded where it is kept.
//
// It does not speak ASGI, and so no WebSockets, and serves no static files of its own. It runs on
// Unix; on Windows, which has no fork, [App.Check] says so.
package wsgi
