package testserver

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Application is a server that a gateway's client speaks to: PHP-FPM, uWSGI, Tomcat.
type Application struct {
	*process

	// Addr is where it listens: "host:port", or "unix:" and a socket's path.
	Addr string
}

// PHPFPM starts PHP-FPM with so many processes, each of which serves one connection. settings are
// lines for its pool: "php_admin_value[memory_limit] = 16M".
func PHPFPM(tb testing.TB, processes int, settings ...string) *Application {
	tb.Helper()
	names := []string{"php-fpm"}
	found, _ := filepath.Glob("/usr/sbin/php-fpm*")
	program := Program(tb, "php-fpm", append(names, found...)...)
	dir := folder(tb, "fpm")
	socket := filepath.Join(dir, "s")
	conf := write(tb, dir, "fpm.conf", fmt.Sprintf(`[global]
error_log = /proc/self/fd/2
daemonize = no
[www]
user = %s
listen = %s
pm = static
pm.max_children = %d
catch_workers_output = no
php_admin_value[session.save_path] = %s
php_admin_value[upload_tmp_dir] = %s
php_admin_flag[log_errors] = on
php_admin_flag[display_errors] = off
%s
`, os.Getenv("USER"), socket, processes, dir, dir, strings.Join(settings, "\n")))
	command := []string{program, "-F", "-n", "-y", conf}
	if os.Geteuid() == 0 {
		command = append(command, "-R")
	}
	return launchApplication(tb, "php-fpm", dir, "unix:"+socket, command)
}

// UWSGI starts uWSGI, which speaks "uwsgi", "scgi" or "fastcgi", with a WSGI program, whose object is
// called application.
func UWSGI(tb testing.TB, protocol, file string) *Application {
	tb.Helper()
	program := Program(tb, "uwsgi-core uwsgi-plugin-python3", "uwsgi-core", "uwsgi")
	if _, err := os.Stat("/usr/lib/uwsgi/plugins/python3_plugin.so"); err != nil {
		missing(tb, "uWSGI's plugin for Python", "uwsgi-plugin-python3")
	}
	dir, addr := folder(tb, "uwsgi"), fmt.Sprintf("127.0.0.1:%d", freePort(tb))
	return launchApplication(tb, "uwsgi", dir, addr, []string{
		program, "--plugin", "python3", "--" + protocol + "-socket", addr, "--wsgi-file", file, "--processes", "1", "--threads", "8",
		"--die-on-term",
	})
}

// Tomcat starts Tomcat with its examples, at /examples, behind an AJP connector that wants a secret,
// and believes who the server in front says that the user is.
func Tomcat(tb testing.TB, secret string) *Application {
	tb.Helper()
	java := Program(tb, "default-jre-headless", "java")
	const home, examples = "/usr/share/tomcat10", "/usr/share/tomcat10-examples/examples"
	for path, debian := range map[string]string{home: "tomcat10", examples: "tomcat10-examples"} {
		if _, err := os.Stat(path); err != nil {
			missing(tb, path, debian)
		}
	}
	dir, port := folder(tb, "tomcat"), freePort(tb)
	for _, name := range []string{"conf", "logs", "temp", "webapps", "work"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			tb.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(home, "etc", "web.xml"))
	if err != nil {
		tb.Fatal(err)
	}
	write(tb, dir, "conf/web.xml", string(text))
	write(tb, dir, "conf/server.xml", fmt.Sprintf(`<Server port="-1"><Service name="Catalina">
<Connector protocol="AJP/1.3" address="127.0.0.1" port="%d" secret="%s" tomcatAuthentication="false"/>
<Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps">
<Context path="/examples" docBase="%s"><Resources allowLinking="true"/><JarScanner scanManifest="false" scanClassPath="false"/></Context>
</Host></Engine></Service></Server>
`, port, secret, examples))
	return launchApplication(tb, "tomcat", dir, fmt.Sprintf("127.0.0.1:%d", port), []string{
		java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-Xshare:auto",
		"-classpath", home + "/bin/bootstrap.jar:" + home + "/bin/tomcat-juli.jar",
		"-Dcatalina.home=" + home, "-Dcatalina.base=" + dir, "-Djava.io.tmpdir=" + dir + "/temp",
		"org.apache.catalina.startup.Bootstrap", "start",
	})
}

func write(tb testing.TB, dir, name, text string) string {
	tb.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
	return path
}

func launchApplication(tb testing.TB, name, dir, addr string, command []string) *Application {
	tb.Helper()
	if runtime.GOOS != "linux" {
		tb.Skip("NOT TESTED: the programs are started as Debian has them")
	}
	network, at := "tcp", addr
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		network, at = "unix", path
	}
	a := &Application{Addr: addr}
	a.process = &process{
		tb: tb, name: name, dir: dir, asked: terminate, command: command,
		answers: func() error {
			conn, err := net.Dial(network, at)
			if err == nil {
				_ = conn.Close()
			}
			return err
		},
	}
	a.launch()
	tb.Cleanup(a.Stop) // killed, PHP-FPM would leave its processes behind
	return a
}
