package uwsgi

import (
	"bufio"
	"bytes"
	"io"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
)

// ReadHead is readHead on bytes; rest is what it has left.
func ReadHead(b []byte, most int) (vars cgienv.Vars, rest []byte, err error) {
	r := bufio.NewReader(bytes.NewReader(b))
	vars, err = readHead(r, most)
	rest, _ = io.ReadAll(r)
	return vars, rest, err
}
