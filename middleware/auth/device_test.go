package auth_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
)

const (
	key1 = "surcoat1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	key2 = "surcoat1_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
)

// devicesOf returns accounts whose device cookies are signed with keys.
func devicesOf(t *testing.T, c auth.DeviceCookie) *auth.Accounts {
	accounts, _ := newCounted(t, "ada", "correct horse")
	accounts.DeviceCookie = c
	return accounts
}

// know returns the Cookie field of a browser with the given one after it has become a
// device of name.
func know(accounts *auth.Accounts, name, cookie string) (field, line string) {
	w := httptest.NewRecorder()
	accounts.KnowDevice(w, request("GET", "/", "Cookie", cookie), name)
	line = w.Header().Get("Set-Cookie")
	field, _, _ = strings.Cut(line, ";")
	return field, line
}

// knows reports whether a browser is a known device of name.
func knows(t *testing.T, accounts *auth.Accounts, name, cookie string) bool {
	t.Helper()
	a, err := accounts.Attempt(request("GET", "/", "Cookie", cookie), name, "")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Cancel()
	return a.Known()
}

// spec 20: only what was signed for an account makes a known device, of that account.
func TestDeviceCookie20(t *testing.T) {
	accounts := devicesOf(t, auth.DeviceCookie{Keys: key1})
	cookie, _ := know(accounts, "ada", "")
	name, token, _ := strings.Cut(cookie, "=")
	for i := range len(token) { // each letter in the place of each other
		for _, c := range []string{"A", "b", "-", ".", "=", "", "\xff"} {
			if damaged := token[:i] + c + token[i+1:]; damaged != token && knows(t, accounts, "ada", name+"="+damaged) {
				t.Errorf("%q instead of %q makes a known device", damaged, token)
			}
		}
		if knows(t, accounts, "ada", name+"="+token[:i]) || knows(t, accounts, "ada", name+"="+token[i+1:]) {
			t.Errorf("cut at %d it still makes a known device", i)
		}
	}
	other, _ := know(accounts, "grace", "")
	foreign, _ := know(devicesOf(t, auth.DeviceCookie{Keys: key2}), "ada", "")
	none, _ := know(devicesOf(t, auth.DeviceCookie{}), "ada", "")
	_, otherToken, _ := strings.Cut(other, "=")
	for _, tt := range []struct {
		what, name, cookie string
		want               bool
	}{
		{"as it was set", "ada", cookie, true},
		{"again", "ada", cookie, true},
		{"the name in another case", "ADA", cookie, false}, // somebody else, in some stores
		{"among others", "ada", "a=b; " + cookie + "; c=d", true},
		{"quoted", "ada", name + `="` + token + `"`, true},
		{"another account's", "ada", other, false},
		{"for another account", "grace", cookie, false},
		{"for no account", "", cookie, false},
		{"behind another account's", "ada", name + "=" + otherToken + "." + token, true},
		{"the head of one, the tag of another", "ada", name + "=" + token[:26] + otherToken[26:], false},
		{"signed with another key", "ada", foreign, false},
		{"signed with a key of another process", "ada", none, false},
		{"under another name", "ada", "device=" + token, false},
		{"twice as long", "ada", name + "=" + token + token, false},
		{"as the fifth of five", "ada", name + "=" + strings.Repeat(otherToken+".", 4) + token, false},
		{"of a mebibyte", "ada", name + "=" + strings.Repeat(".", 1<<20) + token, false},
		{"no cookie", "ada", "", false},
	} {
		if got := knows(t, accounts, tt.name, tt.cookie); got != tt.want {
			t.Errorf("%s: known %v, want %v", tt.what, got, tt.want)
		}
	}
	if strings.Contains(strings.ToLower(cookie), "ada") || len(token) > 48 {
		t.Errorf("%s names somebody, or is long", cookie)
	}
}

// A stolen cookie, or one that is sent again and again, gives nothing but a count of its own.
func TestStolenDevice20(t *testing.T) {
	bothWays(t, func(t *testing.T, try tries, right, wrong int) {
		s := newGuarded(t, -1)
		stolen := deviceOf(answer(s, try("ada", "correct horse")))
		time.Sleep(25 * time.Hour)
		mine := deviceOf(answer(s, try("ada", "correct horse", "Cookie", stolen)))
		if mine == "" || mine == stolen {
			t.Fatal("no new cookie a day later")
		}
		s.count.reset()
		for range 1000 {
			answer(s, try("ada", "wrong", "Cookie", stolen))
			time.Sleep(time.Second)
		}
		if n := s.count.all.Load(); n > 30 {
			t.Errorf("a thief had %d guesses in a quarter of an hour", n)
		}
		if w := answer(s, try("ada", "correct horse", "Cookie", mine)); w.Code != right {
			t.Errorf("the owner: %d, want %d", w.Code, right)
		}
		if w := answer(s, try("ada", "correct horse", "Cookie", stolen)); w.Code != 429 {
			t.Errorf("the thief, even with the right password: %d, want 429", w.Code)
		}
	})
}

// A browser that several people use knows the last four of them.
func TestDeviceOfSeveral(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		accounts := devicesOf(t, auth.DeviceCookie{})
		cookie := ""
		for i := range 6 {
			cookie, _ = know(accounts, fmt.Sprint("user", i), cookie)
			if len(cookie) > 250 {
				t.Errorf("%d bytes", len(cookie))
			}
		}
		for i := range 6 {
			if got := knows(t, accounts, fmt.Sprint("user", i), cookie); got != (i >= 2) {
				t.Errorf("user%d: known %v", i, got)
			}
		}
		time.Sleep(25 * time.Hour)
		fresh, _ := know(accounts, "user3", cookie) // moves to the front, and is there once
		if strings.Count(fresh, ".") != 3 || !knows(t, accounts, "user2", fresh) || !knows(t, accounts, "user3", fresh) {
			t.Errorf("%s after %s", fresh, cookie)
		}
	})
}

// Known for 400 days after the last time, whatever the clock does.
func TestDeviceOverTime(t *testing.T) {
	var future string
	synctest.Test(t, func(t *testing.T) {
		accounts := devicesOf(t, auth.DeviceCookie{Keys: key1})
		cookie, _ := know(accounts, "ada", "")
		if _, line := know(accounts, "ada", cookie); line != "" {
			t.Errorf("a further login sets %s", line)
		}
		time.Sleep(25 * time.Hour)
		renewed, _ := know(accounts, "ada", cookie)
		if renewed == "" || renewed == cookie || strings.Contains(renewed, ".") {
			t.Errorf("a day later: %q after %q", renewed, cookie)
		}
		time.Sleep(400*24*time.Hour - 25*time.Hour - time.Second)
		if !knows(t, accounts, "ada", cookie) {
			t.Error("forgotten before 400 days")
		}
		time.Sleep(time.Second)
		if knows(t, accounts, "ada", cookie) || !knows(t, accounts, "ada", renewed) {
			t.Error("after 400 days the old one is known, or the renewed is not")
		}
		future, _ = know(accounts, "ada", "")
	})
	synctest.Test(t, func(t *testing.T) { // a year and more earlier
		accounts := devicesOf(t, auth.DeviceCookie{Keys: key1})
		if !knows(t, accounts, "ada", future) {
			t.Error("a clock that was set back made a stranger of the owner")
		}
	})
	synctest.Test(t, func(t *testing.T) {
		accounts := devicesOf(t, auth.DeviceCookie{MaxAge: time.Hour})
		cookie, line := know(accounts, "ada", "")
		time.Sleep(time.Hour)
		if knows(t, accounts, "ada", cookie) || !strings.Contains(line, "; Max-Age=3600;") {
			t.Errorf("known after MaxAge, or kept for longer: %s", line)
		}
	})
}

// Keys outlive the process, and are replaced without a login.
func TestDeviceKeys(t *testing.T) {
	old, _ := know(devicesOf(t, auth.DeviceCookie{Keys: key1}), "ada", "")
	rotating := devicesOf(t, auth.DeviceCookie{Keys: key2 + ",\n" + key1})
	fresh, _ := know(rotating, "ada", "")
	after := devicesOf(t, auth.DeviceCookie{Keys: key2})
	if !knows(t, rotating, "ada", old) || !knows(t, after, "ada", fresh) || knows(t, after, "ada", old) {
		t.Error("a key that was replaced in two steps")
	}
}

func TestDeviceCookieFields(t *testing.T) {
	for _, tt := range []struct {
		cookie auth.DeviceCookie
		line   string // that is set, or the error
	}{
		{auth.DeviceCookie{}, "__Host-device=; Path=/; Max-Age=34560000; HttpOnly; Secure; SameSite=Lax"},
		{auth.DeviceCookie{Name: "__Secure-x"}, "__Secure-x=; Path=/; Max-Age=34560000; HttpOnly; Secure; SameSite=Lax"},
		{auth.DeviceCookie{InsecureCookie: true}, "device=; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax"},
		{auth.DeviceCookie{MaxAge: 400 * 24 * time.Hour}, "__Host-device=; Path=/; Max-Age=34560000; HttpOnly; Secure; SameSite=Lax"},
		{auth.DeviceCookie{MaxAge: 401 * 24 * time.Hour}, "MaxAge"},
		{auth.DeviceCookie{MaxAge: time.Millisecond}, "MaxAge"},
		{auth.DeviceCookie{MaxAge: -1}, "MaxAge"},
		{auth.DeviceCookie{Name: "a b"}, "Name"},
		{auth.DeviceCookie{Name: "__Host-x", InsecureCookie: true}, "Name"},
		{auth.DeviceCookie{Name: "__secure-x", InsecureCookie: true}, "Name"},
		{auth.DeviceCookie{Keys: key1 + " tooshort"}, "Keys: key 2"},
		{auth.DeviceCookie{Keys: " # none\n"}, "Keys: holds no key"},
	} {
		accounts := devicesOf(t, tt.cookie)
		_, err := accounts.Verify(t.Context(), "ada", "correct horse")
		cookie, line := know(accounts, "ada", "")
		_, value, _ := strings.Cut(cookie, "=")
		if err != nil {
			line = err.Error()
		}
		if strings.Replace(line, value, "", 1) != tt.line && (err == nil || !strings.Contains(line, "DeviceCookie."+tt.line)) {
			t.Errorf("%+v: %s, want %s", tt.cookie, line, tt.line)
		}
		if err != nil && strings.Contains(line, "tooshort") {
			t.Errorf("a key in an error: %s", line)
		}
	}
}

// A browser is known when its owner has proved all that they have to: after the second
// factor where there is one, and never after a wrong password.
func TestDeviceIsSetAfterAll(t *testing.T) {
	s := newGuarded(t, time.Minute)
	if w := answer(s, byForm("ada", "wrong")); deviceOf(w) != "" {
		t.Error("set after a wrong password")
	}
	w := answer(s, byBasic("ada", "correct horse"))
	if deviceOf(w) == "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("after a right one: %v", w.Header())
	}
	if w := answer(s, byBasic("ada", "correct horse")); deviceOf(w) != "" || w.Code != 200 {
		t.Errorf("remembered: %d %v", w.Code, w.Header())
	}
	if w := answer(s, byBasic("nobody", "correct horse")); len(w.Header()["Set-Cookie"]) != 0 {
		t.Errorf("%v", w.Header())
	}
	_ = s.accounts.Users.Update(t.Context(), "ada", func(u *auth.User) error {
		u.Secrets = []auth.Secret{{Kind: auth.TOTPSecret}}
		return nil
	})
	r := byForm("ada", "correct horse")
	rec := httptest.NewRecorder()
	if _, err := s.accounts.VerifyRequest(rec, r, "ada", "correct horse"); err != nil || len(rec.Header()) != 0 {
		t.Errorf("with a second factor to come: %v %v", err, rec.Header())
	}
	s.accounts.KnowDevice(rec, r, "ada")
	if !knows(t, s.accounts, "ada", deviceOf(rec)) {
		t.Error("after it: not known")
	}
	rec = httptest.NewRecorder()
	http.SetCookie(rec, &http.Cookie{Name: "other", Value: "1"})
	rec.Header().Set("Cache-Control", "private, no-store")
	s.accounts.KnowDevice(rec, r, "ada")
	if h := rec.Header(); len(h["Set-Cookie"]) != 2 || h.Get("Cache-Control") != "private, no-store" {
		t.Errorf("beside others: %v", h)
	}
}
