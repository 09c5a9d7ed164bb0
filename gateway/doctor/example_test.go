package doctor_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/surcoat/surcoat/gateway/cgi"
	"github.com/surcoat/surcoat/gateway/doctor"
	"github.com/surcoat/surcoat/middleware/cgitrace"
)

func ExampleExamine() {
	dir, err := os.MkdirTemp("", "cgi-bin")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	script := filepath.Join(dir, "guestbook.py")
	if err := os.WriteFile(script, []byte("#!/usr/bin/env python3 -u\nprint('Content-Type: text/html\\n')\n"), 0o755); err != nil {
		panic(err)
	}
	report, err := doctor.Examine(context.Background(), script, doctor.Options{NoRun: true, User: fmt.Sprint(os.Geteuid())})
	if err != nil {
		panic(err)
	}
	for _, f := range report.Findings {
		if f.Cause == doctor.EnvNeedsSplit {
			fmt.Println(f.Text)
			fmt.Println("Fix:", f.Fix)
		}
	}
	// Output:
	// The kernel hands env one argument, so that env looks for a program called "python3 -u".
	// Fix: Have env split it (-S: coreutils 8.30 and later, FreeBSD, macOS):
}

func ExampleProbe() {
	report, err := doctor.Probe(context.Background(), "http://localhost/cgi-bin/", "/usr/lib/cgi-bin", doctor.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(report)
}

// In dev builds, what is wrong with a program stands on the page about its failure.
func ExampleDiagnose() {
	programs := &cgi.Dir{Root: "/usr/lib/cgi-bin", Programs: cgi.Handler{Diagnose: doctor.Diagnose}}
	http.Handle("/cgi-bin/", (&cgitrace.Page{}).Wrap(http.StripPrefix("/cgi-bin", programs)))
}
