package chain_test

import (
	"os/exec"
	"strings"
	"testing"
)

// The package promises to import nothing but the standard library.
func TestStandardLibraryOnly(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(string(out)); len(got) != 1 || !strings.HasSuffix(got[0], "/chain") {
		t.Errorf("beside the standard library it is made of %q, want itself alone", got)
	}
}
