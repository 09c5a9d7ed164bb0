package program

import (
	"fmt"
	"strings"
	"testing"
)

func TestTail(t *testing.T) {
	long := strings.Repeat("a line\n", 2*kept/7)
	for _, tt := range []struct {
		name   string
		writes []string
		begins string
		ends   string
	}{
		{"short", []string{"one\n", "two"}, "one\n", "two"},
		{"long", []string{"first\n", long, "last\n"}, "a line\n", "last\n"},
		{"crash", []string{"first\n", "panic: no luck\n\ngoroutine 1:\n"}, "first\n", "goroutine 1:\n"},
		{"crash with many goroutines", []string{"first\n", long, "panic: no luck\n", long}, "panic: no luck\na line\n", "a line\n…\n"},
		{"crash in pieces", []string{long, "fatal error: ", "all asleep\n", long}, "fatal error: all asleep\n", "…\n"},
		{"no crash", []string{long, "don't panic: ", "panic: so said\n", long}, "a line\n", "a line\n"},
		{"not UTF-8", []string{"a\xffb\n"}, "a\uFFFDb\n", ""},
	} {
		tail := newTail()
		for _, s := range tt.writes {
			fmt.Fprint(tail, s)
		}
		got := tail.String()
		if !strings.HasPrefix(got, tt.begins) || !strings.HasSuffix(got, tt.ends) || len(got) > kept+10 {
			t.Errorf("%s: %d bytes, %.40q … %q", tt.name, len(got), got, got[max(0, len(got)-40):])
		}
	}
}
