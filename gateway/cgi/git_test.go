//go:build unix

package cgi_test

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/gateway/cgi"
	"github.com/surcoat/surcoat/internal/testserver"
)

// repository is a folder of repositories behind git http-backend(1), as it is installed.
type repository struct {
	t    *testing.T
	dir  string // of the clients' copies
	root string // of the server's
	url  string // of site.git, with ann's password in it
	bare string // the same without

	mu   sync.Mutex
	seen []http.Header // of the requests
}

// git runs git for ann, with an environment of its own.
func (r *repository) git(dir string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C",
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.org", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.org",
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// must is git that has to work.
func (r *repository) must(dir string, args ...string) string {
	r.t.Helper()
	out, err := r.git(dir, args...)
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// watch keeps the headers of the requests.
func (r *repository) watch(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		header := req.Header.Clone()
		header.Set("Coding", strings.Join(req.TransferEncoding, ","))
		r.seen = append(r.seen, header)
		r.mu.Unlock()
		h.ServeHTTP(w, req)
	})
}

// saw reports whether a request had that field.
func (r *repository) saw(name, value string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range r.seen {
		if h.Get(name) == value {
			return true
		}
	}
	return false
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	git := testserver.Program(t, "git", "git")
	out, err := exec.Command(git, "--exec-path").Output()
	if err != nil {
		t.Fatal(err)
	}
	r := &repository{t: t, dir: t.TempDir(), root: t.TempDir()}
	backend := &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(out)), "git-http-backend"),
		Env:  map[string]string{"GIT_PROJECT_ROOT": r.root, "GIT_HTTP_EXPORT_ALL": "1", "HOME": r.root},
	}
	mux := http.NewServeMux()
	mux.Handle("/git/", r.watch(http.StripPrefix("/git", protected(t, backend))))
	mux.Handle("/open/", http.StripPrefix("/open", backend))
	at, _ := url.Parse(site(t, mux))
	r.bare = at.String()
	at.User = url.UserPassword("ann", "correct horse battery")
	r.url = at.String() + "/git/site.git"
	r.must(r.root, "init", "-q", "--bare", "-b", "main", "site.git")
	return r
}

// commit adds a file of so many bytes that cannot be made smaller.
func (r *repository) commit(dir, name string, size int) {
	r.t.Helper()
	b := make([]byte, size)
	_, _ = rand.Read(b)
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
		r.t.Fatal(err)
	}
	r.must(dir, "add", name)
	r.must(dir, "commit", "-qm", name)
}

// same reports an error unless the file is the same in both folders.
func (r *repository) same(a, b, name string) {
	r.t.Helper()
	one, err := os.ReadFile(filepath.Join(a, name))
	other, err2 := os.ReadFile(filepath.Join(b, name))
	if err != nil || err2 != nil || !bytes.Equal(one, other) {
		r.t.Errorf("%s is not the same: %d and %d bytes, %v, %v", name, len(one), len(other), err, err2)
	}
}

func TestGit(t *testing.T) {
	journalDefault(t)
	r := newRepository(t)
	ann, bob := filepath.Join(r.dir, "ann"), filepath.Join(r.dir, "bob")

	r.must(r.dir, "clone", "-q", r.url, "ann")
	r.commit(ann, "large", 5<<20)
	r.must(ann, "push", "-q", "origin", "HEAD:main") // 5 MB, more than http.postBuffer: in chunks
	if !r.saw("Coding", "chunked") {
		t.Error("the push was not sent in chunks")
	}
	r.must(r.dir, "clone", "-q", r.url, "bob")
	r.same(ann, bob, "large")

	r.commit(ann, "small", 1000)
	r.must(ann, "-c", "http.postBuffer=65536", "push", "-q", "origin", "HEAD:main")
	for i := range 5 {
		r.commit(ann, "more"+string(rune('a'+i)), 100_000)
	}
	r.must(ann, "-c", "http.postBuffer=65536", "-c", "http.version=HTTP/1.1", "push", "-q", "origin", "HEAD:main")
	r.must(bob, "pull", "-q", "--ff-only")
	r.same(ann, bob, "moree")

	r.must(r.dir, "-c", "protocol.version=2", "clone", "-q", "--depth", "1", r.url, "shallow")
	r.same(ann, filepath.Join(r.dir, "shallow"), "large")
	if got := strings.TrimSpace(r.must(filepath.Join(r.dir, "shallow"), "rev-list", "--count", "HEAD")); got != "1" {
		t.Errorf("the shallow clone has %s commits", got)
	}
	if !r.saw("Git-Protocol", "version=2") {
		t.Error("no request of protocol version 2")
	}
	for _, version := range []string{"0", "1"} {
		r.must(r.dir, "-c", "protocol.version="+version, "clone", "-q", r.url, "v"+version)
		r.same(ann, filepath.Join(r.dir, "v"+version), "large")
	}
	r.must(r.dir, "-c", "http.extraHeader=Expect: 100-continue", "clone", "-q", r.url, "expecting")

	// Bodies that git compresses: those of a kilobyte or more, as with 30 branches to fetch.
	for i := range 30 {
		r.must(ann, "commit", "-q", "--allow-empty", "-m", "own")
		r.must(ann, "branch", "branch"+strconv.Itoa(i))
	}
	r.must(ann, "push", "-q", "--all")
	r.must(bob, "-c", "protocol.version=0", "fetch", "-q")
	if got := strings.Count(r.must(bob, "branch", "-r"), "branch"); got != 30 {
		t.Errorf("fetched %d of 30 branches", got)
	}
	if !r.saw("Content-Encoding", "gzip") {
		t.Error("no body was compressed")
	}

	// Who pushed is in the server's log: the identity reached the program.
	r.must(filepath.Join(r.root, "site.git"), "config", "core.logAllRefUpdates", "true")
	r.commit(ann, "logged", 10)
	r.must(ann, "push", "-q", "origin", "HEAD:main")
	if b, _ := os.ReadFile(filepath.Join(r.root, "site.git/logs/refs/heads/main")); !strings.Contains(string(b), "ann") {
		t.Errorf("the log of the branch has %q", b)
	}
	r.refused(ann)
}

// refused is what has to fail.
func (r *repository) refused(ann string) {
	r.t.Helper()
	strange := strings.Replace(r.url, "correct%20horse", "wrong%20horse", 1)
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"wrong password", []string{"clone", strange, "no"}, "Authentication failed"},
		{"no password", []string{"clone", r.bare + "/git/site.git", "no"}, "could not read Username"},
		{"no such repository", []string{"clone", strings.Replace(r.url, "site.git", "no.git", 1), "no"}, "not found"},
		{"push by nobody", []string{"-C", ann, "push", r.bare + "/open/site.git", "HEAD:main2"}, "403"},
		{
			"push by nobody who says otherwise",
			[]string{"-C", ann, "-c", "http.extraHeader=Remote-User: ann", "-c", "http.extraHeader=Remote_User: ann", "push", r.bare + "/open/site.git", "HEAD:main2"},
			"403",
		},
	} {
		if out, err := r.git(r.dir, tt.args...); err == nil || !strings.Contains(out, tt.want) {
			r.t.Errorf("%s: %v\n%s", tt.name, err, out)
		}
	}
	if _, err := r.git(r.dir, "clone", "-q", r.bare+"/open/site.git", "open"); err != nil {
		r.t.Error("who has to say nothing cannot read")
	}
}

// The pages of gitweb(1), a CGI program in Perl.
func TestGitweb(t *testing.T) {
	journalDefault(t)
	file := gitweb(t)
	r := newRepository(t)
	ann := filepath.Join(r.dir, "ann")
	r.must(r.dir, "clone", "-q", r.url, "ann")
	if err := os.WriteFile(filepath.Join(ann, "hello.txt"), []byte("hello, world\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r.must(ann, "add", "hello.txt")
	r.must(ann, "commit", "-qm", "A first <page>")
	r.must(ann, "push", "-q", "origin", "HEAD:main")

	config := write(t, t.TempDir(), "gitweb.conf", "our $projectroot = '"+r.root+"';\nour $site_name = 'Our site';\n$feature{'pathinfo'}{'default'} = [1];\n1;\n")
	mux := http.NewServeMux()
	mux.Handle("/web/", http.StripPrefix("/web", &cgi.Handler{Path: file, Env: map[string]string{"GITWEB_CONFIG": config, "HOME": r.root}}))
	at := site(t, mux)
	for _, tt := range []struct{ path, want string }{
		{"/web/", "<title>Our site"},
		{"/web/", "site.git"},
		{"/web/?p=site.git;a=summary", "A first &lt;page&gt;"},
		{"/web/site.git/shortlog", "A first &lt;page&gt;"},
		{"/web/site.git/blob_plain/HEAD:/hello.txt", "hello, world"},
		{"/web/site.git/tree", "hello.txt"},
		{"/web/?p=site.git;a=rss", "<rss "},
		{"/web/?a=opml", "<opml "},
		{"/web/?p=no.git", "404 - No such project"},
		{"/web/?p=site.git;a=no", "400 <?xml"},
	} {
		if got := ask(t, "GET", at+tt.path, nil); !strings.Contains(got, tt.want) {
			t.Errorf("%s: no %q in %.300s", tt.path, tt.want, got)
		}
	}
	if got := ask(t, "GET", at+"/web/?p=site.git;a=snapshot;h=HEAD;sf=tgz", nil); !strings.HasPrefix(got, "200 \x1f\x8b") {
		t.Errorf("%.100q", got)
	}
}

// gitweb is the program, where Perl has what it uses.
func gitweb(t *testing.T) string {
	t.Helper()
	const file = "/usr/share/gitweb/gitweb.cgi"
	perl := testserver.Program(t, "gitweb", "perl")
	_, err := os.Stat(file)
	if err == nil {
		err = exec.Command(perl, "-MCGI", "-e", "1").Run()
	}
	if err != nil {
		missing(t, "gitweb", "gitweb")
	}
	return file
}

// missing ends the test of somebody who has not installed a program.
func missing(t *testing.T, program, debian string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed: apt-get install %s", program, debian)
	}
	t.Skipf("NOT TESTED: %s is not installed: apt-get install %s", program, debian)
}
