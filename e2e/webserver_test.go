package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/surcoat/surcoat/internal/webserver"
)

// The wiki below a path of a web server, in a browser: as a CGI program, and over FastCGI. What
// a browser makes of addresses, cookies and policies is not guessed at.
func TestWikiBelowAPath(t *testing.T) {
	for _, path := range []webserver.Path{{Server: "apache", Protocol: "cgi"}, {Server: "nginx", Protocol: "fcgi"}} {
		t.Run(path.String(), func(t *testing.T) {
			data, err := os.MkdirTemp("", "wiki") // also for the web server's user
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(data) })
			if err := os.Chmod(data, 0o777); err != nil {
				t.Fatal(err)
			}
			site := webserver.Start(t, webserver.App{
				Binary: program(t, wikiPackage), Prefix: "/wiki",
				Env: []string{"WIKI_DATA=" + data, "WIKI_MOUNT=/wiki"},
			}, path)
			w := &wiki{t: t, url: site.URL(path)}
			shot := "60-" + path.String()
			anna := newPerson(t)
			problems := anna.console()

			anna.goTo(w.url)
			anna.sees("h1", "Welcome")
			if got := anna.location(); got != w.url+"/wiki/Welcome" {
				t.Errorf("the start page is at %s", got)
			}
			if font := get(anna, chromedp.Evaluate[bool](`document.fonts.ready.then(() => document.fonts.check("16px Literata") && getComputedStyle(document.querySelector("h1")).fontFamily.includes("Literata"))`, chromedp.EvalAwaitPromise)); !font {
				t.Error("the style sheet or its fonts are not there")
			}
			anna.shoot(shot + "-1-welcome")
			anna.follow(`.join`)
			anna.fill("#name", "Anna")
			anna.fill("#password", password)
			anna.follow("main button")
			if got := anna.location(); got != w.url+"/wiki/Welcome" {
				t.Errorf("after signing up she is at %s", got)
			}
			for _, c := range anna.cookies() {
				if strings.Contains(c.Name, "session") && c.Path != "/wiki" {
					t.Errorf("the cookie %s is for %s", c.Name, c.Path)
				}
			}

			anna.goTo(w.url + "/edit/Below")
			anna.write("one, with a link to [[Welcome]]")
			anna.follow(saveButton)
			anna.sees("[role=status]", "Saved as revision 1")
			anna.shoot(shot + "-2-saved")
			other := anna.tab()
			other.goTo(w.url + "/edit/Below")
			other.write("two")
			anna.follow(`.tabs a[href$="/edit/Below"]`)
			anna.write("three")
			anna.follow(saveButton)
			other.follow(saveButton)
			other.sees("main", "Somebody was faster", "two", "three")
			other.shoot(shot + "-3-conflict")

			picture := filepath.Join(t.TempDir(), "arms of Anna.txt")
			if err := os.WriteFile(picture, []byte("azure, a bend or"), 0o600); err != nil {
				t.Fatal(err)
			}
			anna.goTo(w.url + "/wiki/Below")
			anna.follow(`.tabs a[href$="/files/Below"]`)
			anna.audit("files")
			anna.run(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{picture}))
			anna.follow("main button")
			anna.sees("[role=status]", "arms of Anna.txt is attached")
			anna.audit("files with one")
			anna.shoot(shot + "-4-files")
			anna.follow(`main a[href$="arms%20of%20Anna.txt"]`)
			anna.sees("body", "azure, a bend or")

			anna.goTo(w.url + "/devices")
			anna.sees("main", "You are signed in")
			anna.follow(".brand")
			anna.sees("h1", "Welcome")
			anna.follow(`.viewer form button`)
			anna.sees(".viewer", "Sign in")
			if got := anna.location(); !strings.HasPrefix(got, w.url+"/") {
				t.Errorf("after signing out she is at %s", got)
			}
			for _, problem := range problems() {
				t.Errorf("the browser says: %s", problem)
			}
		})
	}
}
