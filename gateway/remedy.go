package gateway

import (
	"errors"
	"io/fs"
	"net"
	"path/filepath"
	"syscall"
)

// remedy says what to do about an error of the address's Listen, as the end of the sentence that
// tells it; "" where the error says all that is known.
func (a Address) remedy(err error) string {
	var lookup *net.DNSError
	unix := a.Network == "unix"
	switch {
	case unix && errors.Is(err, fs.ErrNotExist):
		return "; make the folder " + filepath.Dir(a.Address) + " first, and let the program's and the web server's users through"
	case unix && errors.Is(err, fs.ErrPermission):
		return "; the user that the program runs as has to be allowed to write in " + filepath.Dir(a.Address)
	case unix:
		return ""
	case errors.As(err, &lookup):
		return "; a host is an address or a name of this machine, or left out for all its interfaces"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "; the host has to be an address of this machine, or left out for all its interfaces"
	case errors.Is(err, fs.ErrPermission):
		return "; ports below 1024 may need a right: let systemd open the port (docs/deploy), grant CAP_NET_BIND_SERVICE, or choose another port"
	}
	return "; if something listens there already, choose another port" + a.otherPort()
}

// otherPort says how to choose a port to somebody who has chosen none.
func (a Address) otherPort() string {
	if a != usual {
		return ""
	}
	return ": Server.URL, or HOST=127.0.0.1 PORT=8081 in the environment"
}
