package gateway

import (
	"errors"
	"net"
	"sync"
)

// errServed ends a program that was started for one connection.
var errServed = errors.New("gateway: the connection that the program was started for has ended")

// open returns a listener for s: of a connection, one that accepts it and, when it was closed,
// ends.
func (s socket) open() (net.Listener, error) {
	if s.listening {
		return s.listen()
	}
	c, err := s.connection()
	if err != nil {
		return nil, err
	}
	l := &single{at: c.LocalAddr(), conns: make(chan net.Conn, 1), closed: make(chan struct{})}
	l.conns <- &only{Conn: c, listener: l}
	return l, nil
}

// single is a listener with one connection.
type single struct {
	at     net.Addr
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (l *single) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, errServed
	}
}

func (l *single) Addr() net.Addr { return l.at }

func (l *single) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// only is the connection of a single.
type only struct {
	net.Conn
	listener *single
}

// NetConn is how package connserver finds the connection to reset.
func (c *only) NetConn() net.Conn { return c.Conn }

func (c *only) Close() error {
	defer c.listener.Close()
	return c.Conn.Close()
}
