package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const devtracePackage = examples + "devtrace"

// devtrace starts the shop in which everything fails, as a developer would build it.
func devtrace(t *testing.T) *deployed {
	t.Helper()
	return launch(t, program(t, devtracePackage, "-tags=dev", "-gcflags=./...=-N -l"), "--addr", "127.0.0.1:0")
}

// Every failure that the index leads to has its page, under a policy that nothing on it breaks.
func TestTracebacks(t *testing.T) {
	d := devtrace(t)
	p := newPerson(t)
	complaints := p.console()
	p.goTo(d.url)
	links := get(p, chromedp.Evaluate[[]string](`[...document.querySelectorAll('li > a')].map(a => a.getAttribute('href'))`))
	if len(links) < 12 {
		t.Errorf("the index has %q", links)
	}
	for _, link := range links {
		if link == "/half" {
			continue // see TestTracebackAppended
		}
		p.goTo(d.url)
		p.follow(`a[href="` + link + `"]`)
		p.sees("header", "panic", "incident", "GET "+link)
		p.sees("article.app", ".go:")
		p.fits(375, link)
	}
	p.goTo(d.url)
	p.follow("form button")
	p.sees("h1", "sign-in failed, trying REDACTED for ada")
	if shown := get(p, chromedp.Evaluate[string](`document.documentElement.outerHTML`)); strings.Contains(shown, "horse battery") || strings.Contains(shown, "horse+battery") {
		t.Error("the password is on the page")
	}
	if said := complaints(); len(said) > 0 {
		t.Errorf("the browser complains: %q", said)
	}
}

// The page as people see it: screenshots, and what axe finds.
func TestTracebackLooks(t *testing.T) {
	d := devtrace(t)
	p := newPerson(t)
	complaints := p.console()
	for _, at := range []struct{ path, name string }{
		{"/", "40-devtrace"},
		{"/nil", "41-nil"},
		{"/errors", "42-errors"},
		{"/again", "43-again"},
		{"/big", "44-big"},
		{"/lint", "45-lint"},
	} {
		p.goTo(d.url + at.path)
		p.shoot(at.name)
	}
	p.goTo(d.url + "/custom")
	p.print("46-print")
	p.unfold()
	p.shoot("47-unfolded")
	p.fits(375, "/custom, unfolded")
	if said := complaints(); len(said) > 0 {
		t.Errorf("the browser complains: %q", said)
	}
}

// A page that broke off when half of it was on the screen has the traceback below.
func TestTracebackAppended(t *testing.T) {
	d := devtrace(t)
	p := newPerson(t)
	complaints := p.console()
	p.goTo(d.url + "/half")
	p.sees("main", "Catalogue", "pencil")
	const report = `[...document.querySelectorAll('div')].map(d => d.shadowRoot).find(r => r)`
	shown := get(p, chromedp.Evaluate[string](report+`.textContent`))
	for _, want := range []string{"index out of range [3] with length 3", "main.catalogue", "Repeat it"} {
		if !strings.Contains(shown, want) {
			t.Errorf("no %q in what was appended:\n%.2000s", want, shown)
		}
	}
	band := get(p, chromedp.Evaluate[string](`getComputedStyle(`+report+`.querySelector('header')).backgroundColor`))
	if band != "rgb(43, 20, 23)" {
		t.Errorf("the style does not reach the report: its header is %s", band)
	}
	p.shoot("48-half")
	if said := complaints(); len(said) > 0 {
		t.Errorf("the browser complains: %q", said)
	}
}

// Whoever has no mouse gets to everything: links, folds and what scrolls.
func TestTracebackByKeyboard(t *testing.T) {
	d := devtrace(t)
	p := newPerson(t)
	p.goTo(d.url + "/custom")
	const most = 200
	reached := map[string]bool{}
	folds := 0
	for range most {
		p.run(chromedp.KeyEvent(kb.Tab))
		at := get(p, chromedp.Evaluate[string](`(e => e.localName + '.' + (e.parentElement || e).className)(document.activeElement)`))
		if at == "body." && len(reached) > 0 {
			break
		}
		reached[strings.Split(at, ".")[0]] = true
		if strings.HasPrefix(at, "summary.fold") && folds == 0 {
			folds++
			p.run(chromedp.KeyEvent(kb.Enter))
			if !get(p, chromedp.Evaluate[bool](`document.activeElement.parentElement.open`)) {
				t.Error("Enter does not unfold")
			}
		}
	}
	for _, kind := range []string{"a", "summary", "pre"} {
		if !reached[kind] {
			t.Errorf("no %s was reached in %d steps: %v", kind, most, reached)
		}
	}
}

// unfold opens all that is folded.
func (p *person) unfold() {
	p.t.Helper()
	p.run(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach(d => { d.open = true })`))
}

// fits fails the test if the page is wider than the screen.
func (p *person) fits(width int64, name string) {
	p.t.Helper()
	p.run(chromedp.EmulateViewport(width, 812))
	if over := get(p, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`)); over > 0 {
		p.t.Errorf("%s is %d pixels wider than %d", name, over, width)
	}
	p.run(chromedp.EmulateViewport(1280, 900))
}

// print makes a PDF of the page, and a screenshot of what is on it.
func (p *person) print(name string) {
	p.t.Helper()
	set := func(media string) chromedp.Action[chromedp.Void] {
		return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
			_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: media})
			return chromedp.Void{}, err
		}
	}
	p.run(set("print"))
	if display := get(p, chromedp.Evaluate[string](`getComputedStyle(document.querySelector('nav')).display`)); display != "none" {
		p.t.Errorf("printed, the navigation is %s", display)
	}
	p.fits(720, name)
	p.run(chromedp.EmulateViewport(720, 1000))
	png := get(p, chromedp.FullScreenshot(100))
	pdf := get(p, func(ctx context.Context, t *chromedp.Target) ([]byte, error) {
		res, err := cdp.Call(ctx, t, page.PrintToPDF, page.PrintToPDFParams{})
		return res.Data, err
	})
	for ext, content := range map[string][]byte{".png": png, ".pdf": pdf} {
		if err := os.WriteFile(filepath.Join(shots(p.t), name+ext), content, 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
	p.run(set(""), chromedp.EmulateViewport(1280, 900))
}
