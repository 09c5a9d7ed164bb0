package auth_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth"
)

// parts are what generated values of next are put together from: what the URL parser of the
// WHATWG treats in a way of its own, what proxies and handlers decode, and plain words.
var parts = []string{
	"/", "/", "/", "//", `\`, "/a", "/b", "a", "a-b", ".", "..", "/..", "/./", ":", ":80", "@", "?", "?x=y", "#", "#z", "&", "=", ";", "%",
	"\t", "\n", "\r", " ", "\x00", "\x0b", "\x1f", "\x7f", "\u00a0", "\ufeff", "\u2028", "é", "。", "／", "＼",
	"%2f", "%2F", "%5c", "%5C", "%09", "%0a", "%0d", "%00", "%2e", "%2e%2e", "%252f", "%255c", "%23", "%3f", "%40", "%c3%a9", "%ff", "%u2215",
	"evil.example", "site.example", "[::1]", "127.1", "0x7f.1", "user", "user:pw@",
	"http:", "https:", "HTTPS:", "javascript:", "data:", "blob:", "file:", "ws:", "about:blank", "http://", `https:\\`,
}

// generate returns n values, the hostile ones among them.
func generate(n int) []string {
	rng := rand.New(rand.NewPCG(26, 11))
	all := append([]string{}, hostile...)
	for len(all) < n {
		var b strings.Builder
		if rng.IntN(4) > 0 {
			b.WriteByte('/') // or most would be refused for their first byte
		}
		for range 1 + rng.IntN(7) {
			b.WriteString(parts[rng.IntN(len(parts))])
		}
		all = append(all, b.String())
	}
	return all
}

// asBrowsers resolves each line as a browser on the login page would, as it is and once more
// as it is after something on the way has decoded it, and prints those that leave the origin.
const asBrowsers = `
const base = "https://site.example/login";
const leaves = s => { try { return new URL(s, base).origin !== "https://site.example" } catch { return true } };
let count = 0;
for (const line of require("fs").readFileSync(0, "utf8").split("\n")) {
	if (!line) continue;
	count++;
	const next = JSON.parse(line);
	let decoded = next;
	try { decoded = decodeURI(next) } catch {}
	let all = next.split(/[?#]/)[0];
	try { all = decodeURIComponent(all) } catch {}
	if (leaves(next) || leaves(decoded) || leaves(all)) console.log(line);
}
console.log("looked at " + count);
`

// spec 23: against the URL parser that browsers have, which Node has too.
func TestNextAsBrowsersReadIt(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("Node is missing; install the package nodejs")
		}
		t.Skip("SKIPPED: there is no Node, whose URL parser this asks")
	}
	const n = 200_000
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Session{From: (&state{}).from}}, LoginPath: "/login", Home: "/home"}
	values := generate(n)
	var in bytes.Buffer
	taken := 0
	for _, next := range values {
		got := guard.Next(withNext(next))
		if got != "/home" {
			taken++
			if got != next {
				t.Errorf("next %q: %q, which nobody asked for", next, got)
			}
		}
		line, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	if taken < n/100 {
		t.Errorf("%d of %d were taken: too few to tell anything", taken, n)
	}
	script := func(in *bytes.Buffer) string {
		cmd := exec.Command(node, "-e", asBrowsers)
		cmd.Stdin = in
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("node: %v\n%s", err, out)
		}
		return string(out)
	}
	if got := script(&in); got != "looked at 200000\n" {
		t.Errorf("these leave the origin:\n%s", got)
	}
	t.Logf("%d of %d values of next were taken, and none of them leaves", taken, n)

	// The script finds what does leave.
	if got := script(bytes.NewBufferString("\"/\\\\evil.example\"\n\"//evil.example\"\n\"/ok\"\n")); got != "\"/\\\\evil.example\"\n\"//evil.example\"\nlooked at 3\n" {
		t.Errorf("the script says %q", got)
	}
}
