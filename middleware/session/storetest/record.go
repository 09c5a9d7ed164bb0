package storetest

import (
	"context"
	"encoding/base64"
	"strings"
	"sync"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

// recordChecks look at what a Manager makes of a backend's records.
func recordChecks() []check {
	return []check{
		{"9 unreadable records", unreadableRecords},
		{"21 a leaked store signs nobody in", leaked},
	}
}

// keeper is a Backend that remembers what was stored, and changes what it returns.
type keeper struct {
	session.Backend
	mu     sync.Mutex
	ids    []session.ID
	data   []string
	change func(string) string
}

func (k *keeper) Load(ctx context.Context, id session.ID) (session.Record, error) {
	r, err := k.Backend.Load(ctx, id)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err == nil && k.change != nil {
		r.Data = k.change(r.Data)
	}
	return r, err
}

func (k *keeper) Save(ctx context.Context, id session.ID, r session.Record) (uint64, error) {
	k.mu.Lock()
	k.ids, k.data = append(k.ids, id), append(k.data, r.Data)
	k.mu.Unlock()
	return k.Backend.Save(ctx, id, r)
}

func (k *keeper) set(change func(string) string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.change = change
}

// unreadableRecords: a damaged record, and one of a newer version of the package, is
// no session, no failure, and still there.
func unreadableRecords(t *trial) {
	k := &keeper{Backend: t.backend}
	s := t.site(&session.Manager{Store: session.NewServerStore(k)}, nil)
	for what, change := range map[string]func(string) string{
		"a newer version": func(d string) string { return "\xfe" + d[1:] },
		"truncated":       func(d string) string { return d[:len(d)-1] },
		"empty":           func(string) string { return "" },
	} {
		k.set(nil)
		b := s.browser()
		b.must("/set?x")
		k.set(change)
		s.heard()
		reader := b.copy()
		reader.wantBody(what, "/name", "", "it is no session")
		s.wantHeard(session.EventUndecodable)
		k.set(nil)
		b.wantBody(what+", read by a program that can", "/name", "x", "it must not be overwritten")
	}
}

// leaked takes whatever was ever stored, and tries to get in with it.
func leaked(t *trial) {
	ada := newSubject()
	k := &keeper{Backend: t.backend}
	s := t.site(&session.Manager{Store: session.NewServerStore(k), RotateEvery: time.Second}, nil)
	b := s.browser()
	b.must("/login?" + ada)
	time.Sleep(1100 * time.Millisecond)
	b.must("/set?x") // rotates: a record then holds something of two secrets
	id, secret, _ := strings.Cut(b.cookie, ".")
	raw, err := base64.RawURLEncoding.DecodeString(secret)
	if err != nil || len(raw) < 32 {
		t.Fatalf("the token is %q, want id.secret", b.cookie)
	}
	tried := 0
	for i, data := range k.data {
		if strings.Contains(data, secret) || strings.Contains(data, string(raw)) {
			t.Errorf("a record holds the secret")
		}
		if strings.HasPrefix(base64.RawURLEncoding.EncodeToString(k.ids[i][:]), id) {
			t.Errorf("the backend's name of the session is the one in the token")
		}
		for from := 0; from+len(raw) <= len(data); from += 8 {
			thief := s.browser()
			thief.cookie = id + "." + base64.RawURLEncoding.EncodeToString([]byte(data[from:from+len(raw)]))
			thief.wantBody("a thief of the store", "/all", nobody, "the store must hold nothing that signs in")
			tried++
		}
	}
	if tried < 10 {
		t.Errorf("only %d tries", tried)
	}
	b.wantBody("the owner", "/all", "name=x theme= count=0 subject="+ada, "")
}
