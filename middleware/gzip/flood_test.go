package gzip_test

import (
	"bytes"
	stdgzip "compress/gzip"
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/gzip"
)

const (
	floodTime  = 2 * time.Minute
	floodCache = 8 << 20 // of the Cache and of the Versions each

	// floodHeap is what may be alive at any time while 24 clients ask: what is kept, 128 MiB for
	// large dictionaries, and 2 MB for each of the other encoders.
	floodHeap = 256 << 20

	// floodRest is what may be left when all have gone: what is kept, dictionaries and site.
	floodRest = 3*floodCache + 16<<20
)

// flooded is a site with all that the package has, and something wrong with each of its pages.
type flooded struct {
	*httptest.Server
	common []byte // a dictionary for all pages
	large  []byte // likewise, that takes 14 MB to encode with
}

// floodBody is what a user gets at a path: no two users and no two paths get the same.
func floodBody(path, user string) string {
	var b strings.Builder
	for i := range 400 {
		fmt.Fprintf(&b, "%d. A surcoat is worn over the mail at %s, and shows that it is %s's.\n", i, path, user)
	}
	return b.String()
}

const floodEvents = 5

func (f *flooded) serve(w http.ResponseWriter, r *http.Request) {
	user, h := "nobody", w.Header()
	if c, err := r.Cookie("user"); err == nil {
		user = c.Value
	}
	body := floodBody(r.RequestURI, user)
	h.Set("Content-Type", "text/html")
	switch kind, _, _ := strings.Cut(r.URL.Path[1:], "/"); kind {
	case "page": // a dictionary for its next version; who reads it makes it up
		body = floodBody(r.RequestURI, "nobody")
		h.Set("Cache-Control", "public, max-age=60")
		h.Set("ETag", fmt.Sprintf(`"%x"`, r.RequestURI))
		h.Set("Use-As-Dictionary", `match="/page/*"`)
	case "lie": // a public page that is none, with one tag for all
		h.Set("Cache-Control", "public, max-age=60")
		h.Set("ETag", `"1"`)
		h.Set("Use-As-Dictionary", fmt.Sprintf(`match="/%s{a}*:n"`, r.URL.RawQuery))
	case "panic":
		_, _ = io.WriteString(w, body[:len(body)/2])
		if r.URL.RawQuery == "flush" {
			_ = http.NewResponseController(w).Flush()
		}
		panic(http.ErrAbortHandler)
	case "large":
		body = strings.Repeat(body, 40)
	case "events":
		h.Set("Content-Type", "text/event-stream")
		for line := range strings.Lines(body) {
			_, _ = io.WriteString(w, line)
			if rand.N(400/floodEvents) == 0 && http.NewResponseController(w).Flush() != nil {
				return
			}
		}
		return
	case "upload":
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		body = string(sent)
	}
	_, _ = io.WriteString(w, body)
}

// dictionaries are those of a client, of which it names one.
func (f *flooded) dictionary() []byte {
	switch rand.N(5) {
	case 0:
		return f.common
	case 1:
		return f.large
	case 2:
		return []byte(floodBody(fmt.Sprintf("/page/%d", rand.N(20)), "nobody"))
	case 3:
		return fmt.Append(nil, rand.Uint64()) // made up
	}
	return nil
}

// A client asks for one thing in one way, and says what was wrong with the answer.
type floodClient func(f *flooded, c *http.Client) error

// good asks as browsers do, and looks at each byte.
func good(f *flooded, c *http.Client) error {
	user := fmt.Sprint("user", rand.N(3))
	path := []string{"/page/%d", "/page/%d?q", "/mine/%d", "/lie/%d", "/large/%d", "/events/%d"}[rand.N(6)]
	path = fmt.Sprintf(path, rand.N(20))
	want := floodBody(path, user)
	switch {
	case strings.HasPrefix(path, "/page"):
		want = floodBody(path, "nobody")
	case strings.HasPrefix(path, "/large"):
		want = strings.Repeat(want, 40)
	}
	dictionary := f.dictionary()
	fields := []string{"Accept-Encoding: " + []string{"gzip", "zstd", "gzip, deflate, br, zstd, dcb, dcz", "dcz;q=0.5", "identity"}[rand.N(5)], "Cookie: user=" + user}
	if dictionary != nil {
		fields = append(fields, availableDictionary(dictionary))
	}
	res, raw, err := f.ask(c, "GET", path, nil, fields...)
	if err != nil {
		return err
	}
	return decodes(res, raw, dictionary, want)
}

func decodes(res *http.Response, raw, dictionary []byte, want string) error {
	body, err := undo(res, raw, dictionary)
	if err != nil || res.StatusCode != http.StatusOK || string(body) != want {
		return fmt.Errorf("status %d, %s, %d bytes %.60q, want %d %.60q: %v",
			res.StatusCode, res.Header.Get("Content-Encoding"), len(body), body, len(want), want, err)
	}
	return nil
}

func undo(res *http.Response, raw, dictionary []byte) ([]byte, error) {
	coding := res.Header.Get("Content-Encoding")
	if coding == "dcz" {
		return decodeDCZ(dictionary, raw)
	}
	return decode(coding, raw)
}

// leavingEarly reads a little, slowly, and goes away.
func leavingEarly(f *flooded, c *http.Client) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.N(300))*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", f.URL+fmt.Sprintf([]string{"/large/%d", "/page/%d", "/events/%d"}[rand.N(3)], rand.N(20)), nil)
	if err != nil {
		return err
	}
	r.Header = fieldsOf(takesAll, availableDictionary(f.large))
	res, err := c.Do(r)
	if err != nil {
		return nil
	}
	defer res.Body.Close()
	for piece := make([]byte, 100); err == nil; {
		_, err = res.Body.Read(piece)
		time.Sleep(5 * time.Millisecond)
	}
	return nil
}

// panicking asks for what breaks off. It must not look whole.
func panicking(f *flooded, c *http.Client) error {
	path := []string{"/panic/1", "/panic/1?flush"}[rand.N(2)]
	dictionary := f.dictionary()
	if dictionary == nil {
		dictionary = f.common
	}
	res, raw, err := f.ask(c, "GET", path, nil, takesAll, availableDictionary(dictionary))
	if err == nil {
		return fmt.Errorf("status %d: half a body has an end", res.StatusCode)
	}
	if res != nil && len(raw) > 0 {
		// Who does not see that the connection broke off must see it by the coded form.
		body, err := undo(res, raw, dictionary)
		if err == nil && len(body) > 0 {
			return fmt.Errorf("%d bytes decode as if they were whole", len(raw))
		}
	}
	return nil
}

// littering asks for what nobody else asks for.
func littering(f *flooded, c *http.Client) error {
	path := fmt.Sprintf([]string{"/page/x?%d", "/lie/x?%d"}[rand.N(2)], rand.Uint64())
	_, _, err := f.ask(c, "GET", path, nil, takesAll, availableDictionary(fmt.Append(nil, rand.Uint64())))
	return err
}

// shouting sends as much as the server reads of a header.
func shouting(f *flooded, c *http.Client) error {
	fields := [][]string{
		{"Accept-Encoding: " + strings.Repeat("a;q=,", 12<<10) + "gzip"},
		{"Accept-Encoding: dcz" + strings.Repeat(";q=0.5", 10<<10), availableDictionary(f.common)},
		{takesAll, "Available-Dictionary: " + strings.Repeat(":", 60<<10)},
		{takesAll, "If-None-Match: " + strings.Repeat(`"1-dcz-0123456789abcdef", "1-gzip",`, 1<<10)},
		{takesAll, "Range: bytes=0-0" + strings.Repeat(",0-0", 10<<10)},
	}[rand.N(5)]
	path := []string{"/files/app.js", "/dictionary", "/files/app.js?" + strings.Repeat("a", 20<<10)}[rand.N(3)]
	_, raw, err := f.ask(c, "GET", path, nil, fields...)
	if len(raw) > len(f.common)+1<<20 {
		return fmt.Errorf("%.20s: %d bytes", path, len(raw))
	}
	return err
}

// uploading sends a coded body, a bomb, or one that is damaged.
func uploading(f *flooded, c *http.Client) error {
	var b bytes.Buffer
	zw := stdgzip.NewWriter(&b)
	plain := floodBody("/upload", "nobody")
	what := rand.N(3)
	if what == 1 {
		plain = strings.Repeat("\x00", 4<<20)
	}
	_, _ = io.WriteString(zw, plain)
	_ = zw.Close()
	if what == 2 {
		b.Truncate(b.Len() / 2)
	}
	res, raw, err := f.ask(c, "POST", "/upload", &b, takesGzip, "Content-Encoding: gzip")
	if err != nil {
		return err
	}
	if want := []int{200, 413, 400}[what]; res.StatusCode != want {
		return fmt.Errorf("status %d, want %d", res.StatusCode, want)
	}
	if what == 0 {
		return decodes(res, raw, nil, plain)
	}
	return nil
}

func fieldsOf(fields ...string) http.Header {
	h := make(http.Header)
	for _, field := range fields {
		name, value, _ := strings.Cut(field, ": ")
		h.Add(name, value)
	}
	return h
}

func (f *flooded) ask(c *http.Client, method, path string, body io.Reader, fields ...string) (*http.Response, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, f.URL+path, body)
	if err != nil {
		return nil, nil, err
	}
	r.Header = fieldsOf(fields...)
	res, err := c.Do(r)
	if err != nil {
		return nil, nil, fmt.Errorf("%s %.40s: %w", method, path, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return res, raw, err
}

// Good clients get what they ask for, to the byte, while others do what they can to exhaust the server or to
// confuse it; and when these have gone, so has what they held.
func TestFlood(t *testing.T) {
	if os.Getenv("SOAK") != "1" {
		t.Skip("takes minutes; see scripts/soak")
	}
	slog.SetDefault(slog.New(slog.DiscardHandler)) // of each bomb there would be a line
	protocols(t, func(t *testing.T, proto int) {
		f := &flooded{common: []byte(floodBody("/page/1", "nobody")), large: bytes.Repeat([]byte(prose), 600<<10/len(prose))}
		versions := &gzip.Versions{Dir: t.TempDir(), MaxBytes: floodCache}
		common := &gzip.Dictionary{Content: f.common, Match: "/*"}
		zip := &gzip.Compressor{
			Dictionaries: []*gzip.Dictionary{common, {Content: f.large, Match: "/*"}},
			Versions:     versions, Cache: &gzip.Cache{MaxBytes: floodCache}, EventStreams: true,
		}
		mux := http.NewServeMux()
		mux.Handle("/dictionary", common)
		mux.Handle("/files/", http.StripPrefix("/files", &gzip.Files{FS: inMemory(map[string]string{"app.js": prose, "app.js.gz": "a copy"}, longAgo)}))
		mux.HandleFunc("/", f.serve)
		before, goroutines := heap(), runtime.NumGoroutine()

		f.Server = httptest.NewUnstartedServer(zip.Wrap((&gzip.Decompressor{MaxBytes: 1 << 20}).Wrap(mux)))
		f.Config.ErrorLog = log.New(io.Discard, "", 0)
		if f.EnableHTTP2 = proto == 2; f.EnableHTTP2 {
			f.StartTLS()
		} else {
			f.Start()
		}
		transport := f.Client().Transport.(*http.Transport)
		transport.DisableCompression, transport.MaxIdleConnsPerHost = true, 24

		var clients sync.WaitGroup
		var asked [6]atomic.Int64
		deadline := time.Now().Add(floodTime)
		for i, client := range []floodClient{good, leavingEarly, panicking, littering, shouting, uploading} {
			for range 4 {
				clients.Go(func() {
					for !t.Failed() && time.Now().Before(deadline) {
						if err := client(f, f.Client()); err != nil {
							t.Error(err)
						}
						asked[i].Add(1)
					}
				})
			}
		}
		var most uint64
		for time.Now().Before(deadline) && !t.Failed() {
			time.Sleep(time.Second)
			most = max(most, heap()-before)
		}
		clients.Wait()
		f.Client().CloseIdleConnections()
		f.Close()
		gzip.Saved(versions)
		for i := range asked {
			t.Logf("client %d asked %d times", i, asked[i].Load())
		}
		rest, left := int64(0), 0
		for range 50 { // connections are given up in the background
			rest, left = int64(heap())-int64(before), runtime.NumGoroutine()-goroutines
			if rest <= floodRest && left <= 0 {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Logf("%d MB at most, %d MB and %d goroutines at the end", most>>20, rest>>20, left)
		if most > floodHeap || rest > floodRest || left > 0 {
			t.Error("that is more than there may be")
		}
		runtime.KeepAlive(zip)
	})
}
