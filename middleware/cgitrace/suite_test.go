package cgitrace_test

import (
	"log/slog"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/middlewaretest"
)

func TestLayer(t *testing.T) {
	quiet := slog.New(slog.DiscardHandler)
	// Contract 4's exception for the dev page.
	middlewaretest.Suite{AppendsToHTML: cgitrace.Enabled}.Run(t, (&cgitrace.Page{Logger: quiet}).Wrap)
}
