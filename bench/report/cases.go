package main

import "slices"

// A description says what a case measures, for those who read the figures and not the code.
type description struct {
	name, text string
	quantity   *quantity // nil: [duration]
}

// A quantity is what a case is about.
type quantity struct {
	unit, heading string
	base          string // row to which the others are ratios; "": the best peer, or the first row if there is none
	absolute      bool   // bytes, which are the same on all machines: no ratios
	also          []*quantity
}

var (
	duration  = &quantity{unit: seconds, heading: "time"}
	serverCPU = &quantity{unit: serverSeconds, heading: "CPU time of the server", base: "bare"}
	heapHeld  = &quantity{unit: streamBytes, heading: "heap per stream", absolute: true}
	connHeld  = &quantity{unit: connBytes, heading: "memory per connection", absolute: true}
	mostHeld  = &quantity{unit: peakBytes, heading: "memory at the most", absolute: true}
	sitesCPU  = &quantity{unit: serverSeconds, heading: "CPU time of all servers", base: "http", also: []*quantity{
		{unit: appSeconds, heading: "of the handler's process", base: "http"},
		{unit: seconds, heading: "time, all clients together", base: "http"},
		{unit: waitSeconds, heading: "latency, median", base: "http"},
		{unit: slowSeconds, heading: "latency, 99 %", base: "http"},
	}}
	pythonCPU = &quantity{unit: serverSeconds, heading: "CPU time of all processes", base: "nginx-uwsgi", also: []*quantity{
		{unit: seconds, heading: "time, all clients together", base: "nginx-uwsgi"},
		{unit: waitSeconds, heading: "latency, median", base: "nginx-uwsgi"},
		{unit: slowSeconds, heading: "latency, 99 %", base: "nginx-uwsgi"},
	}}
)

// cases are in the order of the page.
var cases = []description{
	{name: "Stack/coding=identity", text: "A whole stack: error page for panics, compression, session, authentication from the session, and a handler that takes the user and a value of the session and writes 1.5 KB of JSON. The user is looked up for every request. The client takes no compression. `limit` is the bare handler with one XChaCha20-Poly1305 opening of a cookie, and no questions asked."},
	{name: "Stack/coding=gzip", text: "The same for a client that takes gzip. Whoever compresses, compresses at level 5. `limit` also runs one pooled gzip encoder."},
	{name: "StackVaried/coding=gzip", text: "The same with a body in which every value differs, where Stack's has records of the same values. The encoder, the same one for most, then takes most of the time, and there is less to gain around it."},
	{name: "StackServed/coding=identity", text: "Stack behind a real server, over one kept-alive TCP connection of the loopback interface. The server's and the client's own work is in every row."},
	{name: "StackServed/coding=gzip", text: "The same, compressed."},
	{name: "Chain5", text: "Five layers that do nothing, as closures."},
	{name: "Chain5Struct", text: "The same five layers as small structs, which is how surcoat's own are written. `closures` are Chain5's layers in surcoat's chain."},
	{name: "GzipJSON1K5", text: "1.5 KB of JSON compressed at level 5. `bare` is the handler by itself, `limit` the raw pooled encoder around it."},
	{name: "GzipJSON1K5Varied", text: "The same with a body in which every value differs. The one above repeats itself so much that it is encoded in a third of the time, which leaves all the more to whatever stands around the encoder."},
	{name: "GzipHTML16K", text: "16 KB of HTML."},
	{name: "GzipHTML256K", text: "256 KB of HTML."},
	{name: "PassSmall", text: "21 bytes of JSON: too small to be worth it. `bare` is the handler by itself. Whose body is longer than that has compressed it all the same."},
	{name: "PassPNG", text: "64 KB of PNG: compressed already."},
	{name: "PassNoAE", text: "1.5 KB of JSON for a client that takes no compression."},
	{name: "File20M", text: "A video of 20 MiB from http.ServeContent, over TCP of the loopback interface, to a client that takes gzip. The server is a process of its own, whose CPU time this is, as a ratio to the bare handler, which the kernel's sendfile serves. httpcompression and NYT compress the video.", quantity: serverCPU},
	{name: "IdleStreams/coding=gzip", text: "1,000 responses over TCP, each of which has sent 2 KB of JSON, flushed, and waits: what each of them then holds. The server's and the client's own part is in every row; `bare` is that and nothing else. With EventStreams, text/event-stream has an encoder of its own.", quantity: heapHeld},
	{name: "IdleStreams/coding=zstd", text: "The same in zstd, with 100 responses, and of those who have it.", quantity: heapHeld},
	{name: "Dictionary/asset=page", text: "A page of 74 KB after a site was deployed anew, for a client that has the page as it was before, says so (RFC 9842) and takes gzip, zstd and dcz. New are the names of the assets, the dates, a paragraph in an article and one article. gzhttp, httpcompression and caddy answer in zstd, chi and NYT in gzip."},
	{name: "Dictionary/asset=bundle", text: "The same with a JavaScript bundle of 261 KB. In an upgrade 70 of its 310 modules were changed or added, and the bundler has given most functions other names."},
	{name: "Cached", text: "The same bundle, public and with a strong entity tag, for a client that takes gzip. With a Cache it is compressed when it is first asked for and once more, at level 9, when it is asked for again; after that, what the handler writes is only compared with what was compressed."},
	{name: "SessionUntouched", text: "The visitor has a session; the handler does not ask for it. gorilla has no layer, so that its row is the bare handler."},
	{name: "SessionRead", text: "Three values read. surcoat and gorilla keep them in an encrypted cookie; surcoat, in memory, and scs keep them on the server."},
	{name: "SessionWrite", text: "Three values read and one written."},
	{name: "SessionParallel", text: "Sixteen visitors at once for each processor; each reads three values, and writes one in one request of twenty. The time is that of one request, divided by the number of processors."},
	{name: "RedisMix", text: "32 goroutines load signed-in sessions of a thousand visitors from one Redis on the same machine, and one in twenty stores what it loaded. surcoat's and go-redis' stores without the session library around them; redistore is one for gorilla/sessions, and takes requests. go-redis is a store as many write it, GET and SET of an object in JSON: it does not notice when two store at once, and knows nothing of users. surcoat looks up with each session whether its user was signed out everywhere."},
	{name: "BasicCached", text: "Basic authentication, the same credential each time. surcoat has checked an argon2id hash once and looks the user up each time; caddy has compared a bcrypt hash once; chi compares plain text; abbot compares an MD5 hash each time."},
	{name: "Gateway/server=nginx/work=hello", text: "One handler behind nginx with one worker process, over connections that are kept but for SCGI and uwsgi, which cannot keep them; 32 clients (wrk) ask for a line of text as fast as they get it. All servers are processes of their own; their CPU time together is the steadiest figure. Times are ratios to nginx proxying HTTP/1.1 to net/http's server, from whose time the requests a second follow: 0.5 is twice as many. `net/http/fcgi` is the standard library's.", quantity: sitesCPU},
	{name: "Gateway/server=nginx/work=post4K", text: "The same with a body of 4 KB, which the handler reads.", quantity: sitesCPU},
	{name: "Gateway/server=nginx/work=page64K", text: "The same with an answer of 64 KB.", quantity: sitesCPU},
	{name: "Gateway/server=apache/work=hello", text: "The line of text behind Apache (mpm_event, one process, mod_proxy).", quantity: sitesCPU},
	{name: "Gateway/server=apache/work=post4K", text: "The same with a body of 4 KB.", quantity: sitesCPU},
	{name: "Gateway/server=apache/work=page64K", text: "The same with an answer of 64 KB.", quantity: sitesCPU},
	{name: "Gateway/server=haproxy/work=hello", text: "The line of text behind haproxy with one thread.", quantity: sitesCPU},
	{name: "Gateway/server=haproxy/work=post4K", text: "The same with a body of 4 KB.", quantity: sitesCPU},
	{name: "Gateway/server=haproxy/work=page64K", text: "The same with an answer of 64 KB.", quantity: sitesCPU},
	{name: "Application/answer=hello", text: "An application behind a Unix socket as a handler: asked for a line of text over FastCGI, SCGI and uwsgi by our clients, over HTTP by httputil.ReverseProxy. Both ends are in the figures, ours or net/http's. SCGI and uwsgi have a connection for each request."},
	{name: "Application/answer=page20K", text: "The same with an answer of 20 KB."},
	{name: "CGI/program=binary", text: "A program started for each request: the smallest that answers. `os-exec` starts it in the same way, and asks it nothing."},
	{name: "CGI/program=sh", text: "The same with a script of one line."},
	{name: "Python/app=hello", text: "A Python application that answers with a line of text, in two processes of one thread each: in wsgi.App behind net/http's server, in uWSGI behind nginx, in mod_wsgi's daemon mode and in gunicorn, which takes the clients' connections itself and closes each. 32 clients (wrk) ask as fast as they get it. The CPU time is that of all processes of a server.", quantity: pythonCPU},
	{name: "Python/app=djangosite", text: "The same with a page of Django's: the usual middleware and a template with ten rows, no database.", quantity: pythonCPU},
	{name: "IdleConnections", text: "1,000 connections that a server in front keeps; each has carried a request and waits. Heap and stacks of the handler's process, which has nothing else to do.", quantity: connHeld},
	{name: "HugeVariables", text: "A server in front that sends 200 MB of variables (FCGI_PARAMS) for one request: the most memory that the handler's process has held (VmHWM), the program's own 20 MB or so included. surcoat ends the connection after twice MaxHeaderBytes.", quantity: mostHeld},
}

// place is where a case stands on the page; those without a description come last.
func place(name string) int {
	i := slices.IndexFunc(cases, func(d description) bool { return d.name == name })
	if i < 0 {
		return len(cases)
	}
	return i
}

// measures is the quantity that a case is about.
func measures(name string) *quantity {
	if i := place(name); i < len(cases) && cases[i].quantity != nil {
		return cases[i].quantity
	}
	return duration
}
