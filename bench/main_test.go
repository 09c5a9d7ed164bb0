package bench_test

import (
	"log/slog"
	"os"
	"testing"
)

// TestMain silences the log: forged cookies are part of every check.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}
