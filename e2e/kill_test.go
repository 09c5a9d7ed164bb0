package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// runs is how often the wiki is killed.
func runs() int {
	if os.Getenv("SOAK") == "1" {
		return 200
	}
	return 20
}

// writer saves pages as fast as it can, and remembers what it was told is saved.
type writer struct {
	client *client
	title  string
	base   int
	said   []string // by number of the revision, from 1
}

var savedAs = regexp.MustCompile(`^/wiki/`)

// write goes on until the wiki is gone.
func (w *writer) write() {
	for {
		text := fmt.Sprintf("%s says %d, and %s", w.title, w.base+1, strings.Repeat("some more ", 200))
		a, err := w.client.do(w.client.form("/edit/"+w.title, url.Values{"base": {strconv.Itoa(w.base)}, "text": {text}, "do": {"save"}}))
		if err != nil {
			return
		}
		if a.status != http.StatusSeeOther || !savedAs.MatchString(a.header.Get("Location")) {
			w.client.t.Errorf("saving revision %d of %s: %d\n%s", w.base+1, w.title, a.status, a.body)
			return
		}
		w.base++
		w.said = append(w.said, text)
	}
}

// After each kill -9 under load, every revision that was acknowledged is there, whole,
// and so are the logins.
func TestKilledUnderLoad(t *testing.T) {
	w := startWiki(t)
	var writers []*writer
	for i := range 4 {
		c := w.client(t)
		c.signUp(fmt.Sprint("Writer ", i))
		writers = append(writers, &writer{client: c, title: fmt.Sprint("Page_", i)})
	}
	for run := range runs() {
		var wg sync.WaitGroup
		for _, wr := range writers {
			wg.Go(wr.write)
		}
		// Anywhere in a write: the moments differ from run to run.
		time.Sleep(30*time.Millisecond + time.Duration(run*7919%40)*time.Millisecond)
		w.kill()
		wg.Wait()
		w.start()
		for _, wr := range writers {
			wr.check(t)
		}
		if t.Failed() {
			t.Fatalf("in run %d", run+1)
		}
	}
	total := 0
	for _, wr := range writers {
		for n, text := range wr.said {
			wr.has(t, n+1, text)
		}
		total += len(wr.said)
	}
	t.Logf("%d kills, %d acknowledged revisions, none lost", runs(), total)
	if total < runs() {
		t.Errorf("only %d revisions: that was no load", total)
	}
}

// check looks at the newest revision that was acknowledged, and goes on from whatever
// is the latest: the one that was under way may be there too, though nobody was told.
func (w *writer) check(t *testing.T) {
	t.Helper()
	if len(w.said) > 0 {
		w.has(t, len(w.said), w.said[len(w.said)-1])
	}
	a := w.client.get("/history/" + w.title)
	if a.status == http.StatusNotFound && len(w.said) == 0 {
		return
	}
	a.has(t, 200, "Writer")
	revisions := strings.Count(a.body, `name="from"`)
	switch revisions - len(w.said) {
	case 0:
	case 1: // saved, and killed before it could say so
		text, err := os.ReadFile(fmt.Sprintf("%s/pages/%s/%06d.md", w.client.wiki.data, strings.ToLower(w.title), revisions))
		if err != nil {
			t.Fatal(err)
		}
		_, body, _ := strings.Cut(string(text), "\n")
		w.said = append(w.said, strings.TrimSuffix(body, "\n"))
	default:
		t.Errorf("%s has %d revisions, and %d were acknowledged", w.title, revisions, len(w.said))
	}
	w.base = revisions
}

func (w *writer) has(t *testing.T, revision int, text string) {
	t.Helper()
	w.client.get(fmt.Sprintf("/wiki/%s?rev=%d", w.title, revision)).has(t, 200, strings.TrimSpace(text))
}
