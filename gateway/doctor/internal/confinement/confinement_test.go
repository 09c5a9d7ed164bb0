package confinement_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/surcoat/surcoat/gateway/doctor/internal/confinement"
)

func put(t *testing.T, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestEnforcing(t *testing.T) {
	root := t.TempDir()
	if confinement.Enforcing(root) {
		t.Error("without SELinux")
	}
	for text, want := range map[string]bool{"1": true, "0": false, "1\n": true, "": false} {
		put(t, root, "sys/fs/selinux/enforce", text)
		if confinement.Enforcing(root) != want {
			t.Errorf("%q", text)
		}
	}
}

func TestMayBeScript(t *testing.T) {
	for label, want := range map[string]bool{
		"system_u:object_r:httpd_sys_script_exec_t:s0\x00": true,
		"system_u:object_r:bin_t:s0":                       true,
		"unconfined_u:object_r:git_script_exec_t:s0":       true,
		"unconfined_u:object_r:httpd_sys_content_t:s0":     false,
		"unconfined_u:object_r:user_home_t:s0":             false,
		"unconfined_u:object_r:tmp_t:s0":                   false,
		"odd":                                              true,
	} {
		if confinement.MayBeScript(label) != want {
			t.Error(label)
		}
	}
}

func TestProfile(t *testing.T) {
	root := t.TempDir()
	if p := confinement.Profile(root, "apache2"); p != "" {
		t.Errorf("without AppArmor: %s", p)
	}
	put(t, root, "sys/kernel/security/apparmor/profiles", "/usr/sbin/cupsd (enforce)\n/usr/sbin/apache2 (enforce)\nlighttpd (complain)\n")
	for server, want := range map[string]string{"apache2": "/usr/sbin/apache2", "lighttpd": "", "httpd": ""} {
		if p := confinement.Profile(root, server); p != want {
			t.Errorf("%s: %q, want %q", server, p, want)
		}
	}
}
