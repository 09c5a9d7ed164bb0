// Package cgitrace answers for a handler that panicked. It is named for Python's
// cgitb, and is two things under one name.
//
// In production people get a friendly error page, programs get problem details (RFC
// 9457), terminals a line of text, each with an incident number; the log gets that
// number with the panic, the stack and the request, secrets masked. What the panic
// said never reaches the client.
//
// In a build with -tags dev, a developer on the same machine gets a traceback instead:
// why the line failed, in words; the frames with their source and the values of all
// their variables; the error chain, the request with a curl line that repeats it, all
// goroutines. None of that is linked without the tag.
//
//	page := &cgitrace.Page{}
//	mux := http.NewServeMux()
//	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
//		panic("no such luck")
//	})
//	log.Fatal(http.ListenAndServe("localhost:8080", page.Wrap(mux)))
//
// Page belongs outside every layer whose errors and panics it is to answer; only the
// layer that finds out the client's address (package forwarded) goes outside it. Other
// surcoat layers find the Page around them and answer their own errors, a 403 or a 503,
// in its look.
//
// The package does not catch panics in goroutines that a handler started: nothing
// can. Nor can anything mend a request's header that such a goroutine changes while the
// report on it is made: the runtime ends a process in which a map is written and read at once.
// It does not restart anything, mail anybody, or execute code.
//
// # Secrets
//
// What is logged, shown or written to a file has its secrets masked as REDACTED, by
// name (password, secret, token, api_key, authorization, cookie, session, signature,
// csrf, jwt, otp, dsn and their kin, in any spelling), by shape (JSON Web Tokens, keys
// of well-known services, PEM private keys, passwords in URLs), by type (private keys,
// url.Userinfo), and by taint: a value that was secret where the request or the
// environment carried it is masked wherever else it turns up. Of the environment only
// names are shown. A secret that goes by none of these, such as a customer's number in
// a panic's text, is for [Page.Redact] to name.
//
// # Dev builds
//
// A traceback is shown to clients on this machine only: the peer is a loopback address,
// the Host names this machine, nothing in the request speaks of a proxy, and no page of
// another site fetches it. It is not shown at all where the environment says
// production. Who does not pass gets the production answer, and the log says why.
// [Page.AllowHosts] and [Page.AllowFrom] widen this.
//
// Where it is another program that failed, behind a handler of package gateway/cgi, gateway/wsgi or
// gateway/fcgi, the page is about that one: a traceback of Python is shown as one of Go is, without
// variables, and what came on its standard error, and what surcoat doctor finds, stand beside. Source is
// only read of files that are Python and have the line that the traceback quotes. The stack of this
// program is folded beneath.
//
// What a lint.Handler inside Page found wrong with the request before it panicked stands on the
// traceback too, with file and line.
//
// So that a traceback can take the place of a response, the first MiB of each is held
// back until the handler returns or flushes; the rest streams. A page in HTML that has
// left in part, uncompressed and without a length, gets the traceback at its end. The
// beginning of a request's body is kept as the handler reads it.
//
// # Variables
//
// Their values are read from the memory of the process by what the compiler has noted
// of them in the binary (DWARF), without a debugger. The command surcoat builds with
// the flags for that:
//
//	surcoat dev ./cmd/shop
//	go run -tags dev -ldflags=-w=0 -gcflags='./...=-N -l -dwarf=true' ./cmd/shop
//
// go run and go test leave DWARF out unless told otherwise; a page without it has all
// the rest, and the command. An optimised build has kept about a third of the
// variables; of the others it is said that they are optimized out. No code of the
// program is run for that; only the panic's own value and the errors it wraps are asked
// for their texts. The garbage collector rests while a report is made, unless the
// program grows by 512 MiB or reaches its memory limit meanwhile; where it ran during
// the request, or calls were so deep that the stack had to be moved, the page says that
// values may be stale. Values are shown on amd64 and arm64; they are tested on Linux,
// and on macOS nothing of this package was ever run.
package cgitrace

import (
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"

	"github.com/surcoat/surcoat/internal/errpage"
)

// Enabled reports whether this binary was built with -tags dev and can show
// tracebacks. It is a constant: what stands under "if cgitrace.Enabled" is not in a
// production binary.
const Enabled = enabled

// Page is the layer. Its zero value works. All its fields exist in both builds, so
// that code compiles either way; those marked dev do nothing without -tags dev.
//
// The fields are read once, by [Page.Wrap].
type Page struct {
	// Template is the page people see instead of the built-in one, for errors of
	// this layer and of the layers inside it. It is executed with a struct of
	//
	//	Status     int           // HTTP status
	//	Title      string        // a heading, in English
	//	Detail     string        // what people can do, in English; may be ""
	//	Incident   string        // the number in the log; "" where nothing was logged
	//	RetryAfter time.Duration // how long to wait; 0 where that is not known
	//	Again      bool          // a link to the same address is of use, and does no harm
	//	Fragment   bool          // htmx asks for a part of a page: send no whole one
	//
	// and a method that chooses a language by what the browser says it prefers:
	//
	//	{{if eq (.Language "en" "de") "de"}}Etwas ist schiefgegangen{{else}}{{.Title}}{{end}}
	//
	// The built-in page is sent, and the log says why, if the template fails, takes more
	// than 2 s, for instance because a function it calls waits for what has just
	// failed, or writes more than 1 MiB. A site's own Content-Security-Policy has to be set
	// by a layer outside or by the template.
	Template *template.Template

	// Logger takes the records of incidents. Of a panic that comes more than ten times a
	// minute with the same stack the further records have four frames of that and no
	// header, and say how often it came. Nil: slog.Default().
	Logger *slog.Logger

	// Redact reports whether the value of that name is a secret, beyond what is one
	// anyway (see Secrets above). It is asked about header fields, cookies, query and
	// form parameters, JSON members, environment variables and, in dev builds, struct
	// fields; a value that it calls secret is masked wherever it occurs. It may be
	// called with an empty value. Nil: no more rules.
	Redact func(name, value string) bool

	// Off keeps the traceback from the client, who gets the production answer; log
	// and LogDir still have it. (cgitb: display=0) dev
	Off bool

	// LogDir is a folder that gets each traceback as a file of mode 0600, named
	// for the incident. It is made, with mode 0700, when it does not exist. "": none. dev
	LogDir string

	// Context is how many lines of source stand before and after the line of a
	// frame. 0: 5. dev
	Context int

	// Format forces "html", "json" or "text" on tracebacks. "": what the client
	// asks for. dev
	Format string

	// Editor is the URL that opens a source file, with {file} and {line} in it.
	// "": "vscode://file{file}:{line}". dev
	Editor string

	// Paths maps the folders of the machine that built the binary to those on which
	// source is read and the editor runs, for containers: {"/src": "/home/ada/shop"}. dev
	Paths map[string]string

	// AllowHosts are further names under which the traceback may be asked for, as in
	// the Host field, without port. Loopback addresses, localhost and its
	// subdomains always are. Any other name could be one that a hostile page has rebound to
	// this machine. dev
	AllowHosts []string

	// AllowFrom are further peers that may see tracebacks. Loopback peers always
	// may. Behind a proxy nobody may, unless package forwarded trusts that proxy
	// and AllowFrom has the client's own address. dev
	AllowFrom []netip.Prefix

	repeats *repeats // made by Wrap
}

// Wrap returns a handler that serves next and answers when it panics.
//
// Header fields that were set before the request reached Page, by layers outside it,
// stay in the answer; what next had set is dropped. If the response has begun to leave,
// it cannot be taken back: the incident is logged and the connection aborted with
// [http.ErrAbortHandler], so that no client takes half an answer for a whole one. After a
// Hijack nothing is written. A panic with http.ErrAbortHandler goes on its way, and
// runtime.Goexit is none of Page's business.
//
// Wrap panics when next is nil and when a field has an impossible value.
func (p *Page) Wrap(next http.Handler) http.Handler {
	if next == nil {
		panic("cgitrace: Page.Wrap: next is nil")
	}
	page := *p
	page.check()
	page.repeats = new(repeats)
	page.banner()
	return handler{next, &page}
}

// check panics on values of fields that could only be mistakes, in both builds:
// a slip in the configuration of the dev page should not first show in the dev build.
func (p *Page) check() {
	if p.Context < 0 {
		panic("cgitrace: Page.Context is negative")
	}
	switch p.Format {
	case "", "html", "json", "text":
	default:
		panic("cgitrace: Page.Format is " + p.Format + "; it can be html, json, text or empty")
	}
	for i, from := range p.AllowFrom {
		if !from.IsValid() {
			panic(fmt.Sprintf("cgitrace: Page.AllowFrom[%d] is not a valid prefix", i))
		}
	}
	p.settle()
}

// site makes inner layers' errors look like Page's own.
func (p *Page) site() errpage.Site {
	return errpage.Site{Template: p.Template, Logger: p.Logger}
}
