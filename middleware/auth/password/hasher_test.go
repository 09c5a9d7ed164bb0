package password_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"

	"github.com/surcoat/surcoat/middleware/auth/password"
)

// spent counts operations by algorithm; decoys count twice, once under "decoy".
type spent map[string]int

// quick returns a Hasher whose operations take microseconds, and what it spends.
func quick() (*password.Hasher, spent) {
	count := spent{}
	return &password.Hasher{
		Memory: 64, Time: 1, InsecureCost: true, Workers: 1, // one worker: count needs no lock
		Observe: func(op password.Operation) {
			count[op.Algorithm]++
			if op.Decoy {
				count["decoy"]++
			}
		},
	}, count
}

func hashed(t testing.TB, h *password.Hasher, pass string) string {
	t.Helper()
	s, err := h.Hash(t.Context(), pass)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func bcrypted(t testing.TB, pass string) string {
	t.Helper()
	b, err := bcrypt.GenerateFromPassword([]byte(pass), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func scrypted(t testing.TB, pass string) string {
	t.Helper()
	salt := []byte("0123456789abcdef")
	key, err := scrypt.Key([]byte(pass), salt, 1<<4, 8, 1, 32)
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawStdEncoding
	return "$scrypt$ln=4,r=8,p=1$" + b64.EncodeToString(salt) + "$" + b64.EncodeToString(key)
}

func TestZeroHasherFollowsOWASP(t *testing.T) {
	h := &password.Hasher{}
	s := hashed(t, h, "correct horse battery staple")
	if !strings.HasPrefix(s, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash = %q", s)
	}
	if stale, err := h.Verify(t.Context(), s, "correct horse battery staple"); stale || err != nil {
		t.Errorf("Verify = %v, %v", stale, err)
	}
	if again := hashed(t, h, "correct horse battery staple"); again == s {
		t.Error("two hashes have one salt")
	}
}

// Hashes that others made: test vectors of argon2's reference implementation and of
// crypt_blowfish. The one for scrypt is in the form that passlib writes.
func TestForeignHashes(t *testing.T) {
	h, _ := quick()
	for _, tt := range []struct{ name, stored, pass string }{
		{"argon2", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password"},
		{"argon2 p=2", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", "password"},
		{"bcrypt 2a", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
		{"bcrypt 2y", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
		{"bcrypt 2b", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
		{"scrypt", scrypted(t, "password"), "password"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if stale, err := h.Verify(t.Context(), tt.stored, tt.pass); !stale || err != nil {
				t.Errorf("Verify = stale %v, %v; want stale, nil", stale, err)
			}
			if _, err := h.Verify(t.Context(), tt.stored, tt.pass+"x"); err != password.ErrMismatch {
				t.Errorf("Verify of a wrong password = %v", err)
			}
			if _, err := h.Verify(t.Context(), tt.stored, tt.stored); err != password.ErrMismatch {
				t.Errorf("Verify of the hash itself = %v", err)
			}
		})
	}
}

// spec 9, 12, 13: whatever is wrong, it costs one operation and never more.
func TestEveryRefusalCostsOneOperation(t *testing.T) {
	h, count := quick()
	good := hashed(t, h, "correct horse battery staple")
	long := strings.Repeat("x", 73)
	for _, tt := range []struct {
		name, stored, pass string
		want               error
		on                 string
	}{
		{"wrong", good, "incorrect horse", password.ErrMismatch, "argon2id"},
		{"empty", good, "", password.ErrMismatch, "argon2id"},
		{"no such user", "", "correct horse battery staple", password.ErrMismatch, "decoy"},
		{"over-long", good, strings.Repeat("x", password.MaxBytes+1), password.ErrMismatch, "decoy"},
		{"longest", good, strings.Repeat("x", password.MaxBytes), password.ErrMismatch, "argon2id"},
		{"bcrypt, 72 bytes", bcrypted(t, long[:72]), long[:71], password.ErrMismatch, "bcrypt"},
		{"bcrypt, 73 bytes", bcrypted(t, long[:72]), long, password.ErrMismatch, "decoy"},
		{"unusable", "$argon2id$v=19$m=4294967296,t=1,p=1$c29tZXNhbHQ$c29tZXNhbHQ", "x", password.ErrFormat, "decoy"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clear(count)
			if _, err := h.Verify(t.Context(), tt.stored, tt.pass); !errors.Is(err, tt.want) {
				t.Errorf("Verify = %v, want %v", err, tt.want)
			}
			if all := count["argon2id"] + count["bcrypt"] + count["scrypt"]; all != 1 || count[tt.on] != 1 {
				t.Errorf("spent %v, want one operation, on %s", count, tt.on)
			}
		})
	}
}

// spec 10: a wrong password for an old, cheap hash takes as long as for a new one.
func TestCheapHashesCostTheDifference(t *testing.T) {
	var took []password.Operation
	h := &password.Hasher{Workers: 1, Observe: func(op password.Operation) { took = append(took, op) }}
	old := &password.Hasher{Memory: 1 << 10, Time: 1, InsecureCost: true}
	for _, tt := range []struct{ algorithm, stored string }{
		{"argon2id", hashed(t, old, "x")},
		{"bcrypt", bcrypted(t, "x")},
		{"scrypt", scrypted(t, "x")},
	} {
		took = nil
		if _, err := h.Verify(t.Context(), tt.stored, "y"); err != password.ErrMismatch {
			t.Errorf("%s: %v", tt.algorithm, err)
		}
		if len(took) != 2 || took[0].Algorithm != tt.algorithm || took[0].Decoy || !took[1].Decoy || took[1].Took < 4*took[0].Took {
			t.Errorf("%s: a wrong password spent %+v", tt.algorithm, took)
		}
		took = nil
		if stale, err := h.Verify(t.Context(), tt.stored, "x"); err != nil || !stale || len(took) != 1 {
			t.Errorf("%s: the right password: %v, %v, spent %+v", tt.algorithm, stale, err, took)
		}
	}
}

// spec 12: the 73rd byte of a bcrypt password counts, as it is refused.
func TestBcryptDoesNotTruncate(t *testing.T) {
	h, _ := quick()
	pass := strings.Repeat("x", 72)
	stored := bcrypted(t, pass)
	if _, err := h.Verify(t.Context(), stored, pass); err != nil {
		t.Errorf("72 bytes: %v", err)
	}
	if _, err := h.Verify(t.Context(), stored, pass+"y"); err != password.ErrMismatch {
		t.Errorf("73 bytes: %v, want ErrMismatch", err)
	}
}

// spec 13: no stored string can make the process panic or allocate without bound.
func TestImpossibleParameters(t *testing.T) {
	h, _ := quick()
	const salt, key = "$c29tZXNhbHQ", "$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	for name, stored := range map[string]string{
		"m=4TiB":           "$argon2id$v=19$m=4294967296,t=1,p=1" + salt + key,
		"m=4TiB-1KiB":      "$argon2id$v=19$m=4294967295,t=1,p=1" + salt + key,
		"m over the limit": "$argon2id$v=19$m=262145,t=1,p=1" + salt + key,
		"work over limit":  "$argon2id$v=19$m=262144,t=5,p=1" + salt + key,
		"t=0":              "$argon2id$v=19$m=256,t=0,p=1" + salt + key,
		"t huge":           "$argon2id$v=19$m=256,t=999999999,p=1" + salt + key,
		"p=0":              "$argon2id$v=19$m=256,t=1,p=0" + salt + key,
		"p=256":            "$argon2id$v=19$m=256,t=1,p=256" + salt + key,
		"p over m/8":       "$argon2id$v=19$m=256,t=1,p=33" + salt + key,
		"m=0":              "$argon2id$v=19$m=0,t=1,p=1" + salt + key,
		"m negative":       "$argon2id$v=19$m=-1,t=1,p=1" + salt + key,
		"m with plus":      "$argon2id$v=19$m=+256,t=1,p=1" + salt + key,
		"m leading zero":   "$argon2id$v=19$m=0256,t=1,p=1" + salt + key,
		"order":            "$argon2id$v=19$t=1,m=256,p=1" + salt + key,
		"missing p":        "$argon2id$v=19$m=256,t=1" + salt + key,
		"extra":            "$argon2id$v=19$m=256,t=1,p=1,keyid=1" + salt + key,
		"empty key":        "$argon2id$v=19$m=256,t=1,p=1" + salt + "$",
		"short key":        "$argon2id$v=19$m=256,t=1,p=1" + salt + "$c29tZXNhbHQ",
		"empty salt":       "$argon2id$v=19$m=256,t=1,p=1$" + key,
		"no key":           "$argon2id$v=19$m=256,t=1,p=1" + salt,
		"old version":      "$argon2id$v=16$m=256,t=1,p=1" + salt + key,
		"other kind":       "$argon2i$v=19$m=256,t=1,p=1" + salt + key,
		"padding":          "$argon2id$v=19$m=256,t=1,p=1$c29tZXNhbHQ=" + key,
		"bcrypt cost 31":   "$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"bcrypt cost 3":    "$2a$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"bcrypt cut":       "$2a$05$CCCCCCCCCCCCCCCCCCCCC",
		"bcrypt alphabet":  "$2a$05$CCCCCCCCCCCCCCCCCCCC!.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"bcrypt 2x":        "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"scrypt ln":        "$scrypt$ln=40,r=8,p=1" + salt + key,
		"scrypt memory":    "$scrypt$ln=20,r=8,p=1" + salt + key,
		"scrypt p":         "$scrypt$ln=16,r=8,p=64" + salt + key,
		"scrypt r=0":       "$scrypt$ln=4,r=0,p=1" + salt + key,
		"plain text":       "correct horse battery staple",
		"crypt":            "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
		"dollars":          strings.Repeat("$", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.Verify(t.Context(), stored, "correct horse battery staple")
			if !errors.Is(err, password.ErrFormat) {
				t.Errorf("Verify = %v, want ErrFormat", err)
			}
			if err != nil && strings.Contains(err.Error(), "c29tZX") { // spec 28
				t.Errorf("the error tells the hash: %v", err)
			}
		})
	}
}

// spec 14, the half of it that is this package's.
func TestStale(t *testing.T) {
	old, _ := quick()
	h := &password.Hasher{Memory: 64, Time: 2, InsecureCost: true}
	stored := hashed(t, old, "correct horse")
	for _, verify := range []func() (bool, error){
		func() (bool, error) { return h.Verify(t.Context(), stored, "correct horse") },
		func() (bool, error) { return h.Stale(stored) },
		func() (bool, error) { return h.Stale(bcrypted(t, "x")) },
	} {
		if stale, err := verify(); !stale || err != nil {
			t.Errorf("old parameters: stale %v, %v", stale, err)
		}
	}
	if stale, err := old.Stale(stored); stale || err != nil {
		t.Errorf("own parameters: stale %v, %v", stale, err)
	}
}

// spec 11, and the fields.
func TestCheckFindsFaultsAtStart(t *testing.T) {
	for _, tt := range []struct {
		name string
		h    *password.Hasher
		want string // "": nil
	}{
		{"zero", &password.Hasher{}, ""},
		{"46 MiB, 1 pass", &password.Hasher{Memory: 46 << 10, Time: 1}, ""},
		{"7 MiB, 5 passes", &password.Hasher{Memory: 7 << 10, Time: 5}, ""},
		{"7 MiB, 2 passes", &password.Hasher{Memory: 7 << 10}, "OWASP"},
		{"memory given in bytes", &password.Hasher{Memory: 64 << 20}, "KiB"},
		{"less than 8 KiB a lane", &password.Hasher{Memory: 8, Threads: 2, InsecureCost: true}, "Hasher.Memory"},
		{"a decoy that could not be parsed", &password.Hasher{Threads: 200}, "200 lanes"},
		{"too many passes", &password.Hasher{Time: 1001}, "Hasher.Time"},
		{"workers", &password.Hasher{Workers: -1}, "Hasher.Workers"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.h.Check()
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Check = %v, want %q", err, tt.want)
			}
			if _, herr := tt.h.Hash(t.Context(), "x"); err != nil && herr != err {
				t.Errorf("Hash = %v, want what Check says", herr)
			}
		})
	}
}

func TestHashRefusesOverlong(t *testing.T) {
	h, count := quick()
	if _, err := h.Hash(t.Context(), strings.Repeat("x", password.MaxBytes+1)); err == nil || len(count) != 0 {
		t.Errorf("err %v, spent %v", err, count)
	}
}

// spec 5: the hook that stands in for golang.org/x/text/unicode/norm.
func TestNormalize(t *testing.T) {
	h := &password.Hasher{
		Memory: 64, Time: 1, InsecureCost: true,
		Normalize: func(s string) string { return strings.ReplaceAll(s, "e\u0301", "é") },
	}
	stored := hashed(t, h, "le café est fermé")
	if _, err := h.Verify(t.Context(), stored, "le cafe\u0301 est ferme\u0301"); err != nil {
		t.Error(err)
	}
}

func TestCancelledContextSpendsNothing(t *testing.T) {
	var n atomic.Int64
	h := &password.Hasher{Memory: 64, Time: 1, InsecureCost: true, Workers: 1, Observe: func(password.Operation) { n.Add(1) }}
	held, err := h.Enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("Hash = %v", err)
	}
	held.Leave()
	held.Leave() // harmless
	if n.Load() != 0 {
		t.Errorf("%d operations", n.Load())
	}
	if _, err := h.Hash(t.Context(), "x"); err != nil {
		t.Errorf("the worker did not come back: %v", err)
	}
}

func FuzzStored(f *testing.F) {
	h, _ := quick()
	f.Add("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	f.Add("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")
	f.Add(scrypted(f, "x"))
	f.Fuzz(func(t *testing.T, stored string) {
		stale, err := h.Stale(stored)
		switch {
		case err != nil && !errors.Is(err, password.ErrFormat):
			t.Errorf("Stale(%q) = %v", stored, err)
		case err != nil && len(stored) > 12 && strings.Contains(err.Error(), stored):
			t.Errorf("the error tells the hash: %v", err)
		case err == nil && !stale && !strings.HasPrefix(stored, "$argon2id$v=19$m=64,t=1,p=1$"):
			t.Errorf("Stale(%q) = false", stored)
		}
	})
}
