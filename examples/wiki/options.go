package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/surcoat/surcoat/gateway"
)

// options are what the command line and the environment say.
type options struct {
	started gateway.Detection // how the program was, in so far as listen does not say it

	listen, mount string
	data, name    string
	sessions      string
	admin         string
	proxies       []netip.Prefix
	cert, key     string
	secretFile    string
	insecure      bool
}

// usage is what --help begins with.
const usage = `Usage: wiki [--listen URL] [--mount PATH] [--data FOLDER] [--name NAME] [--sessions WHERE] [--admin NAME] [--trust-proxy ADDRESSES] [--cert FILE --key FILE] [--ajp-secret-file FILE] [--insecure]

The first administrator is whoever joins through the link in the log, which is there until there is one.

Each flag can be said in the environment too, as WIKI_DATA for --data and WIKI_TRUST_PROXY for --trust-proxy. As a CGI program the wiki takes no flags.

`

// parse reads the command line over the environment.
func parse(args []string, started gateway.Detection, stderr io.Writer) (o options, code int, ok bool) {
	o.started = started
	flags := flag.NewFlagSet("wiki", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	flags.StringVar(&o.listen, "listen", "", "the `URL` to serve at:\n"+
		"  http://localhost:8080           https://… with --cert and --key\n"+
		"  fcgi://localhost:9000           FastCGI; also scgi://…, uwsgi://…, ajp://…\n"+
		"  fcgi+unix:///run/wiki.sock      a Unix socket, with ?mode=0666 and ?group=NAME; also http+unix: and so on\n"+
		"  fcgi:                           the socket that the program is started with\n"+
		"without it the program finds out how it was started: as a CGI program, by systemd, by a web server, with $PORT;\nstarted by hand it is at http://localhost:8080")
	flags.StringVar(&o.mount, "mount", "", "the `path` below which the wiki is, such as /wiki; other paths are not found;\nwithout it the root, or what a web server says (SCRIPT_NAME)")
	flags.StringVar(&o.data, "data", defaultData(), "the `folder` that keeps pages, accounts and, unless --sessions says otherwise, sessions")
	flags.StringVar(&o.name, "name", "Commonplace", "what the wiki is called")
	flags.StringVar(&o.sessions, "sessions", "", "`where` it is kept who is signed in:\n"+
		"  bolt                   in the file sessions.db in the data folder, of one process alone\n"+
		"  cookie                 in the browsers, sealed with keys in the data folder, for any number of processes\n"+
		"  redis://HOST:PORT/DB   in Redis or Valkey; rediss:// with TLS\n"+
		"  postgres://USER:PASSWORD@HOST:PORT/DATABASE\n"+
		"without it bolt, or cookie where a web server starts the program and may start several;\n"+
		"a URL with a password is better said in the environment, as "+sessionsVariable)
	flags.StringVar(&o.admin, "admin", "", "make the account of this `name`, which has joined, an administrator;\nthe first one need not be named: see above")
	flags.Func("trust-proxy", "believe a reverse proxy at these `addresses`, such as 10.0.0.5 or 10.0.0.0/8, about who the client is;\nmay be given several times; without it all clients behind a proxy share the limits on wrong passwords", o.addProxies)
	flags.StringVar(&o.cert, "cert", "", "a `file` with a TLS certificate, to serve https; it is read again when it changes")
	flags.StringVar(&o.key, "key", "", "the `file` with its key")
	flags.StringVar(&o.secretFile, "ajp-secret-file", "", "a `file` with the secret that a web server has to send over AJP")
	flags.BoolVar(&o.insecure, "insecure", false, "let people sign in over plain http from other machines;\nnot needed for http://localhost, where browsers accept secure cookies")
	if err := setFromEnvironment(flags); err != nil {
		fmt.Fprintln(stderr, "wiki:", err)
		return o, exitUsage, false
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, 0, false
		}
		return o, exitUsage, false
	}
	wrong := o.settle()
	if flags.NArg() > 0 {
		wrong = fmt.Sprintf("%q is not understood: everything is said with flags", flags.Arg(0))
	}
	if wrong == "" {
		return o, 0, true
	}
	fmt.Fprintf(stderr, "wiki: %s\n\n", wrong)
	if !o.once() { // the log of a web server is no place for that
		flags.Usage()
	}
	return o, exitUsage, false
}

// variable is the environment variable that says the same as a flag.
func variable(name string) string {
	return "WIKI_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

func setFromEnvironment(flags *flag.FlagSet) (err error) {
	flags.VisitAll(func(f *flag.Flag) {
		if value := os.Getenv(variable(f.Name)); value != "" && err == nil {
			if wrong := f.Value.Set(value); wrong != nil {
				err = fmt.Errorf("%s in the environment: %w", variable(f.Name), wrong)
			}
		}
	})
	return err
}

// settle fills in what was not said, and returns what is wrong, "" for nothing.
func (o *options) settle() string {
	shared := o.protocol() == gateway.CGI || o.listen == "" && o.started.Address.Protocol == gateway.Any
	if o.sessions == "" {
		o.sessions = inFile
		if shared {
			o.sessions = inCookie
		}
	}
	switch {
	case o.data == "":
		return "there is no home folder to keep the data in: name a folder with --data or " + variable("data")
	case (o.cert == "") != (o.key == ""):
		return "--cert and --key go together"
	case o.cert != "" && o.listen != "" && !strings.HasPrefix(o.listen, "https:") && !strings.HasPrefix(o.listen, "any:"):
		return "--cert and --key are for https: say so, with --listen https://localhost:8443"
	case o.cert == "" && strings.HasPrefix(o.listen, "https"):
		return "https needs a certificate: --cert FILE and --key FILE"
	case o.name == "":
		return "--name is empty"
	case o.mount != "" && (o.mount[0] != '/' || strings.ContainsAny(o.mount, "?#%")):
		return "--mount is a path that begins with a slash, such as /wiki, unescaped"
	case o.sessions == inFile && o.once():
		return "sessions cannot be in a file as a CGI program: one process at a time can have it, and there is one for each request. " +
			"Leave --sessions (" + sessionsVariable + ") out, or say cookie, redis://… or postgres://…"
	}
	return checkSessions(o.sessions)
}

// protocol is what will be spoken, as far as that is known; HTTP where an address is wrong,
// which is reported when it is used.
func (o *options) protocol() gateway.Protocol {
	if o.listen == "" {
		return o.started.Address.Protocol
	}
	if a, err := gateway.ParseAddress(o.listen); err == nil {
		return a.Protocol
	}
	return gateway.HTTP
}

// once reports whether the process answers a single request.
func (o *options) once() bool { return o.protocol() == gateway.CGI }

// addProxies reads addresses and networks with commas or spaces between them.
func (o *options) addProxies(s string) error {
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
	for _, word := range words {
		proxy, err := parseProxy(word)
		if err != nil {
			return err
		}
		o.proxies = append(o.proxies, proxy)
	}
	if len(words) == 0 {
		return errNoProxy
	}
	return nil
}

var errNoProxy = errors.New("it is neither an address nor a network like 10.0.0.0/8")

// parseProxy reads an address or a network.
func parseProxy(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Prefix(a.BitLen())
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, errNoProxy
	}
	if p.Bits() == 0 {
		return p, errors.New("whoever believes everybody lets each client choose its own address")
	}
	return p.Masked(), nil
}

// defaultData is a folder of the user's, so that it does not matter where the program
// is started; "" where the user has none.
func defaultData() string {
	base := os.Getenv("XDG_DATA_HOME")
	if base == "" && (runtime.GOOS == "windows" || runtime.GOOS == "darwin") {
		base, _ = os.UserConfigDir()
	}
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		base = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(base, "surcoat-wiki")
}

// url is where to listen, for [gateway.Listen]; "" where the program was started with a socket or
// a request.
func (o *options) url() string {
	if o.listen != "" {
		if a, err := gateway.ParseAddress(o.listen); err == nil && a.Network == "" {
			return ""
		}
		return o.listen
	}
	a := o.started.Address
	if a.Network == "" {
		return ""
	}
	if o.cert != "" {
		a.Protocol = gateway.HTTPS
	}
	return a.String()
}
