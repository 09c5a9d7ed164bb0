package doctor

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const stNoexec = 8 // ST_NOEXEC of statfs(2)

// noexec reports whether the file system of path is mounted so, and where.
func noexec(path string) (m mount, is bool) {
	var st syscall.Statfs_t
	if syscall.Statfs(path, &st) != nil || st.Flags&stNoexec == 0 {
		return mount{}, false
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		real = path
	}
	table, _ := os.ReadFile("/proc/self/mountinfo")
	m = mountOf(string(table), real)
	return m, true
}

// mountOf finds the mount of a path in /proc/self/mountinfo (proc(5)): the one with the longest
// place, and of those the last, which covers the others.
func mountOf(table, path string) mount {
	best := mount{point: "/"}
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) < 6 {
			continue
		}
		point := unescape.Replace(fields[4])
		below := point == "/" || path == point || strings.HasPrefix(path, point+"/")
		if below && len(point) >= len(best.point) {
			best = mount{point, strings.TrimSpace(line)}
		}
	}
	return best
}

var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
