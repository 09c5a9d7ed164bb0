package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/surcoat/surcoat/gateway/doctor/internal/account"
	"github.com/surcoat/surcoat/gateway/doctor/internal/apacheconf"
	"github.com/surcoat/surcoat/gateway/doctor/internal/lighttpdconf"
	"github.com/surcoat/surcoat/gateway/doctor/internal/serving"
)

// served is what the server's configuration says.
type served struct {
	config string
	answer serving.Answer
}

func (s *served) user() string {
	if s.answer.Suexec != "" {
		return s.answer.Suexec
	}
	return s.answer.User
}

// interpreter is what the server runs the file with, "" where it runs the file itself.
func (e *examination) interpreter() string {
	if e.served == nil {
		return ""
	}
	return e.served.answer.Interpreter
}

func (e *examination) readConfig() error {
	path, err := filepath.Abs(e.options.Config)
	if err != nil {
		return fmt.Errorf("doctor: %s: %w", e.options.Config, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("doctor: the server's configuration: %w", err)
	}
	s := &served{config: path}
	switch serverOf(path, string(text)) {
	case "nginx":
		s.answer = nginx(path)
	case "lighttpd":
		s.answer, err = lighttpdconf.Ask(path, e.file)
	default:
		s.answer, err = apacheconf.Ask(path, e.file)
	}
	if err != nil {
		return fmt.Errorf("doctor: the server's configuration: %w", err)
	}
	if s.answer.Path != "" {
		e.searchPath = s.answer.Path
	}
	e.served = s
	return nil
}

var (
	lighttpdKey  = regexp.MustCompile(`(?m)^\s*(server|cgi|alias|index-file|url|var)\.[a-z-]+\s*(\+|:)?=`)
	nginxSection = regexp.MustCompile(`(?m)^\s*(http|events|server|location\s[^{]*)\s*\{`)
)

// serverOf tells whose a configuration is, by what it looks like.
func serverOf(path, text string) string {
	switch {
	case lighttpdKey.MatchString(text):
		return "lighttpd"
	case nginxSection.MatchString(text), filepath.Base(path) == "nginx.conf":
		return "nginx"
	}
	return "apache"
}

func nginx(config string) serving.Answer {
	a := serving.Answer{Server: "nginx"}
	a.Add(serving.Problem{
		Cause: serving.NoCGI, Sure: true,
		Text:     "nginx runs no CGI programs: it sends them as files, or speaks FastCGI to another program that runs them.",
		Evidence: config,
		Fix:      "Run fcgiwrap, or surcoat serve, and name its socket with fastcgi_pass.",
		Command:  "apt-get install fcgiwrap   # then see /usr/share/doc/fcgiwrap/examples/nginx.conf",
	})
	return a
}

// checkServed tells what the configuration says of the file.
func (e *examination) checkServed() {
	if e.served == nil {
		e.unchecked("whether the server is told that this is a CGI program: name its configuration (--config /etc/apache2/apache2.conf)")
		return
	}
	a := e.served.answer
	for _, u := range a.Unread {
		e.unchecked("%s", u)
	}
	for _, p := range a.Problems {
		level := Warning
		if p.Sure {
			level = Fault
		}
		e.find(Finding{
			Level: level, Cause: Cause(p.Cause), File: e.served.config, Text: p.Text, Evidence: p.Evidence, Fix: p.Fix, Command: p.Command,
		})
	}
	e.checkPrivateTmp(a.Server)
}

// units are the servers' services, in which systemd may hide folders.
var units = map[string][]string{"Apache": {"apache2", "httpd"}, "lighttpd": {"lighttpd"}, "nginx": {"nginx"}}

// checkPrivateTmp finds a program in a temporary folder of which the server has another one
// (systemd.exec(5), PrivateTmp).
func (e *examination) checkPrivateTmp(server string) {
	if !strings.HasPrefix(e.file, "/tmp/") && !strings.HasPrefix(e.file, "/var/tmp/") || !strings.HasPrefix(e.served.config, "/etc/") {
		return
	}
	for _, unit := range units[server] {
		for _, dir := range []string{"/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"} {
			path := filepath.Join(dir, unit+".service")
			text, err := os.ReadFile(path)
			if err == nil && regexp.MustCompile(`(?mi)^PrivateTmp=(true|yes|1|on)\s*$`).Match(text) {
				e.find(Finding{
					Level: Warning, Cause: PrivateTmp, File: path, Evidence: path + ": PrivateTmp=true",
					Text: "The service has a /tmp and /var/tmp of its own: the server does not see this file.",
					Fix:  "Move the program to where CGI programs are, such as /usr/lib/cgi-bin.",
				})
				return
			}
		}
	}
}

// minUID is Debian's for suexec, lower than others'.
const minUID = 100

// checkSuexec examines what suexec asks of a program (httpd.apache.org/docs/2.4/suexec.html).
func (e *examination) checkSuexec() {
	if e.served == nil || e.served.answer.Suexec == "" {
		return
	}
	f, err := account.Stat(e.file)
	if err != nil {
		return
	}
	dir := filepath.Dir(e.file)
	d, err := account.Stat(dir)
	if err != nil {
		return
	}
	refuse := func(path, text, evidence, command string) {
		e.find(Finding{
			Level: Fault, Cause: SuexecRefuses, File: path, Text: "suexec refuses the program: " + text, Evidence: evidence,
			Fix: "Change that, or do without SuexecUserGroup. suexec.log says what it refuses.", Command: command,
		})
	}
	owned := fmt.Sprintf("chown %s:%s ", e.user.Name, account.GroupName(e.user.GID))
	switch {
	case f.UID < 0:
	case e.user.UID < minUID:
		refuse(e.file, fmt.Sprintf("its user %s has a number below %d.", e.user.Name, minUID), fmt.Sprint("uid ", e.user.UID), "")
	case f.UID != e.user.UID || f.GID != e.user.GID:
		refuse(e.file, "it does not belong to "+e.user.Name+" and that user's group.", f.String()+" "+e.file, owned+quote(e.file))
	case d.UID != e.user.UID || d.GID != e.user.GID:
		refuse(dir, "its folder does not belong to "+e.user.Name+" and that user's group.", d.String()+" "+dir, owned+quote(dir))
	case f.Mode&0o022 != 0:
		refuse(e.file, "others than its owner may write it.", f.String()+" "+e.file, "chmod go-w "+quote(e.file))
	case d.Mode&0o022 != 0:
		refuse(dir, "others than the owner may write its folder.", d.String()+" "+dir, "chmod go-w "+quote(dir))
	case f.Mode&(os.ModeSetuid|os.ModeSetgid) != 0:
		refuse(e.file, "it is setuid or setgid.", f.String()+" "+e.file, "chmod u-s,g-s "+quote(e.file))
	}
	e.unchecked("whether the program is below the folder that suexec was built for: suexec -V says AP_DOC_ROOT")
}
