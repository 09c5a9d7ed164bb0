// Package cgianswer reads the head of an answer in the form of a CGI program's (RFC 3875 §6), as
// programs and applications behind FastCGI and SCGI write it, and in that of HTTP (RFC 9112), as
// those behind uwsgi do. It believes nothing that could become something else on the way to the
// client.
package cgianswer
