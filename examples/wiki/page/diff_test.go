package page_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/examples/wiki/page"
)

// draw writes hunks as lines "-old +new text" with [changed] words.
func draw(hunks []page.Hunk) string {
	var b strings.Builder
	for i, h := range hunks {
		if i > 0 {
			b.WriteString("@\n")
		}
		for _, l := range h.Lines {
			fmt.Fprintf(&b, "%c%d,%d ", " -+"[l.Op], l.Old, l.New)
			for _, s := range l.Spans {
				if s.Changed {
					fmt.Fprintf(&b, "[%s]", s.Text)
				} else {
					b.WriteString(s.Text)
				}
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func TestDiff(t *testing.T) {
	for _, c := range []struct{ name, before, after, want string }{
		{"nothing", "a\n", "a\n", ""},
		{"new page", "", "a\nb\n", "+0,1 a\n+0,2 b\n"},
		{"removed", "a\n", "", "-1,0 a\n"},
		{"a word", "the quick fox\n", "the slow fox\n", "-1,0 the [quick] fox\n+0,1 the [slow] fox\n"},
		{"a phrase", "we go to the big town\n", "we go to a small town\n", "-1,0 we go to [the big] town\n+0,1 we go to [a small] town\n"},
		{"words at the end", "one two three\n", "one two three four\n", "-1,0 one two three\n+0,1 one two three[ four]\n"},
		{"after a comma", "three\n", "three, four\n", "-1,0 three\n+0,1 three[, four]\n"},
		{"another line", "alpha beta gamma\n", "x y z\n", "-1,0 alpha beta gamma\n+0,1 x y z\n"},
		{
			"two hunks", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
			"-1,0 a\n+0,1 A\n 2,2 1\n 3,3 2\n 4,4 3\n@\n 6,6 5\n 7,7 6\n 8,8 7\n-9,0 b\n+0,9 B\n",
		},
		{"no newline at the end", "a", "a\nb", "-1,0 a\n+0,1 a\n+0,2 b\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := draw(page.Diff(c.before, c.after)); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func TestMerge(t *testing.T) {
	const base = "one\ntwo\nthree\nfour\nfive\n"
	for _, c := range []struct{ name, yours, theirs, want string }{
		{"both ends", "ONE\ntwo\nthree\nfour\nfive\n", "one\ntwo\nthree\nfour\nFIVE\n", "ONE\ntwo\nthree\nfour\nFIVE\n"},
		{"only mine", "one\ntwo\n", base, "one\ntwo\n"},
		{"the same change", "one\nTWO\nthree\nfour\nfive\n", "one\nTWO\nthree\nfour\nfive\n", "one\nTWO\nthree\nfour\nfive\n"},
		{"the same line", "one\nzwei\nthree\nfour\nfive\n", "one\ndeux\nthree\nfour\nfive\n", ""},
		{"lines side by side", "one\nTWO\nthree\nfour\nfive\n", "one\ntwo\nTHREE\nfour\nfive\n", ""},
		{"both add at the end", base + "mine\n", base + "theirs\n", ""},
		{"removed and changed", "three\n", "ONE\ntwo\nthree\nfour\nfive\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, clean := page.Merge(base, c.yours, c.theirs)
			if got != c.want || clean != (c.want != "") {
				t.Errorf("got %q, %t; want %q", got, clean, c.want)
			}
			if back, _ := page.Merge(base, c.theirs, c.yours); back != got {
				t.Errorf("the other way round: %q", back)
			}
		})
	}
}

// FuzzDiff: the two texts can be read back from their difference.
func FuzzDiff(f *testing.F) {
	f.Add("a\nb c d\n", "a\nb x d\ne\n")
	f.Add("  a", "a  ")
	f.Fuzz(func(t *testing.T, before, after string) {
		olds, news := strings.Split(before, "\n"), strings.Split(after, "\n")
		for _, h := range page.Diff(before, after) {
			for _, l := range h.Lines {
				var text strings.Builder
				for _, s := range l.Spans {
					text.WriteString(s.Text)
				}
				if l.Old > 0 && olds[l.Old-1] != text.String() {
					t.Errorf("old line %d is %q, not %q", l.Old, olds[l.Old-1], text.String())
				}
				if l.New > 0 && news[l.New-1] != text.String() {
					t.Errorf("new line %d is %q, not %q", l.New, news[l.New-1], text.String())
				}
			}
		}
	})
}
