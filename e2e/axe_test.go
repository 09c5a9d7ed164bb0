package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"

	"github.com/chromedp/chromedp"
)

// axeScript is axe-core, which npm installs into this folder. Without npm audits are
// left out; where CI is set, or npm is there and fails, that is an error.
var axeScript = sync.OnceValues(func() (string, error) {
	const file = "node_modules/axe-core/axe.min.js"
	if _, err := os.Stat(file); err != nil {
		npm, err := exec.LookPath("npm")
		if err != nil {
			if os.Getenv("CI") != "" {
				return "", fmt.Errorf("axe-core is not there, nor is npm to install it: %w", err)
			}
			return "", nil
		}
		if out, err := exec.Command(npm, "ci", "--silent").CombinedOutput(); err != nil {
			return "", fmt.Errorf("npm ci: %w\n%s", err, out)
		}
	}
	script, err := os.ReadFile(file)
	return string(script), err
})

// audit lets axe-core look for what keeps people from using the page.
func (p *person) audit(name string) {
	p.t.Helper()
	script, err := axeScript()
	if err != nil {
		p.t.Fatal(err)
	}
	if script == "" {
		p.t.Log("NOT AUDITED: there is neither axe-core nor npm")
		return
	}
	type violation struct {
		ID, Help string
		Nodes    []struct{ HTML, FailureSummary string }
	}
	p.run(chromedp.Evaluate[chromedp.Void](script + ";0"))
	found := get(p, chromedp.Evaluate[[]violation](
		`axe.run({resultTypes: ['violations']}).then(r => r.violations)`, chromedp.EvalAwaitPromise))
	for _, v := range found {
		var where strings.Builder
		for _, n := range v.Nodes {
			fmt.Fprintf(&where, "\n  %s\n  %s", n.HTML, n.FailureSummary)
		}
		p.t.Errorf("%s: axe: %s: %s%s", name, v.ID, v.Help, &where)
	}
}
