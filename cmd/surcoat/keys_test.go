package main_test

import (
	"os"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/session"
)

func TestKeys(t *testing.T) {
	t.Chdir(t.TempDir())
	made := run(t, "", "keys", "session.keys")
	made.want(t, 0, "session.keys: keyring ", "")
	again := run(t, "", "keys", "session.keys")
	again.want(t, 0, made.out, "")
	first := strings.Fields(made.out)[2]

	rotated := run(t, "", "keys", "rotate", "session.keys")
	rotated.want(t, 0, " "+first+"\n", "")
	if ids := strings.Fields(rotated.out)[2:]; len(ids) != 2 || ids[0] == first {
		t.Errorf("rotated: %q", rotated.out)
	}
	run(t, "", "keys", "rotate", "session.keys")
	third := strings.Fields(run(t, "", "keys", "rotate", "session.keys").out)[2:]
	if len(third) != 3 {
		t.Errorf("%d keys, want the new one and two", len(third))
	}
	alone := run(t, "", "keys", "rotate", "--keep=0", "session.keys")
	if ids := strings.Fields(alone.out)[2:]; alone.status != 0 || len(ids) != 1 || ids[0] == third[0] {
		t.Errorf("with --keep 0: %q %q", alone.out, alone.err)
	}
	if k, err := session.OpenKeyring("session.keys"); err != nil || "session.keys: "+k.String()+"\n" != alone.out {
		t.Errorf("the library reads %v, %v", k, err)
	}
	for _, o := range []outcome{made, again, rotated, alone} {
		if strings.Contains(o.out+o.err, "surcoat1_") {
			t.Error("a key is shown")
		}
	}
}

func TestKeysNew(t *testing.T) {
	a, b := run(t, "", "keys", "new"), run(t, "", "keys", "new")
	a.want(t, 0, "surcoat1_", "")
	if _, err := session.ParseKeyring(a.out + b.out); err != nil || a.out == b.out {
		t.Errorf("%q, %q: %v", a.out, b.out, err)
	}
}

func TestKeysRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("damaged", []byte("surcoat1_secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"keys damaged", "keys rotate damaged"} {
		o := run(t, "", strings.Fields(args)...)
		o.want(t, 1, "", "key 1 is not")
		if strings.Contains(o.err, "secret") {
			t.Errorf("the key is shown: %s", o.err)
		}
	}
	if read(t, "damaged") != "surcoat1_secret\n" {
		t.Error("the file was changed")
	}
}
