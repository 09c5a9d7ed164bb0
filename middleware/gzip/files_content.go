package gzip

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
)

// content is the bytes of a file as [http.ServeContent] wants them.
type content struct {
	io.ReadSeeker
	seeks bool // anywhere; if not, there can be no ranges
}

// maxHeld is the size up to which a file that cannot be read out of order is held in memory
// while it is served.
const maxHeld = 1 << 20

// content returns what there is in a file. An [os.File] is returned as it is, so that it can
// get to the server's sendfile.
func (f *openFile) content() (content, error) {
	if rs, ok := f.File.(io.ReadSeeker); ok {
		return content{rs, true}, nil
	}
	size := f.info.Size()
	if size < 0 {
		return content{}, fmt.Errorf("%s: its size is %d", f.name, size)
	}
	if size > maxHeld {
		return content{&onward{Reader: bufio.NewReader(f.File), size: size}, false}, nil
	}
	held := make([]byte, size)
	if _, err := io.ReadFull(f.File, held); err != nil {
		return content{}, fmt.Errorf("%s: %w", f.name, err)
	}
	return content{bytes.NewReader(held), true}, nil
}

// onward is a file that can be read in order only. It seeks as much as http.ServeContent
// needs to serve all of it: to the end, which says how long it is, and back.
type onward struct {
	*bufio.Reader
	size int64
}

var errOnward = errors.New("gzip: Files: this file can be read in order only")

func (o *onward) Seek(offset int64, whence int) (int64, error) {
	switch {
	case offset == 0 && whence == io.SeekEnd:
		return o.size, nil
	case offset == 0 && whence == io.SeekStart:
		return 0, nil
	}
	return 0, errOnward
}

// begin returns the first bytes of c, which stays at its beginning.
func (c content) begin() ([]byte, error) {
	if o, ok := c.ReadSeeker.(*onward); ok {
		b, err := o.Peek(sniffLen)
		if err == io.EOF {
			err = nil
		}
		return b, err
	}
	b := make([]byte, sniffLen)
	n, err := io.ReadFull(c, b)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	_, err = c.Seek(0, io.SeekStart)
	return b[:n], err
}

// contentType returns the media type of a plain file by its name, or else by its content.
func (f *openFile) contentType(body func() (content, error)) (string, error) {
	ext := path.Ext(f.name)
	switch ext {
	// Not every system knows these, and net/http sniffs an older name for the first.
	case ".gz":
		return "application/gzip", nil
	case ".zst":
		return "application/zstd", nil
	case ".br": // there is no media type, and nothing to sniff
		return "application/octet-stream", nil
	}
	if t := mime.TypeByExtension(ext); t != "" {
		return t, nil
	}
	c, err := body()
	if err != nil {
		return "", err
	}
	b, err := c.begin()
	if err != nil {
		return "", err
	}
	return http.DetectContentType(b), nil
}
