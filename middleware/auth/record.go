package auth

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// stateName is where the login is kept in a [State].
const stateName = "auth.login"

// extras are what few identities have.
type extras struct {
	Roles  []string       `json:"r,omitempty"`
	Scopes []string       `json:"s,omitempty"`
	Claims map[string]any `json:"c,omitempty"`
}

// formatLogin writes an identity for [parseLogin]:
//
//	1 unix-seconds generation methods subject [JSON of extras]
//
// with one space between. Methods and subject are escaped as in a path, which leaves
// common ones, mail addresses among them, as they are: reading them back allocates nothing.
func formatLogin(id Identity, roles bool) (string, error) {
	methods := make([]string, len(id.Methods))
	for i, m := range id.Methods {
		methods[i] = url.PathEscape(m)
	}
	value := fmt.Sprintf("1 %d %d %s %s", id.Time.Unix(), id.stamp.value,
		strings.Join(methods, ","), url.PathEscape(id.Subject))
	more := extras{Scopes: id.Scopes, Claims: id.Claims}
	if roles {
		more.Roles = id.Roles
	}
	if len(more.Roles)+len(more.Scopes)+len(more.Claims) > 0 {
		b, err := json.Marshal(more)
		if err != nil {
			return "", fmt.Errorf("auth: Guard.Login: Identity.Claims: %w", err)
		}
		value += " " + string(b)
	}
	return value, nil
}

// parseLogin reads what formatLogin wrote; ok is false for anything else.
func parseLogin(value string) (id Identity, ok bool) {
	version, value, _ := strings.Cut(value, " ")
	unix, value, _ := strings.Cut(value, " ")
	gen, value, _ := strings.Cut(value, " ")
	methods, value, _ := strings.Cut(value, " ")
	subject, more, has := strings.Cut(value, " ")
	seconds, err1 := strconv.ParseInt(unix, 10, 64)
	g, err2 := strconv.ParseInt(gen, 10, 64)
	subject, err3 := url.PathUnescape(subject)
	if version != "1" || err1 != nil || err2 != nil || err3 != nil || subject == "" {
		return Identity{}, false
	}
	id = Identity{
		Subject: subject, Time: time.Unix(seconds, 0), Ambient: true, Scheme: "Session",
		stamp: generation{true, g},
	}
	if id.Methods, ok = parseMethods(methods); !ok {
		return Identity{}, false
	}
	if has {
		var x extras
		if json.Unmarshal([]byte(more), &x) != nil {
			return Identity{}, false
		}
		id.Roles, id.Scopes, id.Claims = x.Roles, x.Scopes, x.Claims
	}
	return id, true
}

func parseMethods(s string) (methods []string, ok bool) {
	switch s {
	case "":
		return nil, true
	case "pwd":
		return basicMethods, true
	}
	methods = strings.Split(s, ",")
	for i, m := range methods {
		var err error
		if methods[i], err = url.PathUnescape(m); err != nil {
			return nil, false
		}
	}
	return methods, true
}
