//go:build dev

package cgitrace_test

import (
	"bytes"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// variableSecrets are what testdata/hostile has in its variables, by the place.
var variableSecrets = planted{
	"variable": "planted-in-variable", "number": "77123456", "map key": "planted-in-session-key", "map value": "planted-in-map-value",
	"map key by shape": "planted-in-map-key", "field": "planted-in-field", "bytes": "planted-in-bytes", "number in a field": "48151623",
	"list": "planted-in-list", "map in a field": "planted-in-field-map", "type": "planted-in-any", "userinfo": "planted-in-userinfo",
	"DSN": "planted-in-dsn", "nested": "planted-in-nested-field", "key": new(big.Int).SetBytes(bytes.Repeat([]byte{0x5a}, 32)).String(), "captured": "planted-in-captured",
	"comment": "planted-in-comment", "source": "planted-in-source", "literal": "planted-in-literal",
	"beginning of a secret": requestSecrets["basic"][:len(requestSecrets["basic"])*3/4],
	"package variable":      "planted-in-package-variable", "URL in a package variable": "planted-in-package-url",
}

// In a program as developers build it, the variables of all frames are one more place
// where secrets are, and one more where they could show.
func TestProgramSecrets(t *testing.T) {
	dir := t.TempDir()
	env := []string{"HOSTILE_LOGDIR=" + dir}
	for name, value := range environment {
		env = append(env, name+"="+value)
	}
	p := run(t, compile(t), env...)
	for kind, inBody := range bodySecrets {
		for _, accept := range []string{browser, "application/json", "*/*"} {
			t.Run(kind+" as "+strings.ReplaceAll(accept[:3], "/", ""), func(t *testing.T) {
				r := sent(t, p.url, kind)
				r.Header.Set("Accept", accept)
				logged := len(p.log.String())
				resp, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				body, err := io.ReadAll(resp.Body)
				if err != nil || resp.StatusCode != 500 || !strings.Contains(string(body), "no access for") {
					t.Fatalf("%d, %v, %s", resp.StatusCode, err, body)
				}
				files, _ := filepath.Glob(filepath.Join(dir, "*"))
				if len(files) != 1 {
					t.Fatalf("files: %v", files)
				}
				file, _ := os.ReadFile(files[0])
				os.Remove(files[0])
				requestSecrets.with(inBody, variableSecrets).nowhere(t, map[string]string{
					"answer": string(body), "log": p.log.String()[logged:], "file": string(file),
				})
				complete(t, string(file))
				for _, harmless := range []string{"harmless-" + kind, "harmless-header", "harmless-query", "harmless-variable", "harmless-field", "harmless-key", "harmless-literal"} {
					if !strings.Contains(string(file), harmless) {
						t.Errorf("%s is masked", harmless)
					}
				}
			})
		}
	}
}
