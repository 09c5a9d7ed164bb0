package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// chromium returns the browser. Without one it skips the test, and where CI is set it
// fails: there, nobody reads what was skipped.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("there is no Chromium in PATH: install it (apt-get install chromium)")
	}
	t.Skip("SKIPPED: THERE IS NO CHROMIUM IN PATH, SO NOTHING WAS TESTED IN A BROWSER")
	return ""
}

// person is one browser context: cookies and tabs of its own.
type person struct {
	t   *testing.T
	ctx context.Context
}

// newPerson starts a browser with an empty profile.
func newPerson(t *testing.T) *person {
	t.Helper()
	return newPersonAt(t, t.TempDir())
}

// newPersonAt starts a browser with a profile that may be there already.
func newPersonAt(t *testing.T, profile string, more ...chromedp.ExecAllocatorOption) *person {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(profile), chromedp.DisableGPU, chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true),
	)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(options, more...)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		if ctx.Err() == nil { // the test has not closed it
			_ = chromedp.Cancel(ctx) // waits until the browser is gone, and with it its hold on the profile
		}
		cancel()
	})
	return (&person{t, ctx}).ready()
}

// ready opens the person's tab, with a context that has no deadline: a tab lives as
// long as the context it was opened with.
func (p *person) ready() *person {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
		p.t.Fatal(err)
	}
	return p
}

// another is a second person at the same machine: nothing is shared but the browser.
func (p *person) another() *person {
	p.t.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx, chromedp.WithNewBrowserContext())
	p.t.Cleanup(cancel)
	return (&person{p.t, ctx}).ready()
}

// tab is another tab of the same person.
func (p *person) tab() *person {
	p.t.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx)
	p.t.Cleanup(cancel)
	return (&person{p.t, ctx}).ready()
}

// limit is how long any one step may take.
const limit = 30 * time.Second

// run does some steps, each of which has to succeed in time.
func (p *person) run(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	for _, step := range steps {
		get(p, step)
	}
}

// get does a step that returns something.
func get[T any](p *person, step chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, limit)
	defer cancel()
	v, err := chromedp.Run(ctx, step)
	if err != nil {
		p.t.Fatalf("%v\nat %s:\n%s", err, p.location(), p.text("body"))
	}
	return v
}

func (p *person) location() string {
	ctx, cancel := context.WithTimeout(p.ctx, limit)
	defer cancel()
	url, _ := chromedp.Run(ctx, chromedp.Location())
	return url
}

// text is what a person reads in the first element that matches; "" where none does.
func (p *person) text(selector string) string {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Text(chromedp.CSS(selector)))
	return text
}

func (p *person) goTo(url string) {
	p.t.Helper()
	p.run(chromedp.Navigate(url))
}

// click does what leads nowhere.
func (p *person) click(selector string) {
	p.t.Helper()
	p.run(chromedp.Click(chromedp.CSS(selector)))
}

// follow clicks what matches and waits until the page it leads to has loaded.
func (p *person) follow(selector string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, limit)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		p.t.Fatalf("following %s: %v\nat %s:\n%s", selector, err, p.location(), p.text("body"))
	}
}

// fill empties a field and types into it.
func (p *person) fill(selector, text string) {
	p.t.Helper()
	p.set(selector, "")
	p.run(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// set gives a field its value, as pasting does.
func (p *person) set(selector, text string) {
	p.t.Helper()
	script := fmt.Sprintf("document.querySelector(%s).value = %s", quote(selector), quote(text))
	p.run(chromedp.WaitReady(chromedp.CSS(selector)), chromedp.Evaluate[chromedp.Void](script))
}

func quote(s string) string {
	q, _ := json.Marshal(s) // a string always can be
	return string(q)
}

func (p *person) value(selector string) string {
	p.t.Helper()
	return get(p, chromedp.Value(chromedp.CSS(selector)))
}

// sees fails the test unless all texts can be read in what matches.
func (p *person) sees(selector string, texts ...string) {
	p.t.Helper()
	shown := p.text(selector)
	for _, text := range texts {
		if !strings.Contains(shown, text) {
			p.t.Errorf("at %s, %q is not in %s:\n%s", p.location(), text, selector, shown)
		}
	}
}

// cookies are those that the browser keeps for the page.
func (p *person) cookies() []*network.Cookie {
	p.t.Helper()
	return get(p, func(ctx context.Context, t *chromedp.Target) ([]*network.Cookie, error) {
		res, err := cdp.Call(ctx, t, network.GetCookies, network.GetCookiesParams{})
		return res.Cookies, err
	})
}

// shoot makes screenshots of the whole page, as a phone and as a desk shows it, in
// light and dark, and looks for what a page must not do.
func (p *person) shoot(name string) {
	p.t.Helper()
	for _, device := range []struct {
		name  string
		width int64
	}{{"desk", 1280}, {"phone", 390}} {
		p.run(chromedp.EmulateViewport(device.width, 844))
		for _, scheme := range []string{"light", "dark"} {
			png := get(p, picture(scheme, device.width))
			file := filepath.Join(shots(p.t), name+"-"+device.name+"-"+scheme+".png")
			if err := os.WriteFile(file, png, 0o644); err != nil {
				p.t.Fatal(err)
			}
			p.audit(name + ", " + device.name + ", " + scheme)
		}
		over := get(p, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
		if over > 0 {
			p.t.Errorf("%s is %d pixels wider than %d", name, over, device.width)
		}
	}
	p.run(chromedp.EmulateViewport(1280, 900))
}

// picture takes the page from top to bottom.
func picture(scheme string, width int64) chromedp.Action[[]byte] {
	return func(ctx context.Context, t *chromedp.Target) ([]byte, error) {
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
		if _, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, media); err != nil {
			return nil, err
		}
		height, err := chromedp.Evaluate[float64](`document.documentElement.scrollHeight`)(ctx, t)
		if err != nil {
			return nil, err
		}
		beyond := true
		res, err := cdp.Call(ctx, t, page.CaptureScreenshot, page.CaptureScreenshotParams{
			CaptureBeyondViewport: &beyond,
			Clip:                  &page.Viewport{Width: float64(width), Height: height, Scale: 1},
		})
		return res.Data, err
	}
}

// shots is the folder for screenshots.
func shots(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("SURCOAT_SHOTS")
	if dir == "" {
		return t.TempDir()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// count is how many elements match.
func (p *person) count(selector string) int {
	p.t.Helper()
	return get(p, chromedp.Evaluate[int](fmt.Sprintf("document.querySelectorAll(%s).length", quote(selector))))
}
