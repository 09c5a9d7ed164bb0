package dictionaryfield_test

import (
	"encoding/base64"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/internal/dictionaryfield"
)

// hash is 32 bytes in base64, whose last digit has bits to spare.
const hash = "pZGm1Av0IEBKARczz7exkNYsZb8LzaMrV7J32a2fFG4"

func TestAvailable(t *testing.T) {
	want, err := base64.RawStdEncoding.DecodeString(hash)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		lines []string
		ok    bool
	}{
		{[]string{":" + hash + "=:"}, true},
		{[]string{":" + hash + ":"}, true},                            // padding may be missing (RFC 9651 §4.2.7)
		{[]string{":" + hash[:42] + "5=:"}, true},                     // bits to spare may be set
		{[]string{" :" + hash + "=: "}, true},                         // spaces around
		{[]string{":" + hash + `=:;a;b=1;c="x";d=:AA==:; e=t`}, true}, // parameters
		{nil, false},
		{[]string{""}, false},
		{[]string{hash + "="}, false},
		{[]string{":" + hash + "="}, false},
		{[]string{":" + hash + "==:"}, false},
		{[]string{":=" + hash + ":"}, false},
		{[]string{":" + hash[:42] + ":"}, false},
		{[]string{":" + hash + "AAAA:"}, false},
		{[]string{":" + strings.Replace(hash, "p", "-", 1) + "=:"}, false}, // base64url
		{[]string{":" + strings.Replace(hash, "p", "\n", 1) + "=:"}, false},
		{[]string{"\t:" + hash + "=:"}, false},
		{[]string{":" + hash + "=:, :" + hash + "=:"}, false},
		{[]string{":" + hash + "=:", ":" + hash + "=:"}, false},
		{[]string{":" + hash + "=:;"}, false},
		{[]string{":" + hash + "=: x"}, false},
		{[]string{`"` + hash + `="`}, false},
		{[]string{"(:" + hash + "=:)"}, false},
		{[]string{strings.Repeat(" ", 64<<10) + ":" + hash + "=:"}, false},
		{[]string{":" + strings.Repeat("A", 64<<10) + ":"}, false},
	} {
		got, ok := dictionaryfield.Available(tt.lines)
		if ok != tt.ok || ok && string(got[:]) != string(want) {
			t.Errorf("Available(%.80q) = %x, %v, want %v", tt.lines, got, ok, tt.ok)
		}
	}
}

func TestAvailable_allocates(t *testing.T) {
	for _, line := range []string{":" + hash + "=:;a=1", ":" + strings.Repeat("A", 900) + ":", "garbage"} {
		lines := []string{line}
		if n := testing.AllocsPerRun(100, func() { dictionaryfield.Available(lines) }); n > 0 {
			t.Errorf("Available(%.40q) allocates %v times", line, n)
		}
	}
}

func TestParseUse(t *testing.T) {
	type use = dictionaryfield.Use
	for _, tt := range []struct {
		field string
		want  use
	}{
		{`match="/app/*"`, use{Match: "/app/*", Type: "raw"}},
		{`match="/app/*", match-dest=("document" "frame"), id="a\"b\\", type=raw`, use{"/app/*", []string{"document", "frame"}, `a"b\`, "raw"}},
		{`match="/a" , 	match-dest=()`, use{Match: "/a", Type: "raw"}},
		{`match="/a", match-dest=( "x"   "y" );p`, use{Match: "/a", Dest: []string{"x", "y"}, Type: "raw"}},
		{`match="/a", match="/b"`, use{Match: "/b", Type: "raw"}},
		{`type=new, match="/a"`, use{Match: "/a", Type: "new"}},
		{`match="/a";p=1;q="x", unknown, n=-1.5, b=?0, d=@-12, s=%"f%c3%bc", l=(1 a :AA==: ?1);x, y=:AA==:, z=:AA:, e=::`, use{Match: "/a", Type: "raw"}},
		{`*k.-_9=1, match="/a"`, use{Match: "/a", Type: "raw"}},
		{` match="/a" `, use{Match: "/a", Type: "raw"}},
		{`match="/a", n=123456789012345, m=123456789012.125`, use{Match: "/a", Type: "raw"}},
		{`match="/a", id="` + strings.Repeat("x", 1024) + `"`, use{Match: "/a", ID: strings.Repeat("x", 1024), Type: "raw"}},
	} {
		got, err := dictionaryfield.ParseUse([]string{tt.field})
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("ParseUse(%s) = %+v, %v", tt.field, got, err)
		}
	}
	got, err := dictionaryfield.ParseUse([]string{`match="/a"`, `id="x"`})
	if err != nil || got.Match != "/a" || got.ID != "x" {
		t.Errorf("over two lines: %+v, %v", got, err)
	}
}

func TestParseUse_errors(t *testing.T) {
	for _, tt := range []struct{ field, says string }{
		{``, "match is not there"},
		{`id="x"`, "match is not there"},
		{`match`, "match is not there, or no string"},
		{`match=/a`, "malformed"},
		{`match=token`, "match is not there, or no string"},
		{`match=("/a")`, "match is not there, or no string"},
		{`match=""`, "match is not there"},
		{`match="/a", match-dest="x"`, "match-dest is no list"},
		{`match="/a", match-dest=(x)`, "match-dest has what is no string"},
		{`match="/a", id=x`, "id is no string"},
		{`match="/a", id="` + strings.Repeat("x", 1025) + `"`, "id is no string of up to 1024"},
		{`match="/a", type="raw"`, "type is no token"},
		{`match="/a",`, "malformed"},
		{`,match="/a"`, "malformed"},
		{`match="/a" id="x"`, "malformed"},
		{`match="/a`, "malformed"},
		{`match="/\a"`, "malformed"},
		{"match=\"/\x7f\"", "malformed"},
		{`match="/ä"`, "malformed"},
		{`Match="/a"`, "malformed"},
		{`match="/a", match-dest=("x""y")`, "malformed"},
		{`match="/a", match-dest=("x"`, "malformed"},
		{`match="/a";`, "malformed"},
		{`match="/a", n=1234567890123456`, "malformed"},
		{`match="/a", n=1234567890123.1`, "malformed"},
		{`match="/a", n=1.`, "malformed"},
		{`match="/a", n=1.1234`, "malformed"},
		{`match="/a", n=-`, "malformed"},
		{`match="/a", b=?2`, "malformed"},
		{`match="/a", d=@1.5`, "malformed"},
		{`match="/a", s=%"%C3%BC"`, "malformed"},
		{`match="/a", s=%"%ff"`, "malformed"},
		{`match="/a", s=%"%c"`, "malformed"},
		{`match="/a", y=:A*:`, "malformed"},
		{`match="/a", y=:AAAAA:`, "malformed"},
		{`match="/a", y=:A=A=:`, "malformed"},
		{`match="/a", y=:AA=:`, "malformed"},
		{`match="/a", y=:A===:`, "malformed"},
		{`match="` + strings.Repeat("a", 64<<10) + `"`, "bytes"},
	} {
		if got, err := dictionaryfield.ParseUse([]string{tt.field}); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("ParseUse(%.60s) = %+v, %v, want %q", tt.field, got, err, tt.says)
		}
	}
}

func TestFault(t *testing.T) {
	for _, tt := range []struct {
		use  dictionaryfield.Use
		says string
	}{
		{dictionaryfield.Use{Match: "/a", Dest: []string{"document"}, ID: `"\`, Type: "raw"}, ""},
		{dictionaryfield.Use{}, "Match is empty"},
		{dictionaryfield.Use{Match: "/ä"}, "Match is"},
		{dictionaryfield.Use{Match: "/\n"}, "Match is"},
		{dictionaryfield.Use{Match: "/", ID: strings.Repeat("x", 1025)}, "ID has 1025"},
		{dictionaryfield.Use{Match: "/", ID: "ä"}, "ID is"},
		{dictionaryfield.Use{Match: "/", Dest: []string{""}}, ""},
		{dictionaryfield.Use{Match: "/", Dest: []string{"a", "ä"}}, "Dest[1] is"},
		{dictionaryfield.Use{Match: "/", Dest: []string{"\x00"}}, "Dest[0] is"},
		{dictionaryfield.Use{Match: "/", Dest: []string{strings.Repeat("a", 20<<10)}}, "Dest makes"},
		{dictionaryfield.Use{Match: "/", Type: "a b"}, "Type is"},
	} {
		field, why := tt.use.Fault()
		if got := field + " " + why; tt.says == "" && field != "" || !strings.HasPrefix(got, tt.says) {
			t.Errorf("Fault of %.60v: %s, want %q", tt.use, got, tt.says)
		}
	}
}

func TestReadable(t *testing.T) {
	for _, tt := range []struct {
		site, mode, origin, allowed string
		want                        bool
	}{
		{"", "", "", "", true}, // not a browser
		{"same-origin", "cors", "https://a.example", "", true},
		{"same-origin", "no-cors", "", "", true},
		{"none", "navigate", "", "", true},
		{"cross-site", "navigate", "", "", true},
		{"cross-site", "same-origin", "", "", true},
		{"cross-site", "cors", "https://a.example", "https://a.example", true},
		{"cross-site", "cors", "https://a.example", "*", true},
		{"cross-site", "cors", "https://a.example", "https://b.example", false},
		{"cross-site", "cors", "https://a.example", "", false},
		{"cross-site", "cors", "", "*", false},
		{"same-site", "cors", "https://a.example", "", false},
		{"same-site", "no-cors", "", "*", false},
		{"cross-site", "no-cors", "", "", false},
		{"cross-site", "websocket", "", "", false},
		{"", "no-cors", "", "", false},
		{"cross-site", "", "", "", false},
	} {
		request, response := http.Header{}, http.Header{}
		for name, value := range map[string]string{"Sec-Fetch-Site": tt.site, "Sec-Fetch-Mode": tt.mode, "Origin": tt.origin} {
			if value != "" {
				request.Set(name, value)
			}
		}
		if tt.allowed != "" {
			response.Set("Access-Control-Allow-Origin", tt.allowed)
		}
		if got := dictionaryfield.Readable(request, response); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

// The answer to a request with a user's cookie is for another origin only if that is said of
// credentials.
func TestReadable_credentials(t *testing.T) {
	for _, tt := range []struct {
		site, allowed, credentials string
		want                       bool
	}{
		{"same-origin", "", "", true},
		{"cross-site", "https://a.example", "true", true},
		{"cross-site", "https://a.example", "", false},
		{"cross-site", "https://a.example", "false", false},
		{"cross-site", "*", "", false},
		{"cross-site", "*", "true", false},
	} {
		request := http.Header{
			"Sec-Fetch-Site": {tt.site}, "Sec-Fetch-Mode": {"cors"}, "Origin": {"https://a.example"}, "Cookie": {"user=ada"},
		}
		response := http.Header{"Access-Control-Allow-Origin": {tt.allowed}}
		if tt.credentials != "" {
			response.Set("Access-Control-Allow-Credentials", tt.credentials)
		}
		if got := dictionaryfield.Readable(request, response); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

// FuzzUse: what parses can be written, if it is ours to write, and parses to the same.
func FuzzUse(f *testing.F) {
	for _, s := range []string{
		`match="/app/*", match-dest=("document" "frame"), id="a\"b", type=raw`, `match="/a";p=1, l=(1 a :AA==: ?1);x`,
		`match="/a", s=%"f%c3%bc", d=@1`, `match`, `a=-1.5`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, field string) {
		u, err := dictionaryfield.ParseUse([]string{field})
		if err != nil {
			return
		}
		if bad, why := u.Fault(); bad != "" {
			t.Fatalf("ParseUse(%q) = %+v, which is not valid: %s %s", field, u, bad, why)
		}
		again, err := dictionaryfield.ParseUse([]string{u.String()})
		if err != nil || !reflect.DeepEqual(again, u) {
			t.Errorf("%q: %+v is written %s and read %+v, %v", field, u, u, again, err)
		}
	})
}

// FuzzAvailable: what is taken for a hash has one in it, written in base64.
func FuzzAvailable(f *testing.F) {
	for _, s := range []string{":" + hash + "=:", ":" + hash + ":;a=1", "::", ":" + hash[:42] + "5=:", "?1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, field string) {
		got, ok := dictionaryfield.Available([]string{field})
		if !ok {
			return
		}
		// The last digit has two bits to spare.
		if coded := base64.RawStdEncoding.EncodeToString(got[:]); !strings.Contains(field, ":"+coded[:42]) {
			t.Errorf("Available(%q) = %x, which is %s", field, got, coded)
		}
	})
}
