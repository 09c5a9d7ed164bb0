//go:build linux

package webserver_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/internal/webserver"
)

// TestDebian puts each file of docs/deploy where docs/deploy/README.md says, in a copy of Debian's
// own configuration, and has the server check it.
func TestDebian(t *testing.T) {
	if _, err := os.Stat("/etc/debian_version"); err != nil || os.Geteuid() != 0 {
		t.Skip("NOT TESTED: this is no Debian, or the user is not root, who alone may have port 80 checked")
	}
	t.Parallel()
	for server, check := range map[string]func(t *testing.T, etc, site string){
		"apache": underApache, "nginx": underNginx, "lighttpd": underLighttpd, "haproxy": underHaproxy,
	} {
		files, err := filepath.Glob(filepath.Join(*webserver.Deploy, server, "*.c*f*"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no files for %s: %v", server, err)
		}
		for _, file := range files {
			if strings.HasPrefix(filepath.Base(file), "global.") {
				continue
			}
			t.Run(server+"/"+filepath.Base(file), func(t *testing.T) {
				check(t, t.TempDir(), file)
			})
		}
	}
}

func underApache(t *testing.T, etc, site string) {
	apache := testserver.Program(t, "apache2", "apache2", "/usr/sbin/apache2")
	run(t, nil, "cp", "-r", "/etc/apache2/.", etc)
	text := read(t, site)
	env := []string{"APACHE_CONFDIR=" + etc, "APACHE_RUN_USER=www-data", "APACHE_RUN_GROUP=www-data", "APACHE_PID_FILE=" + etc + "/pid", "APACHE_RUN_DIR=" + etc, "APACHE_LOCK_DIR=" + etc, "APACHE_LOG_DIR=" + etc}
	modules := regexp.MustCompile(`(?m)^# a2enmod ([^;\n]*)`).FindStringSubmatch(text)
	if modules == nil {
		t.Fatal("the file does not say which modules it needs")
	}
	run(t, env, "a2enmod", append([]string{"-q", "mpm_event", "authz_core"}, strings.Fields(modules[1])...)...)
	write(t, filepath.Join(etc, "sites-available", "app.conf"), text)
	run(t, env, "a2ensite", "-q", "app")
	run(t, env, apache, "-t", "-d", etc, "-f", filepath.Join(etc, "apache2.conf"))
}

func underNginx(t *testing.T, etc, site string) {
	nginx := testserver.Program(t, "nginx", "nginx")
	main := strings.NewReplacer("/etc/nginx/sites-enabled/*", site, "/run/nginx.pid", etc+"/pid", "/var/log/nginx", etc).Replace(read(t, "/etc/nginx/nginx.conf"))
	if !strings.Contains(main, site) {
		t.Fatal("Debian's nginx.conf does not include sites-enabled")
	}
	write(t, filepath.Join(etc, "nginx.conf"), main)
	run(t, nil, nginx, "-t", "-q", "-c", filepath.Join(etc, "nginx.conf"), "-e", "stderr")
}

func underLighttpd(t *testing.T, etc, site string) {
	lighttpd := testserver.Program(t, "lighttpd", "lighttpd", "/usr/sbin/lighttpd")
	main := strings.NewReplacer("/etc/lighttpd/conf-enabled/*.conf", etc+"/*-app*.conf", "/var/log/lighttpd", etc).Replace(read(t, "/etc/lighttpd/lighttpd.conf"))
	if !strings.Contains(main, etc+"/*-app") {
		t.Fatal("Debian's lighttpd.conf does not include conf-enabled")
	}
	write(t, filepath.Join(etc, "lighttpd.conf"), main)
	write(t, filepath.Join(etc, "06-app-global.conf"), read(t, filepath.Join(filepath.Dir(site), "global.conf")))
	write(t, filepath.Join(etc, "50-app.conf"), read(t, site))
	run(t, nil, lighttpd, "-tt", "-f", filepath.Join(etc, "lighttpd.conf"))
}

func underHaproxy(t *testing.T, etc, site string) {
	haproxy := testserver.Program(t, "haproxy", "haproxy", "/usr/sbin/haproxy")
	global := read(t, filepath.Join(filepath.Dir(site), "global.cfg"))
	main := strings.Replace(read(t, "/etc/haproxy/haproxy.cfg"), "global\n", "global\n"+global, 1)
	write(t, filepath.Join(etc, "haproxy.cfg"), main+read(t, site))
	run(t, nil, haproxy, "-c", "-q", "-f", filepath.Join(etc, "haproxy.cfg"))
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run runs a command that has to succeed, and to say nothing of warnings.
func run(t *testing.T, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(strings.ToLower(string(out)), "warn") {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}
