package relay

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
)

// Limits for bodies whose length has to be counted before the application can be told.
const (
	memory          = 256 << 10 // more goes to a file
	defaultMaxSpool = 64 << 20
)

// ErrTooLarge says that a body of unknown length is longer than what is allowed to be kept.
var ErrTooLarge = errors.New("a body without a Content-Length is longer than MaxSpool")

// Spool takes in a body whose length the client did not say (a chunked one), since CGI and its kin
// tell it before the body. It replaces r.Body and sets r.ContentLength, on a copy that it returns;
// free removes what was kept. Of a body with a length it returns r. most 0 is 64 MiB,
// negative no limit.
//
// An error that is a [*Client] is the client's.
func Spool(r *http.Request, most int64) (copied *http.Request, free func(), err error) {
	free = func() {}
	if r.ContentLength >= 0 || r.Body == nil || r.Body == http.NoBody {
		return r, free, nil
	}
	if most == 0 {
		most = defaultMaxSpool
	}
	body := io.Reader(r.Body)
	if most > 0 {
		body = &atMost{r: body, left: most}
	}
	var kept bytes.Buffer
	n, err := io.CopyN(&kept, body, memory)
	read := io.ReadCloser(io.NopCloser(&kept))
	switch {
	case err == io.EOF:
	case err != nil:
		return nil, nil, ofClient(err)
	default:
		file, err := os.CreateTemp("", "surcoat-body-")
		if err != nil {
			return nil, nil, fmt.Errorf("keeping a body without a Content-Length: %w", err)
		}
		free = func() { _ = file.Close(); _ = os.Remove(file.Name()) }
		if n, err = io.Copy(file, io.MultiReader(&kept, body)); err == nil {
			_, err = file.Seek(0, io.SeekStart)
		} else {
			err = ofClient(err)
		}
		if err != nil {
			free()
			return nil, nil, err
		}
		read = file
	}
	copied = r.WithContext(r.Context())
	copied.Body, copied.ContentLength = read, n
	copied.TransferEncoding = nil
	return copied, free, nil
}

// ofClient is an error of reading from the client as one, but for those that are not.
func ofClient(err error) error {
	var file *os.PathError
	if errors.Is(err, ErrTooLarge) || errors.As(err, &file) {
		return err
	}
	return &Client{err}
}

// atMost fails behind so many bytes.
type atMost struct {
	r    io.Reader
	left int64
}

func (a *atMost) Read(p []byte) (int, error) {
	if int64(len(p)) > a.left+1 {
		p = p[:a.left+1]
	}
	n, err := a.r.Read(p)
	if a.left -= int64(n); a.left < 0 {
		return n, ErrTooLarge
	}
	return n, err
}
