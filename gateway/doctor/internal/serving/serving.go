// Package serving is what a web server's configuration says of a file.
package serving

// Answer is what a server does with a file, as far as its configuration tells.
type Answer struct {
	Server string // "Apache", "lighttpd", "nginx"

	// User is the account that programs run as, "" where it is not said.
	User string
	// Suexec is the account that Apache's suexec changes to, "" for none.
	Suexec string
	// Path is the PATH that programs are given, "" where it is not said.
	Path string
	// Interpreter runs the file, whatever its first line says. "": the file runs by itself.
	Interpreter string

	// Problems are why the file is not run as a CGI program.
	Problems []Problem
	// Unread says what of the configuration was not understood or could not be read.
	Unread []string
}

// Problem is one reason.
type Problem struct {
	Cause    string // one of package doctor's
	Sure     bool
	Text     string
	Evidence string // lines of the configuration, with their places
	Fix      string
	Command  string
}

// Add adds a problem.
func (a *Answer) Add(p Problem) { a.Problems = append(a.Problems, p) }

// Causes, as in package doctor.
const (
	NotTold     = "not-told-cgi"
	NoModule    = "no-cgi-module"
	NoCGI       = "no-cgi-in-server"
	Intercepted = "intercepted"
	NotServed   = "not-served"
	AccessRule  = "access-rule"
)
