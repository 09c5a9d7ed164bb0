//go:build dev && (linux || windows) && (amd64 || arm64)

package inspect_test

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/inspect"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// survival is what came of values that are garbage, or that change.
type survival struct {
	Values, Characters int
	Millis             int64
	Spoiled            []string
	Error              string
}

// Stacks whose words were overwritten with garbage, with true pointers of wrong types for the
// most part, cost neither the process nor much time.
func TestCorruptSoak(t *testing.T) {
	n := 50_000 // in each way
	if os.Getenv("SOAK") != "" {
		n = 2_000_000
	}
	for i, tt := range []struct {
		name  string
		build *build
		env   []string
	}{
		{"read by the kernel", whole, nil},
		{"read by loads", whole, []string{"REFUSE=1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var s survival
			tt.build.run(t, &s, tt.env, "corrupt", strconv.Itoa(n), strconv.Itoa(os.Getpid()+i))
			t.Logf("%d values, %d characters, %d ms", s.Values, s.Characters, s.Millis)
			if s.Error != "" || len(s.Spoiled) > 0 || s.Values < n {
				t.Errorf("%+v", s)
			}
		})
	}
}

// What other goroutines change meanwhile is shown as whatever it was.
func TestMutated(t *testing.T) {
	t.Parallel()
	for _, env := range [][]string{nil, {"REFUSE=1"}} {
		var s survival
		whole.run(t, &s, env, "mutate", "500")
		t.Logf("%d values, %d characters, %d ms", s.Values, s.Characters, s.Millis)
		if s.Error != "" || len(s.Spoiled) > 0 || s.Values < 10_000 {
			t.Errorf("%+v", s)
		}
	}
}

// Values that are far too large make a page that is not.
func TestBounds(t *testing.T) {
	t.Parallel()
	var e struct {
		Variables, Nodes, Bytes int
		Millis                  int64
		Shown                   map[string]string
		Error                   string
	}
	whole.run(t, &e, nil, "bounds")
	t.Logf("%d variables, %d nodes, %d bytes of JSON, %d ms: %q", e.Variables, e.Nodes, e.Bytes, e.Millis, e.Shown)
	if e.Error != "" || e.Variables < 250 {
		t.Fatalf("%d variables: %s", e.Variables, e.Error)
	}
	if e.Bytes > 700<<10 || e.Millis > 5000 {
		t.Errorf("%d bytes in %d ms", e.Bytes, e.Millis)
	}
	for name, want := range map[string]string{"m": "map of 5000 49", "big": "0x0000", "text": `"xxxx`, "r": "&{…} 0", "pointers": "&", "chain": "&{…}"} {
		if !strings.HasPrefix(e.Shown[name], want) {
			t.Errorf("%s is %s", name, e.Shown[name])
		}
	}
}

// What cannot be shown spoils itself and nothing else.
func TestBroken(t *testing.T) {
	if n := inspect.Broken(); n.Name != "x" || !strings.HasPrefix(n.Note, "cannot be shown: ") {
		t.Errorf("it is %+v", n)
	}
}

// Secrets in variables are masked by name, type, shape, taint, and by what stands beside them; what
// is none is shown.
func TestSecrets(t *testing.T) {
	t.Parallel()
	var nodes []value.Node
	whole.run(t, &nodes, nil, "secrets")
	shown := make(map[string]string)
	for _, n := range nodes {
		b, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		if at := strings.Index(string(b), "planted"); at >= 0 {
			t.Errorf("%s has %.60s", n.Name, b[at:])
		}
		for _, leak := range []string{"706c616e746564", "112", "918273", "q7x"} { // in hexadecimal, as numbers
			if strings.Contains(string(b), leak) {
				t.Errorf("%s has %s: %.300s", n.Name, leak, b)
			}
		}
		shown[n.Name] = n.String()
	}
	for name, want := range map[string]string{
		"password": "REDACTED", "p": "*main.Password(REDACTED)", "list": "[]main.Password(REDACTED)", "key": "main.APIKey(REDACTED)",
		"m": `map[string]string{REDACTED: "as a key", api_key: REDACTED, colour: REDACTED}`, "h": `http.Header{Accept: []string{"*/*"}, Authorization: REDACTED, X-Auth-Key: REDACTED}`,
		"l": `main.login{User: "ada", Password: REDACTED, pin: REDACTED, BackupCode: REDACTED, hasToken: true}`, "settings": `[]main.setting{main.setting{Name: "db_password", Value: REDACTED}, main.setting{Name: "colour", Value: REDACTED}}`,
		"private": "*tls.Certificate(REDACTED)", "nilKey": "*ecdsa.PrivateKey(nil)", "u": "*url.URL(https://REDACTED@h/?access_token=REDACTED&page=2)", "copyOf": `"it was REDACTED all along"`,
		"empty": "map[string]string(map of 0)", "environ": `[]string{"HOME=/home/ada", "SECRET_KEY=REDACTED"}`,
	} {
		if shown[name] != want {
			t.Errorf("%s is %s, want %s", name, shown[name], want)
		}
	}
}
