// Package ajp serves an http.Handler over AJP13, the Apache JServ Protocol in the version that is
// spoken (https://tomcat.apache.org/connectors-doc/ajp/ajpv13a.html), which Apache
// (mod_proxy_ajp, mod_jk) and lighttpd speak to Tomcat:
//
//	l, err := net.Listen("tcp", "127.0.0.1:8009")
//	if err != nil {
//		log.Fatal(err)
//	}
//	s := &ajp.Server{Handler: handler, Secret: secret}
//	log.Fatal(s.Serve(l))
//
// The handler finds what it finds behind net/http's server, and its answers reach the client in
// the same way, but for what the protocol has no place for: 1xx answers and trailers are dropped,
// a connection cannot be hijacked, and an answer whose header does not fit into a packet of 64 KiB
// becomes a 500. Servers in front take packets of 8 KiB only, unless they are told otherwise
// (ProxyIOBufferSize of Apache, max_packet_size of mod_jk; lighttpd cannot be told): a longer
// header is then an error of theirs.
//
// A request's body comes in the packets that we ask for, one at a time. While the server in front
// waits for the client to send one, it hands on nothing of the answer: a handler that answers
// before it has read all, to show progress, say, is not heard until it has the next packet. A
// flush is handed on as such, whatever the server in front makes of other packets.
//
// Connections are kept. An answer that breaks off, because the handler panics, say, ends its
// connection without the packet that ends an answer, which all servers in front notice. That a
// client has gone away is known when the server in front closes the connection: Apache does when
// it has something to write to the client and cannot.
//
// Who can connect can claim to be any client and any user: listen where only the server in front
// can connect, and set a [Server.Secret]. The attributes by which a request could make Tomcat
// serve its own files (CVE-2020-1938) mean nothing here and reach nobody.
package ajp
