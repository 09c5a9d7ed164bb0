package webserver

import (
	"crypto/rand"
	"os"
)

// program is a process of the program, which serves one protocol at one place.
type program struct {
	build   *build
	name    string // of the process: the protocol, or "ajp-open"
	url     string // for --listen
	network string // for net.Dial
	address string
	secret  string // of AJP, "" for none
}

// program returns the process for a protocol: "fcgi", "fcgi-tcp" (haproxy's), "scgi", "uwsgi",
// "ajp", "ajp-open" (without a secret) or "http".
func (b *build) program(name string) *program {
	b.tb.Helper()
	if p := b.programs[name]; p != nil {
		return p
	}
	p := &program{build: b, name: name, network: "tcp"}
	switch name {
	case "fcgi":
		p.network, p.address = "unix", b.file(name+".sock")
		// In real life the group is that of the web server; here its user may be anybody.
		p.url = name + "+unix://" + p.address + "?mode=0666"
	case "fcgi-tcp":
		p.address = b.freeAddress()
		p.url = "fcgi://" + p.address
	case "ajp", "ajp-open":
		p.address = b.freeAddress()
		p.url = "ajp://" + p.address
		if name == "ajp" {
			p.secret = rand.Text()
		}
	default:
		p.address = b.freeAddress()
		p.url = name + "://" + p.address
	}
	b.programs[name] = p
	return p
}

func (p *program) start() *process {
	p.build.tb.Helper()
	env := environ(p.build.app.Env)
	if p.secret != "" {
		env = append(env, "AJP_SECRET="+p.secret)
	}
	return p.build.run(&process{
		name:    "the program (" + p.name + ")",
		command: append([]string{p.build.app.Binary, "--listen", p.url}, p.build.app.Args...),
		env:     env,
		log:     p.build.file("app-" + p.name + ".log"),
		places:  []place{{p.network, p.address}},
	})
}

// root reports whether servers can change to another user.
func root() bool { return os.Geteuid() == 0 }
