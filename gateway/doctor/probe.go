package doctor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/surcoat/surcoat/gateway/doctor/internal/account"
)

// Fetched is what came when a known-good program was asked for through the server.
type Fetched struct {
	// URL is the program's.
	URL string `json:"url"`
	// Status is the answer's, 0 where there was none.
	Status int `json:"status,omitempty"`
	// ContentType is the answer's.
	ContentType string `json:"contentType,omitempty"`
	// Server is what the server calls itself.
	Server string `json:"server,omitempty"`
	// Ran says that the server ran the program.
	Ran bool `json:"ran"`
	// Env is what the program found then: user, groups, cwd, PATH, and variables of CGI.
	Env map[string]string `json:"env,omitempty"`
}

// String is one line, and what the program found.
func (f *Fetched) String() string {
	var b strings.Builder
	if f.Status == 0 {
		return f.URL + ": no answer"
	}
	fmt.Fprintf(&b, "%s: status %d", f.URL, f.Status)
	if f.ContentType != "" {
		b.WriteString(", " + f.ContentType)
	}
	if f.Server != "" {
		b.WriteString(", from " + f.Server)
	}
	if f.Ran {
		b.WriteString("; the server ran the program\n")
		for _, name := range probed {
			fmt.Fprintf(&b, "  %-17s %s\n", name, f.Env[name])
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// probed are the names in [Fetched.Env].
var probed = []string{"user", "groups", "cwd", "umask", "PATH", "SERVER_SOFTWARE", "GATEWAY_INTERFACE", "SCRIPT_NAME", "SCRIPT_FILENAME"}

// probe is a program that is known to be good, and how it is recognised. In its source the word
// for having run does not stand together with the nonce.
const probe = `#!/bin/sh
# "surcoat doctor" has put this here for a moment. It can be deleted.
nonce=NONCE
echo "Content-Type: text/plain"
echo
echo "surcoat-probe-ran:$nonce"
echo "user=$(id -un)"
echo "groups=$(id -Gn)"
echo "cwd=$(pwd)"
echo "umask=$(umask)"
echo "PATH=$PATH"
echo "SERVER_SOFTWARE=$SERVER_SOFTWARE"
echo "GATEWAY_INTERFACE=$GATEWAY_INTERFACE"
echo "SCRIPT_NAME=$SCRIPT_NAME"
echo "SCRIPT_FILENAME=$SCRIPT_FILENAME"
`

const maxFetched = 256 << 10

// Probe puts a known-good program of a random name into a folder, fetches it from below the URL
// that the folder has at the server, and says what the server did with it. The program is a shell
// script whose name ends with ".cgi"; it says who and where it is. It is removed again before Probe
// returns, also when ctx is done.
//
// Where the server did not run it, what [Examine] finds with the options is found too.
//
// An error says that there was no probe: the URL is none, or the folder cannot be written.
func Probe(ctx context.Context, at, dir string, o Options) (report *Report, err error) {
	base, err := url.Parse(at)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("doctor: %q is not the URL of a folder, such as http://localhost/cgi-bin/", at)
	}
	nonce := rand.Text()
	file, err := install(dir, nonce)
	if err != nil {
		return nil, fmt.Errorf("doctor: the program cannot be put into the folder: %w", err)
	}
	p := &probing{ctx: ctx, file: file, nonce: nonce, options: o, report: &Report{File: file}}
	defer func() {
		if remove := os.Remove(file); remove != nil && report != nil {
			report.Findings = append(report.Findings, Finding{
				Level: Warning, Cause: LeftBehind, File: file, Text: "The program could not be removed again.",
				Evidence: remove.Error(), Fix: "Remove it:", Command: "rm " + quote(file),
			})
		}
	}()
	p.report.Fetched = &Fetched{URL: base.JoinPath(filepath.Base(file)).String()}
	p.fetch()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("doctor: %s: %w", at, context.Cause(ctx))
	}
	p.examine()
	p.report.sort()
	return p.report, nil
}

// install writes the program. It belongs to the folder's owner, where that can be, as suexec wants.
func install(dir, nonce string) (path string, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, "surcoat-probe-"+strings.ToLower(rand.Text()[:12])+".cgi")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(path)
		}
	}()
	_, err = io.WriteString(f, strings.Replace(probe, "NONCE", nonce, 1))
	// By the open file: the folder's owner may have put something else at the path meanwhile.
	err = errors.Join(err, f.Chmod(0o755)) // whatever the umask
	if owner, err := account.Stat(dir); err == nil && os.Geteuid() == 0 && owner.UID > 0 {
		_ = f.Chown(owner.UID, owner.GID)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	return path, nil
}

// probing is the work on one server.
type probing struct {
	ctx     context.Context
	file    string
	nonce   string
	options Options
	report  *Report
}

func (p *probing) find(f Finding) {
	f.Level = max(f.Level, Warning)
	if f.File == "" {
		f.File = p.report.Fetched.URL
	}
	p.report.Findings = append(p.report.Findings, f)
}

// fetch asks the server for the program.
func (p *probing) fetch() {
	timeout := p.options.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	transport := &http.Transport{DisableKeepAlives: true} // and no proxy
	defer transport.CloseIdleConnections()
	client := &http.Client{
		Transport: transport, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	f := p.report.Fetched
	r, err := http.NewRequestWithContext(p.ctx, http.MethodGet, f.URL, nil)
	if err != nil {
		p.unreachable(err, timeout)
		return
	}
	resp, err := client.Do(r)
	if err != nil {
		p.unreachable(err, timeout)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxFetched))
	f.Status, f.ContentType, f.Server = resp.StatusCode, resp.Header.Get("Content-Type"), resp.Header.Get("Server")
	if err != nil && len(body) == 0 {
		p.unreachable(err, timeout)
		return
	}
	p.judge(string(body), resp.Header.Get("Location"))
}

func (p *probing) unreachable(err error, timeout time.Duration) {
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		p.find(Finding{
			Level: Fault, Cause: TimedOut, Evidence: err.Error(), Text: fmt.Sprintf("The server did not answer within %v.", timeout),
			Fix: "See in its log what it waits for: a program that hangs, too few processes, a server behind it that is gone.",
		})
		return
	}
	p.find(Finding{
		Level: Fault, Cause: ServerUnreachable, Evidence: err.Error(), Text: "There is no server at that URL.",
		Fix: "Start it, or see whether address, port and scheme are its:", Command: "ss -ltnp",
	})
}

func (p *probing) judge(body, location string) {
	f := p.report.Fetched
	_, out, ran := strings.Cut(body, "surcoat-probe-ran:"+p.nonce+"\n")
	status := fmt.Sprint("status ", f.Status)
	switch {
	case ran && f.Status == http.StatusOK:
		f.Ran, f.Env = true, make(map[string]string)
		for line := range strings.Lines(out) {
			if name, value, ok := strings.Cut(strings.TrimRight(line, "\n"), "="); ok {
				f.Env[name] = value
			}
		}
		p.report.User = f.Env["user"]
		if kind, _, _ := strings.Cut(f.ContentType, ";"); strings.TrimSpace(kind) != "text/plain" {
			p.find(Finding{
				Level: Warning, Cause: WrongContentType, Evidence: "Content-Type: " + f.ContentType,
				Text: "The server ran the program, but did not hand on its Content-Type, text/plain.",
				Fix:  "Look for ForceType, Header set Content-Type, or a proxy that changes it.",
			})
		}
	case strings.Contains(body, "nonce="+p.nonce):
		p.find(Finding{
			Level: Fault, Cause: SourceReturned, Evidence: status + ", " + f.ContentType + "\n" + beginning([]byte(body)),
			Text: "The server sent the program's source: it is not told that this is a CGI program. Everybody can read what is in your programs, passwords too.",
			Fix:  tell(f.Server, filepath.Dir(p.file)),
		})
	case f.Status/100 == 3:
		p.find(Finding{
			Level: Fault, Cause: Redirected, Evidence: status + "\nLocation: " + location, Text: "The server answers with another address.",
			Fix: "Probe that address (https, another name), or see what sends there: Redirect, RewriteRule, a login.",
		})
	case f.Status == http.StatusForbidden, f.Status == http.StatusUnauthorized:
		p.find(Finding{
			Level: Fault, Cause: Forbidden, Evidence: status, Text: "The server refuses to give or to run it.",
			Fix: "For Apache: Require all granted, and Options +ExecCGI. For all: folders that its user may enter. Its error log has the reason.",
		})
	case f.Status == http.StatusNotFound, f.Status == http.StatusGone:
		p.find(Finding{
			Level: Fault, Cause: NotFound, Evidence: status, Text: "The server does not know it: the folder is not what that URL shows.",
			Fix: "See where the URL leads: ScriptAlias, Alias, DocumentRoot, the virtual host (by name or port), alias.url.",
		})
	case f.Status >= 500:
		p.find(Finding{
			Level: Fault, Cause: ServerError, Evidence: status, Text: "The server could not run the program, though it is known to be good.",
			Fix: "Its error log has the reason:", Command: "tail -n 20 /var/log/apache2/error.log /var/log/httpd/error_log /var/log/lighttpd/error.log",
		})
	default:
		p.find(Finding{
			Level: Fault, Cause: OtherContent, Evidence: status + ", " + f.ContentType + "\n" + beginning([]byte(body)),
			Text: "Something else than the program answers at that address.",
			Fix:  "See what takes it: a ProxyPass, a rule for all paths (index.php, a single-page application), an in-server interpreter.",
		})
	}
}

// tell says how a server is told.
func tell(server, dir string) string {
	switch name, _, _ := strings.Cut(strings.ToLower(server), "/"); name {
	case "lighttpd":
		return "lighty-enable-mod cgi, and cgi.assign for this URL: $HTTP[\"url\"] =~ \"^/cgi-bin/\" { cgi.assign = ( \"\" => \"\" ) }"
	case "nginx":
		return "nginx runs no CGI programs: run fcgiwrap, or surcoat serve, and name its socket with fastcgi_pass."
	case "apache":
		return fmt.Sprintf("a2enmod cgid, and ScriptAlias /cgi-bin/ %s/; or <Directory %q> Options +ExecCGI, SetHandler cgi-script </Directory>.", dir, dir)
	}
	return "Tell it so, as its manual says of CGI. For Apache that is ScriptAlias, for lighttpd cgi.assign."
}

// examine looks for the reason in the file's surroundings, where the server did not run it.
func (p *probing) examine() {
	f := p.report.Fetched
	if f.Ran || f.Status == 0 {
		return
	}
	r, err := Examine(p.ctx, p.file, p.options)
	if err != nil {
		p.report.Unchecked = append(p.report.Unchecked, err.Error())
		return
	}
	p.report.User = r.User
	p.report.Findings = append(p.report.Findings, r.Findings...)
	p.report.Unchecked = append(p.report.Unchecked, r.Unchecked...)
}
