// Package confinement tells what security modules of the kernel have to do with a file, as far as
// can be seen without their tools.
package confinement

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
)

// Enforcing reports whether SELinux is on and enforcing. root is "/", but in tests.
func Enforcing(root string) bool {
	b, err := os.ReadFile(filepath.Join(root, "sys/fs/selinux/enforce"))
	return err == nil && strings.TrimSpace(string(b)) == "1"
}

// MayBeScript reports whether the server's domain may run files of that label
// ("user:role:type:level") as CGI programs, under the policy that distributions have. It knows the
// usual types only.
func MayBeScript(label string) bool {
	fields := strings.Split(strings.TrimRight(label, "\x00"), ":")
	if len(fields) < 3 {
		return true
	}
	kind := fields[2]
	switch kind {
	case "bin_t", "usr_t", "lib_t", "shell_exec_t", "unconfined_exec_t":
		return true
	}
	return strings.HasPrefix(kind, "httpd_") && strings.Contains(kind, "exec_t") || strings.HasSuffix(kind, "_script_exec_t")
}

// Profile returns the AppArmor profile that confines the server, "" if there is none that is
// enforced. Only root may read the list.
func Profile(root, server string) string {
	f, err := os.Open(filepath.Join(root, "sys/kernel/security/apparmor/profiles"))
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, mode, _ := strings.Cut(lines.Text(), " (")
		base := filepath.Base(name)
		if mode == "enforce)" && base != "." && (base == server || strings.HasSuffix(name, "/"+server)) {
			return name
		}
	}
	return ""
}
