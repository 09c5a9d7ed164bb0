package complaint_test

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/surcoat/surcoat/gateway/internal/complaint"
)

// Whatever an application writes: lines of text, in bounds, and the end of it.
func FuzzLog(f *testing.F) {
	f.Add("one\ntwo", "three\r\n\n", 1)
	f.Add("\xff\x00", "\n\n", 5000)
	f.Add("x\n", "y\n", 5000)
	f.Fuzz(func(t *testing.T, one, other string, times int) {
		times = max(0, min(times, 1<<20/(len(one)+len(other)+1)))
		var b bytes.Buffer
		l := complaint.New(slog.New(slog.NewTextHandler(&b, nil)), "it complains", httptest.NewRequest("GET", "/", nil))
		for range times {
			_, _ = l.Write([]byte(one))
			_, _ = l.Write([]byte(other))
		}
		l.Close()
		text, tail := strings.Repeat(one+other, times), l.Tail()
		if len(tail) > 3*12<<10 || !utf8.ValidString(tail) {
			t.Errorf("%d bytes kept", len(tail))
		}
		if len(text) < 4000 && utf8.ValidString(text) && tail != strings.TrimSpace(text) {
			t.Errorf("kept %q of %q", tail, text)
		}
		if n := b.Len(); n > 1<<20 || !utf8.Valid(b.Bytes()) {
			t.Errorf("%d bytes logged", n)
		}
	})
}
