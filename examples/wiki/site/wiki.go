package site

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/sessions"

	"github.com/surcoat/surcoat/chain"
	"github.com/surcoat/surcoat/gateway"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/password"
	"github.com/surcoat/surcoat/middleware/auth/throttle"
	"github.com/surcoat/surcoat/middleware/session"
)

// Config is what a wiki is made of. Name, Pages, Users, Files, Log and Sessions are required.
type Config struct {
	Name  string // of the wiki
	Pages Pages
	Users Users
	Files Files
	Log   *slog.Logger

	// Sessions keeps who is signed in.
	Sessions sessions.Store

	// Versions is a folder for the public files that browsers have of earlier releases;
	// the gzip layer makes it. "": none is remembered by the next process.
	Versions string

	// Keys sign what browsers keep in which somebody has signed in, see [auth.DeviceCookie].
	// "": ones that end with the process.
	Keys string

	// Guesses counts wrong passwords, beside what package auth counts in the memory of this
	// process, and has them in the log. nil: it does not.
	Guesses Guesses

	// Founder is the key in the link by which somebody becomes the first administrator, see
	// [FounderHref]. "": nobody can.
	Founder string

	// Recent is how long after they signed in administrators may look after accounts; then
	// they are asked for their password again. 0: ten minutes.
	Recent time.Duration

	// Proxies are the addresses of reverse proxies in front. What they say about who the
	// client is, is believed. None: whoever connects is the client.
	Proxies []netip.Prefix

	// Mount is the path, unescaped, below which the wiki is expected, to be made ready before
	// the first request. "": the root.
	Mount string

	// Once says that the process answers one request. What pays for many only, the dictionary and
	// the memory of style sheets, is left out then.
	Once bool

	// Insecure lets cookies travel over plain HTTP to other hosts than localhost.
	Insecure bool
}

// Wiki is the wiki as a handler. It is at the root of its host, or below a path: the one that
// was taken off the request's ([gateway.Prefix]). Whoever serves it need not say where that
// is, and one process can be reached in several places. All addresses in an answer are whole:
// they have that path in front.
type Wiki struct {
	config   Config
	hasher   password.Hasher   // the hashes that run at a time, and the guesses,
	throttle throttle.Throttle // are counted once, wherever they come in

	mu     sync.RWMutex
	places map[string]*place // by root
}

// mostPlaces bounds below how many paths one process can be reached. Where a server in front takes
// the path from what the client says, there could be any number.
const mostPlaces = 16

// New returns the wiki, and the layers that all its answers pass, for the log: none where they are
// made for one request, and when it comes.
func New(c Config) (*Wiki, chain.Chain, error) {
	w := &Wiki{config: c, places: make(map[string]*place)}
	root, err := rootOf(c.Mount)
	if err != nil || c.Once {
		return w, chain.Chain{}, err
	}
	p, err := w.at(root)
	if err != nil {
		return nil, chain.Chain{}, err
	}
	return w, p.layers, nil
}

// ServeHTTP answers in the place where the request has come in.
func (w *Wiki) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	prefix, err := url.PathUnescape(gateway.Prefix(r.Context()))
	var root string
	if err == nil {
		root, err = rootOf(prefix)
	}
	var p *place
	if err == nil {
		p, err = w.at(root)
	}
	if err != nil {
		w.config.Log.WarnContext(r.Context(), "the wiki cannot be below the path that the server in front says", "error", err)
		http.Error(rw, "There is no wiki at this address.", http.StatusNotFound)
		return
	}
	p.ServeHTTP(rw, r)
}

// at returns the wiki below root, made the first time.
func (w *Wiki) at(root string) (*place, error) {
	w.mu.RLock()
	p := w.places[root]
	w.mu.RUnlock()
	if p != nil {
		return p, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if p := w.places[root]; p != nil {
		return p, nil
	}
	if len(w.places) == mostPlaces {
		return nil, fmt.Errorf("it is below %d others already", mostPlaces)
	}
	p, err := w.newPlace(root)
	if err != nil {
		return nil, err
	}
	w.places[root] = p
	return p, nil
}

// Root is what addresses of a wiki that is mounted at a path begin with, "" where it cannot be
// mounted there.
func Root(mount string) string {
	root, _ := rootOf(mount)
	return root
}

// rootOf is a prefix, unescaped, as addresses begin with it. There is one for each prefix, however
// the client has escaped it, and nothing stands in it that means something in a cookie
// or in the pattern of a dictionary.
func rootOf(prefix string) (string, error) {
	prefix = strings.TrimRight(prefix, "/")
	if prefix == "" {
		return "", nil
	}
	if path.Clean(prefix) != prefix || prefix[0] != '/' || strings.Contains(prefix, `\`) {
		return "", fmt.Errorf("%q is no path in the form that browsers have it in", prefix)
	}
	var b strings.Builder
	for _, c := range []byte(prefix) {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("/-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String(), nil
}

// cookie is the session's. Below a path it goes to that path alone, so that two wikis of one
// host do not take each other's.
func cookie(root string, insecure bool) session.Cookie {
	return session.Cookie{Path: root, InsecureCookie: insecure}
}

// deviceCookie is always for the whole host; there the name keeps two wikis apart.
func deviceCookie(root string, c *Config) auth.DeviceCookie {
	d := auth.DeviceCookie{Keys: c.Keys, InsecureCookie: c.Insecure}
	if root != "" {
		d.Name = "__Host-device" + strings.ReplaceAll(root, "/", "-")
		if c.Insecure {
			d.Name = strings.TrimPrefix(d.Name, "__Host-")
		}
	}
	return d
}

// cleaned leads to the clean form of a path before its mux does, which does not know what is in
// front of it.
type cleaned struct {
	mux *http.ServeMux
	*site
}

func (c cleaned) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.EscapedPath()
	clean := path.Clean("/" + asked)
	if strings.HasSuffix(asked, "/") && clean != "/" {
		clean += "/"
	}
	if clean == asked || r.Method == http.MethodConnect || asked == "*" {
		c.mux.ServeHTTP(w, r)
		return
	}
	http.Redirect(w, r, c.at(withQuery(clean, r)), http.StatusTemporaryRedirect)
}
