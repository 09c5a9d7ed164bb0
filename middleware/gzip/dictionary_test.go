package gzip_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// template is what all pages of these tests have in common.
var template = []byte(strings.Repeat("<li>A surcoat is worn over the mail</li>\n", 20) + prose)

// takesDCZ are the fields of a browser that has the dictionary with this content.
func takesDCZ(content []byte) []string {
	return []string{"Accept-Encoding: gzip, deflate, br, zstd, dcb, dcz", availableDictionary(content), "Sec-Fetch-Site: same-origin"}
}

func availableDictionary(content []byte) string {
	hash := sha256.Sum256(content)
	return "Available-Dictionary: :" + base64.StdEncoding.EncodeToString(hash[:]) + ":"
}

// decodeDCZ undoes the coding dcz with a decoder that has the dictionary.
func decodeDCZ(dictionary, coded []byte) ([]byte, error) {
	hash := sha256.Sum256(dictionary)
	frame, ok := bytes.CutPrefix(coded, append([]byte("\x5e\x2a\x4d\x18\x20\x00\x00\x00"), hash[:]...))
	if !ok {
		return nil, fmt.Errorf("the body begins with % x", coded[:min(40, len(coded))])
	}
	zr, err := zstd.NewReader(bytes.NewReader(frame), zstd.WithDecoderConcurrency(1), zstd.WithDecoderDictRaw(0, dictionary))
	if err != nil {
		return nil, err
	}
	defer zr.Close()
	return io.ReadAll(zr)
}

// isDCZ fails unless the answer is whole and decodes with the dictionary to want.
func (a answer) isDCZ(dictionary []byte, want string) {
	a.t.Helper()
	if a.coding() != "dcz" {
		a.t.Fatalf("status %d, Content-Encoding %q, want dcz", a.StatusCode, a.coding())
	}
	body, err := decodeDCZ(dictionary, a.raw)
	if err != nil || a.rawErr != nil {
		a.t.Errorf("the body does not decode: %v, %v", err, a.rawErr)
	}
	if string(body) != want {
		a.t.Errorf("a body of %d bytes %.60q, want %d bytes", len(body), body, len(want))
	}
}

func TestDictionary_panics(t *testing.T) {
	ok := []byte("x")
	for _, c := range []struct {
		dictionary *gzip.Dictionary
		says       string
	}{
		{nil, "Dictionaries[0] is nil"},
		{&gzip.Dictionary{Match: "/*"}, "Dictionaries[0]: Dictionary.Content is empty"},
		{&gzip.Dictionary{Content: ok}, `Dictionaries[0]: Dictionary.Match is ""`},
		{&gzip.Dictionary{Content: ok, Match: "wiki/*"}, `Dictionaries[0]: Dictionary.Match is "wiki/*"`},
		{&gzip.Dictionary{Content: ok, Match: "/(a|b)"}, "Dictionaries[0]: Dictionary.Match"},
		{&gzip.Dictionary{Content: ok, Match: "/ä"}, "Dictionaries[0]: Dictionary.Match"},
		{&gzip.Dictionary{Content: ok, Match: "/*", MaxAge: -1}, "Dictionaries[0]: Dictionary.MaxAge is negative"},
		{&gzip.Dictionary{Content: ok, Match: "/*", MaxAge: 3600}, "Dictionaries[0]: Dictionary.MaxAge is 3.6µs; it has to be a second"},
		{&gzip.Dictionary{Content: ok, Match: "/wiki/{name}"}, `Dictionary.Match is "/wiki/{name}"; a wildcard is "*" there`},
		{&gzip.Dictionary{Content: ok, Match: "/wiki/{name...}"}, "Dictionary.Match"},
		{&gzip.Dictionary{Content: ok, Match: "/{$}"}, "Dictionary.Match"},
		{&gzip.Dictionary{Content: ok, Match: "/*", ID: strings.Repeat("x", 1025)}, "Dictionaries[0]: Dictionary.ID"},
		{&gzip.Dictionary{Content: ok, Match: "/*", ID: "ä"}, "Dictionaries[0]: Dictionary.ID"},
		{&gzip.Dictionary{Content: ok, Match: "/*", Dest: []string{"document", "\x00"}}, "Dictionaries[0]: Dictionary.Dest"},
	} {
		t.Run(c.says, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, "gzip: Compressor.") || !strings.Contains(got, c.says) {
					t.Errorf("panic: %s", got)
				}
			}()
			(&gzip.Compressor{Dictionaries: []*gzip.Dictionary{c.dictionary}}).Wrap(http.HandlerFunc(text))
			t.Error("no panic")
		})
	}
}

// The groups of URL patterns that look a little like wildcards of a mux.
func TestDictionary_groups(t *testing.T) {
	for _, match := range []string{"/{old}?", "/{a}*/b", "/{a}+", "/{-:name}", "/:name", "/{wiki/*}", `/\{name\}`} {
		d := &gzip.Dictionary{Content: template, Match: match}
		(&gzip.Compressor{Dictionaries: []*gzip.Dictionary{d}}).Wrap(http.HandlerFunc(text)) // does not panic
	}
}

// A dictionary is served so that a browser keeps it.
func TestDictionary_served(t *testing.T) {
	hash := sha256.Sum256(template)
	tag := hex.EncodeToString(hash[:16])
	protocols(t, func(t *testing.T, proto int) {
		s := serveHandler(t, proto, &gzip.Dictionary{
			Content: template, Match: "/wiki/*", Dest: []string{"document", "frame"}, ID: `a "b"`, MaxAge: 90 * time.Minute,
		})
		a := s.get()
		a.status(http.StatusOK)
		a.is("", string(template))
		a.field("Use-As-Dictionary", `match="/wiki/*", match-dest=("document" "frame"), id="a \"b\""`)
		a.field("Cache-Control", "public, max-age=5400")
		a.field("X-Content-Type-Options", "nosniff")
		a.field("Etag", `"`+tag+`"`)
		s.get(`If-None-Match: "` + tag + `"`).status(http.StatusNotModified)
		if head := s.do("HEAD"); head.ContentLength != int64(len(template)) {
			t.Errorf("HEAD: Content-Length %d", head.ContentLength)
		}
		post := s.do("POST")
		post.status(http.StatusMethodNotAllowed)
		post.field("Allow", "GET, HEAD")
	})
}

// What a browser hashes is the content as it was before it was encoded.
func TestDictionary_servedCompressed(t *testing.T) {
	d := &gzip.Dictionary{Content: template, Match: "/wiki/*"}
	protocols(t, func(t *testing.T, proto int) {
		a := serveWith(t, proto, &gzip.Compressor{Dictionaries: []*gzip.Dictionary{d}}, d.ServeHTTP).get(takesGzip)
		a.is("gzip", string(template))
		a.field("Cache-Control", "public, max-age=2592000")
		a.field("Use-As-Dictionary", `match="/wiki/*"`)
	})
}

func TestDictionary_Link(t *testing.T) {
	d := &gzip.Dictionary{Content: template, Match: "/*"}
	for path, want := range map[string]string{
		"/template.dict": `</template.dict>; rel="compression-dictionary"`,
		"/a b>":          `</a%20b%3E>; rel="compression-dictionary"`,
	} {
		if got := d.Link(path); got != want {
			t.Errorf("Link(%q) = %s, want %s", path, got, want)
		}
	}
}

const varyBoth = "Accept-Encoding | Available-Dictionary"

// Who gets the difference, and what caches are told.
func TestTransport(t *testing.T) {
	const (
		all  = "Accept-Encoding: gzip, deflate, br, zstd, dcb, dcz"
		same = "Sec-Fetch-Site: same-origin"
	)
	have, other := availableDictionary(template), availableDictionary([]byte("another"))
	for _, c := range []struct {
		name     string
		match    string
		request  []string
		response []string
		coding   string
		vary     string
	}{
		{"has it", "/*", []string{all, have, same}, nil, "dcz", varyBoth},
		{"with parameters", "/*", []string{all, have + ";a=1", same}, nil, "dcz", varyBoth},
		{"of two lines the last", "/*", []string{all, other, have, same}, nil, "zstd", varyBoth},
		{"has none", "/*", []string{all, same}, nil, "zstd", varyBoth},
		{"has another", "/*", []string{all, other, same}, nil, "zstd", varyBoth},
		{"meant for other pages", "/wiki/*", []string{all, have, same}, nil, "zstd", "Accept-Encoding"},
		{"dcz not named", "/*", []string{"Accept-Encoding: gzip, zstd", have, same}, nil, "zstd", varyBoth},
		{"dcz not named by a star", "/*", []string{"Accept-Encoding: *", have, same}, nil, "zstd", varyBoth},
		{"dcz refused", "/*", []string{"Accept-Encoding: gzip, dcz;q=0", have, same}, nil, "gzip", varyBoth},
		{"gzip liked better", "/*", []string{"Accept-Encoding: gzip, dcz;q=0.5", have, same}, nil, "gzip", varyBoth},
		{"identity liked better", "/*", []string{"Accept-Encoding: identity, dcz;q=0.5", have, same}, nil, "", varyBoth},
		{"dcz alone", "/*", []string{"Accept-Encoding: dcz", have, same}, nil, "dcz", varyBoth},
		{"no Accept-Encoding", "/*", []string{have, same}, nil, "", varyBoth},
		{"not a browser", "/*", []string{all, have}, nil, "dcz", varyBoth},
		{"navigation from elsewhere", "/*", []string{all, have, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"}, nil, "dcz", varyBoth},
		{"another origin, opaque", "/*", []string{all, have, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"}, nil, "zstd", varyBoth},
		{"another origin, not let in", "/*", []string{all, have, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors", "Origin: https://a.example"}, nil, "zstd", varyBoth},
		{"another origin, let in", "/*", []string{all, have, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors", "Origin: https://a.example"}, []string{"Access-Control-Allow-Origin: https://a.example"}, "dcz", varyBoth},
		{"another origin, others let in", "/*", []string{all, have, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors", "Origin: https://a.example"}, []string{"Access-Control-Allow-Origin: https://b.example"}, "zstd", varyBoth},
		{"garbage", "/*", []string{all, "Available-Dictionary: garbage", same}, nil, "zstd", varyBoth},
		{"too short", "/*", []string{all, "Available-Dictionary: :AAAA:", same}, nil, "zstd", varyBoth},
		{"long", "/*", []string{all, "Available-Dictionary: :" + strings.Repeat("A", 60<<10) + ":", same}, nil, "zstd", varyBoth},
		{"no-transform", "/*", []string{all, have, same}, []string{"Cache-Control: no-transform"}, "", ""},
		{"its own coding", "/*", []string{all, have, same}, []string{"Content-Encoding: x"}, "x", ""},
		{"a Vary of its own", "/*", []string{all, have, same}, []string{"Vary: Cookie"}, "dcz", "Cookie | " + varyBoth},
		{"ineligible type", "/*", []string{all, have, same}, []string{"Content-Type: image/png"}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				zip := &gzip.Compressor{Dictionaries: []*gzip.Dictionary{{Content: template, Match: c.match}}}
				s := serveWith(t, proto, zip, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "text/html")
					for _, f := range c.response {
						name, value, _ := strings.Cut(f, ": ")
						w.Header().Set(name, value)
					}
					_, _ = io.WriteString(w, prose)
				})
				for range 2 { // the second time with a used encoder
					a := s.get(c.request...)
					if c.coding == "dcz" {
						a.isDCZ(template, prose)
						if len(a.raw) > 250 {
							t.Errorf("%d bytes for what the dictionary has", len(a.raw))
						}
					} else {
						a.is(c.coding, prose)
					}
					if got := strings.Join(a.Header.Values("Vary"), " | "); got != c.vary {
						t.Errorf("Vary %s, want %s", got, c.vary)
					}
				}
			})
		})
	}
}

// spec 6: a body that was made with a dictionary has the dictionary in its tag, and is fresh for
// those who have it.
func TestTransport_validators(t *testing.T) {
	hash := sha256.Sum256(template)
	tag := fmt.Sprintf(`"v1-dcz-%x"`, hash[:8])
	zip := &gzip.Compressor{Dictionaries: []*gzip.Dictionary{{Content: template, Match: "/*"}}}
	has := takesDCZ(template)
	protocols(t, func(t *testing.T, proto int) {
		s := serveWith(t, proto, zip, content)
		first := s.get(has...)
		first.isDCZ(template, prose)
		first.field("Etag", tag)
		for _, c := range []struct {
			name    string
			request []string
			status  int
			etag    string
		}{
			{"ours", append(has, "If-None-Match: "+tag), 304, tag},
			{"weak on the way", append(has, "If-None-Match: W/"+tag), 304, tag},
			{"beside others", append(has, `If-None-Match: "v1-gzip", `+tag), 304, tag},
			{"another dictionary's", append(has, `If-None-Match: "v1-dcz-0123456789abcdef"`), 200, tag},
			{"no dictionary any more", []string{takesGzip, "If-None-Match: " + tag}, 200, `"v1-gzip"`},
			{"no digits", append(has, `If-None-Match: "v1-dcz-0123456789abcdeg"`), 200, tag},
			{"the plain one", append(has, `If-None-Match: "v1"`), 304, `"v1"`},
			{"If-Match", []string{takesGzip, "If-Match: " + tag}, 200, `"v1-gzip"`},
		} {
			t.Run(c.name, func(t *testing.T) {
				a := s.get(c.request...)
				a.status(c.status)
				a.field("Etag", c.etag)
				if got := strings.Join(a.Header.Values("Vary"), " | "); got != varyBoth {
					t.Errorf("Vary %s", got)
				}
			})
		}
	})
}

// A weak tag is true of all codings, and the server would say so to a cache that names it. What needs a
// dictionary has another one nevertheless: others could not read it.
func TestTransport_weakTag(t *testing.T) {
	hash := sha256.Sum256(template)
	tag := fmt.Sprintf(`W/"v1-dcz-%x"`, hash[:8])
	has := takesDCZ(template)
	for name, padding := range map[string]int{"plain": 0, "padded": 9} {
		t.Run(name, func(t *testing.T) {
			zip := &gzip.Compressor{Dictionaries: []*gzip.Dictionary{{Content: template, Match: "/*"}}, Padding: padding}
			protocols(t, func(t *testing.T, proto int) {
				s := serveWith(t, proto, zip, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "text/plain")
					w.Header().Set("ETag", `W/"v1"`)
					http.ServeContent(w, r, "", time.Time{}, strings.NewReader(prose))
				})
				for _, c := range []struct {
					request []string
					status  int
					etag    string
				}{
					{has, 200, tag},
					{append(has, "If-None-Match: "+tag), 304, tag},
					{append(has, `If-None-Match: W/"v1"`), 304, `W/"v1"`},
					{[]string{takesGzip}, 200, `W/"v1"`},
					{[]string{takesGzip, "If-None-Match: " + tag}, 200, `W/"v1"`},
					{[]string{takesGzip, `If-None-Match: W/"v1", ` + tag}, 304, `W/"v1"`},
				} {
					a := s.get(c.request...)
					a.status(c.status)
					a.field("Etag", c.etag)
				}
			})
		})
	}
}

// Streams, errors and small bodies are what they are with other codings.
func TestTransport_bodies(t *testing.T) {
	zip := &gzip.Compressor{Dictionaries: []*gzip.Dictionary{{Content: template, Match: "/*"}}}
	protocols(t, func(t *testing.T, proto int) {
		small := serveWith(t, proto, zip, func(w http.ResponseWriter, _ *http.Request) { write(w, "text/plain", "small") })
		small.get(takesDCZ(template)...).is("", "small")
		pieces := serveWith(t, proto, zip, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			for i := range len(prose) / 1000 {
				_, _ = io.WriteString(w, prose[i*1000:(i+1)*1000])
				_ = http.NewResponseController(w).Flush()
			}
			_, _ = io.WriteString(w, prose[len(prose)/1000*1000:])
		})
		pieces.get(takesDCZ(template)...).isDCZ(template, prose)
		head := serveWith(t, proto, zip, text).do("HEAD", takesDCZ(template)...)
		head.field("Content-Encoding", "dcz")
		if head.ContentLength >= 0 && proto == 1 {
			t.Errorf("HEAD: Content-Length %d", head.ContentLength)
		}
		large := strings.Repeat(prose, 1000)
		serveWith(t, proto, zip, func(w http.ResponseWriter, _ *http.Request) { write(w, "text/plain", large) }).
			get(takesDCZ(template)...).isDCZ(template, large)
	})
}

// A URL that a layer further out has cut is still the one that the client asked for.
func TestTransport_StripPrefix(t *testing.T) {
	zip := &gzip.Compressor{Dictionaries: []*gzip.Dictionary{{Content: template, Match: "/wiki/*"}}}
	s := serveHandler(t, 1, http.StripPrefix("/wiki", zip.Wrap(http.HandlerFunc(text))))
	s.server.URL += "/wiki/Start"
	s.get(takesDCZ(template)...).isDCZ(template, prose)
}

// Two dictionaries, of which a client has one.
func TestTransport_several(t *testing.T) {
	second := []byte(strings.ToUpper(prose))
	zip := &gzip.Compressor{Dictionaries: []*gzip.Dictionary{{Content: template, Match: "/*"}, {Content: second, Match: "/*"}}}
	s := serveWith(t, 1, zip, text)
	for _, d := range [][]byte{template, second} {
		s.get(takesDCZ(d)...).isDCZ(d, prose)
	}
}
