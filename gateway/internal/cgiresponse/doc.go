// Package cgiresponse writes answers in the form of a CGI program's (RFC 3875 §6), which SCGI and
// FastCGI share, and uwsgi but for the first line:
//
//	Status: 200 OK
//	Content-Type: text/plain; charset=utf-8
//
//	hello
package cgiresponse
