//go:build dev

package cgitrace_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// program is testdata/hostile at work, built as a developer builds: with variables.
type program struct {
	url    string
	binary string
	log    *journal
}

// compile builds testdata/hostile with these flags beside those of a developer.
func compile(t *testing.T, flags ...string) (binary string) {
	t.Helper()
	goTool, err := exec.LookPath("go")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("no go command here: ", err)
	}
	binary = filepath.Join(t.TempDir(), "hostile.exe")
	c := exec.Command(goTool, append(append([]string{"build", "-tags=dev", "-gcflags=./...=-N -l", "-o", binary}, flags...), "./testdata/hostile")...)
	c.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", c.Args, err, out)
	}
	return binary
}

// run starts binary with the variables of env beside those of this process.
func run(t *testing.T, binary string, env ...string) *program {
	t.Helper()
	p := &program{binary: binary, log: &journal{}}
	c := exec.Command(binary)
	c.Env = append(os.Environ(), env...)
	c.Stderr = p.log
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		if strings.Contains(p.log.String(), "DATA RACE") || strings.Contains(p.log.String(), "fatal error") {
			t.Errorf("the program says %s", p.log)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	addr, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		t.Fatalf("the program says %q, %v; %s", line, err, p.log)
	}
	p.url = "http://" + addr
	return p
}

// get returns what the program answers to a client that accepts accept.
func (p *program) get(t *testing.T, path, accept string) (status int, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", p.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Errorf("%s: %v; the program says %s", path, err, p.log)
		return 0, ""
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Errorf("%s: %v", path, err)
	}
	return resp.StatusCode, string(b)
}

// node is a value as the report in JSON has it.
type node struct {
	Name, Type, Text, Note string
	Parts                  []node
	LeftOut                int `json:"left_out"`
}

// values are the variables of the innermost frame of the function, by name, and how far
// they can be trusted.
func valuesIn(t *testing.T, report, function string) (of map[string]node, trust string) {
	t.Helper()
	var p struct {
		Panic struct {
			Values string
			Stack  []struct {
				Frames []struct {
					Function  string
					Variables []node
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(report), &p); err != nil {
		t.Errorf("%v in %.300s", err, report)
		return nil, ""
	}
	of = make(map[string]node)
	for _, s := range p.Panic.Stack {
		for _, f := range s.Frames {
			if f.Function == function {
				for _, v := range f.Variables {
					of[v.Name] = v
				}
				return of, p.Panic.Values
			}
		}
	}
	return of, p.Panic.Values
}

// flat is a node in a line.
func (n node) flat() string {
	s := n.Text + n.Note
	if len(n.Parts) > 0 {
		s += "{"
		for i, kid := range n.Parts {
			if i > 0 {
				s += " "
			}
			s += kid.Name + ":" + kid.flat()
		}
		s += "}"
	}
	if n.LeftOut > 0 {
		s += " left out"
	}
	return s
}

// checkLost has the program panic in main.lose and compares the variables with what n
// makes of them. Where the page itself says that they may be stale, or that there was no time
// for them, as on a machine that has much else to do, it asks again.
func (p *program) checkLost(t *testing.T, n int, more string) {
	t.Helper()
	want := map[string][]string{
		"n":       {fmt.Sprint(n)},
		"index":   {"0"},
		"label":   {fmt.Sprintf(`"label-%d-end"`, n)},
		"weights": {fmt.Sprintf("%d.5", n), "2.5"},
		"shelf":   {fmt.Sprintf("shelf-%d", n), fmt.Sprint(n * 3)},
		"parcel":  {fmt.Sprint(n * 7), fmt.Sprintf(`"owner-%d"`, n), `"fragile"`, fmt.Sprintf(`"label-%d-end"`, n)},
		"any":     {fmt.Sprint(n + 1)},
	}
	path := fmt.Sprintf("/values?n=%d", n)
	for range 20 {
		status, report := p.get(t, path+more, "application/json")
		if status != 500 || !strings.Contains(report, fmt.Sprintf("lost owner-%d of ", n)) {
			t.Errorf("%d %.500s", status, report)
			return
		}
		got, trust := valuesIn(t, report, "main.lose")
		all := ""
		for name := range want {
			all += got[name].flat()
		}
		// What is out of time is left out or, where it was not known yet how much there is, unreadable.
		if more = ""; strings.Contains(trust, stale) || strings.Contains(all, "left out") || strings.Contains(all, "unreadable") {
			continue
		}
		if trust != "exact" {
			t.Errorf("of %d: values are %q", n, trust)
		}
		for name, parts := range want {
			for _, part := range parts {
				if text := got[name].flat(); !regexp.MustCompile(`(^|[^\w.-])` + regexp.QuoteMeta(part) + `($|[^\w.-])`).MatchString(text) {
					t.Errorf("of %d: %s is %s, without %s", n, name, text, part)
				}
			}
		}
		return
	}
	t.Errorf("of %d: no page was sure of its values", n)
}

// stale is what a page says of values after a collection, and when the stack has moved.
const stale = "that the program has no more use for may show what took "

// The values that a page shows are those of its own request, whoever panics beside it,
// and reading them is no data race with anybody.
func TestProgramFlood(t *testing.T) {
	const clients = 24
	rounds := 1
	var flags []string
	if os.Getenv("SOAK") != "" {
		rounds = 10
	}
	if raceBuilt {
		flags = append(flags, "-race")
	}
	p := run(t, compile(t, flags...))
	for round := range rounds {
		var wg sync.WaitGroup
		for i := range clients {
			wg.Go(func() {
				more := ""
				if round == 0 {
					more = fmt.Sprintf("&together=%d", clients)
				}
				p.checkLost(t, 1000*(round+1)+i, more)
			})
		}
		wg.Wait()
	}
	if status, body := p.get(t, "/fine", "*/*"); status != 200 {
		t.Errorf("afterwards: %d %s", status, body)
	}
}

// Locks, depth and size of what a frame holds are no danger to the page; a limit of memory
// is none either.
func TestProgramHostile(t *testing.T) {
	p := run(t, compile(t), "GOMEMLIMIT=300MiB", "GOGC=off")
	for _, tt := range []struct {
		path, function, variable, want string
	}{
		{"/locked", "main.locked", "books", "4711"},
		{"/deep?n=1000000", "main.fall", "text", `"at the bottom of 1000000"`},
		{"/huge", "main.huge", "table", "map of 5000"},
		{"/huge", "main.huge", "ring", "self"},
		{"/faulty", "main.faulty", "w", "{"},
	} {
		for _, accept := range []string{browser, "application/json", "*/*"} {
			began := time.Now()
			status, body := p.get(t, tt.path, accept)
			if status != 500 || len(body) > 1<<20 || !strings.Contains(body, "main.") {
				t.Errorf("%s as %.12s: %d, %d bytes, %.300s", tt.path, accept, status, len(body), body)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("%s as %.12s: %v", tt.path, accept, took)
			}
			if accept != "application/json" {
				continue
			}
			got, trust := valuesIn(t, body, tt.function)
			for range 20 { // on a machine that has much else to do there may be no time for a value, or a collection
				text := got[tt.variable].flat()
				sure := trust == "exact" && !strings.Contains(text, "left out") && !strings.Contains(text, "unreadable")
				if sure || strings.Contains(text, tt.want) {
					break
				}
				_, body = p.get(t, tt.path, accept)
				got, trust = valuesIn(t, body, tt.function)
			}
			if !strings.Contains(got[tt.variable].flat(), tt.want) {
				t.Errorf("%s: %s is %s, want %s (values: %s)", tt.path, tt.variable, got[tt.variable].flat(), tt.want, trust)
			}
		}
	}
	_, body := p.get(t, "/faulty", "*/*")
	if !strings.Contains(body, "repeated-status") {
		t.Errorf("what lint found is not there: %s", body)
	}
	if status, _ := p.get(t, "/fine", "*/*"); status != 200 {
		t.Errorf("afterwards: %d", status)
	}
}

// A program whose file was replaced, cut short or removed while it runs, as every rebuild
// does, shows what it is and not what lies there now: the right values where the system
// still has the old file, else none, and why.
func TestProgramReplaced(t *testing.T) {
	binary := compile(t)
	original, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	another := bytes.ReplaceAll(original, []byte("main.lose"), []byte("main.LOSE"))
	for name, content := range map[string][]byte{
		"removed": nil, "empty": {}, "half": original[:len(original)/2], "no program": []byte("#!/bin/sh\n"), "another": another, "zeros": make([]byte, len(original)),
	} {
		for _, loaded := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, a page before: %t", name, loaded), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "hostile.exe")
				if err := os.WriteFile(path, original, 0o700); err != nil {
					t.Fatal(err)
				}
				p := run(t, path)
				if loaded {
					p.checkLost(t, 5, "")
				}
				if err := os.Remove(path); err != nil {
					t.Skip("a file that runs cannot be removed here: ", err)
				}
				if content != nil {
					if err := os.WriteFile(path, content, 0o700); err != nil {
						t.Fatal(err)
					}
				}
				if runtime.GOOS == "linux" || loaded {
					p.checkLost(t, 17, "")
					return
				}
				status, body := p.get(t, "/values?n=17", "application/json")
				if status != 500 || !strings.Contains(body, "main.lose") || !strings.Contains(body, "lost owner-17") {
					t.Errorf("%d %.500s", status, body)
				}
				if _, trust := valuesIn(t, body, "main.lose"); trust == "" || trust == "exact" {
					t.Errorf("nothing is said of the values: %q", trust)
				}
			})
		}
	}
}

// Goroutines that panicked, and what showed them, are gone when they were answered.
func TestProgramGoroutinesEnd(t *testing.T) {
	p := run(t, compile(t))
	count := func() string {
		_, body := p.get(t, "/values?n=1", "application/json")
		return regexp.MustCompile(`"goroutines": \d+`).FindString(body)
	}
	before := count()
	for i := range 30 {
		p.get(t, fmt.Sprintf("/values?n=%d", i), "*/*")
	}
	for deadline := time.Now().Add(20 * time.Second); count() != before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s, before %s", count(), before)
		}
	}
}
