package upstream

import (
	"io"

	"github.com/surcoat/surcoat/gateway/internal/cgianswer"
)

// NewSingle returns the exchange of a protocol in which a connection carries one request: a head,
// and the body as it is; and one answer, which ends with the connection.
func NewSingle(l *Link, head []byte) Exchange { return &single{l, head} }

type single struct {
	link *Link
	head []byte
}

// Begin implements Request.
func (s *single) Begin(bool) error {
	_, err := s.link.Conn.Write(s.head)
	s.head = nil
	return err
}

// Write implements Request.
func (s *single) Write(p []byte) (int, error) { return s.link.Conn.Write(p) }

// End implements Request. The application knows how long the body is.
func (s *single) End() error { return nil }

// Head implements Answer.
func (s *single) Head() (*cgianswer.Head, error) { return cgianswer.ReadHead(s.link.Reader) }

// Read implements Answer.
func (s *single) Read(p []byte) (int, error) {
	n, err := s.link.Reader.Read(p)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// Over implements Answer.
func (s *single) Over(bool) State { return Spent }
