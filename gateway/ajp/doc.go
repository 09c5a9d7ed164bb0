// Package ajp is both ends of AJP13, the Apache JServ Protocol in the version that is spoken
// (https://tomcat.apache.org/connectors-doc/ajp/ajpv13a.html): [Server] serves an http.Handler to a
// web server, [Client] is an http.Handler for a servlet container.
//
// # Server
//
// Apache (mod_proxy_ajp, mod_jk) and lighttpd speak AJP to Tomcat:
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
//
// # Client
//
// Tomcat, and what else has an AJP connector, runs behind our layers as a handler does:
//
//	http.Handle("/examples/", &ajp.Client{
//		Addresses:  []string{"127.0.0.1:8009"},
//		SecretFile: "/etc/ajp-secret",
//	})
//
// The container gets the header, but for names with other bytes than letters, digits and "-"; Proxy
// (CVE-2016-5385); and what is about the connection. Whom a layer around the client has found the
// request to be from is remote_user, which Tomcat believes with tomcatAuthentication="false"; what the
// client says never is. Client and server addresses and what is known of TLS are attributes. A path
// with NUL, CR or LF is answered with 400.
//
// A body goes to the container as that asks for it, and the answer to the client likewise, both at
// once; each waits for the slower end. An answer with a head that breaks a rule, or without a head,
// becomes a 502; no answer in time a 504; no connection a 503. An answer that breaks off later tears
// the client's. A client that goes away ends the connection to the container; the protocol has no word
// for it. A connection carries one request at a time, and is kept where the container says so.
package ajp
