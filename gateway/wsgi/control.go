//go:build unix

package wsgi

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

// The first process and each worker have a control connection to this program. Over it they send
// a kind (1 byte), a length (4 bytes) and so many bytes, some with a descriptor.
const (
	isReady      = 'R' // of the first process: it can fork
	isForked     = 'P' // of the first process: the worker's process id
	isExited     = 'X' // of the first process: process id, wait status
	isFailed     = 'E' // the application could not be imported: a traceback
	isModules    = 'M' // what was imported: "mtime path" NUL "mtime path"
	isConnection = 'C' // of a worker: a thread's number, and its connection
	isOpened     = 'F' // of a worker: a thread's number, and the file that its answer speaks of
	isLogged     = 'L' // of a worker: path NUL text
)

// The first process gets a kind and a number (4 bytes).
const (
	doFork = 'F' // with a descriptor, the worker's control connection
	doKill = 'K' // process id
	doDump = 'D' // process id: tell on stderr where all threads are
)

// maxControl is far more than any message needs.
const maxControl = 1 << 20

// socketPair returns two connected sockets: one for this process, one for another.
func socketPair() (ours *net.UnixConn, theirs *os.File, err error) {
	syscall.ForkLock.RLock() // else a process that is started meanwhile inherits both
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	theirs = os.NewFile(uintptr(fds[1]), "control")
	ours, err = connection(fds[0])
	if err != nil {
		_ = theirs.Close()
		return nil, nil, err
	}
	return ours, theirs, nil
}

// connection makes a connection of a descriptor, which is used up.
func connection(fd int) (*net.UnixConn, error) {
	f := os.NewFile(uintptr(fd), "worker")
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		_ = c.Close()
		return nil, errors.New("not a Unix socket")
	}
	return u, nil
}

// control is a control connection.
type control struct {
	conn *net.UnixConn
	mu   sync.Mutex // one command after the other

	silent chan struct{} // a worker's: closed when all that it has said was heard
}

// command sends a command. Commands are few and short: none waits for its reader.
func (c *control) command(kind byte, number int, file *os.File) error {
	b := binary.BigEndian.AppendUint32([]byte{kind}, uint32(number))
	var rights []byte
	if file != nil {
		rights = syscall.UnixRights(int(file.Fd()))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _, err := c.conn.WriteMsgUnix(b, rights, nil)
	return err
}

// receive reads one message. fd is -1 where none came with it; else it is the caller's.
func (c *control) receive() (kind byte, text []byte, fd int, err error) {
	var head [5]byte
	var rights [64]byte // of more descriptors the kernel closes those that do not fit
	fd = -1
	for at := 0; at < len(head); {
		n, oob, _, _, err := c.conn.ReadMsgUnix(head[at:], rights[:])
		if oob > 0 {
			fd = keepOne(fd, rights[:oob])
		}
		if err == nil && n == 0 {
			err = io.EOF
		}
		if err != nil {
			closeFD(fd)
			return 0, nil, -1, err
		}
		at += n
	}
	length := binary.BigEndian.Uint32(head[1:])
	if length > maxControl {
		closeFD(fd)
		return 0, nil, -1, wrong("%d bytes to say at once", length)
	}
	text = make([]byte, length)
	if _, err := io.ReadFull(c.conn, text); err != nil {
		closeFD(fd)
		return 0, nil, -1, err
	}
	return head[0], text, fd, nil
}

// keepOne closes all descriptors that came but the first.
func keepOne(fd int, rights []byte) int {
	messages, err := syscall.ParseSocketControlMessage(rights)
	if err != nil {
		return fd
	}
	for i := range messages {
		fds, err := syscall.ParseUnixRights(&messages[i])
		if err != nil {
			continue
		}
		for _, one := range fds {
			syscall.CloseOnExec(one)
			if fd < 0 {
				fd = one
			} else {
				closeFD(one)
			}
		}
	}
	return fd
}

func closeFD(fd int) {
	if fd >= 0 {
		_ = syscall.Close(fd)
	}
}
