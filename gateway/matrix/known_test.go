package matrix_test

// The servers, where a difference is of all their ways.
const (
	nginx    = "nginx-*"
	lighttpd = "lighttpd-*"
	haproxy  = "haproxy-*"
	all      = "apache-* nginx-* lighttpd-* haproxy-*"

	// variables are the paths on which a header becomes variables.
	variables = "apache-cgi apache-fcgi apache-scgi apache-uwsgi nginx-fcgi nginx-scgi nginx-uwsgi lighttpd-cgi lighttpd-fcgi lighttpd-spawned lighttpd-scgi lighttpd-uwsgi haproxy-fcgi"
	proxied   = "apache-http nginx-http lighttpd-http haproxy-http"
)

// differences are all there are.
var differences = []difference{
	// What the protocols have no place for.
	{
		variables + " apache-ajp lighttpd-ajp", "103 before the answer",
		"- before it: 103",
		"103 is dropped",
		"CGI, FastCGI, SCGI, uwsgi and AJP have one answer to a request; the handler's WriteHeader(103) does nothing", false,
	},
	{
		variables + " apache-ajp lighttpd-ajp apache-http nginx-http", "trailers of an answer",
		"- trailer X-Sum | + trailer X-Sum: []",
		"trailers of an answer are dropped",
		"those protocols have none; Apache and nginx drop them over HTTP too", false,
	},
	{
		"lighttpd-http", "trailers of an answer",
		"+ no answer",
		"an answer with trailers fails",
		"lighttpd 1.4.69 takes them for an error of the program and closes the connection", true,
	},
	{
		all, "panic before the answer",
		"- no answer | + status 50 | + a page",
		"500, 502 or 503 where HTTP closes the connection",
		"every server in front makes an answer of its own of none", false,
	},
	{
		"apache-cgi lighttpd-cgi", "panic in the answer",
		"- torn | + it seems whole",
		"an answer that was cut off seems whole",
		"a CGI program's answer ends with its output; neither server looks at how the program ended. With a Content-Length the client can tell, mostly", false,
	},
	{
		"apache-cgi", "panic, with a Content-Length",
		"- torn | + it seems whole",
		"likewise, even with a Content-Length",
		"Apache drops the Content-Length of an answer that is flushed before it is whole", false,
	},
	{
		"apache-* lighttpd-*", "two Cookie fields",
		"- sees header Cookie | + sees header Cookie",
		"two Cookie fields are one",
		"Apache joins them with a comma, lighttpd with a semicolon. Clients send one, or HTTP/2, where they are joined rightly", false,
	},
	{
		variables + " " + proxied, "Proxy (httpoxy)",
		"- sees header Proxy",
		"Proxy does not reach the handler",
		"ours, and the configuration's: it would become the variable HTTP_PROXY of any program that the application starts (CVE-2016-5385)", false,
	},

	// The client's connection and the program's are two.
	{
		proxied, "the client's address | Connection: close | Te",
		"- sees RemoteAddr | + sees RemoteAddr | - sees Close | + sees Close | - sees header Connection | + sees header Connection | - sees header Te",
		"RemoteAddr and Connection are those of the proxy",
		"HTTP has no place for the client's; middleware/forwarded reads X-Forwarded-For, which has no port", false,
	},
	{
		"haproxy-fcgi", "Connection: close | Te",
		"- sees Close | - sees header Connection | - sees header Te",
		"Connection and Te do not reach the handler",
		"haproxy keeps what is for itself", false,
	},
	{
		"lighttpd-ajp", "the client's address | Connection: close | Te",
		"- sees RemoteAddr | + sees RemoteAddr",
		"RemoteAddr has port 0",
		"lighttpd does not send the attribute AJP_REMOTE_PORT", false,
	},
	{
		"apache-http nginx-http haproxy-fcgi", "an offer of h2c",
		"- sees header Upgrade | - sees header Http2-Settings",
		"Upgrade does not reach the handler",
		"it is an offer to the server in front", false,
	},
	{
		lighttpd, "an offer of h2c",
		"+ before it: 101 | + no answer",
		"the offer of h2c is taken",
		"lighttpd speaks HTTP/2 on (server.h2c)", false,
	},

	// Bodies of requests.
	{
		"apache-scgi apache-uwsgi", "upload in chunks | upload in chunks, unread | upload in no chunks | trailers of a request | both ways at once",
		"+ status 411",
		"411 for an upload in chunks",
		"Apache asks for a length; SCGI and uwsgi begin with it, and Apache does not wait for the end to count", false,
	},
	{
		"haproxy-fcgi", "upload in chunks | upload in chunks, unread",
		"+ status 400",
		"400 for an upload in chunks above tune.bufsize",
		"haproxy holds an upload of unknown length until it is whole, to send its length", false,
	},
	{
		"nginx-scgi nginx-uwsgi lighttpd-cgi lighttpd-fcgi lighttpd-spawned lighttpd-scgi lighttpd-uwsgi lighttpd-ajp", "upload in chunks",
		"- sees ContentLength | + sees ContentLength | - sees TransferEncoding | + sees header Content-Length",
		"an upload in chunks has a length",
		"the server holds it until it is whole", false,
	},
	{
		"apache-fcgi apache-http nginx-fcgi nginx-scgi nginx-uwsgi nginx-http lighttpd-* haproxy-fcgi", "upload in no chunks",
		"- sees ContentLength | + sees ContentLength | - sees TransferEncoding | + sees header Content-Length",
		"a short upload in chunks has a length",
		"the server knows it before it has to say", false,
	},
	{
		"apache-fcgi apache-http nginx-* lighttpd-* haproxy-fcgi", "trailers of a request",
		"- sees ContentLength | + sees ContentLength | - sees TransferEncoding | + sees header Content-Length | + sees header Trailer | - sees Trailer",
		"trailers of a request are dropped, and its length is known",
		"no protocol has them but HTTP, and there the server has taken them off", false,
	},
	{
		"apache-cgi apache-ajp", "trailers of a request",
		"- sees Trailer | + sees Trailer",
		"trailers of a request have no values",
		"the protocols have none", false,
	},
	{
		"lighttpd-ajp", "upload of 300 KB | upload in chunks | trailers of a request | GET with a body | Expect: 100-continue | two requests on one connection | an upload is seen while it comes | method POST with a body | method PUT with a body | method DELETE with a body | method OPTIONS with a body | method PROPFIND with a body",
		"- sees Body | + sees Body | - first | + nothing noted; 0 more",
		"a body cannot be read",
		"lighttpd 1.4.69 sends it without the length that AJP has before it; Tomcat cannot read it either", false,
	},
	{
		"lighttpd-ajp", "method PATCH | method PATCH with a body",
		"+ status 400",
		"no PATCH",
		"lighttpd has no code for it, and does not send the method as an attribute", false,
	},
	{
		lighttpd, "method BREW | method BREW with a body",
		"+ status 501",
		"no methods that it does not know",
		"lighttpd refuses them", false,
	},
	{
		lighttpd, "method POST",
		"+ status 411",
		"411 for POST without a length",
		"lighttpd refuses it; browsers send Content-Length: 0", false,
	},
	{
		"lighttpd-http", "method PATCH | method DELETE | method OPTIONS | method PROPFIND",
		"+ sees header Content-Length",
		"Content-Length: 0 is added",
		"lighttpd sends it with every request that is not GET or HEAD", false,
	},
	{
		"apache-scgi nginx-scgi haproxy-fcgi", "method POST",
		"+ sees header Content-Length",
		"Content-Length: 0 is added",
		"CONTENT_LENGTH is 0 whether or not the client has sent one, as browsers do with POST and PUT", false,
	},
	{
		"apache-scgi nginx-scgi lighttpd-* haproxy-fcgi", "method PUT",
		"+ sees header Content-Length",
		"Content-Length: 0 is added",
		"likewise", false,
	},
	{
		"apache-cgi apache-fcgi apache-scgi apache-ajp apache-uwsgi nginx-* lighttpd-* haproxy-fcgi", "Expect: 100-continue, unread",
		"+ told to go on",
		"the client is told to send what nobody reads",
		"the server answers Expect by itself", false,
	},
	{
		"nginx-http lighttpd-* haproxy-fcgi", "Expect: 100-continue",
		"- sees header Expect | + sees header Expect",
		"Expect does not reach the handler",
		"likewise", false,
	},
	{
		"nginx-scgi lighttpd-cgi lighttpd-fcgi lighttpd-spawned lighttpd-scgi lighttpd-uwsgi haproxy-fcgi", "an upload is seen while it comes",
		"- first | + nothing noted",
		"an upload is seen when it is whole",
		"nginx with SCGI sends a wrong length otherwise (scgi_request_buffering off), lighttpd refuses chunks otherwise (server.stream-request-body), haproxy holds it while it fits into tune.bufsize", false,
	},
	{
		"nginx-scgi lighttpd-cgi lighttpd-fcgi lighttpd-spawned lighttpd-scgi lighttpd-uwsgi lighttpd-ajp", "client gone in its upload",
		"- a whole body | + nothing noted",
		"of an upload that was cut off the handler knows nothing",
		"likewise", false,
	},
	{
		"apache-cgi apache-fcgi apache-http nginx-scgi nginx-uwsgi lighttpd-cgi lighttpd-fcgi lighttpd-spawned lighttpd-scgi lighttpd-uwsgi lighttpd-ajp haproxy-fcgi", "both ways at once",
		"- answered | + no answer",
		"no answer before the upload's end",
		"the server sends the whole request before it reads of the answer, or holds the upload", false,
	},

	// A client that has gone.
	{
		"apache-* lighttpd-cgi lighttpd-ajp", "client gone, handler waits | client gone, handler has sent nothing",
		"- cancelled | + not cancelled",
		"the handler learns that the client has gone when it writes, and not before",
		"Apache does not look at the client while it waits for the program, nor does lighttpd's mod_cgi and mod_ajp13", false,
	},
	{
		"lighttpd-fcgi lighttpd-spawned lighttpd-scgi lighttpd-uwsgi lighttpd-http", "client gone, handler has sent nothing",
		"- cancelled | + not cancelled",
		"the same, mostly, before the answer has begun",
		"lighttpd looks at the client again when the answer has begun", true,
	},
	{
		"haproxy-fcgi", "client gone, handler waits | client gone, handler has sent nothing",
		"- cancelled | + not cancelled",
		"the same, mostly",
		"haproxy 2.6 keeps the connection to the program, once the answer has begun", true,
	},

	// Header fields.
	{
		"apache-* lighttpd-*", "a repeated field | 80 fields",
		"- sees header X- | + sees header X-",
		"a repeated field is one, joined with commas",
		"both do so; it means the same (RFC 9110 §5.3)", false,
	},
	{
		"apache-cgi apache-fcgi apache-scgi", "fields of an answer",
		"- Www-Authenticate | - X-Repeated | + Www-Authenticate | + X-Repeated",
		"a repeated field of an answer is one, joined with commas, but for Set-Cookie",
		"likewise", false,
	},
	{
		"apache-cgi apache-fcgi apache-scgi apache-uwsgi nginx-* haproxy-fcgi lighttpd-cgi", "_ beside -",
		"- sees header X_real_ip",
		"X_Real_Ip is dropped",
		"it would be the same variable as X-Real-Ip; which is good", false,
	},
	{
		"apache-cgi apache-fcgi apache-scgi apache-uwsgi nginx-* haproxy-fcgi", "a field name with _",
		"- sees header X_real_ip",
		"X_Real_Ip is dropped",
		"likewise", false,
	},
	{
		"lighttpd-fcgi lighttpd-spawned lighttpd-scgi lighttpd-uwsgi", "_ beside -",
		"- sees header X | + sees header X-Real-Ip",
		"X_Real_Ip is X-Real-Ip",
		"lighttpd makes the same variable of both; believe nobody's X-Real-Ip behind it", false,
	},
	{
		"lighttpd-cgi lighttpd-fcgi lighttpd-spawned lighttpd-scgi lighttpd-uwsgi", "a field name with _",
		"- sees header X | + sees header X-Real-Ip",
		"X_Real_Ip is X-Real-Ip",
		"likewise", false,
	},
	{
		lighttpd, "an empty field",
		"- sees header X-Empty",
		"a field of a request without a value is dropped",
		"lighttpd does so", false,
	},
	{
		lighttpd, "an empty field of an answer",
		"- X-Empty",
		"a field of an answer without a value is dropped",
		"lighttpd does so", false,
	},
	{
		"apache-fcgi", "a field of 30 KB",
		"+ status 400",
		"no line above 16 KB",
		"mod_proxy_fcgi leaves such a variable out; the configuration refuses it instead", false,
	},
	{
		"lighttpd-ajp", "a field of 8 KB | a field of 30 KB",
		"+ status 400",
		"no header above 8 KB",
		"a packet of AJP has 8 KB, and lighttpd knows no larger ones", false,
	},
	{
		"apache-cgi apache-fcgi apache-scgi apache-ajp", "HEAD, seen | HEAD, short | HEAD, with a Content-Length",
		"- a length | + a length",
		"HEAD tells no length",
		"Apache counts the body, of which there is none", false,
	},
	{
		"apache-cgi apache-scgi", "200 with a Location",
		"+ status 500",
		"200 with a Location that is a path fails",
		"Apache takes it for a local redirect (RFC 3875 §6.2.2) whatever the status", false,
	},
	{
		nginx, "X-Sendfile",
		"+ status 500",
		"X-Accel-Redirect is followed",
		"nginx has another page sent instead; it is meant to", false,
	},
	{
		lighttpd, "X-Sendfile",
		"- X-Sendfile",
		"X-Sendfile is dropped",
		"it would be followed if the configuration said so", false,
	},
	{
		nginx, "fields of an answer",
		"- X-Accel-Buffering",
		"X-Accel-Buffering is dropped",
		"it is for nginx", false,
	},
	{
		"lighttpd-ajp", "fields of an answer",
		"- Content-Type",
		"Content-Type of an answer with many other fields is dropped",
		"lighttpd's mod_ajp13 does so; Apache reads the same packet whole", false,
	},

	// Paths.
	{
		"apache-http apache-ajp", "path //a",
		"- sees  | + sees Path | + sees RequestURI | + sees URL",
		"//a is /a",
		"Apache takes both slashes for the one of ProxyPass", false,
	},
	{
		"lighttpd-ajp", "path //a | path /a//b | path /a/../b | path /a/./b | path /a/%2e%2e/b | path /a%2Fb | path /a%2fb | path /a%3Fb | path /a%23b | path /a%5Cb | path /%C3%A9 | path /%7Euser | path /a%0Ab | path /a%00b | query ?",
		"- sees  | + sees Path | + sees RawPath | + sees RawQuery | + sees RequestURI | + sees URL",
		"a path is not as it was asked for",
		"lighttpd sends it decoded and put in order; what was escaped cannot be told", false,
	},
	{
		"lighttpd-ajp", "path /a%25b",
		"+ status 400",
		"no path with %25",
		"likewise: what it sends is no URL", false,
	},
	{
		"apache-* nginx-* haproxy-fcgi", "path /a%00b",
		"+ status 40",
		"no path with %00",
		"Apache and nginx refuse it; haproxy sends a NUL, which package cgienv refuses", false,
	},
	{
		"apache-* nginx-*", "path /a%zzb",
		"- Content-Type | - body | + a page",
		"400 for a path that is none is the server's own",
		"it does not reach the program", false,
	},
	{
		"haproxy-fcgi", "path /a%zzb",
		"+ status 500",
		"500 for a path that is none",
		"haproxy cannot decode it for the variables", false,
	},
	{
		haproxy, "path /é",
		"+ status 400",
		"no bytes above ASCII in a path",
		"haproxy refuses what is no URL; browsers escape them", false,
	},
}
