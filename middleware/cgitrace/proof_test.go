package cgitrace_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// devRooms are the internal packages that only the traceback needs: all but these two.
const devRooms = `(callframe|cursor|debuginfo|executable|explain|goroutine|inspect|location|memory|pytraceback|report|source|stack|syntax|trace)`

var productionRooms = regexp.MustCompile(`(?m)^github\.com/surcoat/surcoat/middleware/cgitrace/internal/(redact|value)$`)

// What only the traceback is made of. Each must be found in a dev build, or looking for
// it in a production build would prove nothing.
var (
	devPackages = regexp.MustCompile(`(?m)^(debug/|go/|github\.com/surcoat/surcoat/(internal/outside|middleware/(cgitrace/internal/` + devRooms + `(/entry)?|forwarded))$)`)
	devSymbols  = regexp.MustCompile(`(?m) (debug/|go/(scanner|token|ast)\.|github\.com/surcoat/surcoat/internal/outside\.|github\.com/surcoat/surcoat/middleware/cgitrace(/internal/` + devRooms + `[./]|\.\(\*(held|tee|collector|chain)\)|\.collect\b|\.productionEnvironment\b))`)
	devMarkers  = []string{"shadowrootmode", "vscode://", "Where it first panicked", "During handling of the above exception", "optimized out", "not yet assigned", "KUBERNETES_SERVICE_HOST", " --data-urlencode ", "Page.AllowHosts"}
)

// spec, production build: two binaries of one program, of which one holds nothing of the
// traceback and tells clients nothing of the panic.
func TestProductionHoldsNoTraceback(t *testing.T) {
	if cgitrace.Enabled {
		t.Skip("runs in the production build and builds both")
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command here: ", err)
	}
	run := func(args ...string) string {
		t.Helper()
		c := exec.Command(goTool, args...)
		var stderr bytes.Buffer
		c.Stderr = &stderr
		out, err := c.Output()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
		}
		return string(out)
	}
	for _, tags := range []string{"", "dev"} {
		t.Run("tags="+tags, func(t *testing.T) {
			dev := tags == "dev"
			binary := filepath.Join(t.TempDir(), "shop.exe")
			run("build", "-tags="+tags, "-o", binary, "./testdata/shop")

			packages := run("list", "-deps", "-tags="+tags, "./testdata/shop")
			if found := devPackages.FindString(packages); (found != "") != dev {
				t.Errorf("packages of the traceback: %q", found)
			}
			if rooms, want := strings.Count(packages, "middleware/cgitrace/internal/"), len(productionRooms.FindAllString(packages, -1)); (rooms > want) != dev || want != 2 {
				t.Errorf("%d internal packages, of which %d are for production", rooms, want)
			}
			if found := devSymbols.FindAllString(run("tool", "nm", binary), -1); (len(found) > 0) != dev {
				t.Errorf("symbols of the traceback: %d, such as %q", len(found), found[:min(3, len(found))])
			}
			content, err := os.ReadFile(binary)
			if err != nil {
				t.Fatal(err)
			}
			for _, marker := range devMarkers {
				if n := bytes.Count(content, []byte(marker)); (n > 0) != dev {
					t.Errorf("%q is in the binary %d times", marker, n)
				}
			}
			told := ask(t, binary)
			for _, secret := range []string{"order 7", "stock.db", "nil pointer", "main.go", "goroutine", "OrderError"} {
				if strings.Contains(told, secret) != dev {
					t.Errorf("the client was told %q: %t", secret, !dev)
				}
			}
		})
	}
}

// ask runs the shop and returns all that it tells clients of all kinds about its panics.
func ask(t *testing.T, binary string) string {
	c := exec.Command(binary, "127.0.0.1:0")
	c.Stderr = io.Discard
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	addr, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		t.Fatalf("the shop says %q, %v", line, err)
	}
	var told strings.Builder
	for _, path := range []string{"/checkout", "/stock", "/again", "/half"} {
		for _, accept := range []string{browser, "application/json", "*/*"} {
			r, _ := http.NewRequest("GET", "http://"+addr+path, nil)
			r.Header.Set("Accept", accept)
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Error(err)
				continue
			}
			_ = resp.Header.Write(&told)
			b, _ := io.ReadAll(resp.Body) // /half breaks off
			resp.Body.Close()
			told.Write(b)
		}
	}
	return told.String()
}
