package gateway

import (
	"testing"
	"time"
)

// SetCheckEvery has certificates looked at more often until the test ends.
func SetCheckEvery(t *testing.T, d time.Duration) {
	old := checkEvery
	checkEvery = d
	t.Cleanup(func() { checkEvery = old })
}
