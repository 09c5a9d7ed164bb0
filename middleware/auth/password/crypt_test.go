package password_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/auth/password"
)

// Vectors of the SHA-crypt specification, and of openssl passwd and Apache's htpasswd.
func TestCryptHashes(t *testing.T) {
	h, _ := quick()
	for _, tt := range []struct{ name, hash, pass string }{
		{"sha256 of the specification", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "Hello world!"},
		{"sha256, rounds and a long salt", "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA", "Hello world!"},
		{"sha512 of the specification", "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1", "Hello world!"},
		{"openssl -5, rounds", "$5$rounds=1234$abc$yq6IefOCagD.FKuD/T/ogeJmJJDXldp7zFOVZLLSWK3", "hunter2"},
		{"openssl -6, a short salt", "$6$abc$DgQcmr5KFqu3fq81mYtIJay1T2LBpa.rQ2RhGMZh1rrZZTaVbmnQH3Ulo10Skn5W2CNkPoN8xS.9uYEnniHHC0", "hunter2"},
		{"openssl -apr1", "$apr1$abc$bzgR0SUDJmwHi4ZbcgeM61", "hunter2"},
		{"openssl -apr1, no password", "$apr1$abc$BfqKdn9xFDWJPa3kcp/PH0", ""},
		{"htpasswd -m", "$apr1$x4WG1CXn$XQAQpNlmMvNRpkT.3pk0g1", "hunter2hunter2"},
		{"htpasswd -s", "{SHA}/IxesZSAbjGiE/BzEx5zsAEqD7U=", "hunter2hunter2"},
		{"htpasswd -2", "$5$p9Z1yOBFpXjp7OCw$CB0SodWgpnVKpfh3VT8ROM/4DBt3QVf01hE/BdhbPND", "hunter2hunter2"},
		{"htpasswd -5 -r", "$6$rounds=10000$LumP7zeS7X5.p0pQ$XlRwcNvjRHIXvG5lQMJdVqHpmM.qfviqPzbW1L60SHJV8GJ3OAA.4nc9vQVWzpAnlvpZKwrKXAaFSMubgpBPP1", "hunter2hunter2"},
		{"htpasswd -B", "$2y$04$1B0G2DOuiWXPzOTaDFsPLeoaCNwEgP2QGihjzvIMv6RjV8h8mALxS", "hunter2hunter2"},
	} {
		t.Run(tt.name, func(t *testing.T) { checkForeign(t, h, tt.hash, tt.pass) })
	}
}

// checkForeign wants hash to be taken with pass alone, and to be replaced.
func checkForeign(t *testing.T, h *password.Hasher, hash, pass string) {
	t.Helper()
	stored, err := password.Legacy(hash)
	if err != nil {
		t.Fatal(err)
	}
	if stale, err := h.Verify(t.Context(), stored, pass); !stale || err != nil {
		t.Errorf("Verify = stale %v, %v; want stale, nil", stale, err)
	}
	for _, wrong := range []string{pass + "x", strings.ToUpper(pass) + " ", hash, stored, hash[strings.LastIndexAny(hash, "$}")+1:]} {
		if _, err := h.Verify(t.Context(), stored, wrong); err != password.ErrMismatch {
			t.Errorf("Verify of %q = %v, want ErrMismatch", wrong, err)
		}
	}
}

// What the programs of this machine make: of every length around the blocks and sums of
// the algorithms.
func TestCryptHashesOfPrograms(t *testing.T) {
	h, _ := quick()
	long := strings.Repeat("correct horse Å ", 20)
	for _, tt := range []struct {
		program string
		args    []string
	}{
		{"openssl", []string{"passwd", "-apr1", "-stdin"}},
		{"openssl", []string{"passwd", "-5", "-stdin"}},
		{"openssl", []string{"passwd", "-6", "-stdin"}},
		{"openssl", []string{"passwd", "-6", "-salt", "s", "-stdin"}},
		{"mkpasswd", []string{"--stdin", "--method=sha256crypt"}},
		{"mkpasswd", []string{"--stdin", "--method=sha512crypt", "--rounds=1000"}},
		{"mkpasswd", []string{"--stdin", "--method=sha512crypt", "--rounds=12345"}},
		{"mkpasswd", []string{"--stdin", "--method=bcrypt", "--rounds=4"}},
	} {
		t.Run(tt.program+" "+strings.Join(tt.args, " "), func(t *testing.T) {
			path := program(t, tt.program)
			for _, n := range []int{1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 72, 127, 128, 129, 255} {
				if n > 72 && strings.Contains(tt.args[1], "bcrypt") {
					break
				}
				c := exec.CommandContext(t.Context(), path, tt.args...)
				c.Stdin = strings.NewReader(long[:n] + "\n")
				out, err := c.Output()
				if err != nil {
					t.Fatal(err)
				}
				stored, err := password.Legacy(strings.TrimSpace(string(out)))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := h.Verify(t.Context(), stored, long[:n]); err != nil {
					t.Errorf("%d bytes: %v", n, err)
				}
			}
		})
	}
}

// program returns where a program is. Without it the test is skipped, on CI it fails.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return path
}

// Hashes that are cheap to guess are taken only where somebody said so for each.
func TestLegacyHasToBeAdmitted(t *testing.T) {
	h, count := quick()
	for _, hash := range []string{"$apr1$abc$bzgR0SUDJmwHi4ZbcgeM61", "{SHA}87u9ZqY9S/F0eUBXjsPQEDUw4h0="} {
		clear(count)
		if _, err := h.Verify(t.Context(), hash, "hunter2"); !strings.Contains(err.Error(), "password.Legacy") || count["decoy"] != 1 {
			t.Errorf("not admitted: %v, spent %v", err, count)
		}
		stored, err := password.Legacy(hash)
		if err != nil || stored != "legacy:"+hash {
			t.Errorf("Legacy = %q, %v", stored, err)
		}
	}
	const bcrypted = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
	if stored, err := password.Legacy(bcrypted); stored != bcrypted || err != nil {
		t.Errorf("Legacy of bcrypt = %q, %v", stored, err)
	}
}

// spec 13 and 15: what Apache's htpasswd makes and nobody should take, and damage.
func TestLegacyRefuses(t *testing.T) {
	const sha512 = "svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
	for name, tt := range map[string]struct{ hash, want string }{
		"plain text":         {"hunter2hunter2", "unknown format"},
		"nothing":            {"", "unknown format"},
		"DES":                {"EkM87w4tUOqoU", "DES"},
		"crypt's failure":    {"*0", "unknown format"},
		"salted SHA-1":       {"{SSHA}87u9ZqY9S/F0eUBXjsPQEDUw4h0=", "unknown format"},
		"PLAIN":              {"{PLAIN}hunter2", "unknown format"},
		"MD5-crypt":          {"$1$salt$qJH7.N4xYta3aEG/dfqo/0", "unknown format"},
		"yescrypt":           {"$y$j9T$abc$def", "unknown format"},
		"marked plain text":  {"legacy:hunter2", "unknown format, marked"},
		"marked twice":       {"legacy:legacy:{SHA}87u9ZqY9S/F0eUBXjsPQEDUw4h0=", "unknown format, marked"},
		"SHA, short":         {"{SHA}87u9ZqY9S/F0eUBXjsPQEDUw4g==", "20 bytes"},
		"SHA, empty":         {"{SHA}", "20 bytes"},
		"SHA, no base64":     {"{SHA}87u9ZqY9S/F0eUBXjsPQEDUw4h!=", "20 bytes"},
		"apr1, no salt":      {"$apr1$$bzgR0SUDJmwHi4ZbcgeM61", "salt"},
		"apr1, long salt":    {"$apr1$abcdefghi$bzgR0SUDJmwHi4ZbcgeM61", "salt"},
		"apr1, no key":       {"$apr1$abc", "key"},
		"apr1, empty key":    {"$apr1$abc$", "key"},
		"apr1, more":         {"$apr1$abc$bzgR0SUDJmwHi4ZbcgeM61$", "key"},
		"apr1, letters":      {"$apr1$abc$bzgR0SUDJmwHi4ZbcgeM6!", "key"},
		"SHA-crypt, no key":  {"$5$abc", "salt"},
		"SHA-crypt, nothing": {"$6$", "salt"},
		"its key empty":      {"$6$saltstring$", "key"},
		"its key of $5$":     {"$5$saltstring$" + sha512, "43"},
		"its salt long":      {"$6$saltstringsaltstr$" + sha512, "salt"},
		"its salt odd":       {"$6$salt\x00$" + sha512, "salt"},
		"rounds=0":           {"$6$rounds=0$saltstring$" + sha512, "rounds"},
		"rounds=999":         {"$6$rounds=999$saltstring$" + sha512, "rounds"},
		"rounds=-1":          {"$6$rounds=-1$saltstring$" + sha512, "rounds"},
		"rounds=999999999":   {"$6$rounds=999999999$saltstring$" + sha512, "rounds"},
		"rounds=2^64":        {"$6$rounds=18446744073709551616$saltstring$" + sha512, "rounds"},
		"rounds over limit":  {"$6$rounds=5000001$saltstring$" + sha512, "rounds"},
		"rounds alone":       {"$6$rounds=5000$", "salt"},
		"bcrypt of cost 18":  {"$2y$18$1B0G2DOuiWXPzOTaDFsPLeoaCNwEgP2QGihjzvIMv6RjV8h8mALxS", "cost 18"},
	} {
		t.Run(name, func(t *testing.T) {
			stored, err := password.Legacy(tt.hash)
			if stored != "" || err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("Legacy = %q, %v; want %q", stored, err, tt.want)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "87u9") || strings.Contains(err.Error(), "svn8") {
				t.Errorf("the error tells the hash: %v", err)
			}
		})
	}
}

// spec 10: a wrong password for a legacy hash spends what is left of an argon2id operation,
// whatever its length; a right one spends nothing more.
func TestLegacyHashesCostTheDifference(t *testing.T) {
	var took []password.Operation
	h := &password.Hasher{Workers: 1, Observe: func(op password.Operation) { took = append(took, op) }}
	for _, tt := range []struct{ algorithm, hash string }{
		{"apr1", "$apr1$abc$bzgR0SUDJmwHi4ZbcgeM61"},
		{"sha1", "{SHA}87u9ZqY9S/F0eUBXjsPQEDUw4h0="},
		{"sha256-crypt", "$5$rounds=1234$abc$yq6IefOCagD.FKuD/T/ogeJmJJDXldp7zFOVZLLSWK3"},
		{"sha512-crypt", "$6$abc$DgQcmr5KFqu3fq81mYtIJay1T2LBpa.rQ2RhGMZh1rrZZTaVbmnQH3Ulo10Skn5W2CNkPoN8xS.9uYEnniHHC0"},
	} {
		stored, err := password.Legacy(tt.hash)
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []string{"", "hunter3", strings.Repeat("x", 511)} {
			took = nil
			if _, err := h.Verify(t.Context(), stored, wrong); err != password.ErrMismatch {
				t.Errorf("%s: %v", tt.algorithm, err)
			}
			if len(took) != 2 || took[0].Algorithm != tt.algorithm || took[0].Decoy || took[1].Algorithm != "argon2id" || !took[1].Decoy {
				t.Errorf("%s: a wrong password of %d bytes spent %+v", tt.algorithm, len(wrong), took)
			}
		}
		took = nil
		if stale, err := h.Verify(t.Context(), stored, "hunter2"); err != nil || !stale || len(took) != 1 {
			t.Errorf("%s: the right password: %v, %v, spent %+v", tt.algorithm, stale, err, took)
		}
		took = nil
		if _, err := h.Verify(t.Context(), stored, strings.Repeat("x", password.MaxBytes+1)); err != password.ErrMismatch || len(took) != 1 || !took[0].Decoy {
			t.Errorf("%s: an over-long password: %v, spent %+v", tt.algorithm, err, took)
		}
	}
}

// A password that crypt(3) would not take matches nothing, and costs no more than one that it would.
func TestCryptPasswordsHaveAnEnd(t *testing.T) {
	h, count := quick()
	for _, hash := range []string{"$apr1$abc$bzgR0SUDJmwHi4ZbcgeM61", "$5$rounds=1234$abc$yq6IefOCagD.FKuD/T/ogeJmJJDXldp7zFOVZLLSWK3"} {
		stored, err := password.Legacy(hash)
		if err != nil {
			t.Fatal(err)
		}
		clear(count)
		if _, err := h.Verify(t.Context(), stored, strings.Repeat("x", 512)); err != password.ErrMismatch || len(count) != 2 || count["decoy"] != 1 {
			t.Errorf("%v, spent %v, want one decoy", err, count)
		}
	}
}

func FuzzLegacy(f *testing.F) {
	h, _ := quick()
	f.Add("$apr1$abc$bzgR0SUDJmwHi4ZbcgeM61")
	f.Add("{SHA}87u9ZqY9S/F0eUBXjsPQEDUw4h0=")
	f.Add("$5$rounds=1234$abc$yq6IefOCagD.FKuD/T/ogeJmJJDXldp7zFOVZLLSWK3")
	f.Add("$6$abc$DgQcmr5KFqu3fq81mYtIJay1T2LBpa.rQ2RhGMZh1rrZZTaVbmnQH3Ulo10Skn5W2CNkPoN8xS.9uYEnniHHC0")
	f.Add("legacy:$apr1$")
	f.Fuzz(func(t *testing.T, hash string) {
		stored, err := password.Legacy(hash)
		switch {
		case err != nil && len(hash) > 13 && strings.Contains(err.Error(), hash):
			t.Errorf("the error tells the hash: %v", err)
		case err != nil:
			return
		}
		if stale, err := h.Stale(stored); err != nil || !stale && !strings.HasPrefix(hash, "$argon2id$v=19$m=64,t=1,p=1$") {
			t.Errorf("%q was admitted, but Stale = %v, %v", hash, stale, err)
		}
	})
}
