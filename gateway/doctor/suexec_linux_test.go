package doctor_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/surcoat/surcoat/gateway/doctor"
)

// What suexec asks of owners and modes, when the configuration has a SuexecUserGroup.
func TestSuexec(t *testing.T) {
	needs(t, os.Geteuid() == 0, "root, who can give files away")
	needs(t, haveUser("nobody"), "account nobody")
	w := newWard(t)
	dir := w.mkdir("site", 0o755)
	script := w.put("site/script", page, 0o755)
	config := func(user string) string {
		return w.put(user+".conf", "LoadModule cgid_module x\nLoadModule suexec_module x\nUser www-data\nSuexecUserGroup "+user+" nogroup\nScriptAlias /c/ "+dir+"/\n", 0o644)
	}
	nobody := 65534
	for _, tt := range []struct {
		name               string
		user               string
		fileOwner, folders int
		mode, folderMode   os.FileMode
		want               string
	}{
		{"good", "nobody", nobody, nobody, 0o755, 0o755, ""},
		{"root's file", "nobody", 0, nobody, 0o755, 0o755, "suexec-refuses"},
		{"root's folder", "nobody", nobody, 0, 0o755, 0o755, "suexec-refuses"},
		{"a group may write the file", "nobody", nobody, nobody, 0o775, 0o755, "suexec-refuses"},
		{"all may write the folder", "nobody", nobody, nobody, 0o755, 0o777, "suexec-refuses"},
		{"setuid", "nobody", nobody, nobody, 0o755 | os.ModeSetuid, 0o755, "suexec-refuses"},
		{"a user of the system", "daemon", 1, 1, 0o755, 0o755, "suexec-refuses"},
	} {
		for path, owner := range map[string]int{script: tt.fileOwner, dir: tt.folders} {
			if err := os.Chown(path, owner, owner); err != nil {
				t.Fatal(err)
			}
		}
		w.chmod(script, tt.mode)
		w.chmod(dir, tt.folderMode)
		r := examine(t, filepath.Join(dir, "script"), doctor.Options{Config: config(tt.user), NoRun: true})
		if faults(r) != tt.want || r.User != tt.user {
			t.Errorf("%s: %q as %s, want %q\n%s", tt.name, faults(r), r.User, tt.want, r)
		}
	}
}
