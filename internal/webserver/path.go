package webserver

// Path is a way that a request takes to the program.
type Path struct {
	// Server is "apache", "nginx", "lighttpd" or "haproxy", "" for none.
	Server string
	// Protocol is how the server speaks to the program: "cgi", "fcgi", "scgi", "uwsgi", "ajp" or
	// "http"; or "spawned", which is FastCGI to a program that the server has started.
	Protocol string
}

// String is "apache-fcgi", and "http" where there is no server.
func (p Path) String() string {
	if p.Server == "" {
		return p.Protocol
	}
	return p.Server + "-" + p.Protocol
}

// Paths are all there are. The first is HTTP without a server.
func Paths() []Path {
	return []Path{
		{"", "http"},
		{"apache", "cgi"},
		{"apache", "fcgi"},
		{"apache", "scgi"},
		{"apache", "ajp"},
		{"apache", "uwsgi"},
		{"apache", "http"},
		{"nginx", "fcgi"},
		{"nginx", "scgi"},
		{"nginx", "uwsgi"},
		{"nginx", "http"},
		{"lighttpd", "cgi"},
		{"lighttpd", "fcgi"},
		{"lighttpd", "spawned"},
		{"lighttpd", "scgi"},
		{"lighttpd", "uwsgi"},
		{"lighttpd", "ajp"},
		{"lighttpd", "http"},
		{"haproxy", "fcgi"},
		{"haproxy", "http"},
	}
}
