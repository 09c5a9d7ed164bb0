package redact_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
)

// spec 7: by name.
func TestName(t *testing.T) {
	for _, name := range []string{
		"password", "Password", "userPassword", "new_password2", "passwd", "DB_PASS", "pwd", "secret", "clientSecret",
		"token", "accessToken", "X-Api-Key", "apiKey", "api.key", "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie",
		"session", "session_id", "PHPSESSID", "JSESSIONID", "sid", "signature", "X-Amz-Signature", "X-CSRF-Token", "csrfmiddlewaretoken", "jwt",
		"otp", "otp_code", "TOTP", "DSN", "SENTRY_DSN", "AWS_SECRET_ACCESS_KEY", "private_key", "credentials", "cvc", "Pin",
		"AccountKey", "Ocp-Apim-Subscription-Key", "X-Functions-Key", "recovery_code", "SAMLResponse", "client_assertion", "Php-Auth-Pw",
	} {
		if !redact.Name(name) {
			t.Errorf("%s is not taken for a secret", name)
		}
	}
	for _, name := range []string{
		"", "PWD", "OLDPWD", "XDG_SESSION_ID", "user", "name", "page", "footprint", "obsession", "compass", "spinner", "Accept", "keyboard", "author", "signal", "option", "bypass",
	} {
		if redact.Name(name) {
			t.Errorf("%s is taken for a secret", name)
		}
	}
}

// spec 7: by shape, and by the name beside it.
func TestText(t *testing.T) {
	pem := "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\n-----END RSA PRIVATE KEY-----"
	tests := []struct{ in, want string }{
		{"nothing to hide", "nothing to hide"},
		{"got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl, expired", "got REDACTED, expired"},
		{"AKIAIOSFODNN7EXAMPLE", "REDACTED"},
		{"ghp_0123456789abcdefghij", "REDACTED"},
		{"sk_live_0123456789", "REDACTED"},
		{"before " + pem + " after", "before REDACTED after"},
		{"before -----BEGIN PRIVATE KEY-----\nMIIE, cut short", "before REDACTED"},
		{"dial postgres://ada:s3cret@db:5432/shop?x=1", "dial postgres://ada:REDACTED@db:5432/shop?x=1"},
		{"redis://:s3cret@cache", "redis://:REDACTED@cache"},
		{"http://localhost:8080/a@b", "http://localhost:8080/a@b"},
		{"Basic YWRhOnMzY3JldA== refused", "REDACTED refused"},
		{"$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "REDACTED"},
		{"password=hunter2 user=ada", "password=REDACTED user=ada"},
		{"Password: hunter2, user: ada", "Password: REDACTED, user: ada"},
		{`{"api_key": "abc def", "n": 1}`, `{"api_key": REDACTED, "n": 1}`},
		{`{\"token\":\"abc\"}`, `{\"token\":REDACTED}`},
		{"map[Authorization:[abc] Accept:[x]]", "map[Authorization:[REDACTED] Accept:[x]]"},
		{"Cookie: a=b; c=d\nAccept: x", "Cookie: REDACTED\nAccept: x"},
		{"-ldflags=-X main.apiKey=abc -s", "-ldflags=-X main.apiKey=REDACTED -s"},
		{"db_pass='x y' next", "db_pass=REDACTED next"},
		{"dial ada:s3c:r@t@tcp(db:3306)/shop: refused", "dial ada:REDACTED@tcp(db:3306)/shop: refused"},
		{"&{User:ada Pass:hunter2}", "&{User:ada Pass:REDACTED}"},
		{"AccountName=shop;AccountKey=aGVsbG8=;x=1", "AccountName=shop;AccountKey=REDACTED;x=1"},
		{"the compass: north, bypass=1", "the compass: north, bypass=1"},
		{"authorization := r.Header", "authorization := REDACTED"},
		{"{Name:ada Password:correct horse battery PIN:1 Age:7}", "{Name:ada Password:REDACTED PIN:REDACTED Age:7}"},
		{"{Password:correct horse battery}", "{Password:REDACTED}"},
		{"map[token:a b c user:ada]", "map[token:REDACTED user:ada]"},
		{"{Tokens:[a b c] User:ada}", "{Tokens:[REDACTED] User:ada}"},
		{"&{Secret:{A:a b B:{C:c}} User:ada}", "&{Secret:REDACTED User:ada}"},
		{"password: hunter2 is not right: ask ada", "password: REDACTED is not right: ask ada"},
		{"dial: token:abc refused", "dial: token:REDACTED refused"},
		{`<ns:password kind="x">a &amp; b</ns:password><user>ada</user>`, `<ns:password kind="x">REDACTED</ns:password><user>ada</user>`},
		{`<pin>4711</pin>`, `<pin>REDACTED</pin>`},
		{`{\"pass\": \"abc\"}`, `{\"pass\": REDACTED}`},
		{"hmac_key=abc&app-key=def&shared key", "hmac_key=REDACTED&app-key=REDACTED&shared key"},
	}
	for _, tt := range tests {
		if got := redact.New(nil).Text(tt.in); got != tt.want {
			t.Errorf("%q\n got %q\nwant %q", tt.in, got, tt.want)
		}
	}
}

// spec 7: by taint, wherever the value occurs and in whatever form.
func TestTaint(t *testing.T) {
	const secret = `zq 7"K/x&9`
	tests := []struct {
		name, method, target, contentType, body string
		header                                  [2]string
		value                                   string
	}{
		{name: "query", target: "/?token=zq+7%22K%2Fx%269", value: secret},
		{name: "bearer", header: [2]string{"Authorization", "Bearer abc-123"}, value: "abc-123"},
		{name: "basic", header: [2]string{"Authorization", "Basic YWRhOmNvcnJlY3QgaG9yc2U="}, value: "correct horse"},
		{name: "basic without padding", header: [2]string{"Authorization", "Basic YWRhOmNvcnJlY3QgaG9yc2U"}, value: "correct horse"},
		{name: "own header", header: [2]string{"X-Auth-Key", "abc-123"}, value: "abc-123"},
		{name: "cookie", header: [2]string{"Cookie", `theme=dark; id="0123456789abc"`}, value: "0123456789abc"},
		{name: "short cookie of a secret name", header: [2]string{"Cookie", "sid=x7y"}, value: "x7y"},
		{name: "form", contentType: "application/x-www-form-urlencoded", body: "user=ada&password=zq+7%22K%2Fx%269", value: secret},
		{name: "form, cut short", contentType: "application/x-www-form-urlencoded", body: "password=hunter2&x=%f", value: "hunter2"},
		{name: "JSON", contentType: "application/json; charset=utf-8", body: `{"user":{"name":"ada","password":"zq 7\"K/x&9"}}`, value: secret},
		{name: "JSON, nested under the name", contentType: "application/json", body: `[{"secrets":{"a":["v-in-list"]}}]`, value: "v-in-list"},
		{name: "JSON, number", contentType: "application/vnd.x+json", body: `{"pin":482913}`, value: "482913"},
		{name: "JSON, cut short", contentType: "application/json", body: `{"password":"hunter2","rest":[`, value: "hunter2"},
		{name: "multipart", contentType: "multipart/form-data; boundary=b", body: "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n--b--", value: "hunter2"},
		{name: "referer", header: [2]string{"Referer", "http://h/?access_token=hunter2"}, value: "hunter2"},
		{name: "short", target: "/?pin=4711", value: "4711"},
		{name: "OAuth's code", target: "/?code=hunter2&state=x", value: "hunter2"},
		{name: "shape in the path", target: "/reset/ghp_0123456789abcdefghij", value: "GHP_0123456789ABCDEFGHIJ"},
		{name: "shape in a header", header: [2]string{"X-Upstream", "http://ada:hunter2@db/"}, value: "hunter2"},
		{name: "XML", contentType: "text/xml", body: "<login><password>a &lt; b</password></login>", value: "a < b"},
		{name: "YAML", contentType: "application/yaml", body: "user: ada\npassword: hunter2\n", value: "hunter2"},
		{name: "text", body: "token=hunter2", value: "hunter2"},
		{name: "GraphQL", contentType: "application/json", body: `{"query":"mutation($pin: theme) { login(password: \"hunter2\", pin: $pin) }"}`, value: "hunter2"},
		{name: "JSON in JSON", contentType: "application/json", body: `{"event":"{\"password\":\"hunter2\"}"}`, value: "hunter2"},
		{name: "form in JSON", contentType: "application/json", body: `{"raw":"user=ada&password=hunter2&x=1"}`, value: "hunter2"},
		{name: "JSON in a form", contentType: "application/x-www-form-urlencoded", body: "payload=%7B%22token%22%3A%22hunter2%22%7D", value: "hunter2"},
		{name: "JSON in a part", contentType: "multipart/form-data; boundary=b", body: "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{\"token\":\"hunter2\"}\r\n--b--", value: "hunter2"},
		{name: "JSON, cut within", contentType: "application/json", body: `{"password":"hunter2`, value: "hunter2"},
		{name: "JSON after a mark", contentType: "application/json", body: "\ufeff{\"password\":\"hunter2\"}", value: "hunter2"},
		{name: "URL in the query", target: "/?next=%2Flogin%3Ftoken%3Dhunter2", value: "hunter2"},
		{name: "parameter of the path", target: "/login;token=hunter2", value: "hunter2"},
		{name: "named in a header", header: [2]string{"X-Debug", "user=ada password=hunter2"}, value: "hunter2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.target == "" {
				tt.target = "/"
			}
			q := httptest.NewRequest("POST", tt.target, nil)
			q.Header.Set("Content-Type", tt.contentType)
			if tt.header[0] != "" {
				q.Header.Set(tt.header[0], tt.header[1])
			}
			red := redact.New(nil)
			red.TaintRequest(q, []byte(tt.body))
			in := "error: no user has " + tt.value + ", ask them"
			if got, want := red.Text(in), "error: no user has REDACTED, ask them"; got != want {
				t.Errorf("got %q", got)
			}
			if got := red.Code("theme dark, user ada"); got != "theme dark, user ada" {
				t.Errorf("masked too much: %q", got)
			}
		})
	}
}

func TestTaintForms(t *testing.T) {
	red := redact.New(nil)
	red.Taint(`zq 7"K/x&9`)
	for _, in := range []string{`zq 7\"K/x&9`, `ZQ 7"K/X&9`, "7A712037224B2F782639", "122 113 32 55 34 75 47 120 38 57", "zq+7%22K%2Fx%269", "zq%207%22K%2Fx&9", "zq 7&#34;K/x&amp;9", `zq 7\"K/x\u00269`, "enEgNyJLL3gmOQ", "7a712037224b2f782639"} {
		if got := red.Text("<" + in + ">"); got != "<REDACTED>" {
			t.Errorf("%s became %s", in, got)
		}
	}
}

// A part of a secret is a secret, where it is no word that anybody could have written.
func TestParts(t *testing.T) {
	red := redact.New(nil)
	red.Taint("correct-horse-4711-battery")
	for in, want := range map[string]string{
		"correct-horse-4711": redact.Mask, "horse-4711": redact.Mask, "4711-battery": redact.Mask,
		"battery": "battery", "ct-horse": "ct-horse", "horse-4711 and more": "horse-4711 and more",
	} {
		if got := red.Text(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
	for in, want := range map[string]string{
		"it was correct-horse-47": "it was REDACTED", "it was corr": "it was REDACTED", "it was cor": "it was cor", "": "",
		"correct-horse-4711-battery": "REDACTED", "password=abc corr": "password=REDACTED REDACTED",
	} {
		if got := red.Beginning(in); got != want {
			t.Errorf("the beginning %q became %q", in, got)
		}
	}
}

// Where one secret reaches into another, both are hidden whole.
func TestOverlap(t *testing.T) {
	red := redact.New(nil)
	for _, v := range []string{"abcdef", "defghijkl", "ijk"} {
		red.Taint(v)
	}
	if got := red.Text("<abcdefghijkl> <xdefghijkl> <ijk>"); got != "<REDACTED> <xREDACTED> <REDACTED>" {
		t.Errorf("got %s", got)
	}
}

func TestShortValuesAreWholeWords(t *testing.T) {
	red := redact.New(nil)
	for _, v := range []string{"cat", "no", "true", ""} {
		red.Taint(v)
	}
	if got, want := red.Code("cat concatenate cat_x (cat) no true"), "REDACTED concatenate cat_x (REDACTED) no true"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEnviron(t *testing.T) {
	red := redact.New(func(name, value string) bool { return strings.HasPrefix(name, "SHOP_") })
	red.TaintEnviron([]string{"PWD=/home/ada", "DB_PASSWORD=hunter2", "DATABASE_URL=mysql://ada:tr0ub4dor@db/x", "SHOP_ID=shop-number-7", "MY_DB=ada:c0rrect@tcp(db)/x", "CONNECTION=Server=db;Password=h0rse!;", "XDG_SESSION_TYPE=wayland", "=C:=C:\\"})
	const in = "/home/ada hunter2 tr0ub4dor shop-number-7 c0rrect h0rse! wayland"
	if got, want := red.Text(in), "/home/ada REDACTED REDACTED REDACTED REDACTED REDACTED wayland"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// The mask has one width, whatever it hides.
func TestMaskWidth(t *testing.T) {
	red := redact.New(nil)
	if a, b := red.Value("password", "x"), red.Value("password", strings.Repeat("x", 1000)); a != b || a != redact.Mask {
		t.Errorf("%q and %q", a, b)
	}
}

// Whatever the text around it, a tainted value does not get through.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "password=", "//a:b@c", "-----BEGIN PRIVATE KEY-----", `{"token":"`, "Cookie: ", "Bearer ", "\xff", "zq7Kx9zq7Kx9"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		const secret = "zq7Kx9-vw31"
		red := redact.New(nil)
		red.Taint(secret)
		if got := red.Text(before + secret + after); strings.Contains(got, secret) {
			t.Errorf("%q", got)
		}
	})
}

// A body of any kind, whole or not, is looked through without harm.
func FuzzTaintBody(f *testing.F) {
	f.Add("application/json", `{"a":[{"password":"x"}]}`)
	f.Add("application/json", `]`)
	f.Add("application/x-www-form-urlencoded", "a=%zz&password=b")
	f.Add("multipart/form-data; boundary=b", "--b\r\n\r\n--b--")
	f.Fuzz(func(t *testing.T, contentType, body string) {
		q := httptest.NewRequest("POST", "/", nil)
		q.Header.Set("Content-Type", contentType)
		red := redact.New(nil)
		red.TaintRequest(q, []byte(body))
		red.Text(body)
	})
}

// Whatever the values are, none is left, also of those that begin like others or reach
// into them, and what has none is left alone.
func FuzzMask(f *testing.F) {
	f.Add("abcdef", "defabc", "xabcdefabc")
	f.Add("aaaaaa", "aaaaaaaa", "aaaaaaaaaaaaaaa")
	f.Add("\xff\xfe\xfd", "é日本語", "\xff\xfe\xfdé日本語")
	f.Fuzz(func(t *testing.T, one, two, text string) {
		one, two = strings.TrimSpace(one), strings.TrimSpace(two)
		red := redact.New(nil)
		red.Taint(one)
		red.Taint(two)
		got := red.Code(text)
		if got != text && !strings.Contains(got, redact.Mask) {
			t.Errorf("%q became %q", text, got)
		}
		left := strings.ReplaceAll(got, redact.Mask, "\x00")
		for _, v := range []string{one, two} {
			if len(v) >= 6 && strings.Contains(left, v) {
				t.Errorf("%q is left in %q", v, got)
			}
		}
	})
}
