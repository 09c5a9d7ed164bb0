package bench_test

import (
	"log/slog"
	"os"
	"testing"

	"github.com/surcoat/surcoat/bench/compression"
	"github.com/surcoat/surcoat/bench/frontend"
)

// TestMain serves when File20M asks for it, and else silences the log: forged cookies are part of every check.
func TestMain(m *testing.M) {
	compression.Serve(andBare...)
	frontend.Serve()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}
