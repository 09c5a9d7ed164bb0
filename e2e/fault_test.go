package e2e_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

const faultyPackage = "github.com/surcoat/surcoat/e2e/faultywiki"

var incident = regexp.MustCompile(`[A-Z2-7]{5}-[A-Z2-7]{5}`)

// A panic in a production build: a friendly page, whose incident number is in the log
// with the cause, which is not on the page.
func TestPanicInProduction(t *testing.T) {
	w := startProgram(t, program(t, faultyPackage))
	c := w.client(t)
	for _, c := range []struct{ page, cause, path string }{
		{"Panic", "assignment to entry in nil map", "/wiki/Panic"},
		{"Failure", "nobody's business", "/wiki/Failure"},
	} {
		t.Run(c.page, func(t *testing.T) {
			a := w.client(t).get(c.path)
			a.has(t, 500, "Something went wrong", `href="/"`, "wiki.css", "Faulty")
			number := incident.FindString(a.body)
			if number == "" {
				t.Fatalf("there is no incident number on the page:\n%s", a.body)
			}
			if strings.Contains(a.body, c.cause) || strings.Contains(a.body, ".go") {
				t.Errorf("the page tells the cause:\n%s", a.body)
			}
			w.log.has(t, number, c.cause)
		})
	}

	for _, path := range []string{"/wiki/Panic", "/wiki/Failure"} { // what a layer holds back must not come after it
		r := c.request("GET", path, nil)
		r.Header.Set("Accept-Encoding", "gzip, zstd")
		c.must(r).has(t, 500)
	}

	r := c.request("GET", "/wiki/Panic", nil)
	r.Header.Set("Accept", "application/json")
	a := c.must(r)
	var problem struct {
		Status   int
		Incident string
	}
	if err := json.Unmarshal([]byte(a.body), &problem); err != nil || problem.Status != 500 {
		t.Errorf("as a program sees it: %v, %+v\n%s", err, problem, a.body)
	}
	w.log.has(t, problem.Incident)
	c.get("/recent").has(t, 200, "Recent changes") // the process goes on
}

func TestPanicPageInABrowser(t *testing.T) {
	w := startProgram(t, program(t, faultyPackage))
	p := newPerson(t)
	p.goTo(w.url + "/wiki/Panic")
	p.sees("main", "Something went wrong", "Incident number")
	w.log.has(t, incident.FindString(p.text("main")), "nil map")
	p.shoot("30-panic")
}

// The same in a build with the tag dev: the traceback, with the line at fault.
func TestPanicInDevelopment(t *testing.T) {
	w := startProgram(t, program(t, faultyPackage, "-tags=dev"))
	a := w.client(t).get("/wiki/Panic")
	a.has(t, 500, "assignment to entry in nil map", "faultywiki/main.go", "reads[t]")
	w.client(t).get("/wiki/Failure").has(t, 500, "the disk said", "site.go")
}

func TestTracebackInABrowser(t *testing.T) {
	w := startProgram(t, program(t, faultyPackage, "-tags=dev"))
	p := newPerson(t)
	p.goTo(w.url + "/wiki/Panic")
	p.sees("body", "assignment to entry in nil map")
	p.shoot("31-traceback")
}
