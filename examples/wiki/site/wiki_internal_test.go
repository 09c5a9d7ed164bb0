package site

import (
	"log/slog"
	"strconv"
	"testing"

	"github.com/surcoat/surcoat/examples/wiki/attachment"
	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/examples/wiki/page"
	"github.com/surcoat/surcoat/examples/wiki/people"
	"github.com/surcoat/surcoat/middleware/session"
)

// Each place is made once, and there is an end of them: whoever may choose the path must not fill
// the memory.
func TestPlaces(t *testing.T) {
	folder, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w, _, err := New(Config{
		Name: "Testing", Pages: page.NewStore(folder), Users: people.NewStore(folder), Files: attachment.NewStore(folder),
		Sessions: session.NewServerStore(&session.Memory{}), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	first, err := w.at("")
	if err != nil || len(w.places) != 1 {
		t.Fatalf("%d places, %v", len(w.places), err)
	}
	for i := range 2 * mostPlaces {
		_, err := w.at("/" + strconv.Itoa(i))
		if (err == nil) != (i+1 < mostPlaces) {
			t.Errorf("place %d: %v", i+1, err)
		}
	}
	if again, err := w.at(""); again != first || err != nil || len(w.places) != mostPlaces {
		t.Errorf("%d places, %v", len(w.places), err)
	}
}
