package gateway_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// wires are the protocols as a server in front speaks them: the bytes of a GET, and the body of
// the answer to it. Lengths are below 128.
var wires = map[string]struct {
	request func(target string) string
	body    func(io.Reader) (string, error)
}{
	"http": {
		func(target string) string {
			return "GET " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
		},
		func(r io.Reader) (string, error) {
			resp, err := http.ReadResponse(bufio.NewReader(r), nil)
			if err != nil {
				return "", err
			}
			b, err := io.ReadAll(resp.Body)
			return string(b), err
		},
	},
	"scgi": {
		func(target string) string {
			var b strings.Builder
			for _, v := range append([][2]string{{"CONTENT_LENGTH", "0"}, {"SCGI", "1"}}, variables(target)...) {
				b.WriteString(v[0] + "\x00" + v[1] + "\x00")
			}
			return fmt.Sprintf("%d:%s,", b.Len(), &b)
		},
		cgiBody,
	},
	"uwsgi": {
		func(target string) string {
			var b []byte
			for _, v := range variables(target) {
				for _, s := range v {
					b = append(binary.LittleEndian.AppendUint16(b, uint16(len(s))), s...)
				}
			}
			return "\x00" + string(binary.LittleEndian.AppendUint16(nil, uint16(len(b)))) + "\x00" + string(b)
		},
		cgiBody,
	},
	"fcgi": {
		func(target string) string {
			var params strings.Builder
			for _, v := range variables(target) {
				fmt.Fprintf(&params, "%c%c%s%s", len(v[0]), len(v[1]), v[0], v[1])
			}
			return fmt.Sprintf("\x01\x01\x00\x01\x00\x08\x00\x00"+"\x00\x01\x00\x00\x00\x00\x00\x00"+ // begin, as responder
				"\x01\x04\x00\x01\x00%c\x00\x00%s"+"\x01\x04\x00\x01\x00\x00\x00\x00"+ // variables, and their end
				"\x01\x05\x00\x01\x00\x00\x00\x00", params.Len(), &params) // no body
		},
		func(r io.Reader) (string, error) {
			answer, err := cgiBody(r)
			body, _, _ := strings.Cut(answer, "\x01\x06") // the end of the answer
			return body, err
		},
	},
	"ajp": {
		func(target string) string {
			path, query, ok := strings.Cut(target, "?")
			attributes := ""
			if ok {
				attributes = "\x05" + ajpString(query)
			}
			s := "\x02\x02" + ajpString("HTTP/1.1") + ajpString(path) + ajpString("127.0.0.1") + "\xff\xff" + ajpString("h") +
				"\x00\x50\x00" + "\x00\x01\xa0\x0b" + ajpString("h") + attributes + "\xff"
			return fmt.Sprintf("\x12\x34\x00%c%s", len(s), s)
		},
		func(r io.Reader) (string, error) {
			var body strings.Builder
			for {
				head := make([]byte, 4)
				if _, err := io.ReadFull(r, head); err != nil {
					return "", err
				}
				b := make([]byte, binary.BigEndian.Uint16(head[2:]))
				if _, err := io.ReadFull(r, b); err != nil {
					return "", err
				}
				switch b[0] {
				case 3:
					body.Write(b[3 : len(b)-1])
				case 5:
					return body.String(), nil
				}
			}
		},
	},
}

func variables(target string) [][2]string {
	return [][2]string{{"REQUEST_METHOD", "GET"}, {"REQUEST_URI", target}, {"SERVER_PROTOCOL", "HTTP/1.1"}, {"HTTP_HOST", "h"}}
}

func ajpString(s string) string { return "\x00" + string(rune(len(s))) + s + "\x00" }

func cgiBody(r io.Reader) (string, error) {
	b, err := io.ReadAll(r)
	_, body, ok := strings.Cut(string(b), "\r\n\r\n")
	if err == nil && !ok {
		err = io.ErrUnexpectedEOF
	}
	return body, err
}

// ask asks for a target over a connection of its own and returns the body of the answer.
func ask(addr net.Addr, protocol, target string) (string, error) {
	c, err := net.DialTimeout(addr.Network(), addr.String(), 20*time.Second)
	if err != nil {
		return "", err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return askOn(c, protocol, target)
}

func askOn(c net.Conn, protocol, target string) (string, error) {
	if _, err := io.WriteString(c, wires[protocol].request(target)); err != nil {
		return "", err
	}
	return wires[protocol].body(c)
}

// mustAsk is ask without an error.
func mustAsk(t *testing.T, addr net.Addr, protocol, target string) string {
	t.Helper()
	body, err := ask(addr, protocol, target)
	if err != nil {
		t.Fatalf("%s: %v", protocol, err)
	}
	return body
}
