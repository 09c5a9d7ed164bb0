package e2e_test

import (
	"bufio"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const redeployPackage = "github.com/surcoat/surcoat/examples/redeploy"

// deployed is a running example.
type deployed struct {
	url string // without a slash at the end
	cmd *exec.Cmd
	end chan struct{}
}

var deployedAt = regexp.MustCompile(`url=(http://[\w.]+:(\d+))/`)

// deploy starts a release as a process of its own.
func deploy(t *testing.T, release int, addr, versions string) *deployed {
	t.Helper()
	return launch(t, program(t, redeployPackage), "--release", strconv.Itoa(release), "--addr", addr, "--versions", versions)
}

// launch starts a program that says its URL. What it says goes to the test's log.
func launch(t *testing.T, binary string, args ...string) *deployed {
	t.Helper()
	d := &deployed{end: make(chan struct{})}
	d.cmd = exec.Command(binary, args...)
	stderr, err := d.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.stop)
	started := make(chan string, 1)
	go func() {
		defer close(d.end)
		for in := bufio.NewScanner(stderr); in.Scan(); {
			if m := deployedAt.FindStringSubmatch(in.Text()); m != nil {
				started <- m[1]
			}
			t.Log(in.Text())
		}
		_ = d.cmd.Wait()
	}()
	select {
	case d.url = <-started:
	case <-d.end:
		t.Fatal("the process ended at once")
	case <-time.After(limit):
		t.Fatal("the process does not get ready")
	}
	return d
}

// stop is kill -9.
func (d *deployed) stop() {
	_ = d.cmd.Process.Kill()
	<-d.end
}

// holds waits until n files are in a folder and no other is being written.
func holds(t *testing.T, dir string, n int) {
	t.Helper()
	var files, unfinished []string
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		files, _ = filepath.Glob(filepath.Join(dir, "*"))
		unfinished, _ = filepath.Glob(filepath.Join(dir, "*.tmp"))
		if len(files) == n && len(unfinished) == 0 {
			return
		}
	}
	t.Fatalf("%q are in the folder, want %d files", files, n)
}

// sizes are what Chromium says about a resource (https://www.w3.org/TR/resource-timing/).
type sizes struct {
	Name            string `json:"name"`
	DeliveryType    string `json:"deliveryType"`
	TransferSize    int    `json:"transferSize"`
	EncodedBodySize int    `json:"encodedBodySize"`
	DecodedBodySize int    `json:"decodedBodySize"`
}

// measured returns the sizes of the page and of its script.
func (p *person) measured() (page, script sizes) {
	p.t.Helper()
	all := get(p, chromedp.Evaluate[[]sizes](`performance.getEntries().filter(e => e.entryType == "navigation" || e.initiatorType == "script").map(e => e.toJSON())`))
	for _, s := range all {
		if strings.HasSuffix(s.Name, ".js") {
			script = s
		} else {
			page = s
		}
	}
	return page, script
}

// A site is deployed anew: another process, another page, another script. The browser that had the
// ones before is sent the difference. The figures are in docs/dictionaries.md.
func TestRedeploy(t *testing.T) {
	versions := t.TempDir()
	first := deploy(t, 1, "localhost:0", versions)
	url := first.url + "/"
	p := newPerson(t)
	seen := p.traffic()
	p.goTo(url)
	p.becomes(`document.documentElement.dataset.script`, "release 1, functions 620")
	_, script := p.measured()
	for range 100 { // until the browser has stored them
		if p.goTo(url); seen.last(url).coding == "dcz" {
			break
		}
	}
	for i := range 100 {
		probe := fmt.Sprintf("%s?probe=%d", script.Name, i)
		p.fetch(probe)
		if seen.last(probe).coding == "dcz" {
			break
		}
	}
	holds(t, versions, 2) // they get there a moment after the browser got them
	first.stop()

	second := deploy(t, 2, strings.TrimPrefix(first.url, "http://"), versions)
	if second.url != first.url {
		t.Fatalf("the second release is at %s", second.url)
	}
	p.goTo(url)
	p.becomes(`document.documentElement.dataset.script`, "release 2, functions 621")
	if got := seen.last(url); got.coding != "dcz" {
		t.Errorf("the page came as %q", got.coding)
	}
	difference := map[string]sizes{}
	difference["page"], difference["script"] = p.measured()
	name := difference["script"].Name
	if got := seen.last(name); got.coding != "dcz" {
		t.Errorf("the script came as %q", got.coding)
	}
	pageText, scriptText := seen.last(url).content(p), seen.last(name).content(p)

	// What others are sent, who have not been there before.
	for _, coding := range []string{"gzip", "zstd"} {
		stranger := p.another()
		stranger.accepts(coding)
		theirs := stranger.traffic()
		stranger.goTo(url)
		stranger.becomes(`document.documentElement.dataset.script`, "release 2, functions 621")
		whole := map[string]sizes{}
		whole["page"], whole["script"] = stranger.measured()
		if theirs.last(url).coding != coding || theirs.last(url).content(stranger) != pageText || theirs.last(name).content(stranger) != scriptText {
			t.Errorf("%s: as %q the page or the script are others", coding, theirs.last(url).coding)
		}
		for what, w := range whole {
			d := difference[what]
			t.Logf("%s of %d bytes: %d as %s, %d as dcz", what, w.DecodedBodySize, w.EncodedBodySize, coding, d.EncodedBodySize)
			if w.DecodedBodySize != d.DecodedBodySize || d.EncodedBodySize == 0 || 15*d.EncodedBodySize >= w.EncodedBodySize {
				t.Errorf("%s: %+v as %s, %+v as dcz", what, w, coding, d)
			}
		}
	}
}
