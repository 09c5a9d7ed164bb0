package gzip

import (
	"io"
	"sync"
)

// coding is an [Encoding] in use, with the encoders that have nothing to do.
type coding struct {
	encoding Encoding
	name     string
	suffix   string // of entity tags
	idle     sync.Pool
}

func newCoding(e Encoding) *coding {
	name := e.Coding()
	return &coding{encoding: e, name: name, suffix: "-" + name}
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
