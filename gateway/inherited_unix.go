//go:build unix

package gateway

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// firstPassed is the file descriptor at which systemd's begin (sd_listen_fds(3)).
const firstPassed = 3

// startedWith returns the sockets that the program was started with, unopened, and what says so.
// None is no error.
func startedWith() (sockets []socket, why string, err error) {
	if os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid()) {
		sockets, err = passed(os.Getenv("LISTEN_FDS"), os.Getenv("LISTEN_FDNAMES"))
		return sockets, "LISTEN_PID is this process, LISTEN_FDS is " + os.Getenv("LISTEN_FDS"), err
	}
	switch kindOf(0) {
	case aListener:
		return []socket{{name: "file descriptor 0", protocol: Any, listening: true}}, "file descriptor 0 is a listening socket", nil
	case aConnection:
		return []socket{{name: "file descriptor 0", protocol: Any}}, "file descriptor 0 is a connection", nil
	}
	return nil, "", nil
}

// passed are the sockets that systemd announces.
func passed(count, names string) (sockets []socket, err error) {
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || n > 1<<10 {
		return nil, fmt.Errorf("gateway: LISTEN_FDS is %q in the environment, which is no number of sockets", count)
	}
	labels := strings.Split(names, ":")
	for i := range n {
		s := socket{fd: firstPassed + i, name: "file descriptor " + strconv.Itoa(firstPassed+i), protocol: HTTP}
		if i < len(labels) && labels[i] != "" {
			s.name += " (" + labels[i] + ")"
			if p := named(labels[i]); p != "" {
				s.protocol = p
			}
		}
		switch kindOf(s.fd) {
		case aListener:
			s.listening = true
		case aConnection:
		default:
			return nil, fmt.Errorf("gateway: LISTEN_FDS is %s, but %s is no stream socket; the socket unit needs ListenStream=", count, s.name)
		}
		sockets = append(sockets, s)
	}
	return sockets, nil
}

type kind int

const (
	noSocket kind = iota
	aListener
	aConnection
)

// kindOf finds out what fd is without touching it, or what it was when it was taken.
func kindOf(fd int) kind {
	openedMu.Lock()
	was, ok := opened[fd]
	openedMu.Unlock()
	if ok {
		return was
	}
	if t, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_TYPE); err != nil || t != syscall.SOCK_STREAM {
		return noSocket
	}
	if n, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ACCEPTCONN); err == nil && n != 0 {
		return aListener
	}
	// A FastCGI program of old tells its listening socket by this too; it also serves systems
	// without SO_ACCEPTCONN (FastCGI 1.0 §2.2).
	switch _, err := syscall.Getpeername(fd); {
	case err == nil:
		return aConnection
	case errors.Is(err, syscall.ENOTCONN) && bound(fd):
		return aListener
	}
	return noSocket
}

// bound reports whether fd has an address of its own, as a listening socket has.
func bound(fd int) bool {
	at, err := syscall.Getsockname(fd)
	if err != nil {
		return false
	}
	switch at := at.(type) {
	case *syscall.SockaddrInet4:
		return at.Port != 0
	case *syscall.SockaddrInet6:
		return at.Port != 0
	case *syscall.SockaddrUnix:
		return at.Name != ""
	}
	return false
}

// opened are the file descriptors that have been given out: each has one owner. What has their
// numbers now may be something else.
var (
	openedMu sync.Mutex
	opened   = make(map[int]kind)
)

// take has the descriptor of s kept from others, and from the program's own children.
func (s socket) take() (*os.File, error) {
	openedMu.Lock()
	defer openedMu.Unlock()
	if _, ok := opened[s.fd]; ok {
		return nil, fmt.Errorf("gateway: %s is served already", s.name)
	}
	opened[s.fd] = aConnection
	if s.listening {
		opened[s.fd] = aListener
	}
	syscall.CloseOnExec(s.fd)
	return os.NewFile(uintptr(s.fd), s.name), nil
}

func (s socket) listen() (net.Listener, error) {
	f, err := s.take()
	if err != nil {
		return nil, err
	}
	l, err := net.FileListener(f)
	if err != nil {
		return nil, fmt.Errorf("gateway: %s: %w", s.name, err)
	}
	if s.fd != 0 { // something else must not be opened as 0
		_ = f.Close()
	}
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false) // the file is the web server's, or systemd's
	}
	return l, nil
}

func (s socket) connection() (net.Conn, error) {
	f, err := s.take()
	if err != nil {
		return nil, err
	}
	c, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("gateway: %s: %w", s.name, err)
	}
	if s.fd != 0 {
		_ = f.Close()
	}
	return c, nil
}
