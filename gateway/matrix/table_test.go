package matrix_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/internal/webserver"
)

const parity = "../../docs/parity.md"

// TestTable compares docs/parity.md with the cases and the known differences, which TestMatrix
// compares with the servers.
func TestTable(t *testing.T) {
	text := document(webserver.Paths(), probes(), differences)
	if *update {
		if err := os.WriteFile(parity, []byte(strings.Replace(text, "VERSIONS", versions(t), 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	written, err := os.ReadFile(parity)
	if err != nil {
		t.Fatal(err)
	}
	before, after, _ := strings.Cut(text, "VERSIONS")
	if !strings.HasPrefix(string(written), before) || !strings.HasSuffix(string(written), after) {
		t.Error("docs/parity.md is not what the tests say; write it with go test ./gateway/matrix -run Table -update")
	}
}

const preface = `# Parity

One program behind every web server by every protocol, beside the same program that serves HTTP by itself: what its
handler sees of a request, and what the client gets. Written by [gateway/matrix](../gateway/matrix); do not edit. The
configuration is that of [deploy](deploy/README.md), to the letter.

A point says that there is no difference. A number is that of a difference below; the test fails for each that is not
listed, and for each that is listed and not there. What belongs to one connection (Connection, Transfer-Encoding) is
compared where the case is about it only.

Servers: VERSIONS.

`

// document writes docs/parity.md, but for the versions.
func document(paths []webserver.Path, list []probe, known []difference) string {
	var b strings.Builder
	b.WriteString(preface)
	b.WriteString("| |")
	for _, path := range paths[1:] {
		fmt.Fprintf(&b, " %s<br>%s |", path.Server, path.Protocol)
	}
	b.WriteString("\n|---|" + strings.Repeat(":-:|", len(paths)-1) + "\n")
	for _, p := range list {
		fmt.Fprintf(&b, "| %s |", escape(p.name))
		for _, path := range paths[1:] {
			cell := ""
			for i, d := range known {
				if d.on(path, p.name) {
					cell += fmt.Sprintf(" [%d](#%d)", i+1, i+1)
				}
			}
			if cell == "" {
				cell = " ·"
			}
			b.WriteString(cell + " |")
		}
		b.WriteString("\n")
	}
	b.WriteString("\n## The differences\n\n")
	for i, d := range known {
		where := "`" + strings.Join(strings.Fields(d.paths), "` `") + "`"
		mostly := ""
		if d.sometimes {
			mostly = ", not always"
		}
		fmt.Fprintf(&b, "<a id=\"%d\"></a>%d. %s%s (%s): %s.\n\n", i+1, i+1, capital(d.what), mostly, where, d.why)
	}
	return strings.TrimSpace(b.String()) + "\n"
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// escape is for a cell of a table.
func escape(name string) string {
	for _, c := range []string{"\\", "<", "[", "_", "*", "|", "`"} {
		name = strings.ReplaceAll(name, c, "\\"+c)
	}
	return name
}

// versions are those of the servers here.
func versions(t *testing.T) string {
	t.Helper()
	var list []string
	for _, command := range [][]string{{"apache2", "-v"}, {"nginx", "-v"}, {"lighttpd", "-v"}, {"haproxy", "-v"}} {
		out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
		if err != nil {
			t.Fatal(err)
		}
		line, _, _ := strings.Cut(string(out), "\n")
		line = strings.TrimPrefix(strings.TrimPrefix(line, "Server version: "), "nginx version: ")
		line, _, _ = strings.Cut(line, " - ")
		line, _, _ = strings.Cut(line, " 20")
		list = append(list, strings.TrimSpace(line))
	}
	return strings.Join(list, "; ")
}
