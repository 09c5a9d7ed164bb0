// Package frontend measures a handler behind real web servers, over each protocol that they share
// with it.
//
// A [Site] has one process of each web server and one of the handler for each [Path]; the load
// comes from wrk, a process too. All of them run while one path after the other is measured, and
// those that are not asked cost nothing. The steadier figure is the CPU time of a request: the web
// server's and the handler's processes together, in their own code and in the kernel's for them.
// Requests in a second depend on what else the machine does, wrk included.
//
// Everything but the handler's protocol is the same for all paths of a web server: connections
// over TCP of the loopback interface, kept where the protocol keeps them, buffers large enough
// for the answers, one worker process, no log.
package frontend
