package gzip

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// coding is an [Encoding] in use, with the encoders that have nothing to do.
type coding struct {
	encoding Encoding
	name     string
	suffix   string // of entity tags
	padded   bool   // its encoders are [padded]
	idle     sync.Pool
}

func newCoding(e Encoding) *coding {
	name := e.Coding()
	return &coding{encoding: e, name: name, suffix: "-" + name}
}

// newCodings returns what is to be used of encodings, the value of a field. It panics, naming the
// field, when one of them is impossible.
func newCodings(field string, encodings []Encoding) []*coding {
	var list []*coding
	seen := make(map[string]bool)
	for i, e := range encodings {
		at := fmt.Sprintf("gzip: %s[%d]", field, i)
		if e == nil {
			panic(at + " is nil")
		}
		c := newCoding(e)
		switch {
		case c.name == "dcz" || c.name == "dcb":
			panic(at + ": " + c.name + " takes a dictionary; see Compressor.Dictionaries")
		case !codingName(c.name):
			panic(fmt.Sprintf("%s: %q is not the name of a content coding in lower case", at, c.name))
		case seen[c.name]:
			panic(at + ": " + c.name + " is there twice")
		}
		seen[c.name] = true
		// A wrong level or window shows here and not in the first request.
		encoder, err := e.NewEncoder()
		if err != nil {
			panic(at + ": " + err.Error())
		}
		if encoder == nil {
			panic(at + ": NewEncoder of " + c.name + " returned nil")
		}
		_, c.padded = encoder.(padded)
		list = append(list, c)
	}
	return list
}

// codingName reports whether s can stand in Content-Encoding (a token, RFC 9110 §5.6.2)
// and in an entity tag, and is neither of the names that mean something else in
// Accept-Encoding.
func codingName(s string) bool {
	return s != "" && s != "identity" && s != "x-gzip" && s != "*" && s == strings.ToLower(s) &&
		strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~") == ""
}

func (c *coding) get(out io.Writer) (Encoder, error) {
	e, ok := c.idle.Get().(Encoder)
	if !ok {
		var err error
		if e, err = c.encoding.NewEncoder(); err != nil {
			return nil, err
		}
	}
	e.Reset(out)
	return e, nil
}

func (c *coding) put(e Encoder) {
	e.Reset(nil) // an idle encoder must not hold on to a request
	c.idle.Put(e)
}
