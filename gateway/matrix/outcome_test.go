package matrix_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// outcome is what came of a request, in lines that can be compared.
type outcome struct {
	at     trip
	client string // the client's own address
	lines  []string
}

func (o *outcome) line(format string, args ...any) {
	o.lines = append(o.lines, fmt.Sprintf(format, args...))
}

func (o *outcome) String() string {
	text := strings.Join(o.lines, "\n")
	return strings.ReplaceAll(text, o.at.address, "ADDRESS")
}

// framing are fields of an answer that belong to one connection, or to the server.
var framing = []string{"Connection", "Keep-Alive", "Transfer-Encoding", "Trailer", "Server", "Content-Length"}

func (o *outcome) answer(resp *http.Response, body []byte) {
	o.line("status %d", resp.StatusCode)
	length := resp.Header.Get("Content-Length")
	for _, name := range framing {
		resp.Header.Del(name)
	}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil && len(resp.Header["Date"]) == 1 && time.Since(at).Abs() < time.Hour {
		resp.Header.Del("Date")
	}
	if resp.StatusCode >= 400 && resp.Header.Get("X-Content-Type-Options") == "" && !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain") && len(body) > 0 && body[0] == '<' || bytes.Contains(body, []byte("<html")) {
		o.line("a page of the server in front")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(resp.Header)) {
		for _, value := range resp.Header[name] {
			o.line("%s: %s", name, brief(value))
		}
	}
	if resp.Request.Method == http.MethodHead {
		o.line("a length: %v", length != "")
	}
	var s map[string]any
	if resp.Header.Get("Content-Type") == "application/json" && json.Unmarshal(body, &s) == nil {
		o.seen(s)
	} else if len(body) > 0 {
		o.line("body %q", brief(string(body)))
	}
	for name, values := range resp.Trailer {
		o.line("trailer %s: %q", name, values)
	}
}

// added are fields by which a proxy says who asks, and what belongs to its connection.
var added = []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Server", "Forwarded", "X-Host", "Via"}

// seen writes down what the program saw.
func (o *outcome) seen(s map[string]any) {
	header, _ := s["Header"].(map[string]any)
	delete(s, "Header")
	if peer, _ := s["RemoteAddr"].(string); peer == o.client {
		s["RemoteAddr"] = "the client's"
	} else if host, port, _ := net.SplitHostPort(peer); port != "0" {
		s["RemoteAddr"] = host + " with another port"
	}
	if header["X-Case"] == nil { // belongs to the connection to the program, as a rule another one
		delete(s, "RemoteAddr")
		delete(s, "Close")
		delete(header, "Connection")
	}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if v := fmt.Sprintf("%q", fmt.Sprint(s[name])); s[name] != nil && s[name] != "" && s[name] != false && v != `"map[]"` {
			o.line("sees %s %s", name, brief(v))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		if !slices.Contains(added, name) && name != "X-Id" {
			o.line("sees header %s: %q", name, brief(fmt.Sprint(header[name])))
		}
	}
}

// brief is s, or what tells it from others where that is long.
func brief(s string) string {
	if len(s) <= 200 {
		return s
	}
	return fmt.Sprintf("%.20s… of %d bytes, %x", s, len(s), sha256.Sum256([]byte(s)))[:70]
}

// differing are the lines of got that want has not, after "+", and the other way round after "-".
func differing(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	var out []string
	for _, line := range w {
		if !slices.Contains(g, line) {
			out = append(out, "- "+line)
		}
	}
	for _, line := range g {
		if !slices.Contains(w, line) {
			out = append(out, "+ "+line)
		}
	}
	if len(out) == 0 && got != want {
		return "~ the same lines in another order or number\n" + got
	}
	return strings.Join(out, "\n")
}
