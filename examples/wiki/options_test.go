package main

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway"
)

// Every flag can be said in the environment, and the command line goes before it.
func TestEnvironment(t *testing.T) {
	for name, value := range map[string]string{
		"WIKI_LISTEN": "scgi://localhost:4000", "WIKI_MOUNT": "/wiki", "WIKI_DATA": "/some/where", "WIKI_NAME": "Ours", "WIKI_SESSIONS": "cookie",
		"WIKI_ADMIN": "Anna", "WIKI_TRUST_PROXY": "10.0.0.5, 192.0.2.0/24", "WIKI_AJP_SECRET_FILE": "/a/secret", "WIKI_INSECURE": "true",
	} {
		t.Setenv(name, value)
	}
	var log buffer
	o, _, ok := parse([]string{"--name", "Mine", "--trust-proxy", "::1"}, gateway.Detection{}, &log)
	if !ok {
		t.Fatalf("it is refused:\n%s", &log)
	}
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.5/32"), netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("::1/128")}
	if o.listen != "scgi://localhost:4000" || o.mount != "/wiki" || o.data != "/some/where" || o.name != "Mine" || o.sessions != inCookie ||
		o.admin != "Anna" || !slices.Equal(o.proxies, proxies) || o.secretFile != "/a/secret" || !o.insecure {
		t.Errorf("%+v", o)
	}
	t.Setenv("WIKI_INSECURE", "perhaps")
	if _, code, ok := parse(nil, gateway.Detection{}, &log); ok || code != exitUsage || !strings.Contains(log.String(), "WIKI_INSECURE in the environment") {
		t.Errorf("exit code %d\n%s", code, &log)
	}
}

// started is how a program was that is to listen at an address, or, at "", has a socket or a
// request.
func started(p gateway.Protocol, at string) gateway.Detection {
	a := gateway.Address{Protocol: p, Address: at}
	if at != "" {
		a.Network = "tcp"
	}
	return gateway.Detection{Address: a}
}

// What was not said depends on how the program was started.
func TestStarted(t *testing.T) {
	hand := started(gateway.HTTP, "127.0.0.1:8080")
	port := started(gateway.HTTP, ":3000")
	systemd := started(gateway.HTTP, "")
	server := started(gateway.Any, "")
	cgi := started(gateway.CGI, "")
	const tls = "--cert=c --key=k"
	for _, c := range []struct {
		name     string
		started  gateway.Detection
		args     string
		url      string // to listen at
		sessions string
		wrong    string
	}{
		{"by hand", hand, "", "http://127.0.0.1:8080", inFile, ""},
		{"by hand, with a certificate", hand, tls, "https://127.0.0.1:8080", inFile, ""},
		{"told", hand, "--listen fcgi+unix:///run/x.sock", "fcgi+unix:///run/x.sock", inFile, ""},
		{"told its sessions", hand, "--sessions cookie", "http://127.0.0.1:8080", inCookie, ""},
		{"$PORT", port, "", "http://:3000", inFile, ""},
		{"systemd", systemd, "", "", inFile, ""},
		{"systemd, told", systemd, "--listen fcgi:", "", inFile, ""},
		{"a web server, which may start several", server, "", "", inCookie, ""},
		{"a web server, which is said to start one", server, "--sessions bolt", "", inFile, ""},
		{"a web server, but told", server, "--listen http://localhost:1", "http://localhost:1", inFile, ""},
		{"CGI", cgi, "", "", inCookie, ""},
		{"CGI with a file", cgi, "--sessions bolt", "", "", "sessions cannot be in a file"},
		{"told that it is CGI", hand, "--listen cgi:", "", inCookie, ""},
		{"a certificate for http", hand, tls + " --listen http://localhost:1", "", "", "--cert and --key are for https"},
		{"https without a certificate", hand, "--listen https://localhost:1", "", "", "--cert FILE and --key FILE"},
		{"half a certificate", hand, "--cert=c", "", "", "go together"},
		{"mounted at no path", hand, "--mount wiki", "", "", "begins with a slash"},
		{"mounted at an escaped path", hand, "--mount /a%20b", "", "", "unescaped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log buffer
			o, _, ok := parse(append([]string{"--data", "x"}, strings.Fields(c.args)...), c.started, &log)
			if ok != (c.wrong == "") || !strings.Contains(log.String(), c.wrong) {
				t.Fatalf("%t\n%s", ok, &log)
			}
			if ok && (o.url() != c.url || o.sessions != c.sessions) {
				t.Errorf("it is at %q, sessions in %q", o.url(), o.sessions)
			}
		})
	}
}

// What the log says leads to the wiki, wherever it is.
func TestLinksInTheLog(t *testing.T) {
	var log buffer
	stop := startRun(t, &log, "--listen", "http://localhost:0", "--mount", "/our wiki", "--data", t.TempDir())
	url := log.url(t)
	if !strings.HasSuffix(url, "/our%20wiki/") || !strings.Contains(log.String(), url+"administrator?key=") {
		t.Errorf("the log:\n%s", &log)
	}
	newPerson(t, strings.TrimSuffix(url, "/")).get("/wiki/Welcome").is(200, `href="/our%20wiki/recent"`)
	stop()

	var behind buffer
	stop = startRun(t, &behind, "--listen", "fcgi://localhost:0", "--mount", "/wiki", "--data", t.TempDir())
	behind.says(t, "gateway: serving")
	if !strings.Contains(behind.String(), `link="/wiki/administrator?key=`) || ready.MatchString(behind.String()) {
		t.Errorf("the log:\n%s", &behind)
	}
	stop()
}
