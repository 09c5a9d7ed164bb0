//go:build dev

package pytraceback_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/pytraceback"
)

var update = flag.Bool("update", false, "write testdata")

// What Python has written, and what is read of it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no tracebacks: ", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tb := pytraceback.Find(string(text))
		if tb == nil {
			t.Errorf("%s: nothing is found", file)
			continue
		}
		got, err := json.MarshalIndent(struct {
			*pytraceback.Traceback
			Failed string
		}{tb, tb.Failed().Text}, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		golden := strings.TrimSuffix(file, ".txt") + ".json"
		if *update {
			if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if string(got)+"\n" != string(want) {
			t.Errorf("%s is not as it was; go test -tags dev -update writes it:\n%s", golden, got)
		}
	}
}

const frame = "  File \"/a.py\", line 3, in f\n    g()\n"

func TestFind(t *testing.T) {
	head := "Traceback (most recent call last):\n"
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"other words", "the program failed\nin line 3\n", ""},
		{"no end", head + frame, ""},
		{"an end", head + frame + "E: x\n", "E: x"},
		{"no line end", head + frame + "E: x", "E: x"},
		{"CRLF", strings.ReplaceAll(head+frame+"E: x\n", "\n", "\r\n"), "E: x"},
		{"no message", head + frame + "SystemExit\n", "SystemExit"},
		{"no beginning", frame + "E: x\n", "E: x"},
		{"half a beginning", "le \"/a.py\", line 3, in f\n    g()\n" + frame + "E: x\n", "E: x"},
		{"a class within a function", head + frame + "app.f.<locals>.E: x\n", "app.f.<locals>.E: x"},
		{"a class of another alphabet", head + frame + "Ошибка: x\n", "Ошибка: x"},
		{"no class", head + frame + "Segmentation fault (core dumped)\n", ""},
		{"the last one", head + frame + "E: x\nlog\n" + head + frame + "F: y\n", "F: y"},
		{"the last one with an end", head + frame + "E: x\n\n" + head + frame, "E: x"},
		{"a chain without an end", head + frame + "E: x\n\nDuring handling of the above exception, another exception occurred:\n\n" + head + frame, "E: x"},
		{"in a line of a log", "12:30 error: " + head + frame + "E: x\n", "E: x"},
		{"middle lost", head + frame + "[...]\n" + frame + "E: x\n", "E: x"},
		{"long line", head + "  File \"/" + strings.Repeat("a", 8192) + "\", line 3, in f\nE: x\n", "E: x"},
		{"number too long", head + "  File \"/a.py\", line 99999999999999999999, in f\nE: x\n", "E: x"},
		{"no frames", head + "E: x\n", "E: x"},
	} {
		got := ""
		if tb := pytraceback.Find(tt.text); tb != nil {
			got = tb.Failed().Text
		}
		if got != tt.want {
			t.Errorf("%s: found %q, not %q", tt.name, got, tt.want)
		}
	}
}

// However much there is, what is kept is bounded, and is that closest to the failure.
func TestBounds(t *testing.T) {
	head := "Traceback (most recent call last):\n"
	tb := pytraceback.Find(head + strings.Repeat(frame, 1000) + "  File \"/last.py\", line 1, in h\nE: x\n" + strings.Repeat("more\n", 1000))
	e := tb.Failed()
	if len(e.Frames) != pytraceback.Head+pytraceback.Tail || e.LeftOut != 1001-len(e.Frames) || e.Frames[len(e.Frames)-1].File != "/last.py" {
		t.Errorf("%d frames, %d left out, the last is %+v", len(e.Frames), e.LeftOut, e.Frames[len(e.Frames)-1])
	}
	if len(e.Further) > 100 {
		t.Errorf("%d further lines", len(e.Further))
	}
	link := "\nDuring handling of the above exception, another exception occurred:\n\n"
	tb = pytraceback.Find(strings.Repeat(head+frame+"E: x\n"+link, 100) + head + frame + "F: last\n")
	if tb.Failed().Text != "F: last" || len(tb.Exceptions) > 50 || tb.Exceptions[0].Relation != pytraceback.First {
		t.Errorf("%d exceptions, the last is %q", len(tb.Exceptions), tb.Failed().Text)
	}
	tb = pytraceback.Find(strings.Repeat("x\n", 1<<20) + head + frame + "E: x\n")
	if tb == nil || tb.From < 2<<20 {
		t.Errorf("behind much text: %+v", tb)
	}
}

// Whatever a program writes, what is read of it has a place in the text, an exception in it that
// failed, and no more than the limits.
func FuzzFind(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		tb := pytraceback.Find(text)
		if tb == nil {
			return
		}
		if tb.From < 0 || tb.To < tb.From || tb.To > len(text) || len(tb.Exceptions) == 0 || len(tb.Exceptions) > 32 {
			t.Fatalf("%d to %d of %d, %d exceptions", tb.From, tb.To, len(text), len(tb.Exceptions))
		}
		if strings.ContainsAny(tb.Failed().Text, "\r\n") {
			t.Fatalf("%q", tb.Failed().Text)
		}
		for _, e := range tb.Exceptions {
			if len(e.Frames) > pytraceback.Head+pytraceback.Tail {
				t.Fatalf("%d frames", len(e.Frames))
			}
			for _, fr := range e.Frames {
				if fr.File == "" || fr.Line < 0 || !strings.Contains(fr.Source, fr.Marked) || !strings.Contains(text, fr.Function) {
					t.Fatalf("%+v", fr)
				}
			}
		}
	})
}
