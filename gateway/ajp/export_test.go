package ajp

import (
	"bufio"
	"bytes"
	"io"
)

// ReadForward reads the packet that begins a request and takes it apart. rest is what it has left
// of b.
func ReadForward(b []byte, most int) (packet string, rest []byte, err error) {
	r := bufio.NewReader(bytes.NewReader(b))
	if packet, err = readPacket(r, most); err != nil {
		return "", nil, err
	}
	f, err := parseForward(packet, most)
	if err == nil {
		_, err = f.head()
	}
	rest, _ = io.ReadAll(r)
	return packet, rest, err
}
