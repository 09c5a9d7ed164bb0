package gateway

import (
	"fmt"
	"net"
	"os"
	"strings"
)

// Detection is how a program was started, as far as that says what it is to serve.
type Detection struct {
	// Address is what is to be served. Where its Network is "", the program was started with
	// what it serves: Sockets, or, where its Protocol is CGI, the request in the environment.
	// Else nothing listens there yet; its String is a URL for [Listen] and [Server.URL]. Protocol
	// is that of the first of Sockets where there are several.
	Address Address

	// Sockets are what the program was started with, in words for a log: "file descriptor 3 (web)".
	// nil: none.
	Sockets []string

	// Why is what gave it away, in words for a log.
	Why string
}

// Detect tells how the program was started, the first of these that holds:
//
//   - GATEWAY_INTERFACE and REQUEST_METHOD are in the environment: a CGI program (RFC
//     3875).
//   - LISTEN_PID is this process and LISTEN_FDS counts sockets: started by systemd. A
//     name in LISTEN_FDNAMES (FileDescriptorName= of the socket unit) may say the
//     protocol; else it is http.
//   - File descriptor 0 is a listening socket: started by a web server, as lighttpd's
//     bin-path and Apache's mod_fcgid do. The first byte of a connection tells FastCGI from SCGI.
//   - File descriptor 0 is a connection: started by inetd, or by systemd with Accept=yes,
//     for that one. Its first byte tells the protocol.
//   - PORT is in the environment: http at that port of HOST, or, without HOST, of all the
//     machine's interfaces, as the platforms that set PORT ask for.
//   - None of these: http at 127.0.0.1:8080.
//
// The arguments of a CGI program may be the words of the query (RFC 3875 §4.4; Apache makes them so): a
// program that takes flags must read none where Detect says cgi, and is set up with variables there.
// [Server.Serve] and [Listen] refuse a URL then that may have come that way, which is all they know of.
//
// Detect opens nothing and changes nothing. Its error says what is wrong with the environment;
// [Server.Serve] returns the same, unless [Server.URL] is set, which goes before all of these.
func Detect() (Detection, error) {
	plan, err := detect()
	return plan.Detection, err
}

// plan is what a Server will do.
type plan struct {
	Detection
	sockets []socket // of Detection.Sockets
}

// socket is a file descriptor that the program was started with.
type socket struct {
	fd        int
	name      string   // for a log
	protocol  Protocol // Any where nothing says it
	listening bool     // else a connection
}

// usual is where a program serves that was started by hand.
var usual = Address{Protocol: HTTP, Network: "tcp", Address: "127.0.0.1:8080"}

func detect() (plan, error) {
	if isCGI() {
		why := "GATEWAY_INTERFACE is " + os.Getenv("GATEWAY_INTERFACE") + ", the environment has a request"
		return plan{Detection: Detection{Address: Address{Protocol: CGI}, Why: why}}, nil
	}
	sockets, why, err := startedWith()
	if err != nil {
		return plan{}, err
	}
	if len(sockets) > 0 {
		return startedAs(Address{Protocol: sockets[0].protocol}, sockets, why), nil
	}
	if port := os.Getenv("PORT"); port != "" {
		host := os.Getenv("HOST")
		a, err := ParseAddress("http://" + net.JoinHostPort(host, port))
		if err != nil {
			return plan{}, fmt.Errorf("gateway: PORT is %q and HOST %q in the environment, which makes no address", port, host)
		}
		why := "PORT is " + port
		if host == "" {
			why += "; HOST is not set: all interfaces"
		}
		return plan{Detection: Detection{Address: a, Why: why}}, nil
	}
	return plan{Detection: Detection{Address: usual, Why: "nothing in the environment says otherwise"}}, nil
}

// startedAs is the plan of a program that was started with sockets.
func startedAs(a Address, sockets []socket, why string) plan {
	p := plan{Detection: Detection{Address: a, Why: why}, sockets: sockets}
	for _, s := range sockets {
		p.Sockets = append(p.Sockets, s.name)
	}
	return p
}

// isCGI reports whether the environment has a request. Both variables are needed: a server's own
// environment, which a FastCGI program gets too, may have the first.
func isCGI() bool {
	return os.Getenv("REQUEST_METHOD") != "" && os.Getenv("GATEWAY_INTERFACE") != ""
}

// queryIsArguments reports whether the program's arguments are the words of a query, as RFC 3875 §4.4
// has it for one without "=": then any client chooses them.
func queryIsArguments() bool {
	query := os.Getenv("QUERY_STRING")
	return isCGI() && len(os.Args) > 1 && query != "" && !strings.Contains(query, "=")
}

// chosen returns an error where the address may be what a client says.
func (a Address) chosen() error {
	if a.Protocol == CGI || !queryIsArguments() {
		return nil
	}
	return fmt.Errorf("gateway: will not serve at %s: this is a CGI program, whose arguments are the words of the query; read no flags where Detect says cgi", a)
}

// named is the protocol in a socket's name: "fcgi", and "fcgi-admin" too.
func named(name string) Protocol {
	head, _, _ := strings.Cut(name, "-")
	for _, p := range protocols {
		if p != CGI && head == string(p) {
			return p
		}
	}
	return ""
}
