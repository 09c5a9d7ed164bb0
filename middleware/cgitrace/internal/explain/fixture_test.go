//go:build dev

package explain_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// outcome is what testdata/failures prints.
type outcome struct {
	Function    string
	File        string
	Line        int
	Failure     string
	Reason      string
	Expressions []string
}

// outcomes builds the program with the flags and runs it.
func outcomes(t *testing.T, flags ...string) (all []outcome) {
	t.Helper()
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("values are read on amd64 and arm64")
	}
	program := filepath.Join(t.TempDir(), "failures.exe")
	build := exec.Command("go", append([]string{"build", "-tags=dev", "-o", program}, append(flags, "./testdata/failures")...)...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := exec.Command(program)
	var stderr bytes.Buffer
	run.Stderr = &stderr
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	for in := json.NewDecoder(bytes.NewReader(out)); ; {
		var o outcome
		if err := in.Decode(&o); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
}

var wanted = regexp.MustCompile(`// want: (.*)$`)

// wants are the sentences at the ends of the lines of the program's files, by file and line.
func wants(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/failures/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	all := make(map[string]string)
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			if m := wanted.FindStringSubmatch(line); m != nil {
				all[filepath.Base(name)+":"+strconv.Itoa(i+1)] = m[1]
			}
		}
	}
	return all
}

// A program that fails in many ways gets the same sentences from its own memory. It is built with
// -trimpath, so that its source has to be found too.
func TestFixture(t *testing.T) {
	wants := wants(t)
	for _, o := range outcomes(t, "-trimpath", "-gcflags=./...=-N -l") {
		at := filepath.Base(o.File) + ":" + strconv.Itoa(o.Line)
		want, ok := wants[at]
		if !ok {
			t.Errorf("%s: %s failed where it should not: %s (%s)", at, o.Function, o.Failure, o.Reason)
			continue
		}
		delete(wants, at)
		if want == "nothing" {
			want = ""
		}
		if o.Reason != want {
			t.Errorf("%s: %s\n\tgot  %s\n\twant %s\n\t%s", at, o.Failure, o.Reason, want, strings.Join(o.Expressions, "\n\t"))
		}
	}
	for at, want := range wants {
		t.Errorf("%s did not fail: %s", at, want)
	}
}

// subject is what a sentence begins with.
func subject(sentence string) string {
	first := len(sentence)
	for _, verb := range []string{" is ", " was ", " holds ", " held ", " counts ", " counted ", " has ", " came ", " > "} {
		if i := strings.Index(sentence, verb); i >= 0 {
			first = min(first, i)
		}
	}
	return sentence[:first]
}

// Of an optimised program most values are not known. What is said all the same is said of the right
// thing.
func TestFixtureOptimised(t *testing.T) {
	wants := wants(t)
	said := 0
	for _, o := range outcomes(t) {
		at := filepath.Base(o.File) + ":" + strconv.Itoa(o.Line)
		want, ok := wants[at]
		if o.Reason == "" || !ok {
			continue
		}
		said++
		if subject(o.Reason) != subject(want) {
			t.Errorf("%s: %s\n\tgot  %s\n\twant %s", at, o.Failure, o.Reason, want)
		}
	}
	t.Logf("%d of %d failures have a reason", said, len(wants))
}
