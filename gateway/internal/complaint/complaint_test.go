package complaint_test

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/complaint"
)

func TestLog(t *testing.T) {
	long := strings.Repeat("x", 1024)
	for _, tt := range []struct {
		writes []string
		lines  []string // what is in each record
	}{
		{nil, nil},
		{[]string{"one\ntwo\r\nthree"}, []string{"line=one", "line=two", "line=three"}},
		{[]string{"o", "n", "e\n", "\n\n", "two\n"}, []string{"line=one", "line=two"}},
		{[]string{strings.Repeat("x", 5000) + "\n"}, []string{"line=" + strings.Repeat("x", 4096) + "\n", "dropped=904"}},
		{[]string{strings.Repeat("x\n", 1050)}, append(repeat("line=x", 1000), "dropped=50")},
		{[]string{strings.Repeat(long+"\n", 70)}, append(repeat("line="+long, 64), "dropped=6144")},
		{[]string{"a\xffb\x1bc\n"}, []string{`line="a` + "\uFFFD" + `b\x1bc"`}},
	} {
		var b bytes.Buffer
		l := complaint.New(slog.New(slog.NewTextHandler(&b, nil)), "it complains", httptest.NewRequest("GET", "/p?secret", nil))
		for _, w := range tt.writes {
			if n, err := l.Write([]byte(w)); n != len(w) || err != nil {
				t.Errorf("%d, %v", n, err)
			}
		}
		l.Close()
		records := strings.SplitAfter(b.String(), "\n")
		if len(records)-1 != len(tt.lines) || strings.Contains(b.String(), "secret") {
			t.Errorf("%.50q: %q", tt.writes, b.String())
			continue
		}
		for i, want := range tt.lines {
			if !strings.Contains(records[i], want) || !strings.Contains(records[i], "path=/p ") {
				t.Errorf("%q, want %q", records[i], want)
			}
		}
	}
}

// The end of what was written is kept, and no more.
func TestTail(t *testing.T) {
	l := complaint.New(slog.New(slog.DiscardHandler), "", httptest.NewRequest("GET", "/", nil))
	for range 10_000 {
		_, _ = l.Write([]byte("again and again\n"))
	}
	_, _ = l.Write([]byte("the reason\xff\n"))
	if tail := l.Tail(); !strings.HasSuffix(tail, "the reason\ufffd") || !strings.HasPrefix(tail, "again and again\n") || len(tail) > 13_000 {
		t.Errorf("%d bytes, …%q", len(tail), tail[len(tail)-20:])
	}
}

func repeat(s string, n int) (list []string) {
	for range n {
		list = append(list, s)
	}
	return list
}
