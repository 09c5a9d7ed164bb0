package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// trivial values say nothing even where they are secret, and stand everywhere.
var trivial = map[string]bool{
	"true": true, "false": true, "null": true, "nil": true, "none": true, "yes": true, "off": true,
}

// Taint makes value a secret wherever it occurs: as it is, in capitals or small letters,
// quoted, escaped, and, from eight bytes, in base64, in hexadecimal and as the list of
// numbers in which fmt prints bytes. Values under three bytes are no secrets.
func (r *Redactor) Taint(value string) {
	value = strings.TrimSpace(value)
	if r.flood || len(value) < shortKey || trivial[strings.ToLower(value)] || value == Mask {
		return
	}
	r.add(value)
	r.add(strings.Trim(strconv.Quote(value), `"`))
	r.add(url.QueryEscape(value))
	r.add(url.PathEscape(value))
	r.add(html.EscapeString(value))
	if b, err := json.Marshal(value); err == nil {
		r.add(strings.Trim(string(b), `"`))
	}
	if len(value) < longKey {
		return
	}
	r.whole = append(r.whole, value)
	r.longest = max(r.longest, len(value))
	r.add(strings.ToUpper(value))
	r.add(strings.ToLower(value))
	r.add(strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(value)), "="))
	r.add(base64.RawURLEncoding.EncodeToString([]byte(value)))
	digits := hex.EncodeToString([]byte(value))
	r.add(digits)
	r.add(strings.ToUpper(digits))
	r.add(strings.Trim(fmt.Sprint([]byte(value)), "[]"))
}

func (r *Redactor) add(value string) {
	if r.values.add(value) && len(r.values.known) > maxValues {
		r.flood = true
	}
}

// TaintRequest taints the secret values of q: credentials, cookies, and what its
// query, its parsed forms and body (as much of it as was kept; nil: none) hold under
// secret names.
func (r *Redactor) TaintRequest(q *http.Request, body []byte) {
	r.budget = maxSearched
	for name, lines := range q.Header {
		for _, line := range lines {
			switch {
			case name == "Cookie":
				r.taintCookies(line)
			case Header(name) || r.Secret(name, line):
				r.taintCredentials(line)
			default:
				r.taintWithin(line)
			}
		}
	}
	if q.URL != nil {
		r.taintWithin(q.URL.Path)
		r.taintValues(q.URL.Query())
		if password, ok := q.URL.User.Password(); ok {
			r.Taint(password)
		}
	}
	if at, err := url.Parse(q.Header.Get("Referer")); err == nil {
		r.taintValues(at.Query())
	}
	r.taintValues(q.Form)
	r.taintValues(q.PostForm)
	if q.MultipartForm != nil {
		r.taintValues(q.MultipartForm.Value)
	}
	r.taintBody(q.Header.Get("Content-Type"), body)
}

func (r *Redactor) taintValues(form url.Values) {
	for name, values := range form {
		// The code that comes with a state is OAuth's, and as good as a password (RFC 6749 §4.1.2).
		secret := name == "code" && form.Has("state")
		for _, v := range values {
			if secret || r.Secret(name, v) {
				r.Taint(v)
			} else {
				r.taintWithin(v)
			}
		}
	}
}

// taintCredentials takes an Authorization field apart: the scheme is no secret, and
// Basic hides the password in base64 (RFC 7617).
func (r *Redactor) taintCredentials(line string) {
	r.Taint(line)
	scheme, credentials, found := strings.Cut(strings.TrimSpace(line), " ")
	if !found {
		return
	}
	r.Taint(credentials)
	if strings.EqualFold(scheme, "Basic") {
		// As package auth reads it, and some clients write it: without padding too.
		if b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(credentials), "=")); err == nil {
			r.Taint(string(b))
			_, password, _ := strings.Cut(string(b), ":")
			r.Taint(password)
		}
	}
}

// taintCookies taints the values of all cookies but short ones of harmless name:
// "theme=dark" must not mask every "dark" on the page.
func (r *Redactor) taintCookies(line string) {
	r.Taint(line)
	for pair := range strings.SplitSeq(line, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		value = strings.Trim(value, `"`)
		if len(value) < 8 && !r.Secret(name, value) {
			continue
		}
		r.Taint(value)
		if plain, err := url.QueryUnescape(value); err == nil {
			r.Taint(plain)
		}
	}
}

func (r *Redactor) taintBody(contentType string, body []byte) {
	if len(body) == 0 {
		return
	}
	kind, params, _ := mime.ParseMediaType(contentType)
	switch {
	case kind == "application/x-www-form-urlencoded":
		form, _ := url.ParseQuery(string(body)) // what parses is enough
		r.taintValues(form)
	case kind == "multipart/form-data":
		r.taintParts(multipart.NewReader(bytes.NewReader(body), params["boundary"]))
	case kind == "application/json", strings.HasSuffix(kind, "+json"):
		r.taintJSON(json.NewDecoder(bytes.NewReader(body)))
		r.taintWithin(string(body)) // which is all there is of one that does not parse
	case !bytes.ContainsRune(body, 0):
		text := r.searched(string(body))
		r.taintNamed(text)
		r.taintShapes(text)
	}
}

func (r *Redactor) taintParts(parts *multipart.Reader) {
	for {
		part, err := parts.NextPart()
		if err != nil {
			return
		}
		value, _ := io.ReadAll(io.LimitReader(part, 4096))
		switch {
		case part.FileName() != "":
		case r.Secret(part.FormName(), string(value)):
			r.Taint(string(value))
		default:
			r.taintWithin(string(value))
		}
	}
}

// taintJSON taints the scalars below each secret name. It works on tokens, so that
// a document cut short, or broken, still gives up what came before.
func (r *Redactor) taintJSON(d *json.Decoder) {
	d.UseNumber()
	type level struct {
		object, secret, value bool // value: a name was read, its value follows
		name                  string
	}
	stack := []level{{}}
	for {
		token, err := d.Token()
		if err != nil {
			return
		}
		top := &stack[len(stack)-1]
		if delim, ok := token.(json.Delim); ok {
			if delim == '}' || delim == ']' {
				if stack = stack[:len(stack)-1]; len(stack) == 0 {
					return
				}
				continue
			}
			secret := top.secret || top.value && r.Secret(top.name, "")
			top.value = false
			stack = append(stack, level{object: delim == '{', secret: secret})
			continue
		}
		text := ""
		switch t := token.(type) {
		case string:
			text = t
		case json.Number:
			text = t.String()
		}
		if top.object && !top.value {
			top.name, top.value = text, true
			continue
		}
		if top.secret || top.value && r.Secret(top.name, text) {
			r.Taint(text)
		} else {
			r.taintWithin(text)
		}
		top.value = false
	}
}

// TaintEnviron taints the values of secret environment variables, given in the form
// of os.Environ, and in the others what has a secret's shape and the passwords of the strings
// by which programs connect to databases.
func (r *Redactor) TaintEnviron(environ []string) {
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		if r.Secret(name, value) {
			r.Taint(value)
		}
		r.taintConnection(value)
		r.taintShapes(value)
	}
}

// taintConnection taints the password in ada:PASSWORD@tcp(db:3306)/shop, and in
// Server=db;Password=PASSWORD.
func (r *Redactor) taintConnection(s string) {
	if m := dialled().FindStringSubmatch(s); m != nil {
		r.Taint(m[2])
	}
	r.taintNamed(s)
}

// taintWithin taints what is secret in a value of a harmless name: the value may be a
// document or form itself, as a query of GraphQL in JSON is, or JSON in a form's field. What
// follows a colon without quotes may be a type, as in "$token: String", and is left.
func (r *Redactor) taintWithin(s string) {
	s = r.searched(s)
	r.taintShapes(s)
	if !nameWords().any(lowered(s)) {
		return
	}
	for from, to := range namedValues(s) {
		quoted := strings.IndexByte("\"'`\\", s[from]) >= 0
		if quoted || strings.HasSuffix(strings.TrimRight(s[:from], " \t[&"), "=") {
			r.Taint(strings.Trim(s[from:to], "\"'`\\"))
		}
	}
}

// maxSearched bounds how much of a request is searched by patterns for secrets under
// harmless names, in bytes: a client can send a megabyte that is full of them.
const maxSearched = 64 << 10

// searched is what of s is within that bound.
func (r *Redactor) searched(s string) string {
	s = s[:min(len(s), r.budget)]
	r.budget -= len(s)
	return s
}

// taintNamed taints in a text what goes by a secret's name there.
func (r *Redactor) taintNamed(s string) {
	if !nameWords().any(lowered(s)) {
		return
	}
	for from, to := range namedValues(s) {
		r.Taint(strings.Trim(s[from:to], "\"'`\\"))
	}
	for _, m := range element().FindAllStringSubmatch(s, -1) {
		r.Taint(html.UnescapeString(m[2]))
	}
}
