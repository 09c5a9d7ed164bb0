package gzip

import (
	"net/http"

	"github.com/surcoat/surcoat/internal/respond"
)

// Disable keeps the response that is being written to w from being compressed, whatever else
// speaks for it; it then leaves without a Vary for Accept-Encoding, too. It is for responses
// that hold a secret beside something that an attacker chose, and for those
// whose bytes another program counts.
//
// It finds the Compressor through Unwrap, below the wrappers of other layers, and all of them
// if there are several. It returns false when there is none, and when it is too
// late: compression has begun. It must be called by the goroutine that writes the response.
func Disable(w http.ResponseWriter) bool {
	found, done := false, true
	for layer := range respond.Layers(w) {
		if lent, ok := layer.(*writer); ok {
			found, done = true, lent.disable() && done
		}
	}
	return found && done
}

func (r *response) disable() bool {
	switch r.stage {
	case open, holding:
		r.disabled = true
		return true
	case passing:
		return true
	}
	return false
}
