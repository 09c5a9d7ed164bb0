package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/surcoat/surcoat/gateway/doctor"
)

var doctorCommand = command{
	name:    "doctor",
	summary: "find out why a web server's CGI program fails",
	run:     examine,
	usage: `
Usage: surcoat doctor [options] FILE
       surcoat doctor --probe URL --dir DIR [options]

The first looks at a CGI program as the web server's user meets it: modes, folders on the
way, line ends, the "#!" line and what it names, libraries, the server's configuration.
If nothing is found that makes it fail for sure, it runs the program once, as that user,
with an empty GET, and looks at the answer. Each finding has a cause, what was seen, and
a fix.

  surcoat doctor /usr/lib/cgi-bin/app.py
  surcoat doctor --config /etc/apache2/apache2.conf /usr/lib/cgi-bin/app.py

The program is run for good: it does whatever it does for an empty GET. --no-run leaves
that out.

The second puts a small program that is known to be good into DIR, fetches it from below
URL, which is where the server shows that folder, and says what the server did: ran it (as
whom, and with which PATH), sent its source, refused. It is removed again.

  surcoat doctor --probe http://localhost/cgi-bin/ --dir /usr/lib/cgi-bin

  --user NAME     the account that the server runs programs as (what --config says; for
                  root www-data or what it is called here; else you)
  --config FILE   the main configuration of Apache, lighttpd or nginx
  --path PATH     the PATH that the server gives to programs
  --timeout TIME  how long the program, or the server, may take (10s)
  --no-run        do not run the program
  --json          print the report as JSON

Best run as root, who can become the server's user: anybody else is told what could not
be checked. The exit status is 0 where nothing is wrong, 1 where something may be, and 2
where the command line makes no sense.
`,
}

func examine(c *call, args []string) error {
	var o doctor.Options
	c.flags.StringVar(&o.User, "user", "", "")
	c.flags.StringVar(&o.Config, "config", "", "")
	c.flags.StringVar(&o.Path, "path", "", "")
	c.flags.Func("timeout", "", func(s string) (err error) { // DurationVar does not say that a unit is missing
		if o.Timeout, err = time.ParseDuration(s); err == nil && o.Timeout <= 0 {
			err = fmt.Errorf("%s is no time", s)
		}
		return err
	})
	c.flags.BoolVar(&o.NoRun, "no-run", false, "")
	at := c.flags.String("probe", "", "")
	dir := c.flags.String("dir", "", "")
	asJSON := c.flags.Bool("json", false, "")
	args, err := c.parse(args)
	if err != nil {
		return err
	}
	probe := *at != ""
	switch {
	case probe != (*dir != ""):
		return usageError("--probe and --dir go together")
	case probe && len(args) > 0:
		return usageError("--probe takes no file")
	case !probe && len(args) != 1:
		return usageError("it takes one file, or --probe and --dir")
	}
	// The probe's program is removed on an interrupt too.
	ctx, _, stop := interrupts()
	defer stop()
	var report *doctor.Report
	if probe {
		report, err = doctor.Probe(ctx, *at, *dir, o)
	} else {
		report, err = doctor.Examine(ctx, args[0], o)
	}
	if err != nil {
		return err
	}
	return c.tell(report, *asJSON)
}

func (c *call) tell(report *doctor.Report, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(c.out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		if err := e.Encode(report); err != nil {
			return err
		}
	} else {
		fmt.Fprint(c.out, report)
	}
	if report.Sick() {
		return errNo
	}
	return nil
}
