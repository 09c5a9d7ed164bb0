package lint_test

import (
	"fmt"
	"testing"

	"github.com/surcoat/surcoat/internal/buildtest"
	"github.com/surcoat/surcoat/middleware/lint"
	"github.com/surcoat/surcoat/middleware/middlewaretest"
)

// TestConformance: lint is a layer itself.
func TestConformance(t *testing.T) {
	middlewaretest.Run(t, (&lint.Handler{Report: func(lint.Fault) {}}).Wrap)
}

// TestTrimpath builds a program with faults in the ways people build for production: the
// lines named must not depend on them.
func TestTrimpath(t *testing.T) {
	var want string
	for _, w := range wantedFaults(t, "testdata/faulty/main.go") {
		want += fmt.Sprintf("main.go:%d %s\n", w.line, w.rule)
	}
	buildtest.Prints(t, "testdata/faulty", want)
}
