package redact

import (
	"strings"
	"unicode"
)

// stems betray a secret anywhere in a name written without its separators:
// X-Api-Key, apiKey and API_KEY are all "apikey".
var stems = []string{
	"password", "passwd", "passphrase", "passcode", "secret", "token", "credential",
	"authorization", "basicauth", "cookie", "signature", "csrf", "xsrf", "jwt", "sessionid", "sessid",
	"recoverycode", "backupcode", "mnemonic", "seedphrase", "samlresponse", "assertion", "connectionstring", "cardnumber",
}

// words betray a secret only when they stand alone in a name: "otp" is in
// "footprint", "session" in "obsession".
var words = map[string]bool{
	"session": true, "sessions": true, "sid": true, "sig": true, "otp": true, "totp": true,
	"dsn": true, "pwd": true, "pw": true, "pass": true, "pin": true, "cvv": true, "cvc": true, "ssn": true, "bearer": true, "creds": true,
}

// plain names look secret and are not: the working directory, and what desktops
// and terminals call their sessions.
var plain = map[string]bool{
	"PWD": true, "OLDPWD": true, "DESKTOP_SESSION": true, "GDMSESSION": true, "SESSION_MANAGER": true,
	"DBUS_SESSION_BUS_ADDRESS": true, "SESSIONNAME": true, "TERM_SESSION_ID": true,
	"XDG_SESSION_ID": true, "XDG_SESSION_TYPE": true, "XDG_SESSION_CLASS": true,
	"XDG_SESSION_DESKTOP": true, "XDG_SESSION_PATH": true,
}

// Name reports whether what goes by name is taken for a secret, be it a header,
// parameter, cookie, field, map key, variable or environment variable. Case and
// separators do not matter.
func Name(name string) bool {
	if plain[name] {
		return false
	}
	var joined, word strings.Builder
	secret, previous := false, rune(0)
	end := func() {
		secret = secret || words[word.String()]
		word.Reset()
	}
	for _, c := range name {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			end()
			previous = 0
			continue
		}
		if unicode.IsUpper(c) && unicode.IsLower(previous) {
			end()
		}
		previous = c
		word.WriteRune(unicode.ToLower(c))
		joined.WriteRune(unicode.ToLower(c))
	}
	end()
	return secret || holds(joined.String())
}

// holds reports whether a name in small letters and without separators has a stem in it.
func holds(name string) bool {
	for _, stem := range stems {
		if strings.Contains(name, stem) {
			return true
		}
	}
	for _, kind := range kinds {
		if strings.Contains(name, kind+"key") {
			return true
		}
	}
	return false
}

// Header is [Name] for the names of header fields, among which X-Auth-… are
// credentials too.
func Header(name string) bool {
	return Name(name) || len(name) >= 6 && strings.EqualFold(name[:6], "X-Auth")
}
