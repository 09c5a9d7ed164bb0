package main

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
)

// note is what somebody wrote down.
type note struct {
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// notes are everybody's, each user's for themselves.
type notes struct {
	mu sync.Mutex
	of map[string][]note
}

// owner is whoever sends r. The Guard has seen to it that there is somebody.
func owner(r *http.Request) string {
	id, _ := auth.From(r.Context())
	return id.Subject
}

func (n *notes) list(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	all := append([]note{}, n.of[owner(r)]...)
	n.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(all)
}

func (n *notes) add(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Text string `json:"text"`
	}
	if !decode(w, r, &in) {
		return
	}
	if in.Text == "" {
		problem(w, http.StatusUnprocessableEntity, "The note is empty.")
		return
	}
	n.mu.Lock()
	if n.of == nil {
		n.of = make(map[string][]note)
	}
	n.of[owner(r)] = append(n.of[owner(r)], note{in.Text, time.Now()})
	count := len(n.of[owner(r)])
	n.mu.Unlock()
	w.Header().Set("Location", "/api/notes#"+strconv.Itoa(count))
	w.WriteHeader(http.StatusCreated)
}

func (n *notes) clear(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	delete(n.of, owner(r))
	n.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}
