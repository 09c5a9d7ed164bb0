package ajp

import (
	"bufio"
	"bytes"
	"io"
)

// ReadForward reads the packet that begins a request and takes it apart. rest is what it has left
// of b.
func ReadForward(b []byte, most int) (packet string, err error, rest []byte) {
	r := bufio.NewReader(bytes.NewReader(b))
	if packet, err = readPacket(r, most); err != nil {
		return "", err, nil
	}
	f, err := parseForward(packet, most)
	if err == nil {
		_, err = f.head()
	}
	rest, _ = io.ReadAll(r)
	return packet, err, rest
}
