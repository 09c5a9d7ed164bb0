package totp_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/auth/totp"
)

// rfcKey is the one of the test vectors: "12345678901234567890".
const rfcKey = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

func parse(t testing.TB, s string) totp.Key {
	t.Helper()
	k, err := totp.ParseKey(s)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// RFC 6238 appendix B, of which these are the last six digits; RFC 4226 appendix D.
func TestVectors(t *testing.T) {
	k := parse(t, rfcKey)
	for unix, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924",
		2000000000: "279037", 20000000000: "353130",
	} {
		if got := k.Code(totp.Step(time.Unix(unix, 0))); got != want {
			t.Errorf("at %d: %s, want %s", unix, got, want)
		}
	}
	for step, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		if got := k.Code(int64(step)); got != want {
			t.Errorf("step %d: %s, want %s", step, got, want)
		}
	}
}

func TestVerify(t *testing.T) {
	k := totp.NewKey()
	now := time.Unix(1_700_000_000, 0)
	at := totp.Step(now)
	for _, tt := range []struct {
		name string
		code string
		last int64
		step int64 // 0: refused
	}{
		{"of now", k.Code(at), 0, at},
		{"one step late", k.Code(at - 1), 0, at - 1},
		{"one step early", k.Code(at + 1), 0, at + 1},
		{"two steps late", k.Code(at - 2), 0, 0},
		{"two steps early", k.Code(at + 2), 0, 0},
		{"taken before", k.Code(at), at, 0},
		{"before one that was taken", k.Code(at - 1), at, 0},
		{"after one that was taken", k.Code(at + 1), at, at + 1},
		{"with blanks", " " + k.Code(at)[:3] + " " + k.Code(at)[3:] + "\n", 0, at},
		{"too short", k.Code(at)[:5], 0, 0},
		{"too long", k.Code(at) + "0", 0, 0},
		{"empty", "", 0, 0},
		{"in other digits", strings.Repeat("١", 6), 0, 0},
		{"of another key", totp.NewKey().Code(at), 0, 0},
	} {
		step, ok := k.Verify(tt.code, now, tt.last)
		if ok != (tt.step != 0) || step != tt.step {
			if tt.name == "of another key" {
				continue // one in a million
			}
			t.Errorf("%s: %d %v, want %d", tt.name, step, ok, tt.step)
		}
	}
	if _, ok := (totp.Key{}).Verify((totp.Key{}).Code(at), now, 0); ok {
		t.Error("the zero Key verifies something")
	}
}

func TestParseKey(t *testing.T) {
	for _, text := range []string{rfcKey, strings.ToLower(rfcKey), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ", "GEZDGNBV-GY3TQOJQ-GEZDGNBV-GY3TQOJQ====", rfcKey[:26]} {
		if k := parse(t, text); len(text) >= 32 && k.Base32() != rfcKey {
			t.Errorf("%s: %s", text, k.Base32())
		}
	}
	for _, text := range []string{"", "GEZDGNBVGY3TQOJQ", "0EZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", strings.Repeat("A", 200)} {
		_, err := totp.ParseKey(text)
		if !errors.Is(err, totp.ErrKey) || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestKeyIsNotPrinted(t *testing.T) {
	k := totp.NewKey()
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, k); !strings.HasPrefix(got, "totp.Key") || strings.Contains(got, k.Base32()) {
			t.Errorf("%s prints %s", format, got)
		}
	}
}

func TestURI(t *testing.T) {
	k := parse(t, rfcKey)
	got := k.URI("Acme & Söhne: x", "ada@example.org")
	u, err := url.Parse(got)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Acme & Söhne  x:ada@example.org" ||
		q.Get("secret") != rfcKey || q.Get("issuer") != "Acme & Söhne  x" {
		t.Errorf("%s: %v %v", got, u.Path, q)
	}
	if strings.Contains(got, "+") {
		t.Errorf("%s has a plus", got)
	}
}

func TestRecoveryCodes(t *testing.T) {
	seen := map[string]bool{}
	for _, code := range totp.NewRecoveryCodes(1000) {
		if len(code) != 19 || strings.Trim(code, "23456789abcdefghjkmnpqrstuvwxyz-") != "" || seen[code] {
			t.Errorf("%q", code)
		}
		seen[code] = true
		for _, typed := range []string{strings.ToUpper(code), strings.ReplaceAll(code, "-", " "), strings.ReplaceAll(code, "-", "")} {
			if totp.RecoveryHash(typed) != totp.RecoveryHash(code) {
				t.Errorf("%q is not %q", typed, code)
			}
		}
		if totp.RecoveryHash(code[1:]) == totp.RecoveryHash(code) {
			t.Error("a part is the whole")
		}
	}
}

func FuzzVerify(f *testing.F) {
	k, now := parse(f, rfcKey), time.Unix(1_700_000_000, 0)
	f.Add(k.Code(totp.Step(now)), int64(0))
	f.Fuzz(func(t *testing.T, code string, last int64) {
		step, ok := k.Verify(code, now, last)
		if ok && (step <= last || k.Code(step) != strings.Join(strings.Fields(code), "")) {
			t.Errorf("%q after %d: %d", code, last, step)
		}
	})
}

func FuzzParseKey(f *testing.F) {
	f.Add(rfcKey)
	f.Fuzz(func(t *testing.T, s string) {
		k, err := totp.ParseKey(s)
		if err != nil {
			return
		}
		if again, err := totp.ParseKey(k.Base32()); err != nil || again != k {
			t.Errorf("%q is read as %q", s, k.Base32())
		}
	})
}

func Example() {
	key := totp.NewKey()
	var last int64 // kept with the key

	code := key.Code(totp.Step(time.Now())) // what the user's app shows
	step, ok := key.Verify(code, time.Now(), last)
	fmt.Println(ok)
	last = step
	_, ok = key.Verify(code, time.Now(), last)
	fmt.Println(ok)
	// Output:
	// true
	// false
}

func ExampleNewRecoveryCodes() {
	codes := totp.NewRecoveryCodes(10) // printed by the user
	var kept []string
	for _, code := range codes {
		kept = append(kept, totp.RecoveryHash(code))
	}
	fmt.Println(totp.RecoveryHash(strings.ToUpper(codes[3])) == kept[3])
	// Output: true
}

func ExampleKey() {
	key, err := totp.ParseKey("gezd gnbv gy3t qojq gezd gnbv gy3t qojq")
	fmt.Println(key, err)
	fmt.Println(key.URI("Example", "ada"))
	// Output:
	// totp.Key <nil>
	// otpauth://totp/Example:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example&algorithm=SHA1&digits=6&period=30
}
