package gzip

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"syscall"

	"github.com/surcoat/surcoat/internal/errpage"
)

// Files serves the files of a file system. Where a file has a copy beside it that was
// compressed beforehand (app.js.zst or app.js.gz beside app.js), clients that take that
// coding get the copy: better compressed than a [Compressor] has time for, at no cost,
// with ranges, and through the server's sendfile.
//
//	root, err := os.OpenRoot("public")
//	if err != nil {
//		log.Fatal(err)
//	}
//	mux.Handle("GET /static/", http.StripPrefix("/static", &gzip.Files{FS: root.FS()}))
//
// The commands zstd -19 -k and gzip -9 -k make copies; a file of more than 8 MB must have none of
// zstd --ultra or --long, which browsers may refuse (RFC 9659).
//
// A copy must be at least as new as its file, or it is stale and not used; one that is
// empty, a directory or unreadable is not used either. A copy without its file is not
// found: the file is what clients get who take no coding, and what tells the media type.
// A copy that is itself asked for (/app.js.gz) is a file like others.
//
// Files answers GET and HEAD, conditionally and with ranges if the client so wishes
// (RFC 9110 §13, §14). A directory stands for its index.html, and is never listed. Paths
// that are not those of names in FS (with "..", "//", a backslash or an encoded slash) are
// not found, and neither are hidden files. Errors are answered as all of surcoat's are.
//
// Each coding of a file has a strong entity tag of its own, made of the modification time
// and the size. A file that was changed in the last two seconds, or has a time that says
// nothing (embed.FS has none, and some builds set all to one constant), gets a tag
// made of its content. Reading it has limits: without a time there is no tag above 64 MiB, and
// a fresh change to a file of more than 1 MiB makes its tag weak for two seconds.
//
// Put new versions in place by a rename. What is written into a file while it is being
// served reaches a client half old and half new, though never with the tag of the new.
//
// Files goes well inside a Compressor, which leaves the copies alone and compresses what
// has none. A client that has a dictionary in common with the Compressor gets, instead of
// a copy, the file encoded with that. One that says Use-As-Dictionary is served without its copy
// once, so that the Compressor can keep it among its [Versions].
//
// The fields are read once, at the first request, which panics when one has an impossible
// value.
type Files struct {
	// FS is the file system. It has to be set. The one of an os.Root keeps links from
	// leading out of a directory; os.DirFS follows them. An embed.FS has names such as
	// "public/app.js": fs.Sub(embedded, "public") is the file system for that directory.
	FS fs.FS

	// Siblings are the copies to look for, the earlier preferred among codings that a
	// client likes equally. Each costs a request up to one look into FS. Nil: "zstd" as
	// .zst, "br" as .br, "gzip" as .gz. Empty but not nil: none.
	Siblings []Sibling

	// Hidden reports whether a file or directory is not to be served; it is then not
	// found. It gets the name in FS, such as "docs/index.html", is asked about a copy only
	// when a client asks for that itself, and may be called by many goroutines at once.
	// Nil: [DotFile].
	Hidden func(name string) bool

	// Header, if set, may change the header of an answer, given the name of the file in
	// FS: Cache-Control for names with a hash in them, Use-As-Dictionary, another
	// Content-Type. It is called before preconditions and ranges are looked at, so that a
	// 304 and a 206 say the same as the 200; error pages lose what was said about the
	// file. Many goroutines may call it at once. Nil: nothing is changed.
	Header func(name string, h http.Header)

	// NotFound, if set, answers for what is not found. In a site that routes in the
	// browser, it serves the one page for all addresses. Nil: an error page.
	NotFound http.Handler

	once  sync.Once
	rules *fileRules
}

// Sibling is how the copies of files in one coding are recognised.
type Sibling struct {
	Coding    string // as in Content-Encoding, in lower case: "gzip"
	Extension string // what the copy's name has more than the file's: ".gz"
}

// fileRules are the fields of a Files, checked and with their defaults.
type fileRules struct {
	fs         fs.FS
	codings    []string
	extensions map[string]string // by coding
	hidden     func(name string) bool
	header     func(name string, h http.Header)
	notFound   http.Handler
	sums       sums
	offered    offered
}

func (f *Files) compile() *fileRules {
	if f.FS == nil {
		panic("gzip: Files.FS is nil")
	}
	s := &fileRules{
		fs: f.FS, hidden: f.Hidden, header: f.Header, notFound: f.NotFound,
		extensions: make(map[string]string),
	}
	if s.hidden == nil {
		s.hidden = DotFile
	}
	siblings := f.Siblings
	if siblings == nil {
		siblings = []Sibling{{"zstd", ".zst"}, {"br", ".br"}, {"gzip", ".gz"}}
	}
	taken := make(map[string]bool)
	for i, sib := range siblings {
		field := fmt.Sprintf("gzip: Files.Siblings[%d]", i)
		_, twice := s.extensions[sib.Coding]
		switch {
		case !codingName(sib.Coding):
			panic(fmt.Sprintf("%s.Coding: %q is not the name of a content coding in lower case", field, sib.Coding))
		case len(sib.Extension) < 2 || sib.Extension[0] != '.' || strings.ContainsAny(sib.Extension, "/\\\x00"):
			panic(fmt.Sprintf("%s.Extension is %q; it has to begin with a dot and be part of a name, as \".gz\"", field, sib.Extension))
		case twice:
			panic(fmt.Sprintf("%s.Coding: %s is there twice", field, sib.Coding))
		case taken[sib.Extension]:
			panic(fmt.Sprintf("%s.Extension: %s is there twice", field, sib.Extension))
		}
		taken[sib.Extension] = true
		s.extensions[sib.Coding] = sib.Extension
		s.codings = append(s.codings, sib.Coding)
	}
	return s
}

// ServeHTTP implements [http.Handler].
func (f *Files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.once.Do(func() { f.rules = f.compile() })
	if f.rules == nil {
		f.compile() // panics again, as it did at the first request
	}
	f.rules.serve(w, r)
}

func (s *fileRules) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		errpage.Write(w, r, errpage.Problem{Status: http.StatusMethodNotAllowed})
		return
	}
	name, ok := fileName(r.URL)
	if !ok || s.hidden(name) {
		s.fail(w, r, fs.ErrNotExist)
		return
	}
	plain, err := s.open(name)
	if err != nil {
		if errors.Is(err, errDirectory) && s.hasIndex(name) {
			toDirectory(w, r)
			return
		}
		s.fail(w, r, err)
		return
	}
	defer plain.Close()
	sibling, varies := s.sibling(r.Header["Accept-Encoding"], plain)
	if sibling != nil {
		defer sibling.Close()
	}
	s.answer(w, r, plain, sibling, varies)
}

// index is the file that a directory stands for.
const index = "index.html"

func (s *fileRules) hasIndex(dir string) bool {
	name := path.Join(dir, index)
	if s.hidden(name) {
		return false
	}
	info, err := fs.Stat(s.fs, name)
	return err == nil && info.Mode().IsRegular()
}

// fail answers for a file that could not be opened.
func (s *fileRules) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := errpage.Problem{Status: http.StatusInternalServerError, Err: fmt.Errorf("gzip: Files: %w", err)}
	switch {
	case isAbsent(err):
		if s.notFound != nil {
			s.notFound.ServeHTTP(w, r)
			return
		}
		p = errpage.Problem{Status: http.StatusNotFound}
	case errors.Is(err, fs.ErrPermission), leadsOut(err):
		p.Status = http.StatusForbidden
		p.Detail = "This file is not for everybody."
	}
	errpage.Write(w, r, p)
}

// isAbsent reports whether err means that there is no such file. A file that is taken for a
// directory and a name that is too long are a client's doing, and no fault of the server's.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) || errors.Is(err, errDirectory) ||
		errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG)
}

// leadsOut reports whether err is that of an os.Root for a link that leads out of it, which
// has no name.
func leadsOut(err error) bool {
	var p *fs.PathError
	return errors.As(err, &p) && strings.HasSuffix(p.Err.Error(), "path escapes from parent")
}
