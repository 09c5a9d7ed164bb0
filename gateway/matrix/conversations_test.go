package matrix_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// conversations are more than one request and one answer.
func conversations() []probe {
	return []probe{
		{name: "client gone, handler waits", run: gone("wait", true), slow: true},
		{name: "client gone, handler has sent nothing", run: gone("wait silent", false), slow: true},
		{name: "client gone, handler writes", run: gone("wait writing", true), slow: true},
		{name: "client gone in its upload", run: cut, slow: true},
		{name: "panic in the answer", run: torn("panic late"), slow: true},
		{name: "panic, with a Content-Length", run: torn("panic length"), slow: true},
		{name: "a streamed answer", run: stream, slow: true},
		{name: "an upload is seen while it comes", run: converse, slow: true},
		{name: "both ways at once", run: duplex, slow: true},
		{name: "a slow reader", run: slowly, slow: true},
		{name: "two requests on one connection", run: twice},
		{name: "two after an unread upload", run: twiceUnread},
		{name: "Expect: 100-continue", run: expect("")},
		{name: "Expect: 100-continue, unread", run: expect("unread")},
	}
}

// gone leaves once the handler runs, and tells whether that is found out.
func gone(do string, begun bool) func(trip) string {
	return func(at trip) string {
		c, err := at.dial()
		if err != nil {
			return "no connection"
		}
		defer c.Close()
		_, _ = io.WriteString(c, at.head(request{do: do}))
		if begun {
			_ = c.SetReadDeadline(time.Now().Add(6 * time.Second))
			if _, err := c.r.ReadByte(); err != nil {
				_ = c.Close()
				return "what was flushed does not come; " + at.noted(patience)
			}
		} else if !at.said("begun", patience) {
			return "the handler does not run"
		}
		_ = c.Close()
		return at.noted(patience)
	}
}

// cut leaves in the middle of its upload.
func cut(at trip) string {
	c, err := at.dial()
	if err != nil {
		return "no connection"
	}
	defer c.Close()
	q := request{method: "POST", do: "cut", body: upload}
	_, _ = io.WriteString(c, at.head(q)+upload[:100_000])
	at.said("begun", 3*time.Second) // if it begins before the end at all
	_ = c.Close()
	return at.noted(8 * time.Second)
}

// torn has the handler panic once the client has a part of the answer.
func torn(do string) func(trip) string {
	return func(at trip) string {
		c, err := at.dial()
		if err != nil {
			return "no connection"
		}
		defer c.Close()
		_, _ = io.WriteString(c, at.head(request{do: do}))
		resp, _, err := c.answer("GET")
		if err == nil {
			_, err = io.ReadFull(resp.Body, make([]byte, len("begun")))
		}
		if err != nil {
			return "what was flushed does not come"
		}
		at.say("go0")
		if _, err = io.ReadAll(resp.Body); err != nil {
			return "torn: " + how(err)
		}
		return "it seems whole"
	}
}

func stream(at trip) string {
	c, err := at.dial()
	if err != nil {
		return "no connection"
	}
	defer c.Close()
	_, _ = io.WriteString(c, at.head(request{do: "stream"}))
	var o outcome
	read := make(chan byte, 100)
	go func() {
		defer close(read)
		resp, _, err := c.answer("GET")
		if err != nil {
			return
		}
		b := make([]byte, 1)
		for {
			if _, err := io.ReadFull(resp.Body, b); err != nil {
				return
			}
			read <- b[0]
		}
	}()
	for i := range 3 {
		var line strings.Builder
		timeout := time.After(5 * time.Second)
	part:
		for {
			select {
			case b, ok := <-read:
				if !ok || b == '\n' {
					break part
				}
				line.WriteByte(b)
			case <-timeout:
				line.WriteString("is held back")
				break part
			}
		}
		o.line("%q", line.String())
		at.say(fmt.Sprint("go", i))
	}
	return o.String()
}

func converse(at trip) string {
	c, err := at.dial()
	if err != nil {
		return "no connection"
	}
	defer c.Close()
	q := request{method: "POST", do: "converse", body: upload}
	_, _ = io.WriteString(c, at.head(q)+"first")
	early := at.noted(5 * time.Second)
	_, _ = io.WriteString(c, upload[5:])
	resp, _, err := c.answer("POST")
	if err != nil {
		return early + "; no answer"
	}
	b, _ := io.ReadAll(resp.Body)
	return early + "; " + string(b)
}

// duplex gets an answer to each part of its upload before it sends the next one.
func duplex(at trip) string {
	c, err := at.dial()
	if err != nil {
		return "no connection"
	}
	defer c.Close()
	_ = c.SetReadDeadline(time.Now().Add(6 * time.Second))
	_, _ = io.WriteString(c, at.head(request{method: "POST", do: "echo duplex", chunks: 1}))
	var resp *http.Response
	for i := range 3 {
		_, _ = fmt.Fprintf(c, "5\r\nping%d\r\n", i)
		if resp == nil {
			if resp, _, err = c.answer("POST"); err != nil {
				return "no answer to the first part: " + how(err)
			}
			if resp.StatusCode != 200 {
				return fmt.Sprint("status ", resp.StatusCode)
			}
		}
		b := make([]byte, 5)
		if _, err := io.ReadFull(resp.Body, b); err != nil {
			return fmt.Sprintf("no answer to part %d: %s", i, how(err))
		}
	}
	_, _ = io.WriteString(c, "0\r\n\r\n")
	_, err = io.ReadAll(resp.Body)
	return fmt.Sprintf("answered each; an end: %v", err == nil)
}

func slowly(at trip) string {
	c, err := at.dial()
	if err != nil {
		return "no connection"
	}
	defer c.Close()
	_ = c.Conn.(*net.TCPConn).SetReadBuffer(256 << 10)
	_, _ = io.WriteString(c, at.head(request{do: "large"}))
	resp, _, err := c.answer("GET")
	if err != nil {
		return "no answer"
	}
	sum, total := sha256.New(), int64(0)
	for i := 0; ; i++ {
		if i < 10 {
			time.Sleep(100 * time.Millisecond)
		}
		n, err := io.CopyN(sum, resp.Body, 100_000)
		total += n
		if err != nil {
			return fmt.Sprintf("%d bytes, %x, an end: %v", total, sum.Sum(nil)[:4], err == io.EOF)
		}
	}
}

func twice(at trip) string {
	return at.two(request{target: "/1", method: "POST", body: "one"}, request{target: "/2"})
}

func twiceUnread(at trip) string {
	return at.two(request{method: "POST", do: "unread", body: upload[:100_000]}, request{target: "/2"})
}

func (at trip) two(first, second request) string {
	c, err := at.dial()
	if err != nil {
		return "no connection"
	}
	defer c.Close()
	return "first\n" + at.ask(c, first) + "\nsecond\n" + at.ask(c, second)
}

// expect sends its body when it is told to go on, and not after a final answer.
func expect(do string) func(trip) string {
	return func(at trip) string {
		c, err := at.dial()
		if err != nil {
			return "no connection"
		}
		defer c.Close()
		o := outcome{at: at, client: c.LocalAddr().String()}
		_, _ = io.WriteString(c, at.head(request{method: "POST", do: do, body: upload, header: []string{"Expect: 100-continue"}}))
		for {
			resp, err := http.ReadResponse(c.r, &http.Request{Method: "POST"})
			if err != nil {
				o.line("no answer: %s", how(err))
				return o.String()
			}
			if resp.StatusCode == http.StatusContinue {
				o.line("told to go on")
				_, _ = io.WriteString(c, upload)
				continue
			}
			body, _ := io.ReadAll(resp.Body)
			o.answer(resp, body)
			return o.String()
		}
	}
}
