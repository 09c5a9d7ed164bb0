package cgiresponse_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/surcoat/surcoat/gateway/internal/cgiresponse"
	"github.com/surcoat/surcoat/gateway/internal/exchange"
)

func TestAppendHead(t *testing.T) {
	header := []exchange.Field{{Name: "X-A", Value: "1"}, {Name: "status", Value: "500 Oops"}, {Name: "X-Empty"}}
	for _, row := range []struct {
		first  string
		status int
		want   string
	}{
		{cgiresponse.Status, 200, "Status: 200 OK\r\nX-A: 1\r\nX-Empty: \r\n\r\n"},
		{cgiresponse.Line, 404, "HTTP/1.1 404 Not Found\r\nX-A: 1\r\nX-Empty: \r\n\r\n"},
		{cgiresponse.Status, 777, "Status: 777 Status 777\r\nX-A: 1\r\nX-Empty: \r\n\r\n"},
	} {
		if got := string(cgiresponse.AppendHead(nil, row.first, row.status, header)); got != row.want {
			t.Errorf("got %q, want %q", got, row.want)
		}
	}
}

// writes counts what reaches the network, and fails from the call after fails on, if that is not
// 0.
type writes struct {
	list  []string
	fails int
}

var errBroken = errors.New("broken")

func (w *writes) Write(p []byte) (int, error) {
	if w.fails > 0 && len(w.list) >= w.fails-1 {
		return 0, errBroken
	}
	w.list = append(w.list, string(p))
	return len(p), nil
}

func body(n int) []byte { return []byte(strings.Repeat("b", n)) }

// Small things leave together, large ones at once, and all in its order.
func TestWriter(t *testing.T) {
	const head = "Status: 200 OK\r\n\r\n"
	for _, row := range []struct {
		name string
		use  func(w *cgiresponse.Writer)
		want []int // lengths of the writes
	}{
		{"nothing", func(*cgiresponse.Writer) {}, nil},
		{"head", func(w *cgiresponse.Writer) { _ = w.Head(200, nil) }, []int{18}},
		{"small", func(w *cgiresponse.Writer) { _ = w.Head(200, nil); _ = w.Body(body(100)); _ = w.Body(body(100)) }, []int{218}},
		{"flushed", func(w *cgiresponse.Writer) { _ = w.Head(200, nil); _ = w.Flush(); _ = w.Flush(); _ = w.Body(body(1)) }, []int{18, 1}},
		{"large", func(w *cgiresponse.Writer) { _ = w.Head(200, nil); _ = w.Body(body(9000)) }, []int{18, 9000}},
		{"larger than what is left", func(w *cgiresponse.Writer) { _ = w.Body(body(8000)); _ = w.Body(body(1000)) }, []int{8000, 1000}},
		{"large alone", func(w *cgiresponse.Writer) { _ = w.Body(body(9000)) }, []int{9000}},
		{"1xx", func(w *cgiresponse.Writer) { _ = w.Inform(103, nil) }, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			var to writes
			var w cgiresponse.Writer
			w.Init(&to, cgiresponse.Status)
			defer w.Release()
			row.use(&w)
			if err := w.End([]exchange.Field{{Name: "X-Trailer", Value: "1"}}); err != nil {
				t.Error(err)
			}
			all := strings.Join(to.list, "")
			if got := lengths(to.list); !slices.Equal(got, row.want) || strings.Trim(strings.TrimPrefix(all, head), "b") != "" {
				t.Errorf("wrote %v: %.50q", got, all)
			}
		})
	}
}

func lengths(list []string) (n []int) {
	for _, s := range list {
		n = append(n, len(s))
	}
	return n
}

func TestWriterFails(t *testing.T) {
	for name, use := range map[string]func(w *cgiresponse.Writer) error{
		"flush":       func(w *cgiresponse.Writer) error { return w.Flush() },
		"end":         func(w *cgiresponse.Writer) error { return w.End(nil) },
		"large":       func(w *cgiresponse.Writer) error { return w.Body(body(9000)) },
		"full":        func(w *cgiresponse.Writer) error { _ = w.Body(body(8000)); return w.Body(body(500)) },
		"from reader": func(w *cgiresponse.Writer) error { _, err := w.ReadFrom(strings.NewReader("x")); return err },
	} {
		var w cgiresponse.Writer
		w.Init(&writes{fails: 1}, cgiresponse.Status)
		_ = w.Head(200, nil)
		if err := use(&w); err != errBroken {
			t.Errorf("%s: %v", name, err)
		}
		w.Release()
	}
}

// After an error the answer is not whole, whoever hears of the error first.
func TestWriterStaysBroken(t *testing.T) {
	for name, test := range map[string]struct {
		to   io.Writer
		src  io.Reader
		want error // of the end
	}{
		"reader, network": {&writes{fails: 2}, strings.NewReader("x"), errBroken},
		"reader, source":  {&writes{}, iotest.ErrReader(errBroken), nil},
		"file, network":   {&readerFrom{err: errBroken}, new(os.File), errBroken},
		"file, source":    {&readerFrom{err: &fs.PathError{Op: "read", Err: errBroken}}, new(os.File), nil},
	} {
		var w cgiresponse.Writer
		w.Init(test.to, cgiresponse.Status)
		_ = w.Head(200, nil)
		if _, err := w.ReadFrom(test.src); !errors.Is(err, errBroken) {
			t.Errorf("%s: copied: %v", name, err)
		}
		if err := w.End(nil); err != test.want {
			t.Errorf("%s: ended: %v", name, err)
		}
		w.Release()
	}
}

// readerFrom is a network that takes files.
type readerFrom struct {
	writes
	took io.Reader
	err  error
}

func (w *readerFrom) ReadFrom(src io.Reader) (int64, error) {
	w.took = src
	if w.err != nil {
		return 0, w.err
	}
	return io.Copy(&w.writes, src)
}

func TestReadFrom(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, body(100_000), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, row := range []struct {
		src   io.Reader
		taken bool
		n     int64
	}{
		{io.LimitReader(file, 1000), true, 1000},
		{file, true, 99_000},
		{strings.NewReader("bbb"), false, 3},
	} {
		var to readerFrom
		var w cgiresponse.Writer
		w.Init(&to, cgiresponse.Status)
		_ = w.Body([]byte("first"))
		n, err := w.ReadFrom(row.src)
		if n != row.n || err != nil || (to.took != nil) != row.taken {
			t.Errorf("%T: %d %v, taken as it is: %v", row.src, n, err, to.took != nil)
		}
		if all := strings.Join(to.list, ""); int64(len(all)) != row.n+5 || !strings.HasPrefix(all, "firstb") {
			t.Errorf("%T: wrote %d bytes", row.src, len(all))
		}
		w.Release()
	}
}

// haproxy makes 302 of any status that comes before a Location.
func TestStatusBehindLocation(t *testing.T) {
	header := []exchange.Field{{Name: "Location", Value: "/a"}, {Name: "X-A", Value: "1"}}
	if got, want := string(cgiresponse.AppendHead(nil, cgiresponse.Status, 301, header)), "Location: /a\r\nX-A: 1\r\nStatus: 301 Moved Permanently\r\n\r\n"; got != want {
		t.Errorf("%q", got)
	}
	if got, want := string(cgiresponse.AppendHead(nil, cgiresponse.Line, 301, header)), "HTTP/1.1 301 Moved Permanently\r\nLocation: /a\r\nX-A: 1\r\n\r\n"; got != want {
		t.Errorf("a status line comes first: %q", got)
	}
}
