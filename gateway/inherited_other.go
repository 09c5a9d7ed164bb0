//go:build !unix

package gateway

import (
	"errors"
	"net"
)

// Only Unix starts programs with sockets.

func startedWith() (sockets []socket, why string, err error) { return nil, "", nil }

func (s socket) listen() (net.Listener, error) { return nil, errors.ErrUnsupported }
func (s socket) connection() (net.Conn, error) { return nil, errors.ErrUnsupported }
