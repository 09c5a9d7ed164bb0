package bench_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
)

// What handlers write. The same seed each time: every run and every library
// compresses the same bytes.
//
// Of the two JSON bodies of 1.5 KB, alike is a list of records with the same
// values, as a calendar of free places sends it, and varied a list of people in which every value differs.
// An encoder needs about a third of the time for the former; since all libraries use the
// same encoder, the heavier the body, the less the rest of a stack shows.
var (
	smallJSON = []byte(`{"ok":true,"count":3}`)
	alike     = makeAlike(1500)
	varied    = makeVaried(1500)
	html16K   = makeHTML(16 << 10)
	html256K  = makeHTML(256 << 10)
	png64K    = makePNG(64 << 10)
)

func makeAlike(size int) []byte {
	type place struct {
		Free     bool   `json:"free"`
		Price    string `json:"price"`
		Currency string `json:"currency"`
		Seats    int    `json:"seats"`
	}
	return makeList(size, func() any { return place{true, "12.50", "EUR", 4} })
}

func makeVaried(size int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	type person struct {
		ID    int      `json:"id"`
		Name  string   `json:"name"`
		Email string   `json:"email"`
		Score float64  `json:"score"`
		Tags  []string `json:"tags"`
	}
	return makeList(size, func() any {
		first, last := word(rng), word(rng)
		return person{
			ID:    rng.IntN(1_000_000),
			Name:  first + " " + last,
			Email: strings.ToLower(first) + "." + strings.ToLower(last) + "@example.org",
			Score: float64(rng.IntN(10_000)) / 100,
			Tags:  []string{word(rng), word(rng)},
		}
	})
}

// makeList returns the JSON of a list that has just become size bytes long.
func makeList(size int, next func() any) []byte {
	for list := []any{}; ; {
		list = append(list, next())
		if b, _ := json.Marshal(list); len(b) >= size {
			return b
		}
	}
}

func makeHTML(size int) []byte {
	rng := rand.New(rand.NewPCG(3, 4))
	var b bytes.Buffer
	b.WriteString("<!doctype html>\n<html lang=\"en\"><head><title>A page</title></head><body>\n")
	for b.Len() < size {
		fmt.Fprintf(&b, "<section id=\"s%d\"><h2>%s</h2><p>", rng.IntN(10_000), word(rng))
		for range 40 {
			b.WriteString(word(rng))
			b.WriteByte(' ')
		}
		b.WriteString("</p></section>\n")
	}
	return b.Bytes()
}

// makePNG returns what cannot be compressed, behind a PNG's signature.
func makePNG(size int) []byte {
	rng := rand.NewChaCha8([32]byte{5})
	b := make([]byte, size)
	_, _ = rng.Read(b)
	copy(b, "\x89PNG\r\n\x1a\n")
	return b
}

// word makes up a word of one to four syllables; the shorter the more frequent.
func word(rng *rand.Rand) string {
	const consonants, vowels = "bcdfghjklmnprstvwz", "aeiou"
	var b strings.Builder
	for range 1 + rng.IntN(2) + rng.IntN(3) {
		b.WriteByte(consonants[rng.IntN(len(consonants))])
		b.WriteByte(vowels[rng.IntN(len(vowels))])
	}
	s := b.String()
	if rng.IntN(8) == 0 {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	return s
}

// page writes one body.
type page struct {
	mediaType []string
	body      []byte
}

func newPage(mediaType string, body []byte) page { return page{[]string{mediaType}, body} }

func (p page) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header()["Content-Type"] = p.mediaType
	_, _ = w.Write(p.body)
}
